/**
 * The batch of a table of which steps use few rows. What it costs goes by the rows that are used,
 * and the bits are those of going through all of it. That takes an optimizer which leaves alone
 * what has the gradient 0, and keeps nothing for it.
 */
import type { LiveFrame } from '../network/frame.js'
import type { SparseNode, SparseUse } from '../network/sparse.js'
import { isFiniteIn } from './sums.js'

/** What changes the weights from `start` up to `end`. */
export type RunUpdate = (start: number, end: number) => void

export class Table {
  /** Its place in all weights. */
  readonly start: number
  readonly end: number
  /** Replaces the base learning rate. */
  readonly rate: number | undefined
  private readonly node: number
  private readonly width: number
  /** The rows that the batch has used so far, each once, and 1 for each of them. */
  private readonly rows: Int32Array
  private readonly used: Uint8Array
  private count = 0
  /** The round in which a row was last added: a round is a step. */
  private readonly added: Int32Array
  private round = 0
  /** Rows in which the room for the next weights may differ from the weights. */
  private readonly stale: Int32Array
  private staleCount = 0
  /** The weights of which the room for the next is a copy but for those rows. */
  private known: Float64Array | undefined

  constructor(node: number, { rows, width }: SparseNode, start: number, rate: number | undefined) {
    this.node = node
    this.width = width
    this.start = start
    this.end = start + rows * width
    this.rate = rate
    this.rows = new Int32Array(rows)
    this.used = new Uint8Array(rows)
    this.added = new Int32Array(rows)
    this.stale = new Int32Array(rows)
  }

  /** Whether all gradients of a step are finite. */
  finite(frame: LiveFrame): boolean {
    const { gradients, values } = frame
    const uses: readonly SparseUse[] | undefined = this.usesIn(frame)
    if (uses === undefined) return isFiniteIn(gradients, this.start, this.end)
    for (let use = 0; use < uses.length; use++) {
      const listed: number = uses[use]!.listed
      const end = listed + values[listed]!
      for (let at = listed + 1; at <= end; at++) {
        const from = this.start + values[at]! * this.width
        if (!isFiniteIn(gradients, from, from + this.width)) return false
      }
    }
    return true
  }

  /**
   * Adds the gradients of a step to the sum of the batch, which is 0 in rows not used yet. Without
   * a sum it only lists the rows.
   */
  add(frame: LiveFrame, sum: Float64Array | undefined): void {
    const { gradients, values } = frame
    const uses: readonly SparseUse[] | undefined = this.usesIn(frame)
    if (uses === undefined) {
      this.addAll()
      if (sum !== undefined) addUp(gradients, sum, this.start, this.end)
      return
    }
    this.round = (this.round + 1) | 0
    for (let use = 0; use < uses.length; use++) {
      const listed: number = uses[use]!.listed
      const end = listed + values[listed]!
      for (let at = listed + 1; at <= end; at++) {
        const row = values[at]!
        // Several uses of a step may list one row: its total is added once.
        if (this.added[row] === this.round) continue
        this.added[row] = this.round
        this.list(row)
        const from = this.start + row * this.width
        if (sum !== undefined) addUp(gradients, sum, from, from + this.width)
      }
    }
  }

  /** The batch has used every row: whoever brings its sum from elsewhere does not say which. */
  addAll(): void {
    for (let row = 0; row < this.rows.length; row++) this.list(row)
  }

  divide(sum: Float64Array, by: number): void {
    for (let at = 0; at < this.count; at++) {
      const from = this.start + this.rows[at]! * this.width
      for (let i = from; i < from + this.width; i++) sum[i]! /= by
    }
  }

  /** Brings the room for the next weights up to the weights, and changes the rows of the batch. */
  update(weights: Float64Array, next: Float64Array, run: RunUpdate): void {
    const { start, width, stale } = this
    if (this.known !== weights) next.set(weights.subarray(start, this.end), start)
    else {
      for (let at = 0; at < this.staleCount; at++) {
        const from = start + stale[at]! * width
        for (let i = from; i < from + width; i++) next[i] = weights[i]!
      }
    }
    this.known = weights
    for (let at = 0; at < this.count; at++) {
      stale[at] = this.rows[at]!
      const from = start + this.rows[at]! * width
      run(from, from + width)
    }
    this.staleCount = this.count
  }

  /** The place of the first weight of the batch that is not finite any more; -1 where all are. */
  firstBroken(next: Float64Array): number {
    let first = -1
    for (let at = 0; at < this.count; at++) {
      const from = this.start + this.rows[at]! * this.width
      for (let i = from; i < from + this.width; i++) {
        if (next[i]! - next[i]! !== 0 && (first < 0 || i < first)) first = i
      }
    }
    return first
  }

  /** The next weights, and the present ones as room, have changed places. */
  swapped(weights: Float64Array): void {
    this.known = weights
  }

  /** The weights have changed without it. */
  forget(): void {
    this.known = undefined
  }

  /** Begins a batch. */
  clear(sum: Float64Array): void {
    for (let at = 0; at < this.count; at++) {
      const row = this.rows[at]!
      this.used[row] = 0
      const from = this.start + row * this.width
      for (let i = from; i < from + this.width; i++) sum[i] = 0
    }
    this.count = 0
  }

  // In a step that is a whole batch a gate may answer in another way.
  private usesIn(frame: LiveFrame): readonly SparseUse[] | undefined {
    return frame.circuit.wiring.sparse[this.node]?.uses
  }

  private list(row: number): void {
    if (this.used[row] === 1) return
    this.used[row] = 1
    this.rows[this.count++] = row
  }
}

function addUp(gradients: Float64Array, sum: Float64Array, start: number, end: number): void {
  for (let i = start; i < end; i++) sum[i]! += gradients[i]!
}
