/**
 * The live graph: nodes that wait for their inputs, wires that run both ways, and the one
 * queue that all of it goes through.
 *
 *            values ──▶                     A node fires down when all its inputs have come,
 *     x ────────────── multiply ──── loss   and up when all uses of its value have answered.
 *            ◀── gradients                  Neither runs on another node's stack.
 *
 * A message that nobody outside looks at is a place in the step's frame and a bit that says
 * who is ready; where somebody taps a wire, the same message is also an object.
 */
import type { Observable } from 'rxjs'
import type { Mode, State } from '../kernel/kernel.js'
import { Circuit, type CircuitOptions, type Learning } from './circuit.js'
import { newFrame, type Failure, type LiveFrame } from './frame.js'
import { none, type GradientMessage, type None, type Value, type ValueMessage } from './message.js'
import type { Route } from './route.js'
import { addSparse } from './sparse.js'
import { stackWiring } from './stack.js'
import { Taps } from './taps.js'
import { comesWithStep, type Wiring } from './wiring.js'

/** What a network tells its owner. */
export interface NetworkOptions extends CircuitOptions {
  /**
   * Nothing is left to fire down and the seed has no gradient yet. Whoever owns the loss
   * answers once `arrived(frame)` says that it is there.
   */
  settled(frame: LiveFrame): void
  /** A subscriber of a tap threw; `what` names the tap. */
  threw(what: 'values' | 'gradients', node: number, error: unknown): void
  /** A gradient that only a tap wanted could not be computed. */
  failedForTap(frame: LiveFrame, failure: Failure): void
}

const mostBatches = 4

/** One plan wired up, with one state. */
export class Network {
  readonly wiring: Wiring
  readonly state: State
  private readonly options: NetworkOptions
  private readonly taps: Taps
  /** Of one sample a step. */
  readonly circuit: Circuit
  /** Of whole batches, by their size. */
  private readonly batches = new Map<number, Circuit>()
  private readonly learning: Learning | undefined
  // The queue: frames that may have something to do, linked by `next`.
  private first: LiveFrame | undefined
  private last: LiveFrame | undefined
  private running = false
  private serial = 0
  private opened = 0
  private current: LiveFrame | undefined
  // The node that is firing, so that a throw can be blamed on it.
  private firing = -1

  /** `learning` is there where the graph learns. */
  constructor(
    wiring: Wiring,
    state: State,
    learning: Learning | undefined,
    options: NetworkOptions,
  ) {
    this.wiring = wiring
    this.state = state
    this.learning = learning
    this.options = options
    this.taps = new Taps(wiring.count, {
      now: () => this.serial,
      changed: () => {
        this.circuit.tapsChanged()
        for (const circuit of this.batches.values()) circuit.tapsChanged()
      },
      threw: (what, node, error) => options.threw(what, node, error),
    })
    this.circuit = new Circuit(wiring, learning, this.taps, options)
  }

  /** Whether a step is being worked on right now: the caller is a callback of this network. */
  get busy(): boolean {
    return this.running
  }

  /** Steps that have been admitted and are not done. */
  get pending(): number {
    return this.opened
  }

  /** How many steps nobody watches, if the first of them has this number. */
  unwatched(step: number): number {
    return this.taps.unwatched(step)
  }

  /** A frame for learn steps that are made outside, by somebody who keeps it. */
  frameToKeep(seed: number, circuit = this.circuit): LiveFrame {
    const frame = newFrame(circuit, this.state.weights)
    frame.mode = 'learn'
    frame.seed = seed
    frame.route = circuit.base
    return frame
  }

  /** So many steps have been made outside: they count as admitted. */
  pass(steps: number): void {
    this.serial += steps
  }

  /** Whether the step with this number may be made outside: nobody works, and nobody watches it. */
  alone(step: number): boolean {
    return !this.running && (this.taps.none || this.taps.unwatched(step) > 0)
  }

