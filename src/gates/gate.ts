/** What a gate is: a differentiable operation with named input ports and one output. */
import type { Expression } from '../formula/syntax.js'
import type { Shape } from '../tensor/shape.js'

/** The value of a parameter, fixed when the plan is made. Words are strings. */
export type ParameterValue = number | boolean | string | readonly number[]

export interface Port {
  readonly name: string
  /** The literal the port has when nothing is written for it. Without one the port is required. */
  readonly default?: number
  /** Declared to have no gradient: what is wired here is always answered with `none`. */
  readonly gradient: boolean
}

export interface Parameter {
  readonly name: string
  readonly default: number | boolean | string
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
export type Rule = PointwiseRule | FoldRule

/** Elementwise over the broadcast shape of its inputs. */
export interface PointwiseRule {
  readonly type: 'pointwise'
  /** Over the ports and parameters. A word parameter reads as its index in `words`, a boolean as 0 or 1. */
  readonly value: Expression
  /** By port, over the ports, the parameters, `y` (the output) and `g` (the gradient that arrives). */
  readonly gradients: ReadonlyMap<string, Expression>
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
  readonly text: RuleText
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
  /** The shape of the output, or why the inputs' shapes do not fit together. */
  shape(
    inputs: readonly Shape[],
    parameters: Readonly<Record<string, ParameterValue>>,
  ): Shape | Mismatch
}

/** Shapes that do not fit: one clause, as `the inner sizes 64 and 32 differ`. */
export interface Mismatch {
  readonly mismatch: string
}

export function isMismatch(shape: Shape | Mismatch): shape is Mismatch {
  return 'mismatch' in shape
}
