/** JSON as eagre writes it: every number reads back the same, none is lost as `null`. */
import type { Nested } from '../language/plan.js'
import type { Tensor, Value } from '../network/message.js'

/**
 * Like `JSON.stringify` of plain data, with three differences: NaN and the infinities become
 * the strings "NaN", "Infinity" and "-Infinity", `-0` stays `-0`, and tensors become nested
 * lists. `indent` is the number of spaces a level.
 */
export function json(value: unknown, indent = 0): string {
  return write(value, indent === 0 ? '' : '\n', ' '.repeat(indent))
}

/** A value as a number or as nested lists of numbers. */
export function nest(value: Value): Nested {
  return typeof value === 'number' ? value : nestFrom(value, 0, 0)
}

/**
 * A number or a nested list of numbers out of parsed JSON, with non-finite numbers as `json`
 * writes them; `undefined` where there is anything else, or a number that `accept` refuses.
 */
export function readNested(
  value: unknown,
  accept: (number: number) => boolean = () => true,
  depth = 0,
): Nested | undefined {
  if (!Array.isArray(value)) {
    const number = typeof value === 'string' ? nonFinite.get(value) : value
    return typeof number === 'number' && accept(number) ? number : undefined
  }
  // Far beyond any tensor, and far from the end of the stack.
  if (depth === 100) return undefined
  const items = value.map((item) => readNested(item, accept, depth + 1))
  return items.some((item) => item === undefined) ? undefined : (items as Nested[])
}

const nonFinite = new Map([
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
])

function write(value: unknown, newline: string, step: string): string {
  if (typeof value === 'number') return writeNumber(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  if (isTensor(value)) return write(nest(value), newline, step)
  const inner = newline === '' ? '' : newline + step
  if (Array.isArray(value)) {
    // Lists of numbers stay on one line: indented, a matrix would be a column of digits.
    const flat = newline === '' || value.every((item) => typeof item === 'number')
    const items = value.map((item) => write(item, inner, step))
    if (flat) return `[${items.join(newline === '' ? ',' : ', ')}]`
    return items.length === 0 ? '[]' : `[${inner}${items.join(`,${inner}`)}${newline}]`
  }
  const colon = newline === '' ? ':' : ': '
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .map(([name, field]) => `${JSON.stringify(name)}${colon}${write(field, inner, step)}`)
  return fields.length === 0 ? '{}' : `{${inner}${fields.join(`,${inner}`)}${newline}}`
}

function writeNumber(value: number): string {
  if (!Number.isFinite(value)) return `"${value}"`
  return Object.is(value, -0) ? '-0' : String(value)
}

function isTensor(value: object): value is Tensor {
  return 'data' in value && value.data instanceof Float64Array && 'shape' in value
}

function nestFrom({ shape, data }: Tensor, axis: number, offset: number): Nested {
  if (axis === shape.length) return data[offset]!
  const stride = shape.slice(axis + 1).reduce((product, size) => product * size, 1)
  return Array.from({ length: shape[axis]! }, (_, index) =>
    nestFrom({ shape, data }, axis + 1, offset + index * stride),
  )
}
