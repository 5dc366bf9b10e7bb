/** What a training run is made of, and whom it tells what happens. */
import type { EagreError } from '../errors.js'
import type { Executor, State } from '../kernel/kernel.js'
import type { TrainPlan } from '../language/plan.js'
import type { Fault } from '../network/message.js'
import type { Network } from '../network/network.js'
import type { Optimizer } from '../optimizers/optimizer.js'
import type { Clock } from './clock.js'
import type { Dataset } from './data.js'
import type { Descent } from './descent.js'
import type { EngineOption } from './engine.js'
import type { MeansOptions } from './means.js'
import type { TrainReport } from './report.js'
import type { RunIdentity, SavedRun } from './saved.js'
import type { Generator } from './shuffle.js'

/** What one run is made of. */
export interface SchedulerOptions extends SchedulerListener, MeansOptions {
  readonly network: Network
  readonly state: State
  readonly executor: Executor
  readonly plan: TrainPlan
  readonly data: Dataset
  /** Rows that are held back: never learned from, and evaluated at epoch ends that are reported. */
  readonly test?: Dataset
  readonly descent: Descent
  readonly clock: Clock
  readonly generator: Generator
  readonly every: 'slice' | 'epoch' | number
  readonly optimizer: Optimizer
  /** 1 for every node that gets a gradient in learning. */
  readonly active: Uint8Array
  readonly engine: EngineOption
  /** What the run is started with, for whoever goes on with it. */
  readonly identity: RunIdentity
  /** Goes on from there, in place of the first epoch. */
  readonly resume?: SavedRun
}

/** Whom a run tells what happens. */
export interface SchedulerListener {
  /** The number of the next step, or the first of so many, which may be none: a graph counts all. */
  nextStep(steps?: number): number
  report(report: TrainReport): void
  updated(): void
  /** Whether somebody wants to hear of single updates. */
  watched(): boolean
  fault(fault: Fault): void
  /** Training is over, by itself or with an error. Not called after `stop`. */
  ended(error?: EagreError): void
}
