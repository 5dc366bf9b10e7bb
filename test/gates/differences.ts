/** Finite differences: an oracle for gradients that knows nothing of rules. */

/**
 * The slope of `f` at `x` by central differences, extrapolated to a step of 0 (Ridders 1982,
 * doi:10.1016/S0141-1195(82)80057-0). It looks at most `reach` to both sides.
 */
export function slope(f: (x: number) => number, x: number, reach: number): number {
  const shrink = 1.6
  let h = reach
  let previous: number[] = []
  let best = NaN
  let error = Infinity
  for (let row = 0; row < 14; row++) {
    const current = [(f(x + h) - f(x - h)) / (x + h - (x - h))]
    let factor = 1
    for (let column = 1; column <= row; column++) {
      factor *= shrink * shrink
      const finer = current[column - 1]!
      const coarser = previous[column - 1]!
      current.push((finer * factor - coarser) / (factor - 1))
      const difference = Math.max(
        Math.abs(current[column]! - finer),
        Math.abs(current[column]! - coarser),
      )
      if (difference <= error) {
        error = difference
        best = current[column]!
      }
    }
    previous = current
    h /= shrink
  }
  return best
}
