/** Gradients of gates that remember, with much to remember: those of differences taken from the same memory. */
import { describe, expect, test } from 'vitest'
import { parseGraph } from '../../src/graph.js'
import { richardson } from '../../src/train/gradcheck.js'
import { VirtualClock } from './clock.js'

const samples = Array.from({ length: 7 }, (_, at) => ({ x: Math.sin(3 * at) + 0.1 * at }))

describe.each([0, 1, 2, samples.length - 1])('after %i samples', (count) => {
  test.each([
    'w * standardize(x, update=before)',
    'w * standardize(x, update=after) + u',
    'ewma(x * w, alpha=0.3) * u',
    'sum(window(w * x + u, size=4) * k)',
    'tanh(w * x + u * previous(y, initial=0.5, unroll=0))',
    'tanh(u * previous(w * x, unroll=0)) + w * x',
  ])('%s', (formula) => {
    const wanted = { w: 0.7, u: -0.4 }
    const text = `
inputs: [x]
weights: { w: 0.7, u: -0.4 }
constants: { k: [0.3, -1, 2, 0.5] }
gates: { y: "${formula}" }
loss: sin(y) + 0 * u * w
`
    const graph = parseGraph(text, { clock: new VirtualClock() })
    for (const sample of samples.slice(0, count)) graph.step(sample, { advance: true })
    const memory = graph.memory()
    const sample = samples[count]!
    const step = (weights: Record<string, number>) => {
      graph.restore(weights, { memory })
      return graph.step(sample)
    }
    const { gradients } = step(wanted)
    for (const name of ['w', 'u'] as const) {
      const loss = (value: number) => Number(step({ ...wanted, [name]: value }).values['loss'])
      const numeric = richardson(loss, wanted[name])
      const got = Number(gradients[name])
      expect(Math.abs(got - numeric.value), name).toBeLessThanOrEqual(1e-9 + 10 * numeric.error)
      expect(numeric.error).toBeLessThan(1e-8)
    }
    expect(graph.memory()).toEqual(memory)
  })
})
