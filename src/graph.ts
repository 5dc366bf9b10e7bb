/** The face of eagre: a plan, a state, a network and a scheduler as one object. */
import { Observable, Subject } from 'rxjs'
import type { ObservableInput, OperatorFunction, Subscriber } from 'rxjs'
import { EagreError, type Diagnostic } from './errors.js'
import type { Gate } from './gates/gate.js'
import { gates as builtinGates } from './gates/index.js'
import { named } from './gates/pointwise.js'
import { canGenerate } from './kernel/compile.js'
import type { Executor } from './kernel/kernel.js'
import { nameOf } from './language/name.js'
import { parsePlan } from './language/parseplan.js'
import type { FilePlan, Nested, Plan, Row } from './language/plan.js'
import { faultText, subscriberFault, thrownFault } from './network/fault.js'
import { nodeNamed } from './network/find.js'
import { readMemory, replacedMemory } from './network/memory.js'
import type { Fault, GradientMessage, UpdateMessage, ValueMessage } from './network/message.js'
import { Network } from './network/network.js'
import { defaultSeed, probeResult, seedNamed, type StepOptions, type StepResult } from './network/probe.js' // prettier-ignore
import { settle } from './network/settle.js'
import { everyOf, guarded, type TapOptions } from './network/tap.js'
import { Updates } from './network/updates.js'
import { initialState, readWeights, replacedWeights } from './network/weights.js'
import { wire, type Wiring } from './network/wiring.js'
import { optimizers as builtinOptimizers, schedules } from './optimizers/index.js'
import type { Optimizer } from './optimizers/optimizer.js'
import { systemClock, type Clock } from './train/clock.js'
import {
  isCheckpoint,
  openCheckpoint,
  takeCheckpoint,
  type Checkpoint,
  type Restored,
  type Resumes,
  type Runs,
} from './train/checkpoint.js'
import { readSample } from './train/data.js'
import { inspected, type GraphEvent, type InspectOptions, type Lifecycle } from './train/inspect.js' // prettier-ignore
import type { EngineChoice, EngineOption, EngineUse } from './train/engine.js'
import { FusedStep } from './train/fusedstep.js'
import type { LearnRun } from './train/learn.js'
import type { Joined, Learned } from './train/learned.js'
import { learnedFrom, type LearnHost } from './train/learning.js'
import { learnSettings, type LearnOptions } from './train/learnoptions.js'
import { watched, type LearnMetrics, type MetricsOptions, type Watcher } from './train/progressive.js' // prettier-ignore
import { nothingWaits } from './train/savedlearn.js'
import { inOrder, type Prediction, type Sample } from './train/predict.js'
import { Predictor } from './train/predictor.js'
import type { TrainOptions, TrainReport } from './train/report.js'
import type { Scheduler } from './train/scheduler.js'
import { engineFor, rowsFor, schedulerFor, type Session } from './train/session.js'

export type { GraphEvent } from './train/inspect.js'
export type { Prediction, Sample } from './train/predict.js'

/** How a graph is read. */
export interface ParseOptions {
  /** The name shown in messages. */
  readonly file?: string
  /** The text of a file under `use`, by its path from the graph file; `eagre/node` brings one. */
  readonly readModule?: (path: string) => string | undefined
  /** Replaces the built-in catalogue: `{ gates: { ...gates, mine } }`. */
  readonly gates?: Readonly<Record<string, Gate>> | ReadonlyMap<string, Gate>
  readonly optimizers?: Readonly<Record<string, Optimizer>> | ReadonlyMap<string, Optimizer>
}

/** Who trains or learns: the one that writes the weights. */
type Writer = Pick<Subscriber<unknown>, 'complete'>

/** From events, or anything that can be subscribed to, to what is made of them. */
export type LearnOperator = (events: ObservableInput<Sample>) => Observable<Learned>

