/**
 * Makes single steps in kernels of the whole graph, one after the other, for as long as nobody
 * watches the network: predictions, and the steps of a stream that is learned from. What a kernel
 * cannot do by itself (a gate that throws, a number that is not finite) is left to the network,
 * which makes the same step again and reports what it finds.
 */
import type { StepKernel } from '../kernel/drive.js'
import { canGenerate } from '../kernel/javascript.js'
import { interpretRegion } from '../kernel/runinterpret.js'
import { generateRegion } from '../kernel/runjavascript.js'
import type { LiveFrame } from '../network/frame.js'
import type { Network } from '../network/network.js'
import type { Wiring } from '../network/wiring.js'
import type { EngineOption } from './engine.js'
import { delayedIn, loweredStep, readsLargeTables } from './lowered.js'

// To make a kernel takes as long as it saves in so many steps; of a large graph, too long for one
// turn of the event loop.
const fewSteps = 100
const largeGraph = 600

export class FusedStep {
  private readonly network: Network
  private readonly wiring: Wiring
  private readonly engine: EngineOption
  private readonly inputs: Part
  private readonly all: Part
  private readonly loss: number
  /** What all steps are made in; there is one where there is a kernel. */
  private frame: LiveFrame | undefined

  constructor(network: Network, engine: EngineOption) {
    const { plan, firstGate, firstFixed, count, offsets } = network.wiring
    this.network = network
    this.wiring = network.wiring
    this.engine = engine
    const inputs = plan.nodes.findIndex(({ type }) => type !== 'input')
    this.inputs = { sources: inputs < 0 ? firstFixed : inputs, left: fewSteps, step: undefined }
    this.all = { sources: firstFixed, left: fewSteps, step: undefined }
    // Of very large graphs there is no kernel, nor need there be one where somebody says so.
    const never = engine === 'live' || (engine === 'auto' && count - firstGate > largeGraph)
    if (never) this.inputs.left = this.all.left = Number.POSITIVE_INFINITY
    else if (engine !== 'auto') this.inputs.left = this.all.left = 0
    this.loss = plan.loss === undefined ? -1 : offsets[plan.loss]!
  }

  /**
   * Computes what follows from the inputs in `values`, for the prediction with this number. The
   * frame is the caller's until the next step; without one, the network has to do it.
   */
  predict(values: Float64Array, step: number): LiveFrame | undefined {
    return this.run(this.inputs, values, step, 'predict', 0, step)
  }

  /** As `predict`, with the targets. What gates keep stays as it is. */
  evaluate(values: Float64Array, step: number): LiveFrame | undefined {
    return this.run(this.all, values, step, 'predict', 0, step)
  }

  /**
   * Computes values and gradients of the learn step with this number, that is `turn` among those
   * with this seed. Nothing has been changed: neither weights, nor what gates keep.
   */
  learn(values: Float64Array, step: number, seed: number, turn: number): LiveFrame | undefined {
    return this.run(this.all, values, step, 'learn', seed, turn)
  }

  /** The learn step has been learned from: what gates keep goes on. */
  advance(frame: LiveFrame): void {
    this.all.step!.advance(frame, this.network.state)
  }

  private run(
    part: Part,
    values: Float64Array,
    step: number,
    mode: 'learn' | 'predict',
    seed: number,
    turn: number,
  ): LiveFrame | undefined {
    const kernel = this.kernel(part, step)
    if (kernel === undefined) return undefined
    const { network, loss } = this
    const { state } = network
    const frame = this.frame!
    frame.step = step
    frame.mode = mode
    frame.seed = seed
    frame.turn = turn
    frame.weights = state.weights
    put(values, frame.values)
    network.enter()
    try {
      kernel.forward(frame, state)
      if (mode === 'predict') return frame
      const value = frame.values[loss]!
      if (value - value !== 0) return undefined
      kernel.backward(frame, state)
      return frame
    } catch {
      return undefined
    } finally {
      network.leave()
    }
  }

  /** What makes a step, if nobody watches it. */
  private kernel(part: Part, step: number): StepKernel | undefined {
    if (part.step === undefined) {
      if (part.left > 0) {
        part.left--
        return undefined
      }
      part.step = this.make(part)
      if (part.step === undefined) {
        part.left = Number.POSITIVE_INFINITY
        return undefined
      }
    }
    return this.network.alone(step) ? part.step : undefined
  }

  private make(part: Part): StepKernel | undefined {
    const { wiring, network, engine } = this
    const { loss, metrics, measures = [], outputs } = wiring.plan
    // A graph that cannot learn has predictions alone.
    const way = part === this.all ? network.circuit.base : undefined
    if (way !== undefined) {
      if (wiring.delays.depth > 0) return undefined
      if (engine === 'auto' && readsLargeTables(wiring, way.active)) return undefined
    }
    const read = measures.flatMap(({ prediction, target }) => [prediction, target])
    const named = [...outputs, ...read, ...metrics, ...(loss === undefined ? [] : [loss])]
    const region = loweredStep(wiring, way, [...named, ...delayedIn(wiring)], this.firing(part))
    const generated = engine !== 'interpret' && canGenerate()
    if (engine === 'javascript' && !generated) return undefined
    this.frame ??= network.frameToKeep(0)
    return generated ? generateRegion(region) : interpretRegion(region)
  }

  /** The gates (1 each) that fire where the first so many sources have come. */
  private firing({ sources }: Part): Uint8Array {
    const fires = new Uint8Array(this.wiring.count)
    for (const gate of this.network.circuit.gatesOf(sources)) fires[gate] = 1
    return fires
  }
}

// Of a few numbers faster than a built-in, and of arrays of one kind alone.
function put(from: Float64Array, to: Float64Array): void {
  for (let i = 0; i < from.length; i++) to[i] = from[i]!
}

/** Steps that begin with the same sources, and what makes them once so many have been made. */
interface Part {
  readonly sources: number
  left: number
  step: StepKernel | undefined
}
