/**
 * Chance that is the same everywhere: xoshiro128** (Blackman and Vigna, "Scrambled Linear
 * Pseudorandom Number Generators", 2021), all of it 32-bit arithmetic, seeded by SplitMix32
 * from the hash of a number and a path.
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
}

/** A stream of its own for each seed and path. */
export function seeded(seed: number, path: string): Generator {
  const mix = splitMix32(hash(`${seed}/${path}`))
  return resumed([mix(), mix(), mix(), mix()])
}

/** The generator that has this state. Not all four may be 0. */
export function resumed(state: GeneratorState): Generator {
  let [a, b, c, d] = state.map((word) => word | 0) as [number, number, number, number] // as many as came in
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
  return { bits, uniform, below, state: () => [a >>> 0, b >>> 0, c >>> 0, d >>> 0] }
}

function rotate(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by))
}

/** FNV-1a over the UTF-16 code units. */
function hash(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    h = Math.imul(h ^ (unit & 255), 0x01000193)
    h = Math.imul(h ^ (unit >>> 8), 0x01000193)
  }
  return h >>> 0
}

function splitMix32(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let z = state
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
    return (z ^ (z >>> 16)) >>> 0
  }
}
