/** Collects the declared nodes of a spec: all of them share one namespace. */
import { sameShape, scalar, sizeOf } from '../tensor/shape.js'
import type { Checking } from './context.js'
import { columnsOf } from './from.js'
import { measureGates, measureOf } from './measures.js'
import type { ConstantNode, InputNode, PlanNode, WeightNode } from './plan.js'
import { withStatistics } from './standardize.js'
import type { ConstantSpec, GateSpec, InputSpec, Located, Spec, WeightSpec } from './spec.js'
import { filled, mustHave, readInit, readNested, readShape } from './value.js'

export interface Declared {
  /** Inputs, targets, weights, constants. */
  readonly sources: readonly PlanNode[]
  /**
   * Gates, then the loss, then metrics with a formula and formulas in measures. They are numbered
   * after the sources.
   */
  readonly gates: readonly GateSpec[]
  /** The number of the first node of each name. */
  readonly declared: ReadonlyMap<string, number>
  /** Sources of which something is wrong, so that nobody knows their shape. */
  readonly doubtful: ReadonlySet<number>
  /** Weights and constants that wait for the sizes of a module's inputs. */
  readonly waiting: ReadonlyMap<number, WeightSpec | ConstantSpec>
  readonly seed: number
}

export function declare(checking: Checking, spec: Spec): Declared {
  const metrics: GateSpec[] = []
  const inner: GateSpec[] = []
  const measures: Located<string>[] = []
  for (const metric of spec.metrics) {
    const { name, formula } = metric
    const call = measureOf(metric, checking)
    if (call === undefined) {
      if (formula !== undefined) metrics.push({ name, body: formula })
    } else {
      measures.push(name)
      inner.push(...measureGates(metric, call))
    }
  }
  const loss = spec.loss === undefined ? [] : [spec.loss]
  const stated = [...spec.gates, ...loss, ...metrics, ...inner]
  const { gates, statistics } = withStatistics(checking, stated)
  const names = [
    ...spec.inputs.map(({ name }) => name),
    ...spec.targets.map(({ name }) => name),
    ...spec.weights.map(({ name }) => name),
    ...statistics.map(({ name, range }) => ({ value: name, range: range! })), // that of the call
    ...spec.constants.map(({ name }) => name),
    ...spec.gates.map(({ name }) => name),
  ]
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
  for (const name of measures) reserved(name)
  for (const { name } of inner) declared.set(name.value, count++)
  const seed = spec.train.seed?.value ?? 0
  const header = headerOf(spec)
  const doubtful = new Set<number>()
  let told = checking.problems.length
  const sources: PlanNode[] = []
  const waiting = new Map<number, WeightSpec | ConstantSpec>()
  const place = (node: PlanNode, spec: ConstantSpec | InputSpec) => {
    if ('sizes' in spec || 'size' in spec) waiting.set(sources.length, spec)
    if (checking.problems.length > told) doubtful.add(sources.length)
    told = checking.problems.length
    sources.push(node)
  }
  for (const input of spec.inputs) place(inputNode(checking, 'input', input, header), input)
  for (const input of spec.targets) place(inputNode(checking, 'target', input, header), input)
  for (const weight of spec.weights) place(weightNode(checking, weight, seed), weight)
  sources.push(...statistics)
  for (const constant of spec.constants) {
    checking.within = constant.instance
    const value = valued(checking, constant, seed)
    checking.within = undefined
    place({ type: 'constant', ...vertex(constant.name), ...value }, constant)
  }
  return {
    sources,
    gates,
    declared,
    doubtful,
    waiting,
    seed,
  }
}

function vertex({ value, range }: Located<string>) {
  return { name: value, shape: [], range }
}

/** The names of columns that the file itself says. */
function headerOf({ train: { data } }: Spec): readonly string[] | undefined {
  const header = data?.type === 'file' ? data.header?.value : undefined
  return typeof header === 'object' ? header : undefined
}

function inputNode(
  checking: Checking,
  type: 'input' | 'target',
  spec: InputSpec,
  header: readonly string[] | undefined,
): InputNode {
  const { name, default: standard, classes, hash } = spec
  const from = columns(checking, spec, header)
  const declared = spec.shape && readShape(checking, name.value, spec.shape)
  const read = standard && readNested(checking, name.value, standard)
  const list = typeof from === 'object' ? [from.length] : undefined
  const given = read !== undefined && read.shape.length > 0 ? read.shape : undefined
  const shape = declared ?? list ?? given ?? scalar
  if (list !== undefined && list[0] !== sizeOf(shape)) {
    const fields = { name: name.value, columns: list[0]!, shape }
    checking.error('column-count', spec.from!.range, fields)
  }
  if (given !== undefined) mustHave(checking, name.value, read!, shape, standard!.range)
  const value = typeof read?.value === 'number' ? filled(read.value, shape) : read?.value
  return {
    type,
    ...vertex(name),
    shape,
    ...(value !== undefined && { default: value }),
    ...(from !== undefined && { from }),
    ...(classes && { classes: classes.value }),
    ...(hash && { hash: hash.value }),
  }
}

function columns(
  checking: Checking,
  { from }: InputSpec,
  header: readonly string[] | undefined,
): InputNode['from'] {
  if (from === undefined) return undefined
  const texts = 'items' in from ? from.items : [from]
  const found = texts.map((text) => {
    const read = columnsOf(text.value, header)
    if (read === undefined) checking.error('bad-range', text.range, { text: text.value })
    return read ?? text.value
  })
  const [only] = found
  return 'items' in from ? found.flat() : only
}

function weightNode(checking: Checking, spec: WeightSpec, seed: number): WeightNode {
  const { name, frozen, learningRate } = spec
  checking.within = spec.instance
  const value = valued(checking, spec, seed)
  checking.within = undefined
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
    ...value,
    ...(frozen && { frozen: frozen.value }),
    ...(learningRate && { learningRate: learningRate.value }),
  }
}

/** The shape of a weight or constant, and its value or how it is drawn. */
export function valued(
  checking: Checking,
  spec: ConstantSpec,
  seed: number,
): Pick<ConstantNode, 'shape' | 'value' | 'init'> {
  const { name, value, init } = spec
  // What stands in until the sizes are known.
  if (spec.sizes !== undefined || spec.size !== undefined) return { shape: scalar, value: 0 }
  const declared = spec.shape && readShape(checking, name.value, spec.shape)
  if (init !== undefined) {
    const shape = declared ?? scalar
    const drawn = readInit(checking, init, shape, spec.seed?.value ?? seed)
    return { shape, ...(drawn === undefined ? { value: 0 } : { init: drawn }) }
  }
  if (value === undefined) return { shape: declared ?? scalar, value: 0 }
  const read = readNested(checking, name.value, value)
  if (declared === undefined || sameShape(read.shape, declared)) return read
  if (typeof read.value === 'number') {
    const parameters = Object.assign(Object.create(null), { value: read.value })
    return { shape: declared, init: { name: 'constant', parameters, seed: 0 } }
  }
  mustHave(checking, name.value, read, declared, value.range)
  return { shape: declared, value: 0 }
}
