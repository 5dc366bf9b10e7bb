/** Graphs of gates of single numbers, and loops over flat lists of what each gate does, as one would write for any graph. */
import type { Plan } from '../../src/language/plan.js'
import { planOf, type Build } from '../network/build.js'
import { chain, tree, type Maker } from './shapes.js'

export interface ByHand {
  readonly plan: Plan
  readonly gates: number
  /** Trains for so many steps, and returns the last loss. */
  byHand(steps: number): number
}

/** Of so many gates in a row, or with about so many in all. */
export function gatesByHand(kind: 'chain' | 'tree', size: number): ByHand {
  return kind === 'chain'
    ? described(1, ([weight], make) => chain(weight!, size, make))
    : described(Math.ceil(size * 0.75), tree<string>)
}

function described(
  leaves: number,
  describe: (weights: readonly string[], make: Maker<string>) => string,
): ByHand {
  const nodes: Record<string, Build> = {}
  const weights = Array.from({ length: leaves }, (_, i) => `w${i}`)
  for (const weight of weights) nodes[weight] = { weight: 0.5 }
  const kinds = ['add', 'multiply', 'tanh', 'shift', 'scale']
  const ops: { kind: number; a: number; b: number }[] = []
  const number = (node: string) => Number(node.slice(1)) + (node.startsWith('g') ? leaves : 0)
  const gate = (kind: string, a: string, b?: string | number) => {
    const own = `g${ops.length}`
    const literal = typeof b === 'number'
    nodes[own] = b === undefined ? [kind, a] : [kind, a, b]
    const code = literal ? (kind === 'add' ? 'shift' : 'scale') : kind
    ops.push({ kind: kinds.indexOf(code), a: number(a), b: literal ? b : b === undefined ? 0 : number(b) }) // prettier-ignore
    return own
  }
  const loss = describe(weights, {
    add: (a, b) => gate('add', a, b),
    multiply: (a, b) => gate('multiply', a, b),
    tanh: (x) => gate('tanh', x),
  })
  const plan = planOf(nodes, { loss })
  const [kind, a, b] = [Uint8Array.from(ops, (op) => op.kind), Int32Array.from(ops, (op) => op.a), Float64Array.from(ops, (op) => op.b)] // prettier-ignore
  return {
    plan: { ...plan, train: { ...plan.train, learningRate: 1e-6 } },
    gates: ops.length,
    byHand: (steps) => {
      const values = new Float64Array(leaves + ops.length).fill(0.5, 0, leaves)
      const gradients = new Float64Array(leaves + ops.length)
      for (let step = 0; step < steps; step++) {
        for (let i = 0; i < ops.length; i++) {
          const x = values[a[i]!]!
          const by = b[i]!
          const k = kind[i]
          values[leaves + i] =
            k === 0 ? x + values[by]! : k === 1 ? x * values[by]! : k === 2 ? Math.tanh(x) : k === 3 ? x + by : x * by // prettier-ignore
        }
        gradients.fill(0)
        gradients[leaves + ops.length - 1] = 1
        for (let i = ops.length - 1; i >= 0; i--) {
          const g = gradients[leaves + i]!
          const y = values[leaves + i]!
          const from = a[i]!
          const by = b[i]!
          const k = kind[i]
          if (k === 0) {
            gradients[from]! += g
            gradients[by]! += g
          } else if (k === 1) {
            gradients[from]! += g * values[by]!
            gradients[by]! += g * values[from]!
          } else gradients[from]! += k === 2 ? g * (1 - y * y) : k === 3 ? g : g * by
        }
        for (let i = 0; i < leaves; i++) values[i]! -= 1e-6 * gradients[i]!
      }
      return values.at(-1)!
    },
  }
}
