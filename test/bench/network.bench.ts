/**
 * The live network beside bare Subjects: nanoseconds per gate and step, one value down and one
 * gradient up each, with an update of the weights after every step.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { config } from 'rxjs'
import { parseGraph } from '../../src/graph.js'
import { build, type Build } from '../network/build.js'
import { measure, table, turning, type Candidate } from './harness.js'
import { chain, tree, type Maker } from './shapes.js'
import { rate, subjectsChain, subjectsNeuron, subjectsTree, type Train } from './subjects.js'

// RxJS throws what overflowed the stack of a long chain again later, when nobody can catch it.
config.onUnhandledError = () => {}

const sizes = [10, 100, 1000, 10_000, 100_000]
// Of four leaves come two sums, a product and a tanh.
const leavesFor = (gates: number) => Math.ceil(gates * 0.75)
const rows: (() => string[])[] = [
  () => compare('tanh neuron', subjectsNeuron(), { gates: 7, train: neuron() }),
  ...sizes.map(
    (size) => () =>
      compare(
        'chain',
        subjectsChain(size),
        live(1, ([weight], make) => chain(weight!, size, make)),
      ),
  ),
  ...sizes.map(
    (size) => () =>
      compare('tree', subjectsTree(leavesFor(size)), live(leavesFor(size), tree<string>)),
  ),
]

// Each row has a process of its own, so that none is slower for what others have left behind.
const [file, row] = process.argv.slice(1)
if (row !== undefined) process.stdout.write(JSON.stringify(rows[Number(row)]!()))
else {
  const found = rows.map((_, index) => {
    const text = execFileSync(process.execPath, [file!, String(index)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    return JSON.parse(text.toString()) as string[]
  })
  console.log(table([['graph', 'gates', 'Subjects', 'eagre', 'ratio'], ...found]))
}

function compare(name: string, subjects: Train, { gates, train }: Live): string[] {
  const [theirs, ours] = [subjects(2), train(2)]
  const fails = Number.isNaN(theirs)
  if (!fails && !(Math.abs(theirs - ours) <= 1e-12)) {
    throw new Error(`${name} of ${gates}: Subjects find ${theirs}, eagre ${ours}`)
  }
  const candidates: Candidate[] = [{ name: 'eagre', run: train }]
  if (!fails) candidates.unshift({ name: 'Subjects', run: subjects })
  const found = measure(candidates, gates >= 9000 ? { milliseconds: 250 } : {})
  const cost = ({ nanoseconds }: { nanoseconds: number }) =>
    `${(nanoseconds / gates).toFixed(0)} ns`
  const last = found.at(-1)!
  return [
    name,
    gates.toLocaleString('en'),
    fails ? 'fails' : cost(found[0]!),
    cost(last),
    fails ? '' : last.ratio.toFixed(2),
  ]
}

interface Live {
  readonly gates: number
  readonly train: Train
}

/** Training through `Graph.train()`, whose turns of the event loop follow at once. */
function neuron(): Train {
  const { clock, takeAll } = turning()
  const graph = parseGraph(readFileSync('graphs/tanh-neuron.yaml', 'utf8'), { clock })
  return (steps) => {
    let last = NaN
    graph.train({ epochs: steps, engine: 'live' }).subscribe(({ loss }) => (last = loss))
    takeAll()
    return last
  }
}

/** Training on the network alone, with an update as short as that of the Subjects. */
function live(
  leaves: number,
  describe: (weights: readonly string[], make: Maker<string>) => string,
): Live {
  const nodes: Record<string, Build> = {}
  const weights = Array.from({ length: leaves }, (_, i) => `w${i}`)
  for (const name of weights) nodes[name] = { weight: 0.5 }
  let gates = 0
  const gate = (...parts: Build & readonly unknown[]) => {
    const name = `g${gates++}`
    nodes[name] = parts
    return name
  }
  const loss = describe(weights, {
    add: (a, b) => gate('add', a, b),
    multiply: (a, b) => gate('multiply', a, b),
    tanh: (x) => gate('tanh', x),
  })
  const { network } = build(nodes, { loss })
  const { state, wiring } = network
  const at = wiring.offsets[Object.keys(nodes).indexOf(loss)]!
  let last = NaN
  const update = ({ values, gradients }: { values: Float64Array; gradients: Float64Array }) => {
    last = values[at]!
    for (let i = 0; i < leaves; i++) state.weights[i]! -= rate * gradients[i]!
  }
  let step = 0
  return {
    gates,
    train: (steps) => {
      for (let i = 0; i < steps; i++) {
        network.admit(step++, 'learn', 0, network.learnRoute(), update)
        network.run()
      }
      return last
    },
  }
}
