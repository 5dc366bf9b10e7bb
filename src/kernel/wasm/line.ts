/** The product of a single row and a matrix whose rows lie together; see `product.ts`. */
import type { MatrixProduct } from '../../gates/gate.js'
import type { Code } from './code.js'
import { overElements } from './loop.js'

/** Whether it is such a product, and its result is longer than what registers hold. */
export function isLine({ rows, n, b, inner }: MatrixProduct): boolean {
  return rows === 1 && n > 16 && b.step === 1 && inner > 0
}

// Rows of the matrix that are gone along together: their factors and what is multiplied by them
// are in registers.
const together = 6

/** Each number of the result is read and written once for some rows; the locals hold addresses. */
export function emitLine(
  code: Code,
  product: MatrixProduct,
  x: number,
  b: number,
  y: number,
): void {
  const { inner, n, fresh } = product
  const [xStep, bStep] = [8 * product.x.step, 8 * product.b.rowStep]
  const [at, ahead] = [code.local('i32'), code.local('i32')]
  const factors = Array.from({ length: together }, () => code.local('v128'))
  const along = (count: number, start: boolean) => {
    for (let row = 0; row < count; row++) {
      code
        .get(x)
        .spread(2, row * xStep)
        .set(factors[row]!)
    }
    code.get(b).get(y).op('i32.sub').set(ahead)
    overElements(
      code,
      at,
      n,
      true,
      (lanes) => {
        code.get(at)
        if (start) code.constant(lanes, 0)
        else code.get(at).load(lanes, 0)
        for (let row = 0; row < count; row++) {
          if (lanes === 2) code.get(factors[row]!)
          else code.get(x).access('f64.load', row * xStep)
          code
            .get(at)
            .get(ahead)
            .op('i32.add')
            .load(lanes, row * bStep)
          code.each(lanes, 'mul').each(lanes, 'add')
        }
        code.store(lanes, 0)
      },
      y,
    )
    code.move(x, count * xStep)
    code.move(b, count * bStep)
  }
  const first = ((inner - 1) % together) + 1
  along(first, fresh)
  code.times((inner - first) / together, () => along(together, false))
}
