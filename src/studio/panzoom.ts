/** Moving and scaling the drawing: by dragging, the wheel, two fingers and the keys + − 0 and arrows. */
import { effect } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { culling, marginAt } from './cull.js'
import type { View } from './fold.js'
import { far, few, type Layout } from './layout.js'
import { appeared, frame, goal } from './state.js'

type Ref<T> = { readonly current: T | null }

/** Numbers can be read down to this scale. */
export const legible = 0.65
/** Below it, and below `far` where there are many boxes, only colours are shown. */
const remote = 0.2
const smallest = 0.02
/** What stands over the lower edge of the frame. */
const foot = 52
/** Milliseconds without a move until the drawing is drawn as it is then. */
const restTime = 150

/** Fits the drawing into its frame at first. `start` is for pointers that go down on it. */
export function usePanZoom(
  svg: Ref<SVGSVGElement>,
  group: Ref<SVGGElement>,
  drawn: View,
  placed: Layout,
) {
  const cull = useRef<ReturnType<typeof culling> | undefined>(undefined)
  const resting = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const size = useRef({ width: 0, height: 0 })
  const view = useRef({ x: 0, y: 0, scale: 1 })
  const moved = useRef(false)
  const whole = useRef(false)
  /** What the drawing was drawn at: from there it is moved as a picture. */
  const drawnAt = useRef({ x: 0, y: 0, scale: 1 })
  /** Draws it where it is now. */
  const show = () => {
    clearTimeout(resting.current)
    const { x, y, scale } = view.current
    drawnAt.current = { x, y, scale }
    group.current?.setAttribute('transform', `translate(${x} ${y}) scale(${scale})`)
    const element = svg.current!
    element.parentElement!.style.transform = ''
    const classes = element.classList.value
    element.classList.toggle('far', scale < far)
    element.classList.toggle('remote', scale < (cull.current === undefined ? remote : far))
    frame.value = { x, y, scale, ...size.current }
    const fresh = cull.current?.(frame.peek()) === true
    if (fresh || classes !== element.classList.value) appeared.value++
  }
  /**
   * Where there are many boxes, the picture that is there is moved, and drawn anew when it rests:
   * else a browser lays out thousands of texts for each frame.
   */
  const glide = () => {
    if (cull.current === undefined) return show()
    const { x, y, scale } = view.current
    const { width, height } = size.current
    const by = scale / drawnAt.current.scale
    const [left, top] = [x - by * drawnAt.current.x, y - by * drawnAt.current.y]
    // Little more than the frame is drawn, and what is drawn for one scale looks poor at others.
    const margin = marginAt(drawnAt.current.scale)
    const [wide, high] = [width * margin, height * margin]
    const inside = left <= wide * by && top <= high * by && left + (width + wide) * by >= width && top + (height + high) * by >= height // prettier-ignore
    if (!inside || by > 6) return show()
    svg.current!.parentElement!.style.transform = `translate(${left}px, ${top}px) scale(${by})`
    frame.value = { x, y, scale, width, height }
    clearTimeout(resting.current)
    resting.current = setTimeout(show, restTime)
  }
  const fit = (least: number) => {
    const { width, height } = size.current
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
    glide()
  }
  const moveTo = (x: number, y: number, least: number) => {
    const { width, height } = size.current
    const scale = Math.max(view.current.scale, least)
    moved.current = true
    view.current = { scale, x: width / 2 - x * scale, y: (height - foot) / 2 - y * scale }
    show()
  }
  /** Moves a box that one comes to by the keys into sight, and no further. */
  const reveal = (id: string) => {
    const box = placed.boxes.get(id)
    if (box === undefined) return
    const { x, y, scale } = view.current
    const into = (at: number, length: number, low: number, high: number) => {
      const [from, to] = [at - (length * scale) / 2 - 16, at + (length * scale) / 2 + 16]
      return from < low ? low - from : to > high ? Math.max(high - to, low - from) : 0
    }
    const { width, height } = free()
    const by = [
      into(box.x * scale + x, box.width, 0, width),
      into(box.y * scale + y, box.height, 0, height),
    ] as const
    if (by[0] === 0 && by[1] === 0) return
    moved.current = true
    view.current = { scale, x: x + by[0], y: y + by[1] }
    show()
  }
  /** The part of the frame that nothing stands over. */
  const free = () => {
    const { width, height } = size.current
    const card = svg.current!.closest('main')?.querySelector<HTMLElement>('.inspector')
    if (card === null || card === undefined) return { width, height: height - foot }
    const beside = card.offsetLeft > width / 3
    return beside ? { width: card.offsetLeft, height: height - foot } : { width, height: Math.max(card.offsetTop, height / 4) } // prettier-ignore
  }
  useLayoutEffect(() => {
    const element = svg.current!.closest<HTMLElement>('.stage')! // which stands still
    const measure = () => {
      const { width, height } = element.getBoundingClientRect()
      size.current = { width, height }
    }
    measure()
    cull.current = drawn.boxes.length > few ? culling(svg.current!, placed) : undefined
    fit(legible)
    const sized = new ResizeObserver(() => {
      measure()
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
        glide()
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
      const { width, height } = size.current
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
      if (typeof to === 'object' && 'box' in to) return reveal(to.box)
      const point = typeof to === 'string' ? placed.boxes.get(to) : to
      if (point !== undefined) moveTo(point.x, point.y, typeof to === 'string' ? 0.8 : 0)
    })
    const focus = ({ target }: FocusEvent) => {
      const id = target instanceof Element && target.matches(':focus-visible') ? target.getAttribute('data-box') : null // prettier-ignore
      if (id !== null) reveal(id)
    }
    element.addEventListener('focusin', focus)
    element.addEventListener('wheel', wheel, { passive: false })
    document.addEventListener('keydown', key)
    return () => {
      stop()
      clearTimeout(resting.current)
      sized.disconnect()
      element.removeEventListener('wheel', wheel)
      element.removeEventListener('focusin', focus)
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
        glide()
      } else {
        const other = [...held].find(([id]) => id !== now.pointerId)![1]
        const apart = Math.hypot(before.x - other.x, before.y - other.y)
        const near = Math.hypot(now.clientX - other.x, now.clientY - other.y)
        const { left, top } = svg.current!.closest('.stage')!.getBoundingClientRect()
        zoom(near / (apart || 1), other.x - left, other.y - top)
      }
      held.set(now.pointerId, { x: now.clientX, y: now.clientY })
    }
    const end = (now: PointerEvent) => {
      held.delete(now.pointerId)
      if (held.size > 0) return
      show()
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
