/**
 * Terms: formulas made ready to run. Names are resolved to numbered variables or numbers, calls
 * to intrinsics, and what is known beforehand is computed beforehand, where that changes no bit.
 */
import { EagreError } from '../errors.js'
import type { Expression } from '../formula/syntax.js'
import { type Intrinsic, intrinsics } from '../gates/intrinsics.js'

export type Term = Constant | Variable | Apply

export interface Constant {
  readonly type: 'constant'
  readonly value: number
}

/** Its name is one of ours (`x0`, `g`), never one that a user typed. */
export interface Variable {
  readonly type: 'variable'
  readonly name: string
}

export interface Apply {
  readonly type: 'apply'
  readonly intrinsic: Intrinsic
  readonly arguments: readonly Term[]
}

/** What the names of a formula stand for. */
export type Scope = ReadonlyMap<string, Term>

export const constant = (value: number): Constant => ({ type: 'constant', value })
export const variable = (name: string): Variable => ({ type: 'variable', name })

/** The term of a formula. */
export function lower(expression: Expression, scope: Scope): Term {
  switch (expression.type) {
    case 'number':
      return constant(expression.value)
    case 'name': {
      const term = scope.get(expression.name)
      if (term === undefined) throw new EagreError('internal', `internal: no ${expression.name}`)
      return term
    }
    case 'call': {
      const intrinsic = intrinsics.get(expression.gate)
      if (intrinsic === undefined) {
        throw new EagreError('internal', `internal: no intrinsic ${expression.gate}`)
      }
      return simplify(
        intrinsic,
        expression.arguments.map((argument) => lower(argument, scope)),
      )
    }
    case 'text':
      throw new EagreError('internal', 'internal: a text in a rule')
    case 'list':
      throw new EagreError('internal', 'internal: a list in a rule')
  }
}

/** Whether a variable occurs in a term. */
export function uses(term: Term, name: string): boolean {
  if (term.type === 'apply') return term.arguments.some((argument) => uses(argument, name))
  return term.type === 'variable' && term.name === name
}

/** A term with other terms in place of its variables; those that `scope` does not name stay. */
export function substitute(term: Term, scope: Scope): Term {
  switch (term.type) {
    case 'constant':
      return term
    case 'variable':
      return scope.get(term.name) ?? term
    case 'apply':
      return { ...term, arguments: term.arguments.map((argument) => substitute(argument, scope)) }
  }
}

/** As `substitute`, and what comes down to less is put in its place, with the same bits. */
export function fold(term: Term, scope: Scope): Term {
  if (term.type !== 'apply') return substitute(term, scope)
  return simplify(
    term.intrinsic,
    term.arguments.map((argument) => fold(argument, scope)),
  )
}

function simplify(intrinsic: Intrinsic, terms: readonly Term[]): Term {
  const [first, second, third] = terms
  if (intrinsic.lazy && first?.type === 'constant') return first.value !== 0 ? second! : third!
  const numbers = terms.flatMap((term) => (term.type === 'constant' ? [term.value] : []))
  if (numbers.length === terms.length) return constant(intrinsic.apply(...numbers))
  const short = shortened(intrinsic.name, first!, second)
  return short ?? { type: 'apply', intrinsic, arguments: terms }
}

/**
 * Only identities that hold to the last bit, for -0, infinities and NaN as well. So `x + 0`
 * stays (it makes 0 of -0), and so does `0 * x`.
 */
function shortened(name: string, a: Term, b: Term | undefined): Term | undefined {
  switch (name) {
    case 'multiply':
      if (is(a, 1)) return b
      return is(b, 1) ? a : undefined
    case 'divide':
      return is(b, 1) ? a : undefined
    case 'subtract':
      return is(b, 0) ? a : undefined
    case 'max':
      return is(b, -Infinity) ? a : undefined
    case 'min':
      return is(b, Infinity) ? a : undefined
    case 'power':
      if (is(b, 1)) return a
      return is(b, 2) && a.type === 'variable' ? simplify(product, [a, a]) : undefined
    default:
      return undefined
  }
}

const product = intrinsics.get('multiply')!

function is(term: Term | undefined, value: number): boolean {
  return term?.type === 'constant' && Object.is(term.value, value)
}
