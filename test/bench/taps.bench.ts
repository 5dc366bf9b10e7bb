/** What it costs to watch a node of a fused run: nanoseconds a step, and the ratio to no tap. */
import { parseGraph } from '../../src/graph.js'
import type { EngineOption } from '../../src/train/engine.js'
import { measure, table, turning, type Candidate } from './harness.js'
import { problemOf, rowsOf, sizes, textOf } from './problems.js'

const problem = problemOf(sizes[0]!)
const data = rowsOf(problem)
const neuron = `
inputs: { x1: 1, x2: 1, x3: -0.02 }
targets: { t: 0.475 }
weights: { w1: 0.1, w2: 0.4 }
gates: { o: tanh(w1 * x1 - w2 * x2 + x3) }
loss: (t - o)^2
train: { learning_rate: 1e-4 }`

const runs = [
  { name: 'tanh neuron', text: neuron, node: 'o', rows: undefined, per: 1, milliseconds: 60 },
  { name: '64-32-10', text: textOf(problem), node: 'h', rows: data, per: data.length, milliseconds: 120 }, // prettier-ignore
] // prettier-ignore

const lines: string[][] = []
for (const { name, text, node, rows, per, milliseconds } of runs) {
  for (const engine of ['javascript', 'wasm'] as const) {
    const candidates = [undefined, 10_000, 1000, 100, 1].map((every): Candidate => {
      return { name: every === undefined ? 'no tap' : `every ${every}`, run: runner(text, node, engine, every, rows, per) } // prettier-ignore
    })
    // Else what making a kernel takes would be taken for the time of its steps.
    for (const { run } of candidates) run(Math.ceil(20_000 / per))
    const found = measure(candidates, { milliseconds })
    const cells = found.flatMap(({ nanoseconds, ratio }, at) => {
      const time = (nanoseconds / (rows === undefined ? 1 : per)).toFixed(1)
      return at === 0 ? [time] : [time, ratio.toFixed(3)]
    })
    lines.push([name, engine, ...cells])
  }
}
const head = ['graph', 'engine', 'no tap', ...[10_000, 1000, 100, 1].flatMap((every) => [`every ${every}`, 'ratio'])] // prettier-ignore
console.log(table([head, ...lines]))

/** Trains for so many epochs, and returns how many messages came. */
function runner(
  text: string,
  node: string,
  engine: EngineOption,
  every: number | undefined,
  rows: ReturnType<typeof rowsOf> | undefined,
  per: number,
): (epochs: number) => number {
  const { clock, takeAll } = turning()
  const graph = parseGraph(text, { clock })
  let seen = 0
  if (every !== undefined) graph.values(node, { every }).subscribe(() => seen++)
  return (epochs) => {
    const before = seen
    graph.train({ ...(rows && { data: rows }), epochs, engine }).subscribe()
    takeAll()
    const expected = every === undefined ? 0 : Math.floor((epochs * per) / every)
    if (Math.abs(seen - before - expected) > 1) throw new Error(`${seen - before} messages, not ${expected}`) // prettier-ignore
    return seen - before
  }
}
