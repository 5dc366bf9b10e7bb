/**
 * The plan: a checked, ordered, shape-annotated graph as plain JSON. It can be printed,
 * written by hand in a test, drawn, and sent elsewhere. Node numbers are positions in `nodes`.
 */
import type { Range } from '../formula/syntax.js'
import type { ParameterValue } from '../gates/gate.js'
import type { ScheduleValue } from '../optimizers/schedule.js'
import type { MeasureName } from './measures.js'
import type { Shape } from '../tensor/shape.js'

/** A number, or a nested list of numbers for a tensor. */
export type Nested = number | readonly Nested[]

export interface Plan {
  readonly name: string
  readonly description?: string
  /** The file that the ranges of nodes point into. */
  readonly source?: { readonly file: string; readonly text: string }
  /**
   * In the order in which they fire: inputs, targets, weights and constants as the file has
   * them, then the gates, each after everything it uses.
   */
  readonly nodes: readonly PlanNode[]
  /** Other names of weights that modules share, and their nodes: the `k.W` of `weights=h`. */
  readonly aliases?: Readonly<Record<string, number>>
  /** The node whose gradient starts at 1; absent in a graph that only predicts. */
  readonly loss?: number
  /** What a prediction holds. */
  readonly outputs: readonly number[]
  /** Nodes that are averaged over the samples of an epoch and reported by their names. */
  readonly metrics: readonly number[]
  /** Metrics over all samples of an epoch. */
  readonly measures?: readonly MeasurePlan[]
  readonly train: TrainPlan
  readonly learn?: LearnPlan
  readonly tests: readonly TestPlan[]
}

/** A measure of predictions beside targets, under the name it is reported by. */
export interface MeasurePlan {
  readonly name: string
  readonly measure: MeasureName
  readonly prediction: number
  readonly target: number
}

export type PlanNode = InputNode | WeightNode | ConstantNode | GateNode

interface Vertex {
  readonly shape: Shape
  /** Where it is defined: offsets into `source.text`; for a gate inside a formula, its own part of it. */
  readonly range?: Range
}

/** `input`s are known when predicting, `target`s only when learning. */
export interface InputNode extends Vertex {
  readonly type: 'input' | 'target'
  readonly name: string
  /** What it is where there is no data. */
  readonly default?: Nested
  /**
   * Where a sample has it: a column or a path into an event, or one column for each element.
   * Its own name where absent.
   */
  readonly from?: string | readonly string[]
  /** Texts that stand for 0, 1, …. */
  readonly classes?: readonly string[]
  /** Texts are hashed to numbers below this. */
  readonly hash?: number
}

/** How first values are drawn: from a stream of their own for each seed and name. */
export interface InitPlan {
  readonly name: string
  /** Complete: defaults are filled in. */
  readonly parameters: Readonly<Record<string, number | string>>
  readonly seed: number
}

export interface WeightNode extends Vertex {
  readonly type: 'weight'
  readonly name: string
  /** The initial value; absent where `init` draws it. */
  readonly value?: Nested
  readonly init?: InitPlan
  readonly frozen?: boolean
  /** What it is of, over the training rows: that of the input `x` of the gate it feeds. */
  readonly statistic?: 'mean' | 'scale'
  /** Replaces the base learning rate; the schedule still applies. */
  readonly learningRate?: number
}

export interface ConstantNode extends Vertex {
  readonly type: 'constant'
  readonly name: string
  readonly value?: Nested
  readonly init?: InitPlan
}

export interface GateNode extends Vertex {
  readonly type: 'gate'
  /** A declared gate has a name; one inside a formula is named by the port it feeds: see `nameOf`. */
  readonly name?: string
  readonly feeds?: { readonly node: number; readonly port: string }
  /** The gate's name in the catalogue. */
  readonly gate: string
  /** In the order of the gate's ports. */
  readonly ports: readonly PlanPort[]
  /** Complete: defaults are filled in. */
  readonly parameters: Readonly<Record<string, ParameterValue>>
}

