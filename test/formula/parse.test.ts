import { runInThisContext } from 'node:vm'
import { fc } from '../random.js'
import { describe, expect, test } from 'vitest'
import { maximumDepth, parseFormula } from '../../src/formula/parse.js'
import type { Expression } from '../../src/formula/syntax.js'

describe('precedence', () => {
  test.each([
    ['a + b * c', '(add a (multiply b c))'],
    ['a * b + c', '(add (multiply a b) c)'],
    ['a - b - c', '(subtract (subtract a b) c)'],
    ['a / b * c', '(multiply (divide a b) c)'],
    ['a @ b * c', '(multiply (matmul a b) c)'],
    ['a ^ b ^ c', '(power a (power b c))'],
    ['-x^2', '(negate (power x 2))'],
    ['(-x)^2', '(power (negate x) 2)'],
    ['-2^2', '(negate (power 2 2))'],
    ['(-2)^2', '(power -2 2)'],
    ['2^-x^2', '(power 2 (negate (power x 2)))'],
    ['-a * b', '(multiply (negate a) b)'],
    ['a * -b', '(multiply a (negate b))'],
    ['a + b < c * d', '(less (add a b) (multiply c d))'],
    ['(a < b) != c', '(not_equal (less a b) c)'],
    ['a >= b', '(greater_equal a b)'],
    ['a - -1', '(subtract a -1)'],
    ['a-1', '(subtract a 1)'],
    [
      'tanh(w1 * x1 - w2 * x2 + x3)',
      '(tanh (add (subtract (multiply w1 x1) (multiply w2 x2)) x3))',
    ],
  ])('%s is %s', (text, shape) => expect(shapeOf(parse(text))).toBe(shape))

  test('a random formula has the value that JavaScript gives it', () => {
    // `**` differs: JavaScript takes no unary minus at its left, and that is not made here.
    const operand = fc.constantFrom('2', '3', '0.5', '7')
    const { formula } = fc.letrec<{ formula: string }>((tie) => ({
      formula: fc.oneof(
        { depthSize: 'medium' },
        operand,
        fc
          .tuple(tie('formula'), fc.constantFrom('+', '-', '*', '/'), tie('formula'))
          .map(([left, sign, right]) => `${left} ${sign} ${right}`),
        tie('formula').map((inner) => `(${inner})`),
        fc.tuple(operand, operand).map(([base, exponent]) => `${base}^${exponent}`),
        tie('formula').map((inner) => `-(${inner})`),
      ),
    }))
    fc.assert(
      fc.property(formula, (text) => {
        const { expression } = parseFormula(text)
        // Deeper than a formula may be.
        if (expression === undefined) return
        const expected: unknown = runInThisContext(text.replaceAll('^', '**'))
        expect(evaluate(expression)).toEqual(expected)
      }),
      { seed: 1, numRuns: 2000 },
    )
  })
})

describe('numbers', () => {
  test.each([
    ['1', 1],
    ['1e-3', 0.001],
    ['1E+3', 1000],
    ['.5', 0.5],
    ['5.', 5],
    ['-2', -2],
    ['- 2', -2],
    ['-0', -0],
    ['1e-400', 0],
  ])('%s is %d', (text, value) => {
    expect(parse(text)).toMatchObject({ type: 'number', value })
  })
})

describe('names and calls', () => {
  test.each([
    'y',
    'null',
    'true',
    '_',
    'x1',
    'o.x.a',
    'größe',
    '重み',
    '__proto__',
    'and',
    'if',
    '𝛼',
  ])('%s is a name', (name) => {
    expect(parse(name)).toEqual({ type: 'name', name, range: { start: 0, end: name.length } })
  })

  test('a call takes positional arguments, then named ones with lists and words', () => {
    expect(parse('f(a, 1, to=[1, [2]], on=true, mode=fast)')).toMatchObject({
      type: 'call',
      gate: 'f',
      gateRange: { start: 0, end: 1 },
      arguments: [{ name: 'a' }, { value: 1 }],
      named: [
        { name: 'to', value: { type: 'list', items: [{ value: 1 }, { items: [{ value: 2 }] }] } },
        { name: 'on', value: { type: 'name', name: 'true' } },
        { name: 'mode', nameRange: { start: 30, end: 34 }, value: { type: 'name', name: 'fast' } },
      ],
    })
  })

  test('a call may be empty, and white space may stand anywhere', () => {
    expect(shapeOf(parse('f()'))).toBe('(f)')
    expect(shapeOf(parse(' f (\n\ta ,\u00a0b ) '))).toBe('(f a b)')
  })
})

test('every part keeps its range, parentheses included', () => {
  expect(parse('a * (b + c)')).toMatchObject({
    range: { start: 0, end: 11 },
    gateRange: { start: 2, end: 3 },
    arguments: [
      { range: { start: 0, end: 1 } },
      { range: { start: 4, end: 11 }, gateRange: { start: 7, end: 8 } },
    ],
  })
})

