/**
 * An oracle: the same arithmetic on a tape, written without anything of eagre's but the elementary
 * functions, which are held to an oracle of their own: one last bit of a value that is not theirs can
 * be any number of bits of a gradient after it. Gradients are summed in the order in which
 * the tape is read back, so they agree to rounding.
 */
import { cos, exp, sigmoid, sin, tanh } from '../../src/gates/elementary/functions.js'

export interface Op {
  readonly gate: string
  readonly ports: readonly (number | { readonly literal: number })[]
}

type Rule = (inputs: readonly number[], y: number) => readonly number[]

const rules: Record<string, { value(...x: number[]): number; local: Rule }> = {
  add: { value: (...x) => x.reduce((a, b) => a + b), local: (x) => x.map(() => 1) },
  subtract: { value: (a, b) => a - b, local: () => [1, -1] },
  multiply: {
    value: (...x) => x.reduce((a, b) => a * b),
    local: (x) => x.map((_, i) => x.reduce((p, v, j) => (i === j ? p : p * v), 1)),
  },
  divide: { value: (a, b) => a / b, local: ([a, b]) => [1 / b!, -a! / (b! * b!)] },
  negate: { value: (a) => -a, local: () => [-1] },
  square: { value: (a) => a * a, local: ([a]) => [2 * a!] },
  tanh: { value: (a) => tanh(a), local: (_, y) => [1 - y * y] },
  sin: { value: (a) => sin(a), local: ([a]) => [cos(a!)] },
  cos: { value: (a) => cos(a), local: ([a]) => [-sin(a!)] },
  exp: { value: (a) => exp(a), local: (_, y) => [y] },
  sigmoid: { value: (a) => sigmoid(a), local: (_, y) => [y * (1 - y)] },
}

export const opNames = Object.keys(rules)

/** Values of all nodes and gradients of the last, sources first. Sums of magnitudes bound the rounding. */
export function tape(sources: readonly number[], ops: readonly Op[]) {
  const values = [...sources]
  const read = (port: Op['ports'][number]) =>
    typeof port === 'number' ? values[port]! : port.literal
  for (const { gate, ports } of ops) values.push(rules[gate]!.value(...ports.map(read)))
  const gradients = values.map(() => 0)
  const magnitudes = values.map(() => 0)
  gradients[values.length - 1] = 1
  magnitudes[values.length - 1] = 1
  for (let at = ops.length - 1; at >= 0; at--) {
    const { gate, ports } = ops[at]!
    const y = sources.length + at
    const local = rules[gate]!.local(ports.map(read), values[y]!)
    ports.forEach((port, i) => {
      if (typeof port !== 'number') return
      gradients[port]! += gradients[y]! * local[i]!
      magnitudes[port]! += magnitudes[y]! * Math.abs(local[i]!)
    })
  }
  return { values, gradients, magnitudes }
}
