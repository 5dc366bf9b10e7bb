/**
 * What the formulas of gates and optimizers are made of: one table, from a name to a function
 * of numbers. Operators stand in it under the names the formula language gives them.
 */
import * as elementary from './elementary.js'

export interface Intrinsic {
  readonly name: string
  readonly arity: number
  /** Pure, and the same bits for the same arguments, wherever it is called. */
  readonly apply: (...values: number[]) => number
  /** The JavaScript operator that does the same, prefix where there is one argument. */
  readonly operator?: string
  /** Only the taken one of the last two arguments is computed. */
  readonly lazy?: true
  /** The operator says true or false, which formulas read as 1 and 0. */
  readonly logical?: true
}

/** By name. In `where(condition, a, b)` any condition but 0 takes `a`, NaN too. */
export const intrinsics: ReadonlyMap<string, Intrinsic> = table({
  add: [2, (a, b) => a + b, '+'],
  subtract: [2, (a, b) => a - b, '-'],
  multiply: [2, (a, b) => a * b, '*'],
  divide: [2, (a, b) => a / b, '/'],
  negate: [1, (a) => -a, '-'],
  power: [2, elementary.power],

  less: [2, (a, b) => Number(a < b), '<'],
  less_equal: [2, (a, b) => Number(a <= b), '<='],
  greater: [2, (a, b) => Number(a > b), '>'],
  greater_equal: [2, (a, b) => Number(a >= b), '>='],
  equal: [2, (a, b) => Number(a === b), '==='],
  not_equal: [2, (a, b) => Number(a !== b), '!=='],
  where: [3, (condition, a, b) => (condition !== 0 ? a : b)],

  abs: [1, Math.abs],
  sign: [1, Math.sign],
  floor: [1, Math.floor],
  ceil: [1, Math.ceil],
  round: [1, round],
  min: [2, Math.min],
  max: [2, Math.max],
  sqrt: [1, Math.sqrt],
  cbrt: [1, elementary.cbrt],
  hypot: [2, elementary.hypot],

  exp: [1, elementary.exp],
  expm1: [1, elementary.expm1],
  log: [1, elementary.log],
  log1p: [1, elementary.log1p],
  sin: [1, elementary.sin],
  cos: [1, elementary.cos],
  tan: [1, elementary.tan],
  asin: [1, elementary.asin],
  acos: [1, elementary.acos],
  atan: [1, elementary.atan],
  atan2: [2, elementary.atan2],
  sinh: [1, elementary.sinh],
  cosh: [1, elementary.cosh],
  tanh: [1, elementary.tanh],
  erf: [1, elementary.erf],
  erfc: [1, elementary.erfc],
  normal: [1, elementary.normal],
  sigmoid: [1, elementary.sigmoid],
  softplus: [1, elementary.softplus],
})

/** To the nearest integer, halves to the even one; the sign of zero stays. */
function round(x: number): number {
  // At 2^52 the distance of neighbouring numbers is 1: the addition rounds.
  const integers = 2 ** 52
  if (!(Math.abs(x) < integers) || x === 0) return x
  return x > 0 ? x + integers - integers : -(integers - x - integers)
}

type Row = readonly [arity: number, apply: Intrinsic['apply'], operator?: string]

function table(rows: Readonly<Record<string, Row>>): ReadonlyMap<string, Intrinsic> {
  const entries = Object.entries(rows).map(([name, [arity, apply, operator]]) => {
    const logical = operator !== undefined && /[<>=]/.test(operator)
    const lazy = name === 'where' && ({ lazy: true } as const)
    return [name, { name, arity, apply, operator, ...(logical && { logical }), ...lazy }] as const
  })
  return new Map(entries)
}
