/**
 * Takes what is out of sight out of the drawing: of thousands of boxes a browser would else draw,
 * and lay the texts out of, all of them whenever the drawing moves.
 */
import { far, type Layout } from './layout.js'

interface Area {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/**
 * How much more than the frame is drawn on each side, so that not each move brings something new:
 * a little where there are texts, far more of what is only coloured.
 */
export function marginAt(scale: number): number {
  return scale < far ? 1 : 0.25
}

/** The part of a drawing that is in its frame. */
export interface Sight {
  readonly x: number
  readonly y: number
  readonly scale: number
  readonly width: number
  readonly height: number
}

/** Shows what is in sight of a drawing and hides the rest; returns whether anything has come into it. */
export function culling(root: Element, placed: Layout): (sight: Sight) => boolean {
  const parts: { readonly element: SVGElement; readonly area: Area }[] = []
  for (const element of root.querySelectorAll<SVGElement>('[data-box]')) {
    const { x, y, width, height } = placed.boxes.get(element.getAttribute('data-box')!)!
    const area = { left: x - width / 2, right: x + width / 2, top: y - height / 2, bottom: y + height / 2 } // prettier-ignore
    parts.push({ element, area })
  }
  for (const element of root.querySelectorAll<SVGElement>('[data-line]')) {
    const points = placed.lines[Number(element.getAttribute('data-line'))]!
    const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)]
    const area = { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) } // prettier-ignore
    parts.push({ element, area })
  }
  const shown = new Uint8Array(parts.length).fill(1)
  return ({ x, y, scale, width, height }) => {
    const margin = marginAt(scale)
    const left = (-x - margin * width) / scale
    const top = (-y - margin * height) / scale
    const right = (width * (1 + margin) - x) / scale
    const bottom = (height * (1 + margin) - y) / scale
    let fresh = false
    for (let at = 0; at < parts.length; at++) {
      const { element, area } = parts[at]!
      const seen =
        (area.right >= left && area.left <= right && area.bottom >= top && area.top <= bottom) ||
        isKept(element)
      if (seen === (shown[at] === 1)) continue
      shown[at] = seen ? 1 : 0
      element.style.display = seen ? '' : 'none'
      fresh ||= seen
    }
    return fresh
  }
}

/** Where the focus is, or Tab comes to, stays: what is not displayed cannot have it. */
function isKept(element: SVGElement): boolean {
  return element === document.activeElement || element.getAttribute('tabindex') === '0'
}