/** How a graph is read and runs. */
export interface GraphOptions extends ParseOptions {
  /**
   * What executes training while nobody watches, unless `train` says otherwise: `live` the network
   * itself, the others a kernel made of it, which gives the same bits. With `live` the network makes
   * the steps of `predict` and `learn` too, which are else made in JavaScript or closures.
   */
  readonly engine?: EngineOption
  /** What runs single gates: by default generated JavaScript where that is allowed, else closures. */
  readonly executor?: Executor
  readonly clock?: Clock
  /** How the rows of `train.data.file` are read; `eagre/node` brings one. */
  readonly readData?: (file: FilePlan) => Promise<readonly Row[]>
}

/**
 * Reads a graph from YAML text.
 *
 * Throws an `EagreError` with code `invalid-graph` whose `diagnostics` hold everything that is
 * wrong with it. Warnings are kept on the graph.
 */
export function parseGraph(text: string, options: GraphOptions = {}): Graph {
  if (typeof text !== 'string') {
    throw new EagreError(
      'bad-argument',
      `parseGraph: the text must be a string, got ${typeof text}`,
      {
        hint: 'pass the YAML text itself; loadGraph of eagre/node takes a path',
      },
    )
  }
  const file = options.file ?? 'graph.yaml'
  const { plan, diagnostics } = parsePlan(text, {
    file,
    gates: gatesOf(options),
    optimizers: optimizersOf(options),
    schedules,
    readModule: options.readModule,
  })
  if (plan === undefined) {
    const errors = diagnostics.filter(({ severity }) => severity === 'error')
    const lines = errors.slice(0, 20).map((problem) => {
      const { line, column, code, message, hint } = problem
      return `${file}:${line}:${column} error ${code}: ${message}${hint ? ` (${hint})` : ''}`
    })
    if (errors.length > lines.length) lines.push(`and ${errors.length - lines.length} more`)
    throw new EagreError('invalid-graph', lines.join('\n'), { diagnostics })
  }
  return new Graph(plan, options, diagnostics)
}

/** A plan with one state and one network: a model that can be watched, trained and asked. */
export class Graph {
  readonly plan: Plan
  /** What the checker would rather have otherwise. */
  readonly warnings: readonly Diagnostic[]
  /** What runs the kernels. */
  readonly executor: Executor
  private readonly options: GraphOptions
  private readonly wiring: Wiring
  private readonly network: Network
  private readonly learns: Uint8Array | undefined
  private readonly updateTaps: Updates
  private readonly faultTaps = new Subject<Fault>()
  private readonly reportTaps = new Subject<TrainReport>()
  private readonly engineTaps = new Subject<EngineChoice>()
  private steps = 0
  private training: Scheduler | undefined
  /** The last one that began. */
  private lastTraining: Scheduler | undefined
  /** Where training and learning are that have stopped, and where the next ones go on. */
  private stopped: Runs = {}
  private resuming: Resumes = {}
  /** Who hears of the training that runs, or waits for its data. */
  private writer: Writer | undefined
  private run: Lifecycle['run'] = 'train'
  private learning: LearnRun | undefined
  private predicting: Predictor | undefined
  private fused: FusedStep | undefined
  private readonly watchers = new Set<Watcher>()
  private readonly joinTaps = new Subject<Joined>()
  private readonly lifecycle = new Subject<Lifecycle>()
  private paused = false
  private closed = false

  constructor(plan: Plan, options: GraphOptions = {}, warnings: readonly Diagnostic[] = []) {
    this.plan = plan
    this.warnings = warnings
    this.options = options
    this.executor = options.executor ?? (canGenerate() ? 'javascript' : 'interpret')
    this.wiring = wire(plan, gatesOf(options))
    const wanted = Uint8Array.from(plan.nodes, (node) =>
      node.type === 'weight' && node.frozen !== true ? 1 : 0,
    )
    const learning = plan.loss === undefined ? undefined : { seed: plan.loss, wanted }
    this.network = new Network(this.wiring, initialState(this.wiring), learning, {
      executor: this.executor,
      settled: (frame) => settle(this.network, frame, plan.train.onFault),
      threw: (what, node, error) => this.reportSubscriber(what, nameOf(plan, node), error),
      failedForTap: (frame, failure) =>
        this.faultTaps.next(thrownFault(frame.circuit.wiring, frame, failure, 'skip')),
    })
    this.updateTaps = new Updates(this.network, (node, error) =>
      this.reportSubscriber('updates', nameOf(plan, node), error),
    )
    this.learns = learning && this.network.learns()
  }

