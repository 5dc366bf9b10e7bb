/** What an edit of the graph file does to the weights that have been learned. */
import type { Graph } from '../graph.js'
import { findNode } from '../language/name.js'
import type { WeightChange } from './protocol.js'

/** What an edit does to the weights. */
export function changes(from: Graph, to: Graph): WeightChange[] {
  const kept = new Set(keptNames(from, to))
  const before = new Set(Object.keys(from.weights()))
  const after = Object.keys(to.weights())
  const now = new Set(after)
  return [
    ...after.map((name): WeightChange => {
      if (kept.has(name)) return { name, change: 'kept' }
      return { name, change: before.has(name) ? 'reset' : 'new' }
    }),
    ...[...before]
      .filter((name) => !now.has(name))
      .map((name): WeightChange => ({ name, change: 'dropped' })),
  ]
}

/** Weights of the same name and shape. */
function keptNames(from: Graph, to: Graph): string[] {
  return to.plan.nodes.flatMap((node) => {
    if (node.type !== 'weight') return []
    const index = findNode(from.plan, node.name)
    const other = index === undefined ? undefined : from.plan.nodes[index]
    const same = other?.type === 'weight' && String(other.shape) === String(node.shape)
    return same ? [node.name] : []
  })
}
