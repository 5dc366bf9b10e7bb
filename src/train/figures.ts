/** Numbers as JSON can hold them without losing a bit, and reading them back with care. */
import { EagreError } from '../errors.js'
import { show } from '../network/pack.js'

/** `JSON.stringify` makes `null` of NaN and the infinities, and 0 of -0: so they are texts. */
export type Figure = number | 'NaN' | 'Infinity' | '-Infinity' | '-0'

/** Many of them: a list, or where it is long a `Numbers`. */
export type Figures = readonly Figure[] | Float64Array

/**
 * What becomes of plain data in a checkpoint: an array as long as all weights is lists by weight,
 * and `Numbers` are themselves.
 */
export type Portable<T> = T extends Numbers
  ? Figures
  : T extends Float64Array
    ? Readonly<Record<string, Figures>>
    : T extends number
      ? Figure
      : T extends object
        ? { readonly [Key in keyof T]: Portable<T[Key]> }
        : T

export function figure(value: number): Figure {
  if (value - value !== 0) return String(value) as 'NaN' | 'Infinity' | '-Infinity' // no other is left
  return Object.is(value, -0) ? '-0' : value
}

/**
 * A long list of numbers. A list of a million numbers takes a hundred times longer to make than a
 * copy of their bytes, which nothing else may wait for.
 */
export class Numbers extends Float64Array {
  /** What `JSON.stringify` makes of it: the same as of a short list. */
  toJSON(): Figure[] {
    return listOf(this, 0, this.length)
  }
}

/** From here on a list is long. */
const long = 1024

/** Numbers of their own. */
export function figures(values: Float64Array, start = 0, end = values.length): Figures {
  if (end - start >= long) return new Numbers(values.subarray(start, end))
  return listOf(values, start, end)
}

function listOf(values: Float64Array, start: number, end: number): Figure[] {
  const list: Figure[] = []
  for (let at = start; at < end; at++) list.push(figure(values[at]!))
  return list
}

/** The number that a figure is, if it is one. */
export function unfigure(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  return typeof value === 'string' ? texts.get(value) : undefined
}

const texts = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['-0', -0],
])

/** A part of something that came from outside; whatever is asked of it throws `bad-data` where it is not so. */
export class Part {
  readonly value: unknown
  private readonly place: string

  constructor(value: unknown, place: string) {
    this.value = value
    this.place = place
  }

  /** The field of an object. */
  field(name: string): Part {
    const at = `${this.place}.${name}`
    return new Part(Object.hasOwn(this.object(), name) ? this.object()[name] : undefined, at)
  }

  /** What `read` makes of a field, where there is one. */
  maybe<T>(name: string, read: (part: Part) => T): T | undefined {
    const part = this.field(name)
    return part.value === undefined ? undefined : read(part)
  }

  object(): Record<string, unknown> {
    const { value } = this
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw this.wrong('an object')
    }
    return value as Record<string, unknown> // any object has fields of unknown values
  }

  names(): string[] {
    return Object.keys(this.object())
  }

  list(): Part[] {
    if (!Array.isArray(this.value)) throw this.wrong('a list')
    return this.value.map((item, at) => new Part(item, `${this.place}[${at}]`))
  }

  /** A list of numbers, so many where that is known; a typed array will do. */
  numbers(length?: number): Float64Array {
    const { value } = this
    const typed = value instanceof Float64Array
    if (!typed && !Array.isArray(value)) throw this.wrong('a list of numbers')
    const list: ArrayLike<unknown> = value
    if (typed && (length ?? value.length) === value.length) return new Float64Array(value)
    if (length !== undefined && list.length !== length) throw this.wrong(`${length} numbers`)
    const numbers = new Float64Array(list.length)
    for (let at = 0; at < list.length; at++) {
      const number = unfigure(list[at])
      if (number === undefined) throw new Part(list[at], `${this.place}[${at}]`).wrong('a number')
      numbers[at] = number
    }
    return numbers
  }

  number(): number {
    const number = unfigure(this.value)
    if (number === undefined) throw this.wrong('a number')
    return number
  }

  /** A whole number that is not less than `least`. */
  whole(least = 0): number {
    const { value } = this
    if (Number.isSafeInteger(value) && (value as number) >= least) return value as number
    throw this.wrong(`a whole number from ${least}`)
  }

  text(): string {
    if (typeof this.value !== 'string') throw this.wrong('a text')
    return this.value
  }

  flag(): boolean {
    if (typeof this.value !== 'boolean') throw this.wrong('true or false')
    return this.value
  }

  one<const T extends readonly string[]>(...of: T): T[number] {
    const { value } = this
    if (typeof value === 'string' && of.includes(value)) return value
    throw this.wrong(`one of ${of.join(', ')}`)
  }

  wrong(wanted: string): EagreError {
    const { value, place } = this
    const list = Array.isArray(value) || value instanceof Float64Array
    const got = list ? `a list of ${value.length}` : show(value)
    return new EagreError('bad-data', `${place} must be ${wanted}, got ${got}`, {
      hint: 'the checkpoint is damaged, or was made by something else',
    })
  }
}
