/**
 * The live network beside bare Subjects: nanoseconds per gate and step, one value down and one
 * gradient up each, with an update of the weights after every step.
 */
import { readFileSync } from 'node:fs'
import { parseGraph } from '../../src/graph.js'
import type { Clock } from '../../src/train/clock.js'
import { build, type Build } from '../network/build.js'
import { measure, table, type Candidate } from './harness.js'
import { subjectsChain, subjectsNeuron, subjectsTree } from './subjects.js'

const rows: string[][] = [['graph', 'gates', 'Subjects', 'eagre', 'ratio']]

function compare(
  name: string,
  gates: number,
  subjects: Candidate | undefined,
  eagre: Candidate,
): void {
  const big = gates >= 10_000
  const found = measure(
    subjects === undefined ? [eagre] : [subjects, eagre],
    big ? { milliseconds: 250 } : {},
  )
  const { nanoseconds, ratio } = found.at(-1)!
  const ours = nanoseconds / gates
  const theirs = subjects === undefined ? undefined : found[0]!.nanoseconds / gates
  rows.push([
    name,
    gates.toLocaleString('en'),
    theirs === undefined ? 'fails' : `${theirs.toFixed(0)} ns`,
    `${ours.toFixed(0)} ns`,
    theirs === undefined ? '' : ratio.toFixed(2),
  ])
  console.error(rows.at(-1)!.join('  '))
}

/** Training through `Graph.train()`, whose turns of the event loop follow at once. */
function neuron(): Candidate {
  const turns: (() => void)[] = []
  const clock: Clock = {
    now: () => performance.now(),
    later: (callback) => {
      turns.push(callback)
      return () => {}
    },
  }
  const text = readFileSync('graphs/tanh-neuron.yaml', 'utf8')
  const graph = parseGraph(text, { clock })
  return {
    name: 'eagre',
    run(steps) {
      graph.train({ epochs: steps }).subscribe()
      for (let turn = turns.shift(); turn !== undefined; turn = turns.shift()) turn()
    },
  }
}

function chain(length: number): Record<string, Build> {
  const nodes: Record<string, Build> = { w: { weight: 0.5 } }
  let end = 'w'
  for (let i = 0; i < length; i++) {
    nodes[`n${i}`] =
      i % 3 === 0 ? ['multiply', end, 1.0001] : i % 3 === 1 ? ['add', end, 0.001] : ['tanh', end]
    end = `n${i}`
  }
  return nodes
}

function tree(leaves: number): Record<string, Build> {
  const nodes: Record<string, Build> = {}
  let level = Array.from({ length: leaves }, (_, i) => `w${i}`)
  for (const name of level) nodes[name] = { weight: 0.5 }
  let count = 0
  for (let depth = 0; level.length > 1; depth++) {
    const next: string[] = []
    for (let i = 0; i + 1 < level.length; i += 2) {
      const name = `g${count++}`
      nodes[name] = [depth % 2 ? 'multiply' : 'add', level[i]!, level[i + 1]!]
      next.push(name)
    }
    if (level.length % 2) next.push(level.at(-1)!)
    level = next
  }
  return nodes
}

function live(nodes: Record<string, Build>): Candidate {
  const { network } = build(nodes, { loss: Object.keys(nodes).at(-1)! })
  const { state, wiring } = network
  const size = wiring.weightsSize
  const update = ({ gradients }: { gradients: Float64Array }) => {
    for (let i = 0; i < size; i++) state.weights[i]! -= 1e-9 * gradients[i]!
  }
  let step = 0
  return {
    name: 'eagre',
    run(steps) {
      for (let i = 0; i < steps; i++) {
        network.admit(step++, 'learn', 0, network.learnRoute(), update)
        network.run()
      }
    },
  }
}

const candidate = (run: (steps: number) => number): Candidate => ({
  name: 'Subjects',
  run: (n) => void run(n),
})

compare('tanh neuron', 7, candidate(subjectsNeuron()), neuron())
for (const length of [10, 100, 1000, 10_000, 100_000]) {
  let subjects: Candidate | undefined = candidate(subjectsChain(length))
  try {
    // RxJS loses what a subscriber throws: a chain that is too long ends in silence.
    if (subjectsChain(length)(1) !== 1) subjects = undefined
  } catch {
    subjects = undefined
  }
  compare('chain', length, subjects, live(chain(length)))
}
for (const leaves of [11, 101, 1001, 10_001, 100_001]) {
  compare('tree', leaves - 1, candidate(subjectsTree(leaves)), live(tree(leaves)))
}
console.log(table(rows))
process.exit(0)
