/** Parses the formulas of rows and checks that they use only what they may. */
import { EagreError } from '../errors.js'
import { parseFormula } from '../formula/parse.js'
import type { Call, Expression } from '../formula/syntax.js'
import { intrinsics } from './intrinsics.js'

/** The tree of a row's formula over `names` and the intrinsics; anything else in it is an error. */
export function parseRow(text: string, names: readonly string[]): Expression {
  const { expression, problems } = parseFormula(text)
  if (problems[0] !== undefined) {
    const { message, hint } = problems[0]
    throw new EagreError('bad-argument', `formula "${text}": ${message}`, { hint })
  }
  if (expression === undefined) throw new EagreError('internal', 'internal: no tree, no problem')
  const problem = complaint(expression, names)
  if (problem === undefined) return expression
  throw new EagreError('bad-argument', `formula "${text}": ${problem}`)
}

function complaint(expression: Expression, names: readonly string[]): string | undefined {
  switch (expression.type) {
    case 'number':
      return undefined
    case 'name':
      if (names.includes(expression.name)) return undefined
      return `there is no "${expression.name}"; it may use ${names.join(', ')}`
    case 'text':
      return 'a text has no place here'
    case 'list':
      return 'a list has no place here'
    case 'call':
      return complaintOfCall(expression, names)
  }
}

function complaintOfCall(call: Call, names: readonly string[]): string | undefined {
  const intrinsic = intrinsics.get(call.gate)
  if (intrinsic === undefined) return `there is no intrinsic "${call.gate}"`
  if (call.named.length > 0) return `"${call.gate}" takes no arguments by name`
  if (call.arguments.length !== intrinsic.arity) {
    return `"${call.gate}" takes ${intrinsic.arity} arguments, got ${call.arguments.length}`
  }
  for (const argument of call.arguments) {
    const found = complaint(argument, names)
    if (found !== undefined) return found
  }
  return undefined
}
