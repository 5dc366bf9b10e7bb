import { expect, test } from 'vitest'
import { compact } from '../../src/cli/tensor.js'

test.each<[unknown, string | undefined]>([
  [1, undefined],
  ['none', undefined],
  [[1, 2.123456, -0], '[1, 2.123, -0]'],
  [[], '[]'],
  [[1, 2, 3, 4, 5], '[5] 1 to 5'],
  [
    [
      [1, 1],
      [1, 1],
    ],
    '[2, 2] all 1',
  ],
  [[[], []], '[2, 0]'],
  [{ shape: [2, 1], data: Float64Array.of(-1, 1e-9) }, '[2, 1] -1 to 1e-9'],
  [{ shape: [5], data: Float64Array.of(1, NaN, 2, 3, Infinity) }, '[5] 1 to Infinity, 1 NaN'],
  [{ shape: [1, 1], data: Float64Array.of(NaN) }, '[1, 1] NaN'],
])('%j is shown in a line', (value, expected) => {
  expect(compact(value)).toBe(expected)
})
