/**
 * Training in averaged steps beside training in stacked ones: microseconds a sample (forward,
 * backward, its share of the update), each pair in turn in one process.
 */
import { parseGraph } from '../../src/graph.js'
import { seeded } from '../../src/optimizers/random.js'
import { measure, table, turning, type Candidate } from './harness.js'

const random = seeded(0, 'bench')
const draw = (count: number) => Float64Array.from({ length: count }, () => 2 * random.uniform() - 1)

interface Problem {
  readonly name: string
  readonly text: string
  row(): Record<string, unknown>
}

const network = (inputs: number, hidden: number): Problem => ({
  name: `${inputs}-${hidden}-10`,
  text: `
inputs: { x: { shape: [${inputs}] } }
targets: { k: }
weights:
  W1: { shape: [${inputs}, ${hidden}], init: xavier_uniform }
  b1: { shape: [${hidden}], init: zeros }
  W2: { shape: [${hidden}, 10], init: xavier_uniform }
  b2: { shape: [10], init: zeros }
gates: { h: relu(x @ W1 + b1) }
loss: cross_entropy(h @ W2 + b2, k)
`,
  row: () => ({ x: draw(inputs), k: random.below(10) }),
})

const line: Problem = {
  name: 'a line',
  text: 'inputs: [x]\ntargets: [t]\nweights: { w: 0, b: 0 }\nloss: (w * x + b - t)^2\n',
  row: () => ({ x: random.uniform(), t: random.uniform() }),
}

const attention: Problem = {
  name: 'attention',
  text: `
inputs: { x: { shape: [8, 16] } }
targets: { t: }
weights: { Q: { shape: [16, 16], init: xavier_uniform }, V: { shape: [16, 16], init: xavier_uniform } }
gates: { y: "mean(attention(x @ Q, x, x @ V))" }
loss: (y - t)^2
`,
  row: () => ({ x: draw(8 * 16), t: random.uniform() }),
}

const found: string[][] = []
for (const graph of [line, network(64, 32), network(784, 128), attention]) {
  for (const batch of [1, 8, 32, 128]) found.push(compare(graph, batch))
}
console.log(table([['graph', 'batch', 'averaged', 'stacked', 'ratio'], ...found]))

function compare({ name, text, row }: Problem, batch: number): string[] {
  const rows = Array.from({ length: batch * Math.ceil(256 / batch) }, row)
  const candidates = [false, true].map((stack): Candidate => {
    return { name: String(stack), run: train(`${text}train: { batch: ${batch}, learning_rate: 0.001, stack: ${stack} }\n`, rows) } // prettier-ignore
  })
  const [averaged, stacked] = candidates.map((one) => one.run(1))
  if (!(Math.abs(averaged! - stacked!) <= 1e-10 * Math.abs(averaged!))) {
    throw new Error(`${name}: the losses ${averaged} and ${stacked} differ`)
  }
  const [a, b] = measure(candidates, { milliseconds: 100 })
  const cost = (nanoseconds: number) => `${(nanoseconds / 1000 / rows.length).toFixed(2)} µs`
  return [name, String(batch), cost(a!.nanoseconds), cost(b!.nanoseconds), b!.ratio.toFixed(2)]
}

/** Runs so many epochs, whose turns of the event loop follow at once; returns the last loss. */
function train(text: string, data: readonly Record<string, unknown>[]): Candidate['run'] {
  const { clock, takeAll } = turning()
  const graph = parseGraph(text, { clock })
  return (epochs) => {
    let last = Number.NaN
    graph.train({ data, epochs }).subscribe({
      next: ({ loss }) => (last = loss),
      error: (cause: Error) => {
        throw cause
      },
    })
    takeAll()
    return last
  }
}
