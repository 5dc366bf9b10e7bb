/** cbrt and hypot. */
import { exponentNear, power2, signOf } from './bits.js'

/** The upper 26 of the 53 digits of a number below 2^995: products of two such are exact (Dekker). */
export function upper(x: number): number {
  const far = x * 134217729 // 2^27 + 1
  return far - (far - x)
}

/** Cube root. */
export function cbrt(x: number): number {
  const size = Math.abs(x)
  if (!(size < Infinity && size > 0)) return x
  if (size < 2.2250738585072014e-308) return 3.814697265625e-6 * cbrt(x * 18014398509481984)
  if (size > 1e300) return 262144 * cbrt(x / 18014398509481984)
  const exponent = exponentNear(size)
  const third = Math.floor(exponent / 3)
  const more = exponent - 3 * third
  const m = size * power2(-exponent)
  const t = m - 1
  const t2 = t * t
  const a = 1.0000000080013371 + t * 0.3333338540740607
  const b = -0.11111358857290683 + t * 0.06168535836647151
  const c = -0.041010534621393924 + t * 0.03101921259606813
  const d = -0.026213265431858167 + t * 0.015437679496518383
  const root = a + t2 * (b + t2 * (c + t2 * d))
  // The cube root of 2^more, as a parabola through the three of them.
  const start = root * (1 + more * (0.2261415738 + more * 0.0337794761))
  // One step of Halley from a number whose square is exact.
  const y = upper(start)
  const quotient = (m * power2(more)) / (y * y)
  const better = y + (y * (quotient - y)) / (y + y + quotient)
  return signOf(x) * (better * power2(third))
}

/** √(a² + b²); the squares neither overflow nor vanish. */
export function hypot(a: number, b: number): number {
  const x = Math.abs(a)
  const y = Math.abs(b)
  if (x === Infinity || y === Infinity) return Infinity
  const larger = Math.max(x, y)
  const smaller = Math.min(x, y)
  // 2^600, at 2^500 and 2^-450.
  const scale: number = 4.149515568880993e180
  if (smaller < larger * 1e-9) return larger + smaller * (smaller / (larger + larger))
  if (larger > 3.273390607896142e150) return ofSquares(larger / scale, smaller / scale) * scale
  if (smaller < 3.4395525670743494e-136) return ofSquares(larger * scale, smaller * scale) / scale
  return ofSquares(larger, smaller)
}

/** √(x² + y²) for x ≥ y, where nothing overflows or vanishes. */
function ofSquares(x: number, y: number): number {
  const x2 = x * x
  const y2 = y * y
  const sum = x2 + y2
  return Math.sqrt(sum + (x2 - sum + y2 + (lostInSquare(x, x2) + lostInSquare(y, y2))))
}

/** x² - square, where square is x² rounded. */
export function lostInSquare(x: number, square: number): number {
  const high = upper(x)
  const low = x - high
  return high * high - square + (high + high) * low + low * low
}