  /**
   * Everything that node sends down, one message a step; with `every`, of the steps whose numbers
   * are multiples of it, and training stays as fast as unwatched between them. Completes when the
   * graph is closed.
   */
  values(node: string, options: TapOptions = {}): Observable<ValueMessage> {
    return this.network.valuesOf(nodeNamed(this.plan, node), everyOf(options))
  }

  /** The gradients that come up to a node, one message a learn or probe step; `every` as above. */
  gradients(node: string, options: TapOptions = {}): Observable<GradientMessage> {
    return this.network.gradientsOf(nodeNamed(this.plan, node), everyOf(options))
  }

  /** The new values of a weight, one message an update. */
  updates(weight: string): Observable<UpdateMessage> {
    const index = nodeNamed(this.plan, weight)
    if (this.plan.nodes[index]!.type !== 'weight') {
      throw new EagreError('unknown-node', `updates: "${weight}" is not a weight`, {
        hint: `only weights are updated; take values("${weight}")`,
      })
    }
    return this.updateTaps.of(index)
  }

  /** Steps that failed, and subscribers that threw. */
  faults(): Observable<Fault> {
    return guarded(this.faultTaps.asObservable(), () => {}) // a fault in telling faults ends there
  }

  /**
   * Everything that happens, in the order in which it does, or what the options ask for: only that
   * has its price. Throws `bad-argument` and `unknown-node`.
   */
  inspect(options: InspectOptions = {}): Observable<GraphEvent> {
    const graph = {
      ...{ network: this.network, updates: this.updateTaps, faults: this.faultTaps },
      ...{ reports: this.reportTaps, joins: this.joinTaps, lifecycle: this.lifecycle },
      engines: this.engineTaps,
      metrics: (every: number | undefined) => this.metrics({ every }),
    }
    return guarded(inspected(graph, options), (error) =>
      this.reportSubscriber('inspect', undefined, error),
    )
  }

  /**
   * One probe: computes all values, all gradients of `of` (by default the loss, else the only
   * output), and changes nothing. What the sample lacks is taken from the defaults.
   *
   * Throws `busy` from inside a callback of the same graph, `bad-data` for a sample that does
   * not fit, `fault` when a gate throws; where one throws only in a gradient that learning does
   * not need, that gradient is `none` and the fault is told by `faults()`.
   */
  step(sample: Sample = {}, options: StepOptions = {}): StepResult {
    this.mustBeOpen()
    if (this.network.busy) {
      throw new EagreError('busy', 'step: called from inside a callback of the same graph', {
        hint: 'take the values and gradients of the message, or call it later',
      })
    }
    const of = options.of === undefined ? defaultSeed(this.plan) : seedNamed(this.plan, options.of)
    const known = readSample(this.plan, sample)
    let result: StepResult | undefined
    let failed: Fault | undefined
    const route = of === undefined ? undefined : this.network.fullRoute(of)
    const mode = route === undefined ? 'predict' : 'probe'
    const frame = this.network.admit(this.steps++, mode, known.present.length, route, (done) => {
      if (done.failure !== undefined) failed = thrownFault(this.wiring, done, done.failure, 'stop')
      else result = probeResult(this.wiring, done, known.present, of)
    })
    frame.advances = options.advance === true
    frame.values.set(known.values)
    for (const index of known.present) this.network.deliver(frame, index)
    this.network.run()
    if (result === undefined && failed === undefined) {
      // A target is missing, so nothing can come back.
      this.network.skip(frame)
      this.network.run()
    }
    if (failed !== undefined)
      throw new EagreError('fault', faultText(failed), { cause: failed.cause })
    return result!
  }

