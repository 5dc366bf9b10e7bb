/** Puts together what one training run needs. */
import { EagreError } from '../errors.js'
import type { Executor } from '../kernel/kernel.js'
import { compileUpdate } from '../kernel/update.js'
import { nameOf } from '../language/name.js'
import type { FilePlan, Plan, Row, TrainPlan } from '../language/plan.js'
import type { Network } from '../network/network.js'
import { optimizer as declareOptimizer, schedules } from '../optimizers/index.js'
import type { Optimizer } from '../optimizers/optimizer.js'
import { seeded } from '../optimizers/random.js'
import type { Clock } from './clock.js'
import { Dataset } from './data.js'
import { Descent } from './descent.js'
import { trainPlanOf } from './options.js'
import type { TrainOptions } from './report.js'
import { Scheduler, type SchedulerListener } from './scheduler.js'

/** What a run works on. */
export interface Session {
  readonly network: Network
  readonly executor: Executor
  readonly optimizers: ReadonlyMap<string, Optimizer>
  readonly clock: Clock
  /** 1 for every node that gets a gradient in learning. */
  readonly active: Uint8Array
}

/** A run that has not started yet. Throws `bad-argument` and `bad-data`. */
export function schedulerFor(
  session: Session,
  rows: readonly Row[] | undefined,
  options: TrainOptions,
  listener: SchedulerListener,
): Scheduler {
  const { network, executor, optimizers, clock, active } = session
  const { wiring, state } = network
  const plan = trainPlanOf(wiring.plan.train, options)
  const optimizer = optimizerOf(plan, optimizers)
  const descent = new Descent({
    wiring,
    state,
    plan,
    update: compileUpdate(optimizer, plan.optimizer.parameters, executor),
    schedule: plan.schedule && schedules.get(plan.schedule.name),
    active,
    open: () => network.pending,
  })
  return new Scheduler({
    network,
    state,
    plan,
    data: new Dataset(wiring.plan, rows),
    descent,
    clock,
    generator: seeded(plan.seed, 'shuffle'),
    every: options.every ?? 'slice',
    loss: wiring.plan.loss!, // who may train has been asked for a loss
    metrics: new Map(wiring.plan.metrics.map((index) => [nameOf(wiring.plan, index), index])),
    ...listener,
  })
}

/** The rows to train on: the caller's, the file's own, or read from the file it names. */
export function rowsFor(
  plan: Plan,
  options: TrainOptions,
  readData: ((file: FilePlan) => Promise<readonly Row[]>) | undefined,
): readonly Row[] | undefined | Promise<readonly Row[]> {
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
  readData: (file: FilePlan) => Promise<readonly Row[]>,
): Promise<readonly Row[]> {
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

function optimizerOf(
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
