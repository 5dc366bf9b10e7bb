/** The face of eagre: a plan, a state, a network and a scheduler as one object. */
import { Observable, Subject, type OperatorFunction } from 'rxjs'
import { EagreError, type Diagnostic } from './errors.js'
import type { Gate } from './gates/gate.js'
import { gates as builtinGates } from './gates/index.js'
import { named } from './gates/pointwise.js'
import { canGenerate } from './kernel/compile.js'
import type { Executor } from './kernel/kernel.js'
import { findNode, nameOf } from './language/name.js'
import { parsePlan } from './language/parseplan.js'
import type { FilePlan, Nested, Plan, Row } from './language/plan.js'
import { suggest } from './language/suggest.js'
import { faultText, firstNonFiniteValue, nonFiniteFault, thrownFault } from './network/fault.js'
import type {
  Fault,
  GradientMessage,
  UpdateMessage,
  Value,
  ValueMessage,
} from './network/message.js'
import { Network, type LiveFrame } from './network/network.js'
import { probeResult, type StepResult } from './network/probe.js'
import { guarded } from './network/tap.js'
import { Updates } from './network/updates.js'
import { initialState, readValue, readWeights, replacedWeights } from './network/weights.js'
import { wire, type Wiring } from './network/wiring.js'
import { optimizers as builtinOptimizers, schedules } from './optimizers/index.js'
import type { Optimizer } from './optimizers/optimizer.js'
import { systemClock, type Clock } from './train/clock.js'
import { readSample } from './train/data.js'
import { inspectAll, type GraphEvent } from './train/inspect.js'
import { inOrder } from './train/predict.js'
import type { TrainOptions, TrainReport } from './train/report.js'
import type { Scheduler } from './train/scheduler.js'
import { rowsFor, schedulerFor, type Session } from './train/session.js'

export type { GraphEvent } from './train/inspect.js'

export interface ParseOptions {
  /** The name shown in messages. */
  readonly file?: string
  /** The text of a file under `use`, by its path from the graph file; `eagre/node` brings one. */
  readonly readModule?: (path: string) => string | undefined
  /** Replaces the built-in catalogue: `{ gates: { ...gates, mine } }`. */
  readonly gates?: Readonly<Record<string, Gate>> | ReadonlyMap<string, Gate>
  readonly optimizers?: Readonly<Record<string, Optimizer>> | ReadonlyMap<string, Optimizer>
}

export interface GraphOptions extends ParseOptions {
  /** By default generated JavaScript where that is allowed, else the interpreter. */
  readonly executor?: Executor
  readonly clock?: Clock
  /** How the rows of `train.data.file` are read; `eagre/node` brings one. */
  readonly readData?: (file: FilePlan) => Promise<readonly Row[]>
}

/** Inputs and targets by name. Other fields are ignored. */
export type Sample = Readonly<Record<string, unknown>>

/** What `predict` makes of a sample: one in, one out. */
export type Prediction =
  | {
      readonly step: number
      readonly sample: Sample
      readonly outputs: Readonly<Record<string, Value>>
    }
  | { readonly step: number; readonly sample: Sample; readonly fault: Fault }

/**
 * Reads a graph from YAML text.
 *
 * Throws an `EagreError` with code `invalid-graph` whose `diagnostics` hold everything that is
 * wrong with it. Warnings are kept on the graph.
 */