  /**
   * Trains on the graph's data. Cold: it starts when subscribed to, from epoch 1 with a fresh
   * optimizer on the current weights, and unsubscribing stops it at the next step boundary.
   * Only one may run at a time; a second one fails with `busy`.
   *
   * After `restore(checkpoint)` it goes on from there, with the options it had then where none
   * are given. Fails with `bad-data` where the rows or what decides the learning have changed.
   */
  train(options: TrainOptions = {}): Observable<TrainReport> {
    const reports = new Observable<TrainReport>((subscriber) => {
      const fail = (error: unknown) => {
        this.release(subscriber)
        subscriber.error(error)
      }
      const begin = (rows: readonly Sample[] | undefined) => {
        if (this.writer !== subscriber) return // it was stopped while its data were read
        const listener = {
          nextStep: (steps = 1) => (this.steps += steps) - steps,
          watched: () => this.updateTaps.watched,
          updated: () => this.updateTaps.send(this.learns!),
          fault: (fault: Fault) => this.faultTaps.next(fault),
          report: (report: TrainReport) => {
            this.reportTaps.next(report)
            subscriber.next(report)
          },
          ended: (error?: EagreError) => {
            if (error !== undefined) return fail(error)
            // First, so that the callback may train again.
            this.release(subscriber)
            subscriber.complete()
          },
        }
        const training = schedulerFor(this.session(), rows, options, listener, this.resuming.run)
        if (this.paused) training.pause()
        training.start()
        this.lastTraining = training
        const { engine, reason } = training.fused.use
        this.engineTaps.next({ engine, reason })
        this.training = training
        this.forgetRuns()
      }
      try {
        this.claim(subscriber, 'train')
        const rows = rowsFor(this.plan, options, this.options.readData)
        if (rows instanceof Promise) rows.then(begin).catch(fail)
        else begin(rows)
      } catch (error) {
        fail(error)
      }
      return () => this.release(subscriber)
    })
    return guarded(reports, (error) => this.reportSubscriber('train', undefined, error))
  }

  /**
   * An operator from events to predictions, one out for one in and in their order, that learns from
   * each event after predicting from it; one without its targets is predicted only, or waits for
   * its label. Also takes anything else that RxJS can subscribe to: what can be pulled is pulled
   * when there is room.
   *
   * It begins when subscribed to, with a fresh optimizer on the current weights, and unsubscribing
   * ends it at the next step boundary; after `restore(checkpoint)` it goes on from there, with the
   * event behind the last one. Throws `bad-argument`; a second writer fails with `busy`.
   */
  learn(options: LearnOptions = {}): LearnOperator {
    const settings = learnSettings(this.plan, options)
    const host: LearnHost = {
      session: () => this.session(),
      resuming: () => this.resuming.learn,
      claim: (writer) => this.claim(writer, 'learn'),
      release: (writer) => this.release(writer),
      started: (run) => {
        this.forgetRuns()
        this.learning = run
        if (this.paused) run.pause()
      },
      watchers: this.watchers,
      nextStep: () => this.steps++,
      updated: () => this.updateTaps.send(this.learns!),
      fault: (fault) => this.lose(fault),
      joined: (joined) => this.joinTaps.next(joined),
    }
    return (events) =>
      guarded(learnedFrom(host, settings, events), (error) =>
        this.reportSubscriber('learn', undefined, error),
      )
  }

  /** As `learn`, with a model of its own for each key: all begin as the graph is now, which stays as it is. */
  learnBy(key: NonNullable<LearnOptions['key']>, options: LearnOptions = {}): LearnOperator {
    return this.learn({ ...options, key: key ?? '' }) // which is the name of no field
  }

  /**
   * How well it predicts while it learns from a stream: each prediction is scored before it is
   * learned from, over all events of the run and over the last `window` of them.
   */
  metrics(options: MetricsOptions = {}): Observable<LearnMetrics> {
    const metrics = watched(this.watchers, this.lifecycle, options)
    return guarded(metrics, (error) => this.reportSubscriber('metrics', undefined, error))
  }

