/** The bounded queue before a learner, and what happens where it is full. */
import type { Generator } from './shuffle.js'

export type Overflow = 'block' | 'drop_oldest' | 'drop_newest' | 'sample'

/**
 * First in, first out, at most `capacity` of them. `add` returns what was dropped for it, which
 * may be itself. With `block` nothing is dropped: whoever adds asks `full` first, and makes room.
 */
export class Inbox<T> {
  private readonly capacity: number
  private readonly overflow: Overflow
  private readonly generator: Generator
  private items: T[] = []
  private start = 0
  /** Items since the queue was last empty, for a fair sample of them. */
  private seen = 0

  constructor(capacity: number, overflow: Overflow, generator: Generator) {
    this.capacity = capacity
    this.overflow = overflow
    this.generator = generator
  }

  get length(): number {
    return this.items.length - this.start
  }

  get full(): boolean {
    return this.length >= this.capacity
  }

  add(item: T): T | undefined {
    if (this.length === 0) this.seen = 0
    this.seen++
    if (!this.full || this.overflow === 'block') {
      this.items.push(item)
      return undefined
    }
    switch (this.overflow) {
      case 'drop_newest':
        return item
      case 'drop_oldest': {
        this.items.push(item)
        return this.take()
      }
      case 'sample': {
        // Vitter's algorithm R (1985): each item since the last rest is as likely to be kept.
        const place = this.generator.below(this.seen)
        if (place >= this.capacity) return item
        const [dropped] = this.items.splice(this.start + place, 1)
        this.items.push(item)
        return dropped
      }
      default:
        return this.overflow satisfies never
    }
  }

  /** Puts what was taken last back to the front. */
  putBack(item: T): void {
    if (this.start > 0) this.items[--this.start] = item
    else this.items.unshift(item)
  }

  take(): T | undefined {
    if (this.length === 0) return undefined
    const item = this.items[this.start]
    // Nothing that has left is kept alive, and what is left is moved seldom.
    this.items[this.start++] = undefined as T
    if (this.start === this.items.length) this.clear()
    else if (this.start > 1024 && this.start * 2 > this.items.length) {
      this.items.splice(0, this.start)
      this.start = 0
    }
    return item
  }

  each(callback: (item: T) => void): void {
    for (let at = this.start; at < this.items.length; at++) callback(this.items[at]!)
  }

  clear(): void {
    this.items = []
    this.start = 0
  }
}
