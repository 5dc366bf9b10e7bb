/** Looks up dotted names: gates inside the formulas of others. */
import type { Checking } from './context.js'
import type { Draft, Drafts, Pending } from './expand.js'

/** Fills the ports whose names could not be looked up before all gates were there. */
export function resolve(checking: Checking, drafts: Drafts): void {
  const inner = new Map<number, ReadonlyMap<string, number>>()
  const innerOf = (index: number) => {
    const known = inner.get(index) ?? innerGates(drafts, index)
    inner.set(index, known)
    return known
  }
  for (const pending of drafts.pending) {
    pending.port.node = find(checking, drafts, pending, innerOf) ?? -1
  }
}

function find(
  checking: Checking,
  drafts: Drafts,
  pending: Pending,
  innerOf: (index: number) => ReadonlyMap<string, number>,
): number | undefined {
  const { name, range } = pending
  const parts = name.split('.')
  // Nodes of modules have dots in their own names.
  let own = parts.length
  while (own > 1 && !drafts.declared.has(parts.slice(0, own).join('.'))) own--
  const first = parts.slice(0, own).join('.')
  const ports = parts.slice(own)
  let at = drafts.declared.get(first)
  if (at === undefined) {
    const { suggestion } = checking.meant(first, drafts.declared)
    const meant = suggestion !== undefined && { suggestion: [suggestion, ...ports].join('.') }
    checking.error('unknown-node', range, { name, ...meant })
    return undefined
  }
  let outer = first
  for (const port of ports) {
    const gate: Draft | undefined = drafts.gates[at - drafts.offset]
    if (gate?.broken) return undefined
    const inner: ReadonlyMap<string, number> = innerOf(at)
    const next: number | undefined = inner.get(port)
    if (next === undefined) {
      const { suggestion = inner.size === 1 ? [...inner.keys()][0] : undefined } = checking.meant(
        port,
        inner,
      )
      const meant = suggestion !== undefined && { suggestion: `${outer}.${suggestion}` }
      checking.error('unknown-node', range, { name, ...meant })
      return undefined
    }
    outer += `.${port}`
    at = next
  }
  return at
}

/** The gates inside the formula of a gate, by the port they feed. */
function innerGates(drafts: Drafts, index: number): ReadonlyMap<string, number> {
  const inner = new Map<string, number>()
  for (const port of drafts.gates[index - drafts.offset]?.ports ?? []) {
    if (!('node' in port)) continue
    const feeds = drafts.gates[port.node - drafts.offset]?.feeds
    if (feeds?.node === index) inner.set(feeds.port, port.node)
  }
  return inner
}
