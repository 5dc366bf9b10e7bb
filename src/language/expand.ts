/** Expands formulas into gates: every call in a formula becomes a node of its own. */
import type { Call, Expression, Range } from '../formula/syntax.js'
import type { Gate, Parameter, ParameterValue } from '../gates/gate.js'
import type { Checking } from './context.js'
import { readParameter } from './parameter.js'
import type { GateNode } from './plan.js'
import type { GateSpec, Instance, LongForm } from './spec.js'

/** A gate while the plan is made. Its ports and `feeds` hold draft numbers until it is placed. */
export interface Draft extends Omit<GateNode, 'ports' | 'feeds'> {
  readonly range: Range
  readonly ports: DraftPort[]
  feeds?: { node: number; readonly port: string }
  /** Something about it was wrong and has been reported, so that nothing follows from it. */
  broken?: true
}

export type DraftPort = { node: number } | { value: number }

/** A dotted name, to be looked up when all gates are there. */
export interface Pending {
  readonly name: string
  readonly range: Range
  readonly port: { node: number }
}

/** Where gates are expanded into. */
export interface Drafts {
  /** By draft number less `offset`. */
  readonly gates: Draft[]
  /** Where the name or sign of each gate stands, in the same places. */
  readonly operators: Range[]
  /** Inputs, targets, weights and constants have the numbers below. */
  readonly offset: number
  /** The draft number of every declared node. */
  readonly declared: ReadonlyMap<string, number>
  readonly pending: Pending[]
  /** The instances of modules that gates belong to, in the same places. */
  readonly instances: (Instance | undefined)[]
  /** What names of sizes there are. */
  readonly sizes: ReadonlyMap<string, Instance>
  /** By draft number: the parameters of gates that wait for sizes. */
  readonly late: Map<number, readonly LateParameter[]>
}

/** A parameter whose value has the name of a size in it. */
export interface LateParameter {
  readonly parameter: Parameter
  readonly value: Expression
}

/** Expands a declared gate and all gates inside its formula; it gets the number `index`. */
export function expand(checking: Checking, drafts: Drafts, spec: GateSpec, index: number): void {
  checking.within = spec.instance
  expandBody(checking, drafts, spec, index)
  checking.within = undefined
}

function expandBody(checking: Checking, drafts: Drafts, spec: GateSpec, index: number): void {
  const { body, name } = spec
  const declared = { name: name.value }
  if (body.type === 'long') return place(checking, drafts, longCall(body), index, declared)
  if (body.type === 'call') return place(checking, drafts, body, index, declared)
  const { range } = body
  const gate: Draft = { type: 'gate', shape: [], ...declared, range, gate: 'identity', ports: [], parameters: none } // prettier-ignore
  drafts.gates[index - drafts.offset] = gate
  drafts.operators[index - drafts.offset] = range
  drafts.instances[index - drafts.offset] = spec.instance
  if (spec.broken) gate.broken = true
  else if (body.type === 'name') gate.ports.push(feed(checking, drafts, body, index, 'x'))
  else {
    gate.broken = true
    if (body.type === 'number') checking.error('literal-formula', range, { name: name.value })
    else checking.error('bad-port', range, { gate: 'identity', port: 'x' })
  }
}

/** The name of a port of a variadic gate: `a … z, aa, ab, …`. */
export function letters(index: number): string {
  if (index < 26) return alphabet[index]!
  return letters(Math.floor(index / 26) - 1) + alphabet[index % 26]!
}

const alphabet = [...'abcdefghijklmnopqrstuvwxyz']

/** The formula or long form of a gate, the same for both. */
interface Invocation {
  readonly gate: string
  readonly gateRange: Range
  readonly operator?: Call['operator']
  readonly arguments: readonly Expression[]
  readonly named: Call['named']
  readonly range: Range
}

const none: Readonly<Record<string, ParameterValue>> = Object.freeze(Object.create(null))

function longCall({ gate, positional, named, range }: LongForm): Invocation {
  return {
    gate: gate.value,
    gateRange: gate.range,
    arguments: positional,
    named: named.map(({ name, value }) => ({ name: name.value, nameRange: name.range, value })),
    range,
  }
}

