/**
 * Matrix products whose sizes are known, two columns of the result in a vector. Each number of
 * the result is still summed in the order of the inner index; see `gates/product.ts`.
 */
import type { MatrixPlace, MatrixProduct } from '../../gates/gate.js'
import type { Code } from './code.js'
import { emitLine, isLine } from './line.js'

/** Where the operands of a product begin: pushes the address of a memory, and what to add to it. */
export interface Base {
  /** A local with an address; without it the offset is the address. */
  readonly local?: number
  readonly offset: number
}

/** How many numbers of room a product needs beside its operands. */
export function panelOf(product: MatrixProduct): number {
  return packs(oriented(product)) ? width * oriented(product).inner : 0
}

/** `panel` is the address of that room. */
export function emitProduct(
  code: Code,
  given: MatrixProduct,
  baseOf: (place: MatrixPlace) => Base,
  panel: number,
): void {
  const product = oriented(given)
  new Emitter(code, product, baseOf(product.x), baseOf(product.b), baseOf(product.to), panel).emit()
}

// Columns of a block of rows: with four rows there are eight sums of two numbers each.
const width = 4
const height = 4

// Vectors that are surely in registers, beside one that is computed.
const registers = 14

/** Where many rows read the same part of a matrix, it is copied to where neighbours lie together. */
function packs({ rows, n, b, inner }: MatrixProduct): boolean {
  return rows >= 8 && n > 1 && inner > 0 && (b.step !== 1 || (n > width && inner * n > 2048))
}

/** A single column of numbers that are neighbours lies as a row does: the product of the other two, turned. */
export function oriented(product: MatrixProduct): MatrixProduct {
  const { rows, n, x, b } = product
  if (n !== 1 || rows === 1 || product.to.rowStep !== 1) return product
  return {
    ...product,
    rows: 1,
    n: rows,
    x: { ...b, rowStep: 0, step: b.rowStep },
    b: { ...x, rowStep: x.step, step: x.rowStep },
  }
}

class Emitter {
  private readonly code: Code
  private readonly product: MatrixProduct
  private readonly x: Base
  private readonly b: Base
  private readonly y: Base
  private readonly panel: number
  private readonly packed: boolean
  /** Pointers: to the rows of x and y, along a row of x, and to b, from its column on. */
  private readonly xRow: number
  private readonly yRow: number
  private readonly xAt: number
  private readonly bAt: number
  private readonly column: number
  private readonly counter: number
  private readonly packCounter: number
  private readonly rowCounter: number
  private readonly sums: number[]
  private readonly pairs: number[]
  private readonly factor: number
  private readonly single: number[]
  private readonly number: number

  constructor(code: Code, product: MatrixProduct, x: Base, b: Base, y: Base, panel: number) {
    this.code = code
    this.product = product
    this.x = x
    this.b = b
    this.y = y
    this.panel = panel
    this.packed = packs(product)
    const pointer = () => code.local('i32')
    this.xRow = pointer()
    this.yRow = pointer()
    this.xAt = pointer()
    this.bAt = pointer()
    this.column = pointer()
    this.counter = pointer()
    this.packCounter = pointer()
    this.rowCounter = pointer()
    this.sums = Array.from({ length: 8 }, () => code.local('v128'))
    this.pairs = Array.from({ length: 8 }, () => code.local('v128'))
    this.factor = code.local('v128')
    this.single = Array.from({ length: height }, () => code.local('f64'))
    this.number = code.local('f64')
  }

  emit(): void {
    const { code, product, column } = this
    const { rows, n } = product
    if (rows === 0 || n === 0) return
    if (isLine(product)) {
      push(code, this.x)
      code.set(this.xAt)
      push(code, this.b)
      code.set(this.bAt)
      push(code, this.y)
      code.set(this.yRow)
      return emitLine(code, product, this.xAt, this.bAt, this.yRow)
    }
    const wide = rows === 1 ? 16 : width
    const blocks = Math.floor(n / wide)
    code.i32(0).set(column)
    if (blocks > 1) code.count(column, 0, blocks * wide, wide, () => this.columns(wide))
    else if (blocks === 1) this.columns(wide)
    const rest = n - blocks * wide
    if (rest === 0) return
    code.i32(blocks * wide).set(column)
    if (rest > 1) this.columns(rest - (rest & 1))
    if ((rest & 1) === 0) return
    code.i32(n - 1).set(column)
    this.columns(1)
  }

  /** So many columns from `column` on, in all rows. */
  private columns(count: number): void {
    const { code, product, x, y, column } = this
    const { rows } = product
    if (this.packed) this.pack(count)
    push(code, x)
    code.set(this.xRow)
    push(code, y)
    code.get(column).i32(8).op('i32.mul').op('i32.add').set(this.yRow)
    const blocks = Math.floor(rows / height)
    const each = () => {
      this.block(height, count)
      code
        .get(this.xRow)
        .i32(8 * height * product.x.rowStep)
        .op('i32.add')
        .set(this.xRow)
      code
        .get(this.yRow)
        .i32(8 * height * product.to.rowStep)
        .op('i32.add')
        .set(this.yRow)
    }
    if (blocks > 1) code.count(this.rowCounter, 0, blocks, 1, each)
    else if (blocks === 1) each()
    if (rows % height > 0) this.block(rows % height, count)
  }

