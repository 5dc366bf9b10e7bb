/** The tapped wires of a network: who watches what, and the messages that they get. */
import type { Observable } from 'rxjs'
import type { LiveFrame } from './frame.js'
import { none, type GradientMessage, type None, type ValueMessage } from './message.js'
import type { Route } from './route.js'
import { Channel } from './tap.js'
import { readValue } from './weights.js'

/** What the taps of a network need of it. */
export interface TapsOptions {
  /** The serial number of the next step to be admitted. */
  now(): number
  /** Somebody has come to a wire that nobody watched, or the last one has gone. */
  changed(): void
  /** A subscriber of a tap threw; `what` names the tap. */
  threw(what: 'values' | 'gradients', node: number, error: unknown): void
}

/** All channels of a network that have ever been asked for. */
export class Taps {
  /** 1 for every node whose values somebody watches; and the same for gradients. */
  readonly values: Uint8Array
  readonly gradients: Uint8Array
  private readonly options: TapsOptions
  private readonly valueChannels = new Map<number, Channel<ValueMessage>>()
  private readonly gradientChannels = new Map<number, Channel<GradientMessage>>()
  private watchedGradients = 0
  private watchedValues = 0
  /** What all taps want, found when asked for. */
  private periods: readonly number[] | undefined
  private closed = false

  /** For a graph of so many nodes. */
  constructor(count: number, options: TapsOptions) {
    this.options = options
    this.values = new Uint8Array(count)
    this.gradients = new Uint8Array(count)
  }

  valuesOf(index: number, every: number): Observable<ValueMessage> {
    return this.channel(this.valueChannels, this.values, index, 'values').sampled(every)
  }

  gradientsOf(index: number, every: number): Observable<GradientMessage> {
    return this.channel(this.gradientChannels, this.gradients, index, 'gradients').sampled(every)
  }

  /** Whether nobody watches anything. */
  get none(): boolean {
    return this.watchedValues === 0 && this.watchedGradients === 0
  }

  /** How many steps nobody watches, if the first of them has this number. */
  unwatched(step: number): number {
    if (this.none) return Number.POSITIVE_INFINITY
    let steps = Number.POSITIVE_INFINITY
    for (const every of (this.periods ??= this.allPeriods())) {
      const past = step % every
      steps = Math.min(steps, past === 0 ? 0 : every - past)
    }
    return steps
  }

  private allPeriods(): readonly number[] {
    const channels = [...this.valueChannels.values(), ...this.gradientChannels.values()]
    return [...new Set(channels.flatMap((channel) => channel.periods))]
  }

  /** The nodes whose gradients somebody watches. */
  gradientNodes(): number[] {
    return [...this.gradientChannels.keys()].filter((index) => this.gradients[index] === 1)
  }

  sendValue(frame: LiveFrame, index: number): void {
    const { plan, offsets } = frame.circuit.wiring
    const { shape, type } = plan.nodes[index]!
    const memory = type === 'weight' ? frame.weights : frame.values
    const { step, mode } = frame
    const message = () => ({ step, mode, value: readValue(memory, offsets[index]!, shape) })
    this.valueChannels.get(index)!.send(frame.serial, step, message)
  }

  /** Sends the gradient that has come to a node, or `none`. */
  sendGradient(frame: LiveFrame, index: number, gradient?: None): void {
    frame.answering[index] = told
    const { plan, totals } = frame.circuit.wiring
    const { shape } = plan.nodes[index]!
    const { step, mode, gradients } = frame
    const message = () => ({
      step,
      mode,
      gradient: gradient ?? readValue(gradients, totals[index]!, shape),
    })
    this.gradientChannels.get(index)!.send(frame.serial, step, message)
  }

  /** The whole step answers `none`: told to the taps that have not had their answer. */
  silence(frame: LiveFrame, route: Route): void {
    for (let index = this.gradients.length - 1; index >= 0; index--) {
      if (this.gradients[index] === 0 || route.active[index] === 0) continue
      if (frame.answering[index] !== told) this.sendGradient(frame, index, none)
    }
  }

  /** What the seed depends on, though no gradient can come back that way, gets `none`. */
  sendMute(frame: LiveFrame, route: Route): void {
    if (this.watchedGradients === 0) return
    for (const index of this.gradientChannels.keys()) {
      if (
        this.gradients[index] === 1 &&
        route.mute[index] === 1 &&
        frame.answering[index] !== told
      ) {
        this.sendGradient(frame, index, none)
      }
    }
  }

  /** Ends all taps, and those that come later at once. */
  close(): void {
    this.closed = true
    for (const channel of this.valueChannels.values()) channel.close()
    for (const channel of this.gradientChannels.values()) channel.close()
  }

  private channel<T>(
    channels: Map<number, Channel<T>>,
    flags: Uint8Array,
    index: number,
    what: 'values' | 'gradients',
  ): Channel<T> {
    let channel = channels.get(index)
    if (channel === undefined) {
      channel = new Channel<T>({
        now: this.options.now,
        moved: () => {
          this.periods = undefined
        },
        changed: (tapped) => {
          flags[index] = tapped ? 1 : 0
          if (flags === this.gradients) this.watchedGradients += tapped ? 1 : -1
          else this.watchedValues += tapped ? 1 : -1
          this.options.changed()
        },
        threw: (error) => this.options.threw(what, index, error),
      })
      if (this.closed) channel.close()
      channels.set(index, channel)
    }
    return channel
  }
}

// In place of the number of missing answers, once the gradient has been sent to the taps.
const told = -1
