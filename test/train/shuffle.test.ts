import { describe, expect, test } from 'vitest'
import { seeded } from '../../src/optimizers/random.js'
import { shuffled } from '../../src/train/shuffle.js'

describe('a shuffle', () => {
  test('is a permutation of the indices', () => {
    const order = new Int32Array(1000)
    shuffled(order, seeded(0, 'x'))
    expect([...order].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i))
    expect([...order]).not.toEqual(Array.from({ length: 1000 }, (_, i) => i))
  })

  test('is decided by the state of the generator alone', () => {
    const [one, other] = [new Int32Array(50), new Int32Array(50).fill(7)]
    shuffled(one, seeded(3, 'x'))
    shuffled(other, seeded(3, 'x'))
    expect(other).toEqual(one)
    shuffled(other, seeded(4, 'x'))
    expect(other).not.toEqual(one)
  })

  test('each epoch has its own', () => {
    const generator = seeded(0, 'x')
    const order = new Int32Array(20)
    const epochs = Array.from({ length: 10 }, () => {
      shuffled(order, generator)
      return order.join()
    })
    expect(new Set(epochs).size).toBe(10)
  })

  test('has every order with the same chance', () => {
    const generator = seeded(1, 'x')
    const counts = new Map<string, number>()
    const order = new Int32Array(4)
    for (let i = 0; i < 24_000; i++) {
      shuffled(order, generator)
      counts.set(order.join(), (counts.get(order.join()) ?? 0) + 1)
    }
    expect(counts.size).toBe(24)
    let chi = 0
    for (const count of counts.values()) chi += (count - 1000) ** 2 / 1000
    // 23 degrees of freedom: the mean and five standard deviations.
    expect(chi).toBeLessThan(23 + 5 * Math.sqrt(46))
  })

  test.each([0, 1])('of %i samples draws nothing', (length) => {
    const generator = seeded(0, 'x')
    shuffled(new Int32Array(length), generator)
    expect(generator.state()).toEqual(seeded(0, 'x').state())
  })
})
