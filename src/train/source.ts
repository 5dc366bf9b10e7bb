/**
 * Where a sample has what an input or a target is: the one way from fields to numbers, taken in
 * training, by `eagre run` and in an application, so that nothing can differ between them.
 */
import { EagreError } from '../errors.js'
import type { InputNode, Plan } from '../language/plan.js'
import { suggest } from '../language/suggest.js'
import { pack, show, type Misfit } from '../network/pack.js'

/** Fields by name; an event, or a row of a file. */
export type Fields = Readonly<Record<string, unknown>>

/** The inputs and targets of a plan, in its order; they are its first nodes. */
export function sourcesOf(plan: Pick<Plan, 'nodes'>): InputNode[] {
  const sources: InputNode[] = []
  for (const node of plan.nodes) {
    if (node.type !== 'input' && node.type !== 'target') break
    sources.push(node)
  }
  return sources
}

/** The columns that an input is made from. */
export function columnsOf({ name, from = name }: InputNode): readonly string[] {
  return typeof from === 'string' ? [from] : from
}

/**
 * What a sample has for an input: one field, or a list of them, one for each element. Where the
 * place that `from` names is empty, a field of the input's own name will do. `undefined` where
 * there is nothing, or null.
 */
export function find(sample: Fields, { name, from = name }: InputNode): unknown {
  if (typeof from === 'string') return fieldOf(sample, from) ?? ownField(sample, name)
  const fields = from.map((column) => fieldOf(sample, column))
  if (fields.every((field) => field !== undefined)) return fields
  const missing = fields.every((field) => field === undefined)
  return missing ? ownField(sample, name) : new Incomplete(from[fields.indexOf(undefined)]!)
}

/** Writes what `find` found to where a frame has the input. Throws `bad-data`, saying at which `place`. */
export function write(
  value: unknown,
  node: InputNode,
  memory: Float64Array,
  offset: number,
  place: string,
  sample: Fields,
): void {
  if (value === undefined) throw absent(node, place, sample)
  if (value instanceof Incomplete) {
    const { column } = value
    throw new EagreError('bad-data', `${place} has no "${column}" for ${called(node)}`)
  }
  const coded = isCoded(node) ? decode(value, node, place) : value
  const wrong =
    typeof node.from === 'object' && Array.isArray(coded) && coded.length === node.from.length
      ? packColumns(coded, memory, offset)
      : pack(coded, node.shape, memory, offset)
  if (wrong === undefined) return
  throw new EagreError(
    'bad-data',
    `${place}: ${called(node)} must ${wrong.wanted}, got ${wrong.got}`,
    { hint: repair(wrong.value, node) },
  )
}

/** Whether an input is text that stands for numbers. */
export function isCoded({ classes, hash }: InputNode): boolean {
  return classes !== undefined || hash !== undefined
}

/**
 * FNV-1a of the text's UTF-8 bytes, 32 bits (Fowler, Noll, Vo,
 * http://www.isthe.com/chongo/tech/comp/fnv/), modulo `size`.
 */
export function hashOf(text: string, size: number): number {
  let hash = 0x811c9dc5
  for (const byte of utf8.encode(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  return (hash >>> 0) % size
}

const utf8 = new TextEncoder()

/** Some of the columns are there, and not this one. */
class Incomplete {
  readonly column: string
  constructor(column: string) {
    this.column = column
  }
}

/**
 * A field, or one inside of others where the name is a path, `undefined` where there is none or
 * null. Events have theirs on their prototypes; what every object has (`constructor`) is no field.
 */
export function fieldOf(sample: Fields, path: string): unknown {
  const whole = ownField(sample, path)
  if (whole !== undefined || !path.includes('.')) return whole
  let at: unknown = sample
  for (const name of path.split('.')) {
    if (typeof at !== 'object' || at === null) return undefined
    at = ownField(at as Fields, name) // an object has fields
  }
  return at
}

function ownField(sample: Fields, name: string): unknown {
  if (!Object.hasOwn(sample, name) && name in Object.prototype) return undefined
  return sample[name] ?? undefined
}

/** Texts as the numbers that they stand for, in lists too. */
function decode(value: unknown, node: InputNode, place: string): unknown {
  if (Array.isArray(value)) return value.map((item) => decode(item, node, place))
  // Numbers and booleans are the text that they are written as, as in a CSV file.
  const plain = typeof value === 'number' || typeof value === 'boolean'
  if (typeof value !== 'string' && !plain) return value
  const text = String(value)
  if (node.hash !== undefined) return hashOf(text, node.hash)
  const classes = node.classes!
  const index = indexOf(classes, text)
  if (index !== undefined) return index
  const near = suggest(text, classes)
  throw new EagreError('bad-data', `${place}: ${show(text)} is no class of ${called(node)}`, {
    hint:
      near === undefined
        ? `its classes are ${classes.slice(0, 12).join(', ')}`
        : `did you mean "${near}"?`,
  })
}

function indexOf(classes: readonly string[], text: string): number | undefined {
  let known = indices.get(classes)
  if (known === undefined) {
    known = new Map(classes.map((name, index) => [name, index]))
    indices.set(classes, known)
  }
  return known.get(text)
}

// There may be thousands of classes, and as many rows.
const indices = new WeakMap<readonly string[], ReadonlyMap<string, number>>()

function packColumns(
  values: readonly unknown[],
  memory: Float64Array,
  offset: number,
): Misfit | undefined {
  return pack(values, [values.length], memory, offset)
}

function absent({ name, type, ...node }: InputNode, place: string, sample: Fields): EagreError {
  const from = typeof node.from === 'string' ? node.from : name
  const near = suggest(from, Object.keys(sample))
  const what = node.shape.length === 0 ? 'a number' : 'a list'
  return new EagreError('bad-data', `${place} has no value for the ${type} "${name}"`, {
    hint:
      near === undefined
        ? `give every sample ${what} called "${from}"`
        : `it has "${near}"; name it "${from}"`,
  })
}

function called({ type, name }: InputNode): string {
  return `the ${type} "${name}"`
}

function repair(value: unknown, { shape }: InputNode): string {
  if (typeof value === 'boolean') return `write ${Number(value)} for ${value}`
  if (typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value))) {
    return `write ${Number(value)} without quotes`
  }
  const list = typeof value === 'object' && value !== null && shape.length > 0
  if (list) return 'use a nested list of numbers, or a typed array of them'
  return typeof value === 'number' ? 'repair it, or leave it out with its sample' : 'use a number'
}
