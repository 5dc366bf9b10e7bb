/** Law 9 for chance inside a step: same file, same data, same seed, same bits. */
import { of } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { parseGraph, type Graph } from '../../src/graph.js'
import type { TrainOptions } from '../../src/train/report.js'
import { VirtualClock } from './clock.js'
import { executors } from '../kernel/allowed.js'

const text = (batch: number) => `
inputs: { x: { shape: [6] } }
targets: { t: 1 }
weights: { W: { shape: [6, 5], init: normal, seed: 3 }, v: { shape: [5], init: normal, seed: 4 } }
gates: { h: "dropout(tanh(dropout(x, p=0.2) @ W))", y: h @ v }
loss: (y - t)^2
outputs: [y]
train:
  epochs: 3
  batch: ${batch}
  learning_rate: 0.1
  shuffle: true
  data: { rows: ${JSON.stringify(rows())} }
`

function rows() {
  return Array.from({ length: 10 }, (_, row) => {
    return { x: Array.from({ length: 6 }, (__, at) => Math.sin(row * 7 + at)), t: row % 3 }
  })
}

interface Run extends TrainOptions {
  readonly batch?: number
  readonly executor?: 'interpret' | 'javascript'
  /** Done before each step. */
  readonly between?: (graph: Graph, step: number) => void
}

/** The weights after training, and what each learn step saw of `h`. */
function run({ batch = 1, executor = 'interpret', between, ...options }: Run = {}) {
  const clock = new VirtualClock()
  const graph = parseGraph(text(batch), { clock, executor })
  const seen: unknown[] = []
  graph.values('h').subscribe(({ mode, value }) => {
    if (mode === 'learn') seen.push(value)
  })
  if (between !== undefined) graph.pause()
  let over = false
  graph.train(options).subscribe({ complete: () => (over = true) })
  for (let step = 0; step < 30; step++) {
    if (between === undefined) break
    between(graph, step)
    graph.advance()
    clock.run()
  }
  clock.run()
  expect(over).toBe(true)
  return { weights: graph.weights(), seen }
}

describe.each([1, 4, 10])('training with dropout, batch %d', (batch) => {
  test('gives the same bits again, whatever executes it', () => {
    const once = run({ batch })
    expect(once.seen).toHaveLength(30)
    expect(run({ batch })).toEqual(once)
    for (const executor of executors) expect(run({ batch, executor })).toEqual(once)
  })

  test('is not changed by pauses, predictions and probes between its steps', () => {
    const between = (graph: Graph, step: number) => {
      const x = [1, 2, 3, 4, 5, step]
      for (let times = 0; times <= step % 3; times++) graph.step({ x, t: 1 })
      let predicted = 0
      of({ x }, { x })
        .pipe(graph.predict())
        .subscribe(() => predicted++)
      expect(predicted).toBe(2)
    }
    const plain = (graph: Graph) => graph.pause()
    expect(run({ batch, between: plain })).toEqual(run({ batch }))
    expect(run({ batch, between })).toEqual(run({ batch }))
  })

  test('differs from seed to seed', () => {
    const other = run({ batch, seed: 1, shuffle: false })
    expect(run({ batch, seed: 2, shuffle: false }).seen).not.toEqual(other.seen)
    expect(run({ batch, seed: 1, shuffle: false })).toEqual(other)
  })
})

test('each step leaves out others, and so does each dropout', () => {
  const patterns = new Set<string>()
  for (const value of run().seen) {
    const { data } = value as { data: Float64Array } // h is a tensor
    patterns.add(Array.from(data, (element) => (element === 0 ? '0' : '1')).join(''))
  }
  expect(patterns.size).toBeGreaterThan(10)
})

test('a prediction and a probe leave out nothing', () => {
  const graph = parseGraph('inputs: { x: [1, 2, 3] }\ngates: { h: "dropout(x, p=0.9)", y: sum(h) }')
  const { values, gradients } = graph.step({}, { of: 'y' })
  expect(values['y']).toBe(6)
  expect(gradients['x']).toEqual({ shape: [3], data: Float64Array.of(1, 1, 1) })
})
