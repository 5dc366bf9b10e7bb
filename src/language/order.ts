/** Puts gates into the order in which they fire: each after everything it uses. */
import type { Checking } from './context.js'
import { isDelayed } from './delays.js'
import type { Draft, DraftPort, Drafts } from './expand.js'

/**
 * The draft numbers of all gates reachable from `roots`, depth first in the order of roots and
 * ports. `needs` are nodes, by number of a gate or source, that come before what uses their shapes
 * too. Cycles are reported; with one, no order is right. What a gate delays need not come before it.
 */
export function order(
  checking: Checking,
  drafts: Drafts,
  roots: readonly number[],
  needs: ReadonlyMap<number, readonly DraftPort[]>,
): { readonly sorted: Int32Array; readonly cyclic: boolean } {
  const { gates, offset } = drafts
  const sorted = new Int32Array(gates.length)
  let placed = 0
  let cycles = 0
  // 0 not met, 1 on the path, 2 placed; recursion would end the stack on a long chain.
  const state = new Uint8Array(gates.length)
  const path = new Int32Array(gates.length)
  const cursor = new Int32Array(gates.length)
  const wider = new Map<number, readonly DraftPort[]>()
  /** What is delayed comes after all that leads nowhere else. */
  const later: number[] = []
  const portsOf = (at: number): readonly DraftPort[] => {
    const ports = waitedFor(at)
    if (needs.size === 0) return ports
    const known = wider.get(at)
    if (known !== undefined) return known
    const more = ports.flatMap((port) => ('node' in port ? (needs.get(port.node) ?? []) : []))
    const all = [...ports, ...(needs.get(at + offset) ?? []), ...more]
    wider.set(at, all)
    return all
  }
  const waitedFor = (at: number): readonly DraftPort[] => {
    const gate = gates[at]!
    if (!isDelayed(checking.gates, gate, 0)) return gate.ports
    const [x, ...others] = gate.ports
    if (x !== undefined && 'node' in x && x.node >= offset && cursor[at] === 0) later.push(x.node)
    return others
  }
  for (const root of inTurn(roots, later)) {
    if (state[root - offset] !== 0) continue
    let depth = 0
    path[0] = root - offset
    state[root - offset] = 1
    while (depth >= 0) {
      const at = path[depth]!
      const port = portsOf(at)[cursor[at]!++]
      if (port === undefined) {
        state[at] = 2
        sorted[placed++] = at + offset
        depth--
        continue
      }
      const next = 'node' in port ? port.node - offset : -1
      if (next < 0) continue
      if (state[next] === 0) {
        state[next] = 1
        path[++depth] = next
      } else if (state[next] === 1 && cycles++ < reported) {
        reportCycle(checking, gates, path.subarray(path.indexOf(next), depth + 1), offset)
      }
    }
  }
  if (cycles > reported) {
    const count = cycles - reported
    const range = gates[roots[0]! - offset]!.range
    checking.error('more-problems', range, { count, what: 'cycles' })
  }
  return { sorted: sorted.subarray(0, placed), cyclic: cycles > 0 }
}

/** The first list, then the second, which grows meanwhile. */
function* inTurn(first: readonly number[], second: readonly number[]): Iterable<number> {
  yield* first
  yield* second
}

/** Cycles beyond these say nothing new. */
const reported = 20
const shown = 12

// The path leads from a gate to what it uses; values go the other way.
function reportCycle(
  checking: Checking,
  gates: readonly Draft[],
  path: Int32Array,
  offset: number,
): void {
  const named: Draft[] = []
  for (let at = path.length - 1; at >= 0; at--) {
    const gate = rootOf(gates, gates[path[at]!]!, offset)
    if (named.at(-1) !== gate) named.push(gate)
  }
  if (named.length > 1 && named[0] === named.at(-1)) named.pop()
  // It begins where the file first comes to it, so that it reads the same wherever it was met.
  const start = named.reduce((at, { range }, index) => (range.start < named[at]!.range.start ? index : at), 0) // prettier-ignore
  const turned = [...named.slice(start), ...named.slice(0, start)]
  const names = turned.map(({ name }) => name!)
  const first = names.slice(0, shown)
  const path_ = names.length > shown ? [...first, '…', names[0]!] : [...names, names[0]!]
  const fields = { path: path_, length: names.length }
  checking.error('cycle', turned[0]!.range, fields)
}

/** The declared gate that a gate is inside of. */
export function rootOf(gates: readonly Draft[], gate: Draft, offset: number): Draft {
  let root = gate
  while (root.feeds !== undefined) root = gates[root.feeds.node - offset]!
  return root
}