  /** A step is made outside from now on, as if it were admitted and run. */
  enter(): void {
    this.serial++
    this.running = true
  }

  /** What follows is a callback of the step that was made outside: what it sends in waits for `leave`. */
  reenter(): void {
    this.running = true
  }

  /** It has been made; what a gate has sent in meanwhile follows. */
  leave(): void {
    this.running = false
    if (this.first !== undefined) this.run()
  }

  /** Steps that have ever been admitted. */
  get admitted(): number {
    return this.serial
  }

  /** The values that a node sends down. */
  valuesOf(index: number, every = 1): Observable<ValueMessage> {
    return this.taps.valuesOf(index, every)
  }

  /** The gradients that come up to a node. */
  gradientsOf(index: number, every = 1): Observable<GradientMessage> {
    return this.taps.gradientsOf(index, every)
  }

  /** The route from `seed` to every node it reaches: for probes. */
  fullRoute(seed: number): Route {
    return this.circuit.fullRoute(seed)
  }

  /** 1 for every node whose gradient a learn step computes, in itself or in steps before. */
  learns(): Uint8Array {
    return this.circuit.learns()
  }

  /** What the gates keep begins afresh, as before the first step. */
  refresh(): void {
    this.state.gates.fill(0)
  }

  /** The route of a learn step: what learning needs, and what is tapped at the moment. */
  learnRoute(): Route {
    return this.circuit.learnRoute()
  }

  /**
   * What steps run in that are whole batches of so many samples. Throws `bad-argument` where
   * that is more than a step can hold.
   */
  batchOf(samples: number): Circuit {
    let circuit = this.batches.get(samples)
    if (circuit !== undefined) return circuit
    circuit = new Circuit(stackWiring(this.wiring, samples), this.learning, this.taps, this.options)
    // There are full batches and what is left of an epoch; other sizes come of faults.
    if (this.batches.size >= mostBatches) this.batches.delete([...this.batches.keys()][1]!)
    this.batches.set(samples, circuit)
    return circuit
  }

  /**
   * Admits a step: lends it a frame that reads the weights as they are now. Its `awaited`
   * sources follow by `deliver`; `run` works on it. `done` is called when nothing of it is
   * pending any more.
   */
  admit(
    step: number,
    mode: Mode,
    awaited: number,
    route: Route | undefined,
    done: (frame: LiveFrame) => void,
    circuit = this.circuit,
  ): LiveFrame {
    const frame = circuit.frame(this.state.weights)
    frame.step = step
    frame.mode = mode
    // A run that counts its own learn steps says so.
    frame.seed = 0
    frame.turn = step
    frame.serial = this.serial++
    frame.route = route
    frame.done = done
    frame.weights = this.state.weights
    frame.advances = mode === 'learn'
    frame.unrolled = false
    fill(frame.waiting, circuit.wiring.waiting)
    frame.sources = awaited
    frame.whole = false
    frame.together = undefined
    frame.awaited = awaited
    frame.seeded = route === undefined
    frame.unanswered = 0
    if (route !== undefined) {
      fill(frame.answering, route.answering)
      frame.unanswered = route.size
    }
    const atOnce = circuit.readyAtOnce()
    for (let at = 0; at < atOnce.length; at++) frame.down.add(atOnce[at]!)
    this.opened++
    this.enqueue(frame)
    return frame
  }

  /** The value of source `index` has been written into the frame's values: it is ready to go. */
  deliver(frame: LiveFrame, index: number): void {
    frame.awaited--
    frame.down.add(index)
    this.enqueue(frame)
  }

  /** All sources from `first` up to `end` at once. */
  deliverRange(frame: LiveFrame, first: number, end: number): void {
    frame.awaited -= end - first
    if (first === 0 && end === frame.sources) frame.whole = true
    else for (let index = first; index < end; index++) frame.down.add(index)
    this.enqueue(frame)
  }

