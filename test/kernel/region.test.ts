/** What regions look like once they are lowered. */
import { expect, test } from 'vitest'
import { printRegion } from '../../src/kernel/region.js'
import { regionOf } from './regions.js'

test('a neuron is one line for each number', () => {
  const region = regionOf(`
inputs: { x1: 1, x2: 1, x3: -0.02 }
targets: { t: 0.475 }
weights: { w1: 0.1, w2: 0.4 }
gates: { o: tanh(w1 * x1 - w2 * x2 + x3) }
loss: (t - o)^2`)
  expect(printRegion(region)).toMatchInlineSnapshot(`
    "v4 = multiply(w0, v0)
    v5 = multiply(w1, v1)
    v6 = subtract(v4, v5)
    v7 = add(v6, v2)
    v8 = tanh(v7)
    v9 = subtract(v3, v8)
    v10 = multiply(v9, v9)
    ---
    g12 = 1
    g11 = multiply(g12, multiply(2, v9))
    g10 = negate(g11)
    g9 = multiply(g10, subtract(1, multiply(v8, v8)))
    g8 = g9
    g6 = g8
    g7 = negate(g8)
    g1 = multiply(g7, v1)
    g0 = multiply(g6, v0)"
  `)
})

test('answers of several uses are added in the order of the ports, from a copy of the first', () => {
  const region = regionOf(`
weights: { w: 2 }
gates: { a: w * w }
loss: a + w`)
  expect(printRegion(region)).toMatchInlineSnapshot(`
    "v0 = multiply(w0, w0)
    v1 = add(v0, w0)
    ---
    g2 = 1
    g1 = g2
    g5 = g2
    g3 = multiply(g1, w0)
    g4 = multiply(g1, w0)
    g0 = add(add(g3, g4), g5)"
  `)
})

test('a long product saves what its gradients need, and carries one number back', () => {
  const region = regionOf(`
weights: { a: 1, b: 2, c: 3 }
gates: { p: { multiply: [a, b, c, 4] } }
loss: p`)
  expect(printRegion(region)).toMatchInlineSnapshot(`
    "v1 = multiply(w0, w1)
    v2 = multiply(v1, w2)
    v3 = multiply(v2, 4)
    v0 = v3
    v4 = v0
    ---
    g4 = 1
    g3 = g4
    t0 = multiply(g3, 4)
    g2 = multiply(t0, v1)
    t0 = multiply(t0, w2)
    g1 = multiply(t0, w0)
    g0 = multiply(t0, w1)"
  `)
})

test('a long sum passes on the gradient that arrives', () => {
  const region = regionOf(`
inputs: { x: 1 }
weights: { a: 1, b: 2 }
gates: { m: { mean: [a, x, b] } }
loss: m`)
  expect(printRegion(region)).toMatchInlineSnapshot(`
    "v1 = add(w0, v0)
    v1 = add(v1, w1)
    v1 = divide(v1, 3)
    v2 = v1
    ---
    g4 = 1
    g3 = g4
    t0 = divide(g3, 3)
    g1 = t0
    g0 = t0"
  `)
})

test('tensors keep their loops', () => {
  const region = regionOf(`
inputs: { x: { shape: [2] } }
weights: { W: { shape: [2, 3], init: zeros }, b: { shape: [3], init: zeros } }
gates: { h: tanh(x @ W + b) }
loss: mean(h * b)`)
  expect(printRegion(region)).toMatchInlineSnapshot(`
    "v2[3] = call matmul(v0[2], w0[2,3])
    v5[3] = loop add(v2[3], w6[3])
    v8[3] = loop tanh(v5[3])
    v11[3] = loop multiply(v8[3], w6[3])
    v14[] = call mean(v11[3])
    ---
    g23 = 1
    g20 = call mean'(g23[], v11[3])
    g17, g27 = loop multiply'(g20[3], v8[3], w6[3])
    g14 = loop tanh'(g17[3], v5[3])
    g11, g24 = loop add'(g14[3], v2[3], w6[3])
    _, g0 = call matmul'(g11[3], v0[2], w0[2,3])
    g6..8 = g24..26 + g27..29"
  `)
})

test('what nobody reads is left out', () => {
  const region = regionOf(
    `
inputs: { x: 1 }
weights: { w: 1 }
gates: { used: w * x, unused: exp(used), also: w + x }
loss: used`,
    ['also'],
  )
  expect(printRegion(region)).toMatchInlineSnapshot(`
    "v1 = multiply(w0, v0)
    v3 = add(w0, v0)
    v4 = v1
    ---
    g5 = 1
    g11 = g5
    g2 = g11
    g6 = multiply(g2, v0)
    g0 = g6"
  `)
})
