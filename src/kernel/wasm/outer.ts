/**
 * Gradients of matrices that are the product of a column and a row, as with one sample they are:
 * each number of them is computed where it is read, and none is ever written.
 */
import type { MatrixPlace, MatrixProduct } from '../../gates/gate.js'
import { tensorPlaceOf } from '../dense.js'
import type { Call, Operation } from '../region.js'
import type { Training } from '../training.js'
import type { Code } from './code.js'
import type { Frames, Layout } from './layout.js'
import { oriented } from './product.js'
import type { Lanes } from './terms.js'

/** Gradients from `start` up to `end`: row after row `0 + x[row] * b[column]`. */
export interface Outer {
  readonly start: number
  readonly end: number
  readonly rows: number
  readonly n: number
  /** The address of the first number of x, and how many bytes on the next one lies. */
  readonly x: number
  readonly xStep: number
  /** The address of b, whose numbers lie together. */
  readonly b: number
}

/** By their first gradient. */
export type Outers = ReadonlyMap<number, Outer>

/** Those of a run that nothing but what learns from them reads. */
export function outersOf({ region, ranges }: Training, layout: Layout): Outers {
  const outers = new Map<number, Outer>()
  for (const operation of region.backward) {
    if (operation.type !== 'call') continue
    const products = operation.rule?.products?.(tensorPlaceOf(operation.binding)).backward ?? []
    for (const product of products) {
      const outer = outerOf(operation, product, layout)
      if (outer === undefined) continue
      const { start, end } = outer
      const alone = products.filter(({ to }) => to.at === start).length === 1
      const learns = ranges.some((range) => range.start <= start && end <= range.end)
      if (alone && learns && !region.backward.some((other) => adds(other, start, end))) {
        outers.set(start, outer)
      }
    }
  }
  return outers
}

function outerOf(call: Call, given: MatrixProduct, layout: Layout): Outer | undefined {
  const { rows, n, inner, fresh, to, x, b } = oriented(given)
  if (inner !== 1 || !fresh || rows === 0 || n < 2 || b.step !== 1) return undefined
  const addressOf = ({ memory, at }: MatrixPlace) => {
    if (memory === 'gradients') return layout.gradients + 8 * at
    if (memory === 'values' || call.binding.operands[memory]!.memory === 'values') {
      return layout.values + 8 * at
    }
    return undefined
  }
  const [xAt, bAt] = [addressOf(x), addressOf(b)]
  if (xAt === undefined || bAt === undefined) return undefined
  return { start: to.at, end: to.at + rows * n, rows, n, x: xAt, xStep: 8 * x.rowStep, b: bAt }
}

/** Whether the gradients are added up, from several uses or to something else. */
function adds(operation: Operation, start: number, end: number): boolean {
  if (operation.type !== 'sum') return false
  const { target, sources, size } = operation
  return [target, ...sources].some((from) => from < end && start < from + size)
}

/** A gradient, or two neighbours, in a loop over all of them. */
export interface OuterElement {
  /** The local with the byte where it lies, from the first on, and what to add to that. */
  readonly at: number
  readonly offset: number
  push(): void
}

/**
 * `body` for all elements, each the sum over the samples of a block, in their order: added to what
 * `first` pushes, or to 0. As many sums are in locals as there is room for; without `vector` it is
 * one element after the other.
 */
