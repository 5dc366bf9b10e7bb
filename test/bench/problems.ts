/** Networks of one hidden layer, and what they are trained on: random rows. */
import { seeded } from '../../src/optimizers/random.js'
import type { Problem } from './hand.js'

export interface Size {
  readonly inputs: number
  readonly hidden: number
  readonly classes: number
  readonly batch: number
  readonly batches: number
  /** Milliseconds for each candidate and round. */
  readonly milliseconds: number
}

export const sizes: readonly Size[] = [
  { inputs: 64, hidden: 32, classes: 10, batch: 1, batches: 256, milliseconds: 60 },
  { inputs: 64, hidden: 32, classes: 10, batch: 32, batches: 8, milliseconds: 60 },
  { inputs: 784, hidden: 128, classes: 10, batch: 32, batches: 8, milliseconds: 300 },
]

export function problemOf({ inputs, hidden, classes, batch, batches }: Size): Problem {
  const rows = batch * batches
  const random = seeded(0, 'bench')
  const draw = (count: number, scale: number) => {
    return Float64Array.from({ length: count }, () => scale * (2 * random.uniform() - 1))
  }
  const limit = (a: number, b: number) => Math.sqrt(6 / (a + b))
  return {
    inputs,
    hidden,
    classes,
    batch,
    batches,
    rate: 0.01,
    x: draw(rows * inputs, 1),
    k: Int32Array.from(draw(rows, 0.5), (each) => Math.floor((each + 0.5) * classes)),
    weights: [
      draw(inputs * hidden, limit(inputs, hidden)),
      new Float64Array(hidden),
      draw(hidden * classes, limit(hidden, classes)),
      new Float64Array(classes),
    ],
  }
}

/** The graph, to be trained from the weights of the problem. */
export function textOf({ inputs, hidden, classes, batch, rate }: Problem, more = ''): string {
  return `
inputs: { x: { shape: [${inputs}] } }
targets: { k: }
weights:
  W1: { shape: [${inputs}, ${hidden}], init: zeros }
  b1: { shape: [${hidden}], init: zeros }
  W2: { shape: [${hidden}, ${classes}], init: zeros }
  b2: { shape: [${classes}], init: zeros }
gates:
  h: tanh(x @ W1 + b1)
  logits: h @ W2 + b2
loss: cross_entropy(logits, k)
train: { batch: ${batch}, learning_rate: ${rate}, optimizer: sgd${more} }
`
}

/** The samples as rows for eagre. */
export function rowsOf({ inputs, x, k }: Problem): { x: Float64Array; k: number }[] {
  return Array.from(k, (one, row) => {
    return { x: x.subarray(row * inputs, (row + 1) * inputs), k: one }
  })
}
