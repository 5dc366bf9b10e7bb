/** Makes the steps of a run inside a kernel, for as long as nobody watches the network. */
import { EagreError } from '../errors.js'
import { keepsState, type Cell } from '../kernel/region.js'
import type { Control, EvaluatedRows, Exit, Seen, Stacked, Training, TrainingHost, TrainingKernel, TrainingMemory } from '../kernel/training.js' // prettier-ignore
import { programOf } from '../kernel/program.js'
import type { TrainPlan } from '../language/plan.js'
import type { Circuit } from '../network/circuit.js'
import type { LiveFrame } from '../network/frame.js'
import type { Network } from '../network/network.js'
import type { Wiring } from '../network/wiring.js'
import type { Optimizer } from '../optimizers/optimizer.js'
import type { Dataset } from './data.js'
import { rangesOf, type Descent } from './descent.js'
import { chooseEngine, type ChosenEngine, type EngineOption, type EngineUse } from './engine.js'
import type { SchedulerOptions } from './listener.js'
import { delayedIn, loweredStep, readsLargeTables, singleIn } from './lowered.js'
import type { Means, MeansOptions } from './means.js'
import { prepared, Prepared } from './prepared.js'
import { standardizedIn } from './statistics.js'
import { Watched } from './watched.js'

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
  /** How many rows are learned from, as far as that is known. */
  readonly rows: number
}

/** What a fused run is made of. */
export interface FusedOptions extends Omit<FusedRun, 'rows'> {
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
  private readonly evaluator: Evaluator | undefined
  private readonly options: FusedOptions
  private steps = 0
  private evaluated = 0
  private readonly frame: LiveFrame | undefined
  private readonly watched: Watched

  /** Throws `bad-argument` where the engine that was asked for cannot be. */
  constructor(options: FusedOptions) {
    const { network, descent, means, engine, plan, data } = options
    this.options = options
    this.control = controlFor(plan)
    const run = { ...options, rows: data.completed }
    this.choice = chooseEngine(engine, preparedFor(run), data.length, stepsOf(plan, data.length))
    this.watched = new Watched(this.choice.engine, engine !== 'auto')
    if (this.choice.start === undefined) return
    const circuit = circuitOf(run)
    const frame = network.frameToKeep(plan.seed, circuit)
    this.frame = frame
    const host: TrainingHost = {
      factor: (tick) => descent.setFactor(tick),
      shuffle: options.shuffle,
      accumulate: () => {
        const finite = descent.accumulate(frame, this.control.epoch)
        this.control.answered = descent.answered
        return finite
      },
      measure: (computed) => {
        means.add(computed, circuit.wiring)
        this.control.count = means.count
      },
    }
    this.kernel = this.choice.start(host)
    this.evaluator = plan.stack ? this.single(run, host) : { kernel: this.kernel, frame }
  }

  /** What evaluates rows one by one where a step is a whole batch. */
  private single(run: FusedRun, host: TrainingHost): Evaluator | undefined {
    const { network, plan } = run
    const { engine } = this.choice
    const made = preparedFor({ ...run, plan: { ...plan, stack: false, batch: 1 } })
    const { training } = made
    if (engine === 'live' || typeof training === 'string' || !training.evaluates) return undefined
    const start = made.by(engine)
    if (typeof start === 'string') return undefined
    return { kernel: start(host), frame: network.frameToKeep(plan.seed) }
  }

  get use(): EngineUse {
    const { engine, reason } = this.choice
    const { steps, evaluated } = this
    return { engine, reason, steps, evaluated, watched: this.watched.steps }
  }

  /** Lets a kernel make a learn step that somebody watches, where there is one. */
  attach(frame: LiveFrame): void {
    this.watched.attach(frame)
  }

  /** How many steps from number `step` on may be made in the kernel: those that nobody watches. */
  free(step: number): number {
    const { network, watched } = this.options
    if (this.kernel === undefined || network.pending > 0 || watched()) return 0
    return network.unwatched(step)
  }

