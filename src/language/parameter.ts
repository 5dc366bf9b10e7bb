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
  const fields = { of, name, wanted: wantedOf(parameter), got: described(value), ...meant }
  checking.error('bad-parameter', value.range, fields)
  return undefined
}

function readValue(parameter: Parameter, value: Expression): ParameterValue | undefined {
  const { default: standard, words, minimum = -Infinity, maximum = Infinity } = parameter
  if (typeof standard === 'number') {
    if (value.type !== 'number' || !Number.isFinite(value.value)) return undefined
    const number = value.value
    const inside = parameter.exclusive
      ? number > minimum && number < maximum
      : number >= minimum && number <= maximum
    return inside ? number : undefined
  }
  if (value.type !== 'name') return undefined
  if (typeof standard === 'boolean') {
    return value.name === 'true' ? true : value.name === 'false' ? false : undefined
  }
  return words === undefined || words.includes(value.name) ? value.name : undefined
}

function wantedOf({ default: standard, words, minimum, maximum, exclusive }: Parameter): string {
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

function described(value: Expression): string {
  switch (value.type) {
    case 'number':
      return String(value.value)
    case 'name':
      return `"${value.name}"`
    case 'list':
      return 'a list'
    case 'call':
      return 'a formula'
  }
}
