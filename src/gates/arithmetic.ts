/** Sums, products and powers. */
import { running, runsAlong, updates } from './running.js'
import { fold, pointwise } from './pointwise.js'
import { meanOver } from './reduce.js'

export const add = fold({
  doc: 'Sum of any number of values.',
  value: 'a + b',
  gradients: { a: 'g', b: 'g' },
})

export const multiply = fold({
  doc: 'Product of any number of values.',
  value: 'a * b',
  gradients: { a: 'g * b', b: 'g * a' },
})

export const mean = fold({
  doc: 'Mean of any number of values, or of the elements of one tensor over axes.',
  value: 'a + b',
  gradients: { a: 'g', b: 'g' },
  finish: { value: 'y / n', gradient: 'g / n' },
  reduce: meanOver,
})

export const subtract = pointwise({
  doc: 'Difference of two values.',
  inputs: ['a', 'b'],
  value: 'a - b',
  gradients: { a: 'g', b: '-g' },
})

export const divide = pointwise({
  doc: 'Quotient of two values.',
  inputs: ['a', 'b'],
  value: 'a / b',
  // b * b could overflow where the quotient does not.
  gradients: { a: 'g / b', b: '-g * (y / b)' },
})

export const standardize = pointwise({
  doc: 'x less its mean, by its standard deviation (scale): of all training rows, or of the values so far.',
  source: 'Welford 1962, doi:10.1080/00401706.1962.10490022',
  inputs: ['x', 'mean', 'scale'],
  parameters: { update: { default: 'train', words: updates } },
  instead: { when: ({ update }) => runsAlong(update), rule: running },
  inputsOnly: ({ update }) => runsAlong(update),
  value: '(x - mean) / scale',
  gradients: { x: 'g / scale', mean: '-g / scale', scale: '-g * (y / scale)' },
})

export const negate = pointwise({
  doc: 'The value with the other sign.',
  inputs: ['x'],
  value: '-x',
  gradients: { x: '-g' },
})

export const reciprocal = pointwise({
  doc: '1 / x.',
  inputs: ['x'],
  value: '1 / x',
  gradients: { x: '-g * y * y' },
})

export const power = pointwise({
  doc: 'a to the power b.',
  inputs: ['a', 'b'],
  value: 'power(a, b)',
  gradients: {
    // A constant has slope 0 even at 0, where b * a^(b - 1) is 0 * Infinity.
    a: 'where(b == 0, 0, g * (b * power(a, b - 1)))',
    // At base 0 the logarithm is infinite, but the power is flat for every exponent from 0 on.
    b: 'where((a == 0) * (b >= 0), 0, g * (y * log(a)))',
  },
})

export const square = pointwise({
  doc: 'The square.',
  inputs: ['x'],
  value: 'x * x',
  gradients: { x: 'g * (2 * x)' },
})

export const sqrt = pointwise({
  doc: 'The square root.',
  inputs: ['x'],
  value: 'sqrt(x)',
  gradients: { x: 'g / (2 * y)' },
})

export const cbrt = pointwise({
  doc: 'The cube root.',
  inputs: ['x'],
  value: 'cbrt(x)',
  gradients: { x: 'g / (3 * y * y)' },
})

export const abs = pointwise({
  doc: 'The absolute value; slope 0 at 0.',
  inputs: ['x'],
  value: 'abs(x)',
  gradients: { x: 'g * sign(x)' },
})

export const sign = pointwise({
  doc: '-1, 0 or 1; slope 0 everywhere.',
  inputs: ['x'],
  value: 'sign(x)',
  gradients: { x: '0' },
})