export function overOuter(
  code: Code,
  outer: Outer,
  frames: Frames,
  vector: boolean,
  first: ((at: number, offset: number, lanes: Lanes) => void) | undefined,
  body: (element: OuterElement, lanes: Lanes) => void,
): void {
  const { rows, n, x, xStep, b } = outer
  const height = vector ? mostRows : 1
  const pointer = () => code.local('i32')
  const [xRow, row, column, at, xAt, bAt, turn] = Array.from({ length: 7 }, pointer) as [number, number, number, number, number, number, number] // prettier-ignore
  const sums = Array.from({ length: 8 }, () => code.local('v128'))
  const pairs = Array.from({ length: 2 }, () => code.local('v128'))
  const singles = Array.from({ length: height }, () => code.local('f64'))
  const [factor, number] = [code.local('v128'), code.local('f64')]

  /** Adds the products of one sample. */
  const addSample = (high: number, wide: number) => {
    if (wide === 1) {
      code.get(bAt).access('f64.load', b).set(number)
      for (let i = 0; i < high; i++) {
        code
          .get(singles[i]!)
          .get(xAt)
          .access('f64.load', x + i * xStep)
        code.get(number).op('f64.mul').op('f64.add').set(singles[i]!)
      }
      return
    }
    for (let pair = 0; pair < wide / 2; pair++) {
      code
        .get(bAt)
        .access('v128.load', b + 16 * pair)
        .set(pairs[pair]!)
    }
    for (let i = 0; i < high; i++) {
      code
        .get(xAt)
        .access('v128.load64_splat', x + i * xStep)
        .set(factor)
      for (let pair = 0; pair < wide / 2; pair++) {
        const sum = sums[2 * i + pair]!
        code.get(sum).get(factor).get(pairs[pair]!)
        code.op('f64x2.mul').op('f64x2.add').set(sum)
      }
    }
  }

  /** So many rows of so many columns. */
  const tile = (high: number, wide: number) => {
    const lanes = wide === 1 ? 1 : 2
    const each = (one: (sum: number, offset: number) => void) => {
      for (let i = 0; i < high; i++) {
        if (wide === 1) one(singles[i]!, 8 * i * n)
        for (let pair = 0; 2 * pair + 1 < wide; pair++) one(sums[2 * i + pair]!, 8 * (i * n + 2 * pair)) // prettier-ignore
      }
    }
    code.get(row).get(column).op('i32.add').set(at)
    each((sum, offset) => {
      if (first !== undefined) first(at, offset, lanes)
      else if (lanes === 2) code.f64x2(0)
      else code.f64(0)
      code.set(sum)
    })
    code.get(xRow).set(xAt)
    code.get(column).set(bAt)
    const add = () => addSample(high, wide)
    // One sample in a turn, so that what is read fits into the registers.
    if (frames.count === 1) add()
    else {
      code.count(turn, 0, frames.count, 1, () => {
        add()
        for (const local of [xAt, bAt]) code.beyond(local, frames.stride).set(local)
      })
    }
    each((sum, offset) => body({ at, offset, push: () => code.get(sum) }, lanes))
  }

  const line = (high: number) => {
    let from = 0
    const columns = (wide: number, to: number) => {
      if (from < to) code.count(column, 8 * from, 8 * to, 8 * wide, () => tile(high, wide))
      from = to
    }
    if (vector) {
      columns(4, n - (n % 4))
      columns(2, n - (n % 2))
    }
    columns(1, n)
    code.beyond(row, 8 * high * n).set(row)
    code.beyond(xRow, high * xStep).set(xRow)
  }
  code.i32(0).set(row).i32(0).set(xRow)
  const lines = Math.floor(rows / height)
  const counter = code.local('i32')
  if (lines > 1) code.count(counter, 0, lines, 1, () => line(height))
  else if (lines === 1) line(height)
  if (rows % height > 0) line(rows % height)
}

// Rows of the sums that are in locals at a time: with four columns there are eight of two numbers.
const mostRows = 4

/**
 * Pushes a number that is finite exactly where all of them are: the product of the largest two;
 * of the sample whose frame lies so many bytes on as the local `frame` says.
 */
export function pushLargest(code: Code, { rows, n, x, xStep, b }: Outer, frame?: number): void {
  largest(code, x, xStep, rows, frame)
  largest(code, b, 8, n, frame)
  code.op('f64.mul')
}

/** Of `count` numbers without their signs; NaN where one is. */
function largest(code: Code, from: number, step: number, count: number, frame?: number): void {
  const [at, most, pair] = [code.local('i32'), code.local('f64'), code.local('v128')]
  code.f64(0).set(most)
  const whole = step === 8 ? count - (count & 1) : 0
  if (whole > 0) {
    code.f64x2(0).set(pair)
    const two = () => {
      code.get(pair).get(at).access('v128.load', from).op('f64x2.abs').op('f64x2.max').set(pair)
    }
    code.count(at, 0, 8 * whole, 16, two, frame)
    code.get(pair).extract(0).get(pair).extract(1).op('f64.max').set(most)
  }
  if (whole < count) {
    const single = () => {
      code.get(most).get(at).access('f64.load', from).op('f64.abs').op('f64.max').set(most)
    }
    if (count - whole > 1) code.count(at, whole * step, count * step, step, single, frame)
    else {
      code.beyond(frame, whole * step).set(at)
      single()
    }
  }
  code.get(most)
}
