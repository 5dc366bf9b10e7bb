/** What a step holds while it is on its way, beside the memory that kernels work on. */
import type { StepKernel } from '../kernel/drive.js'
import type { Frame } from '../kernel/kernel.js'
import type { Fault } from './message.js'
import { ReadySet } from './ready.js'
import type { Circuit } from './circuit.js'
import type { Route } from './route.js'
import { writeInitial } from './weights.js'

/** A frame on loan to a step. */
export interface LiveFrame extends Frame {
  /** What the frame belongs to; says where in it everything lies. */
  readonly circuit: Circuit
  /** Counts admissions; taps opened later than that see nothing of this step. */
  serial: number
  /** Where gradients go; absent when predicting. */
  route: Route | undefined
  /** Called once, when nothing of the step is pending any more; the frame is valid until it returns. */
  done: (frame: LiveFrame) => void
  /** What the step failed with, if a kernel threw. */
  failure: Failure | undefined
  /** What its owner skipped it for. */
  fault: Fault | undefined
  /** Nodes that await their last input, and nodes that await their last answer. */
  readonly down: ReadySet
  readonly up: ReadySet
  readonly waiting: Int32Array
  readonly answering: Int32Array
  /** Whether the gates that keep something go on when the step is over: those of learn steps do. */
  advances: boolean
  /** Gradients of past steps have been added to the weights. */
  unrolled: boolean
  /** How many sources it was admitted with: the inputs, or the targets too. */
  sources: number
  /** All of its sources have come at once, and nothing of it has fired. */
  whole: boolean
  /** Makes the whole step where all comes at once, leaving every value and gradient in its place. */
  together: StepKernel | undefined
  /** Sources that have not been delivered yet. */
  awaited: number
  /** Active nodes whose gradient has not gone up yet. */
  unanswered: number
  /** Whether the seed's gradient has been given. */
  seeded: boolean
  queued: boolean
  /** The frame behind it in the queue. */
  next: LiveFrame | undefined
  /** Ports (by their slots) that answered `none` because a gradient for a tap alone failed. */
  silent: Set<number> | undefined
  /** Nodes all of whose uses answered `none` for that reason. */
  muted: Set<number> | undefined
}

/** A kernel threw. */
export interface Failure {
  readonly node: number
  readonly direction: 'forward' | 'backward'
  readonly cause: unknown
}

/** A frame that no step has used yet. Constants are written into it once and for all. */
export function newFrame(circuit: Circuit, weights: Float64Array): LiveFrame {
  const { plan, count, offsets, valuesSize, gradientsSize, stack } = circuit.wiring
  const values = new Float64Array(valuesSize)
  plan.nodes.forEach((node, index) => {
    if (node.type === 'constant') writeInitial(node, values, offsets[index]!)
  })
  return {
    circuit,
    step: 0,
    seed: 0,
    turn: 0,
    turns: stack && new Float64Array(stack.batch),
    mode: 'predict',
    serial: 0,
    route: undefined,
    done: () => {},
    failure: undefined,
    fault: undefined,
    values,
    gradients: new Float64Array(gradientsSize),
    weights,
    down: new ReadySet(count),
    up: new ReadySet(count),
    waiting: new Int32Array(count),
    answering: new Int32Array(count),
    advances: false,
    unrolled: false,
    sources: 0,
    whole: false,
    together: undefined,
    awaited: 0,
    unanswered: 0,
    seeded: false,
    queued: false,
    next: undefined,
    silent: undefined,
    muted: undefined,
  }
}
