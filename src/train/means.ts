/** What an epoch reports: the means of the loss and the metrics, and its measures. */
import type { MeasurePlan } from '../language/plan.js'
import { placeIn } from '../network/stack.js'
import type { Wiring } from '../network/wiring.js'
import { tally, type Tally } from './measures.js'
import type { SavedMeans } from './saved.js'

/** The memories of a step that answered. */
export interface Answered {
  readonly values: Float64Array
  readonly weights: Float64Array
}

export interface MeansOptions {
  /** The node of the loss. */
  readonly loss: number
  /** Metric nodes by name. */
  readonly metrics: ReadonlyMap<string, number>
  readonly measures: readonly MeasurePlan[]
  /** How many samples are ranked exactly where there is no end of them; see `tally`. */
  readonly exact?: number
}

/** Where a node's value begins, in the weights or in the values, and how far apart samples lie. */
interface Place {
  readonly weight: boolean
  readonly offset: number
  readonly stride: number
}

/** Where the steps of a wiring have what is averaged. */
interface Layout {
  /** Samples in a step. */
  readonly samples: number
  readonly nodes: readonly Place[]
  readonly measured: readonly Measured[]
}

/** What is compared for a measure. */
interface Measured {
  readonly prediction: Place
  readonly size: number
  readonly target: Place
  readonly targetSize: number
  /** Where a weight is compared with a value, both are put side by side. */
  readonly beside?: Float64Array
}

/** Averages over the samples of an epoch whose steps answered. */
export class Means {
  private readonly options: MeansOptions
  private readonly layouts = new WeakMap<Wiring, Layout>()
  private readonly names: readonly string[]
  /** Of the loss and the metrics in this epoch, and how many steps are in them. */
  readonly sums: Float64Array
  private readonly tallies: readonly Tally[]
  private wiring: Wiring
  private layout: Layout
  count = 0
  // Of the last finished epoch: kept as numbers, because an epoch may be as short as a step.
  readonly lastSums: Float64Array
  private readonly lastTallies: Float64Array
  lastCount = 0

  constructor(wiring: Wiring, options: MeansOptions) {
    const { metrics, measures } = options
    this.options = options
    this.names = [...metrics.keys()]
    this.sums = new Float64Array(1 + metrics.size)
    this.tallies = measures.map(({ measure, prediction }) => {
      return tally(measure, wiring.sizes[prediction]!, options.exact)
    })
    this.lastSums = new Float64Array(1 + metrics.size)
    this.lastTallies = new Float64Array(measures.length)
    this.wiring = wiring
    this.layout = this.layoutFor(wiring)
  }

  /** Adds a step, by default of the wiring of the last one. */
  add(frame: Answered, wiring = this.wiring): void {
    if (wiring !== this.wiring) {
      this.wiring = wiring
      this.layout = this.layoutFor(wiring)
    }
    const { samples } = this.layout
    for (let sample = 0; sample < samples; sample++) this.addSample(frame, sample)
  }

  private addSample(frame: Answered, sample: number): void {
    const { nodes, measured } = this.layout
    this.count++
    for (let at = 0; at < nodes.length; at++) {
      const { weight, offset, stride } = nodes[at]!
      this.sums[at]! += (weight ? frame.weights : frame.values)[offset + sample * stride]!
    }
    for (let at = 0; at < measured.length; at++) {
      const { prediction, size, target, targetSize, beside } = measured[at]!
      const from = prediction.offset + sample * prediction.stride
      const to = target.offset + sample * target.stride
      if (beside === undefined) {
        this.tallies[at]!.add(prediction.weight ? frame.weights : frame.values, from, size, to)
      } else {
        copy(prediction.weight ? frame.weights : frame.values, from, beside, 0, size)
        copy(target.weight ? frame.weights : frame.values, to, beside, size, targetSize)
        this.tallies[at]!.add(beside, 0, size, size)
      }
    }
  }

  private layoutFor(wiring: Wiring): Layout {
    let layout = this.layouts.get(wiring)
    if (layout === undefined) this.layouts.set(wiring, (layout = layoutOf(wiring, this.options)))
    return layout
  }

  /** Begins anew, and returns the loss of the epoch that ends. */
  endEpoch(): number {
    for (let at = 0; at < this.sums.length; at++) {
      this.lastSums[at] = this.sums[at]!
      this.sums[at] = 0
    }
    for (let at = 0; at < this.tallies.length; at++) {
      const from = this.tallies[at]!
      this.lastTallies[at] = from.value()
      from.clear()
    }
    this.lastCount = this.count
    this.count = 0
    return this.lastSums[0]! / this.lastCount
  }

  get loss(): number {
    return this.sums[0]! / this.count
  }

  /** Of the steps so far, or of the last finished epoch. */
  metrics(sofar: boolean): Readonly<Record<string, number>> {
    const sums = sofar ? this.sums : this.lastSums
    const count = sofar ? this.count : this.lastCount
    const means: Record<string, number> = Object.create(null)
    this.names.forEach((name, at) => {
      means[name] = sums[at + 1]! / count
    })
    this.tallies.forEach((from, at) => {
      const { name } = this.options.measures[at]!
      means[name] = sofar ? from.value() : this.lastTallies[at]!
    })
    return means
  }

  save(): SavedMeans {
    const { count, sums, tallies, lastCount, lastSums, lastTallies } = this
    return {
      count,
      sums: [...sums],
      tallies: tallies.map((one) => one.save()),
      lastCount,
      lastSums: [...lastSums],
      lastTallies: [...lastTallies],
    }
  }

  /** Goes on from what `save` gave; false where that is of other metrics. */
  load({ count, sums, tallies, lastCount, lastSums, lastTallies }: SavedMeans): boolean {
    const known = this.tallies
    const fits =
      [sums, lastSums].every(({ length }) => length === this.sums.length) &&
      [tallies, lastTallies].every(({ length }) => length === known.length) &&
      known.every((one, at) => one.load(tallies[at]!))
    if (!fits) return false
    this.count = count
    this.sums.set(sums)
    this.lastCount = lastCount
    this.lastSums.set(lastSums)
    this.lastTallies.set(lastTallies)
    return true
  }
}

function layoutOf(wiring: Wiring, { loss, metrics, measures }: MeansOptions): Layout {
  return {
    samples: wiring.stack?.batch ?? 1,
    nodes: [loss, ...metrics.values()].map((node) => placeOf(wiring, node)),
    measured: measures.map((measure) => measuredIn(wiring, measure)),
  }
}

function measuredIn(wiring: Wiring, nodes: MeasurePlan): Measured {
  const prediction = placeOf(wiring, nodes.prediction)
  const target = placeOf(wiring, nodes.target)
  const { size } = placeIn(wiring, nodes.prediction, 0)
  const { size: targetSize } = placeIn(wiring, nodes.target, 0)
  const apart = prediction.weight !== target.weight
  return {
    prediction,
    size,
    target,
    targetSize,
    ...(apart && { beside: new Float64Array(size + targetSize) }),
  }
}

/** Where a node is in the memories of a step. */
export function placeOf(wiring: Wiring, node: number): Place {
  const { offset } = placeIn(wiring, node, 0)
  return {
    weight: wiring.plan.nodes[node]!.type === 'weight',
    offset,
    stride: placeIn(wiring, node, 1).offset - offset,
  }
}

function copy(
  memory: Float64Array,
  offset: number,
  into: Float64Array,
  start: number,
  size: number,
): void {
  for (let at = 0; at < size; at++) into[start + at] = memory[offset + at]!
}
