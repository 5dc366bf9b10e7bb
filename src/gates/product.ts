/**
 * Products of vectors and matrices.
 *
 * Each number that they compute is `0 + p1 + p2 + …`, the products added from the left in the
 * order of the inner index, for gradients in the order of the batch before it. That is part of
 * what they promise: whatever computes them faster must add in the same order.
 */
import type { Shape } from '../tensor/shape.js'
import { stridesIn } from '../tensor/strides.js'
import { positionsBy } from './axes.js'
import { dense } from './dense.js'
import { isMismatch, type Mismatch, type TensorLoops, type TensorPlace } from './gate.js'
import { together } from './together.js'

export const matmul = dense({
  doc: 'Matrix product of vectors, matrices or batches of matrices: a @ b.',
  inputs: ['a', 'b'],
  value: 'sum over k of a[…, i, k] * b[…, k, j]',
  gradients: { a: 'g @ transpose(b)', b: 'transpose(a) @ g' },
  shape: ([a = [], b = []]) => {
    const product = productOf(a, b)
    return isMismatch(product) ? product : product.shape
  },
  prepare: (place) => {
    const product = productOf(place.inputs[0]!.shape, place.inputs[1]!.shape)
    // The shapes were found to fit when the gate's own shape was asked for.
    return multiply(place, product as Product)
  },
})

export const dot = dense({
  doc: 'Sum of the products of two vectors, element by element.',
  inputs: ['a', 'b'],
  value: 'sum over k of a[k] * b[k]',
  gradients: { a: 'g * b', b: 'g * a' },
  shape: ([a = [], b = []]) => {
    if (a.length !== 1 || b.length !== 1) return { mismatch: 'dot takes two vectors' }
    return a[0] === b[0] ? [] : { mismatch: `the sizes ${a[0]} and ${b[0]} differ` }
  },
  prepare: (place) => multiply(place, single(1, place.inputs[0]!.shape[0]!, 1)),
})

export const outer = dense({
  doc: 'Product of each element of one vector with each of another.',
  inputs: ['a', 'b'],
  value: 'a[i] * b[j]',
  gradients: { a: 'g @ b', b: 'a @ g' },
  shape: ([a = [], b = []]) => {
    if (a.length !== 1 || b.length !== 1) return { mismatch: 'outer takes two vectors' }
    return [a[0]!, b[0]!]
  },
  prepare: (place) => multiply(place, single(place.shape[0]!, 1, place.shape[1]!)),
})

/** Products of `m` by `k` with `k` by `n` matrices; `as` and `bs` say where those of the batch begin. */
interface Product {
  readonly shape: Shape
  readonly m: number
  readonly k: number
  readonly n: number
  readonly as: Int32Array
  readonly bs: Int32Array
}

function single(m: number, k: number, n: number): Product {
  return { shape: [m, n], m, k, n, as: Int32Array.of(0), bs: Int32Array.of(0) }
}

/** A vector on the left counts as a row, on the right as a column, and the result loses that axis. */
function productOf(a: Shape, b: Shape): Product | Mismatch {
  if (a.length === 0 || b.length === 0) {
    return { mismatch: 'a matrix product takes vectors and matrices, not numbers' }
  }
  const [m, k] = a.length === 1 ? [1, a[0]!] : [a.at(-2)!, a.at(-1)!]
  const [inner, n] = b.length === 1 ? [b[0]!, 1] : [b.at(-2)!, b.at(-1)!]
  if (k !== inner) return { mismatch: `the inner sizes ${k} and ${inner} differ` }
  const batches = [a.slice(0, -2), b.slice(0, -2)] as const
  const batch = together(batches)
  if (isMismatch(batch)) return batch
  const shape = [...batch, ...(a.length === 1 ? [] : [m]), ...(b.length === 1 ? [] : [n])]
  const starts = (own: Shape, size: number) => {
    return positionsBy(
      batch,
      stridesIn(batch, own).map((stride) => stride * size),
    )
  }
  return { shape, m, k, n, as: starts(batches[0], m * k), bs: starts(batches[1], k * n) }
}

