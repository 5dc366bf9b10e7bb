/** What dropout leaves out: how much, where, and whether the same again. */
import { describe, expect, test } from 'vitest'
import { catalogue } from '../../src/gates/index.js'
import { compile } from '../../src/kernel/compile.js'
import type { Executor } from '../../src/kernel/kernel.js'
import { placeTensors, runTensors, tensor } from '../kernel/tensors.js'
import { expectSameOfBoth } from '../kernel/allowed.js'

const { dropout } = catalogue

interface Draw {
  readonly p: number
  readonly seed?: number
  readonly turn?: number
  readonly path?: string
  readonly executor?: Executor
}

/** Which of so many elements stay (1) in one learn step. */
function mask(count: number, { p, seed = 0, turn = 0, path = 'y', executor }: Draw): number[] {
  const ones = { shape: [count], data: Array.from({ length: count }, () => 1) }
  const { binding, frame } = placeTensors(dropout, [ones], { parameters: { p } })
  const kernel = compile({ ...binding, path }, executor ?? 'interpret')
  const state = { weights: frame.weights, optimizer: [], updates: 0, gates: new Float64Array(64) }
  kernel.forward({ ...frame, seed, turn }, state)
  const values = frame.values.subarray(binding.output, binding.output + count)
  for (const value of new Set(values)) expect([0, 1 / (1 - p)]).toContain(value)
  return Array.from(values, (value) => (value === 0 ? 0 : 1))
}

const total = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0)

describe('what stays', () => {
  test.each([0.1, 0.25, 0.5, 0.9])('is as much as p=%d says, by chi-squared', (p) => {
    const n = 20_000
    for (let seed = 0; seed < 5; seed++) {
      const kept = total(mask(n, { p, seed }))
      const statistic = (kept - n * (1 - p)) ** 2 / (n * p * (1 - p))
      expect(statistic).toBeLessThan(15.14) // one degree of freedom, 1 in 10,000
    }
  })

  test('is as likely in every place of every step', () => {
    const [places, steps, p] = [64, 2000, 0.3]
    const kept = Array.from({ length: places }, () => 0)
    for (let turn = 0; turn < steps; turn++) {
      mask(places, { p, turn }).forEach((stays, at) => (kept[at]! += stays))
    }
    const expected = steps * (1 - p)
    const statistic = total(kept.map((count) => (count - expected) ** 2 / (expected * p)))
    // 64 degrees of freedom, 1 in 10,000 at either end.
    expect(statistic).toBeLessThan(113)
    expect(statistic).toBeGreaterThan(30)
  })

  test('has nothing to do with its neighbour, the step before, another seed or another node', () => {
    const n = 20_000
    const one = mask(n, { p: 0.5 })
    const others = [
      one.map((_, at) => one[(at + 1) % n]!),
      mask(n, { p: 0.5, turn: 1 }),
      mask(n, { p: 0.5, turn: 2 ** 32 }),
      mask(n, { p: 0.5, seed: 1 }),
      mask(n, { p: 0.5, seed: 2 ** 40 }),
      mask(n, { p: 0.5, path: 'z' }),
      mask(n, { p: 0.5, seed: 1, turn: 1 }),
    ]
    for (const other of others) {
      const same = total(one.map((stays, at) => (stays === other[at] ? 1 : 0)))
      expect((same - n / 2) ** 2 / (n / 4)).toBeLessThan(15.14)
    }
  })

  test('is the same for the same seed, step and node, whatever executes it', () => {
    const draw = { p: 0.4, seed: 7, turn: 123, path: 'a.b' }
    expectSameOfBoth((executor) => mask(500, { ...draw, executor }))
    expect(mask(24, draw).join('')).toMatchInlineSnapshot(`"110110110101000011100000"`)
  })

  test('is everything for p=0 and nothing for p=1', () => {
    expect(total(mask(1000, { p: 0 }))).toBe(1000)
    expect(total(mask(1000, { p: 1 }))).toBe(0)
  })
})

describe('outside of learning', () => {
  test.each(['probe', 'predict'] as const)('all of it passes both ways: %s', (mode) => {
    const x = tensor([3, 4])
    const g = tensor([3, 4], 9).data
    for (const p of [0, 0.5, 1]) {
      const result = runTensors(dropout, [x], { parameters: { p }, g, mode })
      expect(result).toEqual({ shape: [3, 4], value: x.data, gradients: [g] })
    }
  })
})

test('the gradient goes where the value went', () => {
  const x = tensor([50])
  const g = tensor([50], 9).data
  const { value, gradients } = runTensors(dropout, [x], { parameters: { p: 0.25 }, g })
  const factors = value.map((y) => (y === 0 ? 0 : 1 / 0.75))
  expect(value).toEqual(x.data.map((element, at) => element * factors[at]!))
  expect(gradients[0]).toEqual(g.map((element, at) => element * factors[at]!))
})
