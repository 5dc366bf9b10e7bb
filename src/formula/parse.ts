/**
 * From text to a tree, by precedence climbing over tokens. Written by hand rather than
 * generated: the language is the heart of the project, problems can name what was meant, a
 * million formulas parse in seconds, and nothing has to be built before it can be used.
 */
import { habits, type FormulaProblem } from './problem.js'
import type { Call, Expression, List, NamedArgument, Operator, Range, Text } from './syntax.js'
import { tokenAt, type Token } from './token.js'
import {
  badNumber,
  beginsValue,
  endsValue,
  longestNumber,
  lookalikes,
  missingOperator,
  quoted,
  rangeOf,
  short,
  tooDeep,
  Wrong,
} from './wrong.js'

/** How deep a formula may nest; a longer sum or product nests too, as it folds to the left. */
export const maximumDepth = 200

export interface ParsedFormula {
  /** Absent where nothing could be made of the text. */
  readonly expression?: Expression
  readonly problems: readonly FormulaProblem[]
}

/** The gates that operators stand for. Unary minus is `negate`. */
export const operatorGates: ReadonlyMap<Operator, string> = new Map([
  ['^', 'power'],
  ['*', 'multiply'],
  ['/', 'divide'],
  ['@', 'matmul'],
  ['+', 'add'],
  ['-', 'subtract'],
  ['<', 'less'],
  ['<=', 'less_equal'],
  ['>', 'greater'],
  ['>=', 'greater_equal'],
  ['==', 'equal'],
  ['!=', 'not_equal'],
])

/** Parses one formula. Never throws; ranges are offsets into `text`. */
export function parseFormula(text: string): ParsedFormula {
  const parser = new Parser(text)
  try {
    return { expression: parser.formula(), problems: [] }
  } catch (thrown) {
    if (!(thrown instanceof Wrong)) throw thrown
    return { problems: [thrown.problem] }
  }
}

type Level = readonly Operator[]
const comparison: Level = ['<', '<=', '>', '>=', '==', '!=']
const additive: Level = ['+', '-']
const multiplicative: Level = ['*', '/', '@']

class Parser {
  private readonly text: string
  private before: Token | undefined
  private current: Token
  private following: Token
  private nesting = 0
  /** How deep the trees of calls are; literals and names are 0. */
  private readonly depths = new WeakMap<Expression, number>()

  constructor(text: string) {
    this.text = text
    this.current = tokenAt(text, 0)
    this.following = tokenAt(text, this.current.end)
  }

  formula(): Expression {
    if (this.token.type === 'end') {
      throw new Wrong('formula-empty', 'the formula is empty', this.token)
    }
    const expression = this.expression()
    const rest: Token = this.token
    if (rest.type !== 'end') throw this.unexpected()
    return expression
  }

  private get token(): Token {
    return this.current
  }

  private is(sign: string): boolean {
    return this.token.type === 'sign' && this.token.text === sign
  }

  private take(): Token {
    this.before = this.current
    this.current = this.following
    this.following = tokenAt(this.text, this.current.end)
    return this.before
  }

  private expression(): Expression {
    this.enter()
    const left = this.leftFold(additive, () => this.leftFold(multiplicative, () => this.unary()))
    const sign = this.operatorIn(comparison)
    if (sign === undefined) return this.leave(left)
    this.take()
    const right = this.leftFold(additive, () => this.leftFold(multiplicative, () => this.unary()))
    if (this.operatorIn(comparison) !== undefined) {
      throw new Wrong(
        'formula-chain',
        'comparisons cannot be chained',
        this.token,
        'multiply two of them: (a < b) * (b < c)',
      )
    }
    return this.leave(this.binary(sign, left, right))
  }

  private leftFold(level: Level, operand: () => Expression): Expression {
    let left = operand()
    for (let sign = this.operatorIn(level); sign !== undefined; sign = this.operatorIn(level)) {
      this.take()
      left = this.binary(sign, left, operand())
    }
    return left
  }

