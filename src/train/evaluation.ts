/** Computes rows that nothing is learned from: what is held back, and what data are standardized by. */
import type { Seen } from '../kernel/training.js'
import type { LiveFrame } from '../network/frame.js'
import type { Dataset } from './data.js'
import type { Fused } from './fused.js'
import type { SchedulerOptions } from './listener.js'

/** By the kernel of a run where nobody watches and no gate throws, else by the network. */
export class Evaluation {
  private readonly options: SchedulerOptions
  private readonly fused: Fused
  private readonly failed: (frame: LiveFrame, failure: NonNullable<LiveFrame['failure']>) => void

  constructor(options: SchedulerOptions, fused: Fused, failed: Evaluation['failed']) {
    this.options = options
    this.fused = fused
    this.failed = failed
  }

  /**
   * Computes rows from number `from` on, at least one and at most `limit` of them, and returns the
   * next one. `seen` is told of those that have their targets; what gates keep goes on with them.
   */
  rows(data: Dataset, from: number, limit: number, seen: Seen): number {
    const { nextStep } = this.options
    const end = Math.min(data.length, from + limit)
    let made = 0
    const next = this.fused.evaluate(data, from, end, nextStep(0), (computed) => {
      made++
      seen(computed)
    })
    nextStep(made)
    if (next > from) return next
    if (data.complete(from)) this.row(data, from, seen)
    return from + 1
  }

  /** Computes all of a row in the network, and nothing that comes back. */
  private row(data: Dataset, row: number, seen: Seen): void {
    const { network, nextStep } = this.options
    const { firstFixed } = network.wiring
    const frame = network.admit(nextStep(), 'predict', firstFixed, undefined, (done) => {
      if (done.failure === undefined) seen(done)
      else this.failed(done, done.failure)
    })
    frame.advances = true
    data.read(row, frame.values)
    network.deliverRange(frame, 0, firstFixed)
    network.run()
  }
}
