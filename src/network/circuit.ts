/** A wiring that can run: its kernels, the routes through it, and the frames that fit it. */
import { compile } from '../kernel/compile.js'
import type { Executor, Kernel, State } from '../kernel/kernel.js'
import { noneOf } from '../kernel/lower.js'
import { Plain } from '../kernel/plain.js'
import { newFrame, type LiveFrame } from './frame.js'
import { Past } from './past.js'
import { routeTo, type Route } from './route.js'
import type { Taps } from './taps.js'
import { bind, type Wiring } from './wiring.js'

/** The node whose gradient starts at 1, and the nodes (1 each) whose gradients learn steps need. */
export interface Learning {
  readonly seed: number
  readonly wanted: Uint8Array
}

export interface CircuitOptions {
  readonly executor: Executor
  /** The kernel of a gate, where it is not to be compiled from the plan. */
  kernel?(index: number, answers: readonly number[]): Kernel
}

/** A gate that keeps something, and what it takes up when a step is over: its own value if no other. */
interface Keeping {
  readonly kernel: Kernel
  readonly node: number
  readonly from: number
}

/** What a network owns one of for each wiring that it runs. */
export class Circuit {
  readonly wiring: Wiring
  /** The route of learning, which the others share kernels with. */
  readonly base: Route | undefined
  /** How gradients go back through time; absent where they do not. */
  readonly past: Past | undefined
  /** Frames that no step uses. */
  readonly pool: LiveFrame[] = []
  private readonly taps: Taps
  private readonly plain: Plain
  private readonly options: CircuitOptions
  /** How many frames may wait for a step. */
  private readonly spare: number
  /** The route of the last probe: whoever probes, mostly does so again from the same node. */
  private probed: Route | undefined
  private tappedRoute: Route | undefined
  private made: readonly Kernel[] | undefined
  private kept: readonly Keeping[] | undefined
  private ready: readonly number[] | undefined
  private whole: Int32Array | undefined
  private part: { readonly sources: number; readonly gates: Int32Array } | undefined

  constructor(wiring: Wiring, learning: Learning | undefined, taps: Taps, options: CircuitOptions) {
    this.wiring = wiring
    this.taps = taps
    this.plain = new Plain(wiring, (index, answers) => bind(wiring, index, answers))
    this.options = options
    this.spare = Math.max(2, Math.min(64, 2 ** 21 / (wiring.valuesSize + wiring.gradientsSize)))
    const { depth, unrolled } = wiring.delays
    this.past =
      learning && depth > 0
        ? new Past(wiring, learning.wanted, (index, answers) => this.make(index, answers))
        : undefined
    if (learning !== undefined) {
      // What goes back through time begins at the gates that delay.
      const wanted = learning.wanted.slice()
      for (const { node } of unrolled) wanted[node] = 1
      this.base = this.newRoute(learning.seed, wanted)
    }
  }

  /** By gate, from the first one on: what runs going down. Made when first asked for: a run in a kernel has no use for them. */
  get kernels(): readonly Kernel[] {
    const { wiring, base } = this
    return (this.made ??= Array.from({ length: wiring.count - wiring.firstGate }, (_, at) => {
      const index = wiring.firstGate + at
      return base?.kernels[index] ?? this.make(index, noneOf(wiring, index))
    }))
  }

  /** The gates that keep something from one learn step to the next. */
  private get keeping(): readonly Keeping[] {
    return (this.kept ??= this.findKeeping())
  }

  private findKeeping(): readonly Keeping[] {
    const { delays, firstGate } = this.wiring
    const from = new Map(delays.all.map((delay) => [delay.node, delay.from]))
    return this.kernels.flatMap((kernel, at) => {
      const node = firstGate + at
      if (kernel.advance === undefined) return []
      return { kernel, node, from: from.get(node) ?? node }
    })
  }

  /** A step has given its frame back. Not all are kept: thousands may have been open at a time. */
  release(frame: LiveFrame): void {
    if (this.pool.length < this.spare) this.pool.push(frame)
  }

  /** The route from `seed` to every node it reaches: for probes. */
  fullRoute(seed: number): Route {
    if (this.probed?.seed !== seed) {
      this.probed = this.newRoute(seed, new Uint8Array(this.wiring.count).fill(1))
    }
    return this.probed
  }

