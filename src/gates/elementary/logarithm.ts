/**
 * log and log1p. log(x) is k ln 2 + log(1 + f) with x = 2^k (1 + f) and 1 + f near 1, and
 * log(1 + f) is 2 atanh(s) with s = f / (2 + f), in the order of summation of Ng's log (fdlibm).
 */
import { exponentNear, power2 } from './bits.js'
import { LN2_HIGH, LN2_LOW } from './exponential.js'

/** The natural logarithm. */
export function log(x: number): number {
  if (x >= 2.2250738585072014e-308 && x < 2e300) return ofNormal(x, 0)
  // Numbers that are no normal ones, or whose exponent has no inverse.
  if (x > 0) {
    if (x < 1) return ofNormal(x * 18014398509481984, -54)
    return x === Infinity ? x : ofNormal(x / 18014398509481984, 54)
  }
  return x === 0 ? -Infinity : NaN
}

/** log(1 + x). */
export function log1p(x: number): number {
  const size = Math.abs(x)
  if (size < 1e-17) return x
  if (x > -0.29 && x < 0.41) return sum(0, x, 0)
  if (!(x > -1 && x < 1e300)) return x === -1 ? -Infinity : log(x)
  const u = 1 + x
  // What was lost in the sum counts by the slope, 1 / u.
  const lost = (x > 1 ? 1 - (u - x) : x - (u - 1)) / u
  const k = exponentNear(u)
  return sum(k, u * power2(-k) - 1, lost)
}

/** s (f² / 2 + s² …): what log(1 + f) has beyond f - f² / 2, where s = f / (2 + f). */
export function logRest(f: number, square: number): number {
  const s = f / (2 + f)
  const z = s * s
  const z2 = z * z
  const a = 0.6666666666666736 + z * 0.39999999999405034
  const b = 0.2857142874423165 + z * 0.22222198403083
  const c = 0.18183572504150583 + z * 0.1531385313789698 + z2 * 0.14797840067142343
  return s * (square + z * (a + z2 * (b + z2 * c)))
}

/** log(2^k x) for a normal x below 2^1023. */
function ofNormal(x: number, k: number): number {
  const near = exponentNear(x)
  return sum(near + k, x * power2(-near) - 1, 0)
}

/** k ln 2 + log(1 + f) + rest, for a tiny rest. */
function sum(k: number, f: number, rest: number): number {
  const square = 0.5 * f * f
  return k * LN2_HIGH - (square - (logRest(f, square) + (k * LN2_LOW + rest)) - f)
}
