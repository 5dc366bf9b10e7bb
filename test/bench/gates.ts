/** Graphs of gates of single numbers, and loops over flat lists of what each gate does, as one would write for any graph. */
import type { Plan } from '../../src/language/plan.js'
import { planOf, type Build } from '../network/build.js'
import { chain, irregular, tree, type AnyMaker } from './shapes.js'

export interface ByHand {
  readonly plan: Plan
  readonly gates: number
  /** Trains for so many steps, and returns the last loss. */
  byHand(steps: number): number
}

/** Of so many gates in a row, wired by chance, or with about so many in all. */
export function gatesByHand(kind: 'chain' | 'irregular' | 'tree', size: number): ByHand {
  switch (kind) {
    case 'chain':
      return described(1, ([weight], make) => chain(weight!, size, make))
    case 'irregular':
      return described(300, (weights, make) => irregular(weights, size, make))
    case 'tree':
      return described(Math.ceil(size * 0.75), tree)
  }
}

/** What the loop knows; for the last two, `b` is a number. */
const kinds = ['add', 'subtract', 'multiply', 'max', 'tanh', 'sigmoid', 'sin', 'abs', 'shift', 'scale'] // prettier-ignore

function described(
  leaves: number,
  describe: (weights: readonly string[], make: AnyMaker<string>) => string,
): ByHand {
  const nodes: Record<string, Build> = {}
  const weights = Array.from({ length: leaves }, (_, i) => `w${i}`)
  for (const weight of weights) nodes[weight] = { weight: 0.5 }
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
    other: gate,
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
          values[leaves + i] = valueOf(kind[i]!, values[a[i]!]!, b[i]!, values)
        }
        gradients.fill(0)
        gradients[leaves + ops.length - 1] = 1
        for (let i = ops.length - 1; i >= 0; i--) {
          const g = gradients[leaves + i]!
          const y = values[leaves + i]!
          const from = a[i]!
          const by = b[i]!
          switch (kind[i]) {
            case 0:
              gradients[from]! += g
              gradients[by]! += g
              break
            case 1:
              gradients[from]! += g
              gradients[by]! -= g
              break
            case 2:
              gradients[from]! += g * values[by]!
              gradients[by]! += g * values[from]!
              break
            case 3: {
              const [x, z] = [values[from]!, values[by]!]
              if (x >= z) gradients[from]! += x > z ? g : g / 2
              if (z >= x) gradients[by]! += z > x ? g : g / 2
              break
            }
            case 4:
              gradients[from]! += g * (1 - y * y)
              break
            case 5:
              gradients[from]! += g * y * (1 - y)
              break
            case 6:
              gradients[from]! += g * Math.cos(values[from]!)
              break
            case 7:
              gradients[from]! += g * Math.sign(values[from]!)
              break
            case 8:
              gradients[from]! += g
              break
            default:
              gradients[from]! += g * by
          }
        }
        for (let i = 0; i < leaves; i++) values[i]! -= 1e-6 * gradients[i]!
      }
      return values.at(-1)!
    },
  }
}

function valueOf(kind: number, x: number, b: number, values: Float64Array): number {
  switch (kind) {
    case 0:
      return x + values[b]!
    case 1:
      return x - values[b]!
    case 2:
      return x * values[b]!
    case 3:
      return Math.max(x, values[b]!)
    case 4:
      return Math.tanh(x)
    case 5:
      return 1 / (1 + Math.exp(-x))
    case 6:
      return Math.sin(x)
    case 7:
      return Math.abs(x)
    case 8:
      return x + b
    default:
      return x * b
  }
}
