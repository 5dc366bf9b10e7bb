import { describe, expect, test } from 'vitest'
import type { Gate } from '../../src/gates/gate.js'
import {
  catalogue,
  describeGate,
  families,
  fold,
  gates,
  named,
  pointwise,
} from '../../src/gates/index.js'

describe('the catalogue', () => {
  test('names each gate by its key', () => {
    for (const [name, gate] of gates) expect(gate.name).toBe(name)
    expect(gates.get('constructor')).toBeUndefined()
    expect('toString' in catalogue).toBe(false)
  })

  test('has no gate in two families', () => {
    const names = Object.values(families).flatMap((family) => Object.keys(family))
    expect(new Set(names).size).toBe(names.length)
  })

  test('says on one line what each gate is', () => {
    for (const { doc } of gates.values()) expect(doc).toMatch(/^[^\n]{3,100}\.$/)
  })

  test('has rules that parse', () => {
    for (const gate of gates.values()) expect(() => rulesOf(gate)).not.toThrow()
  })

  test('describes its gates by their formulas', () => {
    expect(describeGate(catalogue.where)).toEqual([
      { of: 'value', formula: 'where(condition, a, b)' },
      { of: 'gradient of condition', formula: 'none' },
      { of: 'gradient of a', formula: 'where(condition, g, 0)' },
      { of: 'gradient of b', formula: 'where(condition, 0, g)' },
    ])
    expect(describeGate(catalogue.mean)).toEqual([
      { of: 'value', formula: 'a + b' },
      { of: 'value, at the end', formula: 'y / n' },
      { of: 'gradient, at first', formula: 'g / n' },
      { of: 'gradient of a', formula: 'g' },
      { of: 'gradient of b', formula: 'g' },
      { of: 'value, of one tensor', formula: 'sum of x over axis / n' },
      { of: 'gradient, of one tensor', formula: 'g / n' },
    ])
    expect(describeGate(catalogue.one_hot)).toEqual([
      { of: 'value', formula: '1 where the place is index, else 0' },
      { of: 'gradient of index', formula: 'none' },
    ])
    expect(describeGate(catalogue.mish)[1]!.formula).not.toContain('\n')
  })
})

describe('a declaration', () => {
  test('makes ports with defaults and gradients, and parameters with bounds', () => {
    const gate = pointwise({
      doc: 'A test.',
      source: 'nowhere',
      inputs: ['x', 'least'],
      defaults: { least: -1 },
      parameters: { slope: 2, soft: false, kind: { default: 'p', words: ['p', 'q'] } },
      value: 'where(kind + soft, slope * x, max(x, least))',
      gradients: { x: 'g', least: 'none' },
    })
    expect(gate).toMatchObject({
      name: '',
      doc: 'A test.',
      source: 'nowhere',
      variadic: false,
      ports: [
        { name: 'x', gradient: true },
        { name: 'least', gradient: false, default: -1 },
      ],
      parameters: [
        { name: 'slope', default: 2 },
        { name: 'soft', default: false },
        { name: 'kind', default: 'p', words: ['p', 'q'] },
      ],
    })
    expect(named({ mine: gate }).mine.name).toBe('mine')
    expect(gate.shape([[3], [2, 1]], {})).toEqual([2, 3])
    expect(gate.shape([[3], [2]], {})).toEqual({
      mismatch: 'the sizes 3 and 2 differ, and neither is 1',
    })
  })

  const bad = (value: string, x = 'g') => {
    return pointwise({ doc: '', inputs: ['x'], value, gradients: { x } })
  }
  test.each([
    [bad('x + z'), 'formula "x + z": there is no "z"; it may use x'],
    [bad('x', 'g * z'), 'formula "g * z": there is no "z"; it may use x, y, g'],
    [bad('g'), 'formula "g": there is no "g"; it may use x'],
    [bad('tahn(x)'), 'formula "tahn(x)": there is no intrinsic "tahn"'],
    [bad('max(x)'), 'formula "max(x)": "max" takes 2 arguments, got 1'],
    [bad('exp(x=1)'), 'formula "exp(x=1)": "exp" takes no arguments by name'],
    [bad('exp([1])'), 'formula "exp([1])": a list'],
    [bad('x @ x'), 'formula "x @ x": there is no intrinsic "matmul"'],
  ])('that is wrong says so when its formulas are read', (gate, message) => {
    expect(() => rulesOf(gate)).toThrow(message)
  })

  test.each(['x +', ''])('that does not parse says so: %j', (formula) => {
    expect(() => rulesOf(bad(formula))).toThrow(`formula "${formula}": `)
  })

  test('may not use a name twice, nor the names that formulas have', () => {
    const twice = (inputs: string[], parameters: Record<string, number>) => () => {
      const gradients = Object.fromEntries(inputs.map((name) => [name, 'g']))
      return pointwise({ doc: '', inputs, parameters, value: '1', gradients })
    }
    expect(twice(['x', 'x'], {})).toThrow('a gate names "x" twice')
    expect(twice(['x'], { x: 1 })).toThrow('a gate names "x" twice')
    expect(twice(['g'], {})).toThrow('a gate names "g" twice')
    expect(twice(['x'], { y: 1 })).toThrow('a gate names "y" twice')
  })

  test('without a gradient for an input does not type-check', () => {
    // @ts-expect-error b has no row
    pointwise({ doc: '', inputs: ['a', 'b'], value: 'a + b', gradients: { a: 'g' } })
    // @ts-expect-error c is no input
    pointwise({ doc: '', inputs: ['a'], value: 'a', gradients: { a: 'g', c: 'g' } })
    // @ts-expect-error b has no row
    fold({ doc: '', value: 'a + b', gradients: { a: 'g' } })
  })
})

/** Reads all formulas of a gate. */
function rulesOf({ rule }: Gate) {
  if (rule.type === 'tensor') return []
  return [rule.value, rule.gradients, rule.type === 'fold' && rule.finish]
}