function place(
  checking: Checking,
  drafts: Drafts,
  call: Invocation,
  index: number,
  belongs: Pick<Draft, 'name' | 'feeds'>,
): void {
  const declared = checking.gates.get(call.gate)
  const draft: Draft = { type: 'gate', shape: [], ...belongs, range: call.range, gate: call.gate, ports: [], parameters: none } // prettier-ignore
  drafts.gates[index - drafts.offset] = draft
  drafts.operators[index - drafts.offset] = call.gateRange
  drafts.instances[index - drafts.offset] = checking.within
  if (declared === undefined) {
    unknownGate(checking, drafts, call)
    draft.broken = true
    for (const value of call.arguments) {
      if (value.type === 'call') draft.ports.push(feed(checking, drafts, value, index, '?'))
      // No wire: it may be a gate that delays, and a cycle through it none.
      if (value.type === 'name') lookUp(checking, drafts, value.name, value.range)
    }
    for (const { value } of call.named) {
      // Words of parameters look like names of nodes; nobody knows which they are here.
      if (value.type === 'call') draft.ports.push(feed(checking, drafts, value, index, '?'))
    }
    return
  }
  const { sources, parameters, late, sound } = sort(checking, drafts, call, declared)
  if (!sound) draft.broken = true
  for (const [position, source] of sources.entries()) {
    draft.ports.push(
      typeof source === 'number'
        ? { value: source }
        : feed(checking, drafts, source, index, portName(declared, position)),
    )
  }
  if (parameters !== undefined) Object.assign(draft, { parameters })
  if (late !== undefined && late.length > 0) drafts.late.set(index, late)
  if (sound && draft.ports.every((port) => 'value' in port)) {
    checking.error('literal-gate', call.range, { gate: call.gate })
    draft.broken = true
  }
}

function unknownGate(checking: Checking, drafts: Drafts, call: Invocation): void {
  const { gate: name, gateRange } = call
  const node = drafts.declared.has(name) && { node: true }
  const gate = checking.meant(name, checking.gates)
  const meant = gate.suggestion === undefined ? checking.meant(name, checking.modules) : gate
  checking.error('unknown-gate', gateRange, { name, ...meant, ...node })
}

/** What feeds a port: a literal, a node, or a gate inside the formula, which is expanded. */
function feed(
  checking: Checking,
  drafts: Drafts,
  source: Expression,
  node: number,
  port: string,
): DraftPort {
  switch (source.type) {
    case 'number':
      return { value: source.value }
    case 'call': {
      const index = drafts.offset + drafts.gates.length
      drafts.gates.length++
      place(checking, drafts, source, index, { feeds: { node, port } })
      return { node: index }
    }
    case 'name':
      return lookUp(checking, drafts, source.name, source.range)
    case 'text':
    case 'list': {
      const { gate } = drafts.gates[node - drafts.offset]!
      checking.error('bad-port', source.range, { gate, port })
      return { node: -1 }
    }
  }
}

/** The node of a name; -1 where there is none, which is reported, or not yet, where it is dotted. */
export function lookUp(
  checking: Checking,
  drafts: Drafts,
  name: string,
  range: Range,
): { node: number } {
  const port = { node: drafts.declared.get(name) ?? -1 }
  if (port.node >= 0) return port
  if (name.includes('.')) drafts.pending.push({ name, range, port })
  else {
    const gate = checking.gates.has(name) && { gate: true }
    const meant = checking.meant(name, drafts.declared)
    checking.error('unknown-node', range, { name, ...meant, ...gate })
  }
  return port
}

function portName(gate: Gate, position: number): string {
  return gate.variadic ? letters(position) : gate.ports[position]!.name
}

interface Sorted {
  /** In the order of the ports, as far as they are given: a literal by default, or what is written. */
  readonly sources: readonly (Expression | number)[]
  readonly parameters?: Readonly<Record<string, ParameterValue>>
  readonly late?: readonly LateParameter[]
  readonly sound: boolean
}

