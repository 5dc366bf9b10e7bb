/**
 * The elementary functions in modules of ours: their code is spliced in, where one is called or as
 * a function of the module, so that nothing is called across modules.
 */
import { moduleBytes } from '../../gates/elementary/module.js'
import type { Binary } from './binary.js'
import { typeCodes, type Code, type ValueType } from './code.js'

// What a call costs counts as much as code of that many bytes.
const shortBody = 260
/** Bytes that may be spliced in place of calls: engines take long over long functions. */
const mostInline = 4000

/** Calls of elementary functions in one module. */
export class Calls {
  private readonly binary: Binary
  /** The functions of the module, by their place among the elementary ones. */
  private readonly functions = new Map<number, number>()
  /** Those that are being spliced in. */
  private readonly open = new Set<number>()
  private inline = mostInline

  constructor(binary: Binary) {
    this.binary = binary
  }

  /** Replaces the arguments on the stack by the result. */
  call(code: Code, name: string): void {
    // All intrinsics that are no instructions are there.
    const index = elementary().indices.get(name)!
    if (this.inline <= 0) {
      code.call(this.functionOf(index))
      return
    }
    const before = code.size
    this.splice(code, index)
    this.inline -= code.size - before
  }

  private functionOf(index: number): number {
    const made = this.functions.get(index)
    if (made !== undefined) return made
    const { parameters, result } = elementary().bodies[index]!
    return this.binary.function({ parameters, result }, (code, own) => {
      // Some call themselves.
      this.functions.set(index, own)
      parameters.forEach((_, at) => code.get(at))
      this.splice(code, index)
    })
  }

  /** The code of a function as a block, with locals of its own. */
  private splice(code: Code, index: number): void {
    const { parameters, locals, result, bytes } = elementary().bodies[index]!
    const own = [...parameters, ...locals].map((type) => code.local(type))
    for (let at = parameters.length - 1; at >= 0; at--) code.set(own[at]!)
    locals.forEach((type, at) => {
      if (type === 'f64') code.f64(0)
      else code.i32(0)
      code.set(own[parameters.length + at]!)
    })
    this.open.add(index)
    code.block(() => this.body(code, bytes, own), result)
    this.open.delete(index)
  }

  private body(code: Code, bytes: Uint8Array, own: readonly number[]): void {
    const reader = new Reader(bytes)
    let depth = 0
    let copied = 0
    // The last byte ends the function, and with it the block.
    while (reader.at < bytes.length - 1) {
      const from = reader.at
      const opcode = reader.byte()
      if (opcode === 0x0f || opcode === 0x10 || (opcode >= 0x20 && opcode <= 0x22)) {
        code.raw(bytes.subarray(copied, from))
        if (opcode === 0x0f) code.leave(depth)
        else if (opcode === 0x10) this.nested(code, reader.unsigned())
        else localOf(code, opcode, own[reader.unsigned()]!)
        copied = reader.at
        continue
      }
      if (opcode >= 0x02 && opcode <= 0x04) depth++
      else if (opcode === 0x0b) depth--
      reader.skip(opcode)
    }
    code.raw(bytes.subarray(copied, bytes.length - 1))
  }

  private nested(code: Code, index: number): void {
    if (this.open.has(index) || elementary().bodies[index]!.bytes.length > shortBody) {
      code.call(this.functionOf(index))
    } else this.splice(code, index)
  }
}

/** local.get, local.set or local.tee. */
function localOf(code: Code, opcode: number, local: number): void {
  if (opcode === 0x20) code.get(local)
  else if (opcode === 0x21) code.set(local)
  else code.tee(local)
}

interface Body {
  readonly parameters: readonly ValueType[]
  readonly locals: readonly ValueType[]
  readonly result: ValueType
  /** Instructions, the one that ends the function too. */
  readonly bytes: Uint8Array
}

interface Elementary {
  readonly bodies: readonly Body[]
  /** By name, of those that others call. */
  readonly indices: ReadonlyMap<string, number>
}

/** All functions of the module of elementary functions, which has no imports. */
function elementary(): Elementary {
  return (read ??= readModule(moduleBytes()))
}

let read: Elementary | undefined

function readModule(bytes: Uint8Array): Elementary {
  const sections = new Map<number, Reader>()
  const all = new Reader(bytes.subarray(8))
  while (!all.done) sections.set(all.byte(), new Reader(all.bytes(all.unsigned())))
  const list = <T>(section: number, entry: (reader: Reader) => T): T[] => {
    const reader = sections.get(section)! // it has all that are asked for
    return Array.from({ length: reader.unsigned() }, () => entry(reader))
  }
  const types = list(1, (reader) => {
    reader.byte()
    const [parameters, results] = [reader.types(), reader.types()]
    return { parameters, result: results[0]! }
  })
  const functions = list(3, (reader) => types[reader.unsigned()]!)
  const codes = list(10, (reader) => new Reader(reader.bytes(reader.unsigned())))
  const indices = list(7, (reader) => {
    const name = String.fromCharCode(...reader.bytes(reader.unsigned()))
    reader.byte()
    return [name, reader.unsigned()] as const
  })
  const bodies = functions.map((type, index) => {
    const reader = codes[index]!
    const locals: ValueType[] = []
    for (let groups = reader.unsigned(); groups > 0; groups--) {
      const count = reader.unsigned()
      const type = typeOf(reader.byte())
      for (let at = 0; at < count; at++) locals.push(type)
    }
    return { ...type, locals, bytes: reader.rest() }
  })
  return { bodies, indices: new Map(indices) }
}

function typeOf(code: number): ValueType {
  return code === typeCodes.f64 ? 'f64' : 'i32'
}

class Reader {
  private readonly all: Uint8Array
  at = 0

  constructor(all: Uint8Array) {
    this.all = all
  }

  get done(): boolean {
    return this.at === this.all.length
  }

  byte(): number {
    return this.all[this.at++]!
  }

  bytes(count: number): Uint8Array {
    return this.all.subarray(this.at, (this.at += count))
  }

  rest(): Uint8Array {
    return this.all.subarray(this.at)
  }

  unsigned(): number {
    let [value, unit] = [0, 1]
    for (;;) {
      const byte = this.byte()
      value += (byte & 127) * unit
      unit *= 128
      if (byte < 128) return value
    }
  }

  types(): ValueType[] {
    return Array.from({ length: this.unsigned() }, () => typeOf(this.byte()))
  }

  /** What follows an opcode. There are no others in the module than those here and those without. */
  skip(opcode: number): void {
    if (opcode >= 0x02 && opcode <= 0x04) this.at++
    else if (opcode === 0x44) this.at += 8
    else if (opcode === 0x0e) for (let count = this.unsigned(); count >= 0; count--) this.unsigned()
    else if (withNumber.has(opcode)) this.unsigned()
  }
}

// br, br_if, i32.const, i64.const, and the prefix of conversions that saturate.
const withNumber = new Set([0x0c, 0x0d, 0x41, 0x42, 0xfc])
