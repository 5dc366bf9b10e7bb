/**
 * Training a network of one hidden layer, in microseconds per update (forward, backward, update):
 * eagre's `graph.train()` beside loops written by hand and beside other libraries, all in turn in
 * one process. All compute the same losses, which is checked first; the others in f32, eagre and
 * the loops in f64.
 */
import { parseGraph } from '../../src/graph.js'
import { trainByHand, type Problem, type Train } from './hand.js'
import { measure, table, turning } from './harness.js'
import { installPeers, nameOf } from './peers.js'
import { problemOf, rowsOf, sizes, textOf, type Size } from './problems.js'
import { trainByJax, trainByTensorFlow } from './rivals.js'

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

/** Training runs of a graph, whose turns of the event loop follow at once. */
function trainByEagre(problem: Problem, text: string): Train {
  const { clock, takeAll } = turning()
  const graph = parseGraph(text, { clock })
  const [W1, b1, W2, b2] = problem.weights
  graph.restore({ W1, b1, W2, b2 })
  const data = rowsOf(problem)
  return (epochs) => {
    let last = NaN
    const running = graph.train({ data, epochs }).subscribe({
      next: ({ loss }) => (last = loss),
      error: (cause: Error) => {
        throw cause
      },
    })
    takeAll()
    running.unsubscribe()
    return last
  }
}
