/** What an optimizer is: the update of one weight element, in formulas. */
import type { Expression } from '../formula/syntax.js'

export interface Optimizer {
  /** Its key in the table; empty until it is in one. */
  readonly name: string
  readonly doc: string
  readonly source?: string
  /** Name → default, a number or a boolean (which reads as 0 or 1). */
  readonly parameters: ReadonlyMap<string, number | boolean>
  /** The learning rate where the graph names none. */
  readonly learningRate: number
  /**
   * Run in order for each element, each seeing those above as new. A `state` line keeps its
   * value until the next update (0 before the first); a `let` line is a name for this update
   * only. Formulas see `w` (the weight), `g` (its gradient), `rate` (the learning rate after
   * the schedule), `t` (counts updates, 1 at the first), the parameters, and the lines;
   * a state line's own name there is its last value.
   */
  readonly lines: readonly Line[]
  /** The new value of the weight. */
  readonly update: Expression
}

export interface Line {
  readonly type: 'let' | 'state'
  readonly name: string
  readonly formula: Expression
  /** What a state line is before the first update, over the parameters; 0 where absent. */
  readonly initial?: Expression
}