  /** Gives the seed its gradient, one number for all elements where it is one; it may go up then. */
  answer(frame: LiveFrame, gradient: Value | None): void {
    const route = frame.route!
    if (gradient === none) return this.skip(frame)
    const { totals, sizes } = frame.circuit.wiring
    const total = totals[route.seed]!
    if (typeof gradient === 'number') {
      for (let i = 0; i < sizes[route.seed]!; i++) frame.gradients[total + i] = gradient
    } else frame.gradients.set(gradient.data, total)
    frame.seeded = true
    if (route.active[route.seed] === 1) frame.up.add(route.seed)
    this.enqueue(frame)
  }

  /** Whether the seed of a step has sent its value down. */
  arrived(frame: LiveFrame): boolean {
    return frame.route !== undefined && frame.waiting[frame.route.seed] === 0
  }

  /** Answers every use that is still open with `none` and ends the step. */
  skip(frame: LiveFrame): void {
    frame.down.clear()
    frame.up.clear()
    if (frame.route !== undefined && frame.unanswered > 0) this.taps.silence(frame, frame.route)
    frame.unanswered = 0
    frame.awaited = 0
    frame.whole = false
    frame.seeded = true
    frame.advances = false
    this.enqueue(frame)
  }

  /** Works until nothing is ready. Called from a callback of this network it returns at once: the loop goes on. */
  run(): void {
    if (this.running) return
    this.running = true
    try {
      for (let frame = this.first; frame !== undefined; frame = this.first) {
        this.first = frame.next
        frame.next = undefined
        frame.queued = false
        this.advance(frame)
      }
    } finally {
      this.first = undefined
      this.running = false
    }
  }

  /** Ends all taps, and those that come later at once. */
  close(): void {
    this.taps.close()
  }

  private advance(frame: LiveFrame): void {
    this.current = frame
    if (frame.whole) this.begin(frame)
    do {
      try {
        this.descend(frame)
        if (!frame.seeded) this.options.settled(frame)
        if (frame.route !== undefined) this.ascend(frame, frame.route)
      } catch (cause) {
        this.absorb(frame, cause)
      }
    } while (!frame.down.empty || !frame.up.empty)
    this.current = undefined
    if (frame.seeded && frame.awaited === 0 && frame.unanswered === 0) this.finish(frame)
  }

  /**
   * All sources of a step have come. All that is left of the queue is the plan's order: every gate
   * fires in it that can, and gradients go up in its reverse. Unless all gradients are asked for, or
   * such as learning does not need: one of those may fail alone. Where a kernel makes the whole step,
   * what is watched is sent from the frame, in the same order.
   */
  private begin(frame: LiveFrame): void {
    frame.whole = false
    const { down, up, route, sources, together } = frame
    const made = together !== undefined && this.tried(() => together.forward(frame, this.state))
    const special = frame.mode === 'probe' || (route !== undefined && route !== frame.circuit.base)
    if (special && !made) {
      for (let index = 0; index < sources; index++) down.add(index)
      return
    }
    down.clear()
    try {
      if (!this.taps.none) this.sendSources(frame)
      this.descendWhole(frame, made)
      if (route === undefined) return
      this.options.settled(frame)
      // It has been skipped, or the seed's gradient is there.
      if (up.empty) return
      if (made && !this.tried(() => together.backward(frame, this.state))) return
      up.clear()
      this.ascendWhole(frame, route, made)
    } catch (cause) {
      this.absorb(frame, cause)
    }
  }

  /** Whether a kernel can; where a gate throws nothing has been sent, and the gates find out which. */
  private tried(run: () => void): boolean {
    try {
      run()
      return true
    } catch {
      return false
    }
  }

  /** Tells the taps what comes with a step, then what is there from the start. */
  private sendSources(frame: LiveFrame): void {
    const { taps } = this
    const { firstFixed, firstGate } = frame.circuit.wiring
    for (let index = 0; index < firstGate; index++) {
      if (taps.values[index] === 0 || (index >= frame.sources && index < firstFixed)) continue
      taps.sendValue(frame, index)
    }
  }

