import { fc } from '../random.js'
import { expect, test } from 'vitest'
import { operatorGates, parseFormula } from '../../src/formula/parse.js'
import { printExpression } from './printer.js'
import type { Expression, Operator } from '../../src/formula/syntax.js'

const range = { start: 0, end: 0 }

test.each([
  ['((a))', 'a'],
  ['(a * b) + c', 'a * b + c'],
  ['a * (b + c)', 'a * (b + c)'],
  ['(a - b) - c', 'a - b - c'],
  ['a - (b - c)', 'a - (b - c)'],
  ['a ^ (b ^ c)', 'a^b^c'],
  ['(a ^ b) ^ c', '(a^b)^c'],
  ['-(x ^ 2)', '-x^2'],
  ['(-x) ^ 2', '(-x)^2'],
  ['(-2) ^ 2', '(-2)^2'],
  ['-2 ^ 2', '-2^2'],
  ['-(2)', '-(2)'],
  ['--2', '--2'],
  ['2 ^ (-x)', '2^-x'],
  ['-(a * b)', '-(a * b)'],
  ['(-a) * b', '-a * b'],
  ['(a < b) == c', '(a < b) == c'],
  ['a < (b + c)', 'a < b + c'],
  ['clamp( h , min = -1, to=[1,[2]], mode = fast )', 'clamp(h, min=-1, to=[1, [2]], mode=fast)'],
  ['1e300 * 0.1 * 1e-7', '1e+300 * 0.1 * 1e-7'],
])('%s is printed as %s', (text, printed) => {
  expect(printExpression(parse(text))).toBe(printed)
})

test('a tree printed and parsed again is the same tree', () => {
  fc.assert(
    fc.property(tree, (expression) => {
      expect(withoutRanges(parse(printExpression(expression)))).toEqual(withoutRanges(expression))
    }),
    { seed: 7, numRuns: 2000 },
  )
})

test('no parenthesis of a printed tree can be left out', () => {
  fc.assert(
    fc.property(tree, (expression) => {
      const text = printExpression(expression)
      for (const [open, close] of groups(text)) {
        const fewer = text.slice(0, open) + text.slice(open + 1, close) + text.slice(close + 1)
        const { expression: other } = parseFormula(fewer)
        expect(other && withoutRanges(other), `${text} says no more than ${fewer}`).not.toEqual(
          withoutRanges(expression),
        )
      }
    }),
    { seed: 8, numRuns: 1000 },
  )
})

function parse(text: string): Expression {
  const { expression, problems } = parseFormula(text)
  expect(problems, text).toEqual([])
  return expression!
}

/** Where the parentheses stand that group and do not belong to a call. */
function groups(text: string): [open: number, close: number][] {
  const found: [number, number][] = []
  const open: number[] = []
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '(') open.push(at)
    if (text[at] !== ')') continue
    const start = open.pop()!
    if (!/[\p{L}\p{N}_]/u.test(text[start - 1] ?? '')) found.push([start, at])
  }
  return found
}

function withoutRanges(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutRanges)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !['range', 'gateRange', 'nameRange'].includes(key))
      .map(([key, inner]) => [key, withoutRanges(inner)]),
  )
}

const name = fc.constantFrom('a', 'x1', '_', 'o.x.a', 'é', '名前', '__proto__')
const plainName = fc.constantFrom('min', 'to', '_k', 'ü')
const number = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .map((value): Expression => ({ type: 'number', value, range }))

const { tree } = fc.letrec<{ tree: Expression; list: Expression }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    name.map((text): Expression => ({ type: 'name', name: text, range })),
    number,
    fc
      .tuple(fc.constantFrom<Operator[]>(...operatorGates.keys()), tie('tree'), tie('tree'))
      .map(([operator, left, right]) =>
        operation(operator, operatorGates.get(operator)!, [left, right]),
      ),
    tie('tree').map((argument) => operation('-', 'negate', [argument])),
    fc
      .tuple(
        name,
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.array(fc.tuple(plainName, fc.oneof(tie('tree'), tie('list'))), { maxLength: 2 }),
      )
      .map(([gate, positional, named]): Expression => ({
        type: 'call',
        gate,
        gateRange: range,
        arguments: positional,
        named: named.map(([argument, value]) => ({ name: argument, nameRange: range, value })),
        range,
      })),
  ),
  list: fc
    .array(fc.oneof({ depthSize: 'small' }, number, tie('list')), { maxLength: 3 })
    .map((items): Expression => ({ type: 'list', items, range })),
}))

function operation(operator: Operator, gate: string, operands: Expression[]): Expression {
  return { type: 'call', gate, gateRange: range, operator, arguments: operands, named: [], range }
}
