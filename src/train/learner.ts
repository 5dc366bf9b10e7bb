/**
 * One model that learns from one sample after the other. It knows nothing of streams, ids or
 * time: who has those calls `predict`, `learn`, or `open` and later `close`. All of it runs to its
 * end before it returns, so it may not be called from inside a step.
 */
import type { Fault, Value } from '../network/message.js'
import type { LiveFrame } from '../network/frame.js'
import { firstNonFiniteGradient, nonFiniteFault, thrownFault } from '../network/fault.js'
import type { Network } from '../network/network.js'
import { outputsOf } from '../network/probe.js'
import type { Wiring } from '../network/wiring.js'
import type { Descent } from './descent.js'
import type { FusedStep } from './fusedstep.js'
import type { MeasurePlan } from '../language/plan.js'
import { copy } from './learnparts.js'
import type { SavedDescent } from './saved.js'
import type { SavedLearner } from './savedlearn.js'

/** What a sample came to. */
export interface Outcome {
  /** Of the prediction, made before anything was learned; absent where it failed. */
  readonly outputs?: Readonly<Record<string, Value>>
  readonly loss?: number
  /** Whether its gradient is in the weights, or in the batch that is being gathered. */
  readonly learned: boolean
  readonly fault?: Fault
}

/** What one model learns with. */
export interface LearnerOptions {
  readonly network: Network
  /** What makes a step while nobody watches the network. */
  readonly fused: FusedStep
  readonly descent: Descent
  /** Samples per update. */
  readonly batch: number
  /** What chance in a step is drawn from. */
  readonly seed: number
  readonly onFault: 'skip' | 'stop' | 'rollback'
  /** The number of the next step; steps of a graph are counted through all its uses. */
  nextStep(): number
  /** The weights have changed. */
  updated(): void
  fault(fault: Fault): void
  /** A prediction beside its targets, before they are learned from. */
  scored(frame: LiveFrame): void
}

/** A prediction that waits for its targets with the values and weights that it was made with. */
export interface Stash {
  readonly frame: LiveFrame
}

/** What a stash is opened again from. */
export interface SavedFrame {
  readonly step: number
  readonly turn: number
  readonly values: Float64Array
  readonly weights: Float64Array
}

/** The serial of a step that no tap has been there for. */
const before = -1

/** Updates between two copies of the state that `rollback` goes back to. */
export const rollbackEvery = 100

/**
 * All that a fault rolls back: what learning has made of the model, and how far it had come. Steps and
 * what chance draws in them go on, so that no draw is made twice.
 */
interface Good {
  readonly weights: Float64Array
  /** What gates keep. */
  readonly gates: Float64Array
  readonly descent: SavedDescent
  readonly inBatch: number
}

export class Learner {
  private readonly options: LearnerOptions
  private readonly wiring: Wiring
  private readonly inputs: number
  private readonly lossAt: number
  /** Chance makes a learn step's values others than those of the prediction. */
  private readonly chance: boolean
  /** The targets, and 1 for each gate that one reaches. */
  private readonly late: Uint8Array
  /** The nodes that are measured beside targets, as places in the values. */
  private readonly measured: readonly { readonly offset: number; readonly size: number }[]
  /** Numbers that `measurements` takes. */
  readonly measuredSize: number
  private inBatch = 0
  private turn = 0
  private latest = 0
  /** The state of the last copy, and the updates made when it was taken. */
  private good: Good | undefined
  private sinceGood = 0
  // What the step that runs comes to: it has ended when `run` returns.
  private outputs: Readonly<Record<string, Value>> | undefined
  private failed: Fault | undefined
  private wantsOutputs = true
  private keepIn: Float64Array | undefined
  private keepAt = 0
  /** The fault of this sample has been told. */
  private told = false
  private stopped = false
  private measurements: Float64Array | undefined
  private loss = Number.NaN
  private answered = false

