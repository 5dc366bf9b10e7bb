/**
 * The graph. Boxes and lines are made anew only when other ones are to be seen; the numbers on
 * them are written straight into the page, for a model that runs sends dozens of them a second.
 */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { ShownGraph } from '../remote/protocol.js'
import { NodeBox, sizeOf } from './box.js'
import type { View } from './fold.js'
import { few, named, place, unplaced, type Layout } from './layout.js'
import { Map } from './map.js'
import { usePainter } from './painter.js'
import { usePanZoom } from './panzoom.js'
import { focusBox, found, goal, selected } from './state.js'

interface Props {
  readonly graph: ShownGraph
  readonly view: View
  /** Where the drawing hands out the picture of itself. */
  readonly svg: { current: SVGSVGElement | null }
}

export function Drawing(props: Props) {
  const { graph, view } = props
  const placed = useMemo(
    () => named(view, place(unplaced(view, (id) => sizeOf(id, graph, view)))),
    [graph, view],
  )
  return <PlacedDrawing {...props} placed={placed} />
}

function PlacedDrawing({ graph, view, svg, placed }: Props & { readonly placed: Layout }) {
  const group = useRef<SVGGElement>(null)
  const { start } = usePanZoom(svg, group, view, placed)
  usePainter(graph, view, placed, svg)
  const hits = found.value
  // Tab comes to one box of them all; the arrows go on from there.
  const [entry, setEntry] = useState<string | undefined>(undefined)
  const chosen = selected.value === undefined ? undefined : view.boxOf[selected.value]
  const stop = [entry, chosen, view.boxes[0]?.id].find(
    (id) => id !== undefined && placed.boxes.has(id),
  )
  useEffect(() => {
    if (chosen !== undefined) setEntry(chosen)
  }, [chosen])
  const walk = (event: KeyboardEvent) => {
    const from = (event.target as Element).getAttribute('data-box')
    const next = from === null ? undefined : neighbour(placed, from, event.key)
    // There may be nothing that way: then the drawing stays, too.
    if (from !== null && event.key.startsWith('Arrow')) event.preventDefault()
    if (next === undefined) return
    // What is out of sight is not displayed, and could not have the focus.
    goal.value = { box: next }
    focusBox(next)
  }
  const arrows = useMemo(() => placed.lines.map(head).join(''), [placed])
  const wires = useMemo(
    () =>
      view.lines.map((line, index) => (
        <path
          key={`${line.from} ${line.to}`}
          class="wire"
          data-line={index}
          d={curve(placed.lines[index]!)}
        />
      )),
    [view, placed],
  )
  return (
    <>
      <div class="stage" onPointerDown={start}>
        <div class="sheet">
          <svg
            class={view.boxes.length > few ? 'drawing many' : 'drawing'}
            ref={svg}
            role="group"
            aria-label={`the graph ${graph.name}`}
            onKeyDown={walk}
            onFocusIn={({ target }) => {
              setEntry((target as Element).getAttribute('data-box') ?? undefined)
            }}
          >
            <g ref={group}>
              <g class="wires">{wires.filter((_, index) => !placed.inner.has(index))}</g>
              {placed.cards.map(({ x, y, width, height }, index) => (
                <rect
                  key={index}
                  class="card"
                  x={x - width / 2}
                  y={y - height / 2}
                  width={width}
                  height={height}
                  rx={14}
                />
              ))}
              <g class="wires inner">{wires.filter((_, index) => placed.inner.has(index))}</g>
              {/* One path that stands still: markers would be drawn anew with every number. */}
              <path class="arrow" d={arrows} />
              {view.boxes.map((box) => (
                <NodeBox
                  key={box.id}
                  box={box}
                  graph={graph}
                  placed={placed}
                  stop={box.id === stop}
                  dimmed={hits !== undefined && !hits.has(box.id)}
                />
              ))}
            </g>
          </svg>
        </div>
      </div>
      <Map graph={graph} view={view} placed={placed} />
    </>
  )
}

/** The nearest box in the way that an arrow points, rather straight on than aside. */
function neighbour({ boxes }: Layout, from: string, key: string): string | undefined {
  const ways: Readonly<Record<string, readonly [number, number]>> = {
    ArrowLeft: [-1, 0],
    ArrowRight: [1, 0],
    ArrowUp: [0, -1],
    ArrowDown: [0, 1],
  }
  const way = ways[key]
  const start = boxes.get(from)
  if (way === undefined || start === undefined) return undefined
  let best: string | undefined
  let least = Infinity
  for (const [id, { x, y }] of boxes) {
    const [dx, dy] = [x - start.x, y - start.y]
    const ahead = dx * way[0] + dy * way[1]
    const aside = Math.abs(dx * way[1] + dy * way[0])
    if (ahead < 8 || ahead + 3 * aside >= least) continue
    least = ahead + 3 * aside
    best = id
  }
  return best
}

function curve(points: readonly { readonly x: number; readonly y: number }[]): string {
  const [first, ...rest] = points
  if (first === undefined) return ''
  let path = `M${first.x} ${first.y}`
  for (let at = 0; at < rest.length; at++) {
    const end = rest[at]!
    const next = rest[at + 1]
    // Through the middles between the points, so that lines bend softly.
    if (next === undefined) path += ` L${end.x} ${end.y}`
    else path += ` Q${end.x} ${end.y} ${(end.x + next.x) / 2} ${(end.y + next.y) / 2}`
  }
  return path
}

/** The head of the arrow at the end of a line. */
function head(points: readonly { readonly x: number; readonly y: number }[]): string {
  const [before, end] = points.slice(-2)
  if (before === undefined || end === undefined) return ''
  const length = Math.hypot(end.x - before.x, end.y - before.y) || 1
  const [dx, dy] = [(end.x - before.x) / length, (end.y - before.y) / length]
  const corner = (side: number) =>
    `${(end.x - 8 * dx - side * dy).toFixed(1)} ${(end.y - 8 * dy + side * dx).toFixed(1)}`
  return `M${end.x} ${end.y}L${corner(4)}L${corner(-4)}z`
}