  private descendWhole(frame: LiveFrame, made: boolean): void {
    const { waiting, circuit } = frame
    const { kernels } = circuit
    const { firstGate } = circuit.wiring
    const { state, taps } = this
    const tapped = taps.values
    const gates = circuit.gatesOf(frame.sources)
    for (let at = 0; at < gates.length; at++) {
      const index = gates[at]!
      if (!made) {
        this.firing = index
        kernels[index - firstGate]!.forward(frame, state)
      }
      waiting[index] = 0
      if (tapped[index] === 1) taps.sendValue(frame, index)
    }
  }

  private ascendWhole(frame: LiveFrame, route: Route, made: boolean): void {
    const { kernels, sumStart, order } = route
    const { state, taps } = this
    const tapped = taps.gradients
    const { past } = frame.circuit
    const { firstGate } = frame.circuit.wiring
    for (let at = 0; at < order.length; at++) {
      const index = order[at]!
      if (!made && sumStart[index] !== sumStart[index + 1]) this.sum(frame, route, index)
      if (past !== undefined && index < firstGate) past.add(frame, state, index)
      frame.unanswered--
      if (tapped[index] === 1) taps.sendGradient(frame, index)
      if (made) continue
      const kernel = kernels[index]
      if (kernel === undefined) continue
      this.firing = ~index
      kernel.backward(frame, state)
    }
  }

  /** Fires what is ready in the plan's order, until nothing is. */
  private descend(frame: LiveFrame): void {
    const { down, waiting, circuit } = frame
    const { firstFixed, firstGate, useStart, useNodes } = circuit.wiring
    const { kernels } = circuit
    const { state, taps } = this
    const tapped = taps.values
    for (let index = down.takeFirst(); index >= 0; index = down.takeFirst()) {
      if (index >= firstGate) {
        this.firing = index
        kernels[index - firstGate]!.forward(frame, state)
      }
      if (tapped[index] === 1) taps.sendValue(frame, index)
      if (index < firstGate && !comesWithStep(index, firstFixed, firstGate)) continue
      const end = useStart[index + 1]!
      for (let use = useStart[index]!; use < end; use++) {
        const node = useNodes[use]!
        if (--waiting[node]! === 0) down.add(node)
      }
    }
  }

  /** Sends gradients up in the reverse of the plan's order. */
  private ascend(frame: LiveFrame, route: Route): void {
    const { up, answering } = frame
    const { kernels, start, answered, sumStart } = route
    const { state, taps } = this
    const { firstGate } = frame.circuit.wiring
    // A probe holds fixed what was before.
    const past = frame.mode === 'learn' ? frame.circuit.past : undefined
    const tapped = taps.gradients
    for (let index = up.takeLast(); index >= 0; index = up.takeLast()) {
      if (frame.silent !== undefined && this.isSilent(frame, route, index)) {
        this.passSilence(frame, route, index)
        continue
      }
      if (sumStart[index] !== sumStart[index + 1]) this.sum(frame, route, index)
      if (past !== undefined && index < firstGate) past.add(frame, this.state, index)
      frame.unanswered--
      if (tapped[index] === 1) taps.sendGradient(frame, index)
      const kernel = kernels[index]
      if (kernel === undefined) continue
      this.firing = ~index
      kernel.backward(frame, state)
      const end = start[index + 1]!
      for (let at = start[index]!; at < end; at++) {
        const node = answered[at]!
        if (--answering[node]! === 0) up.add(node)
      }
    }
  }

