/** The area under the ROC curve of a stream without end, in bounded memory. */
import type { Tally } from './measures.js'

/**
 * Counts of each class by score, by the sum of ranks (Mann and Whitney, 1947) with ties in halves.
 * Up to `exact` samples the scores are as they came; beyond, they are rounded to 12 significant
 * bits, so that there are at most 2^20 or so of them, and what falls together counts as a tie.
 */
export function boundedRanking(exact: number): Tally {
  let counts = new Map<number, [others: number, ones: number]>()
  let samples = 0
  const count = (score: number, kind: 0 | 1, times = 1) => {
    const known = counts.get(score)
    if (known === undefined) counts.set(score, kind === 1 ? [0, times] : [times, 0])
    else known[kind] += times
  }
  const coarsen = () => {
    const before = counts
    counts = new Map()
    for (const [score, [others, ones]] of before) {
      const key = rounded(score)
      if (others > 0) count(key, 0, others)
      if (ones > 0) count(key, 1, ones)
    }
  }
  return {
    add(values, at, size, target) {
      const score = size === 1 ? values[at]! : values[at + 1]! - values[at]!
      count(samples < exact ? score : rounded(score), values[target] === 1 ? 1 : 0)
      if (++samples === exact) coarsen()
    },
    value() {
      const scores = [...counts.keys()].sort((a, b) => a - b)
      let [others, ones, wins] = [0, 0, 0]
      for (const score of scores) {
        const [here, hits] = counts.get(score)!
        wins += hits * (others + here / 2)
        others += here
        ones += hits
      }
      return wins / (others * ones)
    },
    clear() {
      counts = new Map()
      samples = 0
    },
    save: () => [samples, ...[...counts].flatMap(([score, pair]) => [score, ...pair])],
    load(saved) {
      if (saved.length % 3 !== 1) return false
      samples = saved[0]!
      counts = new Map()
      for (let at = 1; at < saved.length; at += 3) {
        counts.set(saved[at]!, [saved[at + 1]!, saved[at + 2]!])
      }
      return true
    },
  }
}

/** To the nearest number with sign, 8 bits of exponent and 11 of fraction. */
function rounded(score: number): number {
  single[0] = score
  bits[0] = (bits[0]! + 0x800) & ~0xfff
  return single[0]
}

const single = new Float32Array(1)
const bits = new Int32Array(single.buffer)
