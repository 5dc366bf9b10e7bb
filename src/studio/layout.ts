/** Where boxes and lines go: from left to right, by dagre; in layers of our own where there are many. */
import dagre from '@dagrejs/dagre'
import type { View } from './fold.js'
import { layers } from './layers.js'

export interface Place {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface Layout {
  readonly width: number
  readonly height: number
  /** How far down one begins to read. */
  readonly start: number
  /** By box: its centre and size. */
  readonly boxes: ReadonlyMap<string, Place>
  /** By line, in the order of the view: the points it runs through. */
  readonly lines: readonly (readonly { readonly x: number; readonly y: number }[])[]
  /** Boxes that stand together, and the lines between them. */
  readonly cards: readonly Place[]
  readonly inner: ReadonlySet<number>
}

/** What is laid out: the sizes of boxes, and lines between them by their numbers. */
export interface Unplaced {
  readonly sizes: readonly (readonly [width: number, height: number])[]
  readonly lines: readonly (readonly [from: number, to: number])[]
}

export interface Placed extends Omit<Layout, 'boxes'> {
  readonly boxes: readonly Place[]
}

/**
 * The most boxes that dagre lays out. It takes 19 seconds for two thousand, and puts a thousand
 * weights into one column.
 */
export const few = 160

/** Below this scale only names are shown; of many boxes only their colours. */
export const far = 0.44

/** Where they are put. */
export function place(input: Unplaced): Placed {
  return input.sizes.length > few ? layers(input) : byDagre(input)
}

function byDagre({ sizes, lines }: Unplaced): Placed {
  const graph = new dagre.graphlib.Graph({ multigraph: true })
  graph.setGraph({ rankdir: 'LR', nodesep: 22, ranksep: 56, marginx: 24, marginy: 24 })
  graph.setDefaultEdgeLabel(() => ({}))
  // By number: to dagre names are keys of objects, and boxes may be called `__proto__`.
  sizes.forEach(([width, height], index) => graph.setNode(`n${index}`, { width, height }))
  lines.forEach(([from, to], index) => graph.setEdge(`n${from}`, `n${to}`, {}, String(index)))
  dagre.layout(graph)
  const { width = 0, height = 0 } = graph.graph()
  return {
    width,
    height,
    start: height / 2,
    boxes: sizes.map((_, index) => {
      const { x, y, width: wide, height: high } = graph.node(`n${index}`) as Place
      return { x, y, width: wide, height: high }
    }),
    lines: lines.map(([from, to], index) => {
      const { points = [] } = graph.edge({ v: `n${from}`, w: `n${to}`, name: String(index) }) ?? {}
      return fromSides(points, graph.node(`n${from}`) as Place, graph.node(`n${to}`) as Place)
    }),
    cards: [],
    inner: new Set(),
  }
}

/** Lines leave a box at its right and come to one at its left, where it stands further right. */
function fromSides(
  points: Placed['lines'][number],
  from: Place,
  to: Place,
): Placed['lines'][number] {
  const [start, end] = [from.x + from.width / 2, to.x - to.width / 2]
  if (end - start < 8) return points
  // Straight to the next rank in one swing; between others on the way that dagre has found.
  const next = points.length <= 3
  const bend = next ? (end - start) / 2 : Math.min(20, (end - start) / 3)
  return [
    { x: start, y: from.y },
    { x: start + bend, y: from.y },
    ...(next ? [] : points.slice(1, -1).filter(({ x }) => x > start + bend && x < end - bend)),
    { x: end - bend, y: to.y },
    { x: end, y: to.y },
  ]
}

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
