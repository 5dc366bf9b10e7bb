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

/** Sizes of boxes by their id, and where dagre puts them. */
export function layout(view: View, sizeOf: (id: string) => readonly [number, number]): Layout {
  const graph = new dagre.graphlib.Graph({ multigraph: true })
  // The ranking that gives the shortest lines takes too long for thousands of boxes.
  const ranker = view.boxes.length > 400 ? 'longest-path' : 'network-simplex'
  graph.setGraph({ rankdir: 'LR', nodesep: 22, ranksep: 56, marginx: 24, marginy: 24, ranker })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const { id } of view.boxes) {
    const [width, height] = sizeOf(id)
    graph.setNode(id, { width, height })
  }
  view.lines.forEach(({ from, to }, index) => graph.setEdge(from, to, {}, String(index)))
  dagre.layout(graph)
  const boxes = new Map(view.boxes.map(({ id }) => [id, graph.node(id) as Place]))
  const lines = view.lines.map(({ from, to }, index) => {
    return graph.edge({ v: from, w: to, name: String(index) })?.points ?? []
  })
  const { width = 0, height = 0 } = graph.graph()
  return { width, height, boxes, lines }
}
