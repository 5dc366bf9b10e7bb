/** Gives each argument of a call of a module its input or option. */
import type { Call, Expression, Range } from '../formula/syntax.js'
import type { Checking } from './context.js'
import type { LongForm, ModuleSpec } from './spec.js'

/** What a call gives. */
export interface Given {
  /** Every input. */
  readonly inputs: ReadonlyMap<string, Expression>
  /** Every option, those that are not given with their defaults. */
  readonly options: ReadonlyMap<string, Expression>
  /** The instance whose weights it takes. */
  readonly weights?: Expression & { readonly type: 'name' }
}

/** Weights that one instance takes from another. */
export interface Sharing {
  readonly of: string
  readonly module: string
  readonly range: Range
  /** As an instance around it shares its own. */
  readonly automatic: boolean
  /** Gives the instance weights of its own after all, so that nothing else seems wrong. */
  readonly alone: () => void
}

/** Sorts the arguments of a call; `undefined`, and reported, where they do not fit. */
export function arguments_(
  checking: Checking,
  module: ModuleSpec,
  call: Call,
  fixed: (value: Expression) => Expression,
): Given | undefined {
  const before = checking.problems.length
  const gate = module.name.value
  const ports = module.inputs.map(({ name }) => name.value)
  const inputs = new Map<string, Expression>()
  const options = new Map<string, Expression>()
  let weights: Given['weights']
  const input = (port: string, value: Expression) => {
    if (value.type === 'list' || value.type === 'text')
      checking.error('bad-port', value.range, { gate, port })
    inputs.set(port, value)
  }
  const surplus = call.arguments[ports.length]
  if (surplus !== undefined) {
    checking.error('port-count', surplus.range, { gate, ports, got: call.arguments.length })
  }
  for (const [at, value] of call.arguments.slice(0, ports.length).entries()) {
    input(ports[at]!, value)
  }
  for (const { name, nameRange, value } of call.named) {
    if (name === 'weights') {
      if (weights !== undefined) checking.error('parameter-twice', nameRange, { of: gate, name })
      if (value.type === 'name') weights = value
      else wrongValue(checking, gate, name, 'the name of a call', value)
    } else if (module.options.some((option) => option.name.value === name)) {
      if (options.has(name)) checking.error('parameter-twice', nameRange, { of: gate, name })
      options.set(name, fixed(value))
      const items = value.type === 'list' ? value.items : [value]
      if (items.some(({ type }) => type === 'call' || type === 'list')) {
        wrongValue(checking, gate, name, 'a number, a word or a list of them', value)
      }
    } else if (ports.includes(name)) {
      if (inputs.has(name)) checking.error('port-twice', nameRange, { gate, port: name })
      input(name, value)
    } else {
      const known = [...ports, ...module.options.map((option) => option.name.value)]
      const meant = checking.meant(name, new Set(known))
      checking.error('unknown-port', nameRange, { gate, name, known, ...meant })
    }
  }
  for (const port of ports) {
    if (!inputs.has(port)) checking.error('missing-port', call.range, { gate, port })
  }
  for (const { name, default: standard } of module.options) {
    if (options.has(name.value)) continue
    if (standard !== undefined) options.set(name.value, standard)
    else checking.error('missing-parameter', call.range, { of: gate, name: name.value })
  }
  if (checking.problems.length > before) return undefined
  return { inputs, options, ...(weights && { weights }) }
}

/** The long form as the call it is. */
export function callOf({ gate, positional, named, range }: LongForm): Call {
  return {
    type: 'call',
    gate: gate.value,
    gateRange: gate.range,
    arguments: positional,
    named: named.map(({ name, value }) => ({ name: name.value, nameRange: name.range, value })),
    range,
  }
}

function wrongValue(
  checking: Checking,
  of: string,
  name: string,
  wanted: string,
  value: Expression,
): void {
  const got = value.type === 'call' ? 'a formula' : value.type === 'list' ? 'a list' : 'a number'
  checking.error('bad-parameter', value.range, { of, name, wanted, got })
}
