/**
 * Templates: what bindings have in common. All gates of one kind whose operands lie in the same
 * kinds of memory and who owe answers for the same ports share one template, and the code that
 * is made from it; the bindings fill in offsets and numbers.
 */
import { EagreError } from '../errors.js'
import type {
  FoldRule,
  Gate,
  Parameter,
  ParameterValue,
  PointwiseRule,
  TensorRule,
} from '../gates/gate.js'
import { intrinsics } from '../gates/intrinsics.js'
import { sizeOf, type Shape } from '../tensor/shape.js'
import type { Binding, Operand } from './kernel.js'
import { reductionOf, spreadsOf, walkOf, type Spread } from './spread.js'
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
  /** By port, where the output is a tensor. */
  readonly spreads?: readonly Spread[]
  /** What becomes of the elements; then the parameter after all others is their number. */
  readonly reduction?: 'sum' | 'mean'
  /** How many nested loops there are where an operand is strided. */
  readonly loops: number
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
  /** Done for each element of the output. */
  readonly tensor: boolean
  /** The values on the way are kept for the gradients. */
  readonly saves: boolean
}

/** The template that a binding shares with others like it. */
export function templateOf(binding: Binding): Template {
  const { rule } = binding.gate
  let known = templates.get(rule)
  if (known === undefined) templates.set(rule, (known = new Map()))
  const spreads = spreadsOf(binding)
  const key = isLoop(binding.gate, binding.operands.length)
    ? spreads === undefined
      ? 'loop'
      : 'loops'
    : keyOf(binding, spreads)
  let template = known.get(key)
  if (template === undefined) known.set(key, (template = make(binding, spreads)))
  return template
}

/** How many numbers the forward pass of a gate saves for the backward pass. */
export function scratchOf(
  gate: Gate,
  inputs: readonly Shape[],
  shape: Shape,
  parameters: Readonly<Record<string, ParameterValue>>,
): number {
  const tensor = tensorRuleOf(gate, inputs, parameters)
  if (tensor !== undefined) return tensor.scratch?.(inputs, shape, parameters) ?? 0
  const { rule } = gate
  if (rule.type !== 'fold' || !isLoop(gate, inputs.length)) return 0
  let saves = saving.get(rule)
  if (saves === undefined) saving.set(rule, (saves = loop(rule, false).saves))
  return saves ? (inputs.length - 1) * sizeOf(shape) : 0
}

/** How many numbers a gate keeps from one learn step to the next. */
export function keptBy(
  gate: Gate,
  inputs: readonly Shape[],
  shape: Shape,
  parameters: Readonly<Record<string, ParameterValue>>,
): number {
  return tensorRuleOf(gate, inputs, parameters)?.keeps?.(inputs, shape, parameters) ?? 0
}

/** The rule of a gate that moves data, for these inputs; absent where formulas say it all. */
export function tensorRuleOf(
  gate: Gate,
  inputs: readonly Shape[],
  parameters: Readonly<Record<string, ParameterValue>>,
): TensorRule | undefined {
  const { rule } = gate
  if (rule.type === 'tensor') return rule
  if (rule.type === 'pointwise') return rule.instead?.when(parameters) ? rule.instead.rule : undefined // prettier-ignore
  if (rule.reduce === undefined || inputs.length !== 1) return undefined
  // One number is its own maximum, sum and mean.
  return inputs[0]!.length === 0 ? undefined : rule.reduce
}