  private operatorIn(level: Level): SignToken | undefined {
    const { type, text } = this.token
    if (type !== 'sign' || !(level as readonly string[]).includes(text)) return undefined
    return this.token as SignToken // its text was just found among the operators
  }

  private unary(): Expression {
    if (!this.is('-')) return this.power()
    const minus = this.take()
    this.enter()
    const number = this.token
    if (number.type === 'number' && !this.signAfter('^')) {
      this.take()
      const { value } = numberOf(number)
      return this.leave({ type: 'number', value: -value, range: span(minus, number) })
    }
    const argument = this.unary()
    return this.leave(
      this.measured({
        type: 'call',
        gate: 'negate',
        gateRange: rangeOf(minus),
        operator: '-',
        arguments: [argument],
        named: [],
        range: { start: minus.start, end: argument.range.end },
      }),
    )
  }

  private power(): Expression {
    const base = this.primary()
    if (!this.is('^')) return base
    const sign = this.take() as SignToken // `is` saw to that
    this.enter()
    // From the right, and a minus may stand in the exponent: `2^-x^2` is `2^(-(x^2))`.
    return this.leave(this.binary(sign, base, this.unary()))
  }

  private primary(): Expression {
    const token = this.token
    if (token.type === 'number') return numberOf(this.take())
    if (token.type === 'name') {
      this.take()
      if (this.is('(')) return this.call(token)
      return { type: 'name', name: token.text, range: rangeOf(token) }
    }
    if (this.is('(')) {
      this.take()
      const inner = this.expression()
      const close = this.expect(')')
      return this.widened(inner, span(token, close))
    }
    if (this.is('[')) {
      throw new Wrong(
        'formula-argument',
        'a list can only be the value of a parameter',
        token,
        'give numbers a name under constants',
      )
    }
    if (token.type === 'text') {
      throw new Wrong(
        'formula-argument',
        'a text can only be the value of a parameter',
        token,
        'names and words have no quotes',
      )
    }
    throw this.unexpected()
  }

  private call(name: Token): Call {
    this.take()
    const positional: Expression[] = []
    const named: NamedArgument[] = []
    while (!this.is(')')) {
      if (this.token.type === 'name' && (this.signAfter('=') || this.signAfter(':'))) {
        named.push(this.namedArgument())
      } else if (named.length > 0) {
        throw new Wrong(
          'formula-argument',
          'a positional argument follows one with a name',
          this.token,
          'put arguments without a name first',
        )
      } else positional.push(this.expression())
      if (!this.is(',')) break
      this.take()
      if (this.is(')'))
        throw new Wrong('formula-syntax', 'there is no argument after ","', this.token)
    }
    const close = this.expect(')')
    return this.measured({
      type: 'call',
      gate: name.text,
      gateRange: rangeOf(name),
      arguments: positional,
      named,
      range: span(name, close),
    })
  }

  private namedArgument(): NamedArgument {
    const name = this.take()
    const sign = this.take()
    if (sign.text === ':') {
      const hint = `write ${name.text}=`
      throw new Wrong('formula-habit', 'arguments are named with "="', sign, hint)
    }
    const value = this.token.type === 'text' ? this.textValue() : this.is('[') ? this.list() : this.expression() // prettier-ignore
    return { name: name.text, nameRange: rangeOf(name), value }
  }

  /** The end of the argument must follow: a text is no part of a formula. */
  private textValue(): Text {
    const token = this.take()
    if (!this.is(',') && !this.is(')')) throw this.unexpected()
    return { type: 'text', value: token.text.slice(1, -1), range: rangeOf(token) }
  }

  private list(): List {
    const open = this.take()
    this.enter()
    const items: Expression[] = []
    while (!this.is(']')) {
      items.push(this.is('[') ? this.list() : this.expression())
      if (!this.is(',')) break
      this.take()
    }
    const close = this.expect(']')
    return this.leave({ type: 'list', items, range: span(open, close) })
  }

