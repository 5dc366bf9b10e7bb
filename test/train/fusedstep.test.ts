/** Single steps in kernels: predictions and learning from a stream have the bits of the live network. */
import { describe, expect, test, vi } from 'vitest'
import { Subject, type Subscription } from 'rxjs'
import { gates } from '../../src/gates/index.js'
import { dense } from '../../src/gates/dense.js'
import { parseGraph, type GraphOptions, type LearnOptions, type Sample } from '../../src/index.js'
import { seeded } from '../../src/optimizers/random.js'
import type { EngineOption } from '../../src/train/engine.js'
import { FusedStep } from '../../src/train/fusedstep.js'
import { generates } from '../kernel/allowed.js'
import { VirtualClock } from './clock.js'

const engines: readonly EngineOption[] = generates ? ['interpret', 'javascript'] : ['interpret']

const logistic = `
inputs: { x: { shape: [5] } }
targets: [t]
weights: { w: { shape: [5], init: normal, seed: 3 }, b: 0 }
gates: { logit: sum(w * x) + b, p: sigmoid(logit) }
loss: logistic_loss(logit, t)
outputs: [p]
metrics: { auc: 'roc_auc(p, t)' }
`
const numbers = `
inputs: [a, z]
targets: [t]
weights: { u: 0.3, v: -0.2, k: { value: 1, frozen: true } }
gates: { h: tanh(u * a + k), y: v * h + sqrt(z) }
loss: (y - t)^2
`
const stateful = `
inputs: [a]
targets: [t]
weights: { w: { shape: [3], init: ones }, u: 0.5 }
gates:
  s: standardize(a, update=before)
  y: dot(w, window(s, size=3)) + u * ewma(a, alpha=0.2) + previous(y, unroll=0)/9
loss: (y - t)^2
`
const chance = `
inputs: { x: { shape: [5] } }
targets: [t]
weights: { W: { shape: [5, 4], init: xavier_uniform }, v: { shape: [4], init: ones } }
gates:
  h: dropout(tanh(x @ W), p=0.4)
  y: dot(h, v)
loss: huber(y, t)
`
const table = `
inputs: [i]
targets: [t]
weights: { E: { shape: [6, 3], init: normal, seed: 1 }, v: { shape: [3], init: ones } }
gates:
  y: dot(embedding(E, i), v)
loss: (y - t)^2
`

/** All that can be seen of a run: what comes out, what failed, what is kept at the end. */
function runOf(text: string, train: string, options: LearnOptions, engine: EngineOption) {
  const setup: GraphOptions = { engine, clock: new VirtualClock() }
  const graph = parseGraph(`${text}\ntrain: { learning_rate: 0.05${train} }`, setup)
  const seen: unknown[] = []
  const messages = new Map<string, number>()
  const chance = seeded(7, 'taps')
  const [events, labels, asked] = [
    new Subject<Sample>(),
    new Subject<object>(),
    new Subject<Sample>(),
  ]
  graph.faults().subscribe(({ cause: _, ...fault }) => seen.push(fault))
  graph.metrics({ every: 50 }).subscribe(({ counts: _, ...metrics }) => seen.push(metrics))
  const late = options.late !== undefined
  events
    .pipe(graph.learn({ ...options, ...(late && { id: 'id', labels }) }))
    .subscribe(({ sample: _, ...one }) => seen.push(JSON.stringify(one)))
  asked.pipe(graph.predict()).subscribe(({ sample: _, ...one }) => seen.push(JSON.stringify(one)))
  graph.inspect({ types: ['join'] }).subscribe((event) => seen.push(event))
  const taps: Subscription[] = []
  const names = ['loss', 'y', 'p', 'w', 'u', 'v', 'a', 'x'].filter((name) =>
    graph.plan.nodes.some((node) => node.name === name),
  )
  for (let n = 0; n < 200; n++) {
    if (chance.below(23) === 0) {
      const name = names[chance.below(names.length)]!
      const every = 1 + chance.below(4)
      const seen = (message: object) => void messages.set(JSON.stringify(message), n)
      if (chance.below(2) === 0) taps.push(graph.values(name, { every }).subscribe(seen))
      else taps.push(graph.gradients(name).subscribe(seen))
    }
    if (taps.length > 0 && chance.below(11) === 0) taps.shift()!.unsubscribe()
    const event: Record<string, unknown> = {
      ...{ a: Math.sin(3 * n), z: n % 41 === 40 ? -1 : 1 + Math.cos(n), i: n % 6 },
      ...{ x: Array.from({ length: 5 }, (_, at) => Math.sin(7 * n + at)), key: n % 3 },
      ...(n % 37 === 36 && { a: 1e200, x: [1, 2] }),
    }
    const t = Math.sin(n) > 0 ? 1 : 0
    if (n % 5 === 0) asked.next(event)
    if (!late) events.next(n % 13 === 0 ? event : { ...event, t })
    else {
      // Some have their label with them, and are learned from while others wait.
      events.next({ ...event, id: n, ...(options.id === 'id' && n % 4 === 0 && { t }) })
      if (n >= 10) labels.next({ id: n - 10, t })
    }
  }
  events.complete()
  labels.complete()
  return {
    ...{ seen, messages: [...messages], weights: graph.weights(), memory: graph.memory() },
    checkpoint: JSON.stringify(graph.checkpoint()),
  }
}

