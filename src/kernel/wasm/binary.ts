/** Writes WebAssembly modules: types, imports, functions, exports and their code. */
import { EagreError } from '../../errors.js'
import { Bytes } from './bytes.js'
import { Code, typeCodes, type ValueType } from './code.js'

/** What a function takes, and at most one result. */
export interface FunctionType {
  readonly parameters: readonly ValueType[]
  readonly result?: ValueType
}

/** A module that is being written. It imports its memory, as `memory` of `host`. */
export class Binary {
  private readonly pages: number
  private readonly types = new Map<string, number>()
  private readonly typeSection = new Section(1)
  private readonly imports = new Section(2)
  private readonly functions = new Section(3)
  private readonly exports = new Section(7)
  private readonly bodies: Bytes[] = []
  /** What functions were written to that are finished. */
  private readonly spare: Bytes[] = []

  /** The memory has at least so many pages of 64 kB. */
  constructor(pages: number) {
    this.pages = pages
  }

  /** The index of a function of the host. All are imported before the first is written. */
  external(name: string, type: FunctionType): number {
    if (this.functions.count > 0)
      throw new EagreError('internal', 'internal: functions of the host come first')
    this.imports.entry().text('host').text(name).push(0).unsigned(this.type(type))
    return this.imports.count - 1
  }

  /**
   * The index of a function; `write` writes its body, whose parameters are the first locals, and
   * may write other functions meanwhile.
   */
  function(type: FunctionType, write: (code: Code, index: number) => void): number {
    const bytes = this.spare.pop() ?? new Bytes(4096)
    const code = new Code(type.parameters.length, bytes)
    this.functions.entry().unsigned(this.type(type))
    const place = this.functions.count - 1
    const index = this.imports.count + place
    write(code, index)
    this.bodies[place] = code.finish()
    this.spare.push(bytes)
    return index
  }

  export(name: string, index: number): void {
    this.exports.entry().text(name).push(0).unsigned(index)
  }

  bytes(): Uint8Array<ArrayBuffer> {
    const { typeSection, imports, functions, exports } = this
    // Large ones would be copied again and again where it had to grow.
    const bodies = new Section(
      10,
      this.bodies.reduce((sum, { length }) => sum + length, 256),
    )
    for (const body of this.bodies) bodies.entry().append(body)
    const all = new Bytes(bodies.size + 4096)
    for (const byte of [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]) all.push(byte)
    const memory = new Bytes().text('host').text('memory').push(2).push(0).unsigned(this.pages)
    typeSection.write(all)
    imports.write(all, memory)
    for (const section of [functions, exports, bodies]) section.write(all)
    return all.finish()
  }

  private type({ parameters, result }: FunctionType): number {
    const results = result === undefined ? [] : [result]
    const key = `${parameters.join()}>${results.join()}`
    let index = this.types.get(key)
    if (index === undefined) {
      index = this.types.size
      this.types.set(key, index)
      const entry = this.typeSection.entry().push(0x60)
      for (const list of [parameters, results]) {
        entry.unsigned(list.length)
        for (const type of list) entry.push(typeCodes[type])
      }
    }
    return index
  }
}

/** Entries behind one another. */
class Section {
  private readonly id: number
  private readonly entries: Bytes
  count = 0

  constructor(id: number, capacity = 256) {
    this.id = id
    this.entries = new Bytes(capacity)
  }

  get size(): number {
    return this.entries.length
  }

  /** Where the next entry is written. */
  entry(): Bytes {
    this.count++
    return this.entries
  }

  /** Its number, its size, how many entries it has, and they. */
  write(into: Bytes, last?: Bytes): void {
    const count = new Bytes().unsigned(this.count + (last === undefined ? 0 : 1))
    into.push(this.id).unsigned(count.length + this.entries.length + (last?.length ?? 0))
    into.append(count).append(this.entries)
    if (last !== undefined) into.append(last)
  }
}