/** What feeds a port: a node, or a literal, which is no node and sends no message. */
export type PlanPort = { readonly node: number } | { readonly value: number }

export interface TrainPlan {
  /** Absent: no limit (where `until` is given). */
  readonly epochs?: number
  /** Samples per update. */
  readonly batch: number
  /** A batch is one step, whose messages have the samples as their first axis. */
  readonly stack?: boolean
  readonly optimizer: OptimizerPlan
  /** The base learning rate. */
  readonly learningRate: number
  readonly schedule?: SchedulePlan
  readonly shuffle: boolean
  readonly seed: number
  readonly clip?: { readonly norm?: number; readonly value?: number }
  readonly until?: {
    /** Stops after the first epoch whose loss is at most this. */
    readonly loss?: number
    /** Stops after this many epochs without a new lowest loss. */
    readonly patience?: number
    /** Milliseconds of training. */
    readonly time?: number
    /** At the end go back to the weights of the epoch with the lowest loss. */
    readonly restoreBest?: boolean
  }
  readonly data?: RowsPlan | FilePlan
  readonly onFault: 'stop' | 'skip'
  /** Milliseconds that one turn of the event loop may take. */
  readonly budget: number
}

/** How a graph learns from events, as far as the file says; `learnPlanOf` has the defaults. */
export interface LearnPlan {
  /** Fields of an event: what tells it from others, and whose model it is for. */
  readonly id?: string
  readonly key?: string
  /** The field of a label that has its event's id. */
  readonly labels?: string
  /** Milliseconds that an event waits for its label. */
  readonly ttl?: number
  readonly pending?: number
  /** Bytes. */
  readonly memory?: number
  readonly late?: 'recompute' | 'stash'
  readonly maxKeys?: number
  readonly idle?: number
  readonly warmUp?: number
  readonly overflow?: 'block' | 'drop_oldest' | 'drop_newest' | 'sample'
  readonly onFault?: 'skip' | 'stop' | 'rollback'
  /** Milliseconds that one turn of the event loop may take. */
  readonly budget?: number
}

export interface OptimizerPlan {
  readonly name: string
  /** Complete: defaults are filled in. */
  readonly parameters: Readonly<Record<string, number | boolean>>
  /** Formulas as text, for an optimizer that the file itself declares. */
  readonly declaration?: {
    readonly parameters: Readonly<Record<string, number | boolean>>
    readonly let?: Readonly<Record<string, string>>
    readonly state: Readonly<Record<string, string>>
    readonly update: string
  }
}

export interface SchedulePlan {
  readonly name: string
  readonly parameters: Readonly<Record<string, ScheduleValue>>
  readonly per: 'epoch' | 'update'
}

/** One sample: a value by column, or name of input or target. Objects keyed by names have a null prototype. */
export type Row = Readonly<Record<string, Field>>

/** A value; a text in a column of classes or of what is hashed. */
export type Field = Nested | string

export interface RowsPlan {
  readonly rows: readonly Row[]
  /** The rows that are held back for testing. */
  readonly split?: SplitPlan
}

export interface FilePlan {
  /** As written; relative to the graph file. */
  readonly file: string
  /** Whether the first line of a CSV names its columns (the default), or the names themselves. */
  readonly header: boolean | readonly string[]
  /** The rows that are held back for testing. */
  readonly split?: SplitPlan
}

/** Which rows are held back: the share `test` of all, the last ones or drawn with the seed. */
export interface SplitPlan {
  readonly test: number
  readonly order: 'last' | 'shuffled'
}

export interface TestPlan {
  readonly name: string
  readonly range?: Range
  /** Inputs, targets and weights by name, one row a step. */
  readonly given: readonly Row[]
  readonly train: boolean
  /** The node whose gradient is 1; by default the loss. */
  readonly of?: number
  /** By name of a node. */
  readonly expect: Readonly<Record<string, Nested>>
  readonly gradients: Readonly<Record<string, Nested | 'none'>>
  /** Relative to max(1, |expected|). */
  readonly tolerance: number
}
