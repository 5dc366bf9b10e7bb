/** Metrics over the samples of an epoch that are no averages of single samples. */
import { log, power } from '../gates/elementary.js'
import type { MeasureName } from '../language/measures.js'
import { boundedRanking } from './ranking.js'

/** Takes the predictions and targets of one epoch. */
export interface Tally {
  /** `size` numbers of each: see `src/language/measures.ts` for what fits together. */
  add(values: Float64Array, prediction: number, size: number, target: number): void
  /** NaN where no sample has come. */
  value(): number
  clear(): void
  /** All that it has gathered, and back; `load` takes what `save` gave, and says whether it fits. */
  save(): number[]
  load(saved: readonly number[]): boolean
}

/**
 * A tally of a measure; `size` is that of its predictions. Memory is bounded save for `roc_auc`,
 * which keeps all scores; with `exact`, after so many of them it rounds them to 12 significant
 * bits (to one in 2,048) and counts those that are alike.
 */
export function tally(measure: MeasureName, size: number, exact = Infinity): Tally {
  switch (measure) {
    case 'accuracy':
      return mean((values, at, count, target) =>
        classAt(values, at, count) === values[target] ? 1 : 0,
      )
    case 'log_loss':
      return mean((values, at, count, target) => -log(likelihood(values, at, count, values[target]!))) // prettier-ignore
    case 'mse':
      return mean(squares)
    case 'rmse': {
      const inner = mean(squares)
      return { ...inner, value: () => Math.sqrt(inner.value()) }
    }
    case 'mae':
      return mean((values, at, count, target) => {
        let sum = 0
        for (let i = 0; i < count; i++) sum += Math.abs(values[at + i]! - values[target + i]!)
        return sum / count
      })
    case 'r2':
      return determination()
    case 'precision':
      return confusion(size, (hits, predicted) => share(hits, predicted))
    case 'recall':
      return confusion(size, (hits, _predicted, actual) => share(hits, actual))
    case 'f1':
      return confusion(size, (hits, predicted, actual) => share(2 * hits, predicted + actual))
    case 'roc_auc':
      return exact === Infinity ? ranking() : boundedRanking(exact)
    default:
      return measure satisfies never
  }
}

type PerSample = (values: Float64Array, at: number, size: number, target: number) => number

function mean(of: PerSample): Tally {
  let sum = 0
  let count = 0
  return {
    add: (values, prediction, size, target) => {
      sum += of(values, prediction, size, target)
      count++
    },
    value: () => sum / count,
    clear: () => {
      sum = 0
      count = 0
    },
    save: () => [sum, count],
    load: (saved) => {
      ;[sum = 0, count = 0] = saved
      return saved.length === 2
    },
  }
}

function squares(values: Float64Array, at: number, size: number, target: number): number {
  let sum = 0
  for (let i = 0; i < size; i++) sum += power(values[at + i]! - values[target + i]!, 2)
  return sum / size
}

/** The first of the highest; of a single number, whether it is above a half. */
function classAt(values: Float64Array, at: number, size: number): number {
  if (size === 1) return values[at]! > 0.5 ? 1 : 0
  let best = 0
  for (let i = 1; i < size; i++) if (values[at + i]! > values[at + best]!) best = i
  return best
}

/** The probability that a prediction gives to a class. */
function likelihood(values: Float64Array, at: number, size: number, target: number): number {
  if (size > 1) return values[at + target] ?? 0
  return target === 1 ? values[at]! : 1 - values[at]!
}

/** As sklearn.metrics: 0 where nothing was to be had. */
function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}

function confusion(
  size: number,
  of: (hits: number, predicted: number, actual: number) => number,
): Tally {
  const classes = Math.max(2, size)
  const [hits, predicted, actual] = [0, 1, 2].map(() => new Float64Array(classes)) as [Float64Array, Float64Array, Float64Array] // prettier-ignore
  let count = 0
  return {
    add: (values, prediction, width, target) => {
      const [is, guess] = [values[target]!, classAt(values, prediction, width)]
      count++
      predicted[guess]!++
      if (is in actual) actual[is]!++
      if (is === guess) hits[guess]!++
    },
    value: () => {
      if (count === 0) return Number.NaN
      if (classes === 2) return of(hits[1]!, predicted[1]!, actual[1]!)
      const met = Array.from(hits.keys()).filter((k) => predicted[k]! + actual[k]! > 0)
      return met.reduce((sum, k) => sum + of(hits[k]!, predicted[k]!, actual[k]!), 0) / met.length
    },
    clear: () => {
      for (const counts of [hits, predicted, actual]) counts.fill(0)
      count = 0
    },
    save: () => [count, ...hits, ...predicted, ...actual],
    load: (saved) => {
      if (saved.length !== 1 + 3 * classes) return false
      count = saved[0]!
      const part = (at: number) => saved.slice(1 + at * classes, 1 + (at + 1) * classes)
      for (const [at, counts] of [hits, predicted, actual].entries()) counts.set(part(at))
      return true
    },
  }
}

/** Welford's way of squares about the mean, 1962: no digits are lost where the mean is large. */
function determination(): Tally {
  let count = 0
  let center = 0
  let about = 0
  let errors = 0
  return {
    add: (values, prediction, size, target) => {
      for (let i = 0; i < size; i++) {
        const is = values[target + i]!
        const off = is - center
        center += off / ++count
        about += off * (is - center)
        errors += power(values[prediction + i]! - is, 2)
      }
    },
    value: () => (count === 0 ? Number.NaN : 1 - errors / about),
    clear: () => {
      count = 0
      center = 0
      about = 0
      errors = 0
    },
    save: () => [count, center, about, errors],
    load: (saved) => {
      ;[count = 0, center = 0, about = 0, errors = 0] = saved
      return saved.length === 4
    },
  }
}

/** The area under the curve by the sum of ranks (Mann and Whitney, 1947), ties in halves. */
function ranking(): Tally {
  let scores: number[] = []
  let classes: number[] = []
  return {
    add: (values, at, size, target) => {
      scores.push(size === 1 ? values[at]! : values[at + 1]! - values[at]!)
      classes.push(values[target]!)
    },
    value: () => {
      const order = scores.map((_, index) => index).sort((a, b) => scores[a]! - scores[b]!)
      const positives = classes.filter((kind) => kind === 1).length
      let ranks = 0
      for (let start = 0; start < order.length;) {
        let end = start + 1
        while (end < order.length && scores[order[end]!] === scores[order[start]!]) end++
        const rank = (start + 1 + end) / 2
        for (let at = start; at < end; at++) if (classes[order[at]!] === 1) ranks += rank
        start = end
      }
      const pairs = positives * (order.length - positives)
      return (ranks - (positives * (positives + 1)) / 2) / pairs
    },
    clear: () => {
      scores = []
      classes = []
    },
    save: () => [...scores, ...classes],
    load: (saved) => {
      scores = saved.slice(0, saved.length / 2)
      classes = saved.slice(saved.length / 2)
      return scores.length === classes.length
    },
  }
}
