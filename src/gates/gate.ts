/** What a gate is: a differentiable operation with named input ports and one output. */
import type { Expression } from '../formula/syntax.js'
import type { Shape } from '../tensor/shape.js'

/** The value of a parameter, fixed when the plan is made. Words are strings. */
export type ParameterValue = number | boolean | string | readonly number[]

/** Complete, by name. */
export type ParameterValues = Readonly<Record<string, ParameterValue>>

export interface Port {
  readonly name: string
  /** The literal the port has when nothing is written for it. Without one the port is required. */
  readonly default?: number
  /** Declared to have no gradient: what is wired here is always answered with `none`. */
  readonly gradient: boolean
}

export interface Parameter {
  readonly name: string
  readonly default: ParameterValue
  /**
   * What it takes beside its words, where the default does not tell: a whole number, or a whole
   * number or a list of them. So `axis` is `{ default: 'all', words: ['all'], type: 'integers' }`.
   * Or a text, which is written in quotes.
   */
  readonly type?: 'integer' | 'integers' | 'text'
  /** The words it takes, when it takes words. */
  readonly words?: readonly string[]
  /** Bounds for a number, both allowed themselves unless `exclusive`. */
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusive?: boolean
}

/**
 * How a gate computes, as data. The kernels are made from it (`src/kernel/`), and so are the
 * documentation of the catalogue and what a page shows of the gate.
 */
export type Rule = PointwiseRule | FoldRule | TensorRule

/** Elementwise over the broadcast shape of its inputs. */
export interface PointwiseRule {
  readonly type: 'pointwise'
  /** Over the ports and parameters. A word parameter reads as its index in `words`, a boolean as 0 or 1. */
  readonly value: Expression
  /** By port, over the ports, the parameters, `y` (the output) and `g` (the gradient that arrives). */
  readonly gradients: ReadonlyMap<string, Expression>
  /** The last parameter is `reduction`: whether the elements stay, or their sum or mean does. */
  readonly reduction?: true
  /** How it is computed instead where its parameters say so. */
  readonly instead?: { when(parameters: ParameterValues): boolean; readonly rule: TensorRule }
  readonly text: RuleText
}

/**
 * A pointwise operation of two values `a` and `b`, folded from the left over any number of
 * inputs: `y1 = x1, y2 = value(y1, x2), …`. `finish` may scale the last one; there `y` is the
 * folded value, `n` the number of inputs.
 */
export interface FoldRule {
  readonly type: 'fold'
  readonly value: Expression
  /** For `a` and `b`, over `a`, `b`, `y` and `g`. */
  readonly gradients: ReadonlyMap<string, Expression>
  readonly finish?: { readonly value: Expression; readonly gradient: Expression }
  /** How a single input that is a tensor is computed instead: `max(x, axis=0)`. */
  readonly reduce?: TensorRule
  readonly text: RuleText
}

/**
 * A gate that moves data instead of computing element by element, as plain loops over flat
 * memory. Every executor runs the same loops, so that all give the same bits.
 */
export interface TensorRule {
  readonly type: 'tensor'
  /**
   * Called once for a gate in its place. Everything that depends on shapes is computed here, so
   * that the loops allocate nothing.
   */
  prepare(place: TensorPlace): TensorLoops
  /** The same as matrix products, where it is nothing else: for those who have their own loops. */
  products?(place: TensorPlace): Products
  /** The same as sums of rows, where with its parameters it is nothing else. */
  sums?(place: TensorPlace): RowSums | undefined
  /** The same as how unlikely classes are, where with its parameters it is nothing else. */
  likelihood?(place: TensorPlace): Likelihood | undefined
  /** How many numbers the forward pass saves for the backward pass; none without it. */
  scratch?(
    inputs: readonly Shape[],
    shape: Shape,
    parameters: Readonly<Record<string, ParameterValue>>,
  ): number
  /** It takes chances: its loops get some in learn steps. */
  readonly draws?: true
  /**
   * How many numbers it keeps from one learn step to the next, of each model. All are 0 at first.
   * What its backward pass needs of them it saves in `scratch`, as they may have gone on by then.
   */
  keeps?(inputs: readonly Shape[], shape: Shape, parameters: ParameterValues): number
  /** The answer to one port is 0 but in few places, as that to a table of which few rows are used. */
  readonly sparse?: SparseAnswer
  /**
   * How it works on all samples of a batch at once; absent, or where it returns nothing, it is
   * applied to one sample after the other.
   */
  stack?(call: SampleCall): StackedCall | undefined
  /** What it computes, for people: nothing reads it. */
  readonly text: RuleText
}

