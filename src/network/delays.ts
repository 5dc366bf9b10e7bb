/** The gates of a plan that delay, and how far gradients go back through them. */
import type { Gate } from '../gates/gate.js'
import type { GateNode, Plan } from '../language/plan.js'

/** One gate that delays. */
export interface DelayNode {
  readonly node: number
  /** What it has the value of, a learn step later; -1 for a literal. */
  readonly from: number
  /** How many steps back gradients go through it; 0 where nothing that learns is there. */
  readonly unroll: number
}

export interface Delays {
  readonly all: readonly DelayNode[]
  /** Those that gradients go back through, and the most steps that one of them does. */
  readonly unrolled: readonly DelayNode[]
  readonly depth: number
}

/** Finds them. `gates` must know every gate the plan names; `named` are those of its nodes. */
export function delaysIn(
  plan: Plan,
  gates: ReadonlyMap<string, Gate>,
  named: readonly (Gate | undefined)[],
): Delays {
  const found: DelayNode[] = []
  for (let index = 0; index < named.length; index++) {
    const delay = named[index]?.delays
    if (delay === undefined) continue
    const node = plan.nodes[index] as GateNode // only gates have a name
    const [x] = node.ports
    const from = x !== undefined && 'node' in x ? x.node : -1
    found.push({ node: index, from, unroll: from < 0 ? 0 : delay.unroll(node.parameters) })
  }
  const useful = plan.loss === undefined ? new Set() : learningBehind(plan, gates, found)
  const all = found.map((one) => (useful.has(one.node) ? one : { ...one, unroll: 0 }))
  const unrolled = all.filter(({ unroll }) => unroll > 0)
  return { all, unrolled, depth: unrolled.reduce((most, { unroll }) => Math.max(most, unroll), 0) }
}

/** The delays that have a weight that learns behind them, maybe behind another delay. */
function learningBehind(
  plan: Plan,
  gates: ReadonlyMap<string, Gate>,
  delays: readonly DelayNode[],
): ReadonlySet<number> {
  const useful = new Set<number>()
  if (delays.length === 0) return useful
  for (let before = -1; before < useful.size;) {
    before = useful.size
    // 1 where a gradient would come to something that learns.
    const learns = new Uint8Array(plan.nodes.length)
    for (const [index, node] of plan.nodes.entries()) {
      if (node.type === 'weight' && node.frozen !== true) learns[index] = 1
      if (node.type === 'gate' && (useful.has(index) || leads(node, gates, learns))) learns[index] = 1 // prettier-ignore
    }
    for (const { node, from, unroll } of delays) {
      if (unroll > 0 && learns[from] === 1) useful.add(node)
    }
  }
  return useful
}

function leads(node: GateNode, gates: ReadonlyMap<string, Gate>, learns: Uint8Array): boolean {
  const ports = gates.get(node.gate)?.ports ?? []
  return node.ports.some((port, at) => {
    const declared = ports[Math.min(at, ports.length - 1)]
    return 'node' in port && declared?.gradient === true && learns[port.node] === 1
  })
}
