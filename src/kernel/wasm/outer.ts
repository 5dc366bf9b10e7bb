/**
 * Gradients of matrices that are the product of a column and a row, as with one sample they are:
 * each number of them is computed where it is read, and none is ever written.
 */
import type { MatrixPlace, MatrixProduct } from '../../gates/gate.js'
import { tensorPlaceOf } from '../dense.js'
import type { Call, Operation } from '../region.js'
import type { Training } from '../training.js'
import type { Code, Lanes } from './code.js'
import type { Frames, Layout } from './layout.js'
import { oriented } from './product.js'
import { Tile } from './tile.js'

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
  const tile = new Tile(code)
  const pointer = () => code.local('i32')
  const [xRow, row, column, at, xAt, bAt] = Array.from({ length: 6 }, pointer) as [number, number, number, number, number, number] // prettier-ignore

  /** So many rows of so many columns. */
  const block = (high: number, wide: number) => {
    code.get(row).get(column).op('i32.add').set(at)
    tile.each(high, wide, (sum, down, right, lanes) => {
      if (first === undefined) code.constant(lanes, 0)
      else first(at, 8 * (down * n + right), lanes)
      code.set(sum)
    })
    code.get(xRow).set(xAt)
    code.get(column).set(bAt)
    // One sample in a turn, so that what is read fits into the registers.
    code.times(frames.count, () => {
      tile.add(
        high,
        wide,
        (down, lanes) => code.get(xAt).spread(lanes, x + down * xStep),
        (right, lanes) => code.get(bAt).load(lanes, b + 8 * right),
      )
      code.move(xAt, frames.stride).move(bAt, frames.stride)
    })
    tile.each(high, wide, (sum, down, right, lanes) => {
      body({ at, offset: 8 * (down * n + right), push: () => code.get(sum) }, lanes)
    })
  }

  const lines = (high: number) => {
    let from = 0
    const columns = (wide: number) => {
      const to = n - (n % wide)
      if (from < to) code.count(column, 8 * from, 8 * to, 8 * wide, () => block(high, wide))
      from = to
    }
    if (vector) [4, 2].forEach(columns)
    columns(1)
    code.move(row, 8 * high * n).move(xRow, high * xStep)
  }
  code.i32(0).set(row).i32(0).set(xRow)
  const height = vector ? mostRows : 1
  code.times(Math.floor(rows / height), () => lines(height))
  if (rows % height > 0) lines(rows % height)
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
