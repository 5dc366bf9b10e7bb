/** Collects the declared nodes of a spec: all of them share one namespace. */
import type { Checking } from './context.js'
import type { ConstantNode, InputNode, PlanNode, WeightNode } from './plan.js'
import type { GateSpec, InputSpec, Located, Spec, WeightSpec } from './spec.js'
import { readNested } from './value.js'

export interface Declared {
  /** Inputs, targets, weights, constants. */
  readonly sources: readonly PlanNode[]
  /** Gates, then the loss, then metrics with a formula. They are numbered after the sources. */
  readonly gates: readonly GateSpec[]
  /** The number of the first node of each name. */
  readonly declared: ReadonlyMap<string, number>
}

export function declare(checking: Checking, spec: Spec): Declared {
  const names = [
    ...spec.inputs.map(({ name }) => name),
    ...spec.targets.map(({ name }) => name),
    ...spec.weights.map(({ name }) => name),
    ...spec.constants.map(({ name }) => name),
    ...spec.gates.map(({ name }) => name),
  ]
  const metrics: GateSpec[] = []
  for (const { name, formula } of spec.metrics) {
    if (formula !== undefined) metrics.push({ name, body: formula })
  }
  const declared = new Map<string, number>()
  const firsts = new Map<string, Located<string>>()
  const add = (name: Located<string>, index: number) => {
    const first = firsts.get(name.value)
    if (first === undefined) {
      declared.set(name.value, index)
      firsts.set(name.value, name)
    } else {
      const line = checking.lineOf(first.range.start)
      checking.error('duplicate-node', name.range, { name: name.value, line })
    }
  }
  const reserved = ({ value, range }: Located<string>) => {
    if (value === 'loss') checking.error('reserved-name', range, { name: value })
    return value === 'loss'
  }
  for (const [index, name] of names.entries()) if (!reserved(name)) add(name, index)
  let count = names.length
  if (spec.loss !== undefined) declared.set('loss', count++)
  for (const { name } of metrics) {
    if (!reserved(name)) add(name, count)
    count++
  }
  const sources: PlanNode[] = [
    ...spec.inputs.map((input) => inputNode(checking, 'input', input)),
    ...spec.targets.map((input) => inputNode(checking, 'target', input)),
    ...spec.weights.map((weight) => weightNode(checking, weight)),
    ...spec.constants.map(({ name, value }): ConstantNode => {
      const read = readNested(checking, name.value, value)
      return { type: 'constant', ...vertex(name), value: read }
    }),
  ]
  const loss = spec.loss === undefined ? [] : [spec.loss]
  return { sources, gates: [...spec.gates, ...loss, ...metrics], declared }
}

function vertex({ value, range }: Located<string>) {
  return { name: value, shape: [], range }
}

function inputNode(
  checking: Checking,
  type: 'input' | 'target',
  { name, default: standard }: InputSpec,
): InputNode {
  const value = standard && { default: readNested(checking, name.value, standard) }
  return { type, ...vertex(name), ...value }
}

function weightNode(checking: Checking, spec: WeightSpec): WeightNode {
  const { name, value, frozen, learningRate } = spec
  if (learningRate !== undefined && !(learningRate.value >= 0 && learningRate.value < Infinity)) {
    checking.error('out-of-range', learningRate.range, {
      what: '"learning_rate"',
      expected: 'a number from 0',
      got: String(learningRate.value),
    })
  }
  return {
    type: 'weight',
    ...vertex(name),
    value: readNested(checking, name.value, value),
    ...(frozen && { frozen: frozen.value }),
    ...(learningRate && { learningRate: learningRate.value }),
  }
}
