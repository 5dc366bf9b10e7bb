/**
 * Matrix products whose sizes are known, two columns of the result in a vector. Each number of
 * the result is still summed in the order of the inner index; see `gates/product.ts`.
 */
import type { MatrixPlace, MatrixProduct } from '../../gates/gate.js'
import type { Code } from './code.js'
import { emitLine, isLine } from './line.js'
import { Tile } from './tile.js'

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
  private readonly packCounter: number
  private readonly tile: Tile

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
    this.packCounter = pointer()
    this.tile = new Tile(code)
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
    code.times(Math.floor(rows / height), () => {
      this.block(height, count)
      code.move(this.xRow, 8 * height * product.x.rowStep)
      code.move(this.yRow, 8 * height * product.to.rowStep)
    })
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
      code.move(bAt, 8 * b.rowStep)
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
    const { code, product, packed, tile, xAt, bAt, yRow } = this
    const { inner, fresh, to } = product
    const at = (row: number, column: number) => 8 * (row * to.rowStep + column)
    tile.each(rows, count, (sum, row, column, lanes) => {
      if (fresh) code.constant(lanes, 0)
      else code.get(yRow).load(lanes, at(row, column))
      code.set(sum)
    })
    code.get(this.xRow).set(xAt)
    if (packed) code.i32(this.panel)
    else this.pushColumn()
    code.set(bAt)
    const bStep = packed ? 8 * count : 8 * product.b.rowStep
    const xStep = 8 * product.x.step
    const rounds = (many: number) => {
      for (let turn = 0; turn < many; turn++) this.round(rows, count, turn * xStep, turn * bStep)
    }
    // Compilers put all that is read in a turn first: not more rounds than registers hold that of.
    const wide = Math.ceil(count / 2)
    const fit = Math.floor((registers - rows * wide) / (rows + wide))
    const unroll = Math.max(1, Math.min(4, inner, fit))
    code.times(Math.floor(inner / unroll), () => {
      rounds(unroll)
      code.move(xAt, unroll * xStep).move(bAt, unroll * bStep)
    })
    rounds(inner % unroll)
    tile.each(rows, count, (sum, row, column, lanes) => {
      code.get(yRow).get(sum).store(lanes, at(row, column))
    })
  }

  /** Adds one product to each sum. */
  private round(rows: number, count: number, xAt: number, bAt: number): void {
    const { code, product, packed, tile } = this
    tile.add(
      rows,
      count,
      (row, lanes) => code.get(this.xAt).spread(lanes, xAt + 8 * row * product.x.rowStep),
      (column, lanes) => {
        const step = packed ? 8 : 8 * product.b.step
        const at = bAt + column * step
        code.get(this.bAt)
        if (lanes === 1 || step === 8) code.load(lanes, at)
        else {
          code.get(this.bAt).access('v128.load64_zero', at)
          code.loadLane1(at + step)
        }
      },
    )
  }
}

function push(code: Code, { local, offset }: Base): void {
  if (local === undefined) code.i32(offset)
  else code.get(local).i32(offset).op('i32.add')
}