  constructor(options: LearnerOptions) {
    this.options = options
    this.wiring = options.network.wiring
    const { plan, gates } = this.wiring
    this.lossAt = this.wiring.offsets[plan.loss!]! // there is one where there is a learner
    this.inputs = plan.nodes.findIndex(({ type }) => type !== 'input')
    this.chance = plan.nodes.some((node) => {
      const rule = node.type === 'gate' ? gates.get(node.gate)?.rule : undefined
      return rule?.type === 'tensor' && rule.draws === true
    })
    this.late = lateNodes(this.wiring)
    this.measured = measuredIn(this.wiring, this.late, plan.measures ?? [])
    this.measuredSize = this.measured.reduce((sum, { size }) => sum + size, 0)
    this.finishPrediction = this.finishPrediction.bind(this)
    this.finishEvaluation = this.finishEvaluation.bind(this)
    this.finishLearning = this.finishLearning.bind(this)
  }

  /** The number of the last step. */
  get step(): number {
    return this.latest
  }

  /**
   * Predicts from the inputs in `values`. Writes what is measured later to `keep`, from `at` on.
   * What gates keep goes on only where it `advances`.
   */
  predict(values: Float64Array, keep?: Float64Array, at = 0, advances = false): Outcome {
    this.begin()
    const { nextStep, fused } = this.options
    this.latest = nextStep()
    const made = advances ? undefined : fused.predict(values, this.latest)
    if (made !== undefined) {
      this.outputs = outputsOf(this.wiring, made)
      if (keep !== undefined) this.keep(made, keep, at)
      return this.outcome(false)
    }
    this.keepIn = keep
    this.keepAt = at
    const frame = this.admit('predict', this.inputs, this.finishPrediction)
    frame.advances = advances
    copy(values, frame.values, values.length)
    this.options.network.deliverRange(frame, 0, this.inputs)
    this.options.network.run()
    return this.outcome(false)
  }

  /** Predicts from a sample that has its targets, and scores that, without learning; as `predict`. */
  evaluate(values: Float64Array, measurements?: Float64Array, advances = false): Outcome {
    this.begin()
    this.measurements = measurements
    const { network, nextStep, fused } = this.options
    const { firstFixed } = this.wiring
    this.latest = nextStep()
    const made = advances ? undefined : fused.evaluate(values, this.latest)
    if (made !== undefined) {
      this.outputs = outputsOf(this.wiring, made)
      this.loss = this.lossOf(made)
      this.score(made)
      return this.outcome(false)
    }
    const frame = this.admit('predict', firstFixed, this.finishEvaluation)
    frame.advances = advances
    copy(values, frame.values, values.length)
    network.deliverRange(frame, 0, firstFixed)
    network.run()
    return this.outcome(false)
  }

  /** Predicts from a sample that has its targets, and learns from it. */
  learn(values: Float64Array): Outcome {
    if (!this.chance) return this.descend(values, true, undefined)
    // Its own chance would show in the outputs, and in the scores.
    const predicted = this.evaluate(values)
    if (predicted.outputs === undefined) return predicted
    const { learned, fault } = this.descend(values, false, undefined)
    return { ...predicted, learned, ...(fault && { fault }) }
  }

  /**
   * Learns from a sample whose prediction went out before, on the weights of now. What was
   * measured then is scored now.
   */
  learnLate(values: Float64Array, measurements: Float64Array): Outcome {
    return this.descend(values, false, measurements)
  }

  /** Predicts, and keeps the step open for its targets. Without a stash it has failed. */
  open(values: Float64Array, keep: Float64Array, at = 0): Outcome & { readonly stash?: Stash } {
    const predicted = this.chance ? this.predict(values, keep, at) : undefined
    if (predicted !== undefined && predicted.outputs === undefined) return predicted
    this.begin()
    this.wantsOutputs = false
    const { network, nextStep } = this.options
    const { firstFixed } = this.wiring
    this.latest = nextStep()
    const frame = this.admit('learn', firstFixed, this.finishLearning)
    frame.turn = this.turn++
    copy(values, frame.values, values.length)
    network.deliverRange(frame, 0, this.inputs)
    network.run()
    if (this.failed !== undefined) return this.recovered()
    if (predicted !== undefined) return { ...predicted, stash: { frame } }
    this.keep(frame, keep, at)
    return { outputs: outputsOf(this.wiring, frame), learned: false, stash: { frame } }
  }

