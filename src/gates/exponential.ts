/** Exponentials and logarithms. */
import { pointwise } from './pointwise.js'

export const exp = pointwise({
  doc: 'e to the power x.',
  inputs: ['x'],
  value: 'exp(x)',
  gradients: { x: 'g * y' },
})

export const expm1 = pointwise({
  doc: 'exp(x) - 1, accurate near 0.',
  inputs: ['x'],
  value: 'expm1(x)',
  // y + 1 would lose the digits of a slope near 0.
  gradients: { x: 'g * exp(x)' },
})

export const log = pointwise({
  doc: 'The natural logarithm.',
  inputs: ['x'],
  value: 'log(x)',
  gradients: { x: 'g / x' },
})

export const log1p = pointwise({
  doc: 'log(1 + x), accurate near 0.',
  inputs: ['x'],
  value: 'log1p(x)',
  gradients: { x: 'g / (1 + x)' },
})