  /** Copies the columns of b, with the numbers of a row together. */
  private pack(count: number): void {
    const { code, product, bAt, packCounter } = this
    const { inner, b } = product
    this.pushColumn()
    code.set(bAt)
    code.count(packCounter, this.panel, this.panel + 8 * count * inner, 8 * count, () => {
      for (let j = 0; j < count; j++) {
        code
          .get(packCounter)
          .get(bAt)
          .access('f64.load', 8 * j * b.step)
        code.access('f64.store', 8 * j)
      }
      code
        .get(bAt)
        .i32(8 * b.rowStep)
        .op('i32.add')
        .set(bAt)
    })
  }

  /** The address of b, from `column` on. */
  private pushColumn(): void {
    const { code, b, column, product } = this
    push(code, b)
    code
      .get(column)
      .i32(8 * product.b.step)
      .op('i32.mul')
      .op('i32.add')
  }

  /** Some rows of some columns, along the whole inner index. */
  private block(rows: number, count: number): void {
    const { code, product, packed } = this
    const { inner } = product
    const pairs = count >> 1
    const sums = (row: number, pair: number) => this.sums[row * pairs + pair]!
    const eachSum = (of: (row: number, pair: number) => void) => {
      for (let row = 0; row < rows; row++) {
        if (count === 1) of(row, 0)
        for (let pair = 0; pair < pairs; pair++) of(row, pair)
      }
    }
    const at = (row: number, pair: number) => 8 * (row * product.to.rowStep + 2 * pair)
    eachSum((row, pair) => {
      if (count === 1) {
        if (product.fresh) code.f64(0)
        else code.get(this.yRow).access('f64.load', at(row, 0))
        code.set(this.single[row]!)
      } else {
        if (product.fresh) code.f64x2(0)
        else code.get(this.yRow).access('v128.load', at(row, pair))
        code.set(sums(row, pair))
      }
    })
    const store = () => {
      eachSum((row, pair) => {
        code.get(this.yRow)
        if (count === 1) code.get(this.single[row]!).access('f64.store', at(row, 0))
        else code.get(sums(row, pair)).access('v128.store', at(row, pair))
      })
    }
    code.get(this.xRow).set(this.xAt)
    if (packed) code.i32(this.panel)
    else this.pushColumn()
    code.set(this.bAt)
    // Compilers put all that is read in a turn first: not more rounds than registers hold that of.
    const wide = Math.max(pairs, 1)
    const fit = Math.floor((registers - rows * wide) / (rows + wide))
    const unroll = Math.max(1, Math.min(4, inner, fit))
    const bStep = packed ? 8 * count : 8 * product.b.rowStep
    const xStep = 8 * product.x.step
    const rounds = (many: number) => {
      for (let turn = 0; turn < many; turn++) this.round(rows, count, turn * xStep, turn * bStep)
    }
    const advance = (many: number) => {
      rounds(many)
      code
        .get(this.xAt)
        .i32(many * xStep)
        .op('i32.add')
        .set(this.xAt)
      code
        .get(this.bAt)
        .i32(many * bStep)
        .op('i32.add')
        .set(this.bAt)
    }
    const turns = Math.floor(inner / unroll)
    if (turns > 1) code.count(this.counter, 0, turns, 1, () => advance(unroll))
    else if (turns === 1) advance(unroll)
    rounds(inner % unroll)
    store()
  }

  /** Adds one product to each sum. */
  private round(rows: number, count: number, xAt: number, bAt: number): void {
    const { code, product, packed } = this
    const xOf = (row: number) => xAt + 8 * row * product.x.rowStep
    if (count === 1) {
      code.get(this.bAt).access('f64.load', bAt).set(this.number)
      for (let row = 0; row < rows; row++) {
        const sum = this.single[row]!
        code.get(sum).get(this.xAt).access('f64.load', xOf(row))
        code.get(this.number).op('f64.mul').op('f64.add').set(sum)
      }
      return
    }
    const pairs = count >> 1
    for (let pair = 0; pair < pairs; pair++) {
      if (packed || product.b.step === 1) {
        code.get(this.bAt).access('v128.load', bAt + 16 * pair)
      } else {
        const step = 8 * product.b.step
        code.get(this.bAt).get(this.bAt)
        code.access('v128.load64_zero', bAt + 2 * pair * step)
        code.loadLane1(bAt + (2 * pair + 1) * step)
      }
      code.set(this.pairs[pair]!)
    }
    for (let row = 0; row < rows; row++) {
      code.get(this.xAt).access('v128.load64_splat', xOf(row)).set(this.factor)
      for (let pair = 0; pair < pairs; pair++) {
        const sum = this.sums[row * pairs + pair]!
        code.get(sum).get(this.factor).get(this.pairs[pair]!)
        code.op('f64x2.mul').op('f64x2.add').set(sum)
      }
    }
  }
}

function push(code: Code, { local, offset }: Base): void {
  if (local === undefined) code.i32(offset)
  else code.get(local).i32(offset).op('i32.add')
}
