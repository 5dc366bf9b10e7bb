import { expect, test } from 'vitest'
import { resumed, seeded } from '../../src/optimizers/random.js'

// The reference implementation of xoshiro128** (prng.di.unimi.it/xoshiro128starstar.c) from
// state 1, 2, 3, 4.
test('is xoshiro128**', () => {
  const generator = resumed([1, 2, 3, 4])
  const first = Array.from({ length: 10 }, () => generator.bits())
  expect(first).toEqual([
    11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597,
    4258142804,
  ])
})

test('a seed and a path make a stream of its own', () => {
  const draw = (seed: number, path: string) => {
    const generator = seeded(seed, path)
    return Array.from({ length: 4 }, () => generator.bits())
  }
  expect(draw(1, 'w')).toEqual(draw(1, 'w'))
  expect(draw(1, 'w')).not.toEqual(draw(2, 'w'))
  expect(draw(1, 'w')).not.toEqual(draw(1, 'v'))
})

test('goes on from its state', () => {
  const generator = seeded(7, 'x')
  generator.bits()
  const other = resumed(generator.state())
  expect([other.bits(), other.bits()]).toEqual([generator.bits(), generator.bits()])
})

test('uniform numbers lie in [0, 1) with mean 1/2 and variance 1/12', () => {
  const generator = seeded(3, 'u')
  let [sum, squares] = [0, 0]
  for (let i = 0; i < 100_000; i++) {
    const x = generator.uniform()
    expect(x >= 0 && x < 1).toBe(true)
    sum += x
    squares += x * x
  }
  const mean = sum / 1e5
  expect(Math.abs(mean - 0.5)).toBeLessThan(0.005)
  expect(Math.abs(squares / 1e5 - mean * mean - 1 / 12)).toBeLessThan(0.002)
})

test('below(n) gives each number as often', () => {
  const generator = seeded(5, 'b')
  const counts = new Array<number>(6).fill(0)
  for (let i = 0; i < 60_000; i++) counts[generator.below(6)]!++
  // Chi-squared with 5 degrees of freedom: 20.5 is passed once in a thousand seeds.
  const chi = counts.reduce((sum, n) => sum + (n - 10_000) ** 2 / 10_000, 0)
  expect(chi).toBeLessThan(20.5)
})
