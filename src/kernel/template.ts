/**
 * Templates: what bindings have in common. All gates of one kind whose operands lie in the same
 * kinds of memory and who owe answers for the same ports share one template, and the code that
 * is made from it; the bindings fill in offsets and numbers.
 */
import { EagreError } from '../errors.js'
import type { FoldRule, Gate, ParameterValue, PointwiseRule } from '../gates/gate.js'
import type { Binding, Operand } from './kernel.js'
import { constant, lower, type Scope, type Term, uses, variable } from './term.js'

export type Template = StraightTemplate | LoopTemplate

/**
 * Variables: `x0 x1 …` the operands, `p0 p1 …` the parameters that are not folded, `y` the
 * output and `g` the gradient that arrives.
 */
export interface StraightTemplate {
  readonly type: 'straight'
  /** By port; `folded` where the literal is part of the terms. */
  readonly operands: readonly (Operand['memory'] | 'folded')[]
  /** How many parameters there are. */
  readonly parameters: number
  readonly value: Term
  /** By port; absent where no answer is needed. */
  readonly gradients: readonly (Term | undefined)[]
}

/** A fold of many inputs. Variables: `a` the value so far, `b` the next input, `y`, `g`, `n`. */
export interface LoopTemplate {
  readonly type: 'loop'
  readonly value: Term
  readonly a: Term
  readonly b: Term
  /** Over `y` and `n`. */
  readonly finish: Term
  /** Over `y`, `n` and `g`. */
  readonly finishGradient: Term
  /** The values on the way are kept for the gradients. */
  readonly saves: boolean
}

/** The template that a binding shares with others like it. */
export function templateOf(binding: Binding): Template {
  const { rule } = binding.gate
  let known = templates.get(rule)
  if (known === undefined) templates.set(rule, (known = new Map()))
  const key = isLoop(binding.gate, binding.operands.length) ? 'loop' : keyOf(binding)
  let template = known.get(key)
  if (template === undefined) known.set(key, (template = make(binding)))
  return template
}

/** How many numbers the forward pass of a gate with so many inputs saves for the backward pass. */
export function scratchOf(gate: Gate, inputCount: number): number {
  const { rule } = gate
  if (rule.type !== 'fold' || !isLoop(gate, inputCount)) return 0
  let saves = saving.get(rule)
  if (saves === undefined) saving.set(rule, (saves = loop(rule).saves))
  return saves ? inputCount - 1 : 0
}

/** The number that formulas read where they name a parameter. */
export function numberOf(gate: Gate, index: number, value: ParameterValue | undefined): number {
  const { words, default: fallback } = gate.parameters[index]!
  const given = value ?? fallback
  if (typeof given === 'string' && words !== undefined) return words.indexOf(given)
  return Number(given)
}

// Keyed by the rule, which outlives the renaming of its gate.
const templates = new WeakMap<object, Map<string, Template>>()
const saving = new WeakMap<FoldRule, boolean>()

// Numbers for which formulas become simpler; all others are filled in, so that a graph with
// 100,000 different literals does not make 100,000 templates.
const special: ReadonlySet<number> = new Set([-Infinity, -1, 0, 0.5, 1, 2, 3, Infinity])

function isFolded(value: number): boolean {
  return special.has(value) && !Object.is(value, -0)
}

function isLoop(gate: Gate, inputCount: number): boolean {
  return gate.rule.type === 'fold' && inputCount > 2
}

function keyOf({ gate, operands, answers, parameters }: Binding): string {
  let key = ''
  for (let port = 0; port < operands.length; port++) {
    const operand = operands[port]!
    if (operand.memory !== 'literal') key += operand.memory === 'values' ? 'v' : 'w'
    else key += isFolded(operand.value) ? `${operand.value};` : 'l'
    if (answers[port]! >= 0) key += '!'
  }
  for (let index = 0; index < gate.parameters.length; index++) {
    const value = numberOf(gate, index, parameters[gate.parameters[index]!.name])
    key += isFolded(value) ? `,${value}` : ','
  }
  return key
}

function make(binding: Binding): Template {
  const { rule } = binding.gate
  if (rule.type === 'pointwise') return straight(binding, pointwiseTerms(binding, rule))
  if (binding.operands.length > 2) return loop(rule)
  return straight(binding, shortFoldTerms(binding, rule))
}

interface Terms {
  readonly value: Term
  readonly gradients: readonly (Term | undefined)[]
}

function straight({ gate, operands, answers }: Binding, terms: Terms): StraightTemplate {
  return {
    type: 'straight',
    operands: operands.map((operand) => {
      return operand.memory === 'literal' && isFolded(operand.value) ? 'folded' : operand.memory
    }),
    parameters: gate.parameters.length,
    value: terms.value,
    gradients: terms.gradients.map((term, port) => (answers[port]! >= 0 ? term : undefined)),
  }
}

function operandTerm(operand: Operand, port: number): Term {
  const folded = operand.memory === 'literal' && isFolded(operand.value)
  return folded ? constant(operand.value) : variable(`x${port}`)
}

const y = variable('y')
const g = variable('g')

function pointwiseTerms({ gate, operands, parameters }: Binding, rule: PointwiseRule): Terms {
  const scope = new Map<string, Term>()
  gate.ports.forEach(({ name }, port) => scope.set(name, operandTerm(operands[port]!, port)))
  gate.parameters.forEach(({ name }, index) => {
    const value = numberOf(gate, index, parameters[name])
    scope.set(name, isFolded(value) ? constant(value) : variable(`p${index}`))
  })
  const value = lower(rule.value, scope)
  scope.set('y', y).set('g', g)
  const gradients = gate.ports.map(({ name }) => {
    const formula = rule.gradients.get(name)
    return formula && lower(formula, scope)
  })
  return { value, gradients }
}

/** A fold of one or two inputs needs no loop, and computes again what a loop would save. */
function shortFoldTerms({ operands }: Binding, rule: FoldRule): Terms {
  const n = constant(operands.length)
  const [first, second] = operands.map(operandTerm)
  if (first === undefined) throw new EagreError('internal', 'internal: a fold of nothing')
  const inputs: Scope = new Map([
    ['a', first],
    ['b', second ?? first],
  ])
  const folded = second === undefined ? first : lower(rule.value, inputs)
  const { finish } = rule
  const arriving = finish ? lower(finish.gradient, named({ y: folded, n, g })) : g
  const scope: Scope = new Map([...inputs, ...named({ y: finish ? folded : y, g: arriving })])
  return {
    value: finish ? lower(finish.value, named({ y: folded, n })) : folded,
    gradients:
      second === undefined
        ? [arriving]
        : [lower(rule.gradients.get('a')!, scope), lower(rule.gradients.get('b')!, scope)],
  }
}

function loop(rule: FoldRule): LoopTemplate {
  const [a, b, n] = [variable('a'), variable('b'), variable('n')]
  const scope = named({ a, b, y, g })
  const { finish } = rule
  const template = {
    type: 'loop',
    value: lower(rule.value, scope),
    a: lower(rule.gradients.get('a')!, scope),
    b: lower(rule.gradients.get('b')!, scope),
    finish: finish ? lower(finish.value, named({ y, n })) : y,
    finishGradient: finish ? lower(finish.gradient, named({ y, n, g })) : g,
  } as const
  const saves =
    [template.a, template.b].some((term) => uses(term, 'a') || uses(term, 'y')) ||
    uses(template.finishGradient, 'y')
  return { ...template, saves }
}

function named(terms: Readonly<Record<string, Term>>): Scope {
  return new Map(Object.entries(terms))
}
