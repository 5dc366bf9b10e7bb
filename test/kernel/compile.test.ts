import { afterEach, describe, expect, test, vi } from 'vitest'
import { catalogue, fold, pointwise } from '../../src/gates/index.js'
import type { Gate } from '../../src/gates/gate.js'
import { canGenerate, compile, scratchOf } from '../../src/kernel/compile.js'
import { fire, place, run } from './place.js'
import { executors, generates } from './allowed.js'

describe.each(executors)('a kernel of executor %s', (executor) => {
  test('reads values, weights and literals', () => {
    const memories = ['values', 'weights', 'literal'] as const
    expect(run(catalogue.clamp, [3, 1, 2.5], { executor, memories })).toEqual({
      value: 2.5,
      gradients: [0, 0, 'none'],
    })
    expect(run(catalogue.multiply, [3, 5, 7], { executor, memories })).toEqual({
      value: 105,
      gradients: [35, 21, 'none'],
    })
  })

  test('writes the answers that somebody needs and no other', () => {
    const needed = [false, true]
    expect(run(catalogue.divide, [6, 2], { executor, needed }).gradients).toEqual(['none', -1.5])
    expect(run(catalogue.add, [6, 2], { executor, needed: [false, false] })).toEqual({
      value: 8,
      gradients: ['none', 'none'],
    })
    const third = [false, false, true, false]
    expect(run(catalogue.multiply, [2, 3, 5, 7], { executor, needed: third }).gradients).toEqual([
      'none',
      'none',
      42,
      'none',
    ])
  })

  test('stores its answers instead of adding them', () => {
    const { binding, frame } = place(catalogue.square, [3])
    const kernel = compile(binding, executor)
    fire(kernel, binding, frame)
    expect(fire(kernel, binding, frame).gradients).toEqual([6])
  })

  test('owns nothing: one kernel serves many frames', () => {
    const one = place(catalogue.max, [1, 5, 3])
    const other = place(catalogue.max, [9, 5, 3])
    const kernel = compile(one.binding, executor)
    const state = {
      weights: one.frame.weights,
      optimizer: [],
      updates: 0,
      gates: new Float64Array(64),
    }
    kernel.forward(one.frame, state)
    kernel.forward(other.frame, state)
    kernel.backward(one.frame, state)
    kernel.backward(other.frame, state)
    expect(Array.from(one.frame.gradients.slice(0, 3))).toEqual([0, 1, 0])
    expect(Array.from(other.frame.gradients.slice(0, 3))).toEqual([1, 0, 0])
  })

  test('leaves the side of where that is not taken out of it', () => {
    const root = pointwise({
      doc: '',
      inputs: ['x'],
      value: 'where(x > 0, sqrt(x), 0)',
      gradients: { x: 'where(x > 0, g / (2 * sqrt(x)), 0)' },
    })
    expect(run(root, [-4], { executor })).toEqual({ value: 0, gradients: [0] })
    expect(run(root, [4], { executor })).toEqual({ value: 2, gradients: [0.25] })
  })

  test('folds from the left', () => {
    const tower = fold({
      doc: '',
      value: 'a / b',
      gradients: { a: 'g / b', b: '-g * (y / b)' },
    })
    expect(run(tower, [48, 2, 3, 4], { executor })).toEqual({
      value: 2,
      gradients: [1 / 24, -1, -2 / 3, -0.5],
    })
  })

  test('gives a finished fold the value before it was finished', () => {
    const norm = fold({
      doc: '',
      value: 'a + b * b',
      gradients: { a: 'g', b: 'g * (2 * b)' },
      finish: { value: 'sqrt(y) / n', gradient: 'g / (2 * sqrt(y) * n)' },
    })
    const single = run(norm, [16], { executor })
    expect(single).toEqual({ value: 4, gradients: [1 / 8] })
    const pair = run(norm, [0, 3], { executor })
    expect(pair).toEqual({ value: 1.5, gradients: [1 / 12, 0.5] })
    const four = run(norm, [0, 2, 4, 4], { executor })
    expect(four).toEqual({ value: 1.5, gradients: [1 / 48, 1 / 12, 1 / 6, 1 / 6] })
  })

  test('takes 20,000 inputs', () => {
    const at = Array.from({ length: 20_000 }, (_, index) => 1 + (index % 7) / 1e6)
    const product = run(catalogue.multiply, at, { executor })
    product.gradients.forEach((gradient, port) => {
      const expected = product.value / at[port]!
      expect(Math.abs((gradient as number) - expected)).toBeLessThan(1e-12)
    })
    const mean = run(catalogue.mean, at, { executor })
    expect(mean.value).toBe(at.reduce((sum, x) => sum + x) / 20_000)
    expect(new Set(mean.gradients)).toEqual(new Set([1 / 20_000]))
  })

  test('reads the default of a parameter that is not given', () => {
    expect(run(catalogue.leaky_relu, [-2], { executor })).toEqual({
      value: -0.02,
      gradients: [0.01],
    })
  })

  test('takes any name of ports and parameters', () => {
    const hostile = pointwise({
      doc: '',
      inputs: ['constructor', 'frame', 'values'],
      parameters: { __proto: 2, f0: 3 },
      value: 'constructor * __proto + frame * f0 - values',
      gradients: { constructor: 'g * __proto', frame: 'g * f0', values: '-g' },
    })
    expect(run(hostile, [1, 10, 100], { executor })).toEqual({ value: -68, gradients: [2, 3, -1] })
  })
})

const scratch = (gate: Gate, count: number, shape: readonly number[] = []) => {
  return scratchOf(
    gate,
    Array.from({ length: count }, () => shape),
    shape,
    {},
  )
}

test('only a fold whose gradients look at the way there saves it', () => {
  expect(scratch(catalogue.multiply, 5)).toBe(4)
  expect(scratch(catalogue.multiply, 2)).toBe(0)
  expect(scratch(catalogue.max, 20_000)).toBe(19_999)
  expect(scratch(catalogue.add, 5)).toBe(0)
  expect(scratch(catalogue.mean, 5)).toBe(0)
  expect(scratch(catalogue.tanh, 1)).toBe(0)
  expect(scratch(catalogue.multiply, 5, [2, 3])).toBe(24)
  expect(scratch(catalogue.multiply, 2, [2, 3])).toBe(0)
})

test('code may be generated unless these tests were told otherwise', () => {
  expect(generates).toBe(!process.env['EAGRE_NO_EVAL'])
})

describe('where code generation is forbidden', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
    vi.resetModules()
  })

  test('the executor "javascript" says so, and "interpret" works', async () => {
    expect(canGenerate()).toBe(generates)
    vi.stubGlobal('Function', function forbidden() {
      throw new EvalError('Code generation from strings disallowed for this context')
    })
    vi.resetModules()
    const fresh = await import('../../src/kernel/compile.js')
    const { binding } = place(catalogue.tanh, [1])
    expect(fresh.canGenerate()).toBe(false)
    expect(fresh.refusal()).toBe(
      'code generation is forbidden here (Code generation from strings disallowed for this context)',
    )
    expect(() => fresh.compile(binding, 'javascript')).toThrow(/code generation is forbidden here/)
    expect(() => fresh.compile(binding, 'interpret')).not.toThrow()
  })
})
