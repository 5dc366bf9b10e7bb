/** Finds what leads nowhere: weights that cannot learn, and nodes that nothing uses. */
import type { Checking } from './context.js'
import type { PlanNode } from './plan.js'
import type { Spec } from './spec.js'
import type { Outputs } from './outputs.js'

/** Warns of every such node, in the order of the plan. */
export function checkUses(
  checking: Checking,
  spec: Spec,
  nodes: readonly PlanNode[],
  { loss, outputs, metrics, measures }: Outputs & { readonly loss: number | undefined },
): void {
  const used = new Uint8Array(nodes.length)
  // 1 where the loss depends on the value, 2 where a gradient comes back too.
  const learns = new Uint8Array(nodes.length)
  const ends = [...outputs, ...metrics, ...(loss === undefined ? [] : [loss])]
  for (const end of ends) used[end] = 1
  for (const { prediction, target } of measures) {
    used[prediction] = 1
    used[target] = 1
  }
  if (loss !== undefined) learns[loss] = 2
  // What is delayed may lead on from a later node to earlier ones.
  for (let again = true; again;) {
    again = false
    for (let index = nodes.length - 1; index >= 0; index--) {
      const node = nodes[index]!
      if (node.type !== 'gate') continue
      const gate = checking.gates.get(node.gate)
      for (const [position, port] of node.ports.entries()) {
        if (!('node' in port)) continue
        used[port.node] = 1
        const back = position === 0 ? gate?.delays?.unroll(node.parameters) : undefined
        const through = gate?.variadic || gate?.ports[position]?.gradient !== false
        const passes = back === undefined ? through : back > 0
        const reached = Math.min(learns[index]!, passes ? 2 : 1)
        if (reached <= learns[port.node]!) continue
        learns[port.node] = reached
        again ||= port.node > index
      }
    }
  }
  // A module may compute more than one call of it needs.
  // That nothing uses a gate is said of its name; its own range is its formula.
  const places = new Map(spec.gates.map(({ name }) => [name.value, name.range]))
  for (const [index, { type, name, range, ...node }] of nodes.entries()) {
    if (name === undefined || range === undefined) continue
    const frozen = 'frozen' in node && node.frozen === true
    if (type === 'weight' && loss !== undefined && !frozen) {
      if (learns[index] === 1) checking.warn('no-path-to-loss', range, { name, blocked: true })
      else if (learns[index] === 0) checking.warn('no-path-to-loss', range, { name })
    } else if (!used[index] && !name.includes('.')) {
      checking.warn('unused', (type === 'gate' && places.get(name)) || range, { name, type })
    }
  }
}
