/** The mean and scale of what a graph standardizes, over all rows that it learns from. */
import type { WeightNode } from '../language/plan.js'
import type { Wiring } from '../network/wiring.js'
import type { SavedStatistics } from './saved.js'

/** One standardized node: where in a frame it is, and where in the weights its statistics are. */
interface Measured {
  readonly level: number
  readonly node: number
  readonly from: number
  readonly size: number
  readonly mean: number
  readonly scale: number
  readonly means: Float64Array
  readonly squares: Float64Array
}

/**
 * Welford's sums (1962) for every standardized node. What is standardized may be computed from
 * what is: then it takes one pass over the rows for each level.
 */
export class Statistics {
  /** Passes that are needed; none where nothing is standardized. */
  readonly levels: number
  private readonly all: readonly Measured[]
  private count = 0

  constructor(wiring: Wiring) {
    this.all = measuredIn(wiring)
    this.levels = this.all.reduce((most, { level }) => Math.max(most, level), 0)
  }

  add(level: number, values: Float64Array): void {
    this.count++
    for (const { level: own, from, size, means, squares } of this.all) {
      if (own !== level) continue
      for (let at = 0; at < size; at++) {
        const off = values[from + at]! - means[at]!
        means[at]! += off / this.count
        squares[at]! += off * (values[from + at]! - means[at]!)
      }
    }
  }

  /** Writes the results of a pass; what never varies keeps the scale 1. */
  finish(level: number, weights: Float64Array): void {
    for (const { level: own, size, mean, scale, means, squares } of this.all) {
      if (own !== level || this.count === 0) continue
      for (let at = 0; at < size; at++) {
        weights[mean + at] = means[at]!
        weights[scale + at] = squares[at] === 0 ? 1 : Math.sqrt(squares[at]! / this.count)
      }
    }
    this.count = 0
  }

  save(): SavedStatistics {
    const { count, all } = this
    return {
      count,
      means: all.map(({ means }) => [...means]),
      squares: all.map(({ squares }) => [...squares]),
    }
  }

  /** Goes on from what `save` gave; false where that is of other nodes. */
  load({ count, means, squares }: SavedStatistics): boolean {
    const { all } = this
    const fits = (saved: SavedStatistics['means']) =>
      saved.length === all.length && saved.every(({ length }, at) => length === all[at]!.size)
    if (!fits(means) || !fits(squares)) return false
    this.count = count
    all.forEach((one, at) => {
      one.means.set(means[at]!)
      one.squares.set(squares[at]!)
    })
    return true
  }
}

/** The nodes that are standardized by what the rows have. */
export function standardizedIn(wiring: Wiring): number[] {
  return measuredIn(wiring).map(({ node }) => node)
}

function measuredIn({ plan, offsets, sizes, firstFixed, firstGate }: Wiring): Measured[] {
  const { nodes } = plan
  const statistic = (port: number): WeightNode['statistic'] => {
    const node = nodes[port]
    return node?.type === 'weight' ? node.statistic : undefined
  }
  if (!nodes.some((node) => node.type === 'weight' && node.statistic !== undefined)) return []
  // The passes after which a node's value is what it will be.
  const levels = new Int32Array(nodes.length)
  const all: Measured[] = []
  for (const [index, node] of nodes.entries()) {
    if (node.type !== 'gate') continue
    const [x, mean, scale] = node.ports.map((port) => ('node' in port ? port.node : -1))
    for (const port of node.ports) {
      if ('node' in port) levels[index] = Math.max(levels[index]!, levels[port.node]!)
    }
    if (x === undefined || mean === undefined || scale === undefined) continue
    if (statistic(mean) !== 'mean' || statistic(scale) !== 'scale') continue
    // A weight or constant has no rows.
    if (x < 0 || (x >= firstFixed && x < firstGate)) continue
    const level = ++levels[index]!
    const size = sizes[x]!
    all.push({
      level,
      node: x,
      from: offsets[x]!,
      size,
      mean: offsets[mean]!,
      scale: offsets[scale]!,
      means: new Float64Array(size),
      squares: new Float64Array(size),
    })
  }
  return all
}
