/**
 * Gradients of which few rows are not 0: those of tables that steps read by index. They lie in
 * memory like any other, and are 0 where they should be; beside them stands which rows are not,
 * so that those who work on them need not look at the others.
 */
import type { LiveFrame } from './frame.js'
import type { Route } from './route.js'
import type { SparseAnswer } from '../gates/gate.js'

/** A node all of whose answers are sparse. */
export interface SparseNode {
  readonly rows: number
  /** Elements of a row. */
  readonly width: number
  /** Its uses, in the plan's order of ports. */
  readonly uses: readonly SparseUse[]
  /** Where in `values` the rows of its total are listed, as those of an answer are; -1 for a single use. */
  readonly listed: number
}

/** An answer, and where in `values` its rows are listed: how many there are, then which. */
export interface SparseUse {
  readonly slot: number
  readonly listed: number
}

/** What there is to list for each gate and node, laid out from `start` on in the values. */
export interface SparseLayout {
  /** By gate: where it lists the rows that it answers; -1 where it does not. */
  readonly listed: Int32Array
  readonly nodes: readonly (SparseNode | undefined)[]
  /** Where the values end with it. */
  readonly end: number
}

/** What the layout is made from. */
export interface SparseInput {
  readonly sizes: Int32Array
  readonly firstGate: number
  readonly portStart: Int32Array
  readonly portNodes: Int32Array
  readonly portSlots: Int32Array
  readonly totals: Int32Array
  /** The port to which a gate answers sparsely, and its rows there. */
  sparse(index: number): (Omit<SparseAnswer, 'rows'> & ReturnType<SparseAnswer['rows']>) | undefined
  /** How many uses of a node answer it. */
  answering(node: number): number
}

/** Lays out lists for the gates that answer sparsely, and finds the nodes whose answers all are. */
export function layOutSparse(input: SparseInput, start: number): SparseLayout {
  const { sizes, firstGate, portStart, portNodes, portSlots, totals } = input
  const count = sizes.length
  const listed = new Int32Array(count).fill(-1)
  const found = new Map<number, Found[]>()
  let end = start
  for (let index = firstGate; index < count; index++) {
    const answer = input.sparse(index)
    if (answer === undefined) continue
    const port = portStart[index]! + answer.port
    const node = portNodes[port]!
    if (node < 0) continue
    listed[index] = end
    const use = { ...answer, slot: portSlots[port]!, listed: end }
    found.set(node, [...(found.get(node) ?? []), use])
    end += 1 + answer.most
  }
  const nodes: (SparseNode | undefined)[] = Array.from({ length: count })
  for (const [node, uses] of found) {
    const { width } = uses[0]!
    if (width === 0 || uses.some((use) => use.width !== width)) continue
    if (input.answering(node) !== uses.length) continue
    const rows = sizes[node]! / width
    const single = uses.length === 1 && uses[0]!.slot === totals[node]
    nodes[node] = { rows, width, uses, listed: single ? -1 : end }
    if (!single) end += 1 + uses.reduce((sum, use) => sum + use.most, 0)
  }
  return { listed, nodes, end }
}

interface Found extends SparseUse {
  readonly width: number
  readonly most: number
}

/**
 * Adds up the answers to a sparse node in the plan's order of ports. The bits are those of adding
 * all elements: no answer is -0, for each is a sum that begins at 0.
 */
export function addSparse(
  frame: LiveFrame,
  { sumStart, sumSlots }: Route,
  node: number,
  total: number,
  { width, uses, listed }: SparseNode,
): void {
  const { gradients, values, silent } = frame
  let last = listed + values[listed]!
  for (let at = listed + 1; at <= last; at++) {
    const from = total + values[at]! * width
    for (let i = 0; i < width; i++) gradients[from + i] = 0
  }
  last = listed
  let use = 0
  for (let at = sumStart[node]!; at < sumStart[node + 1]!; at++) {
    const slot = sumSlots[at]!
    while (uses[use]!.slot !== slot) use++
    if (silent !== undefined && silent.has(slot)) continue
    const list = uses[use]!.listed
    const end = list + values[list]!
    for (let entry = list + 1; entry <= end; entry++) {
      const row = values[entry]!
      values[++last] = row
      const [to, from] = [total + row * width, slot + row * width]
      for (let i = 0; i < width; i++) gradients[to + i]! += gradients[from + i]!
    }
  }
  values[listed] = last - listed
}
