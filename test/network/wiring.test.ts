import { expect, test } from 'vitest'
import { parseGraph } from '../../src/graph.js'

const many = (name: string) => Array.from({ length: 20_000 }, () => name).join(', ')

test('what a step cannot hold is refused before memory is asked for', () => {
  const inputs = 'inputs: { x: { shape: [1000000] }, s: 1 }'
  // What the product saves on the way has the size of x for each of its inputs.
  expect(() =>
    parseGraph(`${inputs}\ngates: { y: { multiply: [x, ${many('s')}] } }`).step(),
  ).toThrow('one step needs 20002000001 numbers, at most 268435456 are possible')
  // Here each use of x has an answer of that size.
  expect(() => parseGraph(`${inputs}\ngates: { y: { add: [${many('x')}] } }`).step()).toThrow(
    /^one step needs 2000\d+ numbers/,
  )
})
