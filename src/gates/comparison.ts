/** Comparisons: 1 where true, else 0. Nothing that is compared has a gradient. */
import type { Gate } from './gate.js'
import { pointwise } from './pointwise.js'

export const less = comparison('<')
export const less_equal = comparison('<=')
export const greater = comparison('>')
export const greater_equal = comparison('>=')
export const equal = comparison('==')
export const not_equal = comparison('!=')

function comparison(sign: string): Gate {
  return pointwise({
    doc: `1 where a ${sign} b, else 0.`,
    inputs: ['a', 'b'],
    value: `a ${sign} b`,
    gradients: { a: 'none', b: 'none' },
  })
}
