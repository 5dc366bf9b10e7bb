/**
 * The middle form of a region: what its gates do in one step, as a list of operations in the
 * order in which the network does them and with its arithmetic, so that whoever executes the
 * list computes the same bits.
 */
import type { TensorRule } from '../gates/gate.js'
import type { Binding } from './kernel.js'
import type { Template } from './template.js'
import type { Term } from './term.js'

/** What some gates do: plain data, beside the loops of gates that move tensors. */
export interface Region {
  /** Values, in the plan's order. */
  readonly forward: readonly Operation[]
  /** Gradients, in its reverse. The first operation sets the gradient that starts at 1. */
  readonly backward: readonly Operation[]
  /** How many temporaries there are. */
  readonly temporaries: number
}

/** `node` is the gate, or for a sum the node whose gradient it is. */
export type Operation = Assign | Sum | Loop | Call

/**
 * Numbers that one gate computes, each a term over cells. All are computed before any is
 * written, and what terms have in common may be computed once.
 */
export interface Assign {
  readonly type: 'assign'
  readonly node: number
  readonly targets: readonly Cell[]
  readonly terms: readonly Term[]
}

/** The gradient of a tensor with several uses: the first answer is copied, the others added. */
export interface Sum {
  readonly type: 'sum'
  readonly node: number
  readonly size: number
  /** Offsets in the gradients. */
  readonly target: number
  readonly sources: readonly number[]
}

/**
 * Formulas over the elements of tensors. `template` says what is computed, `binding` where: see
 * `spread.ts` for how operands are walked. Forward it writes the output (and, for a long fold,
 * what it saves), backward the answers: one that has the size of the output is set, one that
 * broadcasts starts at 0 and is added to, element after element.
 */
export interface Loop {
  readonly type: 'loop'
  readonly node: number
  readonly direction: Direction
  readonly template: Template
  readonly binding: Binding
  /** It is made of loops of so many gates, of which `template` and `binding` are not those of one. */
  readonly gates?: number
}

/** The loops of a gate that moves data, or that takes one sample after the other. They may throw. */
export interface Call {
  readonly type: 'call'
  readonly node: number
  readonly direction: Direction
  /** Absent where samples are taken one after the other. */
  readonly rule?: TensorRule
  readonly binding: Binding
}

export type Direction = 'forward' | 'backward'

/**
 * The name of a place for one number: a letter for its memory (the values, weights and
 * gradients of a frame, or temporaries) and its offset there. Variables of terms are cells.
 */
export type Cell = `${MemoryLetter}${number}`
export type MemoryLetter = 'v' | 'w' | 'g' | 't'

/** The two parts of a cell's name. */
export function placeOf(cell: string): { readonly memory: MemoryLetter; readonly offset: number } {
  return { memory: cell[0] as MemoryLetter, offset: Number(cell.slice(1)) } // its type says so
}

/** The operations of both directions that are not of single numbers: of most large graphs few or none. */
export function othersOf(region: Region): readonly Other[] {
  let found = others.get(region)
  if (found === undefined) {
    const isOther = (operation: Operation): operation is Other => operation.type !== 'assign'
    found = [...region.forward.filter(isOther), ...region.backward.filter(isOther)]
    others.set(region, found)
  }
  return found
}

type Other = Exclude<Operation, Assign>
const others = new WeakMap<Region, readonly Other[]>()

/** Whether a gate of a region keeps something from one learn step to the next. */
export function keepsState(region: Region): boolean {
  return othersOf(region).some((other) => other.type === 'call' && other.rule?.keeps !== undefined)
}

/** A region as text, for tests and for people: one line for each number. */
export function printRegion({ forward, backward }: Region): string {
  return [...forward.flatMap(print), '---', ...backward.flatMap(print)].join('\n')
}

function print(operation: Operation): string[] {
  switch (operation.type) {
    case 'assign':
      return operation.targets.map((to, at) => `${to} = ${printTerm(operation.terms[at]!)}`)
    case 'sum': {
      const { target, sources, size } = operation
      const of = (offset: number) => `g${offset}..${offset + size - 1}`
      return [`${of(target)} = ${sources.map(of).join(' + ')}`]
    }
    case 'loop':
    case 'call': {
      const { type, direction, binding } = operation
      const { gate, output, gradient, operands, answers, shape } = binding
      const read = operands.map((operand) => {
        if (operand.memory === 'literal') return `${operand.value}`
        return `${operand.memory === 'weights' ? 'w' : 'v'}${operand.offset}[${operand.shape.join()}]`
      })
      const to =
        direction === 'forward'
          ? `v${output}[${shape.join()}]`
          : answers.map((answer) => (answer < 0 ? '_' : `g${answer}`)).join(', ')
      const given = direction === 'forward' ? read : [`g${gradient}[${shape.join()}]`, ...read]
      return [`${to} = ${type} ${gate.name}${direction === 'forward' ? '' : "'"}(${given.join(', ')})`] // prettier-ignore
    }
    default:
      return operation satisfies never
  }
}

/** A term in the way functions are written: `add(v0, multiply(w1, 2))`. */
export function printTerm(term: Term): string {
  switch (term.type) {
    case 'constant':
      return Object.is(term.value, -0) ? '-0' : `${term.value}`
    case 'variable':
      return term.name
    case 'apply':
      return `${term.intrinsic.name}(${term.arguments.map(printTerm).join(', ')})`
    default:
      return term satisfies never
  }
}
