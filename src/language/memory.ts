/** What gates that keep state ask of a graph: samples in their order, and here and there inputs only. */
import type { Checking } from './context.js'
import { nameOf } from './name.js'
import type { GateNode, PlanNode } from './plan.js'
import type { Spec } from './spec.js'
import { statefulNode } from './stateful.js'

/** Reports what would bring the samples out of order, or what learns where only inputs may be. */
export function checkMemory(checking: Checking, spec: Spec, nodes: readonly PlanNode[]): void {
  const index = statefulNode(nodes, checking.gates)
  if (index === undefined) return
  const { gate } = nodes[index] as GateNode // only gates keep any
  const fields = { gate, name: nameOf({ nodes }, index) }
  const { shuffle, data } = spec.train
  if (shuffle?.value === true) {
    checking.error('keeps-state', shuffle.range, { ...fields, what: '"shuffle" draws their order' })
  }
  const order = data?.split?.order
  if (order?.value === 'shuffled') {
    const what = 'a shuffled split takes some of them out'
    checking.error('keeps-state', order.range, { ...fields, what })
  }
  checkInputsOnly(checking, nodes)
}

function checkInputsOnly(checking: Checking, nodes: readonly PlanNode[]): void {
  let depends: Int32Array | undefined
  for (const node of nodes) {
    if (node.type !== 'gate') continue
    const [x] = node.ports
    if (checking.gates.get(node.gate)?.inputsOnly?.(node.parameters) !== true) continue
    if (x === undefined || !('node' in x)) continue
    depends ??= dependence(nodes)
    const on = depends[x.node]!
    if (on < 0) continue
    const { type } = nodes[on]!
    checking.error('inputs-only', node.range!, {
      gate: node.gate,
      name: nameOf({ nodes }, x.node),
      depends: `the ${type} "${nameOf({ nodes }, on)}"`,
    })
  }
}

/** By node, the first target or weight that it depends on, in this step or before; or -1. */
function dependence(nodes: readonly PlanNode[]): Int32Array {
  const on = Int32Array.from(nodes, ({ type }, index) => (type === 'target' || type === 'weight' ? index : -1)) // prettier-ignore
  // What is delayed leads from later nodes to earlier ones.
  for (let again = true; again;) {
    again = false
    for (const [index, node] of nodes.entries()) {
      if (node.type !== 'gate' || on[index]! >= 0) continue
      const from = node.ports.find((port) => 'node' in port && on[port.node]! >= 0)
      if (from === undefined || !('node' in from)) continue
      on[index] = on[from.node]!
      again = true
    }
  }
  return on
}
