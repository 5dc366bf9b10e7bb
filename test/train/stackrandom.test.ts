/** Random graphs of tensors learn in stacked batches what they learn in averaged steps. */
import { fc } from '../random.js'
import { expect, test } from 'vitest'
import type { Nested } from '../../src/language/plan.js'
import { trained } from './run.js'
import { choices, graphOf, text } from './tensorgraphs.js'
import { executors } from '../kernel/allowed.js'

test('random graphs of tensors learn the same, whatever executes them', () => {
  let gates = 0
  fc.assert(
    fc.property(
      choices,
      fc.integer({ min: 1, max: 7 }),
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom(...executors),
      (chosen, rows, batch, executor) => {
        const nodes = graphOf(chosen)
        if (nodes.length === 0) return
        gates += nodes.length
        const source = text(nodes, rows, batch, false)
        const plain = trained(source, {}, { executor })
        const stacked = trained(source, { stack: true }, { executor })
        // Some have no value, as the variance of a single number.
        expect(stacked.error?.code).toBe(plain.error?.code)
        if (stacked.error === undefined) {
          expect(stacked.reports.at(-1)!.updates).toBe(Math.ceil(rows / batch))
        }
        const [is, was] = [numbersOf(stacked.graph.weights()), numbersOf(plain.graph.weights())]
        was.forEach((number, at) => {
          const distance = Math.abs(is[at]! - number)
          expect(distance).toBeLessThanOrEqual(1e-11 * Math.max(1, Math.abs(number)))
        })
      },
    ),
    { numRuns: 100 },
  )
  // Most choices fit together.
  expect(gates).toBeGreaterThan(400)
})

function numbersOf(weights: Readonly<Record<string, Nested>>): number[] {
  const flat = (value: Nested): number[] => (typeof value === 'number' ? [value] : value.flatMap(flat)) // prettier-ignore
  return Object.values(weights).flatMap(flat)
}