  private binary(sign: SignToken, left: Expression, right: Expression): Call {
    return this.measured({
      type: 'call',
      gate: operatorGates.get(sign.text)!,
      gateRange: rangeOf(sign),
      operator: sign.text,
      arguments: [left, right],
      named: [],
      range: { start: left.range.start, end: right.range.end },
    })
  }

  /** The tree with the parentheses around it in its range. */
  private widened(expression: Expression, range: Range): Expression {
    const wide = { ...expression, range }
    this.depths.set(wide, this.depths.get(expression) ?? 0)
    return wide
  }

  private measured(call: Call): Call {
    let depth = 0
    for (const argument of call.arguments) depth = Math.max(depth, this.depths.get(argument) ?? 0)
    for (const { value } of call.named) depth = Math.max(depth, this.depths.get(value) ?? 0)
    if (depth >= maximumDepth) throw tooDeep(maximumDepth, call.gateRange)
    this.depths.set(call, depth + 1)
    return call
  }

  /** Guards the parser's own stack against parentheses and signs that nest without end. */
  private enter(): void {
    if (++this.nesting > maximumDepth) throw tooDeep(maximumDepth, this.token)
  }

  private leave<T extends Expression>(expression: T): T {
    this.nesting--
    return expression
  }

  private signAfter(sign: string): boolean {
    return this.following.type === 'sign' && this.following.text === sign
  }

  private expect(sign: string): Token {
    if (this.is(sign)) return this.take()
    if (this.token.type === 'end') {
      throw new Wrong(
        'formula-syntax',
        `the formula ends where "${sign}" is missing`,
        this.endRange(),
      )
    }
    throw this.unexpected(`"${sign}"`)
  }

  private unexpected(wanted?: string): Wrong {
    const { token, before } = this
    const { type, text } = token
    // Other languages' words are good names here, so only their place tells what they are.
    const word = before?.type === 'name' ? habits.get(before.text) : undefined
    const habit = type === 'name' || type === 'sign' ? habits.get(text) : undefined
    if (habit !== undefined) return new Wrong('formula-habit', habit.message, token, habit.hint)
    if (word !== undefined && type !== 'sign') {
      return new Wrong('formula-habit', word.message, before!, word.hint)
    }
    if (type === 'end') {
      const message = 'the formula ends where a value is missing'
      return new Wrong('formula-syntax', message, this.endRange())
    }
    if (text === '=') {
      const message = '"=" has no place here'
      return new Wrong('formula-syntax', message, token, 'write "==" to compare')
    }
    if (before !== undefined && endsValue(before) && beginsValue(token)) {
      return missingOperator(before, token)
    }
    if (text === ',' && before?.type === 'number' && this.following.type === 'number') {
      const message = 'a number has no comma'
      const hint = `write ${short(before.text)}.${short(this.following.text)}`
      return new Wrong('formula-number', message, span(before, this.following), hint)
    }
    const expected =
      wanted === undefined ? 'has no place here' : `stands where ${wanted} is missing`
    const repair = lookalikes.get(text)
    const hint = repair === undefined ? undefined : `write ${repair}`
    return new Wrong('formula-syntax', `${quoted(text)} ${expected}`, token, hint)
  }

  /** The last character, so that the place can be seen. */
  private endRange(): Range {
    const end = this.before?.end ?? 0
    return { start: Math.max(0, end - 1), end: Math.max(1, end) }
  }
}

type SignToken = Token & { readonly text: Operator }

// `010` is 8 in C and 10 elsewhere: it is no number here.
const decimal = /^(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/

function numberOf(token: Token): { type: 'number'; value: number; range: Range } {
  const { text } = token
  const fits = text.length <= longestNumber
  if (!fits || !decimal.test(text)) throw badNumber(token)
  const value = Number(text)
  if (!Number.isFinite(value)) {
    const hint = 'numbers are at most 1.7976931348623157e308'
    throw new Wrong('formula-number', `${short(text)} is too large for a number`, token, hint)
  }
  return { type: 'number', value, range: rangeOf(token) }
}

function span(first: Range, last: Range): Range {
  return { start: first.start, end: last.end }
}
