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
import { nonFinite } from '../network/fault.js'
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
  /** Lets a kernel make the step, where there is one. */
  attach(frame: LiveFrame): void
}

/** One of them for each run. */
export class Batches {
  private readonly options: BatchesOptions
  /** By sample of the step that runs: its number in the batch as it was gathered, which had `of`. */
  private numbers: readonly number[] = []
  private of = 0
  /** 0, 1, …: the numbers of a whole batch. */
  private readonly all: number[] = []
  private blamed: Blamed | undefined

  constructor(options: BatchesOptions) {
    this.options = options
    this.finish = this.finish.bind(this)
  }

  /**
   * One step of all these rows, which have their targets. Where some fail and faults are
   * skipped, another one of the others. Chance is drawn for each sample as it would be in a step
   * of its own, `turn` being the number of the first one among them.
   */
  learn(rows: readonly number[], turn: number): void {
    const { plan, fault } = this.options
    this.of = rows.length
    this.numbers = this.countTo(rows.length)
    let left = rows
    while (left.length > 0) {
      const blamed = this.step(left, turn)
      if (blamed === undefined) return
      fault(blamed.fault)
      if (plan.onFault === 'stop') return
      const failed = new Set(blamed.samples)
      left = left.filter((_, at) => !failed.has(at))
      this.numbers = this.numbers.filter((_, at) => !failed.has(at))
    }
  }

  private step(rows: readonly number[], turn: number): Blamed | undefined {
    const { network, data, plan, nextStep } = this.options
    const { firstFixed } = network.wiring
    const batch = rows.length
    const circuit = network.batchOf(batch)
    this.blamed = undefined
    const frame = network.admit(nextStep(), 'learn', firstFixed, circuit.learnRoute(), this.finish, circuit) // prettier-ignore
    frame.seed = plan.seed
    frame.turn = turn
    const turns = frame.turns! // the frame of a batch has them
    for (let at = 0; at < batch; at++) {
      turns[at] = turn + this.numbers[at]!
      data.readSample(rows[at]!, frame.values, at, batch)
    }
    this.options.attach(frame)
    network.deliverRange(frame, 0, firstFixed)
    network.run()
    return this.blamed
  }

  /** The last answer of a step has come, or it failed. */
  private finish(frame: LiveFrame): void {
    const { accumulate, loss } = this.options
    if (frame.failure !== undefined) this.blamed = blameThrow(frame, this.context())
    else if (!isFiniteAt(frame, loss)) this.blamed = blameLoss(frame, loss, this.context())
    else if (!accumulate(frame)) this.blamed = blameGradient(frame, this.context())
  }

  private context(): Blaming {
    const { numbers, of } = this
    const { state, executor, plan } = this.options
    return { state, executor, action: plan.onFault, numbers, of }
  }

  private countTo(count: number): readonly number[] {
    while (this.all.length < count) this.all.push(this.all.length)
    return this.all.length === count ? this.all : this.all.slice(0, count)
  }
}

function isFiniteAt({ circuit, values }: LiveFrame, node: number): boolean {
  const { offsets, sizes } = circuit.wiring
  return nonFinite(values, offsets[node]!, sizes[node]!) === undefined
}
