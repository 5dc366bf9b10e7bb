/** The points of the charts, thinned out as they become many. */
import type { Point } from './protocol.js'

/** So many points are kept; no screen is wider. */
const most = 8000

/** The points of one run. */
export class History {
  private points: Point[] = []
  /** Reports that make one point. */
  private stride = 1
  private gathered: Point[] = []

  get all(): readonly Point[] {
    return [...this.points, ...this.gathered]
  }

  /** Adds a point; returns those that are new in the chart. */
  add(point: Point): readonly Point[] {
    if (this.stride === 1) this.points.push(point)
    else {
      this.gathered.push(point)
      if (this.gathered.length < 2 * this.stride) return [point]
      this.points.push(...extremes(this.gathered))
      this.gathered = []
    }
    if (this.points.length > most) this.thin()
    return [point]
  }

  clear(): void {
    this.points = []
    this.gathered = []
    this.stride = 1
  }

  /** Of each four the lowest and the highest loss stay, so that no peak is lost. */
  private thin(): void {
    const kept: Point[] = []
    for (let at = 0; at < this.points.length; at += 4) {
      kept.push(...extremes(this.points.slice(at, at + 4)))
    }
    this.points = kept
    this.stride *= 2
  }
}

/** The two points of a few between which all their losses lie, in order. */
function extremes(points: readonly Point[]): readonly Point[] {
  if (points.length <= 2) return points
  let [low, high] = [0, 0]
  points.forEach(({ loss }, at) => {
    if (Number(loss) < Number(points[low]!.loss)) low = at
    // A loss that is no number is the highest of all.
    if (!(Number(loss) <= Number(points[high]!.loss))) high = at
  })
  if (low === high) return [points[0]!, points.at(-1)!]
  return low < high ? [points[low]!, points[high]!] : [points[high]!, points[low]!]
}
