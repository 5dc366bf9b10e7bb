/** Fills in how a graph is trained, and finds what makes no sense. */
import type { Range } from '../formula/syntax.js'
import type { Checking } from './context.js'
import { nameOf } from './name.js'
import { readOptimizer } from './optimizer.js'
import type { FilePlan, LearnPlan, PlanNode, RowsPlan, TrainPlan } from './plan.js'
import { readRows } from './rows.js'
import { readSchedule } from './schedule.js'
import type { DataSpec, Located, Spec, TrainSpec } from './spec.js'
import { statefulNode } from './stateful.js'

/** The plan of training; complete also for a graph that only predicts. */
export function readTrain(
  checking: Checking,
  spec: Spec,
  nodes: readonly PlanNode[],
  hasLoss: boolean,
): TrainPlan {
  const { train } = spec
  if (train.range !== undefined && !hasLoss && spec.loss === undefined) {
    checking.error('no-loss', train.range, { what: '"train" lowers a loss' })
  }
  checkNumbers(checking, train)
  if (train.stack?.value === true) checkStack(checking, nodes, train.stack.range)
  const optimizer = readOptimizer(checking, train.optimizer)
  const schedule = train.schedule && readSchedule(checking, train.schedule)
  const { until } = train
  const epochs = train.epochs?.value ?? (until === undefined ? 1 : undefined)
  return {
    ...(epochs !== undefined && { epochs }),
    batch: train.batch?.value ?? 1,
    ...(train.stack?.value === true && { stack: true }),
    optimizer: optimizer.plan,
    learningRate: train.learningRate?.value ?? optimizer.learningRate,
    ...(schedule && { schedule }),
    shuffle: train.shuffle?.value ?? false,
    seed: train.seed?.value ?? 0,
    ...(train.clip && { clip: values(train.clip) }),
    ...(until && { until: values(until) }),
    ...(train.data && { data: readData(checking, nodes, train.data) }),
    onFault: train.onFault?.value ?? 'stop',
    budget: train.budget?.value ?? 10,
  }
}

function checkStack(checking: Checking, nodes: readonly PlanNode[], range: Range): void {
  const index = statefulNode(nodes, checking.gates)
  const node = index === undefined ? undefined : nodes[index]!
  if (node?.type !== 'gate') return
  checking.error('cannot-stack', range, { gate: node.gate, name: nameOf({ nodes }, index!) })
}

/** The plan of learning from events, where the file has one. */
export function readLearn(
  checking: Checking,
  { learn, loss }: Spec,
  { schedule }: TrainPlan,
): LearnPlan | undefined {
  if (learn === undefined) return undefined
  const { range, ...said } = learn
  if (loss === undefined) checking.error('no-loss', range, { what: '"learn" lowers a loss' })
  if (schedule?.per === 'epoch') checking.error('learn-epochs', range, { schedule: schedule.name })
  if (said.labels !== undefined && said.id === undefined) {
    checking.error('learn-id', said.labels.range, {})
  }
  return values(said)
}

type Rule = readonly [expected: string, holds: (value: number) => boolean]

const count: Rule = ['a whole number from 1', (value) => Number.isSafeInteger(value) && value >= 1]
const seed: Rule = ['a whole number from 0', (value) => Number.isSafeInteger(value) && value >= 0]
const above: Rule = ['a number above 0', (value) => value > 0 && value < Infinity]
const finite: Rule = ['a finite number', Number.isFinite]

function checkNumbers(checking: Checking, train: TrainSpec): void {
  const check = (what: string, located: Located<number> | undefined, [expected, holds]: Rule) => {
    if (located === undefined || holds(located.value)) return
    const got = Object.is(located.value, -0) ? '-0' : String(located.value)
    checking.error('out-of-range', located.range, { what: `"${what}"`, expected, got })
  }
  check('epochs', train.epochs, count)
  check('batch', train.batch, count)
  check('learning_rate', train.learningRate, above)
  check('seed', train.seed, seed)
  check('norm', train.clip?.norm, above)
  check('value', train.clip?.value, above)
  check('loss', train.until?.loss, finite)
  check('patience', train.until?.patience, count)
  check('time', train.until?.time, above)
  check('budget', train.budget, above)
}

function readData(
  checking: Checking,
  nodes: readonly PlanNode[],
  data: DataSpec,
): RowsPlan | FilePlan {
  const { test, order } = data.split ?? {}
  const split = test && { split: { test: test.value, order: order?.value ?? 'last' } as const }
  if (data.type === 'rows') {
    return { rows: readRows(checking, nodes, data.rows, data.range), ...split }
  }
  return { file: data.file.value, header: data.header?.value ?? true, ...split }
}

type Values<T> = { -readonly [K in keyof T]: Exclude<T[K], undefined> extends Located<infer V> ? V : never } // prettier-ignore

/** The object without the places; what is absent stays absent. */
function values<T extends Readonly<Partial<Record<string, Located<unknown>>>>>(spec: T): Values<T> {
  const entries = Object.entries(spec).filter(([, located]) => located !== undefined)
  // `fromEntries` forgets which keys went in.
  return Object.fromEntries(entries.map(([key, located]) => [key, located!.value])) as Values<T>
}
