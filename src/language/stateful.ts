/** Which gates take their samples one after the other, so that no batch of them can run at once. */
import type { Gate } from '../gates/gate.js'
import type { PlanNode } from './plan.js'

/** The first node whose gate is stateful. */
export function statefulNode(
  nodes: readonly PlanNode[],
  gates: ReadonlyMap<string, Gate>,
): number | undefined {
  const index = nodes.findIndex((node) => {
    return node.type === 'gate' && gates.get(node.gate)?.stateful === true
  })
  return index < 0 ? undefined : index
}
