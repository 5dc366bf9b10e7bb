/** Reads numbers and nested lists of numbers, and what they are drawn by. */
import type { Range } from '../formula/syntax.js'
import { initializers, type InitializerValue } from '../optimizers/initializers.js'
import { sameShape, scalar, sizeOf, type Shape } from '../tensor/shape.js'
import type { Checking } from './context.js'
import type { InitPlan, Nested } from './plan.js'
import type { InitSpec, Located, NestedSpec } from './spec.js'

/** The most elements that one node may have: half a gigabyte of numbers. */
export const mostElements = 2 ** 26
const mostAxes = 16

/** A value and the shape that its lists have. */
export interface ReadValue {
  readonly value: Nested
  readonly shape: Shape
}

/** The value of a node; all its numbers have to be finite. */
export function readNested(checking: Checking, name: string, spec: NestedSpec): ReadValue {
  return read(checking, name, spec, (value, range) => {
    if (!Number.isFinite(value)) checking.error('not-finite', range, { name, value })
  })
}

/** What a test expects; it may be infinite or NaN. */
export function readExpected(checking: Checking, name: string, spec: NestedSpec): ReadValue {
  return read(checking, name, spec, () => undefined)
}

/** Reports a value that has not the shape of its node. */
export function mustHave(
  checking: Checking,
  name: string,
  { shape }: ReadValue,
  wanted: Shape,
  range: Range,
): void {
  if (sameShape(shape, wanted)) return
  checking.error('value-shape', range, { name, shape, wanted })
}

/** A declared shape; one that nobody can hold is reported, and stands in as a scalar. */
export function readShape(
  checking: Checking,
  name: string,
  { value: shape, range }: Located<readonly number[]>,
): Shape {
  if (shape.length > mostAxes) {
    const expected = `a list of at most ${mostAxes} sizes`
    checking.error('out-of-range', range, { what: '"shape"', expected, got: `${shape.length}` })
    return scalar
  }
  if (sizeOf(shape) <= mostElements) return shape
  checking.error('too-many-elements', range, { name, shape, limit: mostElements })
  return scalar
}

/** How a node is drawn; `undefined`, and reported, where that cannot be. */
export function readInit(
  checking: Checking,
  { name, parameters }: InitSpec,
  shape: Shape,
  seed: number,
): InitPlan | undefined {
  const initializer = initializers.get(name.value)
  if (initializer === undefined) {
    const meant = checking.meant(name.value, initializers)
    checking.error('unknown-initializer', name.range, { name: name.value, ...meant })
    return undefined
  }
  const of = name.value
  const before = checking.problems.length
  const values: Record<string, InitializerValue> = Object.create(null)
  for (const { name: key, value } of parameters) {
    const known = initializer.parameters.find((one) => one.name === key.value)
    if (known === undefined) {
      const names = initializer.parameters.map((one) => one.name)
      const fields = { of, name: key.value, known: names, ...checking.meant(key.value, new Set(names)) } // prettier-ignore
      checking.error('unknown-parameter', key.range, fields)
      continue
    }
    const { words } = known
    const got = value.value
    const fits = words === undefined ? Number.isFinite(got) : words.includes(String(got))
    if (!fits) {
      const wanted = words === undefined ? 'a number' : words.join(' or ')
      const meant = words === undefined ? {} : checking.meant(String(got), new Set(words))
      const fields = { of, name: known.name, wanted, got: `"${got}"`, ...meant }
      checking.error('bad-parameter', value.range, fields)
    }
    values[known.name] = got
  }
  const complete: Record<string, InitializerValue> = Object.create(null)
  for (const { name: key, default: standard } of initializer.parameters) {
    const value = values[key] ?? standard
    if (value === undefined) checking.error('missing-parameter', name.range, { of, name: key })
    else complete[key] = value
  }
  if (checking.problems.length > before) return undefined
  const why = initializer.refusal?.(shape, complete)
  if (why === undefined) return { name: of, parameters: complete, seed }
  checking.error('bad-init', name.range, { name: of, shape, why })
  return undefined
}

/** One number for all elements of a shape. */
export function filled(value: number, shape: Shape): Nested {
  const [first, ...rest] = shape
  if (first === undefined) return value
  return Array.from({ length: first }, () => filled(value, rest))
}

function read(
  checking: Checking,
  name: string,
  spec: NestedSpec,
  each: (value: number, range: Range) => void,
): ReadValue {
  const shape = shapeOf(spec)
  if (shape.length > mostAxes) {
    const expected = `lists at most ${mostAxes} deep`
    checking.error('out-of-range', spec.range, { what: `"${name}"`, expected, got: `${shape.length}` }) // prettier-ignore
    return { value: 0, shape: scalar }
  }
  let ragged = false
  const convert = (part: NestedSpec, axis: number): Nested => {
    const list = 'items' in part
    const length = shape[axis]
    if (!list && length === undefined) {
      each(part.value, part.range)
      return part.value
    }
    if (list && part.items.length === length) return part.items.map((item) => convert(item, axis + 1)) // prettier-ignore
    if (!ragged) {
      const got = list ? `a list of ${part.items.length}` : 'a number'
      const wanted = length === undefined ? 'a number' : `a list of ${length}`
      checking.error('ragged-list', part.range, { name, wanted, got })
    }
    ragged = true
    return 0
  }
  const value = convert(spec, 0)
  return ragged ? { value: 0, shape: scalar } : { value, shape }
}

/** The shape that the first item of each list says. */
function shapeOf(spec: NestedSpec): Shape {
  const shape: number[] = []
  let part: NestedSpec | undefined = spec
  while (part !== undefined && 'items' in part) {
    shape.push(part.items.length)
    part = part.items[0]
  }
  return shape
}
