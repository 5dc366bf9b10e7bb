/**
 * What an optimizer comes down to once its parameters are known: the lines that are still
 * needed, the slots that are still kept, and what need not be computed for each weight.
 */
import type { Optimizer } from '../optimizers/optimizer.js'
import { constant, lower, uses, variable, type Term } from './term.js'

/**
 * Variables are `w g rate t`, `s0 …` for the old values of the slots, `x0 …` for the lines and
 * `h0 …` for parts of lines that no element changes.
 */
export interface Program {
  /** Computed once an update, in order. */
  readonly hoisted: readonly Assignment[]
  /** Computed for each element, in order. */
  readonly lines: readonly Assignment[]
  readonly slots: readonly Slot[]
  /** The new weight. */
  readonly update: Term
}

export interface Assignment {
  readonly name: string
  readonly term: Term
}

/** What one state line keeps for each element. */
export interface Slot {
  /** As the state line is called. */
  readonly name: string
  /** The variable of its last value. */
  readonly old: string
  readonly next: Term
  readonly initial: number
}

/** The program of an optimizer for these parameters; those that are missing have their defaults. */
export function programOf(
  optimizer: Optimizer,
  parameters: Readonly<Record<string, number | boolean>>,
): Program {
  const known = new Map<string, Term>()
  for (const [name, value] of optimizer.parameters) {
    const given = Object.hasOwn(parameters, name) ? parameters[name] : undefined
    known.set(name, constant(Number(given ?? value)))
  }
  const scope = new Map(known)
  for (const name of ['w', 'g', 'rate', 't']) scope.set(name, variable(name))
  optimizer.lines.forEach(({ type, name }, index) => {
    if (type === 'state') scope.set(name, variable(`s${index}`))
  })
  const all = optimizer.lines.map(({ type, name, formula, initial }, index): Line => {
    const term = lower(formula, scope)
    const result = term.type === 'apply' ? variable(`x${index}`) : term
    scope.set(name, result)
    const first = initial === undefined ? constant(0) : lower(initial, known)
    return { type, title: name, term, result, old: `s${index}`, name: `x${index}`, first }
  })
  const update = lower(optimizer.update, scope)
  const { computed, kept } = needed(all, update)
  return hoist({
    hoisted: [],
    lines: computed,
    slots: kept.map(({ title, old, result, first }) => {
      const initial = first.type === 'constant' ? first.value : 0
      return { name: title, old, next: result, initial }
    }),
    update,
  })
}

interface Line extends Assignment {
  readonly type: 'let' | 'state'
  readonly title: string
  readonly old: string
  /** What other lines read. */
  readonly result: Term
  readonly first: Term
}

/** A slot is kept where something that is needed reads its old value; so it goes with lines. */
function needed(all: readonly Line[], update: Term) {
  const computed = new Set<Line>()
  const kept = new Set<Line>()
  const terms = [update]
  for (let at = 0; at < terms.length; at++) {
    const term = terms[at]!
    for (const line of all) {
      if (!computed.has(line) && uses(term, line.name)) {
        computed.add(line)
        terms.push(line.term)
      }
      if (line.type === 'state' && !kept.has(line) && uses(term, line.old)) {
        kept.add(line)
        terms.push(line.result)
      }
    }
  }
  const inOrder = (lines: ReadonlySet<Line>) => all.filter((line) => lines.has(line))
  return { computed: inOrder(computed), kept: inOrder(kept) }
}

/** Takes out of the loop what is the same for every element. */
function hoist({ lines, slots, update }: Program): Program {
  const hoisted: Assignment[] = []
  const outside = new Set(['rate', 't'])
  const varies = (term: Term): boolean => {
    if (term.type === 'apply') return term.arguments.some(varies)
    return term.type === 'variable' && !outside.has(term.name)
  }
  const lifted = (term: Term): Term => {
    if (term.type !== 'apply') return term
    if (varies(term)) return { ...term, arguments: term.arguments.map(lifted) }
    const name = `h${hoisted.length}`
    hoisted.push({ name, term })
    return variable(name)
  }
  const inside: Assignment[] = []
  for (const { name, term } of lines) {
    if (varies(term)) {
      inside.push({ name, term: lifted(term) })
    } else {
      hoisted.push({ name, term })
      outside.add(name)
    }
  }
  return {
    hoisted,
    lines: inside,
    slots,
    update: lifted(update),
  }
}