describe('single steps in a kernel', () => {
  const graphs = { logistic, numbers, stateful, chance, table }
  const ways: readonly (readonly [string, string, LearnOptions])[] = [
    ['one by one', '', {}],
    ['in batches, clipped, with adam', ', batch: 3, optimizer: adam, clip: { norm: 1 }', {}],
    ['labels come late', ', optimizer: { sgd: { momentum: 0.9 } }', { late: 'recompute' }],
    ['labels come late for what was kept', '', { late: 'stash' }],
    ['some labels come late for what was kept', '', { late: 'stash', id: 'id' }],
    ['a model for each key', ', optimizer: adagrad', { key: 'key', warmUp: 2 }],
    ['rolled back', '', { onFault: 'rollback' }],
  ]
  for (const [name, text] of Object.entries(graphs)) {
    for (const [way, train, options] of ways) {
      test(`${name}, ${way}: the bits, messages and faults of the network, tapped or not`, () => {
        const expected = runOf(text, train, options, 'live')
        for (const engine of way === 'one by one' ? [...engines, 'auto' as const] : engines) {
          const learn = vi.spyOn(FusedStep.prototype, 'learn')
          const predict = vi.spyOn(FusedStep.prototype, 'predict')
          try {
            expect(runOf(text, train, options, engine)).toEqual(expected)
            const made = (spy: typeof learn | typeof predict) =>
              spy.mock.results.filter(({ value }) => value !== undefined).length
            if (engine !== 'auto') expect(made(predict)).toBeGreaterThan(3)
            if (options.late !== 'stash' || options.id === 'id')
              expect(made(learn)).toBeGreaterThan(3)
          } finally {
            learn.mockRestore()
            predict.mockRestore()
          }
        }
      })
    }
  }

  test('a gate that throws is blamed as in the network, and nothing of its step stays', () => {
    const brittle = dense({
      doc: 'Throws for what is negative.',
      inputs: ['x'],
      value: 'x',
      gradients: { x: 'g' },
      shape: ([x = []]) => x,
      prepare: ({ output, gradient, answers, inputs }) => ({
        forward([x], values) {
          if (x![inputs[0]!.offset]! < 0) throw new Error('negative')
          values[output] = x![inputs[0]!.offset]!
        },
        backward(_, values, gradients) {
          if (values[output]! > 2) throw new Error('too steep')
          gradients[answers[0]!] = gradients[gradient]!
        },
      }),
    })
    const text = 'inputs: [x]\ntargets: [t]\nweights: { w: 1 }\ngates: { y: brittle(w * x) }\nloss: (y - t)^2\ntrain: { learning_rate: 0.1 }' // prettier-ignore
    const run = (engine: EngineOption) => {
      const graph = parseGraph(text, {
        engine,
        gates: { ...Object.fromEntries(gates), brittle },
        clock: new VirtualClock(),
      })
      const seen: unknown[] = []
      graph.faults().subscribe(({ cause: _, ...fault }) => seen.push(fault))
      const events = Array.from({ length: 60 }, (_, n) => ({ x: Math.sin(n) * 3, t: 1 }))
      graph
        .learn()(events)
        .subscribe((one) => seen.push(JSON.stringify(one)))
      return { seen, weights: graph.weights() }
    }
    const expected = run('live')
    expect(expected.seen.filter((one) => typeof one === 'object').length).toBeGreaterThan(5)
    for (const engine of engines) expect(run(engine)).toEqual(expected)
  })

  test('a subscriber that feeds predictions back reorders nothing, however long it does', () => {
    for (const engine of engines) {
      const graph = parseGraph('inputs: [x]\ngates: { y: x + 1 }', { engine })
      const source = new Subject<{ x: number }>()
      const order: number[] = []
      let [depth, deepest] = [0, 0]
      source.pipe(graph.predict()).subscribe((one) => {
        deepest = Math.max(deepest, ++depth)
        const y = 'outputs' in one ? (one.outputs['y'] as number) : NaN // it is a number
        if (y < 20_000) {
          source.next({ x: y })
          order.push(y)
        }
        depth--
      })
      source.next({ x: 0 })
      expect(deepest).toBe(1)
      expect(order).toEqual(Array.from({ length: 19_999 }, (_, n) => n + 1))
    }
  })
})
