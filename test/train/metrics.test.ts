/** Metrics over all samples of an epoch, beside their definitions. */
import { describe, expect, test } from 'vitest'
import { parseGraph } from '../../src/graph.js'
import type { MeasureName } from '../../src/language/measures.js'
import type { TrainReport } from '../../src/train/report.js'
import { tally } from '../../src/train/measures.js'
import { VirtualClock } from './clock.js'

type Samples = readonly (readonly [prediction: readonly number[], target: readonly number[]])[]

/** As a frame has them: somewhere, the target behind the prediction. */
function measured(measure: MeasureName, samples: Samples): number {
  const size = samples[0]![0].length
  const into = tally(measure, size)
  for (const [prediction, target] of samples) {
    into.add(Float64Array.of(99, ...prediction, 99, ...target), 1, size, size + 2)
  }
  return into.value()
}

const zip = (predictions: readonly number[], targets: readonly number[]): Samples =>
  predictions.map((prediction, at) => [[prediction], [targets[at]!]])

// The numbers below are those of plain definitions (pairs that are counted, means that are taken
// first), by
//   import math
//   mean = lambda v: math.fsum(v) / len(v)
//   p, t = binary; n = len(p); tp = sum(a > 0.5 and b == 1 for a, b in zip(p, t))
//   precision = tp / sum(a > 0.5 for a in p); recall = tp / sum(t)
//   f1 = 2 / (1 / precision + 1 / recall)
//   accuracy = sum((a > 0.5) == b for a, b in zip(p, t)) / n
//   log_loss = -math.fsum(math.log(a if b else 1 - a) for a, b in zip(p, t)) / n
//   roc_auc = sum((a > c) + (a == c) / 2 for a, b in zip(p, t) if b
//       for c, d in zip(p, t) if not d) / (sum(t) * (n - sum(t)))
const binary = zip(
  [0.9, 0.2, 0.5, 0.7, 0.4, 0.7, 0.1, 0.6, 0.3, 0.8],
  [1, 0, 1, 1, 0, 0, 0, 1, 0, 0],
)

//   P, T = classes; g = [q.index(max(q)) for q in P]
//   for k in range(3):
//       tp = sum(a == b == k for a, b in zip(g, T)); pp = g.count(k); ap = T.count(k)
//       pr.append(tp / pp); re.append(tp / ap); f.append(2 * tp / (pp + ap))
//   accuracy = mean([a == b for a, b in zip(g, T)])
//   precision, recall, f1 = mean(pr), mean(re), mean(f)
//   log_loss = -mean([math.log(q[k]) for q, k in zip(P, T)])
const classes: Samples = [
  [[0.7, 0.2, 0.1], [0]],
  [[0.1, 0.6, 0.3], [1]],
  [[0.3, 0.3, 0.4], [2]],
  [[0.2, 0.5, 0.3], [2]],
  [[0.6, 0.3, 0.1], [1]],
  [[0.1, 0.1, 0.8], [2]],
  // A tie: the first wins.
  [[0.4, 0.4, 0.2], [0]],
]

//   z, y = numbers; mse = mean([(a - b)**2 for a, b in zip(z, y)])
//   r2 = 1 - math.fsum((a - b)**2 for a, b in zip(z, y)) / math.fsum((v - mean(y))**2 for v in y)
const numbers = zip(
  [1000001.0, 1000002.5, 1000000.0, 1000002.0, 1000000.5],
  [1000001.5, 1000002.0, 999999.25, 1000003.0, 1000000.0],
)
const lists: Samples = [
  [[1, 2], [1.5, 2]], // prettier-ignore
  [[3, 5], [2, 7]], // prettier-ignore
  [[-1, 0.5], [0, 0]], // prettier-ignore
]

describe.each<[string, Samples, Partial<Record<MeasureName, number>>]>([
  [
    'probabilities of 1',
    binary,
    {
      accuracy: 0.7,
      precision: 0.6,
      recall: 0.75,
      f1: 0.6666666666666666,
      log_loss: 0.567542361535929,
      roc_auc: 0.7708333333333334,
    },
  ],
  [
    'scores for three classes',
    classes,
    {
      accuracy: 0.7142857142857143,
      precision: 0.7222222222222222,
      recall: 0.7222222222222222,
      f1: 0.7,
      log_loss: 0.761595884488445,
    },
  ],
  [
    'numbers far from 0',
    numbers,
    { mse: 0.4625, rmse: 0.6800735254367721, mae: 0.65, r2: 0.748641304347826 },
  ],
  ['lists', lists, { mse: 1.0833333333333333, mae: 0.8333333333333334, r2: 0.8042659974905897 }],
])('of %s', (_, samples, expected) => {
  test.each(Object.entries(expected))('%s is what its definition says', (measure, value) => {
    expect(measured(measure as MeasureName, samples)).toBeCloseTo(value, 12) // keys of `expected`
  })
})

