/** Moving and scaling the drawing: by dragging, the wheel, two fingers and the keys + − 0. */
import { useEffect, useRef } from 'preact/hooks'
import type { Layout } from './layout.js'

type Ref<T> = { readonly current: T | null }

/** Names can be read down to this scale. */
const legible = 0.45
const smallest = 0.02

/** Fits the drawing into its frame at first. `start` is for pointers that go down on it. */
export function usePanZoom(svg: Ref<SVGSVGElement>, group: Ref<SVGGElement>, placed: Layout) {
  const view = useRef({ x: 0, y: 0, scale: 1 })
  const moved = useRef(false)
  const whole = useRef(false)
  const show = () => {
    const { x, y, scale } = view.current
    group.current?.setAttribute('transform', `translate(${x} ${y}) scale(${scale})`)
    // From far away only names could be read.
    svg.current?.classList.toggle('far', scale < 0.44)
  }
  const fit = (least: number) => {
    const frame = svg.current!.getBoundingClientRect()
    const scale = Math.min(1.4, frame.width / placed.width, frame.height / placed.height)
    // What would be too small begins at the left instead.
    const used = Number.isFinite(scale) ? Math.max(scale, least) : 1
    view.current = {
      scale: used,
      x: Math.max(8, (frame.width - placed.width * used) / 2),
      y: Math.max(8, (frame.height - placed.height * used) / 2),
    }
    show()
  }
  const zoom = (factor: number, atX: number, atY: number) => {
    const { x, y, scale } = view.current
    const next = Math.min(4, Math.max(smallest, scale * factor))
    const by = next / scale
    view.current = { scale: next, x: atX - (atX - x) * by, y: atY - (atY - y) * by }
    show()
  }
  useEffect(() => {
    const element = svg.current!
    fit(legible)
    const sized = new ResizeObserver(() => {
      if (!moved.current) fit(legible)
    })
    sized.observe(element)
    const wheel = (event: WheelEvent) => {
      event.preventDefault()
      moved.current = true
      const { left, top } = element.getBoundingClientRect()
      if (event.ctrlKey || !event.shiftKey) {
        zoom(Math.exp(-event.deltaY * 0.0015), event.clientX - left, event.clientY - top)
      } else {
        view.current.x -= event.deltaY
        show()
      }
    }
    const key = (event: KeyboardEvent) => {
      if (event.target instanceof HTMLElement && event.target.closest('input, textarea, .cm-editor')) return // prettier-ignore
      const { width, height } = element.getBoundingClientRect()
      if (event.key === '+') zoom(1.2, width / 2, height / 2)
      else if (event.key === '-') zoom(1 / 1.2, width / 2, height / 2)
      else if (event.key === '0') {
        // All of it; again, as it was at first.
        whole.current = !whole.current
        fit(whole.current ? smallest : legible)
        moved.current = view.current.scale < legible
      }
    }
    element.addEventListener('wheel', wheel, { passive: false })
    document.addEventListener('keydown', key)
    return () => {
      sized.disconnect()
      element.removeEventListener('wheel', wheel)
      document.removeEventListener('keydown', key)
    }
  }, [placed])

  const pointers = useRef(new Map<number, { x: number; y: number }>())
  const start = (event: PointerEvent) => {
    const held = pointers.current
    held.set(event.pointerId, { x: event.clientX, y: event.clientY })
    if (held.size > 1) return
    const move = (now: PointerEvent) => {
      const before = held.get(now.pointerId)
      if (before === undefined) return
      const [dx, dy] = [now.clientX - before.x, now.clientY - before.y]
      moved.current = true
      if (held.size === 1) {
        view.current.x += dx
        view.current.y += dy
        show()
      } else {
        const other = [...held].find(([id]) => id !== now.pointerId)![1]
        const far = Math.hypot(before.x - other.x, before.y - other.y)
        const near = Math.hypot(now.clientX - other.x, now.clientY - other.y)
        const { left, top } = svg.current!.getBoundingClientRect()
        zoom(near / (far || 1), other.x - left, other.y - top)
      }
      held.set(now.pointerId, { x: now.clientX, y: now.clientY })
    }
    const end = (now: PointerEvent) => {
      held.delete(now.pointerId)
      if (held.size > 0) return
      removeEventListener('pointermove', move)
      removeEventListener('pointerup', end)
      removeEventListener('pointercancel', end)
    }
    addEventListener('pointermove', move)
    addEventListener('pointerup', end)
    addEventListener('pointercancel', end)
  }
  return { start }
}
