/** The whole graph in small, and the part of it that is in the frame: click or drag to go there. */
import { useEffect, useRef } from 'preact/hooks'
import type { ShownGraph } from '../remote/protocol.js'
import type { View } from './fold.js'
import type { Layout } from './layout.js'
import { frame, found, goal } from './state.js'

/** Its largest size, in pixels. */
const [most, high] = [168, 112]

export function Map({
  graph,
  view,
  placed,
}: {
  readonly graph: ShownGraph
  readonly view: View
  readonly placed: Layout
}) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const now = frame.value
  const scale = Math.min(Math.min(most, now.width * 0.26) / placed.width, high / placed.height)
  const [width, height] = [placed.width * scale, placed.height * scale]
  const hits = found.value
  // Nothing to look for where all is in sight.
  const all = placed.width * now.scale <= now.width + 1 && placed.height * now.scale <= now.height + 1 // prettier-ignore
  useEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (context === null || context === undefined) return
    const ratio = devicePixelRatio
    canvas.current!.width = width * ratio
    canvas.current!.height = height * ratio
    const style = getComputedStyle(canvas.current!)
    const colour = (name: string) => style.getPropertyValue(name)
    const paint = new globalThis.Map<string, string>()
    for (const name of ['soft', 'plus', 'weight-mark', 'loss-line', 'accent', 'line']) {
      paint.set(name, colour(`--map-${name}`))
    }
    context.scale(ratio * scale, ratio * scale)
    for (const box of view.boxes) {
      const { x, y, width: wide, height: tall } = placed.boxes.get(box.id)!
      const type = box.node === undefined ? 'gate' : graph.nodes[box.node]!.type
      const kind = box.node === graph.loss && box.node !== undefined ? 'loss-line' : type === 'weight' ? 'weight-mark' : type === 'gate' ? 'soft' : 'plus' // prettier-ignore
      context.globalAlpha = hits === undefined || hits.has(box.id) ? 0.85 : 0.15
      context.fillStyle = paint.get(hits?.has(box.id) === true ? 'accent' : kind)!
      // Never thinner than a pixel.
      const [w, h] = [Math.max(wide, 1.2 / scale), Math.max(tall, 1.2 / scale)]
      context.fillRect(x - w / 2, y - h / 2, w, h)
    }
  }, [graph, view, placed, hits, all, scale])
  if (all) return null
  const go = (event: PointerEvent) => {
    if (event.buttons === 0) return
    const { left, top } = canvas.current!.getBoundingClientRect()
    goal.value = { x: (event.clientX - left) / scale, y: (event.clientY - top) / scale }
  }
  const part = {
    left: Math.max(0, (-now.x / now.scale) * scale),
    top: Math.max(0, (-now.y / now.scale) * scale),
    right: Math.min(width, ((now.width - now.x) / now.scale) * scale),
    bottom: Math.min(height, ((now.height - now.y) / now.scale) * scale),
  }
  return (
    <div
      class="map"
      aria-hidden="true"
      style={{ width, height }}
      onPointerDown={go}
      onPointerMove={go}
    >
      <canvas ref={canvas} style={{ width, height }} />
      <i
        style={{
          left: part.left,
          top: part.top,
          width: Math.max(3, part.right - part.left),
          height: Math.max(3, part.bottom - part.top),
        }}
      />
    </div>
  )
}
