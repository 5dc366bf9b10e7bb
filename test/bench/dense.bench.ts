/**
 * Training a network of one hidden layer, in microseconds per update (forward, backward, update):
 * eagre's `graph.train()` beside loops written by hand and beside other libraries, all in turn in
 * one process. All compute the same losses, which is checked first; the others in f32, eagre and
 * the loops in f64.
 */
import { parseGraph } from '../../src/graph.js'
import { seeded } from '../../src/optimizers/random.js'
import { trainByHand, type Problem, type Train } from './hand.js'
import { measure, table, turning } from './harness.js'
import { installPeers, nameOf } from './peers.js'
import { trainByJax, trainByTensorFlow } from './rivals.js'

interface Size {
  readonly inputs: number
  readonly hidden: number
  readonly classes: number
  readonly batch: number
  readonly batches: number
  /** Milliseconds for each candidate and round. */
  readonly milliseconds: number
}

const sizes: readonly Size[] = [
  { inputs: 64, hidden: 32, classes: 10, batch: 1, batches: 256, milliseconds: 60 },
  { inputs: 64, hidden: 32, classes: 10, batch: 32, batches: 8, milliseconds: 60 },
  { inputs: 784, hidden: 128, classes: 10, batch: 32, batches: 8, milliseconds: 300 },
]

const missing = installPeers()
if (missing !== undefined) console.log(`The other libraries cannot be installed: ${missing}`)
for (const size of sizes) {
  const name = `${size.inputs}-${size.hidden}-${size.classes}`
  console.log(`\n${name}, batch ${size.batch}\n\n${await compare(size)}`)
}
// Some of them leave threads behind.
process.exit(0)

async function compare(size: Size): Promise<string> {
  const problem = problemOf(size)
  const trains: [name: string, train: Train, tolerance: number][] = [
    ['by hand', trainByHand(problem), 0],
    ['eagre', trainByEagre(problem, textOf(problem)), 1e-12],
  ]
  if (size.batch > 1) {
    const text = textOf(problem, ', stack: true')
    trains.push(['eagre, stack: true', trainByEagre(problem, text), 1e-12])
  }
  if (missing === undefined) {
    trains.push(
      [nameOf('@jax-js/jax'), await trainByJax(problem), 1e-4],
      [`${nameOf('@tensorflow/tfjs')}, wasm`, await trainByTensorFlow(problem, 'wasm'), 1e-4],
      [`${nameOf('@tensorflow/tfjs')}, cpu`, await trainByTensorFlow(problem, 'cpu'), 1e-4],
    )
  }
  mustAgree(trains)
  const candidates = trains.map(([name, run]) => ({ name, run }))
  const found = measure(candidates, { milliseconds: size.milliseconds })
  return table([
    ['', 'µs an update', 'by hand = 1'],
    ...found.map(({ name, nanoseconds, ratio }) => {
      return [name, (nanoseconds / 1000 / size.batches).toFixed(1), ratio.toFixed(2)]
    }),
  ])
}

/** The losses of the first epochs, beside those of the loops written by hand. */
function mustAgree(
  trains: readonly (readonly [name: string, train: Train, tolerance: number])[],
): void {
  for (let epoch = 0; epoch < 4; epoch++) {
    let wanted = NaN
    for (const [name, train, tolerance] of trains) {
      const loss = train(1)
      if (Number.isNaN(wanted)) wanted = loss
      if (!(Math.abs(loss - wanted) <= tolerance * wanted)) {
        throw new Error(`epoch ${epoch}: ${name} has the loss ${loss}, by hand it is ${wanted}`)
      }
    }
  }
}

function problemOf({ inputs, hidden, classes, batch, batches }: Size): Problem {
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

function textOf({ inputs, hidden, classes, batch, rate }: Problem, more = ''): string {
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

/** Training runs of a graph, whose turns of the event loop follow at once. */
function trainByEagre({ inputs, x, k, weights }: Problem, text: string): Train {
  const { clock, takeAll } = turning()
  const graph = parseGraph(text, { clock })
  const [W1, b1, W2, b2] = weights
  graph.restore({ W1, b1, W2, b2 })
  const data = Array.from(k, (one, row) => {
    return { x: x.subarray(row * inputs, (row + 1) * inputs), k: one }
  })
  return (epochs) => {
    let last = NaN
    const problem = graph.train({ data, epochs }).subscribe({
      next: ({ loss }) => (last = loss),
      error: (cause: Error) => {
        throw cause
      },
    })
    takeAll()
    problem.unsubscribe()
    return last
  }
}