/** The parameters that formulas can name: those of a fold are for its reduction. */
export function readBy(gate: Gate): readonly Parameter[] {
  const { rule, parameters } = gate
  if (rule.type !== 'pointwise') return []
  return rule.reduction ? parameters.slice(0, -1) : parameters
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
const special = [-Infinity, -1, 0, 0.5, 1, 2, 3, Infinity]

/** Which of the numbers it is that templates differ by; -1 for all that are filled in. */
export function foldedAs(value: number): number {
  return Object.is(value, -0) ? -1 : special.indexOf(value)
}

function isFolded(value: number): boolean {
  return foldedAs(value) >= 0
}

/**
 * Whether all gates of this kind with so many ports of single numbers differ by nothing but what
 * feeds them and whom they answer.
 */
export function isPlain(gate: Gate, ports: number): boolean {
  const { rule } = gate
  if (ports > 3 || readBy(gate).length > 0) return false
  return rule.type === 'fold' ? ports < 3 : rule.type === 'pointwise' && rule.instead === undefined
}

function isLoop(gate: Gate, inputCount: number): boolean {
  return gate.rule.type === 'fold' && inputCount > 2
}

function keyOf(binding: Binding, spreads: readonly Spread[] | undefined): string {
  const { gate, operands, answers, parameters } = binding
  let key = ''
  for (let port = 0; port < operands.length; port++) {
    const operand = operands[port]!
    if (operand.memory !== 'literal') key += operand.memory === 'values' ? 'v' : 'w'
    else key += isFolded(operand.value) ? `${operand.value};` : 'l'
    if (answers[port]! >= 0) key += '!'
  }
  for (let index = 0; index < readBy(gate).length; index++) {
    const value = numberOf(gate, index, parameters[gate.parameters[index]!.name])
    key += isFolded(value) ? `,${value}` : ','
  }
  return spreads === undefined
    ? key
    : `${key}|${spreads.join()}|${loopsOf(binding, spreads)}|${reductionOf(binding)}`
}

function loopsOf(binding: Binding, spreads: readonly Spread[] | undefined): number {
  return spreads?.includes('strided') ? walkOf(binding, spreads).extents.length : 1
}

function make(binding: Binding, spreads: readonly Spread[] | undefined): Template {
  const { rule } = binding.gate
  if (rule.type === 'tensor') throw new EagreError('internal', 'internal: no formulas')
  if (rule.type === 'pointwise')
    return straight(binding, spreads, pointwiseTerms(binding, rule, spreads))
  if (binding.operands.length > 2) return loop(rule, spreads !== undefined)
  return straight(binding, spreads, shortFoldTerms(binding, rule))
}

interface Terms {
  readonly value: Term
  readonly gradients: readonly (Term | undefined)[]
}

function straight(
  binding: Binding,
  spreads: readonly Spread[] | undefined,
  terms: Terms,
): StraightTemplate {
  const { gate, operands, answers } = binding
  return {
    type: 'straight',
    operands: operands.map((operand) => {
      return operand.memory === 'literal' && isFolded(operand.value) ? 'folded' : operand.memory
    }),
    parameters: readBy(gate).length,
    ...(spreads !== undefined && { spreads, ...reducing(binding) }),
    loops: loopsOf(binding, spreads),
    value: terms.value,
    gradients: terms.gradients.map((term, port) => (answers[port]! >= 0 ? term : undefined)),
  }
}

function reducing(binding: Binding): { readonly reduction?: 'sum' | 'mean' } {
  const reduction = reductionOf(binding)
  return reduction === 'none' ? {} : { reduction }
}

function operandTerm(operand: Operand, port: number): Term {
  const folded = operand.memory === 'literal' && isFolded(operand.value)
  return folded ? constant(operand.value) : variable(`x${port}`)
}

const y = variable('y')
const g = variable('g')
const divide = intrinsics.get('divide')!

function pointwiseTerms(
  binding: Binding,
  rule: PointwiseRule,
  spreads: readonly Spread[] | undefined,
): Terms {
  const { gate, operands, parameters } = binding
  const read = readBy(gate)
  const scope = new Map<string, Term>()
  gate.ports.forEach(({ name }, port) => scope.set(name, operandTerm(operands[port]!, port)))
  read.forEach(({ name }, index) => {
    const value = numberOf(gate, index, parameters[name])
    scope.set(name, isFolded(value) ? constant(value) : variable(`p${index}`))
  })
  const value = lower(rule.value, scope)
  const mean = spreads !== undefined && reductionOf(binding) === 'mean'
  const arriving: Term = {
    type: 'apply',
    intrinsic: divide,
    arguments: [g, variable(`p${read.length}`)],
  }
  scope.set('y', y).set('g', mean ? arriving : g)
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

function loop(rule: FoldRule, tensor: boolean): LoopTemplate {
  const [a, b, n] = [variable('a'), variable('b'), variable('n')]
  const scope = named({ a, b, y, g })
  const { finish } = rule
  const template = {
    type: 'loop',
    tensor,
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
