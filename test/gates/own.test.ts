/** Gates and optimizers of an application, made with nothing but what the package exports. */
import { expect, test } from 'vitest'
import {
  dense,
  fold,
  gates,
  optimizer,
  optimizers,
  parseGraph,
  pointwise,
  type DenseDeclaration,
  type Gate,
  type Mismatch,
  type Shape,
  type TensorLoops,
  type TensorPlace,
  type TensorRule,
} from '../../src/index.js'

const shape = ([x = []]: readonly Shape[]): Shape | Mismatch => {
  return x.length === 1 ? x : { mismatch: 'reverse takes a vector' }
}
const prepare: TensorRule['prepare'] = (place: TensorPlace): TensorLoops => {
  const { inputs, shape: own, output, gradient, answers } = place
  const [from, last] = [inputs[0]!.offset, own[0]! - 1]
  return {
    forward([x], values) {
      for (let i = 0; i <= last; i++) values[output + i] = x![from + last - i]!
    },
    backward(_, __, gradients) {
      for (let i = 0; i <= last; i++) gradients[answers[0]! + last - i] = gradients[gradient + i]!
    },
  }
}
const declaration: DenseDeclaration<'x'> = {
  doc: 'A vector from its end.',
  inputs: ['x'],
  value: 'x[n - 1 - i]',
  gradients: { x: 'g[n - 1 - i]' },
  shape,
  prepare,
}
const mine: Readonly<Record<string, Gate>> = {
  reverse: dense(declaration),
  bump: pointwise({
    doc: 'A bell around 0.',
    inputs: ['x'],
    value: 'exp(-x * x)',
    gradients: { x: '-2 * g * x * y' },
  }),
  smallest: fold({
    doc: 'The smallest; ties go to the first.',
    value: 'where(a <= b, a, b)',
    gradients: { a: 'where(a <= b, g, 0)', b: 'where(a <= b, 0, g)' },
  }),
}

const text = `
weights: { w: [1, 2, 3], v: 0.5 }
gates:
  r: reverse(w)
  s: smallest(v, bump(v), 7)
loss: sum(r * c) * s
train: { epochs: 1, learning_rate: 0.1, optimizer: halfway }
`

const graphOf = (more = 'constants: { c: [1, 10, 100] }\n') => {
  return parseGraph(text + more, {
    gates: { ...Object.fromEntries(gates), ...mine },
    optimizers: {
      ...Object.fromEntries(optimizers),
      halfway: optimizer({
        doc: 'Half of the way.',
        learningRate: 1,
        update: 'w - 0.5 * rate * g',
      }),
    },
  })
}

test('gates of an application stand beside the built-in ones, with their gradients', () => {
  const { values, gradients } = graphOf().step()
  expect(values['r']).toEqual({ shape: [3], data: Float64Array.of(3, 2, 1) })
  expect(values['s']).toBe(0.5)
  expect(gradients['w']).toEqual({ shape: [3], data: Float64Array.of(50, 5, 0.5) })
  expect(gradients['v']).toBe(123)
})

test('and so do optimizers', async () => {
  const graph = graphOf()
  await new Promise<void>((complete) => graph.train().subscribe({ complete }))
  expect(graph.weights()['v']).toBe(0.5 - 0.5 * 0.1 * 123)
})

test('shapes that do not fit are diagnostics where the gate is called', () => {
  expect(() => graphOf('constants: { c: 1 }\nmetrics: { m: "sum(reverse(v))" }\n')).toThrow(
    /shape-mismatch: .*reverse takes a vector/,
  )
})
