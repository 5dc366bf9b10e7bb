/** Circular and hyperbolic functions. */
import { pointwise } from './pointwise.js'

export const sin = pointwise({
  doc: 'Sine.',
  inputs: ['x'],
  value: 'sin(x)',
  gradients: { x: 'g * cos(x)' },
})

export const cos = pointwise({
  doc: 'Cosine.',
  inputs: ['x'],
  value: 'cos(x)',
  gradients: { x: '-g * sin(x)' },
})

export const tan = pointwise({
  doc: 'Tangent.',
  inputs: ['x'],
  value: 'tan(x)',
  gradients: { x: 'g * (1 + y * y)' },
})

export const asin = pointwise({
  doc: 'Arc sine.',
  inputs: ['x'],
  value: 'asin(x)',
  // As a product, because 1 - x * x loses digits near 1.
  gradients: { x: 'g / sqrt((1 - x) * (1 + x))' },
})

export const acos = pointwise({
  doc: 'Arc cosine.',
  inputs: ['x'],
  value: 'acos(x)',
  gradients: { x: '-g / sqrt((1 - x) * (1 + x))' },
})

export const atan = pointwise({
  doc: 'Arc tangent.',
  inputs: ['x'],
  value: 'atan(x)',
  gradients: { x: 'g / (1 + x * x)' },
})

export const atan2 = pointwise({
  doc: 'The angle of the point (b, a), from -π to π.',
  inputs: ['a', 'b'],
  value: 'atan2(a, b)',
  // Divided twice by the distance, whose square could overflow.
  gradients: {
    a: 'g * (b / hypot(a, b) / hypot(a, b))',
    b: '-g * (a / hypot(a, b) / hypot(a, b))',
  },
})

export const sinh = pointwise({
  doc: 'Hyperbolic sine.',
  inputs: ['x'],
  value: 'sinh(x)',
  gradients: { x: 'g * cosh(x)' },
})

export const cosh = pointwise({
  doc: 'Hyperbolic cosine.',
  inputs: ['x'],
  value: 'cosh(x)',
  gradients: { x: 'g * sinh(x)' },
})

export const tanh = pointwise({
  doc: 'Hyperbolic tangent.',
  inputs: ['x'],
  value: 'tanh(x)',
  // From the output: needs no second tanh, and cannot overflow.
  gradients: { x: 'g * (1 - y * y)' },
})
