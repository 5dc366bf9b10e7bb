/** Fewer points that look the same: of each few the lowest and the highest stay. */
import type { Point } from '../remote/protocol.js'

/** At most about twice as many points as there are pixels, in order; no spike is lost. */
export function decimate(points: readonly Point[], pixels: number): readonly Point[] {
  if (points.length <= 2 * pixels) return points
  const each = Math.ceil(points.length / pixels)
  const kept: Point[] = []
  for (let start = 0; start < points.length; start += each) {
    const end = Math.min(start + each, points.length)
    let [low, high] = [start, start]
    for (let at = start; at < end; at++) {
      if (Number(points[at]!.loss) < Number(points[low]!.loss)) low = at
      if (!(Number(points[at]!.loss) <= Number(points[high]!.loss))) high = at
    }
    kept.push(points[Math.min(low, high)]!)
    if (low !== high) kept.push(points[Math.max(low, high)]!)
  }
  const last = points.at(-1)!
  if (kept.at(-1) !== last) kept.push(last)
  return kept
}
