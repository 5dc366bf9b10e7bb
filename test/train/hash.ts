/** Reports a hash of the weights that a fixed training run ends with, as lines of engine and number. */
import { parseGraph } from '../../src/index.js'
import type { EngineName } from '../../src/kernel/enginenames.js'
import { VirtualClock } from './clock.js'

declare const report: (text: string) => void

// 25 epochs of 400 rows: 10,000 steps of single samples.
const text = `
inputs: { x: { shape: [4] } }
targets: { kind: }
weights:
  W1: { shape: [4, 10], init: xavier_uniform }
  b1: { shape: [10], init: zeros }
  W2: { shape: [10, 3], init: normal }
  b2: [0.1, 0, -0.1]
gates:
  h: tanh(x @ W1 + b1)
  logits: h @ W2 + b2
  p: softmax(logits)
loss: cross_entropy(logits, kind) + 0.01 * dot(p, p)
metrics: { accuracy: 'accuracy(p, kind)' }
train:
  epochs: 25
  batch: 5
  optimizer: adam
  learning_rate: 0.01
  schedule: { cosine: { t_max: 25 } }
  clip: { norm: 1 }
  shuffle: true
  seed: 7
`

const rows = Array.from({ length: 400 }, (_, row) => {
  // Exact in every engine: whole numbers over a power of two.
  const x = [1, 2, 3, 4].map((factor) => ((row * row * factor * 31 + row * 17) % 257) / 128 - 1)
  return { x, kind: x[0]! * x[1]! > 0.1 ? 0 : x[2]! + x[3]! > 0 ? 1 : 2 }
})

for (const engine of ['live', 'interpret', 'javascript', 'wasm'] as const) run(engine)
run('live', true)

function run(engine: EngineName, stack = false): void {
  const clock = new VirtualClock()
  const graph = parseGraph(text, { clock, engine })
  let samples = 0
  let refused = ''
  graph.train({ data: rows, stack }).subscribe({
    next: (one) => (samples = one.samples),
    error: (error: Error) => (refused = error.message),
  })
  clock.run()
  if (refused !== '') return report(refused)
  const use = graph.engine!
  const kernel = `${use.steps} steps in a kernel`
  report(`${use.engine}${stack ? ', stacked' : ''}: ${samples} samples, ${kernel}, ${hash(graph.weights())}`)
} // prettier-ignore

/** FNV-1a (Fowler, Noll, Vo) over the words of all numbers, in the order of names. */
function hash(weights: object): string {
  const numbers = Object.entries(weights)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, value]) => [value].flat(3) as number[])
  let state = 0x811c9dc5
  for (const word of new Uint32Array(new Float64Array(numbers).buffer)) {
    state = Math.imul(state ^ word ^ (word >>> 15), 0x01000193)
  }
  return (state >>> 0).toString(16).padStart(8, '0')
}
