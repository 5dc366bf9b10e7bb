/** Writes what people hold (numbers, nested lists, typed arrays, tensors) into flat memory. */
import { sameShape, sizeOf, type Shape } from '../tensor/shape.js'

/** What a value should have done, and what came instead. */
export interface Misfit {
  /** As `be a finite number`. */
  readonly wanted: string
  readonly got: string
  /** What stands there, for whoever knows a repair. */
  readonly value: unknown
}

/**
 * Writes a value of a shape, row by row. A typed array is taken as the elements in that order.
 * Where it does not fit, or holds a number that is not finite, what is wrong; the memory may be
 * written in part then.
 */
export function pack(
  value: unknown,
  shape: Shape,
  memory: Float64Array,
  offset: number,
): Misfit | undefined {
  if (shape.length === 0 && typeof value === 'number' && Number.isFinite(value)) {
    memory[offset] = value
    return undefined
  }
  if (isTensor(value)) {
    const fits = sameShape(value.shape, shape) && value.data.length === sizeOf(shape)
    return fits ? copy(value.data, memory, offset) : misfit(shape, `[${value.shape.join(', ')}]`, value) // prettier-ignore
  }
  if (shape.length === 0) {
    return { wanted: 'be a finite number', got: show(value), value }
  }
  if (isNumbers(value)) {
    const { length } = value
    return length === sizeOf(shape)
      ? copy(value, memory, offset)
      : misfit(shape, `${length} numbers`, value)
  }
  return packList(value, shape, 0, memory, offset, sizeOf(shape))
}

/** A value in a few words. */
export function show(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
  }
  if (typeof value === 'number' || typeof value === 'boolean' || value == null) return String(value)
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

function packList(
  value: unknown,
  shape: Shape,
  axis: number,
  memory: Float64Array,
  offset: number,
  size: number,
): Misfit | undefined {
  const length = shape[axis]
  if (length === undefined) {
    if (typeof value !== 'number' || !Number.isFinite(value)) {
      return { wanted: 'hold finite numbers', got: show(value), value }
    }
    memory[offset] = value
    return undefined
  }
  // The last axis may be a typed array: `[Float64Array, Float64Array]`.
  const list = Array.isArray(value) || (isNumbers(value) && axis === shape.length - 1)
  if (!list) return misfit(shape, show(value), value)
  const items = value as ArrayLike<unknown> // both kinds of lists are
  if (items.length !== length) return misfit(shape, `a list of ${items.length}`, value)
  const step = length === 0 ? 0 : size / length
  for (let at = 0; at < length; at++) {
    const wrong = packList(items[at], shape, axis + 1, memory, offset + at * step, step)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

function misfit(shape: Shape, got: string, value: unknown): Misfit {
  return { wanted: `have the shape [${shape.join(', ')}]`, got, value }
}

function copy(data: ArrayLike<number>, memory: Float64Array, offset: number): Misfit | undefined {
  for (let at = 0; at < data.length; at++) {
    const value = data[at]!
    if (!Number.isFinite(value)) return { wanted: 'hold finite numbers', got: show(value), value }
    memory[offset + at] = value
  }
  return undefined
}

function isNumbers(value: unknown): value is ArrayLike<number> {
  return (
    ArrayBuffer.isView(value) &&
    !(value instanceof DataView) &&
    !(value instanceof BigInt64Array) &&
    !(value instanceof BigUint64Array)
  )
}

function isTensor(value: unknown): value is { shape: Shape; data: ArrayLike<number> } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  if (!('shape' in value) || !('data' in value)) return false
  return Array.isArray(value.shape) && isNumbers(value.data)
}
