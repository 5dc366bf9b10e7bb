/** Puts together what one training run needs. */
import { EagreError } from '../errors.js'
import type { Executor } from '../kernel/kernel.js'
import { compileUpdate } from '../kernel/update.js'
import { nameOf } from '../language/name.js'
import type { FilePlan, GateNode, Plan, TrainPlan } from '../language/plan.js'
import { statefulNode } from '../language/stateful.js'
import type { Network } from '../network/network.js'
import type { Wiring } from '../network/wiring.js'
import { optimizer as declareOptimizer, schedules } from '../optimizers/index.js'
import type { Optimizer } from '../optimizers/optimizer.js'
import { seeded } from '../optimizers/random.js'
import type { Clock } from './clock.js'
import { Dataset } from './data.js'
import { Descent } from './descent.js'
import { chooseEngine, type EngineChoice, type EngineOption } from './engine.js'
import { preparedFor, stepsOf } from './fused.js'
import type { FusedStep } from './fusedstep.js'
import type { MeansOptions } from './means.js'
import { Digest } from './digest.js'
import { trainPlanOf } from './options.js'
import type { TrainOptions } from './report.js'
import { continued, type Resume } from './savedrun.js'
import type { SavedOptions } from './saved.js'
import { settingsOf } from './settings.js'
import { shuffled } from './shuffle.js'
import type { Fields } from './source.js'
import type { SchedulerListener } from './listener.js'
import { Scheduler } from './scheduler.js'

/** What a run works on. */
export interface Session {
  readonly network: Network
  /** What makes single steps while nobody watches. */
  readonly fused: FusedStep
  readonly executor: Executor
  readonly optimizers: ReadonlyMap<string, Optimizer>
  readonly clock: Clock
  /** 1 for every node that gets a gradient in learning. */
  readonly active: Uint8Array
  readonly engine: EngineOption
}

/**
 * A run that has not started yet, or that goes on from a checkpoint. Throws `bad-argument` and
 * `bad-data`.
 */
export function schedulerFor(
  session: Session,
  rows: readonly Fields[] | undefined,
  options: TrainOptions,
  listener: SchedulerListener,
  resume?: Resume,
): Scheduler {
  const { network, executor, optimizers, clock, active, engine } = session
  const { wiring, state } = network
  const said = optionsOver(resume?.run.options ?? {}, options)
  const plan = trainPlanOf(wiring.plan.train, said)
  if (plan.stack) mustStack(wiring)
  if (plan.shuffle && wiring.stateSize > 0) {
    throw new EagreError('bad-argument', 'train: shuffle brings out of order what gates keep', {
      hint: 'leave shuffle out: the rows must come one after the other',
    })
  }
  const optimizer = optimizerOf(plan, optimizers)
  const parts = split(rows, plan)
  const data = new Dataset(wiring.plan, parts.train)
  const test = parts.test.length > 0 ? new Dataset(wiring.plan, parts.test) : undefined
  // Whether a step can hold a batch.
  if (plan.stack && data.completed > 0) network.batchOf(Math.min(plan.batch, data.completed))
  const digest = new Digest()
  data.digest(digest)
  test?.digest(digest)
  const identity = {
    options: said,
    settings: settingsOf(wiring.plan, plan),
    data: { rows: data.length, heldBack: parts.test.length, hash: digest.end() },
  }
  // Before anything of the state changes.
  const saved = resume && continued(resume, identity, plan.optimizer.name)
  const descent = new Descent({
    wiring,
    state,
    plan,
    update: compileUpdate(optimizer, plan.optimizer.parameters, executor),
    schedule: plan.schedule && schedules.get(plan.schedule.name),
    active,
    open: () => network.pending,
    direct: (plan.batch === 1 || plan.stack) && plan.clip === undefined,
  })
  return new Scheduler({
    network,
    state,
    executor,
    plan,
    data,
    ...(test && { test }),
    descent,
    clock,
    generator: seeded(plan.seed, 'shuffle'),
    every: said.every ?? 'slice',
    optimizer,
    active,
    engine: options.engine ?? engine,
    identity,
    ...(saved && { resume: saved }),
    ...meansOf(wiring.plan),
    ...listener,
  })
}

