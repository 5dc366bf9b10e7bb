/** Finds the shape of every gate from those of its inputs. */
import type { Range } from '../formula/syntax.js'
import { isMismatch } from '../gates/gate.js'
import { scalar, sizeOf } from '../tensor/shape.js'
import type { Checking } from './context.js'
import type { Draft } from './expand.js'
import { nameOf } from './name.js'
import type { GateNode, PlanNode } from './plan.js'
import { mostElements } from './value.js'

interface Nodes {
  /** In the order in which they fire. */
  readonly all: readonly PlanNode[]
  /** Where the name or sign of a gate stands. */
  operatorOf(node: number): Range
}

/** All nodes together: a gigabyte of values. */
const mostTogether = 2 * mostElements

/** Sets the shapes of all gates. Whether all are known: what follows from a mistake is none. */
export function setShapes(
  checking: Checking,
  nodes: Nodes,
  doubtful: ReadonlySet<number>,
): boolean {
  const { all, operatorOf } = nodes
  const unknown = new Uint8Array(all.length)
  for (const source of doubtful) unknown[source] = 1
  let together = 0
  let known = doubtful.size === 0
  for (const [index, node] of all.entries()) {
    const before = together
    if (node.type === 'gate' && !setShape(checking, nodes, node, index, unknown)) {
      unknown[index] = 1
      known = false
    }
    together += sizeOf(node.shape)
    if (together <= mostTogether || before > mostTogether) continue
    const range = node.type === 'gate' ? operatorOf(index) : node.range!
    checking.error('graph-too-large', range, { limit: mostTogether })
  }
  return known
}

/** Reports what has to be one number and is not. */
export function mustBeScalar(checking: Checking, what: string, { shape, range }: PlanNode): void {
  if (shape.length > 0) checking.error('loss-shape', range!, { what, shape })
}

function setShape(
  checking: Checking,
  { all, operatorOf }: Nodes,
  node: GateNode,
  index: number,
  unknown: Uint8Array,
): boolean {
  const gate = checking.gates.get(node.gate)
  // The node is still ours, a draft: the plan is not out yet.
  if (gate === undefined || (node as Draft).broken) return false
  if (node.ports.some((port) => 'node' in port && unknown[port.node] !== 0)) return false
  const inputs = node.ports.map((port) => ('node' in port ? all[port.node]!.shape : scalar))
  const shape = gate.shape(inputs, node.parameters)
  if (isMismatch(shape)) {
    checking.error('shape-mismatch', operatorOf(index), {
      inputs: node.ports.slice(0, 8).map((port, at) => ({
        name: 'node' in port ? nameOf({ nodes: all }, port.node) : String(port.value),
        shape: inputs[at]!,
      })),
      mismatch: shape.mismatch,
    })
    return false
  }
  if (sizeOf(shape) > mostElements) {
    const name = nameOf({ nodes: all }, index)
    checking.error('too-many-elements', operatorOf(index), { name, shape, limit: mostElements })
    return false
  }
  if (shape.length > 0) Object.assign(node, { shape })
  return true
}
