/** sin, cos and tan: polynomials up to an eighth of a turn, and what turns.ts leaves beyond. */
import { halfTurn, odd, signOf } from './bits.js'
import { SHIFT } from './exponential.js'
import { upper } from './root.js'
import { FAR, HIGH, left, TAIL, TURN, turns } from './turn.js'

/** π/2 in two parts; products of the first with whole numbers below 2^20 are exact. */
const QUARTER: number = 1.5707963267341256
const QUARTER_LOW: number = 6.077100506506192e-11
/** So near to a multiple of π/2 the two do not tell enough of what is left. */
const CLOSE: number = 0.001

/** Sine. */
export function sin(x: number): number {
  const size = Math.abs(x)
  if (size < 0.785) return size < 1e-9 ? x : nearSin(x, 0)
  const t = x * TURN + SHIFT
  const n = t - SHIFT
  const first = x - n * QUARTER
  const second = n * QUARTER_LOW
  const high = first - second
  if (!(Math.abs(high) > CLOSE && size < FAR)) return hardSin(x, 0)
  return halfTurn(t) * quarterSin(t, high, first - high - second)
}

/** Cosine. */
export function cos(x: number): number {
  const size = Math.abs(x)
  if (size < 0.785) return nearCos(x, 0)
  const t = x * TURN + SHIFT
  const n = t - SHIFT
  const first = x - n * QUARTER
  const second = n * QUARTER_LOW
  const high = first - second
  if (!(Math.abs(high) > CLOSE && size < FAR)) return hardSin(size, 1)
  return halfTurn(t + 1) * quarterSin(t + 1, high, first - high - second)
}

/** Tangent. */
export function tan(x: number): number {
  const size = Math.abs(x)
  if (size < 0.785) return size < 1e-9 ? x : nearTan(x, 0, false)
  const t = x * TURN + SHIFT
  const n = t - SHIFT
  const first = x - n * QUARTER
  const second = n * QUARTER_LOW
  const high = first - second
  if (!(Math.abs(high) > CLOSE && size < FAR)) return hardTan(x)
  return nearTan(high, first - high - second, odd(t))
}

/** The sine of x and `more` quarter turns, where more digits of the angle are needed. */
function hardSin(x: number, more: number): number {
  const size = Math.abs(x)
  if (!(size < Infinity)) return NaN
  const t = SHIFT + turns(size) + more
  const y = halfTurn(t) * quarterSin(t, left(size, HIGH), left(size, TAIL))
  return more === 0 ? signOf(x) * y : y
}

function hardTan(x: number): number {
  const size = Math.abs(x)
  if (!(size < Infinity)) return NaN
  return signOf(x) * nearTan(left(size, HIGH), left(size, TAIL), odd(SHIFT + turns(size)))
}

/** The sine of t quarter turns and an angle more, up to whole half turns. */
function quarterSin(t: number, high: number, tail: number): number {
  return odd(t) ? nearCos(high, tail) : nearSin(high, tail)
}

/** sin(x + tail) for |x| up to π/4, in the order of summation of fdlibm. */
function nearSin(x: number, tail: number): number {
  const z = x * x
  const z2 = z * z
  const a = 0.008333333333333097 - z * 0.0001984126984105176
  const b = 2.7557319126236317e-6 - z * 2.505208516014213e-8
  const c = 1.6056145988661016e-10 - z * 7.479860658129534e-13
  const rest = a + z2 * (b + z2 * c)
  const cube = z * x
  return x - (z * (0.5 * tail - cube * rest) - tail + cube * 0.16666666666666666)
}

/** cos(x + tail) for |x| up to π/4. */
function nearCos(x: number, tail: number): number {
  const z = x * x
  const z2 = z * z
  const a = 0.041666666666666595 - z * 0.0013888888888873457
  const b = 2.480158728911521e-5 - z * 2.7557314256935547e-7
  const c = 2.087571142445913e-9 - z * 1.1359080712550331e-11
  const rest = z2 * (a + z2 * (b + z2 * c))
  const half = 0.5 * z
  const most = 1 - half
  return most + (1 - most - half + (rest - x * tail))
}

/** tan(x + tail) for |x| up to π/4, or -1 / tan(x + tail). */
function nearTan(x: number, tail: number, turned: boolean): number {
  const size = Math.abs(x)
  if (size > 0.67) return endTan(x, tail, turned)
  const cube = x * x * x
  const more = tail + (x * x * tail + cube * tanRest(x * x))
  const w = x + more
  if (!turned) return w
  // The quotient once more, from parts whose product is exact.
  const wUpper = upper(w)
  const q = -1 / w
  const qUpper = upper(q)
  return qUpper + q * (1 + qUpper * wUpper + qUpper * (x - wUpper + more))
}

/** The same near π/4, from the tangent t of what lacks to it: (1 - t) / (1 + t). */
function endTan(x: number, tail: number, turned: boolean): number {
  const sign = signOf(x)
  const y = 0.7853981633974483 - sign * x + (3.061616997868383e-17 - sign * tail)
  const t = y + y * y * y * tanRest(y * y)
  return sign * (turned ? -1 - (t + t) / (1 - t) : 1 - (t + t) / (1 + t))
}

/** (tan(x) - x) / x³ for z = x² up to 0.67². */
function tanRest(z: number): number {
  const z2 = z * z
  const z4 = z2 * z2
  const a = 0.333333333333334 + z * 0.13333333333322148
  const b = 0.053968253975032285 + z * 0.021869488329150255
  const c = 0.008863239255225204 + z * 0.003592085048677513
  const d = 0.0014561683154249788 + z * 0.0005882346470212998
  const e = 0.0002458426859122326 + z * 7.951682316166295e-5
  const f = 6.955468960599204e-5 - z * 1.7068882431183436e-5
  const g = 2.5378726688907894e-5
  return a + z2 * b + z4 * (c + z2 * d + z4 * (e + z2 * f + z4 * g))
}
