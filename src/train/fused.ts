/** Makes the steps of a run inside a kernel, for as long as nobody watches the network. */
import { lowerRegion } from '../kernel/lower.js'
import { keepsState, type Cell } from '../kernel/region.js'
import type { Control, EvaluatedRows, Exit, Seen, Training, TrainingKernel, TrainingMemory } from '../kernel/training.js' // prettier-ignore
import { programOf } from '../kernel/program.js'
import type { TrainPlan } from '../language/plan.js'
import type { LiveFrame } from '../network/frame.js'
import type { Network } from '../network/network.js'
import { bind, type Wiring } from '../network/wiring.js'
import type { Optimizer } from '../optimizers/optimizer.js'
import type { Dataset } from './data.js'
import { rangesOf, type Descent } from './descent.js'
import { chooseEngine, type ChosenEngine, type EngineOption, type EngineUse } from './engine.js'
import type { SchedulerOptions } from './listener.js'
import type { Means, MeansOptions } from './means.js'
import { prepared, type Prepared } from './prepared.js'
import { standardizedIn } from './statistics.js'

/** What a run is as kernels see it. */
export interface FusedRun extends MeansOptions {
  readonly network: Network
  readonly plan: TrainPlan
  readonly optimizer: Optimizer
  /** 1 for every node that gets a gradient in learning. */
  readonly active: Uint8Array
  readonly engine: EngineOption
  /** The host has something to do at the end of each epoch. */
  readonly hostEpochs: boolean
  /** There are rows beside those that are learned from. */
  readonly tests: boolean
}

/** What a fused run is made of. */
export interface FusedOptions extends FusedRun {
  readonly data: Dataset
  readonly descent: Descent
  readonly means: Means
  readonly order: Int32Array
  /** Whether somebody watches the updates. */
  watched(): boolean
  /** Puts `order` into the order of the next epoch. */
  shuffle(): void
}

/** How far a run has come, beside what its parts know themselves. */
export type Progress = Pick<
  Control,
  'position' | 'epoch' | 'inBatch' | 'learned' | 'lastLoss' | 'bestLoss' | 'bestEpoch'
>

/** The kernel of a run, and its memories. */
export class Fused {
  /** What executes it, and why; without a kernel the network does. */
  readonly choice: ChosenEngine
  readonly control: Control
  private readonly kernel: TrainingKernel | undefined
  private readonly options: FusedOptions
  private steps = 0
  private evaluated = 0
  private frame: LiveFrame | undefined

  /** Throws `bad-argument` where the engine that was asked for cannot be. */
  constructor(options: FusedOptions) {
    const { network, descent, means, engine, plan, data } = options
    this.options = options
    this.control = controlFor(plan)
    const frame = () => (this.frame ??= network.frameToKeep(plan.seed))
    this.choice = chooseEngine(
      engine,
      preparedFor(options),
      data.length,
      stepsOf(plan, data.length),
    )
    this.kernel = this.choice.start?.({
      factor: (tick) => descent.setFactor(tick),
      shuffle: options.shuffle,
      accumulate: () => {
        const finite = descent.accumulate(frame(), this.control.epoch)
        this.control.answered = descent.answered
        return finite
      },
      measure: () => {
        means.add(frame())
        this.control.count = means.count
      },
    })
  }

  get use(): EngineUse {
    const { engine, reason } = this.choice
    return { engine, reason, steps: this.steps, evaluated: this.evaluated }
  }

  /** Where the run is after a call. */
  get progress(): Progress {
    const { position, epoch, inBatch, learned, lastLoss, bestLoss, bestEpoch } = this.control
    return { position, epoch, inBatch, learned, lastLoss, bestLoss, bestEpoch }
  }

  /** How many steps from number `step` on may be made in the kernel: those that nobody watches. */
  free(step: number): number {
    const { network, watched } = this.options
    if (this.kernel === undefined || network.pending > 0 || watched()) return 0
    return network.unwatched(step)
  }

  /** Makes at most `limit` steps from where the run is; `control` says where it is then. */
  run(from: Progress, limit: number): Exit {
    const { control } = this
    const { network, descent, means } = this.options
    const { state } = network
    control.made = 0
    if (limit === 0) return 'step'
    control.limit = limit
    control.position = from.position
    control.epoch = from.epoch
    control.inBatch = from.inBatch
    control.learned = from.learned
    control.lastLoss = from.lastLoss
    control.bestLoss = from.bestLoss
    control.bestEpoch = from.bestEpoch
    control.answered = descent.answered
    control.updates = state.updates
    control.count = means.count
    control.lastCount = means.lastCount
    const memory = this.memory()
    const { sum } = memory
    const exit = this.kernel!.run(memory, control)
    // What the host gathered itself may lie in another array by now.
    if (memory.sum === sum) memory.sum = descent.sum
    descent.adopt(memory)
    if (control.updates !== state.updates) descent.moved(control.updates)
    descent.answered = control.answered
    means.count = control.count
    means.lastCount = control.lastCount
    network.pass(control.made)
    this.steps += control.made
    return exit
  }

