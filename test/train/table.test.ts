/**
 * Tables of which steps use few rows. The oracle is the same training with gates that do not say
 * that their answers are sparse: everything then goes through whole tables.
 */
import { describe, expect, test } from 'vitest'
import type { Gate } from '../../src/gates/gate.js'
import { gates } from '../../src/gates/index.js'
import type { EngineName } from '../../src/kernel/enginenames.js'
import { compileUpdate } from '../../src/kernel/update.js'
import { nodeNamed } from '../../src/network/find.js'
import { wire } from '../../src/network/wiring.js'
import { optimizer, optimizers } from '../../src/optimizers/index.js'
import { parseGraph, type Graph } from '../../src/graph.js'
import { fused } from '../kernel/allowed.js'
import { VirtualClock } from './clock.js'
import { expectResumed, whole } from './resume.js'

/** The catalogue without the word `sparse`. */
const plain: ReadonlyMap<string, Gate> = new Map(
  [...gates].map(([name, gate]): [string, Gate] => {
    if (gate.rule.type !== 'tensor') return [name, gate]
    const { sparse: _, ...rule } = gate.rule
    return [name, { ...gate, rule }]
  }),
)

// Rows 5 and 6 are used by nobody; -0 must stay what it is there, and in what is used.
const table = (seed: number) =>
  Array.from({ length: 7 }, (_, row) =>
    Array.from({ length: 3 }, (__, at) => (at === row % 3 ? -0 : Math.sin(seed + 3 * row + at))),
  )

const written = (all: readonly (readonly number[])[]) => {
  const lists = all.map((row) => row.map((x) => (Object.is(x, -0) ? '-0' : x)).join())
  return `[[${lists.join('], [')}]]`
}

const graphs: Readonly<Record<string, string>> = {
  'one use': 'gates: { y: "sum(embedding(W, i))" }',
  'several rows, twice the same': 'gates: { y: "sum(embedding(W, stack(i, j, i)) * V)" }',
  'two uses': 'gates: { y: "sum(embedding(W, i) * embedding(W, j))" }',
  'three uses, two of them of one row':
    'gates: { y: "sum(embedding(W, i) * embedding(W, j) + tanh(embedding(W, i)))" }',
  'a use without a gradient': 'gates: { y: "sum(embedding(W, i)) + 0.1 * sum(W > 0.5)" }',
  'a dense use beside it': 'gates: { y: "sum(embedding(W, i)) + 0.1 * sum(W * W)" }',
  'elements by gather': 'gates: { y: "sum(gather(W, reshape(stack(i, j, i), shape=[1, 3])))" }',
  'rows and elements':
    'gates: { y: "sum(gather(W, reshape(stack(i, j, i), shape=[1, 3]))) + sum(embedding(W, i))" }',
  'a table that is computed': 'gates: { T: W * V, y: "sum(embedding(T, i) * embedding(T, j))" }',
}

const rows = Array.from({ length: 12 }, (_, at) => {
  return { i: (at * at) % 5, j: (at * 3) % 5, t: Math.cos(at) }
})

const text = (body: string, train: string) => `
inputs: { i: 0, j: 1 }
targets: { t: 0.3 }
weights:
  a: { value: 0.5, learning_rate: 0.01 }
  W: { value: ${written(table(1))} }
  V: ${JSON.stringify([0.3, -0.2, 0.7])}
${body}
loss: (a * y - t)^2
train: { epochs: 3, ${train}, data: { rows: ${JSON.stringify(rows)} } }
`

const trains: Readonly<Record<string, string>> = {
  'one by one': 'learning_rate: 0.1',
  'in batches with a remainder': 'learning_rate: 0.1, batch: 5, shuffle: true',
  'by a schedule': 'learning_rate: 0.1, batch: 2, schedule: { exponential: { gamma: 0.5 } }',
  'with momentum': 'learning_rate: 0.1, batch: 2, optimizer: { sgd: { momentum: 0.9 } }',
  'with weight decay': 'learning_rate: 0.1, optimizer: { sgd: { weight_decay: 0.1 } }',
  'with clipping': 'learning_rate: 0.1, batch: 2, clip: { norm: 0.1 }',
  'by adam': 'learning_rate: 0.1, optimizer: adam',
  'to the best weights': 'learning_rate: 0.4, until: { patience: 1, restore_best: true }',
}

function trained(source: string, known: ReadonlyMap<string, Gate>, tapped: boolean) {
  const clock = new VirtualClock()
  const graph = parseGraph(source, { clock, gates: known })
  const seen: unknown[] = []
  if (tapped) {
    for (const node of ['W', 'y', 'i']) {
      graph.gradients(node).subscribe((message) => void seen.push(message))
      graph.values(node).subscribe((message) => void seen.push(message))
    }
    graph.updates('W').subscribe((message) => void seen.push(message))
  }
  let losses: unknown[] = []
  graph.train({ every: 'epoch' }).subscribe(({ loss }) => (losses = [...losses, loss]))
  clock.run()
  return { weights: graph.weights(), probe: graph.step(rows[3]).gradients, losses, seen }
}

describe.each(Object.keys(graphs))('a table, %s:', (graph) => {
  test.each(Object.keys(trains))('trained %s it has the bits of whole tables', (train) => {
    for (const tapped of [false, true]) {
      const source = text(graphs[graph]!, trains[train]!)
      expect(trained(source, gates, tapped)).toEqual(trained(source, plain, tapped))
    }
  })
})

