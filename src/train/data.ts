/** Samples: rows of a data set, and what a caller passes, checked and packed. */
import { EagreError } from '../errors.js'
import type { InputNode, Plan, Row } from '../language/plan.js'
import { suggest } from '../language/suggest.js'

/** The training data, packed: each row holds the inputs and then the targets, in the plan's order. */
export class Dataset {
  readonly length: number
  /** How many nodes are inputs; the targets follow them. */
  readonly inputs: number
  private readonly width: number
  private readonly values: Float64Array
  private readonly completes: Uint8Array

  /**
   * Without rows there is one sample, made of the defaults. A target that is missing or null is
   * not there yet. Throws `bad-data` for a row that lacks an input or holds something that is no
   * finite number, and for a default that is missing where it is needed.
   */
  constructor(plan: Plan, rows: readonly Row[] | undefined) {
    const sources = sourcesOf(plan)
    const samples: readonly Row[] = rows === undefined ? [defaultsOf(sources)] : rows
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
    this.width = sources.length
    this.values = new Float64Array(this.length * this.width)
    this.completes = new Uint8Array(this.length).fill(1)
    samples.forEach((row, index) => {
      const place = `row ${index + 1}`
      mustBeRecord(row, place)
      sources.forEach((source, column) => {
        const value = fieldOf(row, source.name)
        if (source.type === 'target' && value === undefined) this.completes[index] = 0
        else this.values[index * this.width + column] = finite(value, source, place, row)
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
  mustBeRecord(sample, 'the sample')
  const sources = sourcesOf(plan)
  const present: number[] = []
  const values = new Float64Array(sources.length)
  sources.forEach((source, index) => {
    const { name, type } = source
    if (kind === 'inputs' && type === 'target') return
    const given = fieldOf(sample, name)
    const value = given ?? (kind === 'defaults' ? source.default : undefined)
    if (type === 'target' && value === undefined) return
    values[index] = finite(value, source, 'the sample', sample)
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

function mustBeRecord(sample: unknown, place: string): void {
  if (typeof sample === 'object' && sample !== null && !Array.isArray(sample)) return
  throw new EagreError('bad-data', `${place} must be an object, got ${show(sample)}`, {
    hint: 'give the values by name: { x: 1, y: 2 }',
  })
}

/**
 * A field, `undefined` where there is none or null. Events have theirs on their prototypes; what
 * every object has (`constructor`) is no field.
 */
function fieldOf(sample: Readonly<Record<string, unknown>>, name: string): unknown {
  if (!Object.hasOwn(sample, name) && name in Object.prototype) return undefined
  return sample[name] ?? undefined
}

function finite(
  value: unknown,
  { name, type }: InputNode,
  place: string,
  sample: Readonly<Record<string, unknown>>,
): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (value === undefined) {
    const near = suggest(name, Object.keys(sample))
    throw new EagreError('bad-data', `${place} has no value for the ${type} "${name}"`, {
      hint:
        near === undefined
          ? `give every sample a number called "${name}"`
          : `it has "${near}"; name it "${name}"`,
    })
  }
  throw new EagreError(
    'bad-data',
    `${place}: the ${type} "${name}" must be a finite number, got ${show(value)}`,
    { hint: repair(value) },
  )
}

function repair(value: unknown): string {
  if (typeof value === 'boolean') return `write ${Number(value)} for ${value}`
  if (typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value))) {
    return `write ${Number(value)} without quotes`
  }
  return typeof value === 'number' ? 'repair it, or leave it out with its sample' : 'use a number'
}

function show(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
  }
  if (typeof value === 'number' || typeof value === 'boolean' || value == null) return String(value)
  return Array.isArray(value)
    ? 'a list'
    : typeof value === 'object'
      ? 'an object'
      : `a ${typeof value}`
}