describe('mistakes', () => {
  test.each([
    ['', 'formula-empty', 0, 0],
    [' \n', 'formula-empty', 2, 2],
    ['a +', 'formula-syntax', 2, 3],
    ['f(x', 'formula-syntax', 2, 3],
    ['f(', 'formula-syntax', 1, 2],
    ['x)', 'formula-syntax', 1, 2],
    ['f(x,)', 'formula-syntax', 4, 5],
    ['f(,x)', 'formula-syntax', 2, 3],
    ['+ a', 'formula-syntax', 0, 1],
    ['* a', 'formula-syntax', 0, 1],
    ['x..y', 'formula-syntax', 1, 2],
    ['x.', 'formula-syntax', 1, 2],
    ['$x', 'formula-syntax', 0, 1],
    ['😀', 'formula-syntax', 0, 2],
    ['a < b < c', 'formula-chain', 6, 7],
    ['f(a=1, b)', 'formula-argument', 7, 8],
    ['[1, 2]', 'formula-argument', 0, 1],
    ['a + [1]', 'formula-argument', 4, 5],
    ['"x"', 'formula-argument', 0, 3],
    ["f('x')", 'formula-argument', 2, 5],
    ['f(p=["x"])', 'formula-argument', 5, 8],
    ['f(p="x" + 1)', 'formula-syntax', 8, 9],
    ['f(p="x" y)', 'formula-syntax', 8, 9],
    ['f(p="x)', 'formula-syntax', 4, 5],
    ['f(p="x\')', 'formula-syntax', 4, 5],
    ['1.2.3', 'formula-number', 0, 5],
  ])('%j is %s at %d to %d', (text, code, start, end) => {
    const { expression, problems } = parseFormula(text)
    expect(expression).toBeUndefined()
    expect(problems).toMatchObject([{ code, range: { start, end } }])
  })

  test.each([
    ['a**b', 'formula-habit', 'write "^" for a power'],
    ['c ? a : b', 'formula-habit', 'write where(condition, a, b)'],
    ['a && b', 'formula-habit', 'comparisons are 0 or 1: multiply them'],
    ['a and b', 'formula-habit', 'comparisons are 0 or 1: multiply them'],
    ['a || b', 'formula-habit', 'comparisons are 0 or 1: write max(a, b)'],
    ['a or b', 'formula-habit', 'comparisons are 0 or 1: write max(a, b)'],
    ['!a', 'formula-habit', 'comparisons are 0 or 1: write 1 - x'],
    ['not a', 'formula-habit', 'comparisons are 0 or 1: write 1 - x'],
    ['a if c else b', 'formula-habit', 'write where(condition, a, b)'],
    ['a % b', 'formula-habit', 'write a - b * floor(a / b)'],
    ['a // b', 'formula-habit', 'write floor(a / b)'],
    ['a <> b', 'formula-habit', 'write "!=" for unequal'],
    ['f(units: 10)', 'formula-habit', 'write units='],
    ['a = b', 'formula-syntax', 'write "==" to compare'],
    ['a b', 'formula-syntax', 'write a * b for a product'],
    ['2 x', 'formula-syntax', 'write 2 * x for a product'],
    ['(a)(b)', 'formula-syntax', 'write "*" between them for a product'],
    ['1 000', 'formula-syntax', 'write 1000 for one number'],
    ['a − b', 'formula-syntax', 'write "-"'],
    ['a ≤ b', 'formula-syntax', 'write "<="'],
    ['2x', 'formula-number', 'write 2 * x'],
    ['1_000.5', 'formula-number', 'write 1000.5'],
    ['010', 'formula-number', 'write 10'],
    ['00.5', 'formula-number', 'write 0.5'],
    ['1,5', 'formula-number', 'write 1.5'],
    ['0x10', 'formula-number', 'write 16'],
    ['1e400', 'formula-number', 'numbers are at most 1.7976931348623157e308'],
    ['a < b < c', 'formula-chain', 'multiply two of them: (a < b) * (b < c)'],
  ])('%s is %s, with a way out', (text, code, hint) => {
    expect(parseFormula(text).problems).toMatchObject([{ code, hint }])
  })
})

