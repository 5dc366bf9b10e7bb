/** Where boxes and lines go: from left to right, by dagre. */
import dagre from '@dagrejs/dagre'
import type { View } from './fold.js'

export interface Place {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface Layout {
  readonly width: number
  readonly height: number
  /** By box: its centre and size. */
  readonly boxes: ReadonlyMap<string, Place>
  /** By line, in the order of the view: the points it runs through. */
  readonly lines: readonly (readonly { readonly x: number; readonly y: number }[])[]
}

/** What is laid out: the sizes of boxes, and lines between them by their numbers. */
export interface Unplaced {
  readonly sizes: readonly (readonly [width: number, height: number])[]
  readonly lines: readonly (readonly [from: number, to: number])[]
}

export interface Placed {
  readonly width: number
  readonly height: number
  readonly boxes: readonly Place[]
  readonly lines: Layout['lines']
}

/** Where dagre puts them. Thousands take seconds. */
export function place({ sizes, lines }: Unplaced): Placed {
  const graph = new dagre.graphlib.Graph({ multigraph: true })
  // The shortest lines and the fewest crossings take too long to find for many boxes.
  const many = sizes.length > slow
  const ranker = many ? 'longest-path' : 'network-simplex'
  graph.setGraph({ rankdir: 'LR', nodesep: 22, ranksep: 56, marginx: 24, marginy: 24, ranker })
  graph.setDefaultEdgeLabel(() => ({}))
  // By number: to dagre names are keys of objects, and boxes may be called `__proto__`.
  sizes.forEach(([width, height], index) => graph.setNode(`n${index}`, { width, height }))
  lines.forEach(([from, to], index) => graph.setEdge(`n${from}`, `n${to}`, {}, String(index)))
  dagre.layout(graph, { disableOptimalOrderHeuristic: many })
  const { width = 0, height = 0 } = graph.graph()
  return {
    width,
    height,
    boxes: sizes.map((_, index) => {
      const { x, y, width: wide, height: high } = graph.node(`n${index}`) as Place
      return { x, y, width: wide, height: high }
    }),
    lines: lines.map(([from, to], index) => {
      return graph.edge({ v: `n${from}`, w: `n${to}`, name: String(index) })?.points ?? []
    }),
  }
}

/** From so many boxes on the page does not wait for their layout. */
export const slow = 300

/** A view by numbers. */
export function unplaced(view: View, sizeOf: (id: string) => readonly [number, number]): Unplaced {
  const number = new Map(view.boxes.map(({ id }, index) => [id, index]))
  return {
    sizes: view.boxes.map(({ id }) => sizeOf(id)),
    lines: view.lines.map(({ from, to }) => [number.get(from)!, number.get(to)!]),
  }
}

/** The places by name. */
export function named(view: View, { boxes, ...rest }: Placed): Layout {
  return { ...rest, boxes: new Map(view.boxes.map(({ id }, index) => [id, boxes[index]!])) }
}
