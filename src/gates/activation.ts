/** What neurons end in. Names, parameters and defaults are PyTorch's. */
import { pointwise } from './pointwise.js'

export const sigmoid = pointwise({
  doc: 'The logistic function, 1 / (1 + exp(-x)).',
  inputs: ['x'],
  value: 'sigmoid(x)',
  gradients: { x: 'g * ((1 - y) * y)' },
})

export const log_sigmoid = pointwise({
  doc: 'The logarithm of sigmoid(x).',
  inputs: ['x'],
  value: '-softplus(-x)',
  gradients: { x: 'g * sigmoid(-x)' },
})

export const softplus = pointwise({
  doc: 'log(1 + exp(beta x)) / beta: a smooth relu; x itself where beta x is above the threshold.',
  inputs: ['x'],
  parameters: { beta: { default: 1, minimum: 0, exclusive: true }, threshold: 20 },
  value: 'where(x * beta > threshold, x, softplus(x * beta) / beta)',
  gradients: { x: 'where(x * beta > threshold, g, g * sigmoid(x * beta))' },
})

export const relu = pointwise({
  doc: 'x where positive, else 0; slope 0 at 0.',
  inputs: ['x'],
  value: 'max(x, 0)',
  gradients: { x: 'where(x <= 0, 0, g)' },
})

export const leaky_relu = pointwise({
  doc: 'x where positive, else negative_slope x.',
  inputs: ['x'],
  parameters: { negative_slope: 0.01 },
  value: 'where(x > 0, x, negative_slope * x)',
  gradients: { x: 'where(x > 0, g, negative_slope * g)' },
})

export const elu = pointwise({
  doc: 'x where positive, else alpha (exp(x) - 1).',
  source: 'Clevert, Unterthiner, Hochreiter 2015, arXiv:1511.07289',
  inputs: ['x'],
  parameters: { alpha: 1 },
  value: 'where(x > 0, x, alpha * expm1(x))',
  gradients: { x: 'where(x > 0, g, g * (alpha * exp(x)))' },
})

export const selu = pointwise({
  doc: 'The elu that keeps mean 0 and variance 1 through layers.',
  source: 'Klambauer, Unterthiner, Mayr, Hochreiter 2017, arXiv:1706.02515',
  inputs: ['x'],
  // The scale, and the scale times alpha.
  value: `where(x > 0, 1.0507009873554805 * x, 1.7580993408473768 * expm1(x))`,
  gradients: {
    x: 'where(x > 0, 1.0507009873554805 * g, g * (1.7580993408473768 * exp(x)))',
  },
})

// The tanh form is a sigmoid of twice the inner sum: so small sides keep their digits. Beyond
// 100 its slope is 0 or 1 to the last digit, while the powers of x would overflow.
const SLOPE = 'sigmoid(1.5957691216057308 * (x + 0.044715 * x * x * x))'

export const gelu = pointwise({
  doc: 'x times the normal distribution function of x, or its approximation by tanh.',
  source: 'Hendrycks, Gimpel 2016, arXiv:1606.08415',
  inputs: ['x'],
  parameters: { approximate: { default: 'none', words: ['none', 'tanh'] } },
  value: `where(approximate, x * ${SLOPE}, x * normal(x))`,
  gradients: {
    x: `g * where(approximate,
          ${SLOPE} + where(abs(x) < 100,
            x * ${SLOPE} * (1 - ${SLOPE}) * (1.5957691216057308 * (1 + 0.134145 * x * x)), 0),
          normal(x) + x * (exp(-x * x / 2) * 0.3989422804014327))`,
  },
})

export const silu = pointwise({
  doc: 'x sigmoid(x), also known as swish.',
  inputs: ['x'],
  value: 'x * sigmoid(x)',
  gradients: { x: 'g * (sigmoid(x) * (1 + x * (1 - sigmoid(x))))' },
})

export const mish = pointwise({
  doc: 'x tanh(softplus(x)).',
  source: 'Misra 2019, arXiv:1908.08681',
  inputs: ['x'],
  value: 'x * tanh(softplus(x))',
  gradients: {
    x: `g * (tanh(softplus(x))
          + x * sigmoid(x) * (1 - tanh(softplus(x)) * tanh(softplus(x))))`,
  },
})

export const hard_tanh = pointwise({
  doc: 'x between min_val and max_val, and these beyond; slope 0 at both.',
  inputs: ['x'],
  parameters: { min_val: -1, max_val: 1 },
  value: 'min(max(x, min_val), max_val)',
  gradients: { x: 'where(x <= min_val, 0, where(x >= max_val, 0, g))' },
})
