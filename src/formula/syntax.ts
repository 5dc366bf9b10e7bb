/** The syntax tree of formulas: what graph files, gates and optimizers are written in. */

/** A half-open range of offsets into the text that was parsed. */
export interface Range {
  readonly start: number
  readonly end: number
}

export type Operator = '^' | '*' | '/' | '@' | '+' | '-' | '<' | '<=' | '>' | '>=' | '==' | '!='

/**
 * A formula. Operators are calls of the gates they stand for (`a + b` is `add(a, b)` with
 * `operator: '+'`; unary minus is `negate` with `operator: '-'` and one argument), so that
 * whoever walks the tree has one case for all computation. A minus sign straight before a
 * number is part of the number, unless a `^` follows.
 */
export type Expression = NumberLiteral | Name | Call | List | Text

export interface NumberLiteral {
  readonly type: 'number'
  readonly value: number
  readonly range: Range
}

/** A node's name, dotted for inner nodes (`o.x.a`), or a word where a parameter takes words. */
export interface Name {
  readonly type: 'name'
  readonly name: string
  readonly range: Range
}

export interface Call {
  readonly type: 'call'
  readonly gate: string
  /** The gate's name, or the operator's sign. */
  readonly gateRange: Range
  readonly operator?: Operator
  readonly arguments: readonly Expression[]
  readonly named: readonly NamedArgument[]
  readonly range: Range
}

export interface NamedArgument {
  readonly name: string
  readonly nameRange: Range
  readonly value: Expression
}

/** `"ij,jk->ik"`: legal only as the value of a parameter. */
export interface Text {
  readonly type: 'text'
  /** What stands between the quotes, as it stands there. */
  readonly value: string
  readonly range: Range
}

/** `[1, 2]`: legal only as the value of a parameter. */
export interface List {
  readonly type: 'list'
  readonly items: readonly Expression[]
  readonly range: Range
}
