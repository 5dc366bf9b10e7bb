import { afterEach, describe, expect, test, vi } from 'vitest'
import { fc } from '../random.js'
import type { Executor } from '../../src/kernel/kernel.js'
import { programOf } from '../../src/kernel/program.js'
import type { Term } from '../../src/kernel/term.js'
import { compileUpdate } from '../../src/kernel/update.js'
import { optimizer, optimizers } from '../../src/optimizers/index.js'
import type { Optimizer } from '../../src/optimizers/optimizer.js'
import { executors, expectSameOfBoth, usual } from './allowed.js'

type Parameters = Readonly<Record<string, number | boolean>>

/** One weight, one gradient after the other at rate 0.5: the weights, and what was kept last. */
function run(
  declared: Optimizer,
  gradients: readonly number[],
  executor: Executor,
  parameters: Parameters = {},
) {
  const update = compileUpdate(declared, parameters, executor)
  const weights = Float64Array.of(1)
  const slots = update.initial.map((value) => Float64Array.of(value))
  const seen = gradients.map((gradient, index) => {
    // The same arrays: each element is read before it is written.
    update.run(weights, Float64Array.of(gradient), weights, slots, slots, 0, 1, 0.5, index + 1)
    return weights[0]!
  })
  return { weights: seen, kept: slots.map((slot) => slot[0]) }
}

describe.each(executors)('an update of executor %s', (executor) => {
  test('a state line has its last value in its own formula and its new one below', () => {
    const counter = optimizer({
      state: { first: 'first + g', second: 'second + first' },
      update: 'w + first + second',
    })
    expect(run(counter, [1, 10, 100], executor)).toEqual({
      weights: [1 + 1 + 1, 3 + 11 + 12, 26 + 111 + 123],
      kept: [111, 123],
    })
  })

  test('a line above has the last value of a state below', () => {
    const late = optimizer({
      let: { before: 'kept' },
      state: { older: 'kept', kept: 'g' },
      update: 'before + 1000 * older',
    })
    expect(run(late, [1, 2, 3], executor).weights).toEqual([0, 1001, 2002])
  })

  test('states may change places', () => {
    const swap = optimizer({
      let: { a0: 'a', b0: 'b' },
      state: { a: 'b0', b: 'a0' },
      initial: { a: '1', b: '2' },
      update: '10 * a + b',
    })
    expect(run(swap, [0, 0, 0], executor).weights).toEqual([21, 12, 21])
  })

  test('a state starts as its parameters say, else at 0', () => {
    const start = optimizer({
      parameters: { from: 3, twice: true },
      state: { a: 'a + g', b: 'b + g' },
      initial: { a: 'where(twice, 2 * from, from)' },
      update: 'a + b',
    })
    expect(run(start, [1], executor).weights).toEqual([8])
    expect(run(start, [1], executor, { from: 5, twice: false }).weights).toEqual([7])
  })

  test('t counts updates and rate is what it is given', () => {
    const told = optimizer({ update: 't + rate + 0 * w + 0 * g' })
    expect(run(told, [0, 0, 0], executor).weights).toEqual([1.5, 2.5, 3.5])
  })

  test('the same update counts for all elements of a range, and no other is touched', () => {
    const update = compileUpdate(optimizers.get('adam')!, {}, executor)
    const weights = Float64Array.of(1, 1, 1, 1)
    const gradients = Float64Array.of(9, 2, -2, 9)
    const slots = update.initial.map(() => new Float64Array(4))
    update.run(weights, gradients, weights, slots, slots, 1, 3, 0.25, 1)
    expect([...weights].map((w) => Math.round(w * 1e6) / 1e6)).toEqual([1, 0.75, 1.25, 1])
    expect(slots.map((slot) => [slot[0], slot[3]])).toEqual([
      [0, 0],
      [0, 0],
    ])
  })

  test('writes only to what comes next, so that it can be thrown away', () => {
    const update = compileUpdate(optimizers.get('sgd')!, { momentum: 0.9 }, executor)
    const [weights, gradients] = [Float64Array.of(1), Float64Array.of(Infinity)]
    const [slots, next, nextSlots] = [
      [Float64Array.of(3)],
      new Float64Array(1),
      [new Float64Array(1)],
    ]
    update.run(weights, gradients, next, slots, nextSlots, 0, 1, 0.1, 2)
    expect([weights[0], gradients[0], slots[0]![0]]).toEqual([1, Infinity, 3])
    expect([next[0], nextSlots[0]![0]]).toEqual([-Infinity, Infinity])
  })

  test('takes any name of parameters and lines', () => {
    const hostile = optimizer({
      parameters: { constructor: 2, s0: 3, ['__proto__']: 5 },
      let: { x0: 'g * constructor', h0: 't * 100' },
      state: { toString: 'toString + x0', weights: 'weights + __proto__ * s0' },
      update: 'toString + weights + h0',
    })
    expect(run(hostile, [1, 1], executor).weights).toEqual([2 + 15 + 100, 4 + 30 + 200])
  })
})

