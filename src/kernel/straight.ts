/** What a gate does with single numbers, as its template and its places: terms only where asked for. */
import { intrinsics } from '../gates/intrinsics.js'
import { variablesOf } from './code.js'
import { parametersOf } from './inputs.js'
import type { Binding } from './kernel.js'
import type { Assign, Cell, Direction, MemoryLetter, Operation } from './region.js'
import type { StraightTemplate } from './template.js'
import { constant, substitute, variable, type Term } from './term.js'

/** Letters of memories, by the last two bits of a place. */
export const letters: readonly MemoryLetter[] = ['v', 'w', 'g', 't']

/** What all gates of one template have in common, in one direction. */
export interface Pattern {
  /** Over `x0 … p0 … y g`. */
  readonly terms: readonly Term[]
  /** The variables that occur. */
  readonly read: readonly string[]
  /** By variable: the port of an operand, -1 for the output, -2 for its gradient; parameters count as that. */
  readonly from: readonly number[]
  /** By term: the port it answers; -1 for the output. */
  readonly ports: readonly number[]
}

/** Room for places: what is said of many operations lies in one array. */
export class Room {
  table = new Int32Array(0)
  private used = 0

  /** Where in `table` there is room for so many numbers. */
  take(count: number): number {
    if (this.used + count > this.table.length) {
      this.table = new Int32Array(Math.max(this.used === 0 ? 64 : 16_384, count))
      this.used = 0
    }
    return (this.used += count) - count
  }
}

/**
 * An operation of a large graph may be one of a million: it holds flat numbers, and neither names
 * nor terms.
 */
export class Straight implements Assign {
  readonly type = 'assign'
  readonly node: number
  readonly pattern: Pattern
  /** Where its places are: from `at` on. */
  private readonly table: Int32Array
  private readonly at: number
  /** By variable, where one of them is a number. */
  declare private readonly values?: readonly number[]
  declare private made?: Pick<Assign, 'targets' | 'terms'> | undefined

  constructor(
    node: number,
    pattern: Pattern,
    table: Int32Array,
    at: number,
    values?: readonly number[],
  ) {
    this.node = node
    this.pattern = pattern
    this.table = table
    this.at = at
    if (values !== undefined) this.values = values
  }

  /**
   * Of the variables in `pattern.read`, then of what is computed: an offset times four, plus the
   * number of its memory; -1 where it is a number.
   */
  get places(): readonly number[] {
    const { read, terms } = this.pattern
    return [...this.table.subarray(this.at, this.at + read.length + terms.length)]
  }

  get targets(): readonly Cell[] {
    return (this.made ??= this.make()).targets
  }

  get terms(): readonly Term[] {
    return (this.made ??= this.make()).terms
  }

  /** Where a term goes. */
  target(index: number): number {
    return this.table[this.at + this.pattern.read.length + index]!
  }

  /** Where a variable of the pattern lies. */
  place(index: number): number {
    return this.table[this.at + index]!
  }

  /** The number that a variable without a place stands for. */
  value(index: number): number {
    return this.values![index]!
  }

  private make(): Pick<Assign, 'targets' | 'terms'> {
    const { terms, read } = this.pattern
    const scope = new Map<string, Term>()
    read.forEach((name, index) => {
      const place = this.place(index)
      scope.set(name, place < 0 ? constant(this.value(index)) : variable(cellAt(place)))
    })
    return {
      targets: terms.map((_, index) => cellAt(this.target(index))),
      terms: terms.map((term) => substitute(term, scope)),
    }
  }
}

/** What a gate does in one direction. */
export function straight(
  node: number,
  template: StraightTemplate,
  binding: Binding,
  direction: Direction,
): Straight {
  const pattern = patternsOf(template)[direction]
  const { read, ports } = pattern
  const places = read.map((name) => placeIn(binding, name))
  const targets = ports.map((port) => port < 0 ? binding.output * 4 : binding.answers[port]! * 4 + 2) // prettier-ignore
  const values = places.some((place) => place < 0)
    ? read.map((name) => valueIn(binding, name))
    : undefined
  return new Straight(node, pattern, Int32Array.of(...places, ...targets), 0, values)
}

/** Adds up gradients at these offsets, in this order and in pieces, so that no term is deep. */
export function addUp(
  node: number,
  target: number,
  sources: readonly number[],
  room: Room,
  into: Operation[],
): void {
  for (let at = 0; at < sources.length; at += 16) {
    const piece = sources.slice(at, at + 16)
    into.push(total(node, target, at === 0 ? piece : [target, ...piece], room))
  }
}

function total(node: number, target: number, sources: readonly number[], room: Room): Straight {
  const count = sources.length
  const pattern = (totals[count] ??= totalOf(count))
  const at = room.take(count + 1)
  const { table } = room
  for (let index = 0; index < count; index++) table[at + index] = sources[index]! * 4 + 2
  table[at + count] = target * 4 + 2
  return new Straight(node, pattern, table, at)
}

const totals: Pattern[] = []

function totalOf(count: number): Pattern {
  const terms = Array.from({ length: count }, (_, at): Term => variable(`x${at}`))
  return pattern([terms.reduce((a, b) => ({ type: 'apply', intrinsic: plus, arguments: [a, b] }))], []) // prettier-ignore
}

const plus = intrinsics.get('add')!

function placeIn({ output, gradient, operands }: Binding, name: string): number {
  if (name === 'y') return output * 4
  if (name === 'g') return gradient * 4 + 2
  const operand = name[0] === 'x' ? operands[Number(name.slice(1))]! : undefined
  if (operand === undefined || operand.memory === 'literal') return -1
  return operand.offset * 4 + (operand.memory === 'weights' ? 1 : 0)
}

/** NaN where it is none that is known. */
function valueIn(binding: Binding, name: string): number {
  if (name[0] === 'p') return parametersOf(binding)[Number(name.slice(1))]!
  const operand = name[0] === 'x' ? binding.operands[Number(name.slice(1))] : undefined
  return operand?.memory === 'literal' ? operand.value : Number.NaN
}

function cellAt(place: number): Cell {
  return `${letters[place & 3]!}${place >> 2}`
}

/** By direction. */
export type Patterns = Readonly<Record<Direction, Pattern>>

const patterns = new WeakMap<StraightTemplate, Patterns>()

/** What all gates of a template have in common. */
export function patternsOf(template: StraightTemplate): Patterns {
  let both = patterns.get(template)
  if (both === undefined) {
    const ports = template.gradients.flatMap((term, port) => (term === undefined ? [] : [port]))
    const answers = ports.map((port) => template.gradients[port]!)
    both = { forward: pattern([template.value], [-1]), backward: pattern(answers, ports) }
    patterns.set(template, both)
  }
  return both
}

function pattern(terms: readonly Term[], ports: readonly number[]): Pattern {
  const read = [...variablesOf(terms)]
  const from = read.map((name) => (name[0] === 'x' ? Number(name.slice(1)) : name === 'y' ? -1 : -2)) // prettier-ignore
  return { terms, read, from, ports }
}