describe('a measure', () => {
  const all: MeasureName[] = 'accuracy precision recall f1 log_loss roc_auc mse rmse mae r2'.split(
    ' ',
  ) as MeasureName[] // the list above is that of the type, which the compiler cannot split

  test.each(all)('%s of no sample is not a number', (measure) => {
    expect(tally(measure, 1).value()).toBeNaN()
  })

  test.each(all)('%s forgets what came before it was cleared', (measure) => {
    const fresh = tally(measure, 1)
    const used = tally(measure, 1)
    const add = (into: typeof used, prediction: number, target: number) =>
      into.add(Float64Array.of(prediction, target), 0, 1, 1)
    add(used, 0.3, 1)
    add(used, 0.8, 0)
    used.clear()
    for (const into of [fresh, used]) for (const [p, t] of binary) add(into, p[0]!, t[0]!)
    expect(used.value()).toBe(fresh.value())
  })

  test('precision where nothing is predicted is 0, and recall where nothing is there', () => {
    expect(measured('precision', zip([0.1, 0.2], [1, 0]))).toBe(0)
    expect(measured('recall', zip([0.9, 0.2], [0, 0]))).toBe(0)
  })

  test('accuracy takes exactly a half for 0', () => {
    expect(measured('accuracy', zip([0.5, 0.5, 0.5], [0, 0, 1]))).toBeCloseTo(2 / 3, 15)
  })

  test('roc_auc takes two scores by their difference, and needs both classes', () => {
    const pairs: Samples = binary.map(([[p], target]) => [[1 - p!, p!], target])
    expect(measured('roc_auc', pairs)).toBeCloseTo(0.7708333333333334, 13)
    expect(measured('roc_auc', zip([0.1, 0.9], [1, 1]))).toBeNaN()
  })

  test('roc_auc of 200,000 samples in an order that is all wrong is 0', () => {
    const count = 200_000
    const into = tally('roc_auc', 1)
    for (let i = 0; i < count; i++) {
      into.add(Float64Array.of(-i, i < count / 2 ? 0 : 1), 0, 1, 1)
    }
    expect(into.value()).toBe(0)
  })
})

describe('metrics of a graph', () => {
  const text = `
inputs: [x]
targets: [t]
weights: { w: 1 }
gates: { p: sigmoid(w * x) }
loss: (p - t)^2
metrics:
  right: accuracy(p, t)
  inner: mse(p * 2, t + 1)
  named: mae(target=t, prediction=p)
  mean: p
train:
  learning_rate: 1e-300
  data: { header: [x, t], rows: [[1, 1], [-1, 1], [2, 0], [-3, 0]] }
`
  const p = [1, -1, 2, -3].map((x) => 1 / (1 + Math.exp(-x)))
  const t = [1, 1, 0, 0]
  const mean = (of: (p: number, t: number) => number) =>
    p.reduce((sum, value, at) => sum + of(value, t[at]!), 0) / p.length

  test('are calls with nodes and formulas, and formulas that are averaged', () => {
    const clock = new VirtualClock()
    const reports: TrainReport[] = []
    parseGraph(text, { clock })
      .train()
      .subscribe((report) => void reports.push(report))
    clock.run()
    const { metrics } = reports.at(-1)!
    expect(Object.keys(metrics).toSorted()).toEqual(['inner', 'mean', 'named', 'right'])
    expect(metrics['right']).toBe(0.5)
    expect(metrics['inner']).toBeCloseTo(mean((a, b) => (2 * a - b - 1) ** 2), 14) // prettier-ignore
    expect(metrics['named']).toBeCloseTo(mean((a, b) => Math.abs(a - b)), 14) // prettier-ignore
    expect(metrics['mean']).toBeCloseTo(mean((a) => a), 14) // prettier-ignore
  })

  test('may be of weights and constants, as they were in the step', () => {
    const clock = new VirtualClock()
    const reports: TrainReport[] = []
    const weighed = `
inputs: [x]
targets: [t]
weights: { v: 5, w: [1, 2] }
constants: { c: 7 }
loss: v * x + t
metrics:
  plain: v
  off: mae(v, t)
  low: mae(t, v)
  far: mae(v, c)
  list: mse(w, w * x * 2)
train:
  learning_rate: 1
  data: { header: [x, t], rows: [[1, 1], [1, 2], [1, 6]] }
`
    parseGraph(weighed, { clock })
      .train()
      .subscribe((report) => void reports.push(report))
    clock.run()
    // v is 5, 4 and 3.
    expect(reports.at(-1)!.metrics).toEqual({ plain: 4, off: 3, low: 3, far: 3, list: 2.5 })
  })

  test('may be weights and constants by name', () => {
    const clock = new VirtualClock()
    const reports: TrainReport[] = []
    const weighed = `
inputs: { x: 1 }
weights: { v: 5 }
constants: { c: 7 }
loss: v * x
metrics: [v, c]
train: { learning_rate: 1, epochs: 3 }
`
    parseGraph(weighed, { clock })
      .train({ every: 'epoch' })
      .subscribe((report) => void reports.push(report))
    clock.run()
    expect(reports.map(({ metrics }) => [metrics['v'], metrics['c']])).toEqual([
      [5, 7],
      [4, 7],
      [3, 7],
      [3, 7],
    ])
  })

  test('are no outputs, and their formulas are gates with names', () => {
    const graph = parseGraph(text.replace('mse(p * 2, t + 1)', 'mse(x * 2, t + 1)'))
    expect(graph.plan.outputs.map((index) => graph.plan.nodes[index]!.name)).toEqual(['p'])
    expect(graph.step({ x: 1, t: 0 }).values).toMatchObject({
      'inner.prediction': 2,
      'inner.target': 1,
    })
  })
})
