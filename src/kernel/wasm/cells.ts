/**
 * The cells of a run as slots, which are numbers: the place in memory in steps of 8 bytes, and
 * behind all others those of the weights, whose block changes. Knows in which locals they are.
 */
import { letters } from '../straight.js'
import { placeOf } from '../region.js'
import type { Layout } from './layout.js'

export class Cells {
  /** How many slots there are. */
  readonly count: number
  /** Where a memory begins, by the number of its letter. */
  private readonly starts: readonly number[]
  private readonly locals: Int32Array
  /** When a local was found: what is from before the last `forget` is forgotten. */
  private readonly found: Int32Array
  private turn = 1
  /** By slot: how often it is still read in the function that is written. */
  readonly reads: Int32Array

  constructor(layout: Layout, weightsSize: number) {
    const weights = layout.end / 8
    this.starts = [layout.values / 8, weights, layout.gradients / 8, layout.temporaries / 8]
    this.count = weights + weightsSize
    this.locals = new Int32Array(this.count)
    this.found = new Int32Array(this.count)
    this.reads = new Int32Array(this.count)
  }

  /** The slot of a place: an offset times four, plus the number of its memory. */
  slot(place: number): number {
    return this.starts[place & 3]! + (place >> 2)
  }

  slotOf(cell: string): number {
    const { memory, offset } = placeOf(cell)
    return this.starts[letters.indexOf(memory)]! + offset
  }

  isValue(slot: number): boolean {
    return slot >= this.starts[0]! && slot < this.starts[2]!
  }

  /** Where in its block a weight lies; negative for all other slots. */
  weightOffset(slot: number): number {
    return slot - this.starts[1]!
  }

  /** The local that holds a slot; -1 where none is known. */
  local(slot: number): number {
    return this.found[slot] === this.turn ? this.locals[slot]! : -1
  }

  know(slot: number, local: number): void {
    this.locals[slot] = local
    this.found[slot] = this.turn
  }

  forget(): void {
    this.turn++
  }
}
