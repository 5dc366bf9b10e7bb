import { describe, expect, test } from 'vitest'
import { parseRow } from '../../src/gates/row.js'
import { emit, Functions } from '../../src/kernel/emit.js'
import { constant, lower, type Term, uses, variable } from '../../src/kernel/term.js'

const scope = new Map<string, Term>([
  ['x', variable('x0')],
  ['z', variable('x1')],
  ['half', constant(0.5)],
  ['one', constant(1)],
  ['zero', constant(0)],
  ['infinite', constant(Infinity)],
  ['minus_zero', constant(-0)],
])

describe('a term', () => {
  test.each([
    ['x + 2 * half', '(x0 + 1)'],
    ['x * one', 'x0'],
    ['one * x', 'x0'],
    ['x / one', 'x0'],
    ['x - zero', 'x0'],
    ['min(x, infinite)', 'x0'],
    ['max(x, -infinite)', 'x0'],
    ['x ^ one', 'x0'],
    ['x ^ 2', '(x0 * x0)'],
    ['where(half > zero, x, z)', 'x0'],
    ['where(zero, x, z)', 'x1'],
    ['sqrt(4) * x', '(2 * x0)'],
    ['where(one == 2, x, z) - zero', 'x1'],
  ])('of %s is simplified to %s', (formula, code) => {
    expect(codeOf(formula)).toEqual([code])
  })

  test.each([
    ['x + zero', '(x0 + 0)'],
    ['x - minus_zero', '(x0 - (-0))'],
    ['x * zero', '(x0 * 0)'],
    ['min(x, -infinite)', 'f0(x0, (-Infinity))'],
    ['x - x', '(x0 - x0)'],
    ['x / x', '(x0 / x0)'],
    ['x ^ zero', 'f0(x0, 0)'],
    ['(x + z) ^ 2', 'f0((x0 + x1), 2)'],
  ])('of %s stays, for -0, NaN or an infinity', (formula, code) => {
    expect(codeOf(formula)).toEqual([code])
  })

  test('knows the variables that occur in it', () => {
    const term = lower(parseRow('where(x, 1, 2) + 1', ['x', 'z']), scope)
    expect([uses(term, 'x0'), uses(term, 'x1')]).toEqual([true, false])
  })
})

describe('code', () => {
  test('computes once what occurs twice, in one term or in several', () => {
    expect(codeOf('tanh(x) * (1 - tanh(x))', 'exp(tanh(x))')).toEqual([
      'const v0 = f0(x0)',
      '(v0 * (1 - v0))',
      'f1(v0)',
    ])
  })

  test('does not compute beforehand what only a branch may need', () => {
    expect(codeOf('where(x > 0, tanh(x) + tanh(x), 0)')).toEqual([
      '(x0 > 0 ? (f0(x0) + f0(x0)) : 0)',
    ])
    expect(codeOf('where(x > 0, tanh(x), 0) + tanh(x)')).toEqual([
      'const v0 = f0(x0)',
      '((x0 > 0 ? v0 : 0) + v0)',
    ])
  })

  test('turns comparisons into numbers, and numbers into conditions', () => {
    expect(codeOf('where((x < z) * (x != 1), -x, -(-2.5))')).toEqual([
      '(((x0 < x1 ? 1 : 0) * (x0 !== 1 ? 1 : 0)) !== 0 ? (-x0) : 2.5)',
    ])
  })
})

/** Statements, then results. */
function codeOf(...formulas: string[]): string[] {
  const terms = formulas.map((formula) => lower(parseRow(formula, [...scope.keys()]), scope))
  const { statements, results } = emit(terms, new Functions())
  return [...statements, ...results]
}
