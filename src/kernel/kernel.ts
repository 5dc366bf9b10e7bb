/**
 * Kernels and the memory they work on. A kernel is what a gate (later: a fused region) runs;
 * it owns nothing. A frame holds what belongs to one step, a state what belongs to one model.
 */
import type { Gate, ParameterValue } from '../gates/gate.js'
import type { Shape } from '../tensor/shape.js'

/** What one step is for: `learn` counts in batches; `probe` wants gradients only; `predict` neither. */
export type Mode = 'learn' | 'probe' | 'predict'

/** What one step holds. The network lends it and takes it back with the last answer. */
export interface Frame {
  step: number
  mode: Mode
  /** What chance in a learn step is drawn from: a seed, and the number of the learn step in its run. */
  seed: number
  turn: number
  /** That number by sample, in a step of a whole batch. */
  readonly turns?: Float64Array | undefined
  /** The output of every node that is not a weight, at its offset. Constants are written once. */
  readonly values: Float64Array
  /** Gradients that arrive at nodes and answers that gates give, at their offsets. */
  readonly gradients: Float64Array
  /** The version of the weights that this step reads. */
  weights: Float64Array
}

/** One model: what outlives a step. */
export interface State {
  /** All weights behind one another, in the plan's order. Replaced, not written, while a step reads it. */
  weights: Float64Array
  /** What the optimizer keeps: one array as long as `weights` for each state line. */
  optimizer: Float64Array[]
  /** Updates made so far with this optimizer state. */
  updates: number
  /** What gates keep from one learn step to the next, laid out by the wiring; all 0 at first. */
  gates: Float64Array
}

export interface Kernel {
  forward(frame: Frame, state: State): void
  /** Reads the gradient that arrived and writes the answers that somebody needs. */
  backward(frame: Frame, state: State): void
  /** A learn step is over: the gate goes on. Only of gates that keep something. */
  advance?(frame: Frame, state: State): void
}

/** What a port reads: a place in the frame's values, in the weights, or a literal. */
export type Operand =
  | { readonly memory: 'values' | 'weights'; readonly offset: number; readonly shape: Shape }
  | { readonly memory: 'literal'; readonly value: number; readonly shape: Shape }

/** One gate put in its place: everything a kernel is made from. */
export interface Binding {
  readonly gate: Gate
  readonly parameters: Readonly<Record<string, ParameterValue>>
  /** By port. */
  readonly operands: readonly Operand[]
  readonly shape: Shape
  /** Where in `frame.values` the output goes. */
  readonly output: number
  /** Where in `frame.gradients` the gradient of the output arrives. */
  readonly gradient: number
  /** By port: where in `frame.gradients` the answer goes; -1 where nobody needs it. */
  readonly answers: readonly number[]
  /** Where in `frame.values` there is room for what the forward pass saves; see `scratchOf`. */
  readonly scratch: number
  /** Where in `state.gates` there is room for what the gate keeps; see `keptBy`. */
  readonly kept?: number
  /** Where in `frame.values` a sparse answer is listed, if it is; see `TensorPlace`. */
  readonly listed?: number
  /** The name of the node, where the gate draws: each has a stream of its own. */
  readonly path?: string
  /** A whole batch is worked on, one sample after the other; the shapes are those of one sample. */
  readonly samples?: Samples
}

/** The samples of a batch. What differs between them lies behind one another, sample by sample. */
export interface Samples {
  readonly count: number
  /** By port: whether there is a value for each sample, or one for all of them. */
  readonly stacked: readonly boolean[]
}

/** What executes kernels: closures over the formulas, or JavaScript generated from them. */
export type Executor = 'interpret' | 'javascript'
