/**
 * Names of nodes, built when asked for: a gate inside a formula is called by the port it feeds
 * (`o.x.a`), and a graph may have a million of them.
 */
import type { Checking } from './context.js'
import type { GateNode, Plan, PlanNode } from './plan.js'
import type { Located } from './spec.js'

/** The full name of a node. */
export function nameOf(plan: Pick<Plan, 'nodes'>, index: number): string {
  let suffix = ''
  for (let at = index; ;) {
    const node = plan.nodes[at]!
    if (node.name !== undefined) return node.name + suffix
    // Only a plan made by hand can have a gate that has neither.
    if (node.type !== 'gate' || node.feeds === undefined) return `#${at}${suffix}`
    suffix = `.${node.feeds.port}${suffix}`
    at = node.feeds.node
  }
}

/** The number of the node with this name, a dotted one too. */
export function findNode(plan: Pick<Plan, 'nodes' | 'aliases'>, name: string): number | undefined {
  const names = declaredNames(plan)
  const own = ownLength(name, names)
  let at = names.get(name.slice(0, own))
  if (own === name.length) return at
  for (const port of name.slice(own + 1).split('.')) {
    if (at === undefined) return undefined
    at = innerGate(plan, at, port)
  }
  return at
}

/**
 * How much of a full name is that of a declared node: nodes of modules have dots in theirs. What
 * is longer than all of them is not looked up, for a name may have 100,000 parts.
 */
function ownLength(name: string, names: ReadonlyMap<string, number>): number {
  const longest = longestOf(names)
  let end = name.length
  while (end > longest || !names.has(name.slice(0, end))) {
    const dot = end === 0 ? -1 : name.lastIndexOf('.', end - 1)
    if (dot < 0) return end
    end = dot
  }
  return end
}

function longestOf(names: ReadonlyMap<string, number>): number {
  let longest = lengths.get(names)
  if (longest === undefined) {
    longest = 0
    for (const name of names.keys()) longest = Math.max(longest, name.length)
    lengths.set(names, longest)
  }
  return longest
}

const lengths = new WeakMap<ReadonlyMap<string, number>, number>()

/** The number of a named node; without one, that is reported. */
export function nodeNamed(
  checking: Checking,
  graph: { readonly nodes: readonly PlanNode[] },
  { value: name, range }: Located<string>,
): number | undefined {
  const node = findNode(graph, name)
  if (node !== undefined) return node
  checking.error('unknown-node', range, { name, ...checking.meant(name, declaredNames(graph)) })
  return undefined
}

/** Where a node is defined; lines and columns count from 1. */
export function positionOf(
  plan: Plan,
  index: number,
): { readonly file: string; readonly line: number; readonly column: number } | undefined {
  const range = plan.nodes[index]!.range
  if (plan.source === undefined || range === undefined) return undefined
  const lines = plan.source.text.slice(0, range.start).split('\n')
  return { file: plan.source.file, line: lines.length, column: lines.at(-1)!.length + 1 }
}

/** The declared names of a plan in its order, then those of shared weights, and their numbers. */
export function declaredNames(plan: Pick<Plan, 'nodes' | 'aliases'>): ReadonlyMap<string, number> {
  let names = declared.get(plan)
  if (names === undefined) {
    names = new Map<string, number>()
    for (const [index, { name }] of plan.nodes.entries()) {
      if (name !== undefined) names.set(name, index)
    }
    for (const [name, index] of Object.entries(plan.aliases ?? {})) names.set(name, index)
    declared.set(plan, names)
  }
  return names
}

const declared = new WeakMap<object, Map<string, number>>()

function innerGate(plan: Pick<Plan, 'nodes'>, outer: number, port: string): number | undefined {
  const gate = plan.nodes[outer]!
  if (gate.type !== 'gate') return undefined
  for (const feeding of gate.ports) {
    // A port is -1 while errors are collected.
    if ('node' in feeding && feeding.node >= 0 && isInner(plan, feeding.node, outer, port))
      return feeding.node
  }
  return undefined
}

function isInner(plan: Pick<Plan, 'nodes'>, index: number, outer: number, port: string): boolean {
  const node: Partial<GateNode> = plan.nodes[index] as Partial<GateNode> // only gates have `feeds`
  return node.feeds?.node === outer && node.feeds.port === port
}
