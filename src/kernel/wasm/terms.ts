/** Terms as WebAssembly: of single numbers, or of two neighbours at a time where bits allow it. */
import { countOccurrences, keyOf } from '../emit.js'
import type { Apply, Term } from '../term.js'
import type { Calls } from './calls.js'
import type { Code, Lanes } from './code.js'
import type { Both } from './instructions.js'

/** A number in a local or in memory. `write` takes what pushes the value. */
export interface Place {
  read(): void
  write(push: () => void): void
}

/** Whether two numbers at a time can be computed, by instructions that round as the single ones. */
export function isExact(term: Term): boolean {
  return term.type !== 'apply' || (exact.has(term.intrinsic.name) && term.arguments.every(isExact))
}

/**
 * Computes terms one after the other. What occurs in them more than once is computed once,
 * unless it may not be needed at all. `variable` pushes a variable; `store` gets what pushes the
 * value of a term.
 */
export function emitTerms(
  code: Code,
  calls: Pick<Calls, 'call'>,
  terms: readonly Term[],
  lanes: Lanes,
  variable: (name: string) => void,
  store: (index: number, push: () => void) => void,
): void {
  const emitter = new Emitter(code, calls, lanes, variable)
  commonIn(terms).forEach((term) => emitter.share(term))
  terms.forEach((term, index) => store(index, () => emitter.push(term)))
}

/** What several terms have in common, what it is made of first. */
function commonIn(terms: readonly Term[]): Apply[] {
  const occurrences = countOccurrences(terms)
  const common: Apply[] = []
  const keys = new Set<string>()
  const visit = (term: Term): void => {
    if (term.type !== 'apply') return
    term.arguments.forEach(visit)
    const key = keyOf(term)
    const { total, certain } = occurrences.get(key)!
    if (total < 2 || certain === 0 || keys.has(key)) return
    keys.add(key)
    common.push(term)
  }
  terms.forEach(visit)
  return common
}

class Emitter {
  private readonly code: Code
  private readonly calls: Pick<Calls, 'call'>
  private readonly lanes: Lanes
  private readonly variable: (name: string) => void
  private readonly shared = new Map<string, number>()

  constructor(
    code: Code,
    calls: Pick<Calls, 'call'>,
    lanes: Lanes,
    variable: (name: string) => void,
  ) {
    this.code = code
    this.calls = calls
    this.lanes = lanes
    this.variable = variable
  }

  /** Puts a term into a local, where later ones find it. */
  share(term: Apply): void {
    this.apply(term)
    const local = this.code.numbers(this.lanes)
    this.code.set(local)
    this.shared.set(keyOf(term), local)
  }

  push(term: Term): void {
    if (term.type === 'variable') this.variable(term.name)
    else if (term.type === 'apply') {
      const local = this.shared.size > 0 ? this.shared.get(keyOf(term)) : undefined
      if (local === undefined) this.apply(term)
      else this.code.get(local)
    } else this.code.constant(this.lanes, term.value)
  }

  private apply({ intrinsic, arguments: terms }: Apply): void {
    const { code } = this
    const { name } = intrinsic
    const [first, second, third] = terms as [Term, Term, Term] // as many as its arity
    if (intrinsic.lazy) return this.choose(first, second, third)
    if (name === 'sign') return this.sign(first)
    terms.forEach((term) => this.push(term))
    const instruction = exact.get(name)
    if (instruction === undefined) this.calls.call(code, name)
    else code.each(this.lanes, instruction)
    if (intrinsic.logical) this.numberOf()
  }

  /** A truth as 1 or 0. */
  private numberOf(): void {
    if (this.lanes === 2) this.code.f64x2(1).op('v128.and')
    else this.code.op('f64.convert_i32_s')
  }

  private choose(condition: Term, a: Term, b: Term): void {
    const { code } = this
    if (this.lanes === 2) {
      this.push(a)
      this.push(b)
      this.test(condition)
      code.op('v128.bitselect')
    } else if (a.type !== 'apply' && b.type !== 'apply') {
      this.push(a)
      this.push(b)
      this.test(condition)
      code.op('select')
    } else {
      this.test(condition)
      code.if(
        () => this.push(a),
        () => this.push(b),
        'f64',
      )
    }
  }

  private test(term: Term): void {
    const { code, lanes } = this
    if (term.type === 'apply' && term.intrinsic.logical) {
      term.arguments.forEach((argument) => this.push(argument))
      code.each(lanes, exact.get(term.intrinsic.name)!)
      return
    }
    this.push(term)
    code.constant(lanes, 0).each(lanes, 'ne')
  }

  /** What is 0 or NaN stays as it is. */
  private sign(term: Term): void {
    const { code, lanes } = this
    const x = code.numbers(lanes)
    this.push(term)
    code.set(x)
    if (lanes === 2) {
      const one = () => code.f64x2(1).f64x2(-1).get(x).f64x2(0).op('f64x2.gt')
      one().op('v128.bitselect').get(x).get(x).op('f64x2.abs').f64x2(0).op('f64x2.gt')
      code.op('v128.bitselect')
    } else {
      code.f64(1).get(x).op('f64.copysign')
      code.get(x).get(x).op('f64.abs').f64(0).op('f64.gt').op('select')
    }
  }
}

/** The instruction of an intrinsic; `sign` and `where` are made of several. */
const exact: ReadonlyMap<string, Both | undefined> = new Map<string, Both | undefined>([
  ['add', 'add'],
  ['subtract', 'sub'],
  ['multiply', 'mul'],
  ['divide', 'div'],
  ['negate', 'neg'],
  ['less', 'lt'],
  ['less_equal', 'le'],
  ['greater', 'gt'],
  ['greater_equal', 'ge'],
  ['equal', 'eq'],
  ['not_equal', 'ne'],
  ['where', undefined],
  ['abs', 'abs'],
  ['sign', undefined],
  ['floor', 'floor'],
  ['ceil', 'ceil'],
  ['round', 'nearest'],
  ['min', 'min'],
  ['max', 'max'],
  ['sqrt', 'sqrt'],
])
