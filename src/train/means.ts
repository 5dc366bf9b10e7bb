/** What an epoch reports: the means of the loss and the metrics, and its measures. */
import type { MeasurePlan } from '../language/plan.js'
import type { Wiring } from '../network/wiring.js'
import { tally, type Tally } from './measures.js'
import type { SavedMeans } from './saved.js'

/** The memories of a step that answered. */
interface Answered {
  readonly values: Float64Array
  readonly weights: Float64Array
}

export interface MeansOptions {
  /** The node of the loss. */
  readonly loss: number
  /** Metric nodes by name. */
  readonly metrics: ReadonlyMap<string, number>
  readonly measures: readonly MeasurePlan[]
}

/** Where a node's value begins, in the weights or in the values. */
interface Place {
  readonly weight: boolean
  readonly offset: number
}

/** A measure of two nodes. */
interface Tallied {
  readonly name: string
  readonly tally: Tally
  readonly prediction: Place
  readonly size: number
  readonly target: Place
  readonly targetSize: number
  /** Where a weight is compared with a value, both are put side by side. */
  readonly beside?: Float64Array
}

/** Averages over the steps of an epoch that answered. */
export class Means {
  private readonly nodes: readonly Place[]
  private readonly names: readonly string[]
  private readonly sums: Float64Array
  private readonly tallies: readonly Tallied[]
  private count = 0
  // Of the last finished epoch: kept as numbers, because an epoch may be as short as a step.
  private readonly lastSums: Float64Array
  private readonly lastTallies: Float64Array
  private lastCount = 0

  constructor(wiring: Wiring, { loss, metrics, measures }: MeansOptions) {
    this.names = [...metrics.keys()]
    this.nodes = [loss, ...metrics.values()].map((node) => placeOf(wiring, node))
    this.sums = new Float64Array(this.nodes.length)
    this.tallies = measures.map((measure) => tallied(wiring, measure))
    this.lastSums = new Float64Array(this.nodes.length)
    this.lastTallies = new Float64Array(measures.length)
  }

  add(frame: Answered): void {
    this.count++
    for (let at = 0; at < this.nodes.length; at++) {
      const { weight, offset } = this.nodes[at]!
      this.sums[at]! += (weight ? frame.weights : frame.values)[offset]!
    }
    for (let at = 0; at < this.tallies.length; at++) {
      const one = this.tallies[at]!
      const { prediction, size, target, targetSize, beside } = one
      if (beside === undefined) {
        const memory = prediction.weight ? frame.weights : frame.values
        one.tally.add(memory, prediction.offset, size, target.offset)
      } else {
        copy(frame, prediction, beside, 0, size)
        copy(frame, target, beside, size, targetSize)
        one.tally.add(beside, 0, size, size)
      }
    }
  }

  /** Begins anew, and returns the loss of the epoch that ends. */
  endEpoch(): number {
    for (let at = 0; at < this.sums.length; at++) {
      this.lastSums[at] = this.sums[at]!
      this.sums[at] = 0
    }
    for (let at = 0; at < this.tallies.length; at++) {
      const from = this.tallies[at]!.tally
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
    this.tallies.forEach(({ name, tally: from }, at) => {
      means[name] = sofar ? from.value() : this.lastTallies[at]!
    })
    return means
  }

  save(): SavedMeans {
    const { count, sums, tallies, lastCount, lastSums, lastTallies } = this
    return {
      count,
      sums: [...sums],
      tallies: tallies.map((one) => one.tally.save()),
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
      known.every((one, at) => one.tally.load(tallies[at]!))
    if (!fits) return false
    this.count = count
    this.sums.set(sums)
    this.lastCount = lastCount
    this.lastSums.set(lastSums)
    this.lastTallies.set(lastTallies)
    return true
  }
}

function tallied(wiring: Wiring, { name, measure, ...nodes }: MeasurePlan): Tallied {
  const prediction = placeOf(wiring, nodes.prediction)
  const target = placeOf(wiring, nodes.target)
  const size = wiring.sizes[nodes.prediction]!
  const targetSize = wiring.sizes[nodes.target]!
  const apart = prediction.weight !== target.weight
  return {
    name,
    tally: tally(measure, size),
    prediction,
    size,
    target,
    targetSize,
    ...(apart && { beside: new Float64Array(size + targetSize) }),
  }
}

function placeOf({ plan, offsets }: Wiring, node: number): Place {
  return { weight: plan.nodes[node]!.type === 'weight', offset: offsets[node]! }
}

function copy(
  { values, weights }: Answered,
  { weight, offset }: Place,
  into: Float64Array,
  start: number,
  size: number,
): void {
  const memory = weight ? weights : values
  for (let at = 0; at < size; at++) into[start + at] = memory[offset + at]!
}
