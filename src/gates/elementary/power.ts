/**
 * power: exp(b log a), the logarithm to 65 bits as the sum of two numbers, in the way of Ng's pow
 * (fdlibm): with s = (m - 1) / (m + 1), log(m) is 2/3 s (3 + s² + 3/5 s⁴ + …).
 */
import { exponentNear, power2 } from './bits.js'
import { expOf, expRest, LN2_HIGH, LN2_LOW, LOG2E, SHIFT } from './exponential.js'
import { upper } from './root.js'

/**
 * `a` to the power `b`, as IEEE 754 and C have it: 1 to any power is 1, and so is -1 to an
 * infinite one, where JavaScript says NaN. Squares are products, the power -1 is a quotient.
 */
export function power(a: number, b: number): number {
  if (b === 2) return a * a
  if (a > 0 && a < Infinity && Math.abs(b) < 1e19) return ofPositive(a, b)
  return special(a, b)
}

/** The power of a positive number. */
function ofPositive(a: number, b: number): number {
  if (a < 2.2250738585072014e-308) return ofScaled(a * 18014398509481984, -54, b)
  return a < 2e300 ? ofScaled(a, 0, b) : ofScaled(a / 18014398509481984, 54, b)
}

/** (2^more a)^b for a normal a. */
function ofScaled(a: number, more: number, b: number): number {
  if (b === 1) return a * power2(more)
  const near = exponentNear(a)
  const m = a * power2(-near)
  // s in two parts, of which the upper has 26 bits.
  const f = m - 1
  const d = m + 1
  const s = f / d
  const sUpper = upper(s)
  const dUpper = upper(d)
  const dLower = m - (d - 1) + (d - dUpper)
  const sLower = (f - sUpper * dUpper - sUpper * dLower) / d
  // 3 + s² + … in two parts, times s, times 2/3.
  const z = s * s
  const rest = z * z * powerRest(z) + sLower * (sUpper + s)
  const square = sUpper * sUpper
  const tUpper = upper(3 + square + rest)
  const tLower = rest - (tUpper - 3 - square)
  const u = sUpper * tUpper
  const v = sLower * tUpper + tLower * s
  const pUpper = upper(u + v)
  const pLower = v - (pUpper - u)
  const third = 0.6666666567325592 * pUpper
  const thirdLow = 9.934107462565104e-9 * pUpper + pLower * 0.6666666666666666
  // With k ln 2; k is 0 or the larger part.
  const k = near + more
  const base = k * LN2_HIGH
  const log = base + third
  const logLow = base - log + third + (thirdLow + k * LN2_LOW)
  // Times b.
  const logUpper = upper(log)
  const bUpper = upper(b)
  const high = bUpper * logUpper
  const low = (b - bUpper) * logUpper + b * (log - logUpper + logLow)
  return expWith(high + low, high - (high + low) + low)
}

/** exp(x + tail). */
function expWith(x: number, tail: number): number {
  if (!(Math.abs(x) < 708)) return extremeWith(x, tail)
  const k = x * LOG2E + SHIFT - SHIFT
  const r = x - k * LN2_HIGH
  const low = k * LN2_LOW - tail
  return expOf(r, expRest(r - low) - low) * power2(k)
}

/** The same where it leaves the range of normal numbers. */
function extremeWith(x: number, tail: number): number {
  if (x > 710) return Infinity
  if (x < -746) return 0
  const k = x * LOG2E + SHIFT - SHIFT
  const r = x - k * LN2_HIGH
  const low = k * LN2_LOW - tail
  // In two steps, of which the last rounds.
  const first = x < 0 ? k + 200 : k - 1
  return expOf(r, expRest(r - low) - low) * power2(first) * power2(k - first)
}

/** The power where a is not positive and finite, or b so large that only the side of 1 matters. */
function special(a: number, b: number): number {
  if (b === 0 || a === 1) return 1
  if (a !== a || b !== b) return NaN
  const size = Math.abs(a)
  const whole = Math.floor(b) === b
  const odd = whole && Math.abs(b) < 9007199254740992 && 0.5 * b !== Math.floor(0.5 * b)
  if (Math.abs(b) >= 1e19) {
    if (size === 1) return whole || Math.abs(b) === Infinity ? 1 : NaN
    return size > 1 === b > 0 ? Infinity : 0
  }
  const sign: number = odd && (a < 0 || 1 / a < 0) ? -1 : 1
  if (size === 0) return b > 0 ? sign / Infinity : sign * Infinity
  if (size === Infinity) return b > 0 ? sign * Infinity : sign / Infinity
  return whole ? sign * ofPositive(size, b) : NaN
}

/** (3 atanh(s) / s - 3 - z) / z² for z = s² up to 0.02945. */
function powerRest(z: number): number {
  const z2 = z * z
  const a = 0.6000000000000357 + z * 0.4285714285507227
  const b = 0.33333333792013176 + z * 0.2727267559431529
  const c = 0.23080176332323735 + z * 0.1988435634656998 + z2 * 0.1980204710018452
  return a + z2 * (b + z2 * c)
}