  /** What would execute `train()`, and why, as far as the graph itself tells; nothing without a loss. */
  chosenEngine(): EngineChoice | undefined {
    return this.plan.loss === undefined ? undefined : engineFor(this.session())
  }

  /** What executes the last training that began, why, and how many of its steps were fused so far. */
  get engine(): EngineUse | undefined {
    return this.lastTraining?.fused.use
  }

  /** Holds training at the next step boundary, now or when it starts. */
  pause(): void {
    this.paused = true
    this.training?.pause()
    this.learning?.pause()
  }

  /** Lets paused training go on. */
  resume(): void {
    this.paused = false
    this.training?.resume()
    this.learning?.resume()
  }

  /** Lets paused training make this many steps, in the next turns of the event loop. */
  advance(steps = 1): void {
    if (!Number.isInteger(steps) || steps < 1) {
      throw new EagreError(
        'bad-argument',
        `advance: steps must be a whole number from 1, got ${steps}`,
      )
    }
    this.training?.advance(steps)
    this.learning?.advance(steps)
  }

  /**
   * An operator from samples to predictions, one out for one in and in their order, between
   * training steps and on the weights of the moment.
   */
  predict(): OperatorFunction<Sample, Prediction> {
    return inOrder<Sample, Prediction>((sample, done, number) =>
      this.predictor.predict(sample, done, number),
    )
  }

  /** The current weights by name. */
  weights(): Record<string, Nested> {
    return readWeights(this.wiring, this.network.state.weights)
  }

  /** What stateful gates keep from one learn step to the next, by name and in each one's own order. */
  memory(): Record<string, number[]> {
    return readMemory(this.wiring, this.network.state.gates)
  }

  /**
   * All that it takes to go on from here bit for bit, as plain data for `restore`: the weights,
   * and where the training or learning is that runs or was stopped; with `pending` what waits for
   * labels too, if its ids are texts or numbers. Throws `busy` from inside a step; reports, updates
   * and what `learn` emits come between steps.
   */
  checkpoint(options: { readonly pending?: boolean } = {}): Checkpoint {
    this.mustBeOpen()
    if (this.network.busy) {
      throw new EagreError('busy', 'checkpoint: called from inside a step', {
        hint: 'take it when a report or an update comes, or call it later',
      })
    }
    this.learning?.checkpointed()
    const runs = this.runs(options.pending === true)
    const state = this.learning?.kept ?? this.network.state
    return takeCheckpoint(this.wiring, state, this.steps, runs)
  }

  /**
   * Puts these weights in place of the current ones; training then starts afresh. All must be
   * there, with `partial` only some of them; `memory` puts back what `memory()` gave, without it
   * gates keep what they have. Or takes a checkpoint of the same graph, and training
   * goes on from there; with `partial` one of another graph or other data: what fits by name and
   * shape is kept, and the epoch begins anew. Throws `bad-data` and changes nothing where a name
   * or a value does not fit.
   */
  restore(
    from: Checkpoint | Readonly<Record<string, unknown>>,
    options: { partial?: boolean; memory?: Readonly<Record<string, unknown>> | undefined } = {},
  ): Restored {
    this.mustBeOpen()
    if (this.writer !== undefined) {
      throw new EagreError('busy', `restore: the graph is ${this.run}ing`, {
        hint: 'unsubscribe from train() or learn() first',
      })
    }
    const { wiring } = this
    const { state } = this.network
    const partial = options.partial === true
    if (isCheckpoint(from)) {
      const opened = openCheckpoint(wiring, state.weights, from, partial)
      state.weights = opened.weights
      state.gates = opened.gates
      // Steps that have been told are not told again under the same number.
      this.steps = Math.max(this.steps, opened.steps)
      this.resuming = opened.resuming
      this.stopped = opened.stopped
      return opened.restored
    }
    const weights = replacedWeights(wiring, state.weights, from, partial)
    const { memory } = options
    if (memory !== undefined) state.gates = replacedMemory(wiring, state.gates, memory, partial)
    state.weights = weights
    this.forgetRuns()
    const kept = Object.keys(from)
    const fresh = Object.keys(this.weights()).filter((name) => !Object.hasOwn(from, name))
    return { kept, fresh, dropped: [] }
  }

