/** Every optimizer against PyTorch's numbers, or a script of the published formula: see oracle.py. */
import { describe, expect, test } from 'vitest'
import { compileUpdate } from '../../src/kernel/update.js'
import { optimizer, optimizers, schedules } from '../../src/optimizers/index.js'
import type { ScheduleValue } from '../../src/optimizers/schedule.js'
import oracle from './torch.json' with { type: 'json' }
import { expectSameOfBoth, usual } from '../kernel/allowed.js'

type Parameters = Readonly<Record<string, number | boolean>>

function gradient([a, b, c]: Float64Array): number[] {
  return [a! ** 3 - b!, Math.sin(b!) + 0.5 * c!, c! - 0.1 * a! * b!]
}

/** The weights after 1, 2, 10 and 100 updates. */
function run(
  name: string,
  parameters: Parameters,
  executor: 'javascript' | 'interpret',
): number[][] {
  const update = compileUpdate(optimizers.get(name)!, parameters, executor)
  let weights = Float64Array.of(1.5, -2, 0.3)
  let slots = update.initial.map((value) => new Float64Array(3).fill(value))
  const seen: number[][] = []
  for (let t = 1; t <= 100; t++) {
    const next = new Float64Array(3)
    const nextSlots = slots.map(() => new Float64Array(3))
    update.run(weights, Float64Array.from(gradient(weights)), next, slots, nextSlots, 0, 3, 0.01, t)
    weights = next
    slots = nextSlots
    if ([1, 2, 10, 100].includes(t)) seen.push([...weights])
  }
  return seen
}

describe.each(oracle.optimizers)('$name with $parameters', ({ name, parameters, weights }) => {
  test('follows its oracle to 1e-12 over 100 steps', () => {
    const ours = run(name, parameters as Parameters, usual)
    weights.forEach((wanted, at) => {
      wanted.forEach((value, i) => {
        expect(Math.abs(ours[at]![i]! - value)).toBeLessThanOrEqual(
          1e-12 * Math.max(Math.abs(value), 1e-3),
        )
      })
    })
  })

  test('gives the same bits interpreted', () => {
    expectSameOfBoth((executor) => run(name, parameters as Parameters, executor))
  })
})

test('every optimizer has an oracle', () => {
  expect(new Set(oracle.optimizers.map(({ name }) => name))).toEqual(new Set(optimizers.keys()))
})

test('what the parameters rule out takes no memory', () => {
  const slots = (name: string, parameters: Parameters = {}) =>
    compileUpdate(optimizers.get(name)!, parameters, 'interpret').initial.length
  expect(slots('sgd')).toBe(0)
  expect(slots('sgd', { momentum: 0.9 })).toBe(1)
  expect(slots('rmsprop')).toBe(1)
  expect(slots('rmsprop', { centered: true, momentum: 0.1 })).toBe(3)
  expect(slots('adam')).toBe(2)
  expect(slots('adam', { amsgrad: true })).toBe(3)
})

test('an update touches nothing outside its range and nothing that it reads', () => {
  const update = compileUpdate(optimizers.get('adam')!, {}, usual)
  const weights = Float64Array.of(1, 2, 3, 4)
  const slots = update.initial.map(() => new Float64Array(4))
  const next = new Float64Array(4).fill(9)
  const nextSlots = slots.map(() => new Float64Array(4).fill(9))
  update.run(weights, Float64Array.of(1, 1, 1, 1), next, slots, nextSlots, 1, 3, 0.1, 1)
  expect([...weights]).toEqual([1, 2, 3, 4])
  expect([next[0], next[3], ...nextSlots.map((slot) => slot[0])]).toEqual([9, 9, 9, 9])
  expect(next[1]).not.toBe(9)
})

test('an optimizer of one’s own is a few formulas', () => {
  const signed = optimizer({
    doc: 'Sign descent with a memory.',
    parameters: { decay: 0.5 },
    let: { s: 'sign(g)' },
    state: { m: 'decay * m + s' },
    update: 'w - rate * m',
  })
  const update = compileUpdate(signed, {}, usual)
  const next = new Float64Array(1)
  const slot = [new Float64Array([2])]
  const nextSlot = [new Float64Array(1)]
  update.run(Float64Array.of(1), Float64Array.of(-7), next, slot, nextSlot, 0, 1, 0.25, 1)
  expect(nextSlot[0]![0]).toBe(0)
  expect(next[0]).toBe(1)
  const wrong = optimizer({ update: 'w - rat * g' })
  expect(() => compileUpdate(wrong, {}, 'interpret')).toThrow('there is no "rat"')
})

describe.each(oracle.schedules)(
  'schedule $name with $parameters',
  ({ name, base, parameters, rates }) => {
    test('follows PyTorch to 1e-12', () => {
      const schedule = schedules.get(name)!
      const values = new Map<string, ScheduleValue>()
      for (const { name: key, default: value } of schedule.parameters)
        if (value !== undefined) values.set(key, value)
      for (const [key, value] of Object.entries(parameters)) values.set(key, value as ScheduleValue)
      rates.forEach((rate, tick) => {
        const ours = base * schedule.factor(tick, values, base)
        expect(Math.abs(ours - rate)).toBeLessThanOrEqual(1e-12 * Math.max(rate, 1e-3))
      })
    })
  },
)

test('every schedule has an oracle', () => {
  expect(new Set(oracle.schedules.map(({ name }) => name))).toEqual(new Set(schedules.keys()))
})