  /** So many steps, or a few more: the kernel is quickest where it need not break up a batch. */
  whole(steps: number, inBatch: number): number {
    const together = this.kernel?.together ?? 1
    const rest = (inBatch + steps) % together
    return rest === 0 ? steps : steps + together - rest
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
    const { evaluator } = this
    if (evaluator === undefined || network.pending > 0) return from
    const last = Math.min(end, from + network.unwatched(step))
    if (last <= from) return from
    let made = 0
    const rows: EvaluatedRows = { rows: data.values, complete: data.completes }
    const { kernel, frame } = evaluator
    frame.weights = network.state.weights
    const memory = this.memory()
    const given = frame === memory.frame ? memory : { ...memory, ...nothing, frame }
    const next = kernel.evaluate(given, rows, from, last, (computed) => {
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
    const { weights } = this.options.network.state
    for (const frame of [this.frame, this.evaluator?.frame]) if (frame) frame.weights = weights
    this.kernel?.release?.()
    this.evaluator?.kernel.release?.()
  }

  private memory(): TrainingMemory {
    const { network, data, descent, means, order } = this.options
    const { state } = network
    const frame = this.frame! // there is one where there is a kernel
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

/** What computes rows that nothing is learned from. */
interface Evaluator {
  readonly kernel: TrainingKernel
  readonly frame: LiveFrame
}

/** The rows to learn from, for a kernel that learns nothing. */
const nothing = {
  rows: new Float64Array(0),
  complete: new Uint8Array(0),
  order: new Int32Array(0),
}

/** What is made for a run, or was for one before. The key is all of a run that `trainingOf` looks at. */
export function preparedFor(all: FusedRun): Prepared {
  const { network, plan, optimizer: rule, active, hostEpochs, tests, engine, rows } = all
  const { loss, metrics, measures } = all
  // It may be kept for long, and holds no data.
  const run = { network, plan, optimizer: rule, active, hostEpochs, tests, engine, rows, loss, metrics, measures } // prettier-ignore
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
    samplesOf(run),
  ]
  return prepared(network, key, () => {
    return new Prepared(
      () => trainingOf(run),
      () => singleIn(network.circuit, wantedIn(run)),
    )
  })
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
  const { network, plan, optimizer, active, loss, metrics, measures, hostEpochs, tests, engine } = run // prettier-ignore
  if (engine === 'live') return 'asked for'
  const samples = samplesOf(run)
  const { wiring: single } = network
  if (single.delays.depth > 0) return 'gradients go back to steps before'
  const { wiring, base: way } = circuitOf(run)
  if (way === undefined) throw new EagreError('internal', 'internal: a graph without a loss')
  const large = readsLargeTables(wiring, active)
  if (large && engine === 'auto') return 'a large table is read in several places'
  const cell = (node: number) => cellOf(wiring, node)
  const standardized = standardizedIn(wiring)
  const region = loweredStep(wiring, way, wantedIn(run))
  const { schedule, clip } = plan
  return {
    region,
    loss: cell(loss),
    ...(samples !== undefined && {
      stack: {
        samples,
        last: samples < plan.batch,
        losses: wiring.sizes[loss]!,
        sources: sourcesIn(single),
      },
    }),
    width: single.sizes.subarray(0, single.firstFixed).reduce((sum, size) => sum + size, 0),
    valuesSize: wiring.valuesSize,
    gradientsSize: wiring.gradientsSize,
    weightsSize: wiring.weightsSize,
    ranges: rangesOf(wiring, active, []),
    // A whole batch is one step.
    batch: samples === undefined ? plan.batch : 1,
    ...(clip && { clip }),
    program: programOf(optimizer, plan.optimizer.parameters),
    learningRate: plan.learningRate,
    ...(schedule && { schedule: schedule.per === 'update' ? 'update' : 'epoch' }),
    means: [loss, ...metrics.values()].map(cell),
    measures: measures.length > 0 || samples !== undefined,
    shuffle: plan.shuffle,
    // What gates keep begins afresh with each epoch.
    hostEpochs: hostEpochs || measures.length > 0 || samples !== undefined || keepsState(region),
    evaluates: samples === undefined && (tests || standardized.length > 0),
    shown: standardized.map(cell),
  }
}

/** The nodes whose values somebody reads. */
function wantedIn(run: FusedRun): number[] {
  const { wiring } = circuitOf(run)
  const read = run.measures.flatMap(({ prediction, target }) => [prediction, target])
  return [run.loss, ...run.metrics.values(), ...read, ...standardizedIn(wiring), ...delayedIn(wiring)] // prettier-ignore
}

/** How many samples a step has where it is a whole batch; absent where batches are not stacked. */
function samplesOf({ plan, rows }: Pick<FusedRun, 'plan' | 'rows'>): number | undefined {
  return plan.stack === true ? Math.max(1, Math.min(plan.batch, rows)) : undefined
}

/** What the steps of a run are steps of. */
function circuitOf(run: FusedRun): Circuit {
  const samples = samplesOf(run)
  return samples === undefined ? run.network.circuit : run.network.batchOf(samples)
}

function sourcesIn({ sizes, firstFixed }: Wiring): Stacked['sources'] {
  const sources: Stacked['sources'][number][] = []
  let first = 0
  for (const size of sizes.subarray(0, firstFixed)) {
    sources.push({ first, size })
    first += size
  }
  return sources
}

/** Whether the host has something to do at the end of each epoch. */
export function endsAreHosts({ every, test, plan }: SchedulerOptions): boolean {
  return every === 'epoch' || test !== undefined || plan.until?.restoreBest === true
}

/** How many steps a run has at most. */
export function stepsOf({ epochs, stack, batch }: TrainPlan, rows: number): number | undefined {
  return epochs === undefined ? undefined : epochs * (stack ? Math.ceil(rows / batch) : rows)
}

function cellOf({ plan, offsets }: Wiring, node: number): Cell {
  return `${plan.nodes[node]!.type === 'weight' ? 'w' : 'v'}${offsets[node]!}`
}
