import { describe, expect, test } from 'vitest'
import { catalogue, fold, pointwise } from '../../src/gates/index.js'
import type { Shape } from '../../src/tensor/shape.js'
import { sizeOf } from '../../src/tensor/shape.js'
import { run } from './place.js'
import { runTensors, tensor, type TensorOptions } from './tensors.js'
import { expectSameOfBoth } from './allowed.js'

const shapes: readonly (readonly Shape[])[] = [
  [[3], [3]],
  [[3], []],
  [[], [3]],
  [[3], [1]],
  [[2, 3], [3]],
  [[3], [2, 3]],
  [
    [2, 3],
    [2, 1],
  ],
  [
    [2, 1],
    [1, 3],
  ],
  [[2, 1], [3]],
  [
    [4, 2, 3],
    [2, 1],
  ],
  [
    [4, 1, 3],
    [2, 1],
  ],
  [
    [4, 1, 3],
    [1, 2, 1],
  ],
  [[1, 1], [1]],
  [
    [1, 1],
    [2, 2, 1, 2],
  ],
  [[0], [1]],
  [[0, 3], [3]],
  [
    [0, 3],
    [1, 3],
  ],
  [[0], [0]],
]

const clip = pointwise({
  doc: '',
  inputs: ['a', 'b'],
  parameters: { p: 1.25 },
  value: 'a * tanh(b) * p + a / (1 + b * b)',
  gradients: {
    a: 'g * (tanh(b) * p + 1 / (1 + b * b))',
    b: 'g * (a * p * (1 - tanh(b) * tanh(b)) - a * 2 * b / ((1 + b * b) * (1 + b * b)))',
  },
})
const power = fold({
  doc: '',
  value: 'a * (b + 3)',
  gradients: { a: 'g * (b + 3)', b: 'g * a' },
  finish: { value: 'y / n', gradient: 'g / n' },
})

describe.each([
  ['pointwise', clip],
  ['a fold of two', power],
])('%s', (_, gate) => {
  test.each(shapes)('over %j and %j is what it is for each element', (one, other) => {
    const inputs = [tensor(one, 3), tensor(other, 5)]
    const { shape } = runTensors(gate, inputs)
    const g = tensor(shape, 7).data
    const result = runTensors(gate, inputs, { g })
    const expected = elements(shape, inputs.map((input) => input.shape)) // prettier-ignore
    const gradients = inputs.map(({ data }) => data.map(() => 0))
    expected.forEach((positions, element) => {
      const at = inputs.map(({ data }, port) => data[positions[port]!]!)
      const single = run(gate, at, { g: g[element]! })
      expect(result.value[element]).toBe(single.value)
      single.gradients.forEach((gradient, port) => {
        gradients[port]![positions[port]!]! += gradient as number // all ports have one
      })
    })
    expect(result.gradients).toEqual(gradients)
    bothSame(gate, inputs, { g })
    bothSame(gate, inputs, { g, memories: ['weights', 'values'] })
    bothSame(gate, inputs, { g, needed: [false, true] })
    bothSame(gate, inputs, { g, needed: [true, false] })
    if (one.length === 0) bothSame(gate, inputs, { g, memories: ['literal', 'values'] })
    if (other.length === 0) bothSame(gate, inputs, { g, memories: ['values', 'literal'] })
  })
})

test('a literal -0 is -0 for each element', () => {
  const inputs = [tensor([4], 3), { shape: [], data: [-0] }]
  bothSame(catalogue.multiply, inputs, { memories: ['values', 'literal'] })
})