export function parseGraph(text: string, options: GraphOptions = {}): Graph {
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
  private steps = 0
  private training: Scheduler | undefined
  private writer: 'train' | undefined
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
      settled: (frame) => this.settle(frame),
      threw: (what, node, error) => this.reportSubscriber(what, nameOf(plan, node), error),
      failedForTap: (frame, failure) =>
        this.faultTaps.next(thrownFault(this.wiring, frame, failure, 'skip')),
    })
    this.updateTaps = new Updates(this.network, (node, error) =>
      this.reportSubscriber('updates', nameOf(plan, node), error),
    )
    this.learns = learning && this.network.learnRoute().active
  }

  /** Everything that node sends down, one message a step. Completes when the graph is closed. */
  values(node: string): Observable<ValueMessage> {
    return this.network.valuesOf(this.find(node))
  }

  /** The gradients that come up to a node, one message a learn or probe step. */
  gradients(node: string): Observable<GradientMessage> {
    return this.network.gradientsOf(this.find(node))
  }

  /** The new values of a weight, one message an update. */
  updates(weight: string): Observable<UpdateMessage> {
    const index = this.find(weight)
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

  /** Everything that happens, in the order in which it does. Watching it all has its price. */
  inspect(): Observable<GraphEvent> {
    const { network, updateTaps, faultTaps, reportTaps } = this
    return guarded(inspectAll(network, updateTaps, faultTaps, reportTaps), (error) =>
      this.reportSubscriber('inspect', undefined, error),
    )
  }

  /**
   * One probe: computes all values, all gradients of `of` (by default the loss, else the only
   * output), and changes nothing. What the sample lacks is taken from the defaults.
   *
   * Throws `busy` from inside a callback of the same graph, `bad-data` for a sample that does
   * not fit, `fault` when a gate throws.
   */
  step(sample: Sample = {}, options: { readonly of?: string } = {}): StepResult {
    this.mustBeOpen()
    if (this.network.busy) {
      throw new EagreError('busy', 'step: called from inside a callback of the same graph', {
        hint: 'take the values and gradients of the message, or call it later',
      })
    }
    const of = options.of === undefined ? this.defaultSeed() : this.seed(options.of)
    const known = readSample(this.plan, sample, 'defaults')
    let result: StepResult | undefined
    let failed: Fault | undefined
    const route = of === undefined ? undefined : this.network.fullRoute(of)
    const mode = route === undefined ? 'predict' : 'probe'
    const frame = this.network.admit(this.steps++, mode, known.present.length, route, (done) => {
      if (done.failure !== undefined) failed = thrownFault(this.wiring, done, done.failure, 'stop')
      else result = probeResult(this.wiring, done, known.present, of)
    })
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
   */
  train(options: TrainOptions = {}): Observable<TrainReport> {
    const reports = new Observable<TrainReport>((subscriber) => {
      let over = false
      let scheduler: Scheduler | undefined
      const fail = (error: unknown) => subscriber.error(error)
      try {
        this.claim('train')
      } catch (error) {
        return fail(error)
      }
      subscriber.add(() => {
        over = true
        scheduler?.stop()
        this.training = undefined
        this.writer = undefined
      })
      const begin = (rows: readonly Sample[] | undefined) => {
        if (over) return
        scheduler = schedulerFor(this.session(), rows, options, {
          nextStep: () => this.steps++,
          updated: () => this.updateTaps.send(this.learns!),
          fault: (fault) => this.faultTaps.next(fault),
          report: (report) => {
            this.reportTaps.next(report)
            subscriber.next(report)
          },
          ended: (error) => (error === undefined ? subscriber.complete() : subscriber.error(error)),
        })
        this.training = scheduler
        if (this.paused) scheduler.pause()
        scheduler.start()
      }
      try {
        const rows = rowsFor(this.plan, options, this.options.readData)
        if (rows instanceof Promise) {
          rows.then(begin).catch(fail)
        } else begin(rows)
      } catch (error) {
        fail(error)
      }
      return undefined
    })
    return guarded(reports, (error) => this.reportSubscriber('train', undefined, error))
  }

  /** Holds training at the next step boundary, now or when it starts. */
  pause(): void {
    this.paused = true
    this.training?.pause()
  }

  /** Lets paused training go on. */
  resume(): void {
    this.paused = false
    this.training?.resume()
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
  }

  /**
   * An operator from samples to predictions, one out for one in and in their order, between
   * training steps and on the weights of the moment.
   */
  predict(): OperatorFunction<Sample, Prediction> {
    return inOrder((sample, done) => this.predictOne(sample, done))
  }

  /** The current weights by name. */
  weights(): Record<string, Nested> {
    return readWeights(this.wiring, this.network.state.weights)
  }

  /**
   * Puts these weights in place of the current ones. All must be there, with `partial` only
   * some of them. Throws `bad-data` and changes nothing where a name or a value does not fit.
   */
  restore(weights: Readonly<Record<string, unknown>>, options: { partial?: boolean } = {}): void {
    this.mustBeOpen()
    if (this.writer !== undefined) {
      throw new EagreError('busy', 'restore: the graph is training', {
        hint: 'unsubscribe from train() first',
      })
    }
    const { wiring } = this
    const { state } = this.network
    state.weights = replacedWeights(wiring, state.weights, weights, options.partial === true)
  }

  /** Stops training and completes all taps. What comes after fails with `closed`. */
  close(): void {
    if (this.closed) return
    this.closed = true
    this.training?.close()
    this.network.close()
    this.updateTaps.close()
    this.faultTaps.complete()
    this.reportTaps.complete()
  }

  private settle(frame: LiveFrame): void {
    if (!this.network.arrived(frame)) return
    const loss = frame.values[this.wiring.offsets[frame.route!.seed]!]!
    if (frame.mode === 'learn' && !Number.isFinite(loss)) {
      const where = firstNonFiniteValue(this.wiring, frame)!
      frame.fault = nonFiniteFault(this.wiring, frame, where, this.onFault)
      this.network.skip(frame)
    } else this.network.answer(frame, 1)
  }

  private get onFault(): 'stop' | 'skip' {
    return this.plan.train.onFault
  }

  private defaultSeed(): number | undefined {
    const { loss, outputs } = this.plan
    if (loss !== undefined || outputs.length !== 1) return loss
    return this.plan.nodes[outputs[0]!]!.shape.length === 0 ? outputs[0] : undefined
  }

  /** The node whose gradient is 1: of a list there is no one gradient. */
  private seed(name: string): number {
    const index = this.find(name)
    const { shape } = this.plan.nodes[index]!
    if (shape.length === 0) return index
    throw new EagreError('bad-argument', `step: "${name}" has the shape [${shape.join(', ')}]`, {
      hint: 'gradients are those of one number: take mean(…) or sum(…) of it',
    })
  }

  private predictOne(sample: Sample, done: (prediction: Prediction) => void): void {
    const step = this.steps++
    const { network, plan, wiring } = this
    try {
      this.mustBeOpen()
      const known = readSample(plan, sample, 'inputs')
      const frame = network.admit(step, 'predict', known.present.length, undefined, (finished) => {
        if (finished.failure !== undefined) {
          const fault = thrownFault(wiring, finished, finished.failure, 'skip')
          this.faultTaps.next(fault)
          return done({ step, sample, fault })
        }
        const outputs: Record<string, Value> = Object.create(null)
        for (const index of plan.outputs) {
          const { type, shape } = plan.nodes[index]!
          const memory = type === 'weight' ? finished.weights : finished.values
          outputs[nameOf(plan, index)] = readValue(memory, wiring.offsets[index]!, shape)
        }
        return done({ step, sample, outputs })
      })
      frame.values.set(known.values)
      for (const index of known.present) network.deliver(frame, index)
      network.run()
    } catch (error) {
      if (!(error instanceof EagreError)) throw error
      const fault: Fault = {
        step,
        inputs: Object.create(null),
        message: error.message,
        action: 'skip',
      }
      this.faultTaps.next(fault)
      done({ step, sample, fault })
    }
  }

  private session(): Session {
    return {
      network: this.network,
      executor: this.executor,
      optimizers: optimizersOf(this.options),
      clock: this.options.clock ?? systemClock,
      active: this.learns!, // a graph without a loss does not get here
    }
  }

  private reportSubscriber(what: string, node: string | undefined, error: unknown): void {
    const of = node === undefined ? `${what}()` : `${what}("${node}")`
    const reason = error instanceof Error ? error.message : String(error)
    this.faultTaps.next({
      step: Math.max(0, this.steps - 1),
      ...(node !== undefined && { node }),
      inputs: Object.create(null),
      message: `a subscriber of ${of} threw and was unsubscribed: ${reason}`,
      cause: error,
      action: 'unsubscribe',
    })
  }

  private claim(writer: 'train'): void {
    this.mustBeOpen()
    if (this.plan.loss === undefined) {
      throw new EagreError(
        'bad-argument',
        `${writer}: the graph has no loss, so it predicts and does not train`,
        {
          hint: 'give the graph a loss',
        },
      )
    }
    if (this.writer !== undefined) {
      throw new EagreError('busy', `${writer}: the graph is already training`, {
        hint: 'one graph has one writer; wait for it or unsubscribe from it first',
      })
    }
    this.writer = writer
  }

  private mustBeOpen(): void {
    if (this.closed) throw new EagreError('closed', 'the graph was closed')
  }

  private find(name: string): number {
    const index = findNode(this.plan, name)
    if (index !== undefined) return index
    const names = this.plan.nodes.flatMap((node) => (node.name === undefined ? [] : [node.name]))
    const near = suggest(name, names)
    throw new EagreError('unknown-node', `the graph has no node "${name}"`, {
      hint:
        near === undefined ? `it has ${names.slice(0, 10).join(', ')}` : `did you mean "${near}"?`,
    })
  }
}

function gatesOf({ gates }: ParseOptions): ReadonlyMap<string, Gate> {
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
