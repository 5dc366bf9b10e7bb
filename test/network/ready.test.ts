import { fc } from '../random.js'
import { expect, test } from 'vitest'
import { ReadySet } from '../../src/network/ready.js'

test('takes from both ends like a sorted list, whatever comes in between', () => {
  const command = fc.oneof(
    fc.record({ type: fc.constant('add' as const), index: fc.nat(199) }),
    fc.record({ type: fc.constantFrom('first' as const, 'last' as const) }),
    fc.record({ type: fc.constant('clear' as const) }),
  )
  fc.assert(
    fc.property(fc.array(command, { maxLength: 200 }), (commands) => {
      const set = new ReadySet(200)
      let model: number[] = []
      for (const step of commands) {
        if (step.type === 'add') {
          if (model.includes(step.index)) continue
          model = [...model, step.index].sort((a, b) => a - b)
          set.add(step.index)
        } else if (step.type === 'clear') {
          model = []
          set.clear()
        } else {
          const taken = step.type === 'first' ? set.takeFirst() : set.takeLast()
          const wanted = step.type === 'first' ? model.shift() : model.pop()
          expect(taken).toBe(wanted ?? -1)
        }
        expect(set.empty).toBe(model.length === 0)
      }
    }),
    { numRuns: 2000 },
  )
})

test('the bit that is a sign is a bit like any other', () => {
  const set = new ReadySet(64)
  set.add(31)
  set.add(63)
  expect([set.takeFirst(), set.takeLast(), set.takeFirst()]).toEqual([31, 63, -1])
})
