/** Gates that look at whole rows along axes: distributions, normalisation, sums so far. */
import * as elementary from './elementary.js'
import { greatest, rowwise } from './rowwise.js'

export const softmax = rowwise({
  doc: 'exp(x) / sum of exp(x) along an axis; nothing overflows.',
  value: 'exp(x) / sum of exp(x)',
  gradient: 'y * (g - sum of g * y)',
  forward: (x, at, { along }, y, to) => {
    const most = greatest(x, at, along)
    let sum = 0
    for (let i = 0; i < along.length; i++) {
      const exponential = elementary.exp(x[at + along[i]!]! - most)
      y[to + along[i]!] = exponential
      sum += exponential
    }
    for (let i = 0; i < along.length; i++) y[to + along[i]!]! /= sum
  },
  backward: ({ y, g, answers, along, yAt, gAt, to }) => {
    let sum = 0
    for (let i = 0; i < along.length; i++) sum += g[gAt + along[i]!]! * y[yAt + along[i]!]!
    for (let i = 0; i < along.length; i++) {
      answers[to + along[i]!] = y[yAt + along[i]!]! * (g[gAt + along[i]!]! - sum)
    }
  },
})

export const log_softmax = rowwise({
  doc: 'The logarithm of softmax, with all its digits.',
  value: 'x - log(sum of exp(x))',
  gradient: 'g - exp(y) * sum of g',
  forward: (x, at, { along }, y, to) => {
    const most = greatest(x, at, along)
    let sum = 0
    for (let i = 0; i < along.length; i++) sum += elementary.exp(x[at + along[i]!]! - most)
    const log = elementary.log(sum)
    for (let i = 0; i < along.length; i++) y[to + along[i]!] = x[at + along[i]!]! - most - log
  },
  backward: ({ y, g, answers, along, yAt, gAt, to }) => {
    let sum = 0
    for (let i = 0; i < along.length; i++) sum += g[gAt + along[i]!]!
    for (let i = 0; i < along.length; i++) {
      answers[to + along[i]!] = g[gAt + along[i]!]! - elementary.exp(y[yAt + along[i]!]!) * sum
    }
  },
})

export const cumsum = rowwise({
  doc: 'Sums along an axis, each of an element and all before it.',
  value: 'x[0] + … + x[i]',
  gradient: 'g[i] + … + g[n - 1]',
  forward: (x, at, { along }, y, to) => {
    let sum = 0
    for (let i = 0; i < along.length; i++) y[to + along[i]!] = sum += x[at + along[i]!]!
  },
  backward: ({ g, answers, along, gAt, to }) => {
    let sum = 0
    for (let i = along.length - 1; i >= 0; i--) answers[to + along[i]!] = sum += g[gAt + along[i]!]!
  },
})

const eps = { default: 1e-5, minimum: 0 } as const

export const layer_norm = rowwise({
  doc: 'Moved and scaled to mean 0 and variance 1 over axes; no weights: scale and shift it after.',
  source: 'Ba, Kiros, Hinton 2016, arXiv:1607.06450',
  value: '(x - mean) / sqrt(mean of (x - mean)^2 + eps)',
  gradient: '(g - mean of g - y * mean of g * y) / sqrt(mean of (x - mean)^2 + eps)',
  axes: true,
  parameters: { eps },
  forward: (x, at, { along }, y, to, values) => {
    const n = along.length
    let sum = 0
    for (let i = 0; i < n; i++) sum += x[at + along[i]!]!
    const mean = sum / n
    let squares = 0
    for (let i = 0; i < n; i++) {
      const distance = x[at + along[i]!]! - mean
      squares += distance * distance
    }
    const scale = 1 / Math.sqrt(squares / n + Number(values['eps']))
    for (let i = 0; i < n; i++) y[to + along[i]!] = (x[at + along[i]!]! - mean) * scale
    return scale
  },
  backward: ({ y, g, answers, along, yAt, gAt, to, saved }) => {
    const n = along.length
    let [sum, product] = [0, 0]
    for (let i = 0; i < n; i++) {
      sum += g[gAt + along[i]!]!
      product += g[gAt + along[i]!]! * y[yAt + along[i]!]!
    }
    for (let i = 0; i < n; i++) {
      const rest = g[gAt + along[i]!]! - sum / n - (y[yAt + along[i]!]! * product) / n
      answers[to + along[i]!] = rest * saved
    }
  },
})

export const rms_norm = rowwise({
  doc: 'Scaled to a mean square of 1 over axes; no weights: scale it after.',
  source: 'Zhang, Sennrich 2019, arXiv:1910.07467',
  value: 'x / sqrt(mean of x^2 + eps)',
  gradient: '(g - y * mean of g * y) / sqrt(mean of x^2 + eps)',
  axes: true,
  parameters: { eps },
  forward: (x, at, { along }, y, to, values) => {
    const n = along.length
    let squares = 0
    for (let i = 0; i < n; i++) squares += x[at + along[i]!]! * x[at + along[i]!]!
    const scale = 1 / Math.sqrt(squares / n + Number(values['eps']))
    for (let i = 0; i < n; i++) y[to + along[i]!] = x[at + along[i]!]! * scale
    return scale
  },
  backward: ({ y, g, answers, along, yAt, gAt, to, saved }) => {
    const n = along.length
    let product = 0
    for (let i = 0; i < n; i++) product += g[gAt + along[i]!]! * y[yAt + along[i]!]!
    for (let i = 0; i < n; i++) {
      answers[to + along[i]!] = (g[gAt + along[i]!]! - (y[yAt + along[i]!]! * product) / n) * saved
    }
  },
})
