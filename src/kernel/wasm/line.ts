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
  const [at, ahead, counter] = [code.local('i32'), code.local('i32'), code.local('i32')]
  const factors = Array.from({ length: together }, () => code.local('v128'))
  const along = (count: number, start: boolean) => {
    for (let row = 0; row < count; row++) {
      code
        .get(x)
        .access('v128.load64_splat', row * xStep)
        .set(factors[row]!)
    }
    code.get(b).get(y).op('i32.sub').set(ahead)
    overElements(
      code,
      at,
      n,
      true,
      (lanes) => {
        const [load, store, multiply, add] = lanes === 2 ? (['v128.load', 'v128.store', 'f64x2.mul', 'f64x2.add'] as const) : (['f64.load', 'f64.store', 'f64.mul', 'f64.add'] as const) // prettier-ignore
        code.get(at)
        if (!start) code.get(at).access(load, 0)
        else if (lanes === 2) code.f64x2(0)
        else code.f64(0)
        for (let row = 0; row < count; row++) {
          if (lanes === 2) code.get(factors[row]!)
          else code.get(x).access('f64.load', row * xStep)
          code
            .get(at)
            .get(ahead)
            .op('i32.add')
            .access(load, row * bStep)
          code.op(multiply).op(add)
        }
        code.access(store, 0)
      },
      y,
    )
    code.beyond(x, count * xStep).set(x)
    code.beyond(b, count * bStep).set(b)
  }
  const first = ((inner - 1) % together) + 1
  along(first, fresh)
  const turns = (inner - first) / together
  if (turns > 0) code.count(counter, 0, turns, 1, () => along(together, false))
}
