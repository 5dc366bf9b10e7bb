/** Finds the shape of every gate from those of its inputs. */
import { isMismatch } from '../gates/gate.js'
import { scalar } from '../tensor/shape.js'
import type { Checking } from './context.js'
import type { PlanNode } from './plan.js'

/** Sets the shapes of all gates; `nodes` are in the order in which they fire. */
export function setShapes(checking: Checking, nodes: readonly PlanNode[]): void {
  for (const node of nodes) {
    if (node.type !== 'gate') continue
    const gate = checking.gates.get(node.gate)
    if (gate === undefined) continue
    const inputs = node.ports.map((port) =>
      'node' in port ? (nodes[port.node]?.shape ?? scalar) : scalar,
    )
    const shape = gate.shape(inputs, node.parameters)
    if (isMismatch(shape)) {
      const { mismatch } = shape
      checking.error('shape-mismatch', node.range!, { gate: node.gate, shapes: inputs, mismatch })
    } else if (shape.length > 0) {
      // The node is still ours: the plan is not out yet.
      Object.assign(node, { shape })
    }
  }
}
