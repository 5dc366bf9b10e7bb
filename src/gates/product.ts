/**
 * Products of vectors and matrices.
 *
 * Each number that they compute is `0 + p1 + p2 + …`, the products added from the left in the
 * order of the inner index, for gradients in the order of the batch before it. That is part of
 * what they promise: whatever computes them faster must add in the same order.
 */
import { type Shape, sizeOf } from '../tensor/shape.js'
import { stridesIn } from '../tensor/strides.js'
import { positionsBy } from './axes.js'
import { dense } from './dense.js'
import { isMismatch, type Mismatch, type TensorLoops, type TensorPlace } from './gate.js'
import { addDots, addRows, setOuter } from './multiply.js'
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
  const [left, right] = inputs as [Input, Input] // it has two ports
  const [da, db] = answers as [number, number]
  const count = as.length
  const size = m * n
  const [aSize, bSize] = [sizeOf(left.shape), sizeOf(right.shape)]
  return {
    forward([a, b], values) {
      values.fill(0, output, output + count * size)
      for (let batch = 0; batch < count; batch++) {
        const ai = left.offset + as[batch]!
        const bi = right.offset + bs[batch]!
        const yi = output + batch * size
        // A column of numbers lies as a row does: it is the one of b times the rows of a.
        if (n === 1) addDots(values, yi, 1, m, b!, bi, a!, ai, k)
        else addRows(values, yi, m, n, a!, ai, k, 1, b!, bi, k)
      }
    },
    backward([a, b], _, gradients) {
      if (da >= 0) gradients.fill(0, da, da + aSize)
      // A single row gives all of it in one go: the most of what a network does with one sample.
      const once = m === 1 && count === 1
      if (db >= 0 && !once) gradients.fill(0, db, db + bSize)
      for (let batch = 0; batch < count; batch++) {
        const ai = as[batch]!
        const bi = bs[batch]!
        const gi = gradient + batch * size
        if (da >= 0) addDots(gradients, da + ai, m, k, gradients, gi, b!, right.offset + bi, n)
        if (db >= 0 && once) {
          setOuter(gradients, db, k, n, a!, left.offset + ai, gradients, gi)
        } else if (db >= 0) {
          addRows(gradients, db + bi, k, n, a!, left.offset + ai, 1, k, gradients, gi, m)
        }
      }
    },
  }
}

type Input = TensorPlace['inputs'][number]
