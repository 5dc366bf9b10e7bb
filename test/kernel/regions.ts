/** Lowers graphs, without a run around them. */
import { parseGraph } from '../../src/graph.js'
import { gates } from '../../src/gates/index.js'
import { lowerRegion } from '../../src/kernel/lower.js'
import type { Region } from '../../src/kernel/region.js'
import { routeTo } from '../../src/network/route.js'
import { bind, wire } from '../../src/network/wiring.js'

/** The region of a whole graph, with the gradients that learning needs. */
export function regionOf(text: string, wanted?: readonly string[]): Region {
  const { plan } = parseGraph(text)
  const layout = wire(plan, gates)
  const learns = Uint8Array.from(plan.nodes, ({ type }) => (type === 'weight' ? 1 : 0))
  const way = routeTo(layout, plan.loss!, learns, () => ({ forward() {}, backward() {} }))
  return lowerRegion({
    layout,
    way,
    bind: (index, answers) => bind(layout, index, answers),
    ...(wanted && { wanted: wanted.map((name) => plan.nodes.findIndex((at) => at.name === name)) }),
  })
}
