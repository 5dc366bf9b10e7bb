/**
 * The few operations on the bits of numbers that the elementary functions need. In WebAssembly
 * bits.as stands in its place; both give the same.
 */

/** The exponents of normal numbers. */
const [LEAST, MOST] = [-1022, 1023]

// A look-up is faster than writing an exponent into memory and reading the number back.
const powers = new Float64Array(MOST - LEAST + 1)
powers[0] = 2.2250738585072014e-308
for (let at = 1; at < powers.length; at++) powers[at] = 2 * powers[at - 1]!

const number = new Float64Array(1)
const words = new Int32Array(number.buffer)
number[0] = -1
/** Which word holds the sign: the second, nearly everywhere. */
const high = words[1]! < 0 ? 1 : 0

/** 2 to the power k, a whole number from -1022 to 1023. */
export function power2(k: number): number {
  return powers[(k - LEAST) | 0]!
}

/** The k for which x / 2^k lies from √½ (or a millionth above) to √2; x is positive and normal. */
export function exponentNear(x: number): number {
  number[0] = x
  return (words[high]! - 0x3fe6a09e) >> 20
}

/** 1 or -1, as the sign of x is, of zeros too. */
export function signOf(x: number): number {
  number[0] = x
  return 1 + 2 * (words[high]! >> 31)
}

/** Whether n is odd, given 1.5 * 2^52 + n. */
export function odd(shifted: number): boolean {
  number[0] = shifted
  return (words[1 - high]! & 1) !== 0
}

/** 1 or -1, as n / 2 is even or odd, rounded down; given 1.5 * 2^52 + n. */
export function halfTurn(shifted: number): number {
  number[0] = shifted
  return 1 - (words[1 - high]! & 2)
}

/** A whole number below 2^31 as what a switch branches by best. */
export function whole(n: number): number {
  return n | 0
}
