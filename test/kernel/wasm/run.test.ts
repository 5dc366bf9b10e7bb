/** Whole runs in WebAssembly give the bits that the live network gives. */
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { gates } from '../../../src/gates/index.js'
import { parseGraph } from '../../../src/graph.js'
import { lowerRegion } from '../../../src/kernel/lower.js'
import { programOf } from '../../../src/kernel/program.js'
import type { Control, Training, TrainingMemory } from '../../../src/kernel/training.js'
import { runWasm } from '../../../src/kernel/wasm/executor.js'
import { routeTo } from '../../../src/network/route.js'
import { bind, wire, type Wiring } from '../../../src/network/wiring.js'
import { optimizers, schedules } from '../../../src/optimizers/index.js'

type Row = Readonly<Record<string, number | number[]>>

/** Numbers from -1 to 1 that are the same everywhere. */
function draws(seed: number): () => number {
  let state = seed
  return () => (state = (state * 16_807) % 2_147_483_647) / 2 ** 30 - 1
}

const neuron = (train: string) => `
inputs: { x1: , x2: }
targets: { t: }
weights: { w1: 0.1, w2: 0.4, b: -0.02 }
gates: { o: tanh(w1 * x1 - w2 * x2 + b) }
loss: (t - o)^2
train: ${train}`

const network = (train: string) => `
inputs: { x: { shape: [7] } }
targets: { k: }
weights:
  W1: { shape: [7, 9], init: xavier_uniform }
  b1: { shape: [9], init: zeros }
  W2: { shape: [9, 3], init: xavier_uniform }
  b2: { shape: [3], init: zeros }
gates:
  h: tanh(x @ W1 + b1)
  logits: h @ W2 + b2
  p: softmax(logits)
loss: cross_entropy(logits, k)
train: ${train}`

/** Too long for one function. */
const chain = `
inputs: { x: }
targets: { t: }
weights: { w: 0.3 }
gates:
${Array.from({ length: 200 }, (_, at) => `  n${at}: tanh(${at === 0 ? 'x' : `n${at - 1}`} + w) * 0.9 + x / ${at + 3}`).join('\n')}
loss: (t - n199)^2
train: { epochs: 4, batch: 3, learning_rate: 0.01 }`

const number = draws(7)
const few: Row[] = Array.from({ length: 11 }, () => ({ x1: number(), x2: number(), t: number() / 2 })) // prettier-ignore
const single: Row[] = Array.from({ length: 8 }, () => ({ x: number(), t: number() / 2 }))
const many: Row[] = Array.from({ length: 20 }, (_, at) => {
  return { x: Array.from({ length: 7 }, number), k: at % 3 }
})

test.each([
  ['plain descent', neuron('{ epochs: 50, learning_rate: 0.1 }'), few],
  ['a schedule', neuron('{ epochs: 9, batch: 2, optimizer: adagrad, learning_rate: 0.1, schedule: { exponential: { gamma: 0.9 } } }'), few],
  ['batches with a rest', neuron('{ epochs: 20, batch: 4, optimizer: { sgd: { momentum: 0.9 } }, clip: { norm: 0.1 } }'), few],
  ['many numbers', chain, single],
  ['tensors', network('{ epochs: 20, learning_rate: 0.1 }'), many],
  ['tensors in batches', network('{ epochs: 20, batch: 8, optimizer: adam, clip: { value: 0.05, norm: 0.2 } }'), many],
])('%s', async (_, text, rows) => {
  const expected = await live(text, rows)
  expect(compute(text, rows)).toStrictEqual(expected)
  // In a call of so many steps batches can be computed whole.
  expect(compute(text, rows, 40)).toStrictEqual(expected)
}) // prettier-ignore

test('the weights after 10,000 steps have one hash, wherever they are made', async () => {
  const text = network('{ epochs: 500, optimizer: adam, learning_rate: 0.01 }')
  const weights = compute(text, many)
  expect(weights).toStrictEqual(await live(text, many))
  expect(createHash('sha256').update(weights).digest('hex')).toBe(
    '6bfd8fdf37b24fb310c11b6229a782d3a49785291238d229ea1b538c690cbde4',
  )
})

