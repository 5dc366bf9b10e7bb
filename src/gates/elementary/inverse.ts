/** asin, acos, atan and atan2. */
import { signOf } from './bits.js'
import { upper } from './root.js'

const PI: number = 3.141592653589793
const PI_LOW: number = 1.2246467991473532e-16
const HALF_PI: number = 1.5707963267948966
const HALF_PI_LOW: number = 6.123233995736766e-17

/** Arc sine. */
export function asin(x: number): number {
  const size = Math.abs(x)
  if (size < 0.5) return size < 1e-9 ? x : x + x * asinRest(x * x)
  if (!(size < 1)) return size === 1 ? x * HALF_PI : NaN
  // π/2 - 2 asin √((1 - |x|) / 2).
  const z = 0.5 * (1 - size)
  const root = Math.sqrt(z)
  const high = upper(root)
  const low = (z - high * high) / (root + high)
  const twice = high + high
  const most = HALF_PI - twice
  const more = HALF_PI - most - twice - (2 * (low + root * asinRest(z)) - HALF_PI_LOW)
  return signOf(x) * (most + more)
}

/** Arc cosine. */
export function acos(x: number): number {
  const size = Math.abs(x)
  if (size < 0.5) {
    const most = HALF_PI - x
    return most + (HALF_PI - most - x - (x * asinRest(x * x) - HALF_PI_LOW))
  }
  if (!(size < 1)) return x === 1 ? 0 : x === -1 ? PI : NaN
  const z = 0.5 * (1 - size)
  const root = Math.sqrt(z)
  const high = upper(root)
  const low = (z - high * high) / (root + high) + root * asinRest(z)
  if (x > 0) return 2 * (high + low)
  const twice = high + high
  const most = PI - twice
  return most + (PI - most - twice - (2 * low - PI_LOW))
}

/** Arc tangent. */
export function atan(x: number): number {
  const size = Math.abs(x)
  if (size < 0.4375) return size < 1e-9 ? x : x - x * atanRest(x * x)
  return signOf(x) * turned(size, 0, 0, 0)
}

/** The angle of the point (x, y) from -π to π. */
export function atan2(y: number, x: number): number {
  if (!(Math.abs(x) < Infinity && Math.abs(y) < Infinity) || x === 0 || y === 0) return axis(y, x)
  const high = Math.max(Math.abs(x), Math.abs(y))
  // Exact, and far from both ends of the range: products of parts are exact then.
  const scale: number =
    high > 3.273390607896142e150
      ? 2.409919865102884e-181
      : high < 3e-151
        ? 4.149515568880993e180
        : 1
  const a = Math.abs(y) * scale
  const b = Math.abs(x) * scale
  const q = a / b
  if (q < 1e-19 && x > 0) return y / x
  const sign = signOf(y)
  if (!(q > 1e-19 && q < 1e19)) return sign * (q < 1 ? PI : HALF_PI)
  const qUpper = upper(q)
  const bUpper = upper(b)
  const tail = (a - qUpper * bUpper - (qUpper * (b - bUpper) + (q - qUpper) * b)) / b
  const from: number = x < 0 ? PI : 0
  const fromLow: number = x < 0 ? PI_LOW : 0
  return sign * turned(q, tail, from, fromLow)
}

/** Where one of them is zero, infinite or NaN. */
function axis(y: number, x: number): number {
  if (y !== y || x !== x) return NaN
  const sign = signOf(y)
  const back = signOf(x) < 0
  if (Math.abs(y) < Infinity) {
    // The axis of x, or that of y where x is 0 and y is not.
    if (y === 0 || x !== 0) return back ? sign * PI : sign / Infinity
    return sign * HALF_PI
  }
  if (Math.abs(x) < Infinity) return sign * HALF_PI
  return sign * (back ? 2.356194490192345 : 0.7853981633974483)
}

/** atan(q + tail), or `from` less that where it is not 0: it is π then. */
function turned(q: number, tail: number, from: number, fromLow: number): number {
  let t = q
  let most: number = 0
  let low: number = 0
  if (q >= 2.4375) {
    t = -1 / q
    most = HALF_PI
    low = HALF_PI_LOW
  } else if (q >= 1.1875) {
    t = (q - 1.5) / (1 + 1.5 * q)
    most = 0.982793723247329
    low = 1.3903311031230998e-17
  } else if (q >= 0.6875) {
    t = (q - 1) / (q + 1)
    most = 0.7853981633974483
    low = 3.061616997868383e-17
  } else if (q >= 0.4375) {
    t = (q + q - 1) / (2 + q)
    most = 0.4636476090008061
    low = 2.2698777452961687e-17
  }
  const rest = t * atanRest(t * t) - (low + tail / (1 + q * q))
  if (from === 0) return most - (rest - t)
  const less = from - most
  return less + (from - less - most + fromLow + (rest - t))
}

/** asin(x) / x - 1 for z = x² up to 1/4. */
function asinRest(z: number): number {
  const z2 = z * z
  const z4 = z2 * z2
  const a = 0.1666666666666676 + z * 0.07499999999971095
  const b = 0.044642857174224136 + z * 0.03038194272950777
  const c = 0.022372214318213676 + z * 0.017351624732641444
  const d = 0.013980662389073067 + z * 0.011400238094136402
  const e = 0.01077270078341017 + z * 0.0037352343200085705
  const f = 0.021636856974466507 - z * 0.020898809490814328 + z2 * 0.03256583927490458
  return z * (a + z2 * b + z4 * (c + z2 * d + z4 * (e + z2 * f)))
}

/** 1 - atan(x) / x for z = x² up to 7/16 squared. */
function atanRest(z: number): number {
  const z2 = z * z
  const z4 = z2 * z2
  const a = 0.333333333333329 - z * 0.1999999999986904
  const b = 0.14285714271895836 - z * 0.11111110380235326
  const c = 0.09090886522296683 - z * 0.0769186695928762
  const d = 0.06660983147886787 - z * 0.05833006623434191
  const e = 0.049746841357352675 - z * 0.036483256150633435 + z2 * 0.0162398309234103
  return z * (a + z2 * b + z4 * (c + z2 * d + z4 * e))
}
