/** Sums that stay in locals while products are added to them: some rows and columns of a matrix. */
import type { Code, Lanes } from './code.js'

// Four rows of four columns, or a single one of sixteen, in vectors of two.
const most = 8

export class Tile {
  private readonly code: Code
  /** By lanes, from 1 on. */
  private readonly locals: readonly { sums: number[]; numbers: number[]; factor: number }[]

  constructor(code: Code) {
    this.code = code
    this.locals = ([1, 2] as const).map((lanes) => {
      const several = () => Array.from({ length: most }, () => code.numbers(lanes))
      return { sums: several(), numbers: several(), factor: code.numbers(lanes) }
    })
  }

  /** `body` for each sum: its local, its row and the first of the columns that its lanes hold. */
  each(
    rows: number,
    columns: number,
    body: (sum: number, row: number, column: number, lanes: Lanes) => void,
  ): void {
    const lanes = columns > 1 ? 2 : 1
    const { sums } = this.locals[lanes - 1]!
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column += lanes) {
        body(sums[(row * columns + column) / lanes]!, row, column, lanes)
      }
    }
  }

  /** Adds a product to each sum: of what `x` pushes for its row and `b` for its columns. */
  add(
    rows: number,
    columns: number,
    x: (row: number, lanes: Lanes) => void,
    b: (column: number, lanes: Lanes) => void,
  ): void {
    const { code } = this
    const { numbers, factor } = this.locals[columns > 1 ? 1 : 0]!
    this.each(1, columns, (_, __, column, lanes) => {
      b(column, lanes)
      code.set(numbers[column / lanes]!)
    })
    this.each(rows, columns, (sum, row, column, lanes) => {
      if (column === 0) {
        x(row, lanes)
        code.set(factor)
      }
      code
        .get(sum)
        .get(factor)
        .get(numbers[column / lanes]!)
      code.each(lanes, 'mul').each(lanes, 'add').set(sum)
    })
  }
}
