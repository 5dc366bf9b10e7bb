/** Rows in the order in which they were used last: a list through arrays, so that no row costs an object. */
export class Usage<K> {
  private older = new Int32Array(64).fill(-1)
  private newer = new Int32Array(64).fill(-1)
  private times = new Float64Array(64)
  private readonly keys: K[] = []
  private first = -1
  private last = -1

  /** When the row was used that has not been used for longest. */
  get oldest(): number {
    return this.first < 0 ? Infinity : this.times[this.first]!
  }

  /** The rows, that first which has not been used for longest, with when each was. */
  *all(): Generator<{ readonly row: number; readonly key: K; readonly time: number }> {
    for (let row = this.first; row >= 0; row = this.newer[row]!) {
      yield { row, key: this.keys[row]!, time: this.times[row]! }
    }
  }

  /** A row is used now. */
  touch(row: number, key: K, now: number): void {
    if (row >= this.older.length) this.grow(row)
    this.times[row] = now
    if (row === this.last) return
    // A row that is in the list has a neighbour, or is alone in it.
    if (this.older[row]! >= 0 || this.newer[row]! >= 0 || this.first === row) this.unlink(row)
    this.keys[row] = key
    this.older[row] = this.last
    this.newer[row] = -1
    if (this.last >= 0) this.newer[this.last] = row
    else this.first = row
    this.last = row
  }

  /** Takes the row out that has not been used for longest. There must be one. */
  take(): { readonly row: number; readonly key: K } {
    const row = this.first
    const key = this.keys[row]!
    this.unlink(row)
    this.older[row] = -1
    this.newer[row] = -1
    this.keys[row] = undefined as K // not kept alive
    return { row, key }
  }

  private unlink(row: number): void {
    const [older, newer] = [this.older[row]!, this.newer[row]!]
    if (older >= 0) this.newer[older] = newer
    else this.first = newer
    if (newer >= 0) this.older[newer] = older
    else this.last = older
  }

  private grow(row: number): void {
    let size = this.older.length
    while (size <= row) size *= 2
    const wider = (from: Int32Array) => {
      const to = new Int32Array(size).fill(-1)
      to.set(from)
      return to
    }
    this.older = wider(this.older)
    this.newer = wider(this.newer)
    const times = new Float64Array(size)
    times.set(this.times)
    this.times = times
  }
}
