import { describe, expect, test } from 'vitest'
import { erf, erfc } from '../../src/gates/elementary.js'
import { intrinsics } from '../../src/gates/intrinsics.js'

/**
 * x, erf(x), erfc(x), erfc(-x), made by:
 *
 * from mpmath import mp, mpf, erf, erfc
 * mp.dps = 50
 * for x in (1e-300, 1e-9, 0.1, 0.5, 0.84375, 1, 1.0000001, 1.25, 1.7, 2, 2.5, 3.1, 4, 4.7, 5.9, 6.5, 10, 20, 26.5):
 *   print(f'  [{x!r}, {float(erf(mpf(x)))!r}, {float(erfc(mpf(x)))!r}, {float(erfc(-mpf(x)))!r}],')
 */
// prettier-ignore
const table = [
  [1e-300, 1.1283791670955126e-300, 1.0, 1.0],
  [1e-09, 1.1283791670955127e-09, 0.9999999988716208, 1.0000000011283792],
  [0.1, 0.1124629160182849, 0.887537083981715, 1.1124629160182848],
  [0.5, 0.5204998778130465, 0.4795001221869535, 1.5204998778130465],
  [0.84375, 0.7672256612323416, 0.23277433876765838, 1.7672256612323416],
  [1, 0.8427007929497149, 0.15729920705028513, 1.8427007929497148],
  [1.0000001, 0.8427008344604605, 0.15729916553953951, 1.8427008344604605],
  [1.25, 0.9229001282564583, 0.07709987174354177, 1.9229001282564582],
  [1.7, 0.9837904585907745, 0.01620954140922544, 1.9837904585907746],
  [2, 0.9953222650189527, 0.004677734981047266, 1.9953222650189528],
  [2.5, 0.999593047982555, 0.0004069520174449589, 1.999593047982555],
  [3.1, 0.9999883513426328, 1.1648657367199589e-05, 1.9999883513426329],
  [4, 0.9999999845827421, 1.541725790028002e-08, 1.999999984582742],
  [4.7, 0.9999999999700474, 2.9952597863796555e-11, 1.9999999999700473],
  [5.9, 0.9999999999999999, 7.190409783550478e-17, 2.0],
  [6.5, 1.0, 3.8421483271206475e-20, 2.0],
  [10, 1.0, 2.088487583762545e-45, 2.0],
  [20, 1.0, 5.395865611607901e-176, 2.0],
  [26.5, 1.0, 2.2109076642637343e-307, 2.0],
] as const

describe('the error function', () => {
  test.each(table)('erf(%d) is right to one unit in the last place', (x, expected) => {
    expect(units(erf(x), expected)).toBeLessThanOrEqual(1)
    expect(units(erf(-x), -expected)).toBeLessThanOrEqual(1)
  })
  test.each(table)('erfc(%d) is right to four units in the last place', (x, _, upper, lower) => {
    expect(units(erfc(x), upper)).toBeLessThanOrEqual(4)
    expect(units(erfc(-x), lower)).toBeLessThanOrEqual(1)
  })
  test('has its limits, and passes NaN on', () => {
    expect([erf(-Infinity), erf(Infinity), erf(40), erf(0)]).toEqual([-1, 1, 1, 0])
    expect([erfc(-Infinity), erfc(Infinity), erfc(40), erfc(0)]).toEqual([2, 0, 0, 1])
    expect([erf(NaN), erfc(NaN), erf(-0)]).toEqual([NaN, NaN, -0])
  })
})

describe('intrinsics', () => {
  const call = (name: string, ...values: number[]) => intrinsics.get(name)!.apply(...values)

  test('round takes the even one of two, and keeps the sign of zero', () => {
    const rounded = [0.5, 1.5, 2.5, -0.5, -1.5, -0, 0.49999999999999994, 1e17, -4503599627370495.5]
    expect(rounded.map((x) => call('round', x))).toEqual([
      0, 2, 2, -0, -2, -0, 0, 1e17, -4503599627370496,
    ])
    expect([NaN, Infinity, -Infinity].map((x) => call('round', x))).toEqual([
      NaN,
      Infinity,
      -Infinity,
    ])
  })

  test('power is that of IEEE 754', () => {
    expect(call('power', 1, NaN)).toBe(1)
    expect(call('power', NaN, 0)).toBe(1)
    expect(call('power', -1, Infinity)).toBe(1)
    expect(call('power', 1, -Infinity)).toBe(1)
    expect(call('power', -2, 3)).toBe(-8)
    expect(call('power', -8, 1 / 3)).toBeNaN()
    expect(call('power', 0.1, 2)).toBe(0.1 * 0.1)
  })

  test('hypot neither overflows nor vanishes', () => {
    expect(call('hypot', 3e200, -4e200)).toBeCloseTo(5e200, -190)
    expect(call('hypot', 3e-200, 4e-200)).toBe(5e-200)
    expect(call('hypot', 0, -0)).toBe(0)
    expect(call('hypot', -Infinity, 1)).toBe(Infinity)
    expect(call('hypot', NaN, 1)).toBeNaN()
  })

  test('where takes a for anything but 0', () => {
    expect([1, -0.5, NaN, 0, -0].map((condition) => call('where', condition, 1, 2))).toEqual([
      1, 1, 1, 2, 2,
    ])
  })

  test('take as many arguments as they say', () => {
    for (const { name, arity, apply } of intrinsics.values()) {
      expect([name, Math.max(apply.length, 1)]).toEqual([name, arity])
    }
  })
})

/** How many representable numbers lie between the two. */
function units(actual: number, expected: number): number {
  const [a, b] = new BigInt64Array(new Float64Array([actual, expected]).buffer)
  return Number(a! > b! ? a! - b! : b! - a!)
}