  /** Adds up the answers of all uses, in the plan's order of ports (law 3). */
  private sum(frame: LiveFrame, route: Route, index: number): void {
    const { gradients, silent } = frame
    const { sumStart, sumSlots } = route
    const { totals, sizes } = frame.circuit.wiring
    const total = totals[index]!
    const sparse = frame.circuit.wiring.sparse[index]
    if (sparse !== undefined) return addSparse(frame, route, index, total, sparse)
    const size = sizes[index]!
    const end = sumStart[index + 1]!
    let first = true
    for (let at = sumStart[index]!; at < end; at++) {
      const slot = sumSlots[at]!
      if (silent !== undefined && silent.has(slot)) continue
      if (first) for (let i = 0; i < size; i++) gradients[total + i] = gradients[slot + i]!
      else for (let i = 0; i < size; i++) gradients[total + i]! += gradients[slot + i]!
      first = false
    }
  }

  /** A kernel threw. Where only a tap wanted its answers they are `none`; else the step is skipped. */
  private absorb(frame: LiveFrame, cause: unknown): void {
    const backward = this.firing < 0
    const node = backward ? ~this.firing : this.firing
    const failure: Failure = { node, direction: backward ? 'backward' : 'forward', cause }
    const route = frame.route
    if (backward && route !== undefined && frame.circuit.base?.active[node] !== 1) {
      this.options.failedForTap(frame, failure)
      frame.silent ??= new Set()
      this.answerNone(frame, route, node)
      return
    }
    frame.failure = failure
    this.skip(frame)
  }

  /** Whether every use of an active node has answered `none`. */
  private isSilent(frame: LiveFrame, route: Route, index: number): boolean {
    const silent = frame.silent!
    const { sumStart, sumSlots } = route
    const end = sumStart[index + 1]!
    if (sumStart[index] === end) return silent.has(frame.circuit.wiring.totals[index]!)
    for (let at = sumStart[index]!; at < end; at++) if (!silent.has(sumSlots[at]!)) return false
    return true
  }

  private passSilence(frame: LiveFrame, route: Route, index: number): void {
    frame.unanswered--
    frame.muted ??= new Set()
    frame.muted.add(index)
    if (this.taps.gradients[index] === 1) this.taps.sendGradient(frame, index, none)
    this.answerNone(frame, route, index)
  }

  /** All of a gate's answers are `none`. */
  private answerNone(frame: LiveFrame, route: Route, index: number): void {
    const { portStart, portNodes, portSlots } = frame.circuit.wiring
    for (let port = portStart[index]!; port < portStart[index + 1]!; port++) {
      if (portNodes[port]! >= 0) frame.silent!.add(portSlots[port]!)
    }
    for (let at = route.start[index]!; at < route.start[index + 1]!; at++) {
      const node = route.answered[at]!
      if (--frame.answering[node]! === 0) frame.up.add(node)
    }
  }

  private finish(frame: LiveFrame): void {
    frame.seeded = false // at most once
    this.opened--
    const { circuit, route } = frame
    if (route !== undefined) {
      if (frame.advances && frame.mode === 'learn' && circuit.past !== undefined) {
        circuit.past.finish(frame, this.state, (index) => {
          if (this.taps.gradients[index] === 1) this.taps.sendGradient(frame, index)
        })
      }
      this.taps.sendMute(frame, route)
    }
    try {
      frame.done(frame)
      if (frame.advances) circuit.advance(frame, this.state)
    } finally {
      frame.failure = undefined
      frame.fault = undefined
      frame.silent = undefined
      frame.muted = undefined
      frame.route = undefined
      frame.circuit.release(frame)
    }
  }

  private enqueue(frame: LiveFrame): void {
    if (frame.queued || frame === this.current) return
    frame.queued = true
    if (this.first === undefined) this.first = frame
    else this.last!.next = frame
    this.last = frame
  }
}

// For a few elements a loop is faster than the call of a built-in.
function fill(target: Int32Array, source: Int32Array): void {
  if (source.length > 64) target.set(source)
  else for (let i = 0; i < source.length; i++) target[i] = source[i]!
}
