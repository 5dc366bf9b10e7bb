import { describe, expect, test } from 'vitest'
import { initializers, type InitializerValue } from '../../src/optimizers/initializers.js'
import { seeded } from '../../src/optimizers/random.js'
import { sizeOf, type Shape } from '../../src/tensor/shape.js'

function draw(
  name: string,
  shape: Shape,
  values: Record<string, InitializerValue> = {},
  seed = 7,
): Float64Array {
  const initializer = initializers.get(name)!
  const complete: Record<string, InitializerValue> = {}
  for (const { name: key, default: standard } of initializer.parameters) {
    complete[key] = values[key] ?? standard!
  }
  expect(initializer.refusal?.(shape, complete)).toBeUndefined()
  const into = new Float64Array(sizeOf(shape)).fill(Number.NaN)
  initializer.draw(into, shape, complete, seeded(seed, 'W'))
  return into
}

function moments(data: Float64Array) {
  const mean = data.reduce((sum, x) => sum + x, 0) / data.length
  const variance = data.reduce((sum, x) => sum + (x - mean) ** 2, 0) / data.length
  return { mean, deviation: Math.sqrt(variance), most: Math.max(...data.map(Math.abs)) }
}

describe('an initializer', () => {
  test('fills with what it says', () => {
    expect([...draw('zeros', [3])]).toEqual([0, 0, 0])
    expect([...draw('ones', [2, 1])]).toEqual([1, 1])
    expect([...draw('constant', [2], { value: -3 })]).toEqual([-3, -3])
    expect([...draw('eye', [2, 3])]).toEqual([1, 0, 0, 0, 1, 0])
    expect([...draw('uniform', [0])]).toEqual([])
  })

  // The bounds of torch.nn.init for a [in, out] = [200, 300] matrix, by its formulas.
  test.each<[string, Record<string, InitializerValue>, number]>([
    ['uniform', { a: -2, b: 2 }, 2],
    ['xavier_uniform', {}, Math.sqrt(6 / 500)],
    ['xavier_uniform', { gain: 2 }, 2 * Math.sqrt(6 / 500)],
    ['kaiming_uniform', {}, Math.sqrt(6 / 200)],
    ['kaiming_uniform', { a: 2 }, Math.sqrt(2 / 5) * Math.sqrt(3 / 200)],
    ['kaiming_uniform', { mode: 'fan_out', nonlinearity: 'tanh' }, (5 / 3) * Math.sqrt(3 / 300)],
  ])('%s %o spreads evenly over its bounds', (name, values, bound) => {
    const { mean, deviation, most } = moments(draw(name, [200, 300], values))
    expect(most).toBeLessThanOrEqual(bound)
    expect(most).toBeGreaterThan(0.999 * bound)
    expect(Math.abs(mean)).toBeLessThan(0.01 * bound)
    expect(deviation).toBeCloseTo(bound / Math.sqrt(3), 2)
  })

  test.each<[string, Record<string, InitializerValue>, number, number]>([
    ['normal', { mean: 3, std: 2 }, 3, 2],
    ['xavier_normal', {}, 0, Math.sqrt(2 / 500)],
    ['kaiming_normal', { nonlinearity: 'relu' }, 0, Math.sqrt(2 / 200)],
    ['kaiming_normal', { nonlinearity: 'selu', mode: 'fan_out' }, 0, 0.75 / Math.sqrt(300)],
  ])('%s %o has its mean and deviation', (name, values, mean, deviation) => {
    const found = moments(draw(name, [200, 300], values))
    expect(Math.abs(found.mean - mean)).toBeLessThan(0.02 * deviation)
    expect(Math.abs(found.deviation / deviation - 1)).toBeLessThan(0.01)
    // Within one deviation lie 68.27 % of a normal distribution.
    const near = draw(name, [200, 300], values).filter((x) => Math.abs(x - mean) < deviation)
    expect(Math.abs(near.length / 60_000 - 0.6827)).toBeLessThan(0.01)
  })

  test.each([[[5, 3]], [[3, 5]], [[4, 4]], [[3, 2, 4]]])('orthogonal is, for %o', (shape) => {
    const [height, width] = [shape[0]!, sizeOf(shape.slice(1))]
    const data = draw('orthogonal', shape, { gain: 2 })
    const at = (row: number, column: number) => data[row * width + column]!
    const wide = height <= width
    const count = wide ? height : width
    for (let a = 0; a < count; a++) {
      for (let b = 0; b < count; b++) {
        let product = 0
        for (let k = 0; k < (wide ? width : height); k++) {
          product += wide ? at(a, k) * at(b, k) : at(k, a) * at(k, b)
        }
        expect(product).toBeCloseTo(a === b ? 4 : 0, 12)
      }
    }
  })

  test('draws the same from the same seed, and something else from another', () => {
    expect(draw('normal', [5])).toEqual(draw('normal', [5]))
    expect(draw('normal', [5])).not.toEqual(draw('normal', [5], {}, 8))
  })

  test.each([
    ['xavier_uniform', [3], 'it takes two axes or more, [in, out]'],
    ['kaiming_normal', [], 'it takes two axes or more, [in, out]'],
    ['orthogonal', [3], 'it takes two axes or more, [in, out]'],
    ['orthogonal', [9000, 9000], 'that would take too long to make'],
    ['eye', [2, 2, 2], 'it takes exactly two axes'],
  ])('%s refuses the shape %o', (name, shape, why) => {
    expect(initializers.get(name)!.refusal!(shape, { gain: 1 })).toBe(why)
  })
})
