/**
 * Lays out a whole batch as one step: whatever depends on an input, a target or chance has
 * one more axis, the samples, before its own; what depends on weights and constants alone is there
 * once.
 */
import type { PlanNode } from '../language/plan.js'
import { stackedCall } from '../kernel/stacked.js'
import type { StackedCall } from '../gates/gate.js'
import type { Shape } from '../tensor/shape.js'
import { gateOf, shapesOf, wire, type Wiring } from './wiring.js'

/** The wiring of so many samples at once. Node numbers and weights are those of `sample`. */
export function stackWiring(sample: Wiring, batch: number): Wiring {
  const { plan, gates } = sample
  const stacked = stackedNodes(sample)
  const calls = plan.nodes.map((node, index): StackedCall | undefined => {
    if (node.type !== 'gate' || stacked[index] === 0) return undefined
    return stackedCall(gateOf(gates, node), {
      batch,
      stacked: node.ports.map((port) => 'node' in port && stacked[port.node] === 1),
      inputs: shapesOf(plan, node),
      shape: node.shape,
      parameters: node.parameters,
    })
  })
  const nodes = plan.nodes.map((node, index): PlanNode => {
    return stacked[index] === 0 ? node : { ...node, shape: [batch, ...node.shape] }
  })
  return wire({ ...plan, nodes }, gates, { batch, sample, stacked, calls })
}

/** 1 for every node that depends on an input, a target or chance: samples may differ in it. */
function stackedNodes({ plan, gates }: Wiring): Uint8Array {
  const stacked = new Uint8Array(plan.nodes.length)
  for (const [index, node] of plan.nodes.entries()) {
    if (node.type === 'input' || node.type === 'target') stacked[index] = 1
    if (node.type !== 'gate') continue
    const { rule } = gateOf(gates, node)
    if (rule.type === 'tensor' && rule.draws) stacked[index] = 1
    for (const port of node.ports) {
      if ('node' in port && stacked[port.node] === 1) stacked[index] = 1
    }
  }
  return stacked
}

/** Where one sample has the value of a node, and its gradient: what is there once, all share. */
export function placeIn(wiring: Wiring, node: number, sample: number) {
  const { stack, offsets, totals, sizes, plan } = wiring
  const own = stack !== undefined && stack.stacked[node] === 1
  const shape: Shape = own ? stack.sample.plan.nodes[node]!.shape : plan.nodes[node]!.shape
  const size = own ? stack.sample.sizes[node]! : sizes[node]!
  const skipped = own ? sample * size : 0
  return { shape, size, offset: offsets[node]! + skipped, total: totals[node]! + skipped }
}
