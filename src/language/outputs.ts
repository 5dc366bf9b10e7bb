/** What a prediction holds, and what is averaged over an epoch. */
import type { Gate } from '../gates/gate.js'
import type { Checking } from './context.js'
import { isDelayed } from './delays.js'
import { findNode, nameOf, nodeNamed } from './name.js'
import { measureGates, measureOf, measures as catalogue, readMeasure } from './measures.js'
import type { MeasurePlan, PlanNode } from './plan.js'
import type { Spec } from './spec.js'

export interface Outputs {
  readonly outputs: readonly number[]
  readonly metrics: readonly number[]
  readonly measures: readonly MeasurePlan[]
}

/** Looks up outputs and metrics; without `outputs` those are the last gates that know no target. */
export function readOutputs(
  checking: Checking,
  spec: Spec,
  graph: { readonly nodes: readonly PlanNode[]; readonly shaped: boolean },
  { loss, cyclic }: { readonly loss: number | undefined; readonly cyclic: boolean },
): Outputs {
  const metrics: number[] = []
  const hidden: (number | undefined)[] = [loss]
  const measures: MeasurePlan[] = []
  for (const metric of spec.metrics) {
    const { name, formula } = metric
    const call = measureOf(metric, checking)
    if (call !== undefined) {
      hidden.push(...measureGates(metric, call).map((gate) => findNode(graph, gate.name.value)))
      const read = readMeasure(checking, metric, call, graph)
      if (read !== undefined) measures.push(read)
      continue
    }
    const bare = formula === undefined && Object.hasOwn(catalogue, name.value)
    if (bare && findNode(graph, name.value) === undefined) {
      checking.error('bare-measure', name.range, { name: name.value })
      continue
    }
    const node = nodeNamed(checking, graph, name)
    if (node !== undefined) metrics.push(node)
    if (formula !== undefined) hidden.push(node)
  }
  if (cyclic) return { outputs: [], metrics, measures }
  const targets = targetsOf(checking.gates, graph.nodes)
  if (spec.outputs === undefined) {
    const outputs = lastGates(checking.gates, graph.nodes, targets, new Set(hidden))
    return { outputs, metrics, measures }
  }
  const outputs = new Set<number>()
  for (const name of spec.outputs) {
    const node = nodeNamed(checking, graph, name)
    if (node === undefined) continue
    const target = targets[node]!
    if (outputs.has(node)) checking.error('output-twice', name.range, { name: name.value })
    else if (target >= 0) {
      const fields = { output: name.value, target: nameOf(graph, target) }
      checking.error('target-in-output', name.range, fields)
    }
    outputs.add(node)
  }
  return { outputs: [...outputs], metrics, measures }
}

/** By node, the first target of the same step that it depends on, or -1. */
function targetsOf(gates: ReadonlyMap<string, Gate>, nodes: readonly PlanNode[]): Int32Array {
  const targets = new Int32Array(nodes.length).fill(-1)
  for (const [index, node] of nodes.entries()) {
    if (node.type === 'target') targets[index] = index
    if (node.type !== 'gate') continue
    for (const [at, port] of node.ports.entries()) {
      // The target of a step ago is known.
      if (isDelayed(gates, node, at)) continue
      const target = 'node' in port ? (targets[port.node] ?? -1) : -1
      if (target >= 0 && (targets[index]! < 0 || target < targets[index]!)) targets[index] = target
    }
  }
  return targets
}

/**
 * Declared gates that depend on no target and are used by no other such gate in the same step; the
 * gates inside a formula count as the one they are inside of.
 */
function lastGates(
  gates: ReadonlyMap<string, Gate>,
  nodes: readonly PlanNode[],
  targets: Int32Array,
  excluded: ReadonlySet<number | undefined>,
): number[] {
  const roots = new Int32Array(nodes.length).fill(-1)
  const rootOf = (index: number): number => {
    const node = nodes[index]!
    if (node.type !== 'gate' || node.feeds === undefined) return index
    // One that is delayed comes after the gate it is inside of.
    return roots[node.feeds.node]! >= 0 ? roots[node.feeds.node]! : rootOf(node.feeds.node)
  }
  const feeds = new Uint8Array(nodes.length)
  // Backward, as a gate comes after those inside it.
  for (let index = nodes.length - 1; index >= 0; index--) {
    const node = nodes[index]!
    if (node.type !== 'gate') continue
    const root = rootOf(index)
    roots[index] = root
    if (targets[root]! >= 0 || excluded.has(root)) continue
    for (const [at, port] of node.ports.entries()) {
      if ('node' in port && port.node >= 0 && !isDelayed(gates, node, at)) feeds[port.node] = 1
    }
  }
  const last: number[] = []
  for (const [index, node] of nodes.entries()) {
    const declared = node.type === 'gate' && node.name !== undefined && !node.name.includes('.')
    if (declared && targets[index]! < 0 && !excluded.has(index) && !feeds[index]) last.push(index)
  }
  return last
}
