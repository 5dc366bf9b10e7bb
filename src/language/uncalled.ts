/** What can be said of modules that nobody calls: their formulas, though not their shapes. */
import type { Call, Expression } from '../formula/syntax.js'
import type { Checking } from './context.js'
import { callOf } from './modulecall.js'
import { isSizeName } from './modulenames.js'
import type { ModuleSpec } from './spec.js'

/** Reports unknown gates and names in a module, and calls that lead back to it. */
export function checkUncalled(
  checking: Checking,
  module: ModuleSpec,
  modules: ReadonlyMap<string, ModuleSpec>,
): void {
  const options = new Set(module.options.map(({ name }) => name.value))
  const { inputs, weights, constants, gates } = module
  const names = new Set([...inputs, ...weights, ...constants, ...gates].map(({ name }) => name.value)) // prettier-ignore
  for (const one of options) names.add(one)
  for (const { sizes } of inputs) for (const size of sizes?.value ?? []) if (isSizeName(size)) names.add(size) // prettier-ignore

  const check = (value: Expression): void => {
    if (value.type === 'call') return checkCall(value)
    if (value.type !== 'name' || names.has(value.name.split('.')[0]!)) return
    const meant = checking.meant(value.name, names)
    const gate = checking.gates.has(value.name) && { gate: true }
    checking.error('unknown-node', value.range, { name: value.name, ...meant, ...gate })
  }
  const checkCall = (call: Call): void => {
    const { gate: name, gateRange, arguments: given, named } = call
    for (const value of given) check(value)
    if (options.has(name)) return
    const gate = checking.gates.get(name)
    const called = gate === undefined ? modules.get(name) : undefined
    if (gate === undefined && !checking.modules.has(name)) {
      const near = checking.meant(name, checking.gates)
      const meant = near.suggestion === undefined ? checking.meant(name, checking.modules) : near
      checking.error('unknown-gate', gateRange, { name, ...meant })
      return
    }
    const cycle = called && wayBack(called, module.name.value, modules, new Set())
    if (cycle) checking.error('module-cycle', gateRange, { path: [module.name.value, ...cycle] })
    // Parameters and options are words, and ports are formulas.
    const ports = new Set(gate ? gate.ports.map((port) => port.name) : called?.inputs.map((input) => input.name.value)) // prettier-ignore
    for (const { name: port, value } of named) if (ports.has(port)) check(value)
  }
  for (const { body, broken } of gates) {
    if (!broken) check(body.type === 'long' ? callOf(body) : body)
  }
}

/** The modules over which one calls another. */
function wayBack(
  from: ModuleSpec,
  to: string,
  modules: ReadonlyMap<string, ModuleSpec>,
  seen: Set<string>,
): string[] | undefined {
  const name = from.name.value
  if (name === to) return [name]
  if (seen.has(name)) return undefined
  seen.add(name)
  for (const called of callsIn(from)) {
    const next = modules.get(called)
    const way = next && wayBack(next, to, modules, seen)
    if (way) return [name, ...way]
  }
  return undefined
}

function callsIn({ gates }: ModuleSpec): readonly string[] {
  const found = new Set<string>()
  const look = (value: Expression): void => {
    if (value.type !== 'call') return
    found.add(value.gate)
    for (const argument of value.arguments) look(argument)
    for (const argument of value.named) look(argument.value)
  }
  for (const { body } of gates) look(body.type === 'long' ? callOf(body) : body)
  return [...found]
}
