/** Nodes by what a caller calls them. */
import { EagreError } from '../errors.js'
import { findNode } from '../language/name.js'
import type { Plan } from '../language/plan.js'
import { suggest } from '../language/suggest.js'

/** The number of a node. Throws `unknown-node`, with a suggestion, where there is none. */
export function nodeNamed(plan: Plan, name: string): number {
  const index = typeof name === 'string' ? findNode(plan, name) : undefined
  if (index !== undefined) return index
  const names = plan.nodes.flatMap((node) => (node.name === undefined ? [] : [node.name]))
  const near = typeof name === 'string' ? suggest(name, names) : undefined
  throw new EagreError('unknown-node', `the graph has no node "${name}"`, {
    hint:
      near === undefined ? `it has ${names.slice(0, 10).join(', ')}` : `did you mean "${near}"?`,
  })
}
