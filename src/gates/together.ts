/** The shape of gates that work elementwise. */
import { broadcast, type Shape } from '../tensor/shape.js'
import type { Mismatch } from './gate.js'

/** What the shapes broadcast to, or which sizes are in the way. */
export function together(shapes: readonly Shape[]): Shape | Mismatch {
  return broadcast(shapes) ?? { mismatch: clashOf(shapes) }
}

function clashOf(shapes: readonly Shape[]): string {
  const rank = Math.max(...shapes.map((shape) => shape.length))
  for (let back = 1; back <= rank; back++) {
    const sizes = new Set(shapes.map((shape) => shape.at(-back) ?? 1).filter((size) => size !== 1))
    const [a, b] = sizes
    if (b !== undefined) return `the sizes ${a} and ${b} differ, and neither is 1`
  }
  return 'the sizes differ'
}
