/** Learns whole batches, each as one step whose messages have the samples as their first axis. */
import type { Executor, State } from '../kernel/kernel.js'
import type { TrainPlan } from '../language/plan.js'
import {
  blameGradient,
  blameLoss,
  blameThrow,
  type Blamed,
  type Blaming,
} from '../network/blame.js'
import type { LiveFrame } from '../network/frame.js'
import type { Fault } from '../network/message.js'
import type { Network } from '../network/network.js'
import type { Dataset } from './data.js'

/** What learning batches works on, and whom it tells. */
export interface BatchesOptions {
  readonly network: Network
  readonly state: State
  readonly executor: Executor
  readonly plan: TrainPlan
  readonly data: Dataset
  /** The node of the loss. */
  readonly loss: number
  /** The number of the next step. */
  nextStep(): number
  /** Takes the gradients of a step, unless one of them is not finite. */
  accumulate(frame: LiveFrame): boolean
  fault(fault: Fault): void
}

/** A row, and its number in the batch. */
interface Sample {
  readonly row: number
  readonly number: number
}

/** One of them for each run. */
export class Batches {
  private readonly options: BatchesOptions
  private context: Blaming
  private blamed: Blamed | undefined

  constructor(options: BatchesOptions) {
    const { state, executor, plan } = options
    this.options = options
    this.context = { state, executor, action: plan.onFault, numbers: [], of: 0 }
    this.finish = this.finish.bind(this)
  }

  /**
   * One step of all these rows, which have their targets. Where some fail and faults are
   * skipped, another one of the others. Chance is drawn for each sample as it would be in a step
   * of its own, `turn` being the number of the first one among them.
   */
  learn(rows: readonly number[], turn: number): void {
    const { plan, fault } = this.options
    let left: readonly Sample[] = rows.map((row, number) => ({ row, number }))
    while (left.length > 0) {
      this.context = { ...this.context, numbers: left.map(({ number }) => number), of: rows.length }
      const blamed = this.step(left, turn)
      if (blamed === undefined) return
      fault(blamed.fault)
      if (plan.onFault === 'stop') return
      const failed = new Set(blamed.samples)
      left = left.filter((_, at) => !failed.has(at))
    }
  }

  private step(samples: readonly Sample[], turn: number): Blamed | undefined {
    const { network, data, plan, nextStep } = this.options
    const { firstFixed } = network.wiring
    const batch = samples.length
    const circuit = network.batchOf(batch)
    this.blamed = undefined
    const frame = network.admit(nextStep(), 'learn', firstFixed, circuit.learnRoute(), this.finish, circuit) // prettier-ignore
    frame.seed = plan.seed
    frame.turn = turn
    for (const [at, { row, number }] of samples.entries()) {
      frame.turns![at] = turn + number // the frame of a batch has them
      data.readSample(row, frame.values, at, batch)
    }
    network.deliverRange(frame, 0, firstFixed)
    network.run()
    return this.blamed
  }

  /** The last answer of a step has come, or it failed. */
  private finish(frame: LiveFrame): void {
    const { accumulate, loss } = this.options
    const { context } = this
    if (frame.failure !== undefined) this.blamed = blameThrow(frame, context)
    else {
      this.blamed = blameLoss(frame, loss, context)
      if (this.blamed !== undefined || accumulate(frame)) return
      this.blamed = blameGradient(frame, context)
    }
  }
}
