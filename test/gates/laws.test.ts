import { describe, expect, test } from 'vitest'
import type { Gate } from '../../src/gates/gate.js'
import {
  catalogue,
  formulaGates,
  type FormulaGateName,
  gates,
  operatorGates,
  pointwise,
} from '../../src/gates/index.js'
import { portOf, run } from '../kernel/place.js'
import { slope } from './differences.js'
import { type Point, points } from './points.js'
import { rows } from './pytorch.js'

const names = Object.keys(points) as FormulaGateName[] // its type has no other keys

describe('every gate', () => {
  test('has points, and numbers of another implementation', () => {
    expect(Object.keys(formulaGates).toSorted()).toEqual(names.toSorted())
    expect([...new Set(rows.map(([gate]) => gate))].toSorted()).toEqual(names.toSorted())
  })

  test.each(names)('%s has the slopes that finite differences find', (name) => {
    for (const point of points[name].smooth) expect(wrongSlopes(catalogue[name], point)).toEqual([])
  })

  test.each(names)('%s answers in proportion to the gradient that arrives', (name) => {
    for (const { at, parameters } of [...points[name].smooth, ...(points[name].kinks ?? [])]) {
      const one = run(catalogue[name], at, { parameters, g: 1 }).gradients
      const minusFour = run(catalogue[name], at, { parameters, g: -4 }).gradients
      const scaled = one.map((gradient) => (gradient === 'none' ? gradient : gradient * -4 + 0))
      expect(minusFour.map((gradient) => (gradient === 'none' ? gradient : gradient + 0))).toEqual(
        scaled,
      )
    }
  })

  test.each(names)('%s answers exactly the ports that it declares to have a gradient', (name) => {
    const gate = catalogue[name]
    for (const { at, parameters } of points[name].smooth) {
      const answered = run(gate, at, { parameters }).gradients.map((answer) => answer !== 'none')
      expect(answered).toEqual(at.map((_, port) => portOf(gate, port).gradient))
    }
  })
})

describe('at a kink', () => {
  for (const name of names) {
    for (const { at, parameters, gradients, name: kink } of points[name].kinks ?? []) {
      test(`${name}, ${kink}: the convention holds`, () => {
        const result = run(catalogue[name], at, { parameters })
        gradients.forEach((expected, port) => near(result.gradients[port], expected))
      })
    }
  }
})

/** Their slopes are made of 1 - y, and so of the last digit of y, which PyTorch may have other. */
const fromValue = new Set<string>(['sigmoid', 'tanh'])

describe('PyTorch and mpmath', () => {
  test.each(names)('%s has their values and gradients', (name) => {
    for (const [gate, at, parameters, value, gradients] of rows) {
      if (gate !== name) continue
      const row = `${name}(${at.join()}) ${JSON.stringify(parameters)}`
      const result = run(catalogue[name], at, { parameters })
      near(result.value, value, row)
      gradients.forEach((expected, port) => {
        const answer = result.gradients[port]
        const slack = fromValue.has(name) ? 2 ** -53 : 0
        near(answer === 'none' ? 0 : answer, expected, `${row}, port ${port}`, slack)
      })
    }
  })
})

describe('the check of slopes', () => {
  const tanh = (slopeOfX: string) => {
    return pointwise({ doc: '', inputs: ['x'], value: 'tanh(x)', gradients: { x: slopeOfX } })
  }
  test('accepts a right rule', () => {
    expect(wrongSlopes(tanh('g * (1 - y * y)'), { at: [0.7] })).toEqual([])
  })
  test.each(['g * (1 + y * y)', 'g * (1 - y)', 'g * (1.00000001 - y * y)', 'g', '0'])(
    'finds that tanh does not have the gradient %s',
    (wrong) => expect(wrongSlopes(tanh(wrong), { at: [0.7] })).toHaveLength(1),
  )
  test('names the port that is wrong', () => {
    const swapped = pointwise({
      doc: '',
      inputs: ['a', 'b'],
      value: 'a * b^2',
      gradients: { a: 'g * b^2', b: 'g * a * b' },
    })
    expect(wrongSlopes(swapped, { at: [3, 2] })).toMatchObject([{ port: 1, rule: 6 }])
  })
})

test('operators stand for gates that compute what they say', () => {
  for (const [sign, name] of operatorGates) {
    const gate = gates.get(name)
    if (sign !== '@')
      expect(gate?.rule.text.value.replace('power(a, b)', 'a ^ b')).toBe(`a ${sign} b`)
  }
})

/** The ports whose gradient is not what finite differences say, to 1e-9. */
function wrongSlopes(gate: Gate, { at, parameters }: Point) {
  const { gradients } = run(gate, at, { parameters })
  return gradients.flatMap((rule, port) => {
    const x = at[port]!
    if (rule === 'none' || !Number.isFinite(x)) return []
    const f = (moved: number) => run(gate, at.with(port, moved), { parameters }).value
    const differences = slope(f, x, x === 0 ? 0.1 : Math.abs(x) / 16)
    const tolerance = 1e-9 * Math.max(Math.abs(rule), Math.abs(differences))
    return Math.abs(rule - differences) <= tolerance ? [] : [{ port, rule, differences, at }]
  })
}

function near(actual: number | 'none' | undefined, expected: number, of?: string, slack = 0): void {
  if (typeof actual !== 'number' || !Number.isFinite(expected)) {
    expect(actual, of).toEqual(expected)
  } else {
    expect(Math.abs(actual - expected), of).toBeLessThanOrEqual(1e-12 * Math.abs(expected) + slack)
  }
}
