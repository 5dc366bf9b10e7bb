/** sinh and cosh: half the sum or difference of exp(x) and 1 / exp(x). */
import { power2, signOf } from './bits.js'
import { expOf, expRest, LN2_HIGH, LN2_LOW, LOG2E, lostIn, SHIFT } from './exponential.js'

/** Hyperbolic sine. */
export function sinh(x: number): number {
  const size = Math.abs(x)
  if (size < 1) return size < 1e-9 ? x : x + x * sinhRest(x * x)
  if (!(size < 40)) return signOf(x) * halfExp(size)
  const k = size * LOG2E + SHIFT - SHIFT
  const low = k * LN2_LOW
  const r = size - k * LN2_HIGH
  const rest = expRest(r - low) - low
  const half = power2(k - 1)
  const h = half * (1 + (r + rest))
  return signOf(x) * (h - (0.25 / h - half * lostIn(r, rest)))
}

/** Hyperbolic cosine. */
export function cosh(x: number): number {
  const size = Math.abs(x)
  if (!(size < 40)) return halfExp(size)
  const k = size * LOG2E + SHIFT - SHIFT
  const low = k * LN2_LOW
  const r = size - k * LN2_HIGH
  const rest = expRest(r - low) - low
  const half = power2(k - 1)
  const h = half * (1 + (r + rest))
  const q = 0.25 / h
  // What was lost in h counts by the slope, which is small near 0.
  return h + (q + half * lostIn(r, rest) * (1 - q / h))
}

/** exp(x) / 2 for x from 40, which may be larger than numbers are. */
function halfExp(x: number): number {
  if (!(x < 711)) return x * Infinity
  const k = x * LOG2E + SHIFT - SHIFT
  const r = x - k * LN2_HIGH
  const low = k * LN2_LOW
  return expOf(r, expRest(r - low) - low) * power2(k - 3) * 4
}

/** sinh(x) / x - 1 for z = x² up to 1. */
function sinhRest(z: number): number {
  const z2 = z * z
  const a = 0.16666666666666666 + z * 0.008333333333333519
  const b = 0.0001984126984113355 + z * 2.7557319273633615e-6
  const c = 2.5052098436572166e-8 + z * 1.6060161067945112e-10
  const d = 7.581135625977607e-13 + z * 4.420998513320708e-15
  return z * (a + z2 * (b + z2 * (c + z2 * d)))
}
