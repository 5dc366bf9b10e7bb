import { expect, test } from 'vitest'
import { broadcast, sizeOf } from '../../src/tensor/shape.js'

test.each([
  [[[], []], []],
  [[[3], []], [3]],
  [
    [[2, 1], [3]],
    [2, 3],
  ],
  [
    [
      [4, 1, 5],
      [3, 1],
    ],
    [4, 3, 5],
  ],
  [[[1], [0]], [0]],
  [
    [
      [2, 3],
      [2, 3],
      [1, 1, 1],
    ],
    [1, 2, 3],
  ],
  [[[3], [2]], undefined],
  [[[2, 3], [2]], undefined],
  [[], []],
])('%j broadcast to %j', (shapes, expected) => {
  expect(broadcast(shapes)).toEqual(expected)
})

test('a scalar has one element', () => {
  expect([sizeOf([]), sizeOf([2, 3]), sizeOf([2, 0])]).toEqual([1, 6, 0])
})
