/**
 * exp and expm1. exp(x) is 2^k exp(r) with x = k ln 2 + r and |r| at most (ln 2) / 2 (Cody and
 * Waite, "Software Manual for the Elementary Functions", 1980); exp(r) is a polynomial.
 */
import { power2 } from './bits.js'

/** A number plus this, minus this, is the nearest whole number. */
export const SHIFT: number = 6755399441055744 // 1.5 * 2^52
export const LOG2E = 1.4426950408889634
/** ln 2 in two parts; products of the first with whole numbers below 2^11 are exact. */
export const LN2_HIGH = 0.6931471805598903
export const LN2_LOW = 5.497923018708371e-14

/** e to the power x. */
export function exp(x: number): number {
  if (!(Math.abs(x) < 708)) return extreme(x)
  const k = x * LOG2E + SHIFT - SHIFT
  const r = x - k * LN2_HIGH
  const low = k * LN2_LOW
  return expOf(r, expRest(r - low) - low) * power2(k)
}

/** exp(x) - 1. */
export function expm1(x: number): number {
  const size = Math.abs(x)
  if (!(size < 708)) return x < 0 ? -1 : extreme(x)
  if (size < 1e-17) return x
  const k = x * LOG2E + SHIFT - SHIFT
  const scale = power2(k)
  const low = k * LN2_LOW
  const r = x - k * LN2_HIGH
  // The larger summands without loss, then what they lost with the smaller ones.
  const most = scale - 1
  const high = scale * r
  const sum = most + high
  return sum + (scale - most - 1 + (most - sum + high) + scale * (expRest(r - low) - low))
}

/** 1 + r + rest: first the sum of the larger two, then what it lost with the third. */
export function expOf(r: number, rest: number): number {
  const sum = 1 + r
  return sum + (1 - sum + r + rest)
}

/** exp(r) - 1 - r for |r| up to (ln 2) / 2. */
export function expRest(r: number): number {
  const r2 = r * r
  const r4 = r2 * r2
  const a = r * 0.16666666666666677 + r2 * (0.04166666666666668 + r * 0.008333333333321454)
  const b =
    0.0013888888888877455 +
    r * 0.00019841269886515091 +
    r2 * (2.4801587340572237e-5 + r * 2.755724386141281e-6)
  const c = 2.7557259264122914e-7 + r * 2.5109146352560517e-8 + r2 * 2.091947705033219e-9
  return 0.5 * r2 + r2 * (a + r4 * (b + r4 * c))
}

/** What the sum 1 + (r + rest) loses to rounding. */
export function lostIn(r: number, rest: number): number {
  const v = r + rest
  const u = 1 + v
  return 1 - u + v + (r - v + rest)
}

/** exp where it leaves the range of normal numbers, and of infinities and NaN. */
function extreme(x: number): number {
  if (x > 710) return Infinity
  if (x < -746) return 0
  const k = x * LOG2E + SHIFT - SHIFT
  const r = x - k * LN2_HIGH
  const low = k * LN2_LOW
  // In two steps, of which the last rounds.
  const first = x < 0 ? k + 200 : k - 1
  return expOf(r, expRest(r - low) - low) * power2(first) * power2(k - first)
}
