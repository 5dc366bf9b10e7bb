/** Moving and scaling the drawing: by dragging, the wheel, two fingers and the keys + − 0 and arrows. */
import { effect } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { Layout } from './layout.js'
import { frame, goal } from './state.js'

type Ref<T> = { readonly current: T | null }

/** Numbers can be read down to this scale. */
export const legible = 0.65
/** Below these only names are shown, and only colours. */
const [far, remote] = [0.44, 0.2]
const smallest = 0.02
/** What stands over the lower edge of the frame. */
const foot = 52

/** Fits the drawing into its frame at first. `start` is for pointers that go down on it. */
export function usePanZoom(svg: Ref<SVGSVGElement>, group: Ref<SVGGElement>, placed: Layout) {
  const view = useRef({ x: 0, y: 0, scale: 1 })
  const moved = useRef(false)
  const whole = useRef(false)
  const show = () => {
    const { x, y, scale } = view.current
    group.current?.setAttribute('transform', `translate(${x} ${y}) scale(${scale})`)
    svg.current?.classList.toggle('far', scale < far)
    svg.current?.classList.toggle('remote', scale < remote)
    const { width, height } = svg.current!.getBoundingClientRect()
    frame.value = { x, y, scale, width, height }
  }
  const fit = (least: number) => {
    const { width, height } = svg.current!.getBoundingClientRect()
    const free = Math.max(height - foot, height / 2)
    const scale = Math.min(1.4, width / placed.width, free / placed.height)
    // What would be too small begins at the left instead.
    const used = Number.isFinite(scale) ? Math.max(scale, least) : 1
    const high = placed.height * used
    view.current = {
      scale: used,
      x: Math.max(0, (width - placed.width * used) / 2),
      y: high > free ? Math.min(0, free / 2 - placed.start * used) : (free - high) / 2,
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
  const moveTo = (x: number, y: number, least: number) => {
    const { width, height } = svg.current!.getBoundingClientRect()
    const scale = Math.max(view.current.scale, least)
    moved.current = true
    view.current = { scale, x: width / 2 - x * scale, y: (height - foot) / 2 - y * scale }
    show()
  }
  useEffect(() => {
    const element = svg.current!
    fit(legible)
    const sized = new ResizeObserver(() => {
      if (moved.current) show()
      else fit(legible)
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
    const arrows: Readonly<Record<string, readonly [number, number]>> = {
      ArrowLeft: [1, 0],
      ArrowRight: [-1, 0],
      ArrowUp: [0, 1],
      ArrowDown: [0, -1],
    }
    const key = (event: KeyboardEvent) => {
      const at = event.target
      if (at instanceof HTMLElement && at.closest('input, textarea, select, [role=tab], .cm-editor')) return // prettier-ignore
      const { width, height } = element.getBoundingClientRect()
      const arrow = arrows[event.key]
      if (event.key === '+') zoom(1.2, width / 2, height / 2)
      else if (event.key === '-') zoom(1 / 1.2, width / 2, height / 2)
      else if (event.key === '0') {
        // All of it; again, as it was at first.
        whole.current = !whole.current
        fit(whole.current ? smallest : legible)
        moved.current = view.current.scale < legible
      } else if (arrow !== undefined && !event.defaultPrevented) {
        moved.current = true
        view.current.x += arrow[0] * width * 0.2
        view.current.y += arrow[1] * height * 0.2
        show()
      }
    }
    const stop = effect(() => {
      const to = goal.value
      if (to === undefined) return
      goal.value = undefined
      const point = typeof to === 'string' ? placed.boxes.get(to) : to
      if (point !== undefined) moveTo(point.x, point.y, typeof to === 'string' ? 0.8 : 0)
    })
    element.addEventListener('wheel', wheel, { passive: false })
    document.addEventListener('keydown', key)
    return () => {
      stop()
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
        const apart = Math.hypot(before.x - other.x, before.y - other.y)
        const near = Math.hypot(now.clientX - other.x, now.clientY - other.y)
        const { left, top } = svg.current!.getBoundingClientRect()
        zoom(near / (apart || 1), other.x - left, other.y - top)
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
