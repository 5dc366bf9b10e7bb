/** What regions of small tensors look like once they are written out. */
import { expect, test } from 'vitest'
import { printRegion, type Region } from '../../src/kernel/region.js'
import { smallOf } from '../../src/kernel/small.js'
import type { Training } from '../../src/kernel/training.js'
import { regionOf } from './regions.js'

function unrolled(region: Region, learned = 1, tensors = true): string | undefined {
  const ranges = [{ start: 0, end: learned }]
  // Nothing else of a run is looked at.
  const small = smallOf({ region, ranges, measures: false } as Partial<Training> as Training, tensors) // prettier-ignore
  return small && printRegion(small.region)
}

test('products are sums from 0 in their order, and what broadcasts is added up', () => {
  const region = regionOf(`
inputs: { x: { shape: [2] } }
weights: { W: [[1, 2], [3, 4]], b: 1 }
gates: { h: x @ W + b }
loss: prod(h)`)
  expect(unrolled(region)).toBeUndefined() // `prod` has loops of its own
  const other = regionOf(`
inputs: { x: { shape: [2] }, t: { shape: [2] } }
weights: { W: [[1, 2], [3, 4]], b: 1 }
gates: { h: x @ W + b }
loss: mse_loss(h, t)`)
  expect(unrolled(other)).toMatchInlineSnapshot(`
    "v4 = add(0, multiply(v0, w0))
    v4 = add(v4, multiply(v1, w2))
    v5 = add(0, multiply(v0, w1))
    v5 = add(v5, multiply(v1, w3))
    v6 = add(v4, w4)
    v7 = add(v5, w4)
    v8 = 0
    v8 = add(v8, power(subtract(v6, v2), 2))
    v8 = add(v8, power(subtract(v7, v3), 2))
    v8 = divide(v8, 2)
    ---
    g13 = 1
    g11 = multiply(divide(g13, 2), multiply(2, subtract(v6, v2)))
    g12 = multiply(divide(g13, 2), multiply(2, subtract(v7, v3)))
    g9 = g11
    g4 = add(0, g11)
    g10 = g12
    g4 = add(g4, g12)
    g0 = add(0, multiply(v0, g9))
    g1 = add(0, multiply(v0, g10))
    g2 = add(0, multiply(v1, g9))
    g3 = add(0, multiply(v1, g10))"
  `)
})

test('sums and means of rows begin at 0', () => {
  const region = regionOf(`
weights: { W: [[1, 2], [3, 4]] }
gates: { m: 'mean(W, axis=-1)' }
loss: sum(m)`)
  expect(unrolled(region)).toMatchInlineSnapshot(`
    "v0 = 0
    v0 = add(v0, w0)
    v0 = add(v0, w1)
    v0 = divide(v0, 2)
    v1 = 0
    v1 = add(v1, w2)
    v1 = add(v1, w3)
    v1 = divide(v1, 2)
    v2 = 0
    v2 = add(v2, v0)
    v2 = add(v2, v1)
    ---
    g6 = 1
    g4 = g6
    g5 = g6
    g0 = divide(g4, 2)
    g1 = divide(g4, 2)
    g2 = divide(g5, 2)
    g3 = divide(g5, 2)"
  `)
  expect(
    unrolled(regionOf('weights: { W: [[1, 2], [3, 4]] }\nloss: sum(sum(W, axis=0))')),
  ).toBeUndefined()
})

test('what is too much for one function stays as it is', () => {
  const text = (size: number) => `
inputs: { x: { shape: [${size}] } }
targets: { t: }
weights: { w: { shape: [${size}], init: zeros } }
loss: (dot(x, w) - t)^2`
  const number = regionOf('weights: { w: 1 }\nloss: w * w')
  expect(unrolled(regionOf(text(20)))).toContain('multiply(v19, w19)')
  expect(unrolled(regionOf(text(20)), 1, false)).toBeUndefined()
  expect(unrolled(regionOf(text(601)))).toBeUndefined()
  expect(unrolled(number, 48, false)).toBe(printRegion(number))
  expect(unrolled(number, 49)).toBeUndefined()
})