  /** The weights of now. */
  get weights(): Float64Array {
    return this.options.network.state.weights
  }

  /** A copy of the values of an open step; what waits for its targets is 0. */
  valuesOf({ frame }: Stash): Float64Array {
    const { offsets, sizes } = this.wiring
    const values = frame.values.slice()
    this.late.forEach((late, index) => {
      if (late === 1) values.fill(0, offsets[index], offsets[index]! + sizes[index]!)
    })
    return values
  }

  /**
   * Opens a step again as it was when `open` had opened it, from the values of its frame and the
   * weights that it read. Nobody hears of it twice. Nothing where the frame is of another graph.
   */
  reopen({ step, turn, values, weights }: SavedFrame): Stash | undefined {
    this.begin()
    this.wantsOutputs = false
    const { network, seed } = this.options
    const { valuesSize, firstFixed } = this.wiring
    if (values.length !== valuesSize) return undefined
    const route = network.learnRoute()
    const frame = network.admit(step, 'learn', firstFixed, route, this.finishLearning)
    const { serial } = frame
    Object.assign(frame, { seed, turn, weights, serial: before })
    copy(values, frame.values, valuesSize)
    network.deliverRange(frame, 0, this.inputs)
    network.run()
    // Gates that keep something have gone on since.
    if (this.failed !== undefined) return undefined
    copy(values, frame.values, valuesSize)
    frame.serial = serial
    return { frame }
  }

  /** The targets of an open step have come. */
  close({ frame }: Stash, values: Float64Array, measurements: Float64Array): Outcome {
    this.begin()
    this.wantsOutputs = false
    this.measurements = measurements
    this.latest = frame.step
    const { network } = this.options
    const { firstFixed, offsets } = this.wiring
    const start = offsets[this.inputs]!
    for (let i = start; i < values.length; i++) frame.values[i] = values[i]!
    network.deliverRange(frame, this.inputs, firstFixed)
    network.run()
    return this.settled()
  }

  /** No targets will come for an open step: all its uses answer `none`. */
  abandon({ frame }: Stash): void {
    const { network } = this.options
    frame.done = () => {}
    network.skip(frame)
    network.run()
  }

  /** What is on its way learns nothing any more: another may write the weights. */
  stop(): void {
    this.stopped = true
  }

  /** Numbers that `write` writes. */
  readonly recordSize = 2

  /** Writes what it counts of the model that it learns with. */
  write(memory: Float64Array, at: number): void {
    memory[at] = this.inBatch
    memory[at + 1] = this.turn
  }

  /** Goes on with another model. */
  read(memory: Float64Array, at: number): void {
    this.inBatch = memory[at]!
    this.turn = memory[at + 1]!
  }

  /** The update of a batch that is not full: no more samples come. */
  flush(): void {
    if (this.inBatch > 0) this.update()
  }

  /** The optimizer, the batch and the counters, between two steps; as `Descent.save`. */
  save(): SavedLearner {
    const { inBatch, turn, latest } = this
    return { inBatch, turn, latest, descent: this.options.descent.save() }
  }

  /** Goes on from what `save` gave. */
  load({ inBatch, turn, latest, descent }: SavedLearner): void {
    this.inBatch = inBatch
    this.turn = turn
    this.latest = latest
    this.options.descent.load(descent)
  }

