/** Samples: rows of a data set, and what a caller passes, checked and packed. */
import { EagreError } from '../errors.js'
import type { InputNode, Plan, Row } from '../language/plan.js'

/** The training data, packed: each row holds the inputs and then the targets, in the plan's order. */
export class Dataset {
  readonly length: number
  /** How many nodes are inputs; the targets follow them. */
  readonly inputs: number
  private readonly width: number
  private readonly values: Float64Array
  private readonly completes: Uint8Array

  /**
   * Without rows there is one sample, made of the defaults. Throws `bad-data` for a row that
   * lacks an input or holds something that is no finite number.
   */
  constructor(plan: Plan, rows: readonly Row[] | undefined) {
    const sources = sourcesOf(plan)
    const samples = rows ?? [defaultsOf(sources)]
    if (samples.length === 0) {
      throw new EagreError('bad-data', 'the training data has no rows', {
        hint: 'give at least one sample',
      })
    }
    this.length = samples.length
    this.inputs = sources.filter(({ type }) => type === 'input').length
    this.width = sources.length
    this.values = new Float64Array(this.length * this.width)
    this.completes = new Uint8Array(this.length).fill(1)
    samples.forEach((row, index) => {
      sources.forEach(({ name, type }, column) => {
        const value = Object.hasOwn(row, name) ? row[name] : undefined
        if (type === 'target' && (value === undefined || value === null)) this.completes[index] = 0
        else this.values[index * this.width + column] = finite(value, name, type, index + 1)
      })
    })
  }

  /** Whether a row has all its targets; one that has not is predicted only. */
  complete(row: number): boolean {
    return this.completes[row] === 1
  }

  /** Copies a row to where a frame has its inputs and targets. */
  read(row: number, values: Float64Array): void {
    const { width } = this
    const from = row * width
    for (let column = 0; column < width; column++) values[column] = this.values[from + column]!
  }
}

/** The sources of one step: which are there, and their values in the order of the plan. */
export interface KnownSources {
  readonly present: readonly number[]
  readonly values: Float64Array
}

/**
 * Reads what a caller passed. A probe (`defaults`) takes what is missing from the defaults and
 * may do without targets; a prediction (`inputs`) must have every input and takes no target,
 * for a default counts only where there is no data. Throws `bad-data`.
 */
export function readSample(
  plan: Plan,
  sample: Readonly<Record<string, unknown>>,
  kind: 'defaults' | 'inputs',
): KnownSources {
  if (typeof sample !== 'object' || sample === null) {
    throw new EagreError(
      'bad-data',
      `a sample must be an object of values by name, got ${show(sample)}`,
    )
  }
  const sources = sourcesOf(plan)
  const present: number[] = []
  const values = new Float64Array(sources.length)
  sources.forEach((source, index) => {
    const { name, type } = source
    if (kind === 'inputs' && type === 'target') return
    const given = Object.hasOwn(sample, name) ? sample[name] : undefined
    const value = given ?? (kind === 'defaults' ? source.default : undefined)
    if (type === 'target' && (value === undefined || value === null)) return
    values[index] = finite(value, name, type)
    present.push(index)
  })
  return { present, values }
}

function sourcesOf(plan: Plan): InputNode[] {
  const sources: InputNode[] = []
  for (const node of plan.nodes) {
    if (node.type !== 'input' && node.type !== 'target') break
    sources.push(node)
  }
  return sources
}

function defaultsOf(sources: readonly InputNode[]): Row {
  const row: Record<string, number> = Object.create(null)
  for (const { name, type, default: value } of sources) {
    if (typeof value !== 'number') {
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

function finite(value: unknown, name: string, type: InputNode['type'], row?: number): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value
  const place = row === undefined ? 'the sample' : `row ${row}`
  if (value === undefined || value === null) {
    throw new EagreError('bad-data', `${place} has no value for the ${type} "${name}"`, {
      hint: `give every sample a number called "${name}"`,
    })
  }
  throw new EagreError(
    'bad-data',
    `${place}: the ${type} "${name}" must be a finite number, got ${show(value)}`,
  )
}

function show(value: unknown): string {
  if (typeof value === 'string')
    return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
  if (typeof value === 'number' || typeof value === 'boolean' || value == null) return String(value)
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`
}
