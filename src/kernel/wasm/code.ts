/** Writes the body of one function in WebAssembly: bytes, locals and labels. */
import { Bytes } from './bytes.js'
import { accesses, instructions, type Access, type Both, type Instruction } from './instructions.js'

export type ValueType = 'i32' | 'f64' | 'v128'

/** How many numbers are computed at once: a vector holds two. */
export type Lanes = 1 | 2

/** The bytes that stand for types; `none` for a block without a result. */
export const typeCodes = { i32: 0x7f, f64: 0x7c, v128: 0x7b, none: 0x40 } as const

/** A block that can be left, or a loop that can be gone around again. */
export interface Label {
  readonly depth: number
}

export class Code {
  private readonly bytes: Bytes
  private readonly groups: [count: number, type: ValueType][] = []
  private locals: number
  private depth = 0

  /** It is written to `bytes`, which are its own until it is finished. */
  constructor(parameters: number, bytes = new Bytes()) {
    this.bytes = bytes
    this.locals = parameters
  }

  /** A new local variable, which is 0 at first; the first of as many as are asked for. */
  local(type: ValueType, count = 1): number {
    const last = this.groups.at(-1)
    if (last?.[1] === type) last[0] += count
    else this.groups.push([count, type])
    return (this.locals += count) - count
  }

  /** A new local for so many numbers. */
  numbers(lanes: Lanes): number {
    return this.local(lanes === 2 ? 'v128' : 'f64')
  }

  op(name: Instruction): this {
    return this.opcode(instructions[name])
  }

  get(local: number): this {
    return this.numbered(0x20, local)
  }

  set(local: number): this {
    return this.numbered(0x21, local)
  }

  tee(local: number): this {
    return this.numbered(0x22, local)
  }

  call(index: number): this {
    return this.numbered(0x10, index)
  }

  i32(value: number): this {
    this.bytes.push(0x41).signed(value)
    return this
  }

  f64(value: number): this {
    this.bytes.push(0x44).f64(value)
    return this
  }

  /** Both lanes hold the value. */
  f64x2(value: number): this {
    this.opcode(0xfd0c)
    this.bytes.f64(value).f64(value)
    return this
  }

  /** The value, in as many lanes. */
  constant(lanes: Lanes, value: number): this {
    return lanes === 2 ? this.f64x2(value) : this.f64(value)
  }

  /** An instruction that both types of numbers have. */
  each(lanes: Lanes, name: Both): this {
    return this.op(`${lanes === 2 ? 'f64x2' : 'f64'}.${name}`)
  }

  load(lanes: Lanes, offset: number): this {
    return this.access(lanes === 2 ? 'v128.load' : 'f64.load', offset)
  }

  /** Loads a number into as many lanes. */
  spread(lanes: Lanes, offset: number): this {
    return this.access(lanes === 2 ? 'v128.load64_splat' : 'f64.load', offset)
  }

  store(lanes: Lanes, offset: number): this {
    return this.access(lanes === 2 ? 'v128.store' : 'f64.store', offset)
  }

  extract(lane: 0 | 1): this {
    this.opcode(0xfd21)
    this.bytes.push(lane)
    return this
  }

  /** Loads from or stores to the address on the stack plus `offset` bytes. */
  access(name: Access, offset: number): this {
    this.opcode(accesses[name])
    this.bytes.push(0).unsigned(offset)
    return this
  }

  /** Replaces lane 1 of a vector by the number at the address below it, plus `offset`. */
  loadLane1(offset: number): this {
    this.opcode(0xfd57)
    this.bytes.push(0).unsigned(offset).push(1)
    return this
  }

  /** Copies so many bytes: to, from and their number lie on the stack. */
  copy(): this {
    this.opcode(0xfc0a)
    this.bytes.push(0).push(0)
    return this
  }

  /** Instructions as they are. */
  raw(bytes: Uint8Array): this {
    this.bytes.all(bytes)
    return this
  }

  /** Leaves so many blocks and the one around them. */
  leave(blocks: number): this {
    return this.numbered(0x0c, blocks)
  }

  /** `body` gets the label that leaves the block; it leaves a result where there is one. */
  block(body: (label: Label) => void, result: keyof typeof typeCodes = 'none'): this {
    return this.nested(0x02, body, result)
  }

  /** `body` gets the label that begins it again. */
  loop(body: (label: Label) => void): this {
    return this.nested(0x03, body)
  }

  /** By the number on the stack; both sides leave a result where there is one. */
  if(then: () => void, otherwise?: () => void, result: keyof typeof typeCodes = 'none'): this {
    this.bytes.push(0x04).push(typeCodes[result])
    this.depth++
    then()
    if (otherwise !== undefined) {
      this.bytes.push(0x05)
      otherwise()
    }
    this.depth--
    this.bytes.push(0x0b)
    return this
  }

  br(label: Label): this {
    return this.numbered(0x0c, this.depth - label.depth)
  }

  brIf(label: Label): this {
    return this.numbered(0x0d, this.depth - label.depth)
  }

  /**
   * A loop that ends with its body at least once run: `counter` goes from `from` by `step` while
   * it is below `to`; both are counted from what the local `base` holds.
   */
  count(
    counter: number,
    from: number,
    to: number,
    step: number,
    body: () => void,
    base?: number,
  ): this {
    this.beyond(base, from).set(counter)
    return this.loop((again) => {
      body()
      this.get(counter).i32(step).op('i32.add').tee(counter)
      this.beyond(base, to).op('i32.lt_u').brIf(again)
    })
  }

  /** `body` so many times, which are known. */
  times(count: number, body: () => void): this {
    if (count > 1) return this.count(this.local('i32'), 0, count, 1, body)
    if (count === 1) body()
    return this
  }

  /** Adds to an address. */
  move(local: number, bytes: number): this {
    return bytes === 0 ? this : this.beyond(local, bytes).set(local)
  }

  /** Pushes what the local `base` holds, or 0 without one, plus `bytes`. */
  beyond(base: number | undefined, bytes: number): this {
    if (base === undefined) return this.i32(bytes)
    return bytes === 0 ? this.get(base) : this.get(base).i32(bytes).op('i32.add')
  }

  /** The function as it stands in a module: its size, its locals and its body. */
  finish(): Bytes {
    const head = new Bytes(64).unsigned(this.groups.length)
    for (const [count, type] of this.groups) head.unsigned(count).push(typeCodes[type])
    const size = head.length + this.bytes.length + 1
    const whole = new Bytes(size + 5).unsigned(size).append(head).append(this.bytes).push(0x0b)
    this.bytes.length = 0
    return whole
  }

  /** How many bytes there are so far. */
  get size(): number {
    return this.bytes.length
  }

  /** How many blocks are open. */
  get nesting(): number {
    return this.depth
  }

  private nested(
    opcode: number,
    body: (label: Label) => void,
    result: keyof typeof typeCodes = 'none',
  ): this {
    this.bytes.push(opcode).push(typeCodes[result])
    this.depth++
    body({ depth: this.depth })
    this.depth--
    this.bytes.push(0x0b)
    return this
  }

  /** An instruction with a number: of a local, a function or a block. */
  numbered(opcode: number, index: number): this {
    this.bytes.push(opcode).unsigned(index)
    return this
  }

  /** The bytes so far, without which it goes on. */
  protected take(): Uint8Array {
    return this.bytes.take()
  }

  private opcode(opcode: number): this {
    if (opcode < 256) this.bytes.push(opcode)
    else {
      this.bytes.push(opcode >> 8).unsigned(opcode & 255)
    }
    return this
  }
}