describe('what parameters decide is decided when the update is made', () => {
  test('plain sgd is w - rate * g', () => {
    const { hoisted, lines, slots, update } = programOf(optimizers.get('sgd')!, {})
    expect([hoisted, lines, slots]).toEqual([[], [], []])
    expect(text(update)).toBe('subtract(w, multiply(rate, g))')
  })

  test.each<[string, Parameters, number]>([
    ['sgd', {}, 0],
    ['sgd', { weight_decay: 0.1, nesterov: true, dampening: 0.5 }, 0],
    ['sgd', { momentum: 0.9 }, 1],
    ['adagrad', {}, 1],
    ['rmsprop', {}, 1],
    ['rmsprop', { momentum: 0.9 }, 2],
    ['rmsprop', { centered: true }, 2],
    ['rmsprop', { centered: true, momentum: 0.1 }, 3],
    ['adadelta', {}, 2],
    ['adam', {}, 2],
    ['adam', { amsgrad: true }, 3],
    ['adamw', {}, 2],
    ['adamax', {}, 2],
    ['nadam', {}, 3],
    ['ftrl', {}, 2],
  ])('%s with %j keeps %i numbers a weight', (name, parameters, count) => {
    expect(compileUpdate(optimizers.get(name)!, parameters, usual).initial).toHaveLength(count)
  })

  test('a line that nothing uses is not computed, and a state that nothing reads not kept', () => {
    const idle = optimizer({
      let: { unused: 'exp(g)' },
      state: { a: 'b + exp(g)', b: 'a', used: 'g' },
      update: 'w - used * g',
    })
    expect(programOf(idle, {})).toMatchObject({ lines: [], slots: [] })
  })
})

describe('what is the same for every weight is computed once an update', () => {
  const inLoop = (name: string, parameters: Parameters = {}) => {
    const { lines, slots, update } = programOf(optimizers.get(name)!, parameters)
    return [...lines.map(({ term }) => term), ...slots.map(({ next }) => next), update]
      .map(text)
      .join('; ')
  }

  test.each(['adam', 'adamw', 'adamax', 'nadam'])('%s raises no power in the loop', (name) => {
    expect(inLoop(name)).not.toMatch(/power|\bt\b/)
  })

  test('adam has one root, no root of its own correction, and two divisions in the loop', () => {
    const code = inLoop('adam')
    expect(code.match(/sqrt/g)).toHaveLength(1)
    expect(code.match(/divide/g)).toHaveLength(2)
  })

  test('a line that depends on no weight is taken out whole, with what follows from it', () => {
    const { hoisted, lines } = programOf(optimizers.get('nadam')!, {})
    expect(hoisted.map(({ term }) => text(term))).toContain('subtract(1, x1)')
    expect(lines.map(({ name }) => name)).toEqual(['x3', 'x4', 'x5'])
  })

  test('also what only one side of a choice would need', () => {
    const lazy = optimizer({ update: 'where(g > 0, w - exp(rate), w)' })
    expect(programOf(lazy, {}).hoisted.map(({ term }) => text(term))).toEqual(['exp(rate)'])
  })
})

describe('both executors give the same bits', () => {
  const number = fc.oneof(
    fc.double({ min: -10, max: 10, noNaN: true }),
    fc.constantFrom(0, -0, 1e-320, 1e300, -1e300, Infinity, Number.NaN),
  )
  test.each([...optimizers.keys()])('%s', (name) => {
    const declared = optimizers.get(name)!
    const parameters = fc.record(
      Object.fromEntries(
        [...declared.parameters].map(([key, value]) => [
          key,
          typeof value === 'boolean'
            ? fc.boolean()
            : fc.oneof(fc.constantFrom(0, 1, value), fc.double({ min: 0, max: 1, noNaN: true })),
        ]),
      ),
    )
    fc.assert(
      fc.property(fc.array(number, { minLength: 1, maxLength: 8 }), parameters, (at, chosen) => {
        // Equal here is Object.is: it tells 0 from -0, and holds for NaN.
        expectSameOfBoth((executor) => run(declared, at, executor, chosen))
      }),
      { numRuns: 200, seed: 31 },
    )
  })
})

describe('where code generation is forbidden', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
    vi.resetModules()
  })

  test('the executor "javascript" says so, and "interpret" works', async () => {
    vi.stubGlobal('Function', function forbidden() {
      throw new EvalError('disallowed')
    })
    vi.resetModules()
    const fresh = await import('../../src/kernel/update.js')
    expect(() => fresh.compileUpdate(optimizers.get('sgd')!, {}, 'javascript')).toThrow(
      /code generation is forbidden here/,
    )
    expect(fresh.compileUpdate(optimizers.get('sgd')!, {}, 'interpret').initial).toEqual([])
  })
})

function text(term: Term): string {
  if (term.type === 'constant') return String(term.value)
  if (term.type === 'variable') return term.name
  return `${term.intrinsic.name}(${term.arguments.map(text).join(', ')})`
}
