/** Reads events into the places of a frame, without an object between the two. */
import { EagreError } from '../errors.js'
import type { InputNode, Plan } from '../language/plan.js'
import { show } from '../network/pack.js'
import { sizeOf } from '../tensor/shape.js'
import { find, isCoded, sourcesOf, write, type Fields } from './source.js'

interface Place {
  readonly node: InputNode
  readonly offset: number
  readonly size: number
  /** The field that it is read from where nothing has to be looked for, and no text decoded. */
  readonly field: string | undefined
  /** The fields of its elements, likewise. */
  readonly fields: readonly string[] | undefined
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
      const place = placeOf(node, offset)
      places.push(place)
      offset += place.size
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
      const place = inputs[at]!
      if (readsPlainly(sample, place, into)) continue
      const { node, offset } = place
      write(find(sample, node), node, into, offset, 'the sample', sample)
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
      if (has[at] === 1) continue
      const goal = this.goals[at]!
      if (!readsPlainly(from, goal, into)) {
        const { node, offset } = goal
        const value = find(from, node)
        if (value === undefined) continue
        write(value, node, into, offset, place, from)
      }
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
    for (let at = 0; at < has.length; at++) if (has[at] === 0) return false
    return true
  }

  /** Copies the targets that one has and the other lacks, and returns how many those are. */
  merge(from: Float64Array, given: Uint8Array, into: Float64Array, has: Uint8Array): number {
    let found = 0
    for (let at = 0; at < this.goals.length; at++) {
      const { offset, size } = this.goals[at]!
      if (given[at] === 0 || has[at] === 1) continue
      for (let i = offset; i < offset + size; i++) into[i] = from[i]!
      has[at] = 1
      found++
    }
    return found
  }
}

function placeOf(node: InputNode, offset: number): Place {
  const { name, from = name, shape } = node
  const size = sizeOf(shape)
  const coded = isCoded(node)
  const flat = !coded && shape.length <= 1
  const field = typeof from === 'string' && flat && isPlain(from) ? from : undefined
  const elements = typeof from === 'object' && from.length === size && flat && shape.length === 1
  const fields = elements && from.every(isPlain) ? from : undefined
  return { node, offset, size, field, fields }
}

/** Whether a field is where its name says, and cannot be one that every object has. */
function isPlain(field: string): boolean {
  return !field.includes('.') && !(field in Object.prototype)
}

/**
 * Reads what nearly all samples have: a number, or a list of them, that stands where it is said
 * to be. False where it does not; what has been written by then means nothing.
 */
function readsPlainly(
  sample: Fields,
  { field, fields, offset, size, node }: Place,
  into: Float64Array,
): boolean {
  if (field !== undefined) {
    const value = sample[field]
    if (typeof value === 'number') {
      into[offset] = value
      return value - value === 0 && node.shape.length === 0
    }
    if (value instanceof Float64Array || Array.isArray(value)) {
      if (value.length !== size || node.shape.length === 0) return false
      return readsList(value, size, into, offset)
    }
    return false
  }
  if (fields === undefined) return false
  for (let at = 0; at < size; at++) {
    const value = sample[fields[at]!]
    if (typeof value !== 'number' || value - value !== 0) return false
    into[offset + at] = value
  }
  return true
}

function readsList(
  list: ArrayLike<unknown>,
  size: number,
  into: Float64Array,
  offset: number,
): boolean {
  for (let at = 0; at < size; at++) {
    const value = list[at]
    if (typeof value !== 'number' || value - value !== 0) return false
    into[offset + at] = value
  }
  return true
}

function mustBeRecord(sample: unknown, place: string): void {
  if (typeof sample === 'object' && sample !== null && !Array.isArray(sample)) return
  throw new EagreError('bad-data', `${place} must be an object, got ${show(sample)}`, {
    hint: 'give the values by name: { x: 1, y: 2 }',
  })
}
