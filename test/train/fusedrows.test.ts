/** Fused runs of graphs that keep state, that standardize and that hold rows back. */
import { fc } from '../random.js'
import { expect, test } from 'vitest'
import { parseGraph } from '../../src/graph.js'
import { VirtualClock } from './clock.js'
import { outcomeOf } from './fusedrandom.js'
import { fused } from '../kernel/allowed.js'

const graphs = {
  'a standardized neuron': `
gates: { z: standardize(x), y: 'tanh(w * z + v * standardize(z * q))' }
loss: (t - y)^2
metrics: { mae: 'mae(y, t)' }`,
  'one that standardizes and measures nothing': `
gates: { y: w * standardize(x) + v * q }
loss: (t - y)^2
metrics: { off: abs(t - y) }`,
  'a layer over a window': `
weights: { W: { shape: [3, 5], init: normal }, b: { shape: [5], init: zeros } }
gates: { h: 'dropout(tanh(window(x, size=3) @ W + q * b), p=0.3)', y: mean(h) * w + v }
loss: (t - y)^2
metrics: { r2: 'r2(y, t)' }`,
  'what throws for some rows': `
weights: { e: { shape: [3, 2], init: normal } }
gates: { y: 'sum(embedding(e, where(q > 1, 7, 1))) * w + v * x' }
loss: (t - y)^2`,
  'classes, some of which are none': `
gates: { y: 'concat(stack(x * w), stack(q * v), stack(w - v))', k: 'where(q > 1.5, 3, where(q < -1.5, -1, where(q == 0, 0.5, 2)))' }
loss: 'cross_entropy(y, k) + (t - w)^2'
metrics: { right: 'argmax(y)' }`,
  windows: `
gates: { y: 'sum(window(x, size=3)) * w + v * q' }
loss: (t - y)^2`,
  averages: `
gates: { y: 'w * ewma(x * v, alpha=0.3) + ewma(q, span=4)' }
loss: (t - y)^2
metrics: { mae: 'mae(y, t)' }`,
  'standardized along the way': `
gates: { y: 'w * standardize(x, update=before) + v * standardize(q, update=after)' }
loss: (t - y)^2`,
  'delays around a cycle': `
gates: { s: 'stop_gradient(tanh(0.5 * previous(s, unroll=0) + x))', y: 'w * s + v * previous(q)' }
loss: (t - y)^2`,
}

const keep = [
  'a layer over a window',
  'windows',
  'averages',
  'standardized along the way',
  'delays around a cycle',
]

const number = fc.integer({ min: -20, max: 20 }).map((n) => n / 8)
const runs = fc.record({
  rows: fc.array(fc.record({ x: number, q: number, t: fc.option(number, { freq: 6 }) }), {
    minLength: 3,
    maxLength: 12,
  }),
  batch: fc.integer({ min: 1, max: 3 }),
  stack: fc.boolean(),
  split: fc.constantFrom('', ', split: { test: 0.3 }', ', split: { test: 0.4, order: ORDER }'),
  until: fc.constantFrom('', ', until: { patience: 2, restore_best: true }'),
  onFault: fc.constantFrom('skip', 'skip', 'stop'),
  shuffle: fc.boolean(),
  epochs: fc.integer({ min: 1, max: 6 }),
  every: fc.constantFrom('slice' as const, 'epoch' as const, 1, 3),
  perLook: fc.constantFrom(0, 3, 11),
})

const pairs = Object.entries(graphs).flatMap(([name, text]) =>
  fused.map((engine) => [name, engine, text] as const),
)

test.each(pairs)('%s by %s trains and tests to the bits of the live network', (name, engine, text) => {
  // What is kept goes from row to row.
  const ordered = keep.includes(name)
  const counts = { steps: 0, evaluated: 0 }
  fc.assert(
    fc.property(runs, ({ rows, batch, stack, split, until, onFault, shuffle, epochs, every, perLook }) => {
      const full = `
inputs: [x, q]
targets: [t]
weights: { w: 0.3, v: -0.4${/weights: \{(.*)\}/.exec(text)?.[1]?.replace(/^/, ',') ?? ''} }
${text.replace(/weights:.*/, '')}
train:
  { epochs: ${epochs}, batch: ${batch}, stack: ${stack && !ordered}, optimizer: adam, learning_rate: 0.01, seed: 4,
    shuffle: ${shuffle && !ordered}, on_fault: ${onFault}${until},
    data: { rows: [{ x: 1, q: 1, t: 1 }]${split.replace('ORDER', ordered ? 'last' : 'shuffled')} } }`
      const [live, other] = (['live', engine] as const).map((named) => {
        const clock = new VirtualClock(perLook)
        return outcomeOf(parseGraph(full, { clock, engine: named }), clock, { every, data: rows })
      })
      expect(other!.use.engine).toBe(engine)
      counts.steps += other!.use.steps
      counts.evaluated += other!.use.evaluated
      expect(other!.seen).toStrictEqual(live!.seen)
    }),
    { numRuns: 60 },
  )
  expect(counts.steps).toBeGreaterThan(120)
  expect(counts.evaluated).toBeGreaterThan(60)
}) // prettier-ignore

const alone = fc.record({
  optimizer: fc.constantFrom('sgd', 'sgd', 'sgd', 'adam', '{ sgd: { momentum: 0.9 } }'),
  learningRate: fc.constantFrom(0.001, 0.1, 0.5, 3, 1e200),
  until: fc.constantFrom(
    '',
    ', until: { loss: 0.3 }',
    ', until: { patience: 1 }',
    ', until: { patience: 3, restore_best: true }',
    ', until: { patience: 4, loss: 0.001 }',
  ),
  t: fc.constantFrom(0, 0.7, -3, null),
  onFault: fc.constantFrom('skip', 'stop'),
  epochs: fc.integer({ min: 1, max: 90 }),
  every: fc.constantFrom('slice' as const, 'epoch' as const, 1, 7),
  perLook: fc.constantFrom(0, 0, 0, 3, 11),
})

test.each(fused)('%s: a single row, of which each step is an epoch, to the bits of the live network', (engine) => {
  let steps = 0
  fc.assert(
    fc.property(alone, ({ optimizer, learningRate, until, t, onFault, epochs, every, perLook }) => {
      const text = `
inputs: [x]
targets: [t]
weights: { w: 0.3, v: -0.4, u: { shape: [3], init: ones } }
gates: { z: tanh(w * x) + v, y: 'z * dot(u, u)' }
loss: (t - y)^2
metrics: { off: abs(t - y) }
train:
  { epochs: ${epochs}, optimizer: ${optimizer}, learning_rate: ${learningRate}, on_fault: ${onFault}${until} }`
      const [live, other] = (['live', engine] as const).map((named) => {
        const clock = new VirtualClock(perLook)
        return outcomeOf(parseGraph(text, { clock, engine: named }), clock, { every, data: [{ x: 0.6, t }] })
      })
      expect(other!.use.engine).toBe(engine)
      steps += other!.use.steps
      expect(other!.seen).toStrictEqual(live!.seen)
    }),
    { numRuns: 300 },
  )
  expect(steps).toBeGreaterThan(1500)
}) // prettier-ignore
