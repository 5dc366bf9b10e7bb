/**
 * Chance that is the same everywhere, all of it 32-bit arithmetic: xoshiro128** (Blackman and
 * Vigna, "Scrambled Linear Pseudorandom Number Generators", 2021). Its first state is made of a
 * number and a path by the quarter rounds of ChaCha (Bernstein 2008), all 128 bits of it, so
 * that no two of a million weights share a stream.
 */

/** The whole state of a generator, as plain data. */
export type GeneratorState = readonly [number, number, number, number]

export interface Generator {
  /** The next 32 random bits, as a whole number from 0. */
  bits(): number
  /** In [0, 1), a multiple of 2^-53. */
  uniform(): number
  /** A whole number from 0 up to `n`, each equally likely; `n` is at most 2^32. */
  below(n: number): number
  state(): GeneratorState
  /** Goes on from this state. Not all four may be 0. */
  restart(state: GeneratorState): void
}

/** A stream of its own for each seed and path. */
export function seeded(seed: number, path: string): Generator {
  const state: Words = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574] // "expand 32-byte k"
  const text = `${seed}/${path}`
  for (let i = 0; i < text.length; i++) {
    state[0] ^= text.charCodeAt(i)
    quarterRound(state)
  }
  state[1] ^= text.length
  mix(state)
  return resumed(state)
}

/** The generator that has this state. Not all four may be 0. */
export function resumed(state: GeneratorState): Generator {
  let [a, b, c, d] = state.map((word) => word | 0) as Words // as many as came in
  const bits = () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0
    const t = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= t
    d = rotate(d, 11)
    return result
  }
  const uniform = () => {
    const high = bits() >>> 5
    const low = bits() >>> 6
    return (high * 2 ** 26 + low) / 2 ** 53
  }
  const below = (n: number) => {
    // What lies above the last whole multiple of n is drawn again, so that none is favoured.
    const limit = 2 ** 32 - (2 ** 32 % n)
    for (;;) {
      const drawn = bits()
      if (drawn < limit) return drawn % n
    }
  }
  const restart = (from: GeneratorState) => {
    a = from[0] | 0
    b = from[1] | 0
    c = from[2] | 0
    d = from[3] | 0
  }
  return { bits, uniform, below, state: () => [a >>> 0, b >>> 0, c >>> 0, d >>> 0], restart }
}

/** Ten rounds, as ChaCha20 has: each bit that went in reaches each bit of the state. */
export function mix(state: Words): void {
  for (let round = 0; round < 10; round++) quarterRound(state)
}

function rotate(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by))
}

/** Four words that are worked on in place. */
export type Words = [number, number, number, number]

/** RFC 8439, section 2.1, in place. */
export function quarterRound(s: Words): void {
  s[0] = (s[0] + s[1]) | 0
  s[3] = rotate(s[3] ^ s[0], 16)
  s[2] = (s[2] + s[3]) | 0
  s[1] = rotate(s[1] ^ s[2], 12)
  s[0] = (s[0] + s[1]) | 0
  s[3] = rotate(s[3] ^ s[0], 8)
  s[2] = (s[2] + s[3]) | 0
  s[1] = rotate(s[1] ^ s[2], 7)
}
