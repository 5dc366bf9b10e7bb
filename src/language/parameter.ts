/** Reads the parameters of gates: fixed when the plan is made, so that no formula can be one. */
import type { Expression } from '../formula/syntax.js'
import type { Parameter, ParameterValue } from '../gates/gate.js'
import type { Checking } from './context.js'

/** The value of a parameter; `undefined`, and reported, where it does not fit. */
export function readParameter(
  checking: Checking,
  of: string,
  parameter: Parameter,
  value: Expression,
): ParameterValue | undefined {
  const read = readValue(parameter, value)
  if (read !== undefined) return read
  const { name, words } = parameter
  const meant =
    value.type === 'name' && words !== undefined ? checking.meant(value.name, new Set(words)) : {}
  const fields = {
    of,
    name,
    wanted: wantedOf(parameter),
    got: described(value, parameter),
    ...meant,
  }
  checking.error('bad-parameter', value.range, fields)
  return undefined
}

function readValue(parameter: Parameter, value: Expression): ParameterValue | undefined {
  const { default: standard, type, words } = parameter
  if (value.type === 'list') {
    if (type !== 'integers' && !Array.isArray(standard)) return undefined
    const numbers = value.items.map((item) => readNumber(parameter, item))
    return numbers.every((number) => number !== undefined) ? numbers : undefined
  }
  if (value.type === 'text') return type === 'text' ? value.value : undefined
  if (type === 'text') return undefined
  const numeric = type !== undefined || typeof standard === 'number'
  if (numeric && value.type === 'number') return readNumber(parameter, value)
  if (typeof standard === 'number' && words === undefined) return undefined
  if (value.type !== 'name') return undefined
  if (typeof standard === 'boolean') {
    return value.name === 'true' ? true : value.name === 'false' ? false : undefined
  }
  return words === undefined || words.includes(value.name) ? value.name : undefined
}

function readNumber(parameter: Parameter, expression: Expression): number | undefined {
  if (expression.type !== 'number' || !Number.isFinite(expression.value)) return undefined
  const { type, minimum = -Infinity, maximum = Infinity, exclusive } = parameter
  const { value } = expression
  if (type !== undefined && !Number.isSafeInteger(value)) return undefined
  const inside = exclusive ? value > minimum && value < maximum : value >= minimum && value <= maximum // prettier-ignore
  // There is no axis -0.
  return inside ? (type === undefined ? value : value + 0) : undefined
}

function wantedOf(parameter: Parameter): string {
  const { default: standard, type, words, minimum, maximum, exclusive } = parameter
  if (type === 'text') return 'a text in quotes'
  if (type !== undefined) {
    const bounds = minimum === undefined ? '' : ` from ${minimum}`
    const all = [`a whole number${bounds}`, ...(type === 'integers' ? ['a list of them'] : []), ...(words ?? [])] // prettier-ignore
    return all.length === 1 ? all[0]! : `${all.slice(0, -1).join(', ')} or ${all.at(-1)}`
  }
  if (Array.isArray(standard)) return 'a list of numbers'
  if (typeof standard === 'boolean') return 'true or false'
  if (typeof standard === 'string') return words === undefined ? 'a word' : words.join(' or ')
  const low = exclusive ? 'above' : 'from'
  const high = exclusive ? 'below' : 'to'
  if (minimum !== undefined && maximum !== undefined) {
    return `a number ${low} ${minimum} ${exclusive ? 'and below' : 'to'} ${maximum}`
  }
  if (minimum !== undefined) return `a number ${low} ${minimum}`
  return maximum === undefined ? 'a number' : `a number ${high} ${maximum}`
}

function described(value: Expression, { type }: Parameter): string {
  switch (value.type) {
    case 'number':
      return String(value.value)
    case 'name':
      // Quotes around a word would look like what is asked for.
      return type === 'text' ? `the word ${value.name}` : `"${value.name}"`
    case 'text':
      return 'a text'
    case 'list':
      return 'a list'
    case 'call':
      return 'a formula'
  }
}
