/** Arguments at random, the same ones that accuracy.py draws. */
import table from './ranges.json' with { type: 'json' }

/** Where the arguments of a function lie; `null` stands for no limit. */
export interface Ranges {
  readonly within?: readonly [number | null, number | null]
  readonly ranges: readonly (readonly [number, number])[]
  readonly near: readonly number[]
}

/** For each function what its arguments are, in order. */
export const ranges = table as unknown as Readonly<Record<string, readonly Ranges[]>>

/** xorshift128 (Marsaglia 2003). */
export class Draw {
  private words = [0, 362436069, 521288629, 88675123]

  constructor(seed: number) {
    this.words[0] = 123456789 ^ seed
    for (let i = 0; i < 20; i++) this.bits()
  }

  bits(): number {
    const [x, y, z, w] = this.words as [number, number, number, number]
    const t = x ^ (x << 11)
    const next = (w ^ (w >>> 19) ^ t ^ (t >>> 8)) >>> 0
    this.words = [y, z, w, next]
    return next
  }

  share(): number {
    return this.bits() / 2 ** 32
  }

  choice<T>(of: readonly T[]): T {
    return of[this.bits() % of.length]!
  }

  /** Bit patterns at random, NaN and infinities among them. */
  pattern(): number {
    words[1] = BigInt(this.bits()) << 32n
    words[1] += BigInt(this.bits())
    return numbers[1]!
  }

  argument(table: Ranges): number {
    const [low, high] = table.within ?? [null, null]
    for (;;) {
      const x = this.candidate(table)
      if (Number.isFinite(x) && x >= (low ?? -Infinity) && x <= (high ?? Infinity)) return x
    }
  }

  private candidate(table: Ranges): number {
    const kind = this.share()
    if (kind < 0.2) return this.pattern()
    if (kind < 0.3) {
      const size = (1 + this.share()) * 2 ** ((this.bits() % 72) - 60)
      return this.bits() % 2 ? size : -size
    }
    if (kind < 0.35) {
      numbers[0] = this.choice(table.near)
      words[0]! += BigInt((this.bits() % 400) - 200)
      return numbers[0]
    }
    const [low, high] = this.choice(table.ranges)
    return low + (high - low) * this.share()
  }
}

const words = new BigUint64Array(2)
const numbers = new Float64Array(words.buffer)