/** What would execute a run of a graph by itself, as far as is known without its data. */
export function engineFor(session: Session): EngineChoice {
  const { network, optimizers, active, engine } = session
  const { wiring } = network
  const plan = wiring.plan.train
  const { data } = plan
  const tests = data?.split !== undefined
  const run = { network, plan, optimizer: optimizerOf(plan, optimizers), active, engine, hostEpochs: tests, tests } // prettier-ignore
  const rows = data === undefined ? 1 : 'rows' in data ? data.rows.length : Number.POSITIVE_INFINITY
  const chosen = chooseEngine(
    engine,
    preparedFor({ ...run, ...meansOf(wiring.plan), rows }),
    // How many a file has is only known when it is read.
    rows === Infinity ? 1 : rows,
    stepsOf(plan, rows),
  )
  return { engine: chosen.engine, reason: chosen.reason }
}

function meansOf(plan: Plan): MeansOptions {
  return {
    loss: plan.loss!, // who may train has been asked for a loss
    measures: plan.measures ?? [],
    metrics: new Map(plan.metrics.map((index) => [nameOf(plan, index), index])),
  }
}

/** What a caller says, over what was said when the run that goes on began. */
function optionsOver(was: SavedOptions, is: TrainOptions): SavedOptions {
  return {
    epochs: is.epochs ?? was.epochs,
    batch: is.batch ?? was.batch,
    stack: is.stack ?? was.stack,
    learningRate: is.learningRate ?? was.learningRate,
    shuffle: is.shuffle ?? was.shuffle,
    seed: is.seed ?? was.seed,
    every: is.every ?? was.every,
  }
}

/** Throws `bad-argument` where samples must come one after the other. */
function mustStack({ plan, gates }: Wiring): void {
  const node = statefulNode(plan.nodes, gates)
  if (node === undefined) return
  const { gate } = plan.nodes[node] as GateNode // only gates are stateful
  throw new EagreError(
    'bad-argument',
    `train: stack runs the samples of a batch at once, and "${gate}" (the node "${nameOf(plan, node)}") takes them one after the other`,
    { hint: 'train without stack' },
  )
}

/** How many of so many rows are held back for testing. */
export function heldBack({ data }: TrainPlan, rows: number): number {
  if (data?.split === undefined) return 0
  return Math.min(rows, Math.max(1, Math.round(data.split.test * rows)))
}

/** The rows to learn from, and those that are held back. */
function split(
  rows: readonly Fields[] | undefined,
  plan: TrainPlan,
): { readonly train: readonly Fields[] | undefined; readonly test: readonly Fields[] } {
  const { data, seed } = plan
  const held = data?.split
  if (rows === undefined || held === undefined) return { train: rows, test: [] }
  const count = heldBack(plan, rows.length)
  if (count === rows.length) {
    throw new EagreError('bad-data', `holding back ${held.test} of ${rows.length} rows leaves none`)
  }
  const order = Int32Array.from(rows, (_, index) => index)
  if (held.order === 'shuffled') shuffled(order, seeded(seed, 'split'))
  // Both parts keep the order of the file.
  const drawn = new Set(order.subarray(rows.length - count))
  return {
    train: rows.filter((_, index) => !drawn.has(index)),
    test: rows.filter((_, index) => drawn.has(index)),
  }
}

/** The rows to train on: the caller's, the file's own, or read from the file it names. */
export function rowsFor(
  plan: Plan,
  options: TrainOptions,
  readData: ((file: FilePlan) => Promise<readonly Fields[]>) | undefined,
): readonly Fields[] | undefined | Promise<readonly Fields[]> {
  const { data } = plan.train
  if (options.data !== undefined) return options.data
  if (data === undefined) return undefined
  if ('rows' in data) return data.rows
  if (readData !== undefined) return read(data, readData)
  throw new EagreError('bad-argument', `train: the data file "${data.file}" cannot be read here`, {
    hint: 'pass rows as train({ data }), or load the graph with loadGraph of eagre/node',
  })
}

async function read(
  plan: FilePlan,
  readData: (file: FilePlan) => Promise<readonly Fields[]>,
): Promise<readonly Fields[]> {
  try {
    return await readData(plan)
  } catch (cause) {
    if (cause instanceof EagreError) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new EagreError('io', `train: the data file "${plan.file}" cannot be read: ${reason}`, {
      cause,
    })
  }
}

/** The optimizer that a plan names or declares. */
export function optimizerOf(
  { optimizer }: TrainPlan,
  optimizers: ReadonlyMap<string, Optimizer>,
): Optimizer {
  if (optimizer.declaration !== undefined) return declareOptimizer(optimizer.declaration)
  const known = optimizers.get(optimizer.name)
  if (known !== undefined) return known
  throw new EagreError(
    'bad-argument',
    `the plan names an optimizer "${optimizer.name}" that was not passed in`,
  )
}
