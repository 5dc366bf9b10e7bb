/** Bytes that are written one after the other, and how WebAssembly writes numbers in them. */

export class Bytes {
  private data: Uint8Array<ArrayBuffer>
  private view: DataView
  length = 0

  constructor(capacity = 256) {
    this.data = new Uint8Array(capacity)
    this.view = new DataView(this.data.buffer)
  }

  push(byte: number): this {
    if (this.length === this.data.length) this.grow(1)
    this.data[this.length++] = byte
    return this
  }

  /** A whole number from 0, seven bits a byte (LEB128). */
  unsigned(value: number): this {
    let rest = value
    while (rest > 127) {
      this.push((rest % 128) + 128)
      rest = Math.floor(rest / 128)
    }
    return this.push(rest)
  }

  /** The same for 32 bits with a sign. */
  signed(value: number): this {
    let rest = value | 0
    for (;;) {
      const low = rest & 127
      rest >>= 7
      if ((rest === 0 && low < 64) || (rest === -1 && low > 63)) return this.push(low)
      this.push(low | 128)
    }
  }

  f64(value: number): this {
    this.room(8)
    this.view.setFloat64(this.length, value, true)
    this.length += 8
    return this
  }

  /** A name of ours: ASCII, at most 127 letters. */
  text(name: string): this {
    this.push(name.length)
    for (let at = 0; at < name.length; at++) this.push(name.charCodeAt(at))
    return this
  }

  append({ data, length }: Bytes): this {
    return this.all(data.subarray(0, length))
  }

  all(bytes: Uint8Array): this {
    const count = bytes.length
    this.room(count)
    // For a few: `set` takes longer than that.
    if (count > 32) this.data.set(bytes, this.length)
    else for (let at = 0; at < count; at++) this.data[this.length + at] = bytes[at]!
    this.length += count
    return this
  }

  /** What was written so far, as an array of its own. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.data.slice(0, this.length)
  }

  /** The same, and what follows begins anew. */
  take(): Uint8Array {
    const taken = this.finish()
    this.length = 0
    return taken
  }

  private room(count: number): void {
    if (this.length + count > this.data.length) this.grow(count)
  }

  private grow(count: number): void {
    const larger = new Uint8Array(Math.max(2 * this.data.length, this.length + count))
    larger.set(this.data)
    this.data = larger
    this.view = new DataView(larger.buffer)
  }
}
