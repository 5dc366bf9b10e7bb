/**
 * Lines of numbers as a tape over registers: what a loop with a switch executes fast where no code may
 * be generated. A tape is flat: the operation, the register it writes, and up to three that it reads.
 */
import type { Intrinsic } from '../gates/intrinsics.js'
import { keyOf } from './emit.js'
import type { Apply, Term } from './term.js'

/** A name that gets the number of a term. */
export interface Line {
  readonly name: string
  readonly term: Term
}

/** Names as registers, and the tapes over them. */
export class Registers {
  private readonly places = new Map<string, number>()
  private readonly numbers: number[] = []
  private readonly functions: Intrinsic['apply'][] = []

  /** The register of a name. */
  of(name: string): number {
    return this.register(name, 0)
  }

  /** The lines, one after the other. */
  tape(lines: readonly Line[]): Int32Array {
    const tape: number[] = []
    for (const { name, term } of lines) {
      // By what they compute, of this line.
      const known = new Map<string, number>()
      const target = this.of(name)
      if (term.type === 'apply') this.apply(term, target, known, tape)
      else tape.push(operations.move, target, this.place(term, known, tape), 0, 0)
    }
    return Int32Array.from(tape)
  }

  /** What executes tapes, with the memory that it works on. */
  start(): { readonly memory: Float64Array; run(tape: Int32Array): void } {
    const memory = Float64Array.from(this.numbers)
    const { functions } = this
    return { memory, run: (tape) => execute(tape, memory, functions) }
  }

  private register(key: string, first: number): number {
    let place = this.places.get(key)
    if (place === undefined) {
      place = this.numbers.push(first) - 1
      this.places.set(key, place)
    }
    return place
  }

  private place(term: Term, known: Map<string, number>, tape: number[]): number {
    if (term.type === 'variable') return this.of(term.name)
    if (term.type === 'constant') {
      const { value } = term
      return this.register(`#${Object.is(value, -0) ? '-0' : value}`, value)
    }
    const key = keyOf(term)
    let place = known.get(key)
    if (place === undefined) {
      place = this.of(`%${known.size}`)
      known.set(key, place)
      this.apply(term, place, known, tape)
    }
    return place
  }

  // `where` computes both, of which one is taken: it is as pure as all others.
  private apply(
    { intrinsic, arguments: terms }: Apply,
    to: number,
    known: Map<string, number>,
    tape: number[],
  ) {
    const [a = 0, b = 0, c = 0] = terms.map((term) => this.place(term, known, tape))
    const own = operations[intrinsic.name as keyof typeof operations] as number | undefined
    if (own !== undefined) {
      tape.push(own, to, a, b, c)
      return
    }
    let index = this.functions.indexOf(intrinsic.apply)
    if (index < 0) index = this.functions.push(intrinsic.apply) - 1
    if (terms.length === 1) tape.push(operations.call + index, to, a, 0, 0)
    else tape.push(operations.call2, to, a, b, index)
  }
}

const operations = {
  move: 0, add: 1, subtract: 2, multiply: 3, divide: 4, negate: 5, where: 6, call2: 7, call: 8,
} as const // prettier-ignore

const width = 5

function execute(
  tape: Int32Array,
  r: Float64Array,
  functions: readonly Intrinsic['apply'][],
): void {
  for (let at = 0; at < tape.length; at += width) {
    const to = tape[at + 1]!
    const a = r[tape[at + 2]!]!
    // By the numbers above.
    switch (tape[at]) {
      case 0:
        r[to] = a
        break
      case 1:
        r[to] = a + r[tape[at + 3]!]!
        break
      case 2:
        r[to] = a - r[tape[at + 3]!]!
        break
      case 3:
        r[to] = a * r[tape[at + 3]!]!
        break
      case 4:
        r[to] = a / r[tape[at + 3]!]!
        break
      case 5:
        r[to] = -a
        break
      case 6:
        r[to] = a !== 0 ? r[tape[at + 3]!]! : r[tape[at + 4]!]!
        break
      case 7:
        r[to] = functions[tape[at + 4]!]!(a, r[tape[at + 3]!]!)
        break
      default:
        r[to] = functions[tape[at]! - operations.call]!(a)
    }
  }
}
