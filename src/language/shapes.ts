/** Finds the shape of every gate from those of its inputs. */
import type { Range } from '../formula/syntax.js'
import { isMismatch } from '../gates/gate.js'
import { sameShape, scalar, sizeOf } from '../tensor/shape.js'
import type { Checking } from './context.js'
import { isDelayed } from './delays.js'
import type { Draft, LateParameter } from './expand.js'
import { nameOf } from './name.js'
import type { GateNode, PlanNode } from './plan.js'
import type { Sizes } from './sizes.js'
import type { Instance } from './spec.js'
import { mostElements } from './value.js'

interface Nodes {
  /** In the order in which they fire. */
  readonly all: readonly PlanNode[]
  /** Where the name or sign of a gate stands. */
  operatorOf(node: number): Range
  /** The instance of a module that a gate belongs to. */
  instanceOf(node: number): Instance | undefined
  /** Parameters of a gate that wait for sizes. */
  lateOf(node: number): readonly LateParameter[] | undefined
}

/** All nodes together: a gigabyte of values. */
const mostTogether = 2 * mostElements

/** Sets the shapes of all gates. Whether all are known: what follows from a mistake is none. */
export function setShapes(
  checking: Checking,
  nodes: Nodes,
  doubtful: ReadonlySet<number>,
  { sizes, waiting }: { readonly sizes: Sizes; readonly waiting: Iterable<number> },
): boolean {
  const { all, operatorOf } = nodes
  const unknown = new Uint8Array(all.length)
  for (const source of doubtful) unknown[source] = 1
  for (const source of waiting) unknown[source] = waits
  let reached = 0
  // In plan order: what comes later is not known yet.
  const isKnown = (node: number): boolean => {
    // Nothing has that name.
    if (node < 0) return false
    if (all[node]!.type === 'gate') return node < reached && unknown[node] === 0
    if (unknown[node] === waits) {
      unknown[node] = asked
      unknown[node] = sizes.settle(node, all, isKnown) ? 0 : waits
    }
    return unknown[node] === 0
  }
  let together = 0
  let known = doubtful.size === 0
  for (const [index, node] of all.entries()) {
    const before = together
    reached = index
    if (
      node.type === 'gate' &&
      !setShape(checking, nodes, node, index, { sizes, known: isKnown })
    ) {
      unknown[index] = 1
      known = false
    }
    together += sizeOf(node.shape)
    if (together <= mostTogether || before > mostTogether) continue
    const range = node.type === 'gate' ? operatorOf(index) : node.range!
    checking.error('graph-too-large', range, { limit: mostTogether })
  }
  reached = all.length
  for (const [index, node] of all.entries()) {
    if (node.type !== 'gate' || !isDelayed(checking.gates, node, 0)) continue
    const [x] = node.ports
    if (x === undefined || !('node' in x) || unknown[index] !== 0 || !isKnown(x.node)) continue
    const { shape } = all[x.node]!
    if (sameShape(shape, node.shape)) continue
    const fields = { name: nameOf({ nodes: all }, x.node), shape, declared: node.shape }
    checking.error('delayed-shape', operatorOf(index), fields)
    known = false
  }
  for (const source of waiting) known = isKnown(source) && known
  return sizes.finish(all, isKnown) && known
}

/** Not known yet, as it depends on sizes. */
const waits = 2
/** Its sizes are being looked for: if they lead back to it, nobody knows them. */
const asked = 1

/** Reports what has to be one number and is not. */
export function mustBeScalar(checking: Checking, what: string, { shape, range }: PlanNode): void {
  if (shape.length > 0) checking.error('loss-shape', range!, { what, shape })
}

function setShape(
  checking: Checking,
  { all, operatorOf, instanceOf, lateOf }: Nodes,
  node: GateNode,
  index: number,
  { sizes, known }: { readonly sizes: Sizes; known(node: number): boolean },
): boolean {
  const gate = checking.gates.get(node.gate)
  // The node is still ours, a draft: the plan is not out yet.
  if (gate === undefined || (node as Draft).broken) return false
  const instance = instanceOf(index)
  if (instance !== undefined && sizes.bind(instance, all, known) === false) return false
  const delayed = isDelayed(checking.gates, node, 0)
  for (const [at, port] of node.ports.entries()) {
    if ('node' in port && !(delayed && at === 0) && !known(port.node)) return false
  }
  const late = lateOf(index)
  if (late !== undefined) {
    checking.within = instance
    const filled = sizes.fill(node, late, all, known)
    checking.within = undefined
    if (!filled) return false
  }
  setStatistics(all, node)
  const inputs = node.ports.map((port) =>
    'node' in port ? (all[port.node]?.shape ?? scalar) : scalar,
  )
  // What it delays has no shape yet, and may be no node at all: its own is declared.
  if (delayed) inputs[0] = scalar
  const shape = gate.shape(inputs, node.parameters)
  if (isMismatch(shape)) {
    if (instance !== undefined && sizes.compare(instance, all)) return false
    checking.within = instance
    checking.error('shape-mismatch', operatorOf(index), {
      inputs: node.ports.slice(0, 8).map((port, at) => ({
        name: 'node' in port ? nameOf({ nodes: all }, port.node) : String(port.value),
        shape: inputs[at]!,
      })),
      mismatch: shape.mismatch,
    })
    checking.within = undefined
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

/** The mean and scale of something have its shape. */
function setStatistics(all: readonly PlanNode[], { ports }: GateNode): void {
  const [x, ...others] = ports
  if (x === undefined || !('node' in x)) return
  for (const port of others) {
    const node = 'node' in port ? all[port.node] : undefined
    // Ours as well, and made for this gate alone.
    if (node?.type === 'weight' && node.statistic)
      Object.assign(node, { shape: all[x.node]!.shape })
  }
}
