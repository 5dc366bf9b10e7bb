/** Gates that make one number of many, over one, several or all axes. Sums go in row-major order. */
import { oneAxis, type Rows, rowsOf } from './axes.js'
import { stackedAlong } from './batch.js'
import { dense, type Values } from './dense.js'
import * as elementary from './elementary.js'
import { choose, reducedSome, reduction, total } from './reduce.js'
import { logOfSum } from './rowwise.js'

export const sum = reduction({
  doc: 'Sum over axes.',
  value: 'sum of x over axis',
  gradient: 'g',
  sums: 'sum',
  forward: total,
  backward: (_, __, { along }, to, answers, ___, g) => {
    for (let i = 0; i < along.length; i++) answers[to + along[i]!] = g
  },
})

export const prod = reduction({
  doc: 'Product over axes.',
  value: 'product of x over axis',
  gradient: 'g * the product of all others',
  forward: (x, at, { along }) => {
    let y = 1
    for (let i = 0; i < along.length; i++) y *= x[at + along[i]!]!
    return y
  },
  // What stands before an element times what stands behind it: no division, so zeros are right.
  backward: (x, at, { along }, to, answers, _, g) => {
    let before = 1
    for (let i = 0; i < along.length; i++) {
      answers[to + along[i]!] = before
      before *= x[at + along[i]!]!
    }
    let behind = g
    for (let i = along.length - 1; i >= 0; i--) {
      answers[to + along[i]!]! *= behind
      behind *= x[at + along[i]!]!
    }
  },
})

const correction = { default: 1, minimum: 0 } as const

const variance = reduction({
  doc: 'Variance over axes: of a sample, divided by n - correction.',
  value: 'sum of (x - mean)^2 / (n - correction)',
  gradient: 'g * 2 * (x - mean) / (n - correction)',
  parameters: { correction },
  forward: (x, at, rows, values) => spread(x, at, rows) / freedom(rows, values),
  backward: (x, at, rows, to, answers, _, g, values) => {
    const { along } = rows
    const middle = total(x, at, rows) / along.length
    const scale = (g * 2) / freedom(rows, values)
    for (let i = 0; i < along.length; i++) {
      answers[to + along[i]!] = scale * (x[at + along[i]!]! - middle)
    }
  },
})

export const std = reduction({
  doc: 'Standard deviation over axes: the root of the variance; slope 0 where it is 0.',
  value: 'sqrt(sum of (x - mean)^2 / (n - correction))',
  gradient: 'g * (x - mean) / ((n - correction) * y)',
  parameters: { correction },
  forward: (x, at, rows, values) => Math.sqrt(spread(x, at, rows) / freedom(rows, values)),
  backward: (x, at, rows, to, answers, y, g, values) => {
    const { along } = rows
    const middle = total(x, at, rows) / along.length
    const scale = y === 0 ? 0 : g / (freedom(rows, values) * y)
    for (let i = 0; i < along.length; i++) {
      answers[to + along[i]!] = scale * (x[at + along[i]!]! - middle)
    }
  },
})

export const norm = reduction({
  doc: 'Length of a vector over axes: (sum of |x|^order)^(1/order); slope 0 at 0.',
  value: '(sum of |x|^order)^(1/order)',
  gradient: 'g * sign(x) * (|x| / y)^(order - 1)',
  parameters: { order: { default: 2, minimum: 0, exclusive: true } },
  forward: (x, at, { along }, { order }) => {
    let sumOfPowers = 0
    for (let i = 0; i < along.length; i++) {
      const element = x[at + along[i]!]!
      if (order === 2) sumOfPowers += element * element
      else sumOfPowers += order === 1 ? Math.abs(element) : elementary.power(Math.abs(element), Number(order)) // prettier-ignore
    }
    if (order === 2) return Math.sqrt(sumOfPowers)
    return order === 1 ? sumOfPowers : elementary.power(sumOfPowers, 1 / Number(order))
  },
  backward: (x, at, { along }, to, answers, y, g, { order }) => {
    for (let i = 0; i < along.length; i++) {
      const element = x[at + along[i]!]!
      let slope = 0
      if (order === 1) slope = Math.sign(element)
      else if (y !== 0 && order === 2) slope = element / y
      else if (y !== 0 && element !== 0) {
        slope = Math.sign(element) * elementary.power(Math.abs(element) / y, Number(order) - 1)
      }
      answers[to + along[i]!] = g * slope
    }
  },
})

export const logsumexp = reduction({
  doc: 'log(sum of exp(x)) over axes; nothing overflows.',
  value: 'log(sum of exp(x))',
  gradient: 'g * exp(x - y)',
  forward: (x, at, { along }) => logOfSum(x, at, along),
  backward: (x, at, { along }, to, answers, y, g) => {
    for (let i = 0; i < along.length; i++) {
      answers[to + along[i]!] = g * elementary.exp(x[at + along[i]!]! - y)
    }
  },
})

export { variance as var }

export const argmax = dense({
  doc: 'Place of the greatest element, the first of several; over all axes in row-major order.',
  inputs: ['x'],
  parameters: { axis: { ...oneAxis(0), default: 'all', words: ['all'] }, keepdims: false },
  value: 'the first i for which x[i] is the greatest',
  gradients: { x: 'none' },
  shape: reducedSome,
  stack: stackedAlong,
  prepare: ({ inputs, parameters, output }) => {
    const { shape, offset } = inputs[0]!
    const rows = rowsOf(shape, parameters['axis'])
    return {
      forward([x], values) {
        for (let row = 0; row < rows.rows.length; row++) {
          values[output + row] = choose(x!, offset + rows.rows[row]!, rows, (a, b) => a > b)
        }
      },
      backward() {},
    }
  },
})

function spread(x: Float64Array, at: number, rows: Rows): number {
  const middle = total(x, at, rows) / rows.along.length
  let squares = 0
  for (let i = 0; i < rows.along.length; i++) {
    const distance = x[at + rows.along[i]!]! - middle
    squares += distance * distance
  }
  return squares
}

function freedom({ along }: Rows, { correction: taken }: Values): number {
  return Math.max(0, along.length - Number(taken))
}
