/** Graphs of single numbers in which the same gates come again and again, with some that do not between them. */
import { fc } from '../random.js'
import type { Plan, PlanNode, PlanPort } from '../../src/language/plan.js'

/**
 * What feeds a port: the gate before it, the last gate of the copy before, an input, a weight of
 * the copy, the gate of the first copy that lies there, or a number.
 */
export type From =
  | 'own'
  | 'before'
  | 'weight'
  | { readonly input: number }
  | { readonly first: number }
  | { readonly number: number }
  /** By copy. */
  | { readonly numbers: readonly number[] }

export interface Repeating {
  readonly inputs: number
  readonly cell: readonly { readonly gate: string; readonly from: readonly From[] }[]
  /** So many copies behind one another, then a gate that is none of them. */
  readonly copies: readonly number[]
}

const from = fc.oneof(
  { weight: 3, arbitrary: fc.constant<From>('own') },
  { weight: 3, arbitrary: fc.constant<From>('before') },
  { weight: 2, arbitrary: fc.constant<From>('weight') },
  fc.record({ input: fc.nat({ max: 2 }) }),
  fc.record({ first: fc.nat({ max: 5 }) }),
  fc.constantFrom<From>({ number: 0.25 }, { number: -1.5 }, { number: 1 }),
)
const one = fc.record({
  gate: fc.constantFrom('tanh', 'sin', 'abs', 'relu', 'negate', 'sigmoid'),
  from: fc.tuple(from),
})
const two = fc.record({
  gate: fc.constantFrom('add', 'multiply', 'subtract', 'max'),
  from: fc.tuple(from, from),
})

export const repeating: fc.Arbitrary<Repeating> = fc.record({
  inputs: fc.constant(3),
  cell: fc.array(fc.oneof(one, two), { minLength: 1, maxLength: 6 }),
  copies: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 3 }),
})

/** All weights learn, and the loss is the square of all that nobody reads. */
export function repeatingPlan({ inputs, cell, copies }: Repeating): Plan {
  const nodes: PlanNode[] = Array.from({ length: inputs }, (_, at) => {
    return { type: 'input', name: `x${at}`, shape: [] }
  })
  const all = copies.reduce((sum, count) => sum + count, 0)
  const perCopy = cell.reduce((sum, gate) => sum + gate.from.filter((one) => one === 'weight').length, 0) // prettier-ignore
  const weights = Math.max(1, all * perCopy)
  for (let at = 0; at < weights; at++) {
    nodes.push({ type: 'weight', name: `w${at}`, shape: [], value: Math.sin(at) })
  }
  const gate = (kind: string, ports: readonly PlanPort[]): number => {
    const name = `g${nodes.length}`
    nodes.push({ type: 'gate', name, gate: kind, shape: [], ports, parameters: {} })
    return nodes.length - 1
  }
  const beginning = gate('multiply', [{ node: 0 }, { node: inputs }])
  const first = nodes.length
  let [copy, weight, before] = [0, inputs, beginning]
  for (const count of copies) {
    const end = copy + count
    for (; copy < end; copy++) {
      let own = before
      for (const { gate: kind, from } of cell) {
        const ports = from.map((one): PlanPort => {
          if (one === 'own') return { node: own }
          if (one === 'before') return { node: before }
          if (one === 'weight') return { node: weight++ }
          if ('input' in one) return { node: one.input }
          if ('first' in one) return { node: Math.min(first + one.first, nodes.length - 1) }
          return { value: 'number' in one ? one.number : one.numbers[copy]! }
        })
        own = gate(kind, ports)
      }
      before = own
    }
    before = gate('cos', [{ node: before }])
  }
  const used = new Set(nodes.flatMap((node) => (node.type === 'gate' ? node.ports : [])).flatMap((port) => ('node' in port ? [port.node] : []))) // prettier-ignore
  const ends = nodes.flatMap((_, at) => (at >= beginning && !used.has(at) ? [{ node: at }] : []))
  const sum = ends.length === 1 ? ends[0]!.node : gate('add', ends)
  const bent = gate('tanh', [{ node: sum }])
  const loss = gate('multiply', [{ node: bent }, { node: bent }])
  return {
    name: 'repeating',
    nodes,
    loss,
    outputs: [bent],
    metrics: [],
    tests: [],
    train: {
      epochs: 3, batch: 1, optimizer: { name: 'sgd', parameters: {} }, learningRate: 0.01,
      shuffle: false, seed: 1, onFault: 'stop', budget: 10,
    }, // prettier-ignore
  }
}