describe('a fold of many', () => {
  test.each([
    [[[3], [3], [3]]],
    [[[3], [], [2, 1], [2, 3]]],
    [[[2, 1], [3], [2, 3], [1]]],
    [[[4, 1, 3], [2, 1], [], [3]]],
    [[[0, 3], [3], [1]]],
  ] as const)('over %j is what it is for each element', (all: readonly Shape[]) => {
    for (const gate of [power, catalogue.add, catalogue.max, catalogue.mean]) {
      const inputs = all.map((shape, index) => tensor(shape, 11 + index))
      const { shape } = runTensors(gate, inputs)
      const g = tensor(shape, 7).data
      const result = runTensors(gate, inputs, { g })
      const gradients = inputs.map(({ data }) => data.map(() => 0))
      elements(shape, all).forEach((positions, element) => {
        const at = inputs.map(({ data }, port) => data[positions[port]!]!)
        const single = run(gate, at, { g: g[element]! })
        expect(result.value[element]).toBe(single.value)
        single.gradients.forEach((gradient, port) => {
          gradients[port]![positions[port]!]! += gradient as number // all ports have one
        })
      })
      expect(result.gradients).toEqual(gradients)
      bothSame(gate, inputs, { g })
      bothSame(gate, inputs, { g, needed: all.map((_, port) => port === 1) })
      bothSame(gate, inputs, { g, memories: all.map((_, port) => (port % 2 ? 'weights' : 'values')) }) // prettier-ignore
      const memories = all.map((own) => (own.length === 0 ? 'literal' : 'values'))
      bothSame(gate, inputs, { g, memories })
    }
  })
})

describe('a loss that is reduced', () => {
  const scaled = pointwise({
    doc: '',
    inputs: ['a', 'b'],
    parameters: { p: 1.5 },
    reduction: 'none',
    value: 'a * b * p - a',
    gradients: { a: 'g * (b * p - 1)', b: 'g * (a * p)' },
  })
  test.each(shapes)('over %j and %j is the sum or the mean of its elements', (one, other) => {
    const inputs = [tensor(one, 3), tensor(other, 5)]
    const each = runTensors(scaled, inputs)
    const count = each.value.length
    for (const reduction of ['sum', 'mean'] as const) {
      const parameters = { reduction }
      const g = [3]
      const result = runTensors(scaled, inputs, { parameters, g })
      const sum = each.value.reduce((all, y) => all + y, 0)
      expect(result.shape).toEqual([])
      expect(result.value).toEqual([reduction === 'sum' ? sum : sum / count])
      const arriving = each.value.map(() => (reduction === 'sum' ? 3 : 3 / count))
      expect(result.gradients).toEqual(runTensors(scaled, inputs, { g: arriving }).gradients)
      bothSame(scaled, inputs, { parameters, g })
      bothSame(scaled, inputs, { parameters, g, needed: [true, false] })
    }
  })

  test('of single numbers is what it is without', () => {
    for (const reduction of ['none', 'sum', 'mean'] as const) {
      const result = run(scaled, [2, 3], { g: 5, parameters: { reduction } })
      expect(result).toEqual({ value: 7, gradients: [17.5, 15] })
    }
  })
})

test('a single tensor passes through a fold of one', () => {
  const x = tensor([2, 3], 1)
  expect(runTensors(catalogue.add, [x])).toMatchObject({ shape: [2, 3], value: x.data })
  bothSame(catalogue.multiply, [x], {})
})

function bothSame(
  gate: typeof clip,
  inputs: Parameters<typeof runTensors>[1],
  options: TensorOptions,
) {
  expectSameOfBoth((executor) => runTensors(gate, inputs, { ...options, executor }))
}

/** For each element of `shape`, in order, where in each operand it comes from; the slow way. */
function elements(shape: Shape, operands: readonly Shape[]): number[][] {
  return Array.from({ length: sizeOf(shape) }, (_, element) => {
    const index: number[] = []
    for (let axis = shape.length - 1, rest = element; axis >= 0; axis--) {
      index.unshift(rest % shape[axis]!)
      rest = Math.floor(rest / shape[axis]!)
    }
    return operands.map((operand) => {
      const own = index.slice(shape.length - operand.length)
      return operand.reduce((at, size, axis) => at * size + (size === 1 ? 0 : own[axis]!), 0)
    })
  })
}
