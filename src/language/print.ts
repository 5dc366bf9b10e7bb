/** Prints a plan, one line a node: for snapshots, and for whoever wants to see what was made. */
import type { ParameterValue } from '../gates/gate.js'
import { nameOf } from './name.js'
import type {
  ConstantNode,
  Field,
  GateNode,
  Nested,
  Plan,
  PlanNode,
  TestPlan,
  TrainPlan,
  WeightNode,
} from './plan.js'

/** The plan as text; what has its default is left out, save of parameters. */
export function printPlan(plan: Plan): string {
  const names = (nodes: readonly number[]) => nodes.map((index) => nameOf(plan, index)).join(' ')
  const lines = [`graph ${plan.name}`]
  for (const [index, node] of plan.nodes.entries()) lines.push(printNode(plan, index, node))
  if (plan.loss !== undefined) lines.push(`loss ${nameOf(plan, plan.loss)}`)
  if (plan.outputs.length > 0) lines.push(`outputs ${names(plan.outputs)}`)
  if (plan.metrics.length > 0) lines.push(`metrics ${names(plan.metrics)}`)
  for (const { name, measure, prediction, target } of plan.measures ?? []) {
    lines.push(`metric ${name} = ${measure}(${names([prediction, target])})`)
  }
  if (plan.loss !== undefined) lines.push(printTrain(plan.train))
  if (plan.learn !== undefined) {
    lines.push(['learn', ...printValues({ ...plan.learn }, ' ')].join(' '))
  }
  for (const test of plan.tests) lines.push(printTest(plan, test))
  return lines.join('\n')
}

function printNode(plan: Plan, index: number, node: PlanNode): string {
  const shape = node.shape.length > 0 ? ` [${node.shape.join(', ')}]` : ''
  const start = `${node.type} ${nameOf(plan, index)}${shape}`
  switch (node.type) {
    case 'input':
    case 'target':
      return node.default === undefined ? start : `${start} = ${printNested(node.default)}`
    case 'constant':
      return `${start} = ${printValued(node)}`
    case 'weight': {
      const frozen = node.frozen ? ' frozen' : ''
      const rate = node.learningRate === undefined ? '' : ` rate ${node.learningRate}`
      return `${start} = ${printValued(node)}${frozen}${rate}`
    }
    case 'gate':
      return `${start} = ${printGate(plan, node)}`
  }
}

function printValued({ value = 0, init }: WeightNode | ConstantNode): string {
  if (init === undefined) return printNested(value)
  return `${init.name}(${[...printValues(init.parameters, '='), `seed=${init.seed}`].join(', ')})`
}

function printGate(plan: Plan, { gate, ports, parameters }: GateNode): string {
  const written = ports.map((port) =>
    'node' in port ? nameOf(plan, port.node) : printNumber(port.value),
  )
  return `${gate}(${[...written, ...printValues(parameters, '=')].join(', ')})`
}

function printTrain(train: TrainPlan): string {
  const { optimizer, schedule, clip, until, data } = train
  const words = [
    'train',
    optimizer.name,
    ...printValues(optimizer.parameters, ' '),
    `rate ${train.learningRate}`,
    ...(train.epochs === undefined ? [] : [`epochs ${train.epochs}`]),
    `batch ${train.batch}${train.stack ? ' stacked' : ''}`,
    ...(schedule ? [`schedule ${schedule.name}`, ...printValues(schedule.parameters, ' ')] : []),
    ...(schedule?.per === 'update' ? ['per update'] : []),
    ...(train.shuffle ? ['shuffle'] : []),
    ...(train.seed === 0 ? [] : [`seed ${train.seed}`]),
    ...(clip ? printValues(clip, ' ').map((word) => `clip ${word}`) : []),
    ...(until ? printValues(until, ' ').map((word) => `until ${word}`) : []),
    ...(data === undefined ? [] : ['rows' in data ? `${data.rows.length} rows` : data.file]),
    ...(data?.split === undefined ? [] : [`test ${data.split.test} ${data.split.order}`]),
    ...(train.onFault === 'stop' ? [] : [`on_fault ${train.onFault}`]),
    ...(train.budget === 10 ? [] : [`budget ${train.budget}`]),
  ]
  const { declaration } = optimizer
  if (declaration === undefined) return words.join(' ')
  const formulas = [
    ...Object.entries(declaration.let ?? {}).map(([name, text]) => `  let ${name} = ${text}`),
    ...Object.entries(declaration.state).map(([name, text]) => `  state ${name} = ${text}`),
    `  update ${declaration.update}`,
  ]
  return [words.join(' '), ...formulas].join('\n')
}

function printTest(plan: Plan, test: TestPlan): string {
  const row = (values: Readonly<Record<string, Field>>) =>
    Object.entries(values).map(
      ([name, value]) => `${name} ${typeof value === 'string' ? value : printNested(value)}`,
    )
  const words = [
    `test "${test.name}"`,
    ...(test.train ? ['train'] : []),
    ...test.given.map((given) => `given ${row(given).join(', ')}`),
    ...(test.of === undefined ? [] : [`of ${nameOf(plan, test.of)}`]),
    ...row(test.expect).map((value) => `expect ${value}`),
    ...row(test.gradients).map((value) => `gradient ${value}`),
    ...(test.tolerance === 1e-9 ? [] : [`tolerance ${test.tolerance}`]),
  ]
  return words.join('; ')
}

function printValues(
  values: Readonly<Partial<Record<string, ParameterValue>>>,
  sign: string,
): string[] {
  return Object.entries(values).map(
    ([name, value]) => `${name}${sign}${Array.isArray(value) ? printNested(value) : String(value)}`,
  )
}

function printNested(value: Nested): string {
  return typeof value === 'number' ? printNumber(value) : `[${value.map(printNested).join(', ')}]`
}

function printNumber(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}
