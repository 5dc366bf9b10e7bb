/** Which gates take their samples one after the other, so that no batch of them can run at once. */
import { isStateful, type Gate } from '../gates/gate.js'
import type { GateNode, PlanNode } from './plan.js'

/** The first node whose gate is stateful. */
export function statefulNode(
  nodes: readonly PlanNode[],
  gates: ReadonlyMap<string, Gate>,
): number | undefined {
  const index = nodes.findIndex((node) => {
    const gate = node.type === 'gate' ? gates.get(node.gate) : undefined
    return gate !== undefined && isStateful(gate, (node as GateNode).parameters) // only gates name one
  })
  return index < 0 ? undefined : index
}
