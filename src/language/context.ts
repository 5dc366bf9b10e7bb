/** What the parts of the checker share: the catalogues, and where problems are collected. */
import type { Range } from '../formula/syntax.js'
import type { Gate } from '../gates/gate.js'
import type { Optimizer } from '../optimizers/optimizer.js'
import type { Schedule } from '../optimizers/schedule.js'
import { placeOf, type Code, type Fields, type Problem, type Source } from './problem.js'
import type { Instance } from './spec.js'
import { suggest } from './suggest.js'

/** What a graph may name. */
export interface Catalogue {
  readonly gates: ReadonlyMap<string, Gate>
  readonly optimizers: ReadonlyMap<string, Optimizer>
  readonly schedules: ReadonlyMap<string, Schedule>
}

/** One check of one file. */
export interface Checking extends Catalogue {
  readonly problems: Problem[]
  /** The names of modules that may be called. */
  modules: ReadonlySet<string>
  /** The instance of a module whose body is looked at: its problems say where it was called. */
  within?: Instance | undefined
  /** Collects an error. */
  error<C extends Code>(code: C, range: Range, fields: Fields[C]): void
  /** Collects a warning. */
  warn<C extends Code>(code: C, range: Range, fields: Fields[C]): void
  /** The line of an offset, to name a second place. */
  lineOf(offset: number): number
  /** What was meant by a name, as a field of a problem; empty where nobody knows. */
  meant(word: string, candidates: Candidates): { readonly suggestion?: string }
}

/** Names to choose from. */
export type Candidates = ReadonlyMap<string, unknown> | ReadonlySet<string>

/** Begins a check. */
export function checking(catalogue: Catalogue, source: Source): Checking {
  const { gates, optimizers, schedules } = catalogue
  // A file of 100,000 misspelled names gets suggestions for the first ones.
  let patience = 5_000_000
  const meant = (word: string, candidates: Candidates) => {
    const habit = habits.get(word)?.find((name) => candidates.has(name))
    if (habit !== undefined) return { suggestion: habit }
    if (patience <= 0) return {}
    patience -= candidates.size
    const suggestion = suggest(word, candidates.keys())
    return suggestion === undefined ? {} : { suggestion }
  }
  const problems: Problem[] = []
  const report =
    (severity: Problem['severity']) =>
    <C extends Code>(code: C, range: Range, fields: Fields[C]) => {
      const { within } = check
      // Ten calls do not make ten mistakes of one in the module.
      const place = `${code} ${range.start} ${range.end}`
      if (within !== undefined && said.has(place)) return
      said.add(place)
      const calls = within && { calls: callsOf(within, lineOf) }
      // The compiler does not see that the fields of C make the member of the union for C.
      problems.push({ code, severity, range, ...fields, ...calls } as unknown as Problem)
    }
  const said = new Set<string>()
  const lineOf = (offset: number) => placeOf(source, offset).line
  const catalogues = { gates, optimizers, schedules }
  const check: Checking = {
    ...catalogues,
    problems,
    modules: new Set(),
    error: report('error'),
    warn: report('warning'),
    lineOf,
    meant,
  }
  return check
}

/** The calls around a place in a module, innermost first; deeper ones tell no more. */
function callsOf(instance: Instance, lineOf: (offset: number) => number) {
  const calls: { module: string; line: number }[] = []
  for (
    let at: Instance | undefined = instance;
    at !== undefined && calls.length < 4;
    at = at.outer
  ) {
    calls.push({ module: at.module, line: lineOf(at.range.start) })
  }
  return calls
}

/** Names that other tools have for what is here; the first that is known is meant. */
const habits: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    abs_error: ['absolute_error'],
    arccos: ['acos'],
    arcsin: ['asin'],
    arctan: ['atan'],
    arctan2: ['atan2'],
    average: ['mean'],
    avg: ['mean'],
    bce: ['binary_cross_entropy'],
    bce_loss: ['binary_cross_entropy'],
    bce_with_logits: ['logistic_loss'],
    binary_cross_entropy_with_logits: ['logistic_loss'],
    clip: ['clamp'],
    detach: ['stop_gradient'],
    dim: ['axis'],
    div: ['divide'],
    epsilon: ['eps'],
    eq: ['equal'],
    expit: ['sigmoid'],
    ge: ['greater_equal'],
    greater_than: ['greater'],
    gt: ['greater'],
    id: ['identity'],
    if: ['where'],
    ifelse: ['where'],
    inverse: ['reciprocal'],
    keepdim: ['keepdims'],
    l1: ['absolute_error'],
    l1_loss: ['absolute_error'],
    l2_loss: ['squared_error'],
    lambda: ['weight_decay'],
    le: ['less_equal'],
    less_than: ['less'],
    ln: ['log'],
    logcosh: ['log_cosh'],
    logistic: ['sigmoid'],
    logit_loss: ['logistic_loss'],
    lt: ['less'],
    mae: ['absolute_error'],
    maximum: ['max'],
    minimum: ['min'],
    minus: ['subtract', 'negate'],
    mse: ['squared_error'],
    mse_loss: ['squared_error'],
    mul: ['multiply'],
    ne: ['not_equal'],
    neg: ['negate'],
    plus: ['add'],
    pow: ['power'],
    prod: ['multiply'],
    product: ['multiply'],
    quantile_loss: ['pinball_loss'],
    select: ['where'],
    sig: ['sigmoid'],
    sigm: ['sigmoid'],
    sqr: ['square'],
    sub: ['subtract'],
    sum: ['add'],
    swish: ['silu'],
  }),
)
