import { describe, expect, test } from 'vitest'
import { sizeOf, type Shape } from '../../src/tensor/shape.js'
import { stridesIn, stridesOf, Walker, walkOver } from '../../src/tensor/strides.js'

test('strides are those of row-major order', () => {
  expect(stridesOf([])).toEqual([])
  expect(stridesOf([4, 2, 3])).toEqual([6, 3, 1])
})

test('what is broadcast has stride 0', () => {
  expect(stridesIn([4, 2, 3], [2, 1])).toEqual([0, 1, 0])
  expect(stridesIn([4, 2, 3], [])).toEqual([0, 0, 0])
})

test('axes that lie together for all operands are one loop', () => {
  expect(walkOver([4, 2, 3], [[4, 2, 3]])).toEqual({ extents: [24], steps: [[1]] })
  expect(walkOver([4, 2, 3], [[2, 3]]).extents).toEqual([4, 6])
  expect(walkOver([4, 2, 3], [[4, 2, 1]]).extents).toEqual([8, 3])
  expect(walkOver([4, 1, 3], [[4, 1, 1]]).extents).toEqual([4, 3])
  expect(walkOver([4, 2, 3], [[4, 1, 3]]).extents).toEqual([4, 2, 3])
  expect(walkOver([], [[]])).toEqual({ extents: [1], steps: [[0]] })
})

describe('a walk', () => {
  test.each<[Shape, Shape]>([
    [
      [4, 2, 3],
      [2, 1],
    ],
    [
      [4, 2, 3],
      [4, 1, 3],
    ],
    [
      [4, 2, 3],
      [4, 1, 1],
    ],
    [[2, 3], []],
    [
      [3, 1, 2],
      [3, 1, 1],
    ],
  ])('over %j visits the elements of %j that they are made of', (shape, operand) => {
    const walker = new Walker(walkOver(shape, [operand, shape]), [10, 100])
    const strides = stridesIn(shape, operand)
    for (let round = 0; round < 2; round++) {
      walker.reset()
      for (let element = 0; element < sizeOf(shape); element++) {
        let at = 10
        let rest = element
        for (let axis = shape.length - 1; axis >= 0; axis--) {
          at += (rest % shape[axis]!) * strides[axis]!
          rest = Math.floor(rest / shape[axis]!)
        }
        expect(walker.at).toEqual([at, 100 + element])
        walker.next()
      }
    }
  })

  test('leaves a number that stands in for a place as it is, -0 too', () => {
    const walker = new Walker(walkOver([2, 2], [[2, 2], []]), [0, -0])
    for (let element = 0; element < 4; element++) {
      expect(walker.at).toEqual([element, -0])
      walker.next()
    }
  })
})
