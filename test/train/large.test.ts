/** Graphs of very many gates of single numbers: every engine computes the bits of the live network. */
import { expect, test } from 'vitest'
import { Graph } from '../../src/graph.js'
import type { Plan, PlanNode, PlanPort } from '../../src/language/plan.js'
import { seeded } from '../../src/optimizers/random.js'
import type { EngineOption } from '../../src/train/engine.js'
import { fused } from '../kernel/allowed.js'
import { VirtualClock } from './clock.js'
import { outcomeOf } from './fusedrandom.js'

// What bends values back comes often, so that none grows without bound.
const kinds = ['tanh', 'sin', 'sigmoid', 'add', 'subtract', 'multiply', 'max', 'min', 'softplus', 'abs', 'relu', 'negate', 'cos'] as const // prettier-ignore
const arity = { add: 2, subtract: 2, multiply: 2, max: 2, min: 2 } as Readonly<Record<string, number>> // prettier-ignore

const node = (name: string, gate: string, ports: readonly PlanPort[]): PlanNode => {
  return { type: 'gate', name, gate, shape: [], ports, parameters: {} }
}

/** Gates whose inputs are chosen by chance: mostly near ones, for depth, and some of all. */
function randomPlan(gates: number, seed: number): Plan {
  const random = seeded(seed, 'large')
  const { below } = random
  const nodes: PlanNode[] = [
    { type: 'input', name: 'x', shape: [] },
    { type: 'target', name: 't', shape: [] },
  ]
  for (let at = 0; at < 300; at++) {
    nodes.push({ type: 'weight', name: `w${at}`, shape: [], value: random.uniform() - 0.5, frozen: at % 7 === 0 }) // prettier-ignore
  }
  const first = nodes.length
  while (nodes.length < first + gates) {
    const known = nodes.length
    const kind = kinds[below(2) === 0 ? below(3) : below(kinds.length)]!
    const count = kind === 'add' && below(50) === 0 ? 7 : (arity[kind] ?? 1)
    const ports = Array.from({ length: count }, (_, port): PlanPort => {
      if (port > 0 && below(8) === 0) return { value: random.uniform() - 0.5 }
      // Never the target, on which only the loss may depend.
      if (known > first && below(3) > 0) return { node: known - 1 - below(Math.min(20, known - first)) } // prettier-ignore
      return { node: known > first && below(2) === 0 ? first + below(known - first) : 2 + below(300) } // prettier-ignore
    })
    nodes.push(node(`n${known}`, kind, ports))
  }
  const last = nodes.length - 1
  const ends = Array.from({ length: 100 }, (_, at) => ({ node: last - at * 90 }))
  nodes.push(node('sum', 'add', [...ends, { node: 0 }]))
  nodes.push(node('d', 'subtract', [{ node: last + 1 }, { node: 1 }]))
  nodes.push(node('loss', 'multiply', [{ node: last + 2 }, { node: last + 2 }]))
  return planOver(nodes, last + 1)
}

function planOver(nodes: readonly PlanNode[], output: number): Plan {
  return {
    name: 'large',
    nodes,
    loss: nodes.length - 1,
    outputs: [output],
    metrics: [],
    tests: [],
    train: {
      epochs: 3, batch: 2, optimizer: { name: 'adam', parameters: {} }, learningRate: 0.001,
      clip: { norm: 1 }, shuffle: true, seed: 1, onFault: 'stop', budget: 10,
    }, // prettier-ignore
  }
}

function chainPlan(gates: number): Plan {
  const nodes: PlanNode[] = [
    { type: 'input', name: 'x', shape: [] },
    { type: 'target', name: 't', shape: [] },
    { type: 'weight', name: 'w', shape: [], value: 0.5 },
    node('n', 'multiply', [{ node: 0 }, { node: 2 }]),
  ]
  while (nodes.length < gates) {
    const from = { node: nodes.length - 1 }
    const kind = (['add', 'multiply', 'tanh'] as const)[nodes.length % 3]!
    const literal = { value: kind === 'add' ? 0.1 : 1.5 }
    nodes.push(node(`n${nodes.length}`, kind, kind === 'tanh' ? [from] : [from, literal]))
  }
  const last = nodes.length - 1
  nodes.push(node('d', 'subtract', [{ node: last }, { node: 1 }]))
  nodes.push(node('loss', 'multiply', [{ node: last + 1 }, { node: last + 1 }]))
  return planOver(nodes, last)
}

const data = [
  { x: 0.3, t: 1 },
  { x: -0.7, t: 0 },
  { x: 1.1, t: 2 },
]

function outcome(plan: Plan, engine: EngineOption) {
  const clock = new VirtualClock(0)
  return outcomeOf(new Graph(plan, { clock, engine }), clock, { data, every: 'epoch' })
}

test.each(fused)(
  '%s: a random graph of 20,000 gates trains to the bits of the live network',
  (engine) => {
    const plan = randomPlan(20_000, 4)
    const live = outcome(plan, 'live')
    const fused = outcome(plan, engine)
    expect(live.seen).toContain('complete')
    expect(fused.use).toMatchObject({ engine, steps: 9 })
    expect(fused.seen).toStrictEqual(live.seen)
  },
  60_000,
)

test('a chain of 100,000 gates, the deepest there is, is fused without recursion on its depth', () => {
  const plan = chainPlan(100_000)
  const live = outcome(plan, 'live')
  const fused = outcome(plan, 'wasm')
  expect(fused.use).toMatchObject({ engine: 'wasm', steps: 9 })
  expect(fused.seen).toStrictEqual(live.seen)
}, 60_000)

test('a long run of a large graph is made in WebAssembly, a short one by the network', () => {
  const plan = chainPlan(5000)
  const engineOf = (epochs: number) => {
    return new Graph({
      ...plan,
      train: { ...plan.train, epochs, data: { rows: data } },
    }).chosenEngine()
  }
  expect(engineOf(1000)).toMatchObject({ engine: 'wasm', reason: '4,999 gates' })
  expect(engineOf(10)).toMatchObject({ engine: 'live', reason: 'a run of 30 steps of 4,999 gates' })
})
