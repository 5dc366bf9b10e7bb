import { describe, expect, test } from 'vitest'
import { compileUpdate } from '../../src/kernel/update.js'
import { optimizer, optimizers, schedules } from '../../src/optimizers/index.js'
import { usual } from '../kernel/allowed.js'

describe('a declaration', () => {
  test('parses when it is first used, and then once', () => {
    const declared = optimizer({ state: { m: 'm + g' }, update: 'w - rate * m' })
    expect(declared.lines).toBe(declared.lines)
    expect(declared.lines.map(({ type, name }) => `${type} ${name}`)).toEqual(['state m'])
  })

  test('lets stand before states', () => {
    const { lines } = optimizer({ state: { s: 'a' }, let: { a: 'g' }, update: 'w - s' })
    expect(lines.map(({ name }) => name)).toEqual(['a', 's'])
  })

  test.each<[string, Parameters<typeof optimizer>[0], RegExp]>([
    ['an unknown name', { update: 'w - lr * g' }, /there is no "lr"; it may use w, g, rate, t/],
    ['an unknown function', { update: 'w - relu(g)' }, /there is no intrinsic "relu"/],
    ['an argument too few', { update: 'w - max(g)' }, /"max" takes 2 arguments, got 1/],
    ['half a formula', { update: 'w - ' }, /formula "w - "/],
    ['a line before it is there', { let: { a: 'b', b: 'g' }, update: 'a' }, /there is no "b"/],
    ['g in an initial value', { state: { m: 'm' }, initial: { m: 'g' }, update: 'm' }, /no "g"/],
  ])('is refused for %s, when it is used', (_, declaration, message) => {
    expect(() => optimizer(declaration).lines && optimizer(declaration).update).toThrow(message)
  })

  test.each<[string, Parameters<typeof optimizer>[0]]>([
    ['w', { let: { w: 'g' }, update: 'w' }],
    ['rate', { parameters: { rate: 1 }, update: 'w' }],
    ['m', { parameters: { m: 1 }, state: { m: 'g' }, update: 'w' }],
    ['m', { let: { m: 'g' }, state: { m: 'g' }, update: 'w' }],
  ])('is refused for the name "%s" twice', (name, declaration) => {
    expect(() => optimizer(declaration)).toThrow(`an optimizer names "${name}" twice`)
  })
})

describe('the catalogue', () => {
  test('has the rows of the language, each with its name, a line of doc and a source', () => {
    expect([...optimizers.keys()].toSorted()).toEqual([
      'adadelta',
      'adagrad',
      'adam',
      'adamax',
      'adamw',
      'ftrl',
      'nadam',
      'rmsprop',
      'sgd',
    ])
    for (const [key, { name, doc, source }] of optimizers) {
      expect(name).toBe(key)
      expect(doc).toMatch(/^[A-Z].*\.$/)
      expect(source).toBeDefined()
    }
    expect([...schedules.keys()].toSorted()).toEqual([
      'cosine',
      'exponential',
      'linear',
      'multi_step',
      'one_cycle',
      'step',
    ])
  })

  // The signatures of torch.optim (2.x for sgd's rate and for nadam); ftrl as in the paper.
  test.each([
    ['sgd', 0.001, { momentum: 0, dampening: 0, weight_decay: 0, nesterov: false }],
    ['adagrad', 0.01, { lr_decay: 0, weight_decay: 0, initial_accumulator_value: 0, eps: 1e-10 }],
    ['rmsprop', 0.01, { alpha: 0.99, eps: 1e-8, weight_decay: 0, momentum: 0, centered: false }],
    ['adadelta', 1, { rho: 0.9, eps: 1e-6, weight_decay: 0 }],
    ['adam', 0.001, { beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0, amsgrad: false }],
    ['adamw', 0.001, { beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.01, amsgrad: false }],
    ['adamax', 0.002, { beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0 }],
    [
      'nadam',
      0.002,
      { beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0, momentum_decay: 0.004 },
    ],
    ['ftrl', 0.1, { beta: 1, l1: 0, l2: 0 }],
  ])('%s has the defaults of its source', (name, learningRate, parameters) => {
    const declared = optimizers.get(name)!
    expect(declared.learningRate).toBe(learningRate)
    expect(Object.fromEntries(declared.parameters)).toEqual(parameters)
  })

  test.each([...optimizers.keys()])('%s stays finite where the gradient is always 0', (name) => {
    for (const start of [0, 1]) {
      const { weights } = constantly(name, 0, start, {})
      expect(weights.every(Number.isFinite)).toBe(true)
    }
  })
})

test('centered rmsprop stays finite where the gradient is always the same', () => {
  for (const g of [0.1, 0.3, 1.7, 1e6]) {
    const parameters = { centered: true, alpha: 0.5 }
    expect(constantly('rmsprop', g, 1, parameters).weights.every(Number.isFinite)).toBe(true)
  }
})

test('ftrl with l1 leaves weights of small gradients at exactly 0', () => {
  expect(constantly('ftrl', 0.004, 0, { l1: 1 }, 200).weights.every((w) => w === 0)).toBe(true)
  expect(constantly('ftrl', 0.006, 0, { l1: 1 }, 200).weights.at(-1)).toBeLessThan(0)
})

/** A weight whose gradient is always `g`, at rate 0.1. */
function constantly(
  name: string,
  g: number,
  start: number,
  parameters: Readonly<Record<string, number | boolean>>,
  updates = 100,
) {
  const update = compileUpdate(optimizers.get(name)!, parameters, usual)
  const weight = Float64Array.of(start)
  const slots = update.initial.map((value) => Float64Array.of(value))
  const weights = Array.from({ length: updates }, (_, index) => {
    update.run(weight, Float64Array.of(g), weight, slots, slots, 0, 1, 0.1, index + 1)
    return weight[0]!
  })
  return { weights }
}
