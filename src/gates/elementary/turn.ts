/**
 * Angles as quarter turns and what is left: x = n π/2 + high + low, with high between ±π/4. Up to
 * a million π/2 is split into parts whose products with n are exact (Cody and Waite); beyond,
 * as many digits of 2/π as matter are multiplied out (Payne and Hanek, "Radian Reduction for
 * Trigonometric Functions", SIGNUM Newsletter 18, 1983).
 */
import { exponentNear, power2, whole } from './bits.js'
import { SHIFT } from './exponential.js'
import { upper } from './root.js'

/** Above this the products would not be exact. */
export const FAR: number = 1e6
/** 2/π. */
export const TURN: number = 0.6366197723675814

/** Which part of what is left is asked for: the number, or its tail. */
export const HIGH: number = 1
export const TAIL: number = 2
const TURNS: number = 0

/** The quarter turns of a positive angle, far ones modulo 4. */
export function turns(x: number): number {
  return x < FAR ? x * TURN + SHIFT - SHIFT : far(x, TURNS)
}

/** What is left of a positive angle after them. */
export function left(x: number, wanted: number): number {
  if (!(x < FAR)) return far(x, wanted)
  const n = turns(x)
  const first = x - n * 1.5707963267341256
  const second = n * 6.077100506303966e-11
  const third = n * 2.0222662487111665e-21
  // Twice a sum and what it lost to rounding (Knuth).
  const a = first - second
  const aBack = first - a
  const aLost = first - (a + aBack) + (aBack - second)
  const more = aLost - third
  const high = a + more
  if (wanted === HIGH) return high
  const highBack = high - a
  return a - (high - highBack) + (more - highBack) - n * 8.4784276603689e-32
}

/** The quarter turns of a positive angle above FAR, modulo 4, or what is left of it. */
function far(x: number, wanted: number): number {
  // x is (a0 + a1 / 2^24 + a2 / 2^48 + a3 / 2^72) 2^(24 q).
  const q = Math.floor((exponentNear(x) - 1) / 24)
  const scaled = x * power2(-24 * q)
  const a0 = Math.floor(scaled)
  const rest1 = (scaled - a0) * 16777216
  const a1 = Math.floor(rest1)
  const rest2 = (rest1 - a1) * 16777216
  const a2 = Math.floor(rest2)
  const a3 = (rest2 - a2) * 16777216
  // Digits of x 2/π to the base 2^24, from the last that matters to that before the point; what
  // stands before that is a multiple of 4. Columns are below 2^51, so all sums are exact.
  const p7 = column(q + 6, a0, a1, a2, a3)
  const p6 = column(q + 5, a0, a1, a2, a3) + Math.floor(p7 * SMALL)
  const p5 = column(q + 4, a0, a1, a2, a3) + Math.floor(p6 * SMALL)
  const p4 = column(q + 3, a0, a1, a2, a3) + Math.floor(p5 * SMALL)
  const p3 = column(q + 2, a0, a1, a2, a3) + Math.floor(p4 * SMALL)
  const p2 = column(q + 1, a0, a1, a2, a3) + Math.floor(p3 * SMALL)
  const p1 = column(q, a0, a1, a2, a3) + Math.floor(p2 * SMALL)
  const p0 = column(q - 1, a0, a1, a2, a3) + Math.floor(p1 * SMALL)
  const top = fraction(p1) + fraction(p2) * SMALL
  const over: number = top >= 0.5 ? 1 : 0
  if (wanted === TURNS) return p0 + over
  const most = top - over
  const middle = (fraction(p3) + fraction(p4) * SMALL) * (SMALL * SMALL)
  const last = (fraction(p5) + fraction(p6) * SMALL) * (SMALL * SMALL * SMALL * SMALL)
  const sum = most + middle
  const lost = most - sum + middle + last
  // Times π/2.
  const product = sum * 1.5707963267948966
  const sumUpper = upper(sum)
  const sumLower = sum - sumUpper
  const rounding =
    sumUpper * 1.5707963407039642 -
    product -
    sumUpper * 1.3909067675399456e-8 +
    sumLower * 1.5707963267948966
  const small = rounding + (sum * 6.123233995736766e-17 + lost * 1.5707963267948966)
  const high = product + small
  return wanted === HIGH ? high : product - high + small
}

const SMALL: number = 5.9604644775390625e-8 // 2^-24

/** p / 2^24 without its whole part. */
function fraction(p: number): number {
  const scaled = p * SMALL
  return scaled - Math.floor(scaled)
}

/** All products of a digit of x with one of 2/π that stand at the same place. */
function column(n: number, a0: number, a1: number, a2: number, a3: number): number {
  return a0 * digit(n) + a1 * digit(n - 1) + a2 * digit(n - 2) + a3 * digit(n - 3)
}

/** The digits of 2/π behind the point, to the base 2^24. */
function digit(n: number): number {
  switch (whole(n)) {
    case 0:
      return 10680707
    case 1:
      return 7228996
    case 2:
      return 1387004
    case 3:
      return 2578385
    case 4:
      return 16069853
    case 5:
      return 12639074
    case 6:
      return 9804092
    case 7:
      return 4427841
    case 8:
      return 16666979
    case 9:
      return 11263675
    case 10:
      return 12935607
    case 11:
      return 2387514
    case 12:
      return 4345298
    case 13:
      return 14681673
    case 14:
      return 3074569
    case 15:
      return 13734428
    case 16:
      return 16653803
    case 17:
      return 1880361
    case 18:
      return 10960616
    case 19:
      return 8533493
    case 20:
      return 3062596
    case 21:
      return 8710556
    case 22:
      return 7349940
    case 23:
      return 6258241
    case 24:
      return 3772886
    case 25:
      return 3769171
    case 26:
      return 3798172
    case 27:
      return 8675211
    case 28:
      return 12450088
    case 29:
      return 3874808
    case 30:
      return 9961438
    case 31:
      return 366607
    case 32:
      return 15675153
    case 33:
      return 9132554
    case 34:
      return 7151469
    case 35:
      return 3571407
    case 36:
      return 2607881
    case 37:
      return 12013382
    case 38:
      return 4155038
    case 39:
      return 6285869
    case 40:
      return 7677882
    case 41:
      return 13102053
    case 42:
      return 15825725
    case 43:
      return 473591
    case 44:
      return 9065106
    case 45:
      return 15363067
    case 46:
      return 6271263
    case 47:
      return 9264392
    case 48:
      return 5636912
    case 49:
      return 4652155
    case 50:
      return 7056368
    case 51:
      return 13614112
    case 52:
      return 10155062
    case 53:
      return 1944035
    case 54:
      return 9527646
    case 55:
      return 15080200
    default:
      return 0
  }
}
