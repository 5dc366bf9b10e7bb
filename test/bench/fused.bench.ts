/**
 * Fused training runs beside loops that one would write by hand: nanoseconds a step, and the ratio
 * to the loop in the same round.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Graph, parseGraph } from '../../src/graph.js'
import type { Clock } from '../../src/train/clock.js'
import type { EngineOption } from '../../src/train/engine.js'
import type { TrainOptions } from '../../src/train/report.js'
import { gatesByHand } from './gates.js'
import { trainByHand } from './hand.js'
import { measure, table, turning, type Candidate } from './harness.js'
import { problemOf, rowsOf, sizes, textOf, type Size } from './problems.js'

const engines: readonly EngineOption[] = ['live', 'interpret', 'javascript', 'wasm']

interface Row {
  readonly name: string
  readonly gates: number
  /** For each candidate and round. */
  readonly milliseconds?: number
  /** Updates in what counts as a step: an epoch. */
  readonly updates?: number
  /** Trains for so many steps by hand, and returns the last loss. */
  byHand(steps: number): number
  graph(clock: Clock): Graph
  options(steps: number): TrainOptions
}

const rows: (() => Row)[] = [
  neuron,
  product,
  logistic,
  ...sizes.map((size) => () => dense(size)),
  ...[100, 1000].flatMap((size) => [() => shape('chain', size), () => shape('tree', size)]),
]

