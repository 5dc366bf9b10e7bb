/** Chance inside a step: a stream for each node, seed and learn step, made without allocating. */
import type { Chance } from '../gates/gate.js'
import { mix, quarterRound, resumed, seeded, type Words } from '../optimizers/random.js'

/** The streams of one node, one at a time. */
export class Stream implements Chance {
  private readonly key: Readonly<Words>
  private readonly words: Words = [0, 0, 0, 0]
  private readonly generator
  /** The next 32 bits, as a whole number from 0. */
  readonly bits: () => number

  constructor(path: string) {
    this.key = [...seeded(0, path).state()]
    this.generator = resumed(this.key)
    this.bits = this.generator.bits
  }

  /** The stream of a learn step, from its beginning; both numbers are whole and at most 2^53. */
  restart(seed: number, turn: number): void {
    const { key, words } = this
    for (let at = 0; at < words.length; at++) words[at] = key[at]!
    this.take(seed)
    this.take(turn)
    mix(words)
    this.generator.restart(words)
  }

  private take(number: number): void {
    const { words } = this
    words[0] ^= number >>> 0
    quarterRound(words)
    words[0] ^= Math.floor(number / 2 ** 32)
    quarterRound(words)
  }
}