function multiply(place: TensorPlace, { m, k, n, as, bs }: Product): TensorLoops {
  const { inputs, output, gradient, answers } = place
  const [a0, b0] = inputs.map(({ offset }) => offset) as [number, number] // it has two ports
  const [da, db] = answers as [number, number]
  const count = as.length
  const product = n === 1 ? byRows : byColumns
  return {
    forward([a, b], values) {
      for (let batch = 0; batch < count; batch++) {
        const [ai, bi, yi] = [a0 + as[batch]!, b0 + bs[batch]!, output + batch * m * n]
        product(values, yi, a!, ai, b!, bi, m, k, n)
      }
    },
    backward([a, b], _, gradients) {
      if (da >= 0) gradients.fill(0, da, da + lengthOf(inputs[0]!.shape))
      if (db >= 0) gradients.fill(0, db, db + lengthOf(inputs[1]!.shape))
      for (let batch = 0; batch < count; batch++) {
        const gi = gradient + batch * m * n
        if (da >= 0) leftGradient(gradients, da + as[batch]!, gi, b!, b0 + bs[batch]!, m, k, n)
        if (db >= 0) rightGradient(gradients, db + bs[batch]!, gi, a!, a0 + as[batch]!, m, k, n)
      }
    },
  }
}

function lengthOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1)
}

type Memory = Float64Array

/** y = a b for a vector b. */
function byRows(
  y: Memory,
  yi: number,
  a: Memory,
  ai: number,
  b: Memory,
  bi: number,
  m: number,
  k: number,
): void {
  // prettier-ignore
  for (let i = 0; i < m; i++) {
    const row = ai + i * k
    let sum = 0
    for (let p = 0; p < k; p++) sum += a[row + p]! * b[bi + p]!
    y[yi + i] = sum
  }
}

/** y = a b, a row of b after the other: all memory is read as it lies. Four rows at once. */
function byColumns(
  y: Memory,
  yi: number,
  a: Memory,
  ai: number,
  b: Memory,
  bi: number,
  m: number,
  k: number,
  n: number,
): void {
  // prettier-ignore
  for (let i = 0; i < m; i++) {
    const to = yi + i * n
    const from = ai + i * k
    for (let j = 0; j < n; j++) y[to + j] = 0
    let p = 0
    for (; p + 3 < k; p += 4) {
      const x0 = a[from + p]!
      const x1 = a[from + p + 1]!
      const x2 = a[from + p + 2]!
      const x3 = a[from + p + 3]!
      const r0 = bi + p * n
      const r1 = r0 + n
      const r2 = r1 + n
      const r3 = r2 + n
      for (let j = 0; j < n; j++) {
        y[to + j] = y[to + j]! + x0 * b[r0 + j]! + x1 * b[r1 + j]! + x2 * b[r2 + j]! + x3 * b[r3 + j]! // prettier-ignore
      }
    }
    for (; p < k; p++) {
      const x = a[from + p]!
      const row = bi + p * n
      for (let j = 0; j < n; j++) y[to + j]! += x * b[row + j]!
    }
  }
}

/** da += g bᵀ. Four sums at once, so that none waits for the last addition of its own. */
function leftGradient(
  d: Memory,
  di: number,
  gi: number,
  b: Memory,
  bi: number,
  m: number,
  k: number,
  n: number,
): void {
  // prettier-ignore
  for (let i = 0; i < m; i++) {
    const g = gi + i * n
    const to = di + i * k
    let p = 0
    for (; p + 3 < k; p += 4) {
      const r0 = bi + p * n
      const r1 = r0 + n
      const r2 = r1 + n
      const r3 = r2 + n
      let s0 = d[to + p]!
      let s1 = d[to + p + 1]!
      let s2 = d[to + p + 2]!
      let s3 = d[to + p + 3]!
      for (let j = 0; j < n; j++) {
        const x = d[g + j]!
        s0 += x * b[r0 + j]!
        s1 += x * b[r1 + j]!
        s2 += x * b[r2 + j]!
        s3 += x * b[r3 + j]!
      }
      d[to + p] = s0
      d[to + p + 1] = s1
      d[to + p + 2] = s2
      d[to + p + 3] = s3
    }
    for (; p < k; p++) {
      const row = bi + p * n
      let sum = d[to + p]!
      for (let j = 0; j < n; j++) sum += d[g + j]! * b[row + j]!
      d[to + p] = sum
    }
  }
}

/** db += aᵀ g. */
function rightGradient(
  d: Memory,
  di: number,
  gi: number,
  a: Memory,
  ai: number,
  m: number,
  k: number,
  n: number,
): void {
  // prettier-ignore
  for (let i = 0; i < m; i++) {
    const g = gi + i * n
    for (let p = 0; p < k; p++) {
      const x = a[ai + i * k + p]!
      const to = di + p * n
      for (let j = 0; j < n; j++) d[to + j]! += x * d[g + j]!
    }
  }
}
