/** Streaming logistic regression on real data, beside the numbers of `oracle.py`. */
import { readFileSync } from 'node:fs'
import { from } from 'rxjs'
import { expect, test } from 'vitest'
import { readRows, learningColumns } from '../../src/files/data.js'
import { loadGraph } from '../../src/node.js'
import type { LearnMetrics, Learned } from '../../src/index.js'

interface Expected {
  readonly predictions: readonly number[]
  readonly w: readonly number[]
  readonly [name: string]: number | readonly number[]
}

const expected = JSON.parse(
  readFileSync(new URL('breast_cancer.json', import.meta.url), 'utf8'),
) as Expected

const graphs = new URL('../../graphs/', import.meta.url).pathname
const text = readFileSync(`${graphs}breast_cancer.yaml`, 'utf8')
const measures = `metrics:
  precision: precision(p, benign)
  recall: recall(p, benign)
  f1: f1(p, benign)
  mae: mae(p, benign)
  rmse: rmse(p, benign)
  r2: r2(p, benign)
  log_loss: log_loss(p, benign)
`

const close = (actual: unknown, wanted: unknown) => {
  const [is, should] = [actual as number, wanted as number]
  expect(Math.abs(is - should)).toBeLessThanOrEqual(1e-10 * Math.max(1, Math.abs(should)))
}

test('predictions, weights and progressive scores are those of the script', async () => {
  const { parseGraph } = await import('../../src/index.js')
  const file = await loadGraph(`${graphs}breast_cancer.yaml`)
  const rows = await readRows(`${graphs}data/breast_cancer.csv`, learningColumns(file.plan))
  const graph = parseGraph(text.replace('metrics:\n', measures))
  const out: Learned[] = []
  let last: LearnMetrics | undefined
  graph.metrics({ every: rows.length, window: 100 }).subscribe((one) => (last = one))
  // Without an end to the turn: all of it at once.
  from(rows)
    .pipe(graph.learn({ budget: 1e9 }))
    .subscribe((one) => void out.push(one))
  expect(out).toHaveLength(569)
  out.forEach((one, at) => close('outputs' in one && one.outputs['p'], expected.predictions[at]))
  const { w, b } = graph.weights() as { w: number[]; b: number }
  w.forEach((weight, at) => close(weight, expected.w[at]))
  close(b, expected['b'])
  const { loss, metrics, window, samples } = last!
  expect(samples).toBe(569)
  close(loss, expected['loss'])
  for (const name of ['accuracy', 'precision', 'recall', 'f1', 'auc', 'mae', 'rmse', 'r2']) {
    close(metrics[name], expected[name])
  }
  close(metrics['log_loss'], expected['loss'])
  close(window!.metrics['accuracy'], expected['lastAccuracy'])
  close(window!.loss, expected['lastLoss'])
})
