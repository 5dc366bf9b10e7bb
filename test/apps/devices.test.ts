import { expect, test } from 'vitest'
import { memoryStore } from '../../src/train/models.js'
import { forecast } from './devices.js'

test('10,000 devices have forecasters that each learn their own wave', async () => {
  const { first, last } = await forecast(10_000, 30)
  // The same loop over arrays of all devices, in numpy.
  expect(first).toBeCloseTo(0.3872417555147856, 12)
  expect(last).toBeCloseTo(0.024665825566849996, 12)
})

test('the same with room for a third of them', async () => {
  const all = await forecast(300, 20)
  const third = await forecast(300, 20, { maxKeys: 100, store: memoryStore() })
  expect(third).toEqual(all)
})
