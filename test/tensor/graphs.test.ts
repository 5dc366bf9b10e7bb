/** Graphs of tensors against PyTorch's numbers: oracle.py makes them. */
import { expect, test } from 'vitest'
import { parseGraph } from '../../src/graph.js'
import oracle from './torch.json' with { type: 'json' }

interface Given {
  readonly shape: readonly number[]
  readonly data: readonly number[]
}

test.each(oracle.map((graph) => [graph.name, graph] as const))('%s', (_, graph) => {
  const result = parseGraph(graph.text).step()
  near([result.loss!], [graph.loss])
  // Every graph has other weights.
  const expected = Object.entries(graph.gradients as unknown as Readonly<Record<string, Given>>)
  for (const [name, { shape, data }] of expected) {
    const gradient = result.gradients[name]
    if (typeof gradient !== 'object') throw new Error(`${name} has the gradient ${gradient}`)
    expect(gradient.shape).toEqual(shape)
    near([...gradient.data], data)
  }
})

function near(actual: readonly number[], expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length)
  expected.forEach((number, index) => {
    const distance = Math.abs(actual[index]! - number)
    expect(distance).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(number)))
  })
}
