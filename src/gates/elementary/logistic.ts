/** What neurons end in: tanh, sigmoid, softplus, accurate as one, not as put together. */
import { power2, signOf } from './bits.js'
import { exp, expRest, LN2_HIGH, LN2_LOW, LOG2E, lostIn, SHIFT } from './exponential.js'
import { logRest } from './logarithm.js'

/** Hyperbolic tangent. */
export function tanh(x: number): number {
  const size = Math.abs(x)
  if (size < 0.55) return size < 1e-9 ? x : x - x * tanhRest(x * x)
  // 1 - 2 / (exp(2 |x|) + 1). Beyond 20 nothing changes any more.
  const twice = 2 * Math.min(size, 20)
  const k = twice * LOG2E + SHIFT - SHIFT
  const low = k * LN2_LOW
  const r = twice - k * LN2_HIGH
  const rest = expRest(r - low) - low
  const scale = power2(k)
  const e = scale * (1 + (r + rest))
  const d = e + 1
  const t = 2 / d
  // What was lost in e and d counts by the slope.
  const lost = e - d + 1 + scale * lostIn(r, rest)
  const y = 1 - t
  return signOf(x) * (y + (1 - y - t + 0.5 * t * t * lost))
}

/** 1 / (1 + exp(-x)). */
export function sigmoid(x: number): number {
  const size = Math.abs(x)
  if (size < 1.0986122886681098) {
    const quarter = 0.25 * x
    return 0.5 + (quarter - quarter * tanhRest(quarter * x))
  }
  if (!(size < 40)) return x > 0 ? 1 : exp(x)
  const k = SHIFT - size * LOG2E - SHIFT
  const low = k * LN2_LOW
  const r = -size - k * LN2_HIGH
  const rest = expRest(r - low) - low
  const scale = power2(k)
  const e = scale * (1 + (r + rest))
  // 1 - w or e (1 - w), where w is e / (1 + e) but for what is lost in that sum.
  const d = 1 + e
  const w = e / d
  const slope = 1 - w
  const lost = slope * w * (1 - d + e)
  if (x > 0) return 1 - (w - lost)
  const less = e * w
  const y = e - less
  return y + (e - y - less + (e * lost + slope * slope * (scale * lostIn(r, rest))))
}

/** log(1 + exp(x)). */
export function softplus(x: number): number {
  if (!(Math.abs(x) < 40)) return x > 0 ? x : exp(x)
  // max(x, 0) + log1p(exp(-|x|)), with what is lost in the larger steps.
  const negative = -Math.abs(x)
  const k = negative * LOG2E + SHIFT - SHIFT
  const low = k * LN2_LOW
  const r = negative - k * LN2_HIGH
  const rest = expRest(r - low) - low
  const scale = power2(k)
  const e = scale * (1 + (r + rest))
  const tiny = scale * lostIn(r, rest)
  const far = e > 0.4142135623730951
  const u = 1 + e
  const f = far ? 0.5 * u - 1 : e
  const lost = far ? 0.5 * (e - (u - 1) + tiny) : tiny
  const head = far ? LN2_HIGH + f : f
  const larger = Math.max(x, 0)
  const sum = larger + head
  const back = sum - larger
  const tail = larger - (sum - back) + (head - back)
  const square = 0.5 * f * f
  // The slope of the logarithm, 1 / (1 + f), to the few digits that tiny numbers need.
  const slope = 1 - f + square
  return sum + (tail - (square - (logRest(f, square) + ((far ? LN2_LOW : 0) + lost * slope))))
}

/** 1 - tanh(x) / x for z = x² up to 0.3025. */
function tanhRest(z: number): number {
  const z2 = z * z
  const z4 = z2 * z2
  const a = 0.333333333333333 - z * 0.13333333333326602
  const b = 0.053968253963756235 - z * 0.02186948838582998
  const c = 0.008863232601955963 - z * 0.003592092041122453
  const d = 0.0014555429341546523 - z * 0.000588444888847958
  const e = 0.000233382617957651 - z * 8.331792683594262e-5 + z2 * 1.949555243196568e-5
  return z * (a + z2 * b + z4 * (c + z2 * d + z4 * e))
}
