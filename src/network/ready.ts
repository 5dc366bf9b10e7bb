/**
 * The nodes of one step that are ready to fire, as a set of bits in the plan's order: adding
 * is one store, taking the first or the last looks at 32 nodes at a time.
 */
export class ReadySet {
  // Signed, so that all arithmetic on it stays in 32-bit integers.
  private readonly words: Int32Array
  private count = 0
  // No bit is set below `low` or above `high`, counted in words.
  private low: number
  private high = -1

  constructor(size: number) {
    this.words = new Int32Array((size + 31) >>> 5)
    this.low = this.words.length
  }

  get empty(): boolean {
    return this.count === 0
  }

  /** Adds a node that is not in the set. */
  add(index: number): void {
    const word = index >>> 5
    this.words[word]! |= 1 << (index & 31)
    this.count++
    if (word < this.low) this.low = word
    if (word > this.high) this.high = word
  }

  /** Removes and returns the node that is first in the plan's order; -1 where there is none. */
  takeFirst(): number {
    if (this.count === 0) return this.exhausted()
    const words = this.words
    let word = this.low
    while (words[word] === 0) word++
    const bits = words[word]!
    words[word] = bits & (bits - 1)
    this.low = word
    this.count--
    return (word << 5) + 31 - Math.clz32(bits & -bits)
  }

  /** Removes and returns the node that is last in the plan's order; -1 where there is none. */
  takeLast(): number {
    if (this.count === 0) return this.exhausted()
    const words = this.words
    let word = this.high
    while (words[word] === 0) word--
    const bit = 31 - Math.clz32(words[word]!)
    words[word]! &= ~(1 << bit)
    this.high = word
    this.count--
    return (word << 5) + bit
  }

  clear(): void {
    for (let word = this.low; word <= this.high; word++) this.words[word] = 0
    this.exhausted()
  }

  private exhausted(): -1 {
    this.count = 0
    this.low = this.words.length
    this.high = -1
    return -1
  }
}
