/** What repeats in a region is found, and comes to the same operations when it is written out. */
import { expect, test } from 'vitest'
import { fc } from '../random.js'
import { gates } from '../../src/gates/index.js'
import { lowerRegion } from '../../src/kernel/lower.js'
import type { Operation } from '../../src/kernel/region.js'
import { roll, type Rolled } from '../../src/kernel/roll.js'
import { Straight } from '../../src/kernel/straight.js'
import type { Plan } from '../../src/language/plan.js'
import { routeTo } from '../../src/network/route.js'
import { bind, wire } from '../../src/network/wiring.js'
import { repeating, repeatingPlan } from './repeating.js'

function regionOf(plan: Plan) {
  const layout = wire(plan, gates)
  const learns = Uint8Array.from(plan.nodes, ({ type }) => (type === 'weight' ? 1 : 0))
  const way = routeTo(layout, plan.loss!, learns, () => ({ forward() {}, backward() {} }))
  return lowerRegion({ layout, way, bind: (index, answers) => bind(layout, index, answers) })
}

/** What an operation computes, where from and where to, `round` rounds later. */
function lineOf(operation: Operation, steps?: readonly number[], round = 0): unknown {
  if (!(operation instanceof Straight)) return operation
  const { pattern, places } = operation
  return {
    pattern,
    places: places.map((place, which) => place + round * (steps?.[which] ?? 0)),
    numbers: places.map((place, which) => (place < 0 ? operation.value(which) : undefined)),
  }
}

function writtenOut(rolled: readonly (Operation | Rolled)[]): unknown[] {
  return rolled.flatMap((item) => {
    if (item.type !== 'rolled') return [lineOf(item)]
    return Array.from({ length: item.count }, (_, round) =>
      item.body.map((one, index) => lineOf(one, item.steps[index], round)),
    ).flat()
  })
}

test('what is written out again is what was there', () => {
  let loops = 0
  fc.assert(
    fc.property(repeating, (shape) => {
      const { forward, backward } = regionOf(repeatingPlan(shape))
      for (const operations of [forward, backward]) {
        const rolled = roll(operations)
        loops += rolled.filter(({ type }) => type === 'rolled').length
        expect(writtenOut(rolled)).toStrictEqual(operations.map((one) => lineOf(one)))
      }
    }),
    { numRuns: 300 },
  )
  expect(loops).toBeGreaterThan(200)
})

test('a chain of three kinds of gates is one loop each way, whatever its length', () => {
  for (const copies of [40, 4000]) {
    const { forward, backward } = regionOf(
      repeatingPlan({
        inputs: 1,
        cell: [
          { gate: 'multiply', from: ['before', { number: 1.5 }] },
          { gate: 'add', from: ['own', { number: 0.1 }] },
          { gate: 'tanh', from: ['own'] },
        ],
        copies: [copies],
      }),
    )
    const loops = (operations: readonly Operation[]) =>
      roll(operations).flatMap((item) => (item.type === 'rolled' ? [item.body.length] : []))
    expect([loops(forward), loops(backward)]).toEqual([[3], [3]])
    expect(roll(forward).length).toBeLessThan(12)
    expect(roll(backward).length).toBeLessThan(12)
  }
})

test('a few operations, and such as differ in a number, are left as they are', () => {
  const chain = (numbers: readonly number[]) =>
    regionOf(
      repeatingPlan({
        inputs: 1,
        cell: [{ gate: 'multiply', from: ['before', { numbers }] }],
        copies: [numbers.length],
      }),
    ).forward
  const rolled = (numbers: readonly number[]) =>
    roll(chain(numbers)).some(({ type }) => type === 'rolled')
  expect(rolled(Array.from({ length: 200 }, () => 1.5))).toBe(true)
  expect(rolled(Array.from({ length: 20 }, () => 1.5))).toBe(false)
  expect(rolled(Array.from({ length: 200 }, (_, at) => 1.1 + at / 1000))).toBe(false)
})
