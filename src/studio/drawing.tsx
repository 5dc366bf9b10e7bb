/**
 * The graph. Boxes and lines are made anew only when other ones are to be seen; the numbers on
 * them are written straight into the page, for a model that runs sends dozens of them a second.
 */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { effect } from '@preact/signals'
import type { ShownGraph, ShownNode } from '../remote/protocol.js'
import type { Box, View } from './fold.js'
import { heatMap } from './heat.js'
import { named, place, slow, unplaced, type Layout, type Placed } from './layout.js'
import { hovered, selected, snapshot, status, unfolded } from './state.js'
import { label, sign, strength } from './text.js'
import { unhurried, waveOf, type Standing, type Wave } from './wave.js'
import { Sparks } from './sparks.js'
import { usePanZoom } from './panzoom.js'

interface Props {
  readonly graph: ShownGraph
  readonly view: View
  readonly search: string
  /** Where the drawing hands out the picture of itself. */
  readonly svg: { current: SVGSVGElement | null }
}

export function Drawing(props: Props) {
  const { graph, view } = props
  const placed = useLayout(graph, view)
  if (placed === undefined) {
    return <p class="waiting">Laying out {view.boxes.length} boxes …</p>
  }
  return <PlacedDrawing {...props} placed={placed} />
}

function PlacedDrawing({ graph, view, search, svg, placed }: Props & { readonly placed: Layout }) {
  const group = useRef<SVGGElement>(null)
  const { start } = usePanZoom(svg, group, placed)
  usePainter(graph, view, svg)
  const found = search.trim().toLowerCase()
  return (
    <svg
      class="drawing"
      ref={svg}
      role="group"
      aria-label={`the graph ${graph.name}`}
      onPointerDown={start}
    >
      <g ref={group}>
        {view.lines.map((line, index) => (
          <path
            key={`${line.from} ${line.to}`}
            class="wire"
            data-line={index}
            d={curve(placed.lines[index]!)}
          />
        ))}
        {/* One path that stands still: markers would be drawn anew with every number. */}
        <path class="arrow" d={placed.lines.map(head).join('')} />
        {view.boxes.map((box) => (
          <NodeBox
            key={box.id}
            box={box}
            graph={graph}
            placed={placed}
            dimmed={found !== '' && !box.id.toLowerCase().includes(found)}
          />
        ))}
      </g>
    </svg>
  )
}

/** Small graphs at once, large ones by a worker. */
function useLayout(graph: ShownGraph, view: View): Layout | undefined {
  const input = useMemo(() => unplaced(view, (id) => sizeOf(id, graph, view)), [graph, view])
  const small = input.sizes.length < slow
  const now = useMemo(() => (small ? named(view, place(input)) : undefined), [input])
  const [later, setLater] = useState<{ readonly view: View; readonly layout: Layout } | undefined>()
  useEffect(() => {
    if (small) return undefined
    const worker = new Worker(new URL('./layoutworker.ts', import.meta.url), { type: 'module' })
    worker.onmessage = ({ data }: MessageEvent<Placed>) => {
      setLater({ view, layout: named(view, data) })
    }
    worker.postMessage(input)
    return () => worker.terminate()
  }, [input])
  return small ? now : later?.view === view ? later.layout : undefined
}

function NodeBox({
  box,
  graph,
  placed,
  dimmed,
}: {
  readonly box: Box
  readonly graph: ShownGraph
  readonly placed: Layout
  readonly dimmed: boolean
}) {
  const { x, y, width, height } = placed.boxes.get(box.id)!
  const node = box.node === undefined ? undefined : graph.nodes[box.node]
  const kind = box.node !== undefined && box.node === graph.loss ? 'loss' : (node?.type ?? 'module')
  const tensor = node !== undefined && node.shape.length > 0
  const choose = () => {
    if (box.node !== undefined) selected.value = box.node
    else fold(box)
  }
  const isSelected = box.node !== undefined && selected.value === box.node
  return (
    <g
      class={`box ${kind}${dimmed ? ' dimmed' : ''}${isSelected ? ' selected' : ''}`}
      transform={`translate(${x - width / 2} ${y - height / 2})`}
      data-box={box.id}
      data-node={box.node}
      tabindex={0}
      role="button"
      aria-description={describe(box, node)}
      onClick={choose}
      onDblClick={() => fold(box)}
      onPointerEnter={() => (hovered.value = box.node)}
      onPointerLeave={() => (hovered.value = undefined)}
      onFocus={() => (hovered.value = box.node)}
      onBlur={() => (hovered.value = undefined)}
      onKeyDown={(event) => {
        if (event.key === 'Enter' || event.key === ' ') {
          event.preventDefault()
          choose()
        } else if (event.key === 'f') fold(box)
      }}
    >
      <rect class="frame" width={width} height={height} rx={kind === 'weight' ? 4 : 10} />
      <text class="name" x={10} y={17}>
        {cut(box.label, 24)}
      </text>
      {box.group !== undefined && (
        <text
          class="fold"
          x={width - 16}
          y={17}
          onClick={(event) => {
            event.stopPropagation()
            fold(box)
          }}
        >
          {box.group === 'folded' ? '+' : '−'}
        </text>
      )}
      {node?.formula !== undefined && (
        <text class="formula" x={10} y={32}>
          {cut(node.formula, 28)}
        </text>
      )}
      {tensor ? (
        <image
          class="heat"
          x={10}
          y={40}
          width={width - 20}
          height={44}
          preserveAspectRatio="none"
        />
      ) : (
        node?.type === 'weight' && <path class="spark" transform={`translate(10 ${height - 42})`} />
      )}
      {tensor ? (
        <>
          <text class="numbers" x={10} y={height - 24}>
            <tspan class="value">–</tspan>
          </text>
          <text class="numbers" x={10} y={height - 9}>
            <tspan class="gradient">–</tspan>
          </text>
        </>
      ) : (
        <text class="numbers" x={10} y={height - 9}>
          <tspan class="value">–</tspan>
          <tspan class="bar"> | </tspan>
          <tspan class="gradient">–</tspan>
        </text>
      )}
    </g>
  )
}

