/** From a tree back to text, with no more parentheses than it needs. */
import type { Call, Expression, Operator } from '../../src/formula/syntax.js'
import { quoteText } from '../../src/formula/token.js'

/** The formula as one would write it. Parsed again it gives the same tree, but for the ranges. */
export function printExpression(expression: Expression): string {
  switch (expression.type) {
    case 'number':
      return Object.is(expression.value, -0) ? '-0' : String(expression.value)
    case 'name':
      return expression.name
    case 'text':
      return quoteText(expression.value)
    case 'list':
      return `[${expression.items.map(printExpression).join(', ')}]`
    case 'call':
      return expression.operator === undefined
        ? printCall(expression)
        : printOperator(expression, expression.operator)
  }
}

/** How tightly each operator binds; a literal, a name and a call bind most. */
const comparison = 1
const sum = 2
const product = 3
const unary = 4
const power = 5
const whole = 6

const levels: Readonly<Record<Operator, number>> = {
  '^': power,
  '*': product,
  '/': product,
  '@': product,
  '+': sum,
  '-': sum,
  '<': comparison,
  '<=': comparison,
  '>': comparison,
  '>=': comparison,
  '==': comparison,
  '!=': comparison,
}

function printCall({ gate, arguments: positional, named }: Call): string {
  const written = [
    ...positional.map(printExpression),
    ...named.map(({ name, value }) => `${name}=${printExpression(value)}`),
  ]
  return `${gate}(${written.join(', ')})`
}

function printOperator(call: Call, operator: Operator): string {
  const [left, right] = call.arguments
  if (right === undefined) {
    // A minus straight before a number would become part of it.
    const literal = left!.type === 'number' && !isNegative(left!.value)
    return `-${operand(left!, literal ? Infinity : unary)}`
  }
  // A power folds to the right, and its exponent may begin with a minus.
  if (operator === '^') return `${operand(left!, whole)}^${operand(right, unary)}`
  const level = levels[operator]
  // Sums and products fold to the left, comparisons do not chain.
  const least = level === comparison ? sum : level
  return `${operand(left!, least)} ${operator} ${operand(right, level + 1)}`
}

function operand(expression: Expression, least: number): string {
  const text = printExpression(expression)
  return levelOf(expression) < least ? `(${text})` : text
}

function levelOf(expression: Expression): number {
  if (expression.type === 'number') return isNegative(expression.value) ? unary : whole
  if (expression.type !== 'call' || expression.operator === undefined) return whole
  return expression.arguments.length === 1 ? unary : levels[expression.operator]
}

function isNegative(value: number): boolean {
  return value < 0 || Object.is(value, -0)
}