async function live(text: string, rows: readonly Row[]): Promise<Float64Array> {
  const graph = parseGraph(text)
  await graph.train({ data: rows }).forEach(() => {})
  return flat(wire(graph.plan, gates), graph.weights())
}

/** The weights after the run, all steps in WebAssembly, so many in each call. */
function compute(text: string, rows: readonly Row[], limit = 7): Float64Array {
  const { training, memory, epochs } = prepare(text, rows)
  const start = runWasm(training)
  if (typeof start === 'string') throw new Error(start)
  const kernel = start({
    factor: (tick) => schedules.get('exponential')!.factor(tick, new Map([['gamma', 0.9]]), 1),
    shuffle: () => {},
    accumulate: () => false,
    measure: () => {},
  })
  if (typeof kernel === 'string') throw new Error(kernel)
  // What has matrices takes the samples of a batch together.
  expect(kernel.together).toBe(text.includes('@') ? training.batch : 1)
  const control: Control = {
    limit,
    made: 0,
    lastEpoch: epochs,
    wantedLoss: NaN,
    patience: Infinity,
    position: 0,
    epoch: 0,
    inBatch: 0,
    answered: 0,
    updates: 0,
    learned: 0,
    count: 0,
    lastCount: 0,
    lastLoss: NaN,
    bestLoss: Infinity,
    bestEpoch: 0,
  }
  let steps = 0
  for (;;) {
    const exit = kernel.run(memory, control)
    steps += control.made
    if (exit === 'epoch') break
    expect(exit).toBe('limit')
    expect(control.made).toBe(limit)
  }
  expect(steps).toBe(epochs * rows.length)
  return memory.weights
}

function prepare(text: string, rows: readonly Row[]) {
  const graph = parseGraph(text)
  const { plan } = graph
  const wiring = wire(plan, gates)
  const learns = Uint8Array.from(plan.nodes, ({ type }) => (type === 'weight' ? 1 : 0))
  const way = routeTo(wiring, plan.loss!, learns, () => ({ forward() {}, backward() {} }))
  const { optimizer, clip, schedule, epochs, batch, learningRate } = plan.train
  const loss = `v${wiring.offsets[plan.loss!]!}` as const
  const names = plan.nodes.slice(0, wiring.firstFixed).map(({ name }) => name)
  const packed = rows.map((row) => names.flatMap((name) => row[name!]!))
  const training: Training = {
    region: lowerRegion({
      layout: wiring,
      way,
      bind: (index, answers) => bind(wiring, index, answers),
    }),
    loss,
    width: packed[0]!.length,
    valuesSize: wiring.valuesSize,
    gradientsSize: wiring.gradientsSize,
    weightsSize: wiring.weightsSize,
    ranges: [{ start: 0, end: wiring.weightsSize }],
    batch,
    ...(clip && { clip }),
    program: programOf(optimizers.get(optimizer.name)!, optimizer.parameters),
    learningRate,
    ...(schedule && { schedule: schedule.per }),
    means: [loss],
    measures: false,
    shuffle: false,
    hostEpochs: false,
    evaluates: false,
    shown: [],
  }
  const weights = flat(wiring, graph.weights())
  const memory: TrainingMemory = {
    frame: {
      step: 0,
      mode: 'learn',
      seed: 0,
      turn: 0,
      values: new Float64Array(wiring.valuesSize),
      gradients: new Float64Array(wiring.gradientsSize),
      weights,
    },
    rows: Float64Array.from(packed.flat()),
    complete: new Uint8Array(rows.length).fill(1),
    order: Int32Array.from(rows.keys()),
    state: { weights, optimizer: [], updates: 0, gates: new Float64Array(0) },
    weights,
    slots: training.program.slots.map(({ initial }) => new Float64Array(weights.length).fill(initial)),
    sum: new Float64Array(weights.length),
    sums: new Float64Array(1),
    lastSums: new Float64Array(1),
  } // prettier-ignore
  return { training, memory, epochs: epochs! }
}

function flat({ plan, offsets, weightsSize }: Wiring, weights: object): Float64Array {
  const all = new Float64Array(weightsSize)
  for (const [name, value] of Object.entries(weights)) {
    const at = plan.nodes.findIndex((node) => node.name === name)
    all.set([value].flat(9) as number[], offsets[at])
  }
  return all
}
