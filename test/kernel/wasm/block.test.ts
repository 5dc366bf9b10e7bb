/** Samples of a batch that are computed together give the bits of one after the other. */
import { expect, test } from 'vitest'
import { parseGraph } from '../../../src/graph.js'
import { VirtualClock } from '../../train/clock.js'

type Row = Readonly<Record<string, number | number[] | null>>

/** Numbers from -1 to 1 that are the same everywhere. */
function draws(seed: number): () => number {
  let state = seed
  return () => (state = (state * 16_807) % 2_147_483_647) / 2 ** 30 - 1
}

const network = (inputs: number, hidden: number, classes: number) => `
inputs: { x: { shape: [${inputs}] } }
targets: { k: }
weights:
  W1: { shape: [${inputs}, ${hidden}], init: xavier_uniform }
  b1: { shape: [${hidden}], init: zeros }
  W2: { shape: [${hidden}, ${classes}], init: xavier_uniform }
  b2: { shape: [${classes}], init: zeros }
gates:
  h: tanh(x @ W1 + b1)
  logits: h @ W2 + b2
loss: cross_entropy(logits, k)`

/** Columns on the right, a matrix that is used twice, a penalty, a scalar and a constant. */
const odd = `
inputs: { x: { shape: [5] } }
targets: { k: }
constants: { c: [0.5, -0.25, 1] }
weights:
  A: { shape: [3, 5], init: xavier_uniform }
  B: { shape: [3, 3], init: xavier_uniform }
  v: { shape: [3], init: uniform }
  s: 0.7
  f: { shape: [5, 3], init: xavier_uniform, frozen: true }
  r: { shape: [3, 3], init: xavier_uniform, learning_rate: 0.001 }
gates:
  a: tanh(A @ x * s + c)
  b: tanh(a @ B) @ B + x @ f
  y: sum(b * v) + dot(a @ r, v)
loss: (y - k)^2 + 0.01 * sum(B * B)`

/** Several numbers that go through gates which draw. */
const drawn = `
inputs: { x: { shape: [6] } }
targets: { k: }
weights: { W: { shape: [6, 9], init: xavier_uniform }, v: { shape: [9], init: uniform } }
gates: { h: 'dropout(relu(x @ W), p=0.3)', y: sum(h * v) }
loss: (y - k)^2`

function rowsOf(count: number, width: number): Row[] {
  const number = draws(3)
  return Array.from({ length: count }, (_, at) => {
    return { x: Array.from({ length: width }, number), k: at % 3 }
  })
}

const changed = (rows: Row[], at: number, change: Row) => rows.with(at, { ...rows[at], ...change })
const huge = { x: Array.from({ length: 7 }, () => 1e308) }

test.each<[string, string, Row[], string]>([
  ['whole batches', network(7, 9, 3), rowsOf(24, 7), 'batch: 8'],
  ['a rest of the epoch', network(7, 9, 3), rowsOf(29, 7), 'batch: 8, shuffle: true'],
  ['batches of several blocks', network(7, 9, 3), rowsOf(160, 7), 'batch: 80, optimizer: adam'],
  ['long rows', network(130, 33, 4), rowsOf(64, 130), 'batch: 32, optimizer: { sgd: { momentum: 0.9 } }'],
  ['wide rows', network(9, 300, 3), rowsOf(20, 9), 'batch: 10'],
  ['batches of two', network(7, 6, 2), rowsOf(12, 7).map((row) => ({ ...row, k: Number(row['k']) % 2 })), 'batch: 2'],
  ['clipping', network(7, 9, 3), rowsOf(24, 7), 'batch: 8, clip: { value: 0.02, norm: 0.1 }'],
  ['a schedule and a power', network(7, 9, 3), rowsOf(24, 7), 'batch: 6, optimizer: adamax, schedule: { exponential: { gamma: 0.9 } }'],
  ['all kinds of weights', odd, rowsOf(22, 5), 'batch: 4'],
  ['all kinds of weights, clipped', odd, rowsOf(100, 5), 'batch: 50, clip: { norm: 0.5 }'],
  ['gates that draw', drawn, rowsOf(21, 6), 'batch: 7'],
  ['rows without targets', network(7, 9, 3), changed(changed(rowsOf(24, 7), 3, { k: null }), 17, { k: null }), 'batch: 8'],
  ['a sample that is skipped', network(7, 9, 3).replace('tanh', 'relu'), changed(rowsOf(24, 7), 10, huge), 'batch: 8, on_fault: skip'],
  ['a sample of several blocks that is skipped', network(7, 9, 3).replace('tanh', 'relu'), changed(rowsOf(150, 7), 60, huge), 'batch: 75, on_fault: skip'],
  ['a schedule that has not begun', network(7, 9, 3).replace('tanh', 'relu'), changed(rowsOf(24, 7), 5, huge), 'batch: 8, schedule: { cosine: { t_max: 5 }, per: update }'],
  ['a class that does not exist', network(7, 9, 3), changed(rowsOf(24, 7), 10, { k: 5 }), 'batch: 8, on_fault: skip'],
  ['an update that is not finite', network(7, 9, 3), rowsOf(24, 7), 'batch: 8, learning_rate: 1e308, on_fault: skip'],
])('%s', (_, graph, rows, train) => {
  const text = `${graph}
train: { epochs: 5, ${train}${train.includes('learning_rate') ? '' : ', learning_rate: 0.05'} }`
  expect(trained(text, rows, 'wasm')).toStrictEqual(trained(text, rows, 'live'))
}) // prettier-ignore

/** The weights, what was reported as every epoch ended, and all that goes on from here. */
function trained(text: string, data: readonly Row[], engine: 'live' | 'wasm') {
  const clock = new VirtualClock()
  const graph = parseGraph(text, { clock })
  const losses: (number | undefined)[] = []
  let failed: unknown
  graph.train({ data, engine, every: 'epoch' }).subscribe({
    next: ({ loss }) => losses.push(loss),
    error: (error: Error) => (failed = error.message),
  })
  clock.run()
  expect(graph.engine!.engine).toBe(engine)
  if (engine === 'wasm')
    expect(graph.engine!.steps).toBeGreaterThan(failed === undefined ? data.length : 0)
  return { weights: graph.weights(), losses, failed, checkpoint: graph.checkpoint() }
}