describe('size', () => {
  test('a formula nests as deep as is allowed, and no deeper', () => {
    const nested = (depth: number) => 'f('.repeat(depth) + 'x' + ')'.repeat(depth)
    expect(parseFormula(nested(maximumDepth - 1)).problems).toEqual([])
    expect(parseFormula(nested(maximumDepth + 1)).problems).toMatchObject([
      { code: 'formula-depth' },
    ])
  })

  test('a long sum nests too, and is told of the long form', () => {
    const sum = (terms: number) => Array.from({ length: terms }, (_, n) => `x${n}`).join(' + ')
    expect(parseFormula(sum(maximumDepth + 1)).problems).toEqual([])
    const { problems } = parseFormula(sum(maximumDepth + 2))
    expect(problems).toMatchObject([{ code: 'formula-depth' }])
    expect(problems[0]!.hint).toContain('{ add: [ … ] }')
  })

  test.each([
    ['parentheses', '('],
    ['minuses', '-'],
    ['powers', 'x^'],
    ['comparisons in parentheses', '(x<'],
    ['calls', 'f('],
    ['lists', 'f(a=['],
    ['sums', 'x+'],
  ])('5,000,000 characters of nested %s are given up at once', (_, piece) => {
    const text = piece.repeat(5_000_000 / piece.length)
    expect(parseFormula(text).problems).toHaveLength(1)
  })

  test('a call may be as wide as it likes', () => {
    const parsed = parse(`add(${'x, '.repeat(100_000)}x)`)
    expect(parsed.type === 'call' && parsed.arguments).toHaveLength(100_001)
  })

  // Where patterns with a choice in them overflow their stack or go back without end.
  test.each([
    ['digits', '1'.repeat(10_000_000)],
    ['digits before a letter', `${'1'.repeat(1_000_000)}x`],
    ['dots', '1.'.repeat(1_000_000)],
    ['exponents', '1e+'.repeat(1_000_000)],
    ['underscores', '1_'.repeat(1_000_000)],
  ])('a run of millions of %s is one short problem', (_, text) => {
    const { problems } = parseFormula(text)
    expect(problems).toMatchObject([{ code: 'formula-number' }])
    expect(problems[0]!.message.length + (problems[0]!.hint ?? '').length).toBeLessThan(200)
  })
})

test('no text whatever makes it throw, and its problems lie inside the text', () => {
  const piece = fc.constantFrom(
    ...'abx_1 2.e+-*/@^<>=!(),[]?:&|;{}"\'\n\t\0é名😀\u0301\ud800'.split(''),
  )
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(piece, { maxLength: 40 }).map((all) => all.join('')),
  )
  fc.assert(
    fc.property(text, (formula) => {
      const { expression, problems } = parseFormula(formula)
      expect(expression === undefined).toBe(problems.length > 0)
      for (const { range } of problems) {
        expect(range.start).toBeGreaterThanOrEqual(0)
        expect(range.end).toBeGreaterThanOrEqual(range.start)
        expect(range.end).toBeLessThanOrEqual(formula.length)
      }
    }),
    { seed: 2, numRuns: 20_000 },
  )
})

function parse(text: string): Expression {
  const { expression, problems } = parseFormula(text)
  expect(problems, text).toEqual([])
  return expression!
}

/** A tree in the prefix notation of Lisp. */
function shapeOf(expression: Expression): string {
  if (expression.type === 'number') return String(expression.value)
  if (expression.type === 'name') return expression.name
  if (expression.type === 'text') return `'${expression.value}'`
  if (expression.type === 'list') return `[${expression.items.map(shapeOf).join(' ')}]`
  return `(${[expression.gate, ...expression.arguments.map(shapeOf)].join(' ')})`
}

const operations = new Map<string, (a: number, b: number) => number>([
  ['add', (a, b) => a + b],
  ['subtract', (a, b) => a - b],
  ['multiply', (a, b) => a * b],
  ['divide', (a, b) => a / b],
  ['power', (a, b) => a ** b],
  ['negate', (a) => -a],
])

function evaluate(expression: Expression): number {
  if (expression.type === 'number') return expression.value
  if (expression.type !== 'call') throw new Error(`no value for ${expression.type}`)
  const [a, b] = expression.arguments.map(evaluate)
  return operations.get(expression.gate)!(a!, b!)
}

describe('a text', () => {
  const textOf = (formula: string) => {
    const call = parse(formula)
    return call.type === 'call' ? call.named[0]!.value : call
  }

  test('is what stands between quotes of either kind, as it stands there', () => {
    const range = { start: 4, end: 16 }
    expect(textOf('f(p="ij,jk -> ik")')).toEqual({ type: 'text', value: 'ij,jk -> ik', range: { start: 4, end: 17 } }) // prettier-ignore
    expect(textOf(`f(p='say "\\n"#',q=1)`)).toEqual({ type: 'text', value: 'say "\\n"#', range: { start: 4, end: 15 } }) // prettier-ignore
    expect(textOf('f(p="a\'b😀 =(" )')).toEqual({ type: 'text', value: "a'b😀 =(", range: { ...range, end: 14 } }) // prettier-ignore
    expect(textOf('f(p="")')).toMatchObject({ type: 'text', value: '' })
  })

  test('is told where it has no place', () => {
    const message = 'a text can only be the value of a parameter'
    expect(parseFormula('1 + "x"').problems).toMatchObject([{ message }])
    expect(parseFormula('f(a, "x")').problems).toMatchObject([{ message }])
    expect(parseFormula('f(p="x" + 1)').problems).toMatchObject([{ message: '"+" has no place here' }]) // prettier-ignore
  })
})