  private descend(
    values: Float64Array,
    outputs: boolean,
    measurements: Float64Array | undefined,
  ): Outcome {
    this.begin()
    this.wantsOutputs = outputs
    this.measurements = measurements
    const { network, nextStep, fused, seed } = this.options
    const { firstFixed } = this.wiring
    this.latest = nextStep()
    const turn = this.turn++
    const made = this.stopped ? undefined : fused.learn(values, this.latest, seed, turn)
    if (made !== undefined && this.takes(made)) return this.settled()
    const frame = this.admit('learn', firstFixed, this.finishLearning)
    frame.turn = turn
    copy(values, frame.values, values.length)
    network.deliverRange(frame, 0, firstFixed)
    network.run()
    const outcome = this.settled()
    // The loss may have failed where the outputs would not.
    if (outputs && outcome.outputs === undefined) return this.recovered(values)
    return outcome
  }

  /** Learns from a step that a kernel has made; false where that is for the network to do. */
  private takes(frame: LiveFrame): boolean {
    const { descent, fused, onFault } = this.options
    if (onFault === 'rollback' && this.good === undefined) this.remember()
    if (!descent.accumulate(frame, 0)) return false
    this.answered = true
    if (this.wantsOutputs) this.outputs = outputsOf(this.wiring, frame)
    this.loss = this.lossOf(frame)
    if (!this.chance || this.measurements !== undefined) this.score(frame)
    fused.advance(frame)
    return true
  }

  /** The next step, which has its number, is one for the network. */
  private admit(
    mode: 'learn' | 'predict',
    sources: number,
    done: (frame: LiveFrame) => void,
  ): LiveFrame {
    const { network, seed } = this.options
    const route = mode === 'learn' ? network.learnRoute() : undefined
    const frame = network.admit(this.latest, mode, sources, route, done)
    frame.seed = seed
    return frame
  }

  private begin(): void {
    this.outputs = undefined
    this.failed = undefined
    this.measurements = undefined
    this.keepIn = undefined
    this.wantsOutputs = true
    this.answered = false
    this.loss = Number.NaN
  }

  /** A learn step is over: its batch may be full. */
  private settled(): Outcome {
    if (this.stopped) return this.outcome(false)
    if (this.failed !== undefined) this.fail(this.failed)
    const learned = this.answered
    if (++this.inBatch < this.options.batch) return this.outcome(learned)
    const updated = this.update()
    return this.outcome(learned && updated)
  }

  private outcome(learned: boolean): Outcome {
    const { outputs, loss, failed } = this
    // Most of them; each is one object of a known shape.
    if (outputs !== undefined && failed === undefined) {
      return loss === loss ? { outputs, loss, learned } : { outputs, learned }
    }
    return {
      ...(outputs !== undefined && { outputs }),
      ...(loss === loss && { loss }),
      learned,
      ...(failed !== undefined && { fault: failed }),
    }
  }

  /** A learn step failed before its outputs were there: they are predicted, if they can be. */
  private recovered(values?: Float64Array): Outcome {
    const fault = this.failed!
    if (values === undefined) {
      this.fail(fault)
      return { learned: false, fault }
    }
    this.told = true
    const { outputs } = this.predict(values)
    this.told = false
    return { ...(outputs && { outputs }), learned: false, fault }
  }

  private finishPrediction(frame: LiveFrame): void {
    const { failure } = frame
    if (failure === undefined) {
      this.outputs = outputsOf(this.wiring, frame)
      // At once: a prediction of somebody else's may take the frame.
      if (this.keepIn !== undefined) this.keep(frame, this.keepIn, this.keepAt)
    } else {
      this.failed = thrownFault(this.wiring, frame, failure, this.options.onFault)
      this.fail(this.failed)
    }
  }

  private finishEvaluation(frame: LiveFrame): void {
    this.finishPrediction(frame)
    if (frame.failure !== undefined) return
    this.loss = this.lossOf(frame)
    this.score(frame)
  }