/** Gives each argument of a call its port or parameter. */
function sort(checking: Checking, drafts: Drafts, call: Invocation, gate: Gate): Sorted {
  const positional = call.arguments
  const enough = gate.variadic ? positional.length > 0 : positional.length === gate.ports.length
  if (enough && call.named.length === 0) {
    // Nearly every call there is; a graph may have a million of them.
    const parameters = gate.parameters.length > 0 && { parameters: completed(gate, new Map()) }
    return { sources: positional, ...parameters, sound: true }
  }
  const before = checking.problems.length
  const { given, values, late } = sortByName(checking, drafts, call, gate)
  // What is missing was most likely written under the wrong name.
  const named = !checking.problems.slice(before).some(({ code }) => code === 'unknown-port')
  const sources = inOrder(checking, call, gate, given, named)
  const parameters = gate.parameters.length > 0 && { parameters: completed(gate, values) }
  return { sources, ...parameters, late, sound: checking.problems.length === before }
}

function sortByName(checking: Checking, drafts: Drafts, call: Invocation, gate: Gate) {
  const late: LateParameter[] = []
  const ports = gate.variadic ? undefined : gate.ports.map(({ name }) => name)
  const given = new Map<string, Expression>()
  const values = new Map<string, ParameterValue>()
  const surplus = ports && call.arguments[ports.length]
  if (ports !== undefined && surplus !== undefined) {
    const fields = { gate: call.gate, ports, got: call.arguments.length }
    checking.error('port-count', surplus.range, fields)
  }
  for (const [position, value] of call.arguments.slice(0, ports?.length).entries()) {
    given.set(portName(gate, position), value)
  }
  for (const { name, nameRange, value } of call.named) {
    const parameter = gate.parameters.find((one) => one.name === name)
    if (parameter !== undefined) {
      if (values.has(name)) checking.error('parameter-twice', nameRange, { of: call.gate, name })
      const waits = hasSize(drafts, value)
      if (waits) late.push({ parameter, value })
      const read = waits ? undefined : readParameter(checking, call.gate, parameter, value)
      values.set(name, read ?? parameter.default)
    } else if (ports === undefined ? isLetters(name, call) : ports.includes(name)) {
      if (given.has(name)) checking.error('port-twice', nameRange, { gate: call.gate, port: name })
      given.set(name, value)
    } else {
      const known = [...(ports ?? ['a', 'b', '…']), ...gate.parameters.map((one) => one.name)]
      const fields = { gate: call.gate, name, known, ...checking.meant(name, new Set(known)) }
      checking.error('unknown-port', nameRange, fields)
    }
  }
  return { given, values, late }
}

function hasSize(drafts: Drafts, value: Expression): boolean {
  if (drafts.sizes.size === 0) return false
  if (value.type === 'list') return value.items.some((item) => hasSize(drafts, item))
  return value.type === 'name' && drafts.sizes.has(value.name)
}

/** A port of a variadic gate, not a parameter of another tool's: `max(x, dim=1)` has no 3,067 ports. */
function isLetters(name: string, call: Invocation): boolean {
  if (!/^[a-z]{1,5}$/.test(name)) return false
  let index = 0
  for (const letter of name) index = index * 26 + letter.charCodeAt(0) - 96
  return name.length === 1 || index <= call.arguments.length + call.named.length
}

/** What feeds each port; it stops at the first of a variadic gate that is not given. */
function inOrder(
  checking: Checking,
  call: Invocation,
  gate: Gate,
  given: ReadonlyMap<string, Expression>,
  named: boolean,
): readonly (Expression | number)[] {
  const sources: (Expression | number)[] = []
  const count = gate.variadic ? Math.max(1, given.size) : gate.ports.length
  for (let position = 0; position < count; position++) {
    const port = portName(gate, position)
    const standard = gate.variadic ? undefined : gate.ports[position]!.default
    const source = given.get(port) ?? standard
    if (source === undefined) {
      if (named) checking.error('missing-port', call.range, { gate: call.gate, port })
      if (gate.variadic) break
    }
    // Something has to stand there, so that those behind it keep their ports.
    sources.push(source ?? 0)
  }
  return sources
}

function completed(
  gate: Gate,
  values: ReadonlyMap<string, ParameterValue>,
): Readonly<Record<string, ParameterValue>> {
  const complete: Record<string, ParameterValue> = Object.create(null)
  for (const { name, default: standard } of gate.parameters) {
    complete[name] = values.get(name) ?? standard
  }
  return complete
}
