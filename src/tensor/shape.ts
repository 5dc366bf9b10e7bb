/** Static shapes: lists of sizes, `[]` for a scalar. Pure functions, no data. */

/** Sizes of the axes, outermost first; `[]` is a scalar. */
export type Shape = readonly number[]

/** The shape of every scalar. */
export const scalar: Shape = []

/** Number of elements. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1)
}

/**
 * The shape that all the given ones broadcast to, by NumPy's rule: aligned at the last axis,
 * sizes are equal or 1. `undefined` where they do not fit.
 */
export function broadcast(shapes: readonly Shape[]): Shape | undefined {
  const result: number[] = []
  for (const shape of shapes) {
    const missing = shape.length - result.length
    if (missing > 0) result.unshift(...shape.slice(0, missing))
    const offset = result.length - shape.length
    for (let axis = Math.max(0, missing); axis < shape.length; axis++) {
      const size = shape[axis]!
      const sofar = result[offset + axis]!
      if (sofar === 1) result[offset + axis] = size
      else if (size !== 1 && size !== sofar) return undefined
    }
  }
  return result
}

/** Whether two shapes are the same, axis by axis. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis])
}