  /** The route of a learn step: what learning needs, and what is tapped at the moment. */
  learnRoute(): Route {
    if (this.base === undefined) throw new Error('internal: a graph without a loss cannot learn')
    this.tappedRoute ??= this.routeWithTaps(this.base)
    return this.tappedRoute
  }

  /** 1 for every node whose gradient a learn step computes. */
  learns(): Uint8Array {
    const { active } = this.learnRoute()
    return this.past === undefined ? active : active.map((one, index) => one | this.past!.route.active[index]!) // prettier-ignore
  }

  /**
   * A step is over: what keeps something goes on to the next. Where its targets did not come,
   * what depends on them stays as it is.
   */
  advance(frame: LiveFrame, state: State): void {
    if (this.keeping.length === 0) return
    for (const { kernel, node, from } of this.keeping) {
      if (this.has(frame, node) && this.has(frame, from)) kernel.advance!(frame, state)
    }
    const { unrolled } = this.wiring.delays
    this.past?.push(frame, state, unrolled.every(({ node, from }) => this.has(frame, node) && this.has(frame, from))) // prettier-ignore
  }

  /** Whether a step has the value of a node. */
  private has(frame: LiveFrame, node: number): boolean {
    const { plan, firstGate, firstFixed } = this.wiring
    if (node >= firstGate) return frame.waiting[node] === 0
    return plan.nodes[node]?.type !== 'target' || frame.sources === firstFixed
  }

  /** A frame to lend, which reads these weights. */
  frame(weights: Float64Array): LiveFrame {
    return this.pool.pop() ?? newFrame(this, weights)
  }

  /** Gates and tapped sources that are ready as soon as a step is admitted. */
  readyAtOnce(): readonly number[] {
    if (this.ready !== undefined) return this.ready
    // Weights and constants are there from the start: only a tap makes them send anything.
    const { count, firstFixed, firstGate, waiting } = this.wiring
    const ready: number[] = []
    for (let index = firstFixed; index < count; index++) {
      if (index >= firstGate ? waiting[index] === 0 : this.taps.values[index] === 1)
        ready.push(index)
    }
    this.ready = ready
    return ready
  }

  /** The gates that fire where the first so many sources have come, in the plan's order. */
  gatesOf(sources: number): Int32Array {
    if (sources === this.wiring.firstFixed) return (this.whole ??= firingOf(this.wiring, sources))
    if (this.part?.sources !== sources) {
      this.part = { sources, gates: firingOf(this.wiring, sources) }
    }
    return this.part.gates
  }

  /** Somebody has come to a wire that nobody watched, or the last one has gone. */
  tapsChanged(): void {
    this.ready = undefined
    this.tappedRoute = undefined
  }

  private newRoute(seed: number, wanted: Uint8Array): Route {
    // The route of learning itself is made before there is one.
    const known = this.base
    return routeTo(this.wiring, seed, wanted, (index, answers) => {
      const same =
        known !== undefined && known.answers[index]?.every((to, port) => to === answers[port])
      return same ? known.kernels[index]! : this.make(index, answers)
    })
  }

  private make(index: number, answers: readonly number[]): Kernel {
    const { kernel, executor } = this.options
    if (kernel !== undefined) return kernel(index, answers)
    const plain = this.plain.kernel(index, answers, executor)
    return plain ?? compile(bind(this.wiring, index, answers), executor)
  }

  private routeWithTaps(base: Route): Route {
    const tapped = this.taps.gradientNodes()
    if (tapped.every((index) => base.active[index] === 1)) return base
    const wanted = base.active.slice()
    for (const index of tapped) wanted[index] = 1
    return this.newRoute(base.seed, wanted)
  }
}

function firingOf({ count, firstFixed, firstGate, portStart, portNodes }: Wiring, sources: number) {
  const silent = new Uint8Array(count)
  silent.fill(1, sources, firstFixed)
  const gates: number[] = []
  for (let index = firstGate; index < count; index++) {
    for (let port = portStart[index]!; port < portStart[index + 1]!; port++) {
      if (portNodes[port]! >= 0 && silent[portNodes[port]!] === 1) silent[index] = 1
    }
    if (silent[index] === 0) gates.push(index)
  }
  return Int32Array.from(gates)
}
