/**
 * `standardize(x)`: its mean and scale become weights that nothing learns. Training takes them
 * from its rows when it starts, and they are saved and restored as all weights are. With
 * `update=before` or `after` it runs along with the samples instead, and keeps both itself.
 */
import type { Call, Expression, Range } from '../formula/syntax.js'
import { runsAlong } from '../gates/running.js'
import type { Checking } from './context.js'
import { letters } from './expand.js'
import type { WeightNode } from './plan.js'
import type { GateSpec, LongForm } from './spec.js'

/** Gates in which every `standardize(x)` has all its inputs, and the weights that this takes. */
export function withStatistics(
  checking: Checking,
  gates: readonly GateSpec[],
): { readonly gates: readonly GateSpec[]; readonly statistics: readonly WeightNode[] } {
  const statistics: WeightNode[] = []
  // Nearly no graph has any, and one may have a million gates.
  const completed = gates.map((gate) => {
    const { name, body } = gate
    const whole = body.type === 'long' ? longForm(body, name.value) : expression(body, name.value)
    return whole === body ? gate : { ...gate, body: whole }
  })
  return { gates: completed, statistics }

  function expression(body: Expression, path: string): Expression {
    if (body.type !== 'call') return body
    const ports = checking.gates.get(body.gate)
    const positional = mapped(body.arguments, (argument, at) =>
      argument.type === 'call'
        ? expression(argument, `${path}.${ports?.variadic ? letters(at) : ports?.ports[at]?.name}`)
        : argument,
    )
    const named = mapped(body.named, (one) => {
      const value = expression(one.value, `${path}.${one.name}`)
      return value === one.value ? one : { ...one, value }
    })
    const whole: Call =
      positional === body.arguments && named === body.named
        ? body
        : { ...body, arguments: positional, named }
    if (body.gate !== gate) return whole
    const update = named.find(({ name }) => name === 'update')?.value
    if (positional.length + named.length !== (update === undefined ? 1 : 2)) return whole
    const along = update?.type === 'name' && runsAlong(update.name)
    const more = along ? literals(body.gateRange) : added(path, body.gateRange)
    return { ...whole, named: [...whole.named, ...more] }
  }

  function longForm(body: LongForm, path: string): LongForm {
    const { positional, named, range, gate: called } = body
    const call = { type: 'call', gate: called.value, gateRange: called.range, range } as const
    const given = named.map(({ name, value }) => {
      return { name: name.value, nameRange: name.range, value }
    })
    const before: Call = { ...call, arguments: positional, named: given }
    const whole = expression(before, path)
    if (whole === before || whole.type !== 'call') return body
    return {
      ...body,
      positional: whole.arguments,
      named: whole.named.map(({ name, nameRange, value }) => {
        return { name: { value: name, range: nameRange }, value }
      }),
    }
  }

  function literals(range: Range): Call['named'] {
    return kinds.map(([name, , value]) => {
      return { name, nameRange: range, value: { type: 'number', value, range } }
    })
  }

  function added(path: string, range: Range): Call['named'] {
    return kinds.map(([statistic, init]) => {
      const name = `${path}.${statistic}`
      const drawn = { name: init, parameters: none, seed: 0 }
      statistics.push({ type: 'weight', name, shape: [], range, init: drawn, frozen: true, statistic }) // prettier-ignore
      return { name: statistic, nameRange: range, value: { type: 'name', name, range } }
    })
  }
}

const gate = 'standardize'

const kinds = [
  ['mean', 'zeros', 0],
  ['scale', 'ones', 1],
] as const

const none = Object.freeze(Object.create(null) as Record<string, never>)

/** The list itself where nothing has changed. */
function mapped<T>(list: readonly T[], change: (item: T, at: number) => T): readonly T[] {
  let changed: T[] | undefined
  list.forEach((item, at) => {
    const next = change(item, at)
    if (next === item) return
    changed ??= list.slice()
    changed[at] = next
  })
  return changed ?? list
}
