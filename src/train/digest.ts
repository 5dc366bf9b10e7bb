/** A hash of data and of texts, the same everywhere: it tells what has changed, not who changed it. */
import { mix, quarterRound, type Words } from '../optimizers/random.js'

/**
 * 128 bits of what is taken in, 32 bits at a time, by the quarter rounds of ChaCha (Bernstein
 * 2008): each is a bijection of the state, and ten at the end bring each bit to all others.
 */
export class Digest {
  private readonly words: Words = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574]
  private readonly number = new Float64Array(1)
  private readonly halves = new Uint32Array(this.number.buffer)
  private taken = 0

  /** Numbers by their bits: 0 and -0 differ. */
  numbers(values: ArrayLike<number>): this {
    for (let at = 0; at < values.length; at++) {
      this.number[0] = values[at]!
      this.take(this.halves[0]!)
      this.take(this.halves[1]!)
    }
    return this.length(values.length)
  }

  text(text: string): this {
    for (let at = 0; at < text.length; at++) this.take(text.charCodeAt(at))
    return this.length(text.length)
  }

  /** 32 hexadecimal digits. What has been taken in cannot be added to any more. */
  end(): string {
    this.take(this.taken)
    mix(this.words)
    return this.words.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('')
  }

  // So that no two lists of texts or numbers are alike when put behind one another.
  private length(length: number): this {
    this.take(length)
    return this
  }

  private take(word: number): void {
    this.words[0] ^= word
    this.taken++
    quarterRound(this.words)
  }
}
