/** Lowers the step of a whole graph to the region that kernels are made of. */
import { chainLoops } from '../kernel/chain.js'
import { dependencies, isSingle, lowerRegion, noneOf } from '../kernel/lower.js'
import type { Region } from '../kernel/region.js'
import type { Circuit } from '../network/circuit.js'
import type { Route } from '../network/route.js'
import { bind, type Wiring } from '../network/wiring.js'

/** Numbers of a table that are added up sooner than a step is made by the network. */
const largeTable = 4096

/**
 * All that a step does that goes `way`, or only values, with the values of `wanted` in their places.
 * `fires` are the gates (1 each) that do anything; absent: all.
 */
export function loweredStep(
  wiring: Wiring,
  way: Route | undefined,
  wanted: readonly number[],
  fires?: Uint8Array,
): Region {
  const lowered = lowerRegion({
    layout: wiring,
    ...(way && { way }),
    bind: (index, answers) => bind(wiring, index, answers),
    wanted,
    ...(fires && { fires }),
  })
  const kept = wanted.filter((node) => wiring.plan.nodes[node]!.type !== 'weight')
  return chainLoops(lowered, new Set(kept.map((node) => wiring.offsets[node]!)))
}

/** How many gates a step has where all of a graph are of single numbers: without lowering it. */
export function singleIn({ wiring, base }: Circuit, wanted: readonly number[]): number | undefined {
  const { kinds, count, firstGate } = wiring
  const place = (index: number) => bind(wiring, index, noneOf(wiring, index))
  for (let index = firstGate; index < count; index++) {
    if (kinds[index] === 0 && !isSingle(place(index))) return undefined
  }
  const live = dependencies(wiring, wanted, base, place)
  let gates = 0
  for (let index = firstGate; index < count; index++) gates += live[index]!
  return gates
}

/** Whether kernels add up all rows of a large table where the network adds up those that a step used. */
export function readsLargeTables({ sparse }: Wiring, active: Uint8Array): boolean {
  return sparse.some((node, index) => {
    if (node === undefined || node.listed < 0 || active[index] !== 1) return false
    return node.rows * node.width > largeTable
  })
}

/** What the gates that delay take up when a step is over. */
export function delayedIn({ delays }: Wiring): number[] {
  return delays.all.flatMap(({ from }) => (from < 0 ? [] : [from]))
}
