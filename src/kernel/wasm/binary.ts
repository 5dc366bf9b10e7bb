/** Writes WebAssembly modules: types, imports, functions, exports and their code. */
import { EagreError } from '../../errors.js'
import { Code, typeCodes, unsigned, type ValueType } from './code.js'

/** What a function takes, and at most one result. */
export interface FunctionType {
  readonly parameters: readonly ValueType[]
  readonly result?: ValueType
}

/** A module that is being written. It imports its memory, as `memory` of `host`. */
export class Binary {
  private readonly pages: number
  private readonly types = new Map<string, number>()
  private readonly typeBytes: number[][] = []
  private readonly imports: number[][] = []
  private readonly functions: number[] = []
  private readonly bodies: number[][] = []
  private readonly exports: number[][] = []

  /** The memory has at least so many pages of 64 kB. */
  constructor(pages: number) {
    this.pages = pages
  }

  /** The index of a function of the host. All are imported before the first is written. */
  external(name: string, type: FunctionType): number {
    if (this.functions.length > 0)
      throw new EagreError('internal', 'internal: functions of the host come first')
    const entry = [...text('host'), ...text(name), 0]
    unsigned(entry, this.type(type))
    return this.imports.push(entry) - 1
  }

  /**
   * The index of a function; `write` writes its body, whose parameters are the first locals, and
   * may write other functions meanwhile.
   */
  function(type: FunctionType, write: (code: Code, index: number) => void): number {
    const code = new Code(type.parameters.length)
    const place = this.functions.push(this.type(type)) - 1
    const index = this.imports.length + place
    write(code, index)
    const body = code.finish()
    const sized: number[] = []
    unsigned(sized, body.length)
    this.bodies[place] = sized.concat(body)
    return index
  }

  export(name: string, index: number): void {
    const entry = [...text(name), 0]
    unsigned(entry, index)
    this.exports.push(entry)
  }

  bytes(): Uint8Array<ArrayBuffer> {
    const memory = [...text('host'), ...text('memory'), 2, 0]
    unsigned(memory, this.pages)
    const types = this.functions.map((type) => {
      const entry: number[] = []
      unsigned(entry, type)
      return entry
    })
    const parts = [
      [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      ...section(1, this.typeBytes),
      ...section(2, [...this.imports, memory]),
      ...section(3, types),
      ...section(7, this.exports),
      ...section(10, this.bodies),
    ]
    const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
    let at = 0
    for (const part of parts) {
      all.set(part, at)
      at += part.length
    }
    return all
  }

  private type({ parameters, result }: FunctionType): number {
    const results = result === undefined ? [] : [result]
    const entry = [0x60, ...vector(parameters), ...vector(results)]
    const key = entry.join()
    let index = this.types.get(key)
    if (index === undefined) {
      index = this.typeBytes.push(entry) - 1
      this.types.set(key, index)
    }
    return index
  }
}

function vector(types: readonly ValueType[]): number[] {
  return [types.length, ...types.map((type) => typeCodes[type])]
}

/** A name of ours: ASCII. */
function text(name: string): number[] {
  return [name.length, ...Array.from(name, (letter) => letter.charCodeAt(0))]
}

/** Its number, its size and its entries. */
function section(id: number, entries: readonly (readonly number[])[]): (readonly number[])[] {
  const count: number[] = []
  unsigned(count, entries.length)
  const size = entries.reduce((sum, entry) => sum + entry.length, count.length)
  const head = [id]
  unsigned(head, size)
  return [head, count, ...entries]
}
