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
import {
  type Gate,
  isMismatch,
  type MatrixPlace,
  type MatrixProduct,
  type Mismatch,
  type Products,
  type SampleCall,
  type StackedCall,
  type TensorLoops,
  type TensorPlace,
} from './gate.js'
import { addDots, addRows, setOuter } from './multiply.js'
import { addSimd, newViews, productPath } from './simd/simd.js'
import { together } from './together.js'

export const matmul: Gate = dense({
  doc: 'Matrix product of vectors, matrices or batches of matrices: a @ b.',
  inputs: ['a', 'b'],
  value: 'sum over k of a[…, i, k] * b[…, k, j]',
  gradients: { a: 'g @ transpose(b)', b: 'transpose(a) @ g' },
  shape: ([a = [], b = []]) => {
    const product = productOf(a, b)
    return isMismatch(product) ? product : product.shape
  },
  stack: (call) => {
    const [a, b] = call.inputs as [Shape, Shape] // it has two ports
    return stackedProduct(call, a.length === 1 ? [1, ...a] : a, b.length === 1 ? [...b, 1] : b)
  },
  prepare: (place) => {
    const product = productOf(place.inputs[0]!.shape, place.inputs[1]!.shape)
    // The shapes were found to fit when the gate's own shape was asked for.
    return multiply(place, product as Product)
  },
  products: (place) => {
    const product = productOf(place.inputs[0]!.shape, place.inputs[1]!.shape)
    return productsOf(place, product as Product) // as above
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
  stack: (call) => stackedProduct(call, [1, ...call.inputs[0]!], [...call.inputs[1]!, 1]),
  prepare: (place) => multiply(place, single(1, place.inputs[0]!.shape[0]!, 1)),
  products: (place) => productsOf(place, single(1, place.inputs[0]!.shape[0]!, 1)),
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
  stack: (call) => stackedProduct(call, [...call.inputs[0]!, 1], [1, ...call.inputs[1]!]),
  prepare: (place) => multiply(place, single(place.shape[0]!, 1, place.shape[1]!)),
  products: (place) => productsOf(place, single(place.shape[0]!, 1, place.shape[1]!)),
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

/** Products of the matrices `a` and `b` of each sample. */
function stackedProduct(
  { batch, stacked: [left, right] }: SampleCall,
  a: Shape,
  b: Shape,
): StackedCall {
  // prettier-ignore
  const inputs =
    left && !right && b.length === 2
      ? // The rows of all samples times one matrix: a single product.
        [[batch * sizeOf(a.slice(0, -1)), a.at(-1)!], b]
      : [a, b].map((own, port) => {
          if (!(port === 0 ? left : right)) return own
          const missing = Math.max(a.length, b.length) - own.length
          return [batch, ...Array.from({ length: missing }, () => 1), ...own]
        })
  const { shape } = productOf(inputs[0]!, inputs[1]!) as Product // as for one sample
  return { gate: matmul, inputs, shape, parameters: {} }
}

/** What `multiply` does, as data. */
function productsOf(place: TensorPlace, { m, k, n, as, bs }: Product): Products {
  const { inputs, output, gradient, answers } = place
  const [left, right] = inputs as [Input, Input] // it has two ports
  const [da, db] = answers as [number, number]
  const forward: MatrixProduct[] = []
  const backward: MatrixProduct[] = []
  // The gradient of a matrix that several of the batch share is added up.
  const [knownA, knownB] = [new Set<number>(), new Set<number>()]
  for (let batch = 0; batch < as.length; batch++) {
    const [ai, bi] = [as[batch]!, bs[batch]!]
    const a = { memory: 0, at: left.offset + ai, rowStep: k, step: 1 }
    const b = { memory: 1, at: right.offset + bi, rowStep: n, step: 1 }
    const own = batch * m * n
    const y = { memory: 'values', at: output + own, rowStep: n, step: 1 } as const
    const g = { memory: 'gradients', at: gradient + own, rowStep: n, step: 1 } as const
    forward.push({ rows: m, n, inner: k, fresh: true, to: y, x: a, b })
    if (da >= 0) {
      const to = { memory: 'gradients', at: da + ai, rowStep: k, step: 1 } as const
      const fresh = !knownA.has(ai)
      backward.push({ rows: m, n: k, inner: n, fresh, to, x: g, b: turned(b) })
      knownA.add(ai)
    }
    if (db >= 0) {
      const to = { memory: 'gradients', at: db + bi, rowStep: n, step: 1 } as const
      const fresh = !knownB.has(bi)
      backward.push({ rows: k, n, inner: m, fresh, to, x: turned(a), b: g })
      knownB.add(bi)
    }
  }
  return { forward, backward }
}

function turned({ memory, at, rowStep, step }: MatrixPlace): MatrixPlace {
  return { memory, at, rowStep: step, step: rowStep }
}

function multiply(place: TensorPlace, { m, k, n, as, bs }: Product): TensorLoops {
  const { inputs, output, gradient, answers } = place
  const [left, right] = inputs as [Input, Input] // it has two ports
  const [da, db] = answers as [number, number]
  const count = as.length
  const size = m * n
  const [aSize, bSize] = [sizeOf(left.shape), sizeOf(right.shape)]
  // The products of one matrix are all there is of its gradients; those of a batch are added up.
  const fresh = count === 1
  // A single row gives all of it in one go: the most of what a network does with one sample.
  const once = m === 1 && fresh
  const views = { forward: newViews(), left: newViews(), right: newViews() }
  // Found when first asked for: finding it may start WebAssembly.
  let paths: Readonly<Record<keyof typeof views, boolean>> | undefined
  const pathsOf = () => {
    return (paths ??= {
      forward: productPath(m, n, k) === 'simd',
      left: productPath(m, k, n) === 'simd',
      right: productPath(k, n, m) === 'simd',
    })
  }
  return {
    forward([a, b], values) {
      const simd = pathsOf().forward
      for (let batch = 0; batch < count; batch++) {
        const ai = left.offset + as[batch]!
        const bi = right.offset + bs[batch]!
        const yi = output + batch * size
        if (simd && addSimd(values, yi, m, n, a!, ai, k, 1, b!, bi, n, 1, k, true, views.forward)) continue // prettier-ignore
        values.fill(0, yi, yi + size)
        // A column of numbers lies as a row does: it is the one of b times the rows of a.
        if (n === 1) addDots(values, yi, 1, m, b!, bi, a!, ai, k)
        else addRows(values, yi, m, n, a!, ai, k, 1, b!, bi, k)
      }
    },
    backward([a, b], _, gradients) {
      if (da >= 0 && !fresh) gradients.fill(0, da, da + aSize)
      if (db >= 0 && !fresh) gradients.fill(0, db, db + bSize)
      for (let batch = 0; batch < count; batch++) {
        const ai = as[batch]!
        const bi = bs[batch]!
        const gi = gradient + batch * size
        if (da >= 0) toLeft(gradients, gi, da + ai, b!, right.offset + bi)
        if (db >= 0) toRight(gradients, gi, db + bi, a!, left.offset + ai)
      }
    },
  }

  /** Adds g @ transpose(b). */
  function toLeft(all: Memory, gi: number, to: number, b: Memory, bi: number) {
    const simd = pathsOf().left
    if (simd && addSimd(all, to, m, k, all, gi, n, 1, b, bi, 1, n, n, fresh, views.left)) return
    if (fresh) all.fill(0, to, to + m * k)
    addDots(all, to, m, k, all, gi, b, bi, n)
  }

  /** Adds transpose(a) @ g. */
  function toRight(all: Memory, gi: number, to: number, a: Memory, ai: number) {
    if (once) return setOuter(all, to, k, n, a, ai, all, gi)
    const simd = pathsOf().right
    if (simd && addSimd(all, to, k, n, a, ai, 1, k, all, gi, n, 1, m, fresh, views.right)) return
    if (fresh) all.fill(0, to, to + k * n)
    addRows(all, to, k, n, a, ai, 1, k, all, gi, m)
  }
}

type Memory = Float64Array
type Input = TensorPlace['inputs'][number]