/** An answer of which only some rows are not 0; a row is `width` neighbours in memory. */
export interface SparseAnswer {
  readonly port: number
  /** How many elements a row has, and how many rows one step may answer at most. */
  rows(inputs: readonly Shape[]): { readonly width: number; readonly most: number }
}

/** Where the loops of a tensor gate read and write. Elements lie in row-major order. */
export interface TensorPlace {
  /** By port: the shape, and where in the memory of this port the elements begin. */
  readonly inputs: readonly { readonly shape: Shape; readonly offset: number }[]
  /** Complete, by name. */
  readonly parameters: Readonly<Record<string, ParameterValue>>
  readonly shape: Shape
  /** Where in `values` the output goes. */
  readonly output: number
  /** Where in `values` there is room for what `scratch` asked for. */
  readonly scratch: number
  /** Where in `kept` there is room for what `keeps` asked for. */
  readonly kept: number
  /**
   * Where in `values` a gate with a sparse answer lists the rows that it answers: how many, then
   * their numbers, each once. Both the list and the answer begin as 0 and stay as they are until
   * it answers again, so that it need only clear what it wrote. Absent where nobody promises that.
   */
  readonly listed?: number
  /** Where in `gradients` the gradient of the output arrives. */
  readonly gradient: number
  /** By port: where in `gradients` the answer goes; -1 where none is wanted. */
  readonly answers: readonly number[]
}

/** Matrix products in the order in which they are computed. */
export interface Products {
  readonly forward: readonly MatrixProduct[]
  readonly backward: readonly MatrixProduct[]
}

/**
 * y[r, j] += x[r, 0] b[0, j] + x[r, 1] b[1, j] + …, added in this order, for `rows` rows of `n`
 * numbers, which lie together; with `fresh` they start from 0.
 */
export interface MatrixProduct {
  readonly rows: number
  readonly n: number
  readonly inner: number
  readonly fresh: boolean
  readonly to: MatrixPlace
  readonly x: MatrixPlace
  readonly b: MatrixPlace
}

/**
 * The sum of each of `rows` rows of `length` numbers of the first port, from 0 and in their order; the
 * mean is divided by `length`, as is what is answered. All of it lies behind one another.
 */
export interface RowSums {
  readonly rows: number
  readonly length: number
  readonly mean: boolean
  /** In the memory of the first port. */
  readonly x: number
  /** In the values. */
  readonly result: number
  /** In the gradients: what arrives for each row, and the answer, or -1. */
  readonly gradient: number
  readonly answer: number
}

/**
 * For each of `rows` rows of logits the logarithm of the sum of their exponentials, less the logit of
 * the right class; every class weighs 1. Rows and classes lie behind one another, from these places on.
 */
export interface Likelihood {
  readonly rows: number
  readonly classes: number
  /** In the memories of the first two ports. */
  readonly logits: number
  readonly target: number
  /** In the values: the results, and the logarithms. */
  readonly loss: number
  readonly log: number
  /** In the gradients: what arrives for each row, and the answer for the logits, or -1. */
  readonly gradient: number
  readonly answer: number
}

/** A matrix in the memory of a port, in the values or in the gradients. */
export interface MatrixPlace {
  readonly memory: number | 'values' | 'gradients'
  readonly at: number
  /** How far apart rows, and neighbours in a row, lie. */
  readonly rowStep: number
  readonly step: number
}

