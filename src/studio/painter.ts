/** Writes the numbers of the newest picture into the drawing, as far as it is in sight. */
import { useEffect } from 'preact/hooks'
import { effect } from '@preact/signals'
import type { ShownGraph } from '../remote/protocol.js'
import type { View } from './fold.js'
import { heatMap } from './heat.js'
import { far, type Layout, type Place } from './layout.js'
import { appeared, frame as sight, hovered, selected, snapshot, status } from './state.js'
import { label, sign, strength } from './text.js'
import { unhurried, waveOf, type Standing, type Wave } from './wave.js'
import { Sparks } from './sparks.js'

interface Painted {
  readonly value: Element | null
  readonly gradient: Element | null
  readonly heat: Element | null
  readonly spark: Element | null
  readonly box: HTMLElement
  readonly place: Place
}

/** Keeps the numbers of a drawing up to date. */
export function usePainter(
  graph: ShownGraph,
  view: View,
  placed: Layout,
  svg: { readonly current: SVGSVGElement | null },
): void {
  useEffect(() => {
    const root = svg.current!
    const boxes = new Map<number, Painted>()
    for (const box of root.querySelectorAll<HTMLElement>('[data-node]')) {
      boxes.set(Number(box.getAttribute('data-node')), {
        value: box.querySelector('.value'),
        gradient: box.querySelector('.gradient'),
        heat: box.querySelector('.heat'),
        spark: box.querySelector('.spark'),
        box,
        place: placed.boxes.get(box.getAttribute('data-box')!)!,
      })
    }
    const wires: SVGPathElement[] = []
    for (const wire of root.querySelectorAll<SVGPathElement>('[data-line]')) {
      wires[Number(wire.getAttribute('data-line'))] = wire
    }
    const ends = view.lines.map(({ from, to }) => [placed.boxes.get(from)!, placed.boxes.get(to)!] as const) // prettier-ignore
    const standing: Standing = {
      values: graph.nodes.map(() => null),
      gradients: graph.nodes.map(() => null),
    }
    const sparks = new Sparks(graph)
    /** The wires of the box that is looked at. */
    let near: SVGPathElement[] = []
    let wave: Wave | undefined
    let begun = 0
    let frame = 0
    let sparked = 0
    const paint = () => {
      const time = performance.now()
      const spark = time - sparked > sparkTime
      if (spark) sparked = time
      const { scale } = sight.peek()
      const seen = inSight()
      for (const [node, parts] of boxes) {
        if (!seen(parts.place)) continue
        const [value, gradient] = [standing.values[node]!, standing.gradients[node]!]
        write(parts.value, label(value))
        write(parts.gradient, label(gradient))
        if (parts.heat !== null && typeof value === 'object' && value !== null) {
          put(parts.heat, 'href', heatMap(value))
        }
        if (spark && parts.spark !== null) put(parts.spark, 'd', sparks.path(node))
        parts.box.classList.toggle('front', wave?.front.has(node) === true)
        // From afar colours are all that one sees of the numbers.
        if (scale < far) {
          put(parts.box, 'data-sign', sign(value))
          put(parts.box, 'style', `--size:${Math.round(100 * strength(value))}%`)
        }
      }
      view.lines.forEach((line, index) => {
        const wire = wires[index]
        if (wire === undefined || !(seen(ends[index]![0]) || seen(ends[index]![1]))) return
        const up = standing.gradients[line.node]!
        const down = standing.values[line.node]!
        const marks = `${wave?.front.has(line.node) ? ' front' : ''}${near.includes(wire) ? ' near' : ''}`
        put(wire, 'class', `wire ${sign(down)}${marks}`)
        put(
          wire,
          'style',
          `stroke-width:${(1 + 3 * strength(down)).toFixed(1)};stroke-opacity:${(0.35 + 0.65 * strength(up)).toFixed(1)}`,
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
    const looked = effect(() => {
      const ids = [hovered.value, selected.value].flatMap((node) => (node === undefined ? [] : view.boxOf[node])) // prettier-ignore
      for (const wire of near) wire.classList.remove('near')
      near = view.lines.flatMap(({ from, to }, index) => {
        return ids.includes(from) || ids.includes(to) ? (wires[index] ?? []) : []
      })
      for (const wire of near) wire.classList.add('near')
    })
    let pending = 0
    const moved = effect(() => {
      void appeared.value
      // What comes into sight has not been kept up to date.
      cancelAnimationFrame(pending)
      pending = requestAnimationFrame(paint)
    })
    return () => {
      finish()
      cancelAnimationFrame(pending)
      moved()
      looked()
      stop()
    }
  }, [graph, view, placed])
}

/** Whether a box is in the frame, or just beside it. */
function inSight(): (place: Place) => boolean {
  const { x, y, scale, width, height } = sight.peek()
  const [left, top] = [-x / scale, -y / scale]
  const [right, bottom] = [left + width / scale, top + height / scale]
  return (box) =>
    box.x + box.width > left &&
    box.x - box.width < right &&
    box.y + box.height > top &&
    box.y - box.height < bottom
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
