/** Samples: rows of a data set, and what a caller passes, checked and packed. */
import { EagreError } from '../errors.js'
import type { InputNode, Nested, Plan, Row } from '../language/plan.js'
import { show } from '../network/pack.js'
import { sizeOf } from '../tensor/shape.js'
import type { Digest } from './digest.js'
import { find, sourcesOf, write, type Fields } from './source.js'

/** The training data, packed: each row holds the inputs and then the targets, in the plan's order. */
export class Dataset {
  readonly length: number
  /** How many nodes are inputs; the targets follow them. */
  readonly inputs: number
  /** How many numbers a row has. */
  readonly width: number
  /** All rows, behind one another. */
  readonly values: Float64Array
  /** 1 for each row that has its targets. */
  readonly completes: Uint8Array
  private readonly offsets: readonly number[]

  /**
   * Without rows there is one sample, made of the defaults. A target that is missing or null is
   * not there yet. Throws `bad-data` for a row that lacks an input or holds something that is no
   * finite number, and for a default that is missing where it is needed.
   */
  constructor(plan: Plan, rows: readonly Fields[] | undefined) {
    const sources = sourcesOf(plan)
    const samples: readonly Fields[] = rows === undefined ? [defaultsOf(sources)] : rows
    if (!Array.isArray(samples)) {
      throw new EagreError('bad-data', `the training data must be a list, got ${show(samples)}`, {
        hint: 'give one object for each sample: [{ x: 1, y: 2 }]',
      })
    }
    if (samples.length === 0) {
      throw new EagreError('bad-data', 'the training data has no rows', {
        hint: 'give at least one sample',
      })
    }
    this.length = samples.length
    this.inputs = sources.filter(({ type }) => type === 'input').length
    const offsets = offsetsOf(sources)
    this.offsets = offsets
    this.width = offsets.at(-1)!
    this.values = new Float64Array(this.length * this.width)
    this.completes = new Uint8Array(this.length).fill(1)
    samples.forEach((row, index) => {
      const place = `row ${index + 1}`
      mustBeRecord(row, place)
      sources.forEach((source, column) => {
        // Defaults are values already: of their classes nothing is left to look up.
        const value = rows === undefined ? row[source.name] : find(row, source)
        if (source.type === 'target' && value === undefined) this.completes[index] = 0
        else {
          const node = rows === undefined ? plainly(source) : source
          write(value, node, this.values, index * this.width + offsets[column]!, place, row)
        }
      })
    })
  }

  /** Takes in what the rows hold, so that others are told from them. */
  digest(digest: Digest): void {
    digest.numbers(this.values).numbers(this.completes)
  }

  /** Whether a row has all its targets; one that has not is predicted only. */
  complete(row: number): boolean {
    return this.completes[row] === 1
  }

  /** How many rows have all their targets. */
  get completed(): number {
    return this.completes.reduce((sum, complete) => sum + complete, 0)
  }

  /** Copies a row to where the frame of a whole batch has the inputs and targets of a sample. */
  readSample(row: number, values: Float64Array, sample: number, batch: number): void {
    const { offsets, width } = this
    for (let source = 0; source + 1 < offsets.length; source++) {
      const first = offsets[source]!
      const size = offsets[source + 1]! - first
      // All samples have the first source, then all have the second, and so on.
      const to = first * batch + sample * size
      const from = row * width + first
      for (let at = 0; at < size; at++) values[to + at] = this.values[from + at]!
    }
  }

  /** Copies a row to where a frame has its inputs and targets. */
  read(row: number, values: Float64Array): void {
    const { width } = this
    const from = row * width
    for (let column = 0; column < width; column++) values[column] = this.values[from + column]!
  }
}

/** A source whose value is there already, as numbers. */
function plainly({ name, type, shape }: InputNode): InputNode {
  return { name, type, shape }
}

/** Where each source begins in a row, and where the row ends. */
function offsetsOf(sources: readonly InputNode[]): number[] {
  const offsets = [0]
  for (const { shape } of sources) offsets.push(offsets.at(-1)! + sizeOf(shape))
  return offsets
}

/** The sources of one step: which are there, and their values in the order of the plan. */
export interface KnownSources {
  readonly present: readonly number[]
  readonly values: Float64Array
}

/**
 * Reads what a caller passed to a probe: what is missing is taken from the defaults, and there may
 * be no targets. Throws `bad-data`.
 */
export function readSample(plan: Plan, sample: Readonly<Record<string, unknown>>): KnownSources {
  mustBeRecord(sample, 'the sample')
  const sources = sourcesOf(plan)
  const present: number[] = []
  const offsets = offsetsOf(sources)
  const values = new Float64Array(offsets.at(-1)!)
  sources.forEach((source, index) => {
    const { type } = source
    const given = find(sample, source)
    const standard = given === undefined ? source.default : undefined
    if (type === 'target' && given === undefined && standard === undefined) return
    const node = standard === undefined ? source : plainly(source)
    write(given ?? standard, node, values, offsets[index]!, 'the sample', sample)
    present.push(index)
  })
  return { present, values }
}

function defaultsOf(sources: readonly InputNode[]): Row {
  const row: Record<string, Nested> = Object.create(null)
  for (const { name, type, default: value } of sources) {
    if (value === undefined) {
      throw new EagreError(
        'bad-data',
        `there is no data, and the ${type} "${name}" has no default`,
        {
          hint: 'give it a default, or the graph rows under train.data',
        },
      )
    }
    row[name] = value
  }
  return row
}

function mustBeRecord(sample: unknown, place: string): void {
  if (typeof sample === 'object' && sample !== null && !Array.isArray(sample)) return
  throw new EagreError('bad-data', `${place} must be an object, got ${show(sample)}`, {
    hint: 'give the values by name: { x: 1, y: 2 }',
  })
}
