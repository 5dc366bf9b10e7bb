/** Reads the parameters that name axes, and lays out loops along axes. */
import { sizeOf, type Shape } from '../tensor/shape.js'
import { stridesOf } from '../tensor/strides.js'
import { isMismatch, type Mismatch, type ParameterValue } from './gate.js'

/** `axis=` of gates that work over one or several axes, by default over all. */
export const anyAxes = { default: 'all', words: ['all'], type: 'integers' } as const

/** `axis=` of gates that work along one axis. */
export const oneAxis = (axis: number) => ({ default: axis, type: 'integer' }) as const

/** The axis that a number stands for; negative ones count from the end. */
export function axisOf(value: ParameterValue | undefined, rank: number): number | Mismatch {
  const axis = Number(value)
  if (axis >= -rank && axis < rank) return axis < 0 ? axis + rank : axis
  const has = rank === 0 ? 'a number has no axes' : `the axes are 0 to ${rank - 1}`
  return { mismatch: `there is no axis ${axis}: ${has}` }
}

/** The axes that a parameter names, in ascending order; a word stands for all. */
export function axesOf(
  value: ParameterValue | undefined,
  rank: number,
): readonly number[] | Mismatch {
  if (typeof value === 'string' || value === undefined) return Array.from({ length: rank }, (_, axis) => axis) // prettier-ignore
  const axes: number[] = []
  for (const each of Array.isArray(value) ? value : [value]) {
    const axis = axisOf(each, rank)
    if (typeof axis !== 'number') return axis
    if (axes.includes(axis)) return { mismatch: `axis ${axis} is named twice` }
    axes.push(axis)
  }
  return axes.toSorted((a, b) => a - b)
}

/** The shape without some of its axes, or with size 1 there. */
export function without(shape: Shape, axes: readonly number[], keep: boolean): Shape {
  if (keep) return shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
  return shape.filter((_, axis) => !axes.includes(axis))
}

/**
 * A tensor as rows along some of its axes: element `i` of row `r` lies at `rows[r] + along[i]`.
 * Both go in row-major order.
 */
export interface Rows {
  readonly rows: Int32Array
  readonly along: Int32Array
}

/** The rows of a tensor along the axes that a parameter names, which are known to exist. */
export function rowsOf(shape: Shape, value: ParameterValue | undefined): Rows {
  const found = axesOf(value, shape.length)
  const axes = isMismatch(found) ? [] : found
  const others = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis))
  return { rows: positions(shape, others), along: positions(shape, axes) }
}

/** How many rows there are. */
export function countRows(shape: Shape, value: ParameterValue | undefined): number {
  const axes = axesOf(value, shape.length)
  return isMismatch(axes) ? 0 : sizeOf(without(shape, axes, true))
}

/** Where the elements lie that one reaches along these axes from the first one. */
export function positions(shape: Shape, axes: readonly number[]): Int32Array {
  const strides = stridesOf(shape)
  return positionsBy(
    axes.map((axis) => shape[axis]!),
    axes.map((axis) => strides[axis]!),
  )
}

/** The positions of the elements of a shape that lies in memory with these strides. */
export function positionsBy(shape: Shape, strides: readonly number[]): Int32Array {
  let found = Int32Array.of(0)
  shape.forEach((size, axis) => {
    const next = new Int32Array(found.length * size)
    let at = 0
    for (const start of found) {
      for (let index = 0; index < size; index++) next[at++] = start + index * strides[axis]!
    }
    found = next
  })
  return found
}
