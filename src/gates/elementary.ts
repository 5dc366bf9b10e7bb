/**
 * The elementary functions, in one place: nothing else in the repository computes with those
 * of the engine, so that they can be exchanged for ones that give the same bits everywhere.
 */

export * from './elementary/functions.js'

export const sin = Math.sin
export const cos = Math.cos
export const tan = Math.tan
export const asin = Math.asin
export const acos = Math.acos
export const atan = Math.atan
export const atan2 = Math.atan2
export const sinh = Math.sinh
export const cosh = Math.cosh
export const cbrt = Math.cbrt

/**
 * `a` to the power `b`, as IEEE 754 and C have it: 1 to any power is 1, and so is -1 to an
 * infinite one, where JavaScript says NaN. Squares are products.
 */
export function power(a: number, b: number): number {
  if (b === 2) return a * a
  if (a === 1 || (a === -1 && (b === Infinity || b === -Infinity))) return 1
  return Math.pow(a, b)
}
