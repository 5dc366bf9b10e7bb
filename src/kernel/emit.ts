/** Terms as JavaScript. Every name in it is numbered by us. */
import type { Intrinsic } from '../gates/intrinsics.js'
import type { Apply, Term } from './term.js'

export interface Code {
  /** `const v0 = …` for what several of the terms share. */
  readonly statements: readonly string[]
  /** An expression for each term. */
  readonly results: readonly string[]
}

/** What names become in code; where it says nothing, variables are called what they are. */
export interface Naming {
  variable?(name: string): string
  /** A name that is not in use yet, for what is shared: `v0`, `v1`, … anew in each call without it. */
  shared?(): string
}

/** The functions that code calls: it knows them as `f0`, `f1`, … */
export class Functions {
  readonly list: Intrinsic['apply'][] = []

  nameOf(intrinsic: Intrinsic): string {
    let index = this.list.indexOf(intrinsic.apply)
    if (index < 0) index = this.list.push(intrinsic.apply) - 1
    return `f${index}`
  }
}

/**
 * Code for several terms that are needed together. What occurs in them more than once is
 * computed once, unless it may not be needed at all.
 */
export function emit(
  terms: readonly Term[],
  functions: Functions,
  { variable, shared: share }: Naming = {},
): Code {
  const occurrences = countOccurrences(terms)
  const statements: string[] = []
  const shared = new Map<string, string>()

  const text = (term: Term): string => {
    if (term.type === 'constant') return numeral(term.value)
    if (term.type === 'variable') return variable?.(term.name) ?? term.name
    const key = keyOf(term)
    const { total, certain } = occurrences.get(key)!
    if (total < 2 || certain === 0) return application(term, text, functions)
    let name = shared.get(key)
    if (name === undefined) {
      const code = application(term, text, functions)
      name = share?.() ?? `v${shared.size}`
      shared.set(key, name)
      statements.push(`const ${name} = ${code}`)
    }
    return name
  }
  return { results: terms.map(text), statements }
}

function application(term: Apply, text: (term: Term) => string, functions: Functions): string {
  const { intrinsic, arguments: terms } = term
  if (intrinsic.lazy) {
    const [condition, a, b] = terms as [Term, Term, Term] // its arity is 3
    return `(${test(condition, text)} ? ${text(a)} : ${text(b)})`
  }
  const codes = terms.map(text)
  const { operator, logical } = intrinsic
  if (operator === undefined) return `${functions.nameOf(intrinsic)}(${codes.join(', ')})`
  const code = codes.length === 1 ? `${operator}${codes[0]}` : codes.join(` ${operator} `)
  return logical ? `(${code} ? 1 : 0)` : `(${code})`
}

/** A condition, without the detour over 1 and 0 where it compares. */
function test(term: Term, text: (term: Term) => string): string {
  if (term.type === 'apply' && term.intrinsic.logical) {
    return term.arguments.map(text).join(` ${term.intrinsic.operator} `)
  }
  return `${text(term)} !== 0`
}

/** How often something occurs. */
export interface Occurrences {
  total: number
  /** How many of them are not inside a side of `where`. */
  certain: number
}

/** What occurs in terms, by `keyOf`. */
export function countOccurrences(terms: readonly Term[]): ReadonlyMap<string, Occurrences> {
  const occurrences = new Map<string, Occurrences>()
  for (const term of terms) count(term, true, occurrences)
  return occurrences
}

function count(term: Term, certain: boolean, occurrences: Map<string, Occurrences>): void {
  if (term.type !== 'apply') return
  const key = keyOf(term)
  const entry = occurrences.get(key) ?? { total: 0, certain: 0 }
  occurrences.set(key, entry)
  entry.total++
  if (certain) entry.certain++
  term.arguments.forEach((argument, index) => {
    count(argument, certain && !(term.intrinsic.lazy && index > 0), occurrences)
  })
}

/** The same for terms that compute the same. */
export function keyOf(term: Term): string {
  if (term.type === 'constant') return numeral(term.value)
  if (term.type === 'variable') return term.name
  return `${term.intrinsic.name}(${term.arguments.map(keyOf).join()})`
}

/** A number as source text that reads back the same. */
export function numeral(value: number): string {
  if (Object.is(value, -0)) return '(-0)'
  return value < 0 ? `(${value})` : String(value)
}
