/**
 * How gradients go back through time. A learn step leaves its values and the weights that it read
 * in a ring of as many steps as gradients go back. When all gates of a later step have answered,
 * what has come to the gates that delay goes on in the step before, and so on:
 *
 *     step t - 2          step t - 1          step t
 *     h ◀──── previous ◀─ h ◀──── previous ◀─ h ◀──── loss     gradients
 *
 * Every step is replayed with its own values and on its own weights (law 5): what comes of it is the
 * gradient of the last step's loss, exactly, by the weights in all steps that it reaches, as if each
 * step had a copy of them; the sum over the copies is what is learned from. Nobody taps a replay.
 */
import type { Frame, Kernel, State } from '../kernel/kernel.js'
import type { LiveFrame } from './frame.js'
import { reachedFrom, routeTo, type Route } from './route.js'
import type { Wiring } from './wiring.js'

export class Past {
  /** From what is delayed to the weights behind it. */
  readonly route: Route
  private readonly wiring: Wiring
  /** What is replayed, and the memory that it is replayed in. */
  private readonly frame: Frame
  /** By delay: the gradient that goes through it to the step before, if any does. */
  private readonly carried: readonly { readonly memory: Float64Array; there: boolean }[]
  /** By node: the delays that it feeds. */
  private readonly feeds: ReadonlyMap<number, readonly number[]>
  private readonly sum: Float64Array
  /** Something of past steps is in the sum. */
  private found = false

  /** `wanted` are the weights that learn; `kernel` is as for other routes. */
  constructor(
    wiring: Wiring,
    wanted: Uint8Array,
    kernel: (index: number, answers: readonly number[]) => Kernel,
  ) {
    const { unrolled } = wiring.delays
    this.wiring = wiring
    const seeds = unrolled.map(({ from }) => from)
    const ends = wanted.slice()
    for (const { node } of unrolled) ends[node] = 1
    this.route = routeTo(wiring, Math.max(...seeds), ends, kernel, reachedFrom(wiring, ...seeds))
    this.frame = {
      ...{ step: 0, mode: 'learn', seed: 0, turn: 0 },
      values: new Float64Array(wiring.valuesSize),
      gradients: new Float64Array(wiring.gradientsSize),
      weights: new Float64Array(wiring.weightsSize),
    }
    this.carried = unrolled.map(({ node }) => {
      return { memory: new Float64Array(wiring.sizes[node]!), there: false }
    })
    const feeds = new Map<number, number[]>()
    for (const [at, { from }] of unrolled.entries()) feeds.set(from, [...(feeds.get(from) ?? []), at]) // prettier-ignore
    this.feeds = feeds
    this.sum = new Float64Array(wiring.weightsSize)
  }

  /** A weight has the gradient of the present step: adds those of past ones. */
  add(frame: LiveFrame, state: State, index: number): void {
    if (!frame.unrolled) this.run(frame, state)
    if (!this.found || this.route.active[index] === 0) return
    const total = this.wiring.totals[index]!
    const end = total + this.wiring.sizes[index]!
    // The totals of weights lie as the weights do.
    for (let i = total; i < end; i++) frame.gradients[i]! += this.sum[i]!
  }

  /** All nodes have answered: weights that only past steps lead to have their gradient too; `told` hears of each. */
  finish(frame: LiveFrame, state: State, told: (index: number) => void): void {
    if (!frame.unrolled) this.run(frame, state)
    const { plan, totals, sizes, firstGate } = this.wiring
    for (let index = 0; index < firstGate; index++) {
      if (this.route.active[index] === 0 || frame.route!.active[index] === 1) continue
      if (plan.nodes[index]!.type !== 'weight') continue
      const total = totals[index]!
      for (let i = total; i < total + sizes[index]!; i++) {
        frame.gradients[i] = this.found ? this.sum[i]! : 0
      }
      told(index)
    }
  }

