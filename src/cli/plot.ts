/** The loss curve as text. */
import { plot } from 'asciichart'

const height = 12
/** What the labels and the axis take. */
const margin = 12

/** A curve that keeps its shape at any length of training, in half the memory it may take. */
export class Curve {
  private points: number[] = []
  private every = 1
  private seen = 0
  private readonly most: number

  constructor(most = 2000) {
    this.most = most
  }

  add(value: number): void {
    if (this.seen++ % this.every !== 0 || !Number.isFinite(value)) return
    this.points.push(value)
    if (this.points.length < this.most) return
    this.points = this.points.filter((_, index) => index % 2 === 0)
    this.every *= 2
  }

  get values(): readonly number[] {
    return this.points
  }
}

/** Plots losses over the run; on a logarithmic scale where they span more than three decades. */
export function plotLoss(losses: readonly number[], columns: number): string {
  if (losses.length === 0) return 'no epoch has ended: there is no loss to plot'
  const points = resample(losses, Math.max(10, columns - margin - 1))
  // A loss of exactly 0 has no logarithm; it is drawn at the bottom.
  const smallest = points.reduce(
    (least, value) => (value > 0 ? Math.min(least, value) : least),
    Infinity,
  )
  const largest = points.reduce((most, value) => Math.max(most, value), -Infinity)
  const logarithmic = points.every((value) => value >= 0) && largest / smallest > 1000
  const scaled = logarithmic ? points.map((value) => Math.log10(Math.max(value, smallest))) : points
  const unscale = (value: number) => (logarithmic ? 10 ** value : value)
  const format = (value: number) =>
    unscale(value)
      .toExponential(2)
      .padStart(margin - 2)
  const title = `loss over ${losses.length} points${logarithmic ? ', logarithmic' : ''}`
  return `${title}\n${plot(scaled, { height, format }).replace(/ +$/gm, '')}`
}

/** As many points as fit, evenly, the first and the last among them. */
function resample(values: readonly number[], count: number): readonly number[] {
  if (values.length <= count) return values
  const stride = (values.length - 1) / (count - 1)
  return Array.from({ length: count }, (_, index) => values[Math.round(index * stride)]!)
}
