/**
 * Folding: the gates inside a formula and the nodes of a module belong to the node they are
 * named after (`o.x.a` to `o.x`, that to `o`). A folded node stands for all that is inside it.
 */
import type { ShownGraph } from '../remote/protocol.js'

/** A graph with more nodes than this is folded at first. */
export const foldedFrom = 60

/** The tree of names. */
export interface Groups {
  /** By node: the node or module that it is inside of, as names from the outermost on. */
  readonly paths: readonly (readonly string[])[]
  /** All that can be folded, and how many nodes are inside. */
  readonly sizes: ReadonlyMap<string, number>
  readonly numbers: ReadonlyMap<string, number>
}

/** A box of the drawing: a node, or a group that stands for its nodes. */
export interface Box {
  readonly id: string
  /** The node whose value it shows; absent for a module that has no node of its own name. */
  readonly node: number | undefined
  readonly label: string
  /** How many nodes are folded into it. */
  readonly inside: number
  /** Whether there is something to unfold, or it is the head of an open group. */
  readonly group: 'folded' | 'open' | undefined
}

export interface Line {
  readonly from: string
  readonly to: string
  /** The node whose value runs along it. */
  readonly node: number
}

export interface View {
  readonly boxes: readonly Box[]
  readonly lines: readonly Line[]
  /** By node: the box it is drawn in. */
  readonly boxOf: readonly string[]
}

/** The tree that the names of a graph make. */
export function groupsOf({ nodes }: ShownGraph): Groups {
  const numbers = new Map(nodes.map(({ name }, index) => [name, index]))
  const sizes = new Map<string, number>()
  const paths = nodes.map(({ name }) => {
    const parts = name.split('.')
    const path: string[] = []
    for (let length = 1; length < parts.length; length++) {
      path.push(parts.slice(0, length).join('.'))
    }
    for (const group of path) sizes.set(group, (sizes.get(group) ?? 0) + 1)
    return path
  })
  return { paths, sizes, numbers }
}

/** All groups of a small graph, none of a large one. */
export function unfoldedAtFirst({ nodes }: ShownGraph, { sizes }: Groups): ReadonlySet<string> {
  return nodes.length > foldedFrom ? new Set() : new Set(sizes.keys())
}

/** The boxes and lines to draw where these groups are unfolded. */
export function foldedView(
  { nodes }: ShownGraph,
  { paths, sizes, numbers }: Groups,
  unfolded: ReadonlySet<string>,
): View {
  const boxes = new Map<string, Box>()
  const boxOf = nodes.map(({ name }, index) => {
    const hiding = paths[index]!.find((group) => !unfolded.has(group))
    const id = hiding ?? name
    if (!boxes.has(id)) {
      const inside = sizes.get(id) ?? 0
      const node = numbers.get(id)
      const group = inside === 0 ? undefined : unfolded.has(id) ? 'open' : 'folded'
      boxes.set(id, { id, node, label: id, inside: group === 'folded' ? inside : 0, group })
    }
    return id
  })
  const lines = new Map<string, Line>()
  nodes.forEach(({ ports }, index) => {
    for (const port of ports) {
      if (!('node' in port)) continue
      const from = boxOf[port.node]!
      const to = boxOf[index]!
      if (from !== to) lines.set(`${from} ${to}`, { from, to, node: port.node })
    }
  })
  return { boxes: [...boxes.values()], lines: [...lines.values()], boxOf }
}
