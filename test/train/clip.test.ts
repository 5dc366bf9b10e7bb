import { describe, expect, test } from 'vitest'
import { clipByNorm, clipByValue } from '../../src/train/clip.js'

const all = (gradients: Float64Array) => [{ start: 0, end: gradients.length }]

function byNorm(values: readonly number[], max: number): number[] {
  const gradients = Float64Array.from(values)
  clipByNorm(gradients, all(gradients), max)
  return [...gradients]
}

describe('clipping by norm', () => {
  test('scales a norm that is too large to the largest allowed', () => {
    expect(byNorm([3, 4], 1)).toEqual([0.6, 0.8])
    expect(byNorm([-30, 0, 40], 5)).toEqual([-3, 0, 4])
  })

  test('leaves what is within, to the last bit', () => {
    expect(byNorm([3, 4], 5)).toEqual([3, 4])
    expect(byNorm([0.1, 0.7, -0.3], 1)).toEqual([0.1, 0.7, -0.3])
    expect(byNorm([0, -0], 1)).toEqual([0, -0])
  })

  test('the norm is that of all spans together, and nothing beside them is touched', () => {
    const gradients = Float64Array.of(100, 3, 100, 4, 100)
    clipByNorm(
      gradients,
      [
        { start: 1, end: 2 },
        { start: 3, end: 4 },
      ],
      1,
    )
    expect([...gradients]).toEqual([100, 0.6, 100, 0.8, 100])
  })

  test.each([1e-320, 1e-200, 1e-150, 1, 1e150, 1e160, 3e307])('holds at the size %d', (size) => {
    const [a, b] = byNorm([3 * size, 4 * size], 2 * size)
    expect(Math.abs(a! / (1.2 * size) - 1)).toBeLessThan(size < 1e-300 ? 1e-3 : 1e-15)
    expect(Math.abs(b! / (1.6 * size) - 1)).toBeLessThan(size < 1e-300 ? 1e-3 : 1e-15)
    expect(byNorm([3 * size, 4 * size], 5.1 * size)).toEqual([3 * size, 4 * size])
  })

  test('works where the norm itself is beyond all numbers', () => {
    const [a, b] = byNorm([1.5e308, -1.5e308], 1)
    expect(a).toBeCloseTo(Math.SQRT1_2, 15)
    expect(b).toBeCloseTo(-Math.SQRT1_2, 15)
    expect(byNorm([1.5e308, 1.5e308], 1e200)[0]! / 1e200).toBeCloseTo(Math.SQRT1_2, 15)
  })

  test('does not hide a number that is not finite', () => {
    expect(byNorm([Infinity, 1], 1)[0]).toBeNaN()
    expect(byNorm([Number.NaN, 1], 1)[0]).toBeNaN()
  })
})

test('clipping by value bounds each gradient of the spans', () => {
  const gradients = Float64Array.of(-9, -9, 0.5, 3, -0, Number.NaN, 9)
  clipByValue(gradients, [{ start: 1, end: 6 }], 2)
  expect([...gradients]).toEqual([-9, -2, 0.5, 2, -0, Number.NaN, 9])
})