function fold(box: Box): void {
  if (box.group === undefined) return
  const next = new Set(unfolded.value)
  if (box.group === 'folded') next.add(box.id)
  else
    for (const name of next) if (name === box.id || name.startsWith(`${box.id}.`)) next.delete(name)
  unfolded.value = next
}

function describe(box: Box, node: ShownNode | undefined): string {
  const what = node === undefined ? `module ${box.id}` : `${node.type} ${box.id}`
  const formula = node?.formula === undefined ? '' : `, ${node.formula}`
  return `${what}${formula}${box.inside > 0 ? `, ${box.inside} nodes folded` : ''}`
}

/** Width and height of a box. */
function sizeOf(id: string, { nodes }: ShownGraph, { boxes }: View): readonly [number, number] {
  const index = boxIndex(boxes).get(id)?.node
  const node = index === undefined ? undefined : nodes[index]
  const name = Math.min(id.length, 24) * 7.6 + 34
  const formula = Math.min(node?.formula?.length ?? 0, 28) * 6.4 + 24
  const tensor = node !== undefined && node.shape.length > 0
  const height = tensor ? 126 : node?.type === 'weight' ? 74 : node?.formula === undefined ? 48 : 62
  return [Math.max(154, name, formula, tensor ? 176 : 0), height]
}

const indexes = new WeakMap<readonly Box[], ReadonlyMap<string, Box>>()

function boxIndex(boxes: readonly Box[]): ReadonlyMap<string, Box> {
  let index = indexes.get(boxes)
  if (index === undefined) indexes.set(boxes, (index = new Map(boxes.map((box) => [box.id, box]))))
  return index
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text
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

interface Painted {
  readonly value: Element | null
  readonly gradient: Element | null
  readonly heat: Element | null
  readonly spark: Element | null
  readonly box: Element
}

/** Writes the numbers of the newest picture into the drawing. */
function usePainter(graph: ShownGraph, view: View, svg: { current: SVGSVGElement | null }): void {
  useEffect(() => {
    const root = svg.current!
    const boxes = new Map<number, Painted>()
    for (const box of root.querySelectorAll('[data-node]')) {
      boxes.set(Number(box.getAttribute('data-node')), {
        value: box.querySelector('.value'),
        gradient: box.querySelector('.gradient'),
        heat: box.querySelector('.heat'),
        spark: box.querySelector('.spark'),
        box,
      })
    }
    const wires = [...root.querySelectorAll<SVGPathElement>('[data-line]')]
    const standing: Standing = {
      values: graph.nodes.map(() => null),
      gradients: graph.nodes.map(() => null),
    }
    const sparks = new Sparks(graph)
    let wave: Wave | undefined
    let begun = 0
    let frame = 0
    let sparked = 0
    const paint = () => {
      const time = performance.now()
      const spark = time - sparked > sparkTime
      if (spark) sparked = time
      for (const [node, parts] of boxes) {
        const [value, gradient] = [standing.values[node]!, standing.gradients[node]!]
        write(parts.value, label(value))
        write(parts.gradient, label(gradient))
        if (parts.heat !== null && typeof value === 'object' && value !== null) {
          put(parts.heat, 'href', heatMap(value))
        }
        if (spark && parts.spark !== null) put(parts.spark, 'd', sparks.path(node))
        parts.box.classList.toggle('front', wave?.front.has(node) === true)
      }
      view.lines.forEach((line, index) => {
        const wire = wires[index]
        if (wire === undefined) return
        const up = standing.gradients[line.node]!
        const down = standing.values[line.node]!
        put(wire, 'class', `wire ${sign(down)}${wave?.front.has(line.node) ? ' front' : ''}`)
        put(
          wire,
          'style',
          `stroke-width:${(1 + 3 * strength(down)).toFixed(1)};opacity:${(0.35 + 0.65 * strength(up)).toFixed(1)}`,
        )
      })
    }
    const move = (time: number) => {
      if (wave === undefined) return
      if (begun === 0) begun = time
      if (!wave.at(time - begun)) wave = undefined
      paint()
      if (wave !== undefined) frame = requestAnimationFrame(move)
    }
    const finish = () => {
      cancelAnimationFrame(frame)
      wave?.at(Infinity)
      wave = undefined
    }
    const stop = effect(() => {
      const now = snapshot.value
      if (now === undefined || now.version !== graph.version) return
      finish()
      sparks.add(now)
      if (now.wave !== undefined) {
        const quick = matchMedia('(prefers-reduced-motion: reduce)').matches
        wave = waveOf(now, standing, quick ? 0 : durationOf())
        begun = 0
        frame = requestAnimationFrame(move)
        return
      }
      now.values.forEach((value, node) => (standing.values[node] = value))
      now.gradients.forEach((gradient, node) => (standing.gradients[node] = gradient))
      frame = requestAnimationFrame(paint)
    })
    return () => {
      finish()
      stop()
    }
  }, [graph, view])
}

/** Milliseconds between two pictures of the same history. */
const sparkTime = 250

/** A step takes its time where it is asked for one by one. */
function durationOf(): number {
  return status.peek()?.activity === 'playing' ? 400 : unhurried
}

function write(element: Element | null, text: string): void {
  if (element !== null && element.textContent !== text) element.textContent = text
}

function put(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value)
}