describe.each(fused)('by the engine %s', (engine) => {
  // Steps of a batch are made by the network where they are watched, by the kernel where not.
  const watching = { y: 3, W: 7 }
  const found = (body: string, train: string, named: EngineName) => {
    const clock = new VirtualClock()
    const source = text(graphs[body]!, `${trains[train]}, on_fault: skip`)
    const graph = parseGraph(source, { clock, engine: named })
    const seen: unknown[] = []
    for (const [node, every] of Object.entries(watching)) {
      graph.values(node, { every }).subscribe((message) => void seen.push(message))
      graph.gradients(node, { every }).subscribe((message) => void seen.push(message))
    }
    graph.faults().subscribe(({ message, step }) => void seen.push({ message, step }))
    // One of them is a fault: its loss is not finite.
    const data = [...rows, { i: 2, j: 1, t: -1e200 }, ...rows]
    graph.train({ data, every: 4 }).subscribe(({ loss }) => void seen.push(loss))
    clock.run()
    return { seen, weights: graph.weights(), steps: graph.engine!.steps }
  }

  test.each(Object.keys(graphs))('a table, %s, has the bits of the live network', (body) => {
    for (const train of ['in batches with a remainder', 'by a schedule', 'with clipping']) {
      const { steps, ...other } = found(body, train, engine)
      expect(steps, train).toBeGreaterThan(20)
      const { steps: none, ...live } = found(body, train, 'live')
      expect(none).toBe(0)
      expect(other, train).toEqual(live)
    }
  })
})

test('weights that others put in place between runs are the ones that go on', () => {
  const run = (known: ReadonlyMap<string, Gate>) => {
    const clock = new VirtualClock()
    const graph = parseGraph(text(graphs['two uses']!, 'learning_rate: 0.1'), { clock, gates: known }) // prettier-ignore
    const seen: unknown[] = []
    for (const seed of [2, 3]) {
      graph.train({ epochs: 1 }).subscribe()
      clock.run()
      seen.push(graph.weights())
      graph.restore({ W: table(seed) }, { partial: true })
    }
    return seen
  }
  expect(run(gates)).toEqual(run(plain))
})

const everyEngine = ['live', ...fused] as const

test.each(everyEngine)(
  '%s: an update that fails leaves the table as it was, and what follows as if it had not been',
  (engine) => {
    const run = (known: ReadonlyMap<string, Gate>, named: EngineName) => {
      const clock = new VirtualClock()
      const source = text(
        'gates: { y: "sum(embedding(W, i))" }',
        'learning_rate: 1e200, on_fault: skip',
      )
      const graph: Graph = parseGraph(source, { clock, gates: known, engine: named })
      const faults: unknown[] = []
      graph
        .faults()
        .subscribe(({ message, node, step }) => void faults.push({ message, node, step }))
      const data = [...rows, { i: 2, j: 1, t: -1e150 }, { i: 3, j: 1, t: 1e120 }, ...rows]
      graph.train({ data }).subscribe()
      clock.run()
      return { faults, weights: graph.weights() }
    }
    const found = run(gates, engine)
    expect(found.faults.length).toBeGreaterThan(2)
    expect(found).toEqual(run(plain, 'live'))
  },
)

test('a run that is taken up within a batch goes on with the rows of that batch', () => {
  const source = text(graphs['two uses']!, 'learning_rate: 0.1, batch: 5')
  const run = whole(source, {}, ['turns'])
  expect(run.taken.length).toBeGreaterThan(30)
  for (const taken of run.taken) expectResumed({}, run, taken)
})

describe('what is sparse', () => {
  const known = (body: string, name = 'W') => {
    const { plan } = parseGraph(text(body, 'learning_rate: 1'))
    return wire(plan, gates).sparse[nodeNamed(plan, name)]
  }

  test('is a node all of whose answers are', () => {
    const sparse = Object.entries(graphs).map(([name, body]) => [name, known(body)?.uses.length])
    expect(Object.fromEntries(sparse)).toEqual({
      'one use': 1,
      'several rows, twice the same': 1,
      'two uses': 2,
      'three uses, two of them of one row': 3,
      'a use without a gradient': 1,
      'a dense use beside it': undefined,
      'elements by gather': 1,
      'rows and elements': undefined,
      'a table that is computed': undefined,
    })
    expect(known(graphs['a table that is computed']!, 'T')?.uses.length).toBe(2)
  })

  test('is updated by rows where the optimizer leaves alone what has no gradient', () => {
    const still = (name: string, parameters: Record<string, number | boolean> = {}) =>
      compileUpdate(optimizers.get(name)!, parameters, 'interpret').still
    expect(still('sgd')).toBe(true)
    expect(still('sgd', { momentum: 0.9 })).toBe(false)
    expect(still('sgd', { weight_decay: 0.1 })).toBe(false)
    expect([...optimizers.keys()].filter((name) => still(name))).toEqual(['sgd'])
    const own = (update: string) => compileUpdate(optimizer({ update }), {}, 'interpret').still
    expect(own('w - g * rate')).toBe(true)
    expect(own('w - rate')).toBe(false)
    expect(own('w + rate * g')).toBe(false)
    expect(own('0 - rate * g')).toBe(false)
  })
})
