/** Reads events into the places of a frame, without an object between the two. */
import { EagreError } from '../errors.js'
import type { InputNode, Plan } from '../language/plan.js'
import { show } from '../network/pack.js'
import { sizeOf } from '../tensor/shape.js'
import { find, sourcesOf, write, type Fields } from './source.js'

interface Place {
  readonly node: InputNode
  readonly offset: number
}

/** The inputs and targets of one plan. */
export class SampleReader {
  /** Numbers of all inputs and targets. */
  readonly width: number
  readonly targets: number
  /** How many inputs there are. */
  readonly count: number
  private readonly inputs: readonly Place[]
  private readonly goals: readonly Place[]
  private row: Float64Array | undefined

  constructor(plan: Pick<Plan, 'nodes'>) {
    const places: Place[] = []
    let offset = 0
    for (const node of sourcesOf(plan)) {
      places.push({ node, offset })
      offset += sizeOf(node.shape)
    }
    this.width = offset
    this.inputs = places.filter(({ node }) => node.type === 'input')
    this.goals = places.filter(({ node }) => node.type === 'target')
    this.targets = this.goals.length
    this.count = this.inputs.length
  }

  /** The inputs of a sample to predict from: the caller's until it reads the next one. */
  predicting(sample: Fields): Float64Array {
    const values = (this.row ??= new Float64Array(this.width))
    this.read(sample, values)
    return values
  }

  /** Writes all inputs, as predicting takes them: a default counts only where there is no data. */
  read(sample: Fields, into: Float64Array): void {
    mustBeRecord(sample, 'the sample')
    const { inputs } = this
    for (let at = 0; at < inputs.length; at++) {
      const { node, offset } = inputs[at]!
      const value = find(sample, node)
      if (typeof value === 'number' && plain(node) && value - value === 0) into[offset] = value
      else write(value, node, into, offset, 'the sample', sample)
    }
  }

  /**
   * Writes the targets that are there and that `has` does not have yet (1 for each that it has),
   * and returns how many those are.
   */
  readTargets(from: Fields, into: Float64Array, has: Uint8Array, place: string): number {
    mustBeRecord(from, place)
    let found = 0
    for (let at = 0; at < this.goals.length; at++) {
      const { node, offset } = this.goals[at]!
      if (has[at] === 1) continue
      const value = find(from, node)
      if (value === undefined) continue
      write(value, node, into, offset, place, from)
      has[at] = 1
      found++
    }
    return found
  }

  /** Whether it has any target at all. */
  hasTargets(from: Fields): boolean {
    return this.goals.some(({ node }) => find(from, node) !== undefined)
  }

  /** Whether all targets are there. */
  complete(has: Uint8Array): boolean {
    return !has.includes(0)
  }

  /** Copies the targets that one has and the other lacks, and returns how many those are. */
  merge(from: Float64Array, given: Uint8Array, into: Float64Array, has: Uint8Array): number {
    let found = 0
    for (let at = 0; at < this.goals.length; at++) {
      const { node, offset } = this.goals[at]!
      if (given[at] === 0 || has[at] === 1) continue
      const size = sizeOf(node.shape)
      for (let i = offset; i < offset + size; i++) into[i] = from[i]!
      has[at] = 1
      found++
    }
    return found
  }
}

function plain({ shape, classes, hash }: InputNode): boolean {
  return shape.length === 0 && classes === undefined && hash === undefined
}

function mustBeRecord(sample: unknown, place: string): void {
  if (typeof sample === 'object' && sample !== null && !Array.isArray(sample)) return
  throw new EagreError('bad-data', `${place} must be an object, got ${show(sample)}`, {
    hint: 'give the values by name: { x: 1, y: 2 }',
  })
}
