import { describe, expect, test } from 'vitest'
import { quarterRound, resumed, seeded } from '../../src/optimizers/random.js'

describe('the generator', () => {
  // The vector of rand_xoshiro, made with xoshiro128starstar.c 1.1 by Blackman and Vigna.
  test('is xoshiro128**', () => {
    const { bits } = resumed([1, 2, 3, 4])
    expect(Array.from({ length: 10 }, bits)).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597,
      4258142804,
    ])
  })

  test('goes on from its state, which is plain data', () => {
    const one = seeded(7, 'w')
    one.below(10)
    const other = resumed(JSON.parse(JSON.stringify(one.state())))
    expect(Array.from({ length: 20 }, other.uniform)).toEqual(
      Array.from({ length: 20 }, one.uniform),
    )
    expect(other.state()).toEqual(one.state())
    for (const word of one.state()) expect(word).toBe(word >>> 0)
  })

  test('a uniform number is in [0, 1), has 53 bits and the moments of its distribution', () => {
    const { uniform } = seeded(0, 'uniform')
    let [sum, squares, odd] = [0, 0, 0]
    const n = 100_000
    for (let i = 0; i < n; i++) {
      const x = uniform()
      if (!(x >= 0 && x < 1)) throw new Error(`${x} is outside`)
      sum += x
      squares += x * x
      odd += (x * 2 ** 53) % 2
    }
    // Within five standard errors.
    expect(Math.abs(sum / n - 1 / 2)).toBeLessThan(5 * Math.sqrt(1 / 12 / n))
    expect(Math.abs(squares / n - 1 / 3)).toBeLessThan(5 * Math.sqrt(4 / 45 / n))
    expect(Math.abs(odd / n - 1 / 2)).toBeLessThan(5 * Math.sqrt(1 / 4 / n))
  })

  test('the largest bits make the largest number below 1', () => {
    // 27 bits of one draw above 26 bits of the next.
    const generator = seeded(3, 'x')
    const { bits } = resumed(generator.state())
    const [high, low] = [bits() >>> 5, bits() >>> 6]
    expect(generator.uniform()).toBe(high * 2 ** -27 + low * 2 ** -53)
  })

  test.each([1, 2, 3, 10, 1000])('below %i each number is equally likely', (n) => {
    const { below } = seeded(1, `below ${n}`)
    const draws = 1000 * n
    const counts = new Float64Array(n)
    for (let i = 0; i < draws; i++) counts[below(n)]!++
    const chi = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)
    // The distribution's mean and five times its standard deviation.
    expect(chi).toBeLessThan(n - 1 + 5 * Math.sqrt(2 * n) + 1e-9)
  })

  test('draws again what would favour the small numbers', () => {
    // 3 * 2^30 numbers: a quarter of all bits is above the last whole multiple.
    const n = 3 * 2 ** 30
    const generator = seeded(5, 'again')
    const { bits } = resumed(generator.state())
    const expected: number[] = []
    while (expected.length < 100) {
      const drawn = bits()
      if (drawn < n) expected.push(drawn)
    }
    expect(Array.from({ length: 100 }, () => generator.below(n))).toEqual(expected)
    expect(Math.max(...expected)).toBeGreaterThan(2 ** 31)
  })
})

describe('streams', () => {
  // RFC 8439, section 2.1.1.
  test('are seeded by quarter rounds of ChaCha', () => {
    const words: [number, number, number, number] = [0x11111111, 0x01020304, 0x9b8d6f43, 0x01234567]
    quarterRound(words)
    expect(words.map((word) => (word >>> 0).toString(16))).toEqual([
      'ea2a92f4',
      'cb1cf8ce',
      '4581472e',
      '5881c4bb',
    ])
  })

  test('stay as they are: what was trained with a seed can be trained again', () => {
    expect(seeded(0, 'shuffle').state()).toMatchInlineSnapshot(`
      [
        2201227492,
        2958427018,
        1135127271,
        3773336816,
      ]
    `)
    expect(seeded(42, 'layer.w').uniform()).toMatchInlineSnapshot(`0.778513577704638`)
  })

  test('differ by seed and by path, in all their words', () => {
    const seen = [new Set<number>(), new Set<number>(), new Set<number>(), new Set<number>()]
    const texts = ['', 'w', 'w1', 'w2', 'a.b', 'b.a', '1', '2', 'ü', '0/w']
    const seeds = [0, 1, 2, -1, 0.5, 2 ** 32, 2 ** 53, 12, 1e300, 10]
    for (const seed of seeds) {
      for (const path of texts) {
        seeded(seed, path)
          .state()
          .forEach((word, index) => seen[index]!.add(word))
      }
    }
    for (const words of seen) expect(words.size).toBe(100)
  })

  test('one changed letter changes about half of the bits', () => {
    let changed = 0
    for (let i = 0; i < 1000; i++) {
      const [one, other] = [
        seeded(i, 'layer.weights.a').state(),
        seeded(i, 'layer.weights.b').state(),
      ]
      one.forEach((word, index) => {
        for (let x = (word ^ other[index]!) >>> 0; x !== 0; x >>>= 1) changed += x & 1
      })
    }
    // 128,000 bits: five standard deviations are 895.
    expect(Math.abs(changed - 64_000)).toBeLessThan(895)
  })

  test('100,000 weights have 100,000 streams whose first numbers do not hang together', () => {
    const firsts = Float64Array.from({ length: 100_000 }, (_, index) =>
      seeded(0, `w${index}`).uniform(),
    )
    expect(new Set(firsts).size).toBe(100_000)
    let product = 0
    for (let i = 1; i < firsts.length; i++) product += (firsts[i]! - 0.5) * (firsts[i - 1]! - 0.5)
    // The correlation of neighbours, within five standard errors.
    expect(Math.abs((12 * product) / firsts.length)).toBeLessThan(5 / Math.sqrt(firsts.length))
  })
})
