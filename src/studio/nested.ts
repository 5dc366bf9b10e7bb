/** Tensors that are typed in: nested lists, checked against a shape in words. */
import type { Nested } from '../language/plan.js'

/** What was typed, or what is wrong with it. */
export type Typed<T> = { readonly value: T } | { readonly wrong: string }

/** A number; texts that JavaScript would take for 0 are none. */
export function parseNumber(text: string): Typed<number> {
  const number = Number(text.trim().replaceAll('\u2212', '-'))
  if (text.trim() === '' || !Number.isFinite(number)) return { wrong: `"${text.trim()}" is no number` } // prettier-ignore
  return { value: number }
}

/** A nested list of the shape, as JSON. */
export function parseNested(text: string, shape: readonly number[]): Typed<Nested> {
  return parseLists(text, shape, 'number')
}

/** Texts in nested lists of the shape, as JSON; a single list of them also with commas alone. */
export function parseTexts(text: string, shape: readonly number[]): Typed<Texts> {
  const plain = shape.length === 1 && !text.trim().startsWith('[')
  const json = plain ? JSON.stringify(text.split(',').map((part) => part.trim())) : text
  return parseLists(json, shape, 'string')
}

/** Nested lists of texts. */
export type Texts = string | readonly Texts[]

function parseLists<T>(text: string, shape: readonly number[], leaf: Leaf): Typed<T> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return { wrong: `this is no JSON: ${error instanceof Error ? error.message : String(error)}` }
  }
  const wrong = misfit(value, shape, leaf, [])
  return wrong === undefined ? { value: value as T } : { wrong }
}

type Leaf = 'number' | 'string'

function misfit(
  value: unknown,
  shape: readonly number[],
  leaf: Leaf,
  at: readonly number[],
): string | undefined {
  const where = at.length === 0 ? 'it' : `[${at.join(', ')}]`
  const [length, ...rest] = shape
  if (length === undefined) {
    const wanted = leaf === 'number' ? 'a number' : 'a text'
    return typeof value === leaf ? undefined : `${where} must be ${wanted}, got ${kindOf(value)}`
  }
  if (!Array.isArray(value)) return `${where} must be a list of ${length}, got ${kindOf(value)}`
  if (value.length !== length) return `${where} must be a list of ${length}, got one of ${value.length}` // prettier-ignore
  for (const [index, item] of value.entries()) {
    const wrong = misfit(item, rest, leaf, [...at, index])
    if (wrong !== undefined) return wrong
  }
  return undefined
}

function kindOf(value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value)
  return Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'a map' : `the ${typeof value} ${JSON.stringify(value)}` // prettier-ignore
}

/** The place of a cell, as `1, 2`. */
export function parseCell(text: string, shape: readonly number[]): Typed<readonly number[]> {
  const parts = text.replace(/^\s*\[|\]\s*$/g, '').split(/[\s,]+/).filter((part) => part !== '') // prettier-ignore
  const index = parts.map(Number)
  const fits = index.length === shape.length && index.every((at, axis) => Number.isInteger(at) && at >= 0 && at < shape[axis]!) // prettier-ignore
  if (fits) return { value: index }
  return { wrong: `a cell is ${shape.map((length) => `0 to ${length - 1}`).join(', ')}, got "${text.trim()}"` } // prettier-ignore
}

/** The number in a cell. */
export function cellOf(value: Nested, index: readonly number[]): number {
  let at = value
  for (const place of index) at = (at as readonly Nested[])[place]! // of that shape
  return at as number
}

/** The same with another number in a cell. */
export function withCell(
  value: Nested,
  [place, ...rest]: readonly number[],
  number: number,
): Nested {
  if (place === undefined) return number
  return (value as readonly Nested[]).map((item, at) => at === place ? withCell(item, rest, number) : item) // prettier-ignore
}
