/** Gates that pass one of their inputs on. */
import { fold, pointwise } from './pointwise.js'
import { maxOver, minOver } from './reduce.js'

export const identity = pointwise({
  doc: 'The value itself.',
  inputs: ['x'],
  value: 'x',
  gradients: { x: 'g' },
})

export const stop_gradient = pointwise({
  doc: 'The value itself; no gradient comes back.',
  inputs: ['x'],
  value: 'x',
  gradients: { x: 'none' },
})

export const where = pointwise({
  doc: 'a where the condition is not 0, else b. The side that is not taken has gradient 0.',
  inputs: ['condition', 'a', 'b'],
  value: 'where(condition, a, b)',
  gradients: {
    condition: 'none',
    a: 'where(condition, g, 0)',
    b: 'where(condition, 0, g)',
  },
})

export const min = fold({
  // Two that are equal share the gradient in halves; over an axis the first has it.
  doc: 'The least of any number of values, or of the elements of one tensor over axes.',
  reduce: minOver,
  value: 'min(a, b)',
  gradients: {
    a: 'where(a > b, 0, where(a == b, g / 2, g))',
    b: 'where(b > a, 0, where(a == b, g / 2, g))',
  },
})

export const max = fold({
  doc: 'The greatest of any number of values, or of the elements of one tensor over axes.',
  reduce: maxOver,
  value: 'max(a, b)',
  gradients: {
    a: 'where(a < b, 0, where(a == b, g / 2, g))',
    b: 'where(b < a, 0, where(a == b, g / 2, g))',
  },
})

export const clamp = pointwise({
  doc: 'x, but at least min and at most max; max where they cross. At a bound x has the gradient.',
  inputs: ['x', 'min', 'max'],
  defaults: { min: -Infinity, max: Infinity },
  value: 'min(max(x, min), max)',
  gradients: {
    x: 'where((x >= min) * (x <= max), g, 0)',
    min: 'where((min < max) * (x < min), g, 0)',
    max: 'where((x > max) + (max < min), g, 0)',
  },
})