  /** Stops training and completes all taps. What comes after fails with `closed`. */
  close(): void {
    if (this.closed) return
    this.closed = true
    this.writer?.complete()
    this.network.close()
    this.updateTaps.close()
    this.faultTaps.complete()
    this.engineTaps.complete()
    this.reportTaps.complete()
    this.joinTaps.complete()
    this.lifecycle.complete()
  }

  /** What predicts, made for the first prediction. */
  private get predictor(): Predictor {
    return (this.predicting ??= new Predictor({
      network: this.network,
      fused: this.fusedStep,
      nextStep: () => this.steps++,
      fault: (fault) => this.faultTaps.next(fault),
      mustBeOpen: () => this.mustBeOpen(),
    }))
  }

  private get fusedStep(): FusedStep {
    return (this.fused ??= new FusedStep(this.network, this.options.engine ?? 'auto'))
  }

  private session(): Session {
    return {
      network: this.network,
      fused: this.fusedStep,
      executor: this.executor,
      optimizers: optimizersOf(this.options),
      clock: this.options.clock ?? systemClock,
      engine: this.options.engine ?? 'auto',
      active: this.learns!, // a graph without a loss does not get here
    }
  }

  private reportSubscriber(what: string, node: string | undefined, error: unknown): void {
    this.faultTaps.next(subscriberFault(Math.max(0, this.steps - 1), what, node, error))
  }

  /** Nobody makes a fault that nobody hears of: under a flood of events there may be many. */
  private lose(fault: () => Fault): void {
    if (this.faultTaps.observed) this.faultTaps.next(fault())
  }

  private claim(writer: Writer, verb: 'train' | 'learn'): void {
    this.mustBeOpen()
    if (this.plan.loss === undefined) {
      throw new EagreError(
        'bad-argument',
        `${verb}: the graph has no loss, so it predicts and does not ${verb}`,
        { hint: 'give the graph a loss' },
      )
    }
    if (this.writer !== undefined) {
      throw new EagreError('busy', `${verb}: the graph is already ${this.run}ing`, {
        hint: 'one graph has one writer; wait for it or unsubscribe from it first',
      })
    }
    this.writer = writer
    this.run = verb
    this.lifecycle.next({ run: verb, event: 'start' })
  }

  private release(writer: Writer): void {
    if (this.writer !== writer) return
    // First, so that what is kept does not lie in memory that a kernel has lent.
    this.training?.stop()
    this.stopped = this.runs(true)
    this.training = undefined
    const learning = this.learning
    this.learning = undefined
    this.writer = undefined
    learning?.stop()
    this.lifecycle.next({ run: this.run, event: 'end' })
  }

  private runs(pending: boolean): Runs {
    const run = this.training?.save() ?? this.stopped.run
    const learn = this.learning?.save(pending) ?? this.stopped.learn
    return { run, learn: pending ? learn : learn && { ...learn, ...nothingWaits } }
  }

  /** The weights are about to be others than those of what was stopped or restored. */
  private forgetRuns(): void {
    this.resuming = {}
    this.stopped = {}
  }

  private mustBeOpen(): void {
    if (this.closed) throw new EagreError('closed', 'the graph was closed')
  }
}

/** The gates that a graph may name, under the names its user gives them. */
export function gatesOf({ gates }: ParseOptions): ReadonlyMap<string, Gate> {
  if (gates === undefined) return builtinGates
  // A gate is called what its user calls it.
  return gates instanceof Map
    ? gates
    : new Map(Object.entries(named(gates as Record<string, Gate>))) // not a Map
}

function optimizersOf({ optimizers }: ParseOptions): ReadonlyMap<string, Optimizer> {
  if (optimizers === undefined) return builtinOptimizers
  return optimizers instanceof Map ? optimizers : new Map(Object.entries(optimizers))
}