  /** A step is over. `whole` is false where it does not have all that is delayed: then nothing goes back beyond it. */
  push({ values, weights }: LiveFrame, { gates }: State, whole: boolean): void {
    const { depth } = this.wiring.delays
    const { start, size } = this
    if (!whole) {
      gates[start] = 0
      return
    }
    const place = (gates[start + 1]! + 1) % depth
    gates[start] = Math.min(depth, gates[start]! + 1)
    gates[start + 1] = place
    const at = start + 2 + place * size
    gates.set(values, at)
    gates.set(weights, at + values.length)
  }

  /** Where in the state the ring begins: how many steps it has, the place of the last one, the steps. */
  private get start(): number {
    return this.wiring.stateSize - 2 - this.wiring.delays.depth * this.size
  }

  private get size(): number {
    return this.wiring.valuesSize + this.wiring.weightsSize
  }

  private run(present: LiveFrame, { gates }: State): void {
    const { wiring, route, frame } = this
    const { depth } = wiring.delays
    present.unrolled = true
    this.found = false
    this.sum.fill(0)
    this.carry(present, present.route!, 1)
    const count = gates[this.start]!
    const last = gates[this.start + 1]!
    for (let back = 1; back <= depth && back <= count; back++) {
      if (!this.carried.some(({ there }) => there)) return
      const at = this.start + 2 + ((last - back + 1 + depth) % depth) * this.size
      const weights = at + wiring.valuesSize
      frame.values.set(gates.subarray(at, weights))
      frame.weights.set(gates.subarray(weights, weights + wiring.weightsSize))
      this.replay(gates)
      this.found = true
      this.carry(frame, route, back + 1)
    }
  }

  /** Takes what has come to each delay on to the step before, unless the delay began afresh. */
  private carry(frame: Frame, { active }: Route, back: number): void {
    const { wiring, carried } = this
    for (const [at, { node, unroll }] of wiring.delays.unrolled.entries()) {
      const one = carried[at]!
      const goes = back <= unroll && active[node] === 1 && frame.values[wiring.scratch[node]!] === 1
      one.there = goes
      if (!goes) continue
      const total = wiring.totals[node]!
      for (let i = 0; i < one.memory.length; i++) one.memory[i] = frame.gradients[total + i]!
    }
  }

  /** Sends what is carried up a past step, in the reverse of the plan's order. */
  private replay(gates: Float64Array): void {
    const { wiring, route, frame, sum } = this
    const { totals, sizes, plan } = wiring
    const state: State = { weights: frame.weights, optimizer: [], updates: 0, gates }
    for (let index = route.seed; index >= 0; index--) {
      if (route.active[index] === 0) continue
      this.total(index)
      route.kernels[index]?.backward(frame, state)
      if (plan.nodes[index]!.type !== 'weight') continue
      const total = totals[index]!
      const end = total + sizes[index]!
      for (let i = total; i < end; i++) sum[i]! += frame.gradients[i]!
    }
  }

  /** Adds up the answers of the step's own uses in the plan's order of ports, then what is carried. */
  private total(index: number): void {
    const { wiring, route, carried } = this
    const { gradients } = this.frame
    const total = wiring.totals[index]!
    const size = wiring.sizes[index]!
    let some = route.answering[index]! > 0
    const end = route.sumStart[index + 1]!
    for (let at = route.sumStart[index]!; at < end; at++) {
      const slot = route.sumSlots[at]!
      const first = at === route.sumStart[index]
      for (let i = 0; i < size; i++) {
        gradients[total + i] = first ? gradients[slot + i]! : gradients[total + i]! + gradients[slot + i]! // prettier-ignore
      }
    }
    for (const at of this.feeds.get(index) ?? []) {
      const { memory, there } = carried[at]!
      if (!there) continue
      for (let i = 0; i < size; i++) {
        gradients[total + i] = some ? gradients[total + i]! + memory[i]! : memory[i]!
      }
      some = true
    }
    if (!some) gradients.fill(0, total, total + size)
  }
}