// Each row has a process of its own, so that none is slower for what others have left behind.
const [file, row] = process.argv.slice(1)
if (row !== undefined) process.stdout.write(JSON.stringify(compare(rows[Number(row)]!())))
else {
  const found = rows.map((_, index) => {
    const text = execFileSync(process.execPath, [file!, String(index)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    return JSON.parse(text.toString()) as string[]
  })
  console.log(table([['graph', 'gates', 'loop', ...engines.flatMap((name) => [name, 'ratio'])], ...found])) // prettier-ignore
}

function compare({
  name,
  gates,
  milliseconds = 100,
  updates = 1,
  byHand,
  graph,
  options,
}: Row): string[] {
  const candidates = engines.map((engine): Candidate => {
    const { clock, takeAll } = turning()
    const one = graph(clock)
    const run = (steps: number) => {
      let last = NaN
      one.train({ ...options(steps), engine }).subscribe(({ loss }) => (last = loss))
      takeAll()
      if (one.engine!.engine !== engine) throw new Error(`${engine} did not run`)
      return last
    }
    return { name: engine, run }
  })
  const checked = updates > 1 ? 2 : 200
  const theirs = byHand(checked)
  const ours = candidates.map(({ run }) => run(checked))
  for (const loss of ours) {
    if (!(Math.abs(loss - theirs) <= 1e-9 * Math.max(1, Math.abs(theirs)))) {
      throw new Error(`${name}: by hand ${theirs}, eagre ${loss}`)
    }
  }
  const found = measure([{ name: 'loop', run: byHand }, ...candidates], { milliseconds })
  const time = (nanoseconds: number) =>
    nanoseconds < 1000 ? `${nanoseconds.toFixed(0)} ns` : `${(nanoseconds / 1000).toFixed(1)} µs`
  return [
    name,
    gates.toLocaleString('en'),
    time(found[0]!.nanoseconds / updates),
    ...found.slice(1).flatMap(({ nanoseconds, ratio }) => {
      return [time(nanoseconds / updates), ratio.toFixed(2)]
    }),
  ]
}

function neuron(): Row {
  return {
    name: 'tanh neuron',
    gates: 7,
    graph: (clock) => parseGraph(readFileSync('graphs/tanh-neuron.yaml', 'utf8'), { clock }),
    options: (epochs) => ({ epochs }),
    byHand: (steps) => {
      let [w1, w2, loss] = [0.1, 0.4, 0]
      for (let step = 0; step < steps; step++) {
        const o = Math.tanh(w1 * 1 - w2 * 1 - 0.02)
        const d = 0.475 - o
        loss = d * d
        const g = -2 * d * (1 - o * o)
        w1 -= 0.001 * g
        w2 -= 0.001 * -g
      }
      return loss
    },
  }
}

function product(): Row {
  const text = `
weights: { x: 2, y: 5, z: 9 }
gates: { f: (x + y) * z }
loss: (144 - f)^2
train: { learning_rate: 1e-6 }`
  return {
    name: '(x + y) * z',
    gates: 4,
    graph: (clock) => parseGraph(text, { clock }),
    options: (epochs) => ({ epochs }),
    byHand: (steps) => {
      let [x, y, z, loss] = [2, 5, 9, 0]
      for (let step = 0; step < steps; step++) {
        const q = x + y
        const d = 144 - q * z
        loss = d * d
        const g = -2 * d
        x -= 1e-6 * (g * z)
        y -= 1e-6 * (g * z)
        z -= 1e-6 * (g * q)
      }
      return loss
    },
  }
}

function logistic(): Row {
  const [count, width] = [64, 20]
  const feature = (row: number, at: number) => Math.sin(row * 12.9 + at * 78.2)
  const data = Array.from({ length: count }, (_, row) => ({
    x: Array.from({ length: width }, (__, at) => feature(row, at)),
    t: feature(row, 3) > 0 ? 1 : 0,
  }))
  const rows = Float64Array.from(data.flatMap(({ x }) => x))
  const targets = Float64Array.from(data, ({ t }) => t)
  const text = `
inputs: { x: { shape: [${width}] } }
targets: [t]
weights: { w: { shape: [${width}], init: zeros }, b: 0 }
gates:
  z: dot(x, w) + b
loss: logistic_loss(z, t)
train: { learning_rate: 1e-4 }`
  return {
    name: 'logistic, 20 features',
    gates: 3,
    graph: (clock) => parseGraph(text, { clock }),
    updates: count,
    options: (epochs) => ({ data, epochs }),
    byHand: (epochs) => {
      const w = new Float64Array(width)
      let [b, loss, mean] = [0, 0, 0]
      for (let epoch = 0; epoch < epochs; epoch++) {
        loss = 0
        for (let at = 0; at < count; at++) {
          let z = b
          for (let i = 0; i < width; i++) z += rows[at * width + i]! * w[i]!
          const e = Math.exp(-Math.abs(z))
          loss += Math.max(z, 0) - z * targets[at]! + Math.log1p(e)
          const g = (z < 0 ? e : 1) / (1 + e) - targets[at]!
          for (let i = 0; i < width; i++) w[i]! -= 1e-4 * g * rows[at * width + i]!
          b -= 1e-4 * g
        }
        mean = loss / count
      }
      return mean
    },
  }
}

/** An update for each step: of one sample or of a batch of them. */
function dense(size: Size): Row {
  const problem = problemOf(size)
  const { inputs, hidden, classes, batch, batches } = problem
  const train = trainByHand(problem)
  const data = rowsOf(problem)
  return {
    name: `${inputs}-${hidden}-${classes}, batch ${batch}`,
    gates: 6,
    milliseconds: size.milliseconds,
    updates: batches,
    graph: (clock) => {
      const graph = parseGraph(textOf(problem), { clock })
      const [W1, b1, W2, b2] = problem.weights
      graph.restore({ W1, b1, W2, b2 })
      return graph
    },
    options: (epochs) => ({ data, epochs }),
    byHand: train,
  }
}

function shape(kind: 'chain' | 'tree', size: number): Row {
  const { plan, gates, byHand } = gatesByHand(kind, size)
  return {
    name: kind,
    gates,
    milliseconds: gates > 900 ? 600 : 100,
    graph: (clock) => new Graph(plan, { clock }),
    options: (epochs) => ({ epochs }),
    byHand,
  }
}
