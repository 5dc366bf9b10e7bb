/** Sums and means of rows in WebAssembly, and what they answer. */
import type { RowSums } from '../../gates/gate.js'
import type { Direction } from '../region.js'
import { overElements, type Context } from './loop.js'
import type { Base } from './product.js'

/** Either direction; `x` says where the numbers begin. */
export function emitRowSums(context: Context, sums: RowSums, x: Base, direction: Direction): void {
  const { code, layout, frame } = context
  const { rows, length, mean, result, gradient, answer } = sums
  const forward = direction === 'forward'
  if (rows === 0 || (!forward && (answer < 0 || length === 0))) return
  const [row, first, at] = [code.local('i32'), code.local('i32'), code.local('i32')]
  const number = code.local('f64')
  const divide = () => {
    if (mean) code.f64(length).op('f64.div')
  }
  const sum = () => {
    code.f64(0).set(number)
    const add = () =>
      code.get(number).get(at).access('f64.load', x.offset).op('f64.add').set(number)
    if (length > 0) code.count(at, 0, 8 * length, 8, add, first)
    code.get(row).get(number)
    divide()
    code.access('f64.store', layout.values + 8 * result)
  }
  const spread = () => {
    const pair = code.local('v128')
    code.get(row).access('f64.load', layout.gradients + 8 * gradient)
    divide()
    code.tee(number).op('f64x2.splat').set(pair)
    const write = (lanes: 1 | 2) => {
      code.get(at).get(lanes === 2 ? pair : number)
      code.access(lanes === 2 ? 'v128.store' : 'f64.store', layout.gradients + 8 * answer)
    }
    overElements(code, at, length, true, write, first)
  }
  code.beyond(forward ? x.local : frame, 0).set(first)
  const each = () => {
    if (forward) sum()
    else spread()
    code.beyond(first, 8 * length).set(first)
  }
  code.count(row, 0, 8 * rows, 8, each, frame)
}