/** `memories` holds for each port the memory its elements lie in, at the offset of its input. */
export interface TensorLoops {
  /**
   * `chance` is there in learn steps, for rules that draw. `kept` is what the gates of this model
   * keep: here it is only read.
   */
  forward(
    memories: readonly Float64Array[],
    values: Float64Array,
    chance: Chance | undefined,
    kept: Float64Array,
  ): void
  /** Stores every wanted answer: what was in its place before is of an earlier step. */
  backward(memories: readonly Float64Array[], values: Float64Array, gradients: Float64Array): void
  /** A learn step is over: writes what is kept for the next one. Only of rules that keep something. */
  advance?(memories: readonly Float64Array[], values: Float64Array, kept: Float64Array): void
}

/** A stream of random bits of its own for each node and learn step: the same whenever it is drawn. */
export interface Chance {
  /** The next 32 bits, as a whole number from 0. */
  bits(): number
}

/** How a gate is applied to one sample, and what a batch brings of it. */
export interface SampleCall {
  /** How many samples there are. */
  readonly batch: number
  /** By port: whether it has a value for each sample, behind one another, or one for all of them. */
  readonly stacked: readonly boolean[]
  /** The shapes and parameters for one sample. */
  readonly inputs: readonly Shape[]
  readonly shape: Shape
  readonly parameters: Readonly<Record<string, ParameterValue>>
}

/**
 * One application of a gate in place of one for each sample. The shapes may be any that the
 * elements have as they lie there: those of a stacked port sample by sample.
 */
export interface StackedCall {
  /** Another gate, where its own does not fit. */
  readonly gate?: Gate
  readonly inputs: readonly Shape[]
  readonly shape: Shape
  readonly parameters: Readonly<Record<string, ParameterValue>>
}

/** The formulas of a rule as they were written, for people. */
export interface RuleText {
  readonly value: string
  readonly gradients: ReadonlyMap<string, string>
  readonly finish?: { readonly value: string; readonly gradient: string }
}

export interface Gate {
  /** Its key in the catalogue; empty until it is in one. */
  readonly name: string
  /** One line for the catalogue. */
  readonly doc: string
  /** Where the formula comes from, where it is not common knowledge. */
  readonly source?: string
  /** In the order positional arguments fill them. A variadic gate has the ports of its two-input form. */
  readonly ports: readonly Port[]
  /** Takes any number of inputs, named `a … z, aa, …`. */
  readonly variadic: boolean
  readonly parameters: readonly Parameter[]
  readonly rule: Rule
  /**
   * What it gives depends on the learn steps before: it keeps state. Or whether it does with these
   * parameters. Ask `isStateful`.
   */
  readonly stateful?: true | ((parameters: ParameterValues) => boolean)
  /** Its value is that which its first port had a learn step ago. */
  readonly delays?: Delay
  /** Whether, with these parameters, `x` may depend on inputs and constants only. */
  inputsOnly?(parameters: ParameterValues): boolean
  /** The shape of the output, or why the inputs' shapes do not fit together. */
  shape(
    inputs: readonly Shape[],
    parameters: Readonly<Record<string, ParameterValue>>,
  ): Shape | Mismatch
}

/**
 * How a gate delays. Nothing waits for its first port, so that a cycle through it is none, and no
 * gradient leaves by that port within a step. The first number that it saves in `scratch` is 1
 * where its value is that of the step before, and 0 where it began afresh.
 */
export interface Delay {
  /** How many steps back gradients go. */
  unroll(parameters: ParameterValues): number
}

/** Whether a gate keeps state, with these parameters. */
export function isStateful({ stateful }: Gate, parameters: ParameterValues): boolean {
  return typeof stateful === 'function' ? stateful(parameters) : stateful === true
}

/** Shapes that do not fit: one clause, as `the inner sizes 64 and 32 differ`. */
export interface Mismatch {
  readonly mismatch: string
}

/** Whether something asked about shapes is the answer that they do not fit. */
export function isMismatch(found: object): found is Mismatch {
  return 'mismatch' in found
}