  private finishLearning(frame: LiveFrame): void {
    const { wiring } = this
    const { descent, onFault } = this.options
    const { failure, fault } = frame
    // Before the first gradient: a copy with one would learn from it again.
    if (onFault === 'rollback' && this.good === undefined) this.remember()
    if (failure !== undefined) {
      this.failed = thrownFault(wiring, frame, failure, onFault)
      if (failure.direction === 'forward') return
    }
    if (this.wantsOutputs) this.outputs = outputsOf(wiring, frame)
    if (failure !== undefined) return
    if (fault !== undefined) {
      this.failed = { ...fault, action: onFault }
      return
    }
    this.loss = this.lossOf(frame)
    if (this.stopped) return
    if (descent.accumulate(frame, 0)) this.answered = true
    else {
      frame.advances = false
      const where = firstNonFiniteGradient(wiring, frame)
      if (where === undefined)
        throw new Error('internal: a gradient was not finite and then it was')
      this.failed = nonFiniteFault(wiring, frame, where, onFault)
    }
    // In a graph of chance the prediction beside it has been scored, or was kept.
    if (!this.chance || this.measurements !== undefined) this.score(frame)
  }

  private lossOf({ values }: LiveFrame): number {
    return values[this.lossAt]!
  }

  /** With what was measured when the prediction went out in place of what is there now. */
  private score(frame: LiveFrame): void {
    const { measurements } = this
    if (measurements !== undefined) {
      let at = measurements.length - this.measuredSize
      for (const { offset, size } of this.measured) {
        for (let i = 0; i < size; i++) frame.values[offset + i] = measurements[at++]!
      }
    }
    this.options.scored(frame)
  }

  private keep(frame: LiveFrame, keep: Float64Array, at: number): void {
    for (const { offset, size } of this.measured) {
      for (let i = 0; i < size; i++) keep[at++] = frame.values[offset + i]!
    }
  }

  private update(): boolean {
    const { descent, onFault, updated } = this.options
    this.inBatch = 0
    // Learning takes no schedule that counts epochs.
    const failed = descent.update(0)
    if (failed === 'empty') return false
    if (failed !== undefined) {
      this.failed = { ...failed, step: this.latest, action: onFault }
      this.fail(this.failed)
      return false
    }
    updated()
    if (onFault === 'rollback' && ++this.sinceGood >= rollbackEvery) this.remember()
    return true
  }

  private fail(fault: Fault): void {
    if (this.told) return
    this.options.fault(fault)
    if (fault.action === 'rollback') this.rollback()
  }

  /** A checkpoint has been taken between two steps: a fault rolls back to it. */
  checkpointed(): void {
    if (this.options.onFault === 'rollback') this.remember()
  }

  private remember(): void {
    const { descent, network } = this.options
    const saved = descent.save()
    const slots: Record<string, Float64Array> = Object.create(null)
    for (const [name, slot] of Object.entries(saved.slots)) slots[name] = slot.slice()
    const { inBatch } = this
    const { weights, gates } = network.state
    this.good = {
      ...{ weights: weights.slice(), gates: gates.slice(), inBatch },
      descent: { ...saved, slots },
    }
    this.sinceGood = 0
  }

  private rollback(): void {
    if (this.good === undefined) return
    const { descent, network } = this.options
    const { weights, gates, inBatch } = this.good
    descent.startFrom(weights)
    descent.load(this.good.descent)
    network.state.gates.set(gates)
    this.inBatch = inBatch
    this.sinceGood = 0
  }
}

/** The targets, and 1 for each gate that one reaches. */
function lateNodes({ plan, count }: Wiring): Uint8Array {
  const late = new Uint8Array(count)
  plan.nodes.forEach((node, index) => {
    if (node.type === 'target') late[index] = 1
    if (node.type !== 'gate') return
    if (node.ports.some((port) => 'node' in port && late[port.node] === 1)) late[index] = 1
  })
  return late
}

/** Where the predictions of measures are that a prediction has: what no target reaches, and no weight. */
function measuredIn(wiring: Wiring, late: Uint8Array, measures: readonly MeasurePlan[]) {
  const { plan, offsets, sizes } = wiring
  const nodes = new Set(measures.map(({ prediction }) => prediction))
  return [...nodes]
    .filter((index) => late[index] === 0 && plan.nodes[index]!.type !== 'weight')
    .map((index) => ({ offset: offsets[index]!, size: sizes[index]! }))
}