  /**
   * Computes the values of rows from number `from` on, at most up to `end`, and returns the first
   * that it has not computed; the first step, of rows that have their targets, has this number.
   */
  evaluate(data: Dataset, from: number, end: number, step: number, seen: Seen): number {
    const { network } = this.options
    if (this.kernel === undefined || network.pending > 0) return from
    const last = Math.min(end, from + network.unwatched(step))
    if (last <= from) return from
    let made = 0
    const rows: EvaluatedRows = { rows: data.values, complete: data.completes }
    const next = this.kernel.evaluate(this.memory(), rows, from, last, (computed) => {
      made++
      seen(computed)
    })
    network.pass(made)
    this.evaluated += made
    return next
  }

  /** The run is over: everything lies in memory of the host again. */
  release(): void {
    this.options.descent.own()
    if (this.frame !== undefined) this.frame.weights = this.options.network.state.weights
    this.kernel?.release?.()
  }

  private memory(): TrainingMemory {
    const { network, data, descent, means, order, plan } = this.options
    const { state } = network
    const frame = (this.frame ??= network.frameToKeep(plan.seed))
    frame.weights = state.weights
    return {
      frame,
      rows: data.values,
      complete: data.completes,
      order,
      state,
      weights: state.weights,
      slots: state.optimizer,
      sum: descent.sum,
      sums: means.sums,
      lastSums: means.lastSums,
    }
  }
}

/** What is made for a run, or was for one before. The key is all of a run that `trainingOf` looks at. */
export function preparedFor(run: FusedRun): Prepared {
  const { network, plan, hostEpochs, tests, engine } = run
  const { optimizer, batch, stack, clip, learningRate, schedule, shuffle } = plan
  const key = [
    engine,
    optimizer,
    batch,
    stack,
    clip,
    learningRate,
    schedule,
    shuffle,
    hostEpochs,
    tests,
  ]
  return prepared(network, key, () => trainingOf(run))
}

function controlFor({ epochs = Infinity, until }: TrainPlan): Control {
  return {
    limit: 1,
    made: 0,
    lastEpoch: epochs,
    wantedLoss: until?.loss ?? Number.NaN,
    patience: until?.patience ?? Infinity,
    position: 0,
    epoch: 0,
    inBatch: 0,
    answered: 0,
    updates: 0,
    learned: 0,
    count: 0,
    lastCount: 0,
    lastLoss: Number.NaN,
    bestLoss: Number.POSITIVE_INFINITY,
    bestEpoch: 0,
  }
}

/** A run as data for kernels, or why there can be none. */
function trainingOf(run: FusedRun): Training | string {
  const { network, plan, optimizer, active, loss, metrics, measures, hostEpochs, tests, engine } =
    run
  if (engine === 'live') return 'asked for'
  if (plan.stack) return 'each batch is one step'
  const { wiring } = network
  if (wiring.delays.depth > 0) return 'gradients go back to steps before'
  const route = network.learningRoute
  if (
    wiring.sparse.some(
      (node, index) => node !== undefined && node.listed >= 0 && active[index] === 1,
    )
  ) {
    // prettier-ignore
    return 'a table is read in several places'
  }
  const cell = (node: number) => cellOf(wiring, node)
  const standardized = standardizedIn(wiring)
  const delayed = wiring.delays.all.flatMap(({ from }) => (from < 0 ? [] : [from]))
  const read = measures.flatMap(({ prediction, target }) => [prediction, target])
  const region = lowerRegion({
    layout: wiring,
    way: route,
    bind: (index, answers) => bind(wiring, index, answers),
    wanted: [loss, ...metrics.values(), ...read, ...standardized, ...delayed],
  })
  const { schedule, clip } = plan
  return {
    region,
    loss: cell(loss),
    width: wiring.sizes.subarray(0, wiring.firstFixed).reduce((sum, size) => sum + size, 0),
    valuesSize: wiring.valuesSize,
    gradientsSize: wiring.gradientsSize,
    weightsSize: wiring.weightsSize,
    ranges: rangesOf(wiring, active, []),
    batch: plan.batch,
    ...(clip && { clip }),
    program: programOf(optimizer, plan.optimizer.parameters),
    learningRate: plan.learningRate,
    ...(schedule && { schedule: schedule.per === 'update' ? 'update' : 'epoch' }),
    means: [loss, ...metrics.values()].map(cell),
    measures: measures.length > 0,
    shuffle: plan.shuffle,
    // What gates keep begins afresh with each epoch.
    hostEpochs: hostEpochs || measures.length > 0 || keepsState(region),
    evaluates: tests || standardized.length > 0,
    shown: standardized.map(cell),
  }
}

/** Whether the host has something to do at the end of each epoch. */
export function endsAreHosts({ every, test, plan }: SchedulerOptions): boolean {
  return every === 'epoch' || test !== undefined || plan.until?.restoreBest === true
}

/** How many steps a run has at most. */
export function stepsOf({ epochs }: TrainPlan, rows: number): number | undefined {
  return epochs === undefined ? undefined : epochs * rows
}

function cellOf({ plan, offsets }: Wiring, node: number): Cell {
  return `${plan.nodes[node]!.type === 'weight' ? 'w' : 'v'}${offsets[node]!}`
}
