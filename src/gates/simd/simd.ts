/**
 * Matrix products by SIMD WebAssembly. It works on memory of its own, so operands are copied in
 * and results out; that pays where each number that is copied takes part in enough products.
 */
import { unpacked } from '../packed.js'
import { binary } from './binary.js'

type Memory = Float64Array

/** What computes a product: `simd`, or `plain` loops in JavaScript. */
export type ProductPath = 'simd' | 'plain'

/** Multiply-adds below which it hardly matters who makes them: two microseconds in JavaScript. */
const least = 8192
/** Multiply-adds that there must be for each number that is moved, or moving takes longer. */
const perMove = 1.5
/** Numbers that operands and result may have in all; that memory is never given back. */
const most = 1 << 25

/** The path that a product of `rows` by `inner` with `inner` by `n` numbers takes here. */
export function productPath(rows: number, n: number, inner: number): ProductPath {
  const work = rows * n * inner
  if (work < least) return 'plain'
  // The right operand is moved twice, into the memory and into panels.
  const moved = rows * inner + 2 * inner * n + rows * n
  if (work < perMove * moved || moved > most) return 'plain'
  return simdProblem() === undefined ? 'simd' : 'plain'
}

/** Why WebAssembly computes nothing here, if so: it is missing, forbidden, or knows no SIMD. */
export function simdProblem(): string | undefined {
  kernel ??= instantiate()
  return typeof kernel === 'string' ? kernel : undefined
}

/**
 * y[r, j] += x[r, 0] b[0, j] + x[r, 1] b[1, j] + …, added in this order, for `rows` rows of `n`
 * numbers. Neighbours in a row of x and b lie `xStep` and `bStep` apart, their rows `xRowStep`
 * and `bRowStep`. With `fresh` they start from 0 instead of what is in y. False, and nothing is
 * done, where WebAssembly or memory is missing.
 */
export function addSimd(
  y: Memory,
  yAt: number,
  rows: number,
  n: number,
  x: Memory,
  xAt: number,
  xRowStep: number,
  xStep: number,
  b: Memory,
  bAt: number,
  bRowStep: number,
  bStep: number,
  inner: number,
  fresh: boolean,
  views = newViews(),
): boolean {
  kernel ??= instantiate()
  if (typeof kernel === 'string') return false
  const [xSize, bSize, ySize] = [rows * inner, inner * n, rows * n]
  const wide = (n + 3) & ~3
  // In numbers: x, panels of b, then b; y takes the place of b, which is in its panels by then.
  const bAfter = xSize + inner * wide
  // Where columns are lacking to a panel, the packing reads on behind b.
  const all = grown(kernel.memory, bAfter + Math.max(bSize + 3 * bStep, rows * wide))
  if (all === undefined) return false
  all.set(viewOf(views.x, x, xAt, xSize))
  all.set(viewOf(views.b, b, bAt, bSize), bAfter)
  kernel.pack(8 * xSize, 8 * bAfter, inner, n, 8 * bRowStep, 8 * bStep)
  if (fresh) all.fill(0, bAfter, bAfter + rows * wide)
  else move(y, yAt, n, all, bAfter, wide, rows, n)
  kernel.product(8 * bAfter, rows, n, 0, 8 * xRowStep, 8 * xStep, 8 * xSize, inner)
  if (wide === n) y.set(viewOf(views.y, all, bAfter, ySize), yAt)
  else move(all, bAfter, wide, y, yAt, n, rows, n)
  return true
}

/** Parts of memories that products were copied from, so that doing it again allocates nothing. */
export interface Views {
  readonly x: Memory[]
  readonly b: Memory[]
  readonly y: Memory[]
}

/** For one product, whose operands always lie in the same places of some memories. */
export function newViews(): Views {
  return { x: [], b: [], y: [] }
}

/** Weights are in two memories by turns, and frames are few. */
const mostViews = 4

function viewOf(known: Memory[], { buffer, byteOffset }: Memory, at: number, size: number): Memory {
  const start = byteOffset + 8 * at
  for (let index = 0; index < known.length; index++) {
    const view = known[index]!
    if (view.buffer === buffer && view.byteOffset === start && view.length === size) return view
  }
  if (known.length === mostViews) known.shift()
  const view = new Float64Array(buffer, start, size)
  known.push(view)
  return view
}

/** Copies `rows` rows of `n` numbers between memories in which they lie differently far apart. */
function move(
  from: Memory,
  at: number,
  step: number,
  to: Memory,
  toAt: number,
  toStep: number,
  rows: number,
  n: number,
): void {
  for (let row = 0; row < rows; row++) {
    for (let j = 0; j < n; j++) to[toAt + j] = from[at + j]!
    at += step
    toAt += toStep
  }
}

interface Kernel {
  readonly memory: WebAssembly.Memory
  pack(to: number, from: number, inner: number, n: number, rowStep: number, step: number): void
  product(
    y: number,
    rows: number,
    n: number,
    x: number,
    rowStep: number,
    step: number,
    b: number,
    inner: number,
  ): void
}

/** Made when the first product asks; a string says why there is none. */
let kernel: Kernel | string | undefined
/** The memory of the kernel, until that grows. */
let numbers = new Float64Array(0)

function instantiate(): Kernel | string {
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(unpacked(binary)))
    // The types of what product.as exports.
    return exports as unknown as Kernel
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause)
  }
}

/** The memory as numbers, at least so many of them, unless it cannot grow so far. */
function grown(memory: WebAssembly.Memory, count: number): Memory | undefined {
  const lacking = 8 * count - memory.buffer.byteLength
  if (lacking > 0) {
    try {
      memory.grow(Math.ceil(lacking / 65_536))
    } catch {
      return undefined
    }
  }
  // Growing leaves the old buffer empty.
  if (numbers.buffer !== memory.buffer) numbers = new Float64Array(memory.buffer)
  return numbers
}
