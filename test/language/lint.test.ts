import { describe, expect, test } from 'vitest'
import { parseSpec } from '../../src/language/parse.js'
import { toDiagnostic } from '../../src/language/problem.js'

/** `code place` of everything that is wrong, the place as the text there. */
function found(text: string): string[] {
  return parseSpec(text).problems.map(
    ({ code, range }) => `${code} ${text.slice(range.start, range.end)}`,
  )
}

function hints(text: string): (string | undefined)[] {
  return parseSpec(text).problems.map((problem) => toDiagnostic(problem, { file: 'f', text }).hint)
}

const gate = (formula: string) => `gates:\n  o: ${formula}\n  p: y\n`

describe('a formula that begins like something else in YAML', () => {
  test.each([
    ['@x + 1', '@'],
    ['`x + 1', '`'],
    ['%x + 1', '%'],
    [', x', ','],
    ['| x', '|'],
    ['> x', '>'],
    ['>= x', '>'],
    ['*w * x', '*'],
    ['&w * x', '&'],
    ['!x * y', '!'],
    ['!x', '!'],
    ['[a] + b', '['],
    ['[a, b]', '['],
    ['{a} + b', '{'],
    ['"a" + b', '"'],
    ["'a' + b", "'"],
    ['- x', '-'],
    ['? x', '?'],
  ])('%s', (formula, sign) => {
    expect(found(gate(formula))).toEqual([`formula-start ${sign}`])
    expect(hints(gate(formula))).toEqual(['put quotes around the whole formula'])
  })

  test('in a flow map too', () => {
    expect(found('gates: { o: @x, p: y }')).toEqual(['formula-start @'])
    expect(found('gates: { o: [a, b] + c, p: y }')).toEqual(['formula-start ['])
  })

  test('an anchor where a formula begins with "&"', () => {
    expect(found(gate('&x + 1'))).toEqual(['formula-start &'])
    expect(found(gate('&h tanh(x)'))).toEqual([])
  })

  test('a formula that is in braces as a whole', () => {
    expect(found(gate('{x + 1}'))).toEqual(['formula-start {'])
  })

  test('but a minus straight before what it negates is fine', () => {
    expect(found(gate('-x'))).toEqual([])
    expect(found(gate('-x - y'))).toEqual([])
    expect(found(gate('"@"').replace('"@"', '"(x) @ w"'))).toEqual([])
  })
})

describe('a formula cut at a comma', () => {
  test.each([
    ['gates: { f: max(x, y) }', ['max(x, y)']],
    [
      'gates: { f: max(x, y), g: huber(o, t, delta=2), h: z }',
      ['max(x, y)', 'huber(o, t, delta=2)'],
    ],
    ['gates: { f: { max: [a * b, max(c, d)] } }', ['max(c, d)']],
    ['gates: { f: max(x, max(y, z)) }', ['max(x, max(y, z))']],
  ])('%s', (text, formulas) => {
    expect(found(text)).toEqual(formulas.map((formula) => `cut-formula ${formula}`))
    expect(hints(text)[0]).toMatch(/^put quotes around it/)
  })

  test('is checked on as it was meant', () => {
    const { spec } = parseSpec('gates: { f: max(x, y), g: z }')
    expect(spec.gates).toMatchObject([
      { name: { value: 'f' }, body: { gate: 'max', arguments: [{ name: 'x' }, { name: 'y' }] } },
      { name: { value: 'g' }, body: { name: 'z' } },
    ])
    expect(found('gates: { f: max(x, y ** 2), g: z }')).toEqual([
      'cut-formula max(x, y ** 2)',
      'formula-habit **',
    ])
  })
})

describe('colons and comments in formulas', () => {
  test('a colon and a space', () => {
    expect(found(gate('f(a: b)'))).toEqual(['formula-colon :'])
    expect(hints(gate('dense(x, units: 10)'))[0]).toContain('name=value')
  })

  test('a choice as in C', () => {
    expect(found(gate('c ? a : b'))).toEqual(['formula-habit ? a :'])
    expect(found('gates: { o: c ? a : b }')).toEqual(['formula-habit ? a :'])
    expect(hints(gate('c ? a : b'))).toEqual(['write where(condition, a, b)'])
    expect(found(gate('"c ? a : b"'))).toEqual(['formula-habit ?'])
  })

  test('in a formula on the line below its key, or in a list of ports', () => {
    expect(found('gates:\n  o:\n    c ? a : b\n')).toEqual(['formula-habit ? a :'])
    expect(found('gates:\n  o:\n    f(a: b)\n')).toEqual(['formula-colon :'])
    expect(found('gates:\n  o:\n    add:\n      - c ? a : b\n      - d\n')).toEqual([
      'formula-habit ? a :',
    ])
    expect(found('gates:\n  o:\n    add:\n      - tanh: b\n      - d\n')).toEqual([
      'wrong-kind tanh',
    ])
  })

  test('a comment that cuts a formula', () => {
    expect(found(gate('a + # b'))).toEqual(['formula-comment #'])
    expect(found(gate('max(a, # c\n    b)'))).toEqual(['formula-comment #'])
    expect(found(gate('a # fine'))).toEqual([])
  })

  test('a comment inside a block', () => {
    for (const sign of ['>', '|']) {
      expect(found(gate(`${sign}\n    a +\n    # why\n    b`))).toEqual(['folded-comment #'])
    }
  })
})

describe('after a value that is no good YAML', () => {
  const after = [
    ['a choice', 'c ? a : b', 'formula-habit ? a :'],
    ['a colon', 'f(a: b)', 'formula-colon :'],
    ['a colon in a formula of two lines', 'f(a: b,\n    c)', 'formula-colon :'],
    ['braces', '{a} + b', 'formula-start {'],
    ['a list', '[a] + b', 'formula-start ['],
    ['a dash', '- a', 'formula-start -'],
    ['a quote that stays open', '"a', 'yaml-syntax "'],
    ['a quote that stays open before others', `'it''s`, `yaml-syntax '`],
    ['a comment', 'max(a, # c\n    b)', 'formula-comment #'],
  ] as const

  test.each(after)('the other lines are read as they stand: %s', (_, formula, problem) => {
    const text = `gates:\n  o: ${formula}\n  p: y ** 2\n  q: 'z'\nloss: q ** 2\n`
    expect(found(text)).toEqual([problem, 'formula-habit **', 'formula-habit **'])
    const { gates } = parseSpec(text).spec
    expect(gates.map(({ name }) => name.value)).toEqual(['o', 'p', 'q'])
  })

  test('the other entries of a flow map are', () => {
    const text = 'gates: { o: c ? a : b, p: y ** 2 }\nloss: p\n'
    expect(found(text)).toEqual(['formula-habit ? a :', 'formula-habit **'])
    const lines = 'gates: {\n  o: c ? a : b,\n  p: y ** 2\n}\nloss: p\n'
    expect(found(lines)).toEqual(['formula-habit ? a :', 'formula-habit **'])
  })

  test('as many as there are, each is told once', () => {
    const lines = Array.from({ length: 15 }, (_, index) => `  o${index}: a ? ${index} : b\n`)
    const text = `gates:\n${lines.join('')}loss: o1 ** 2\n`
    expect(found(text)).toEqual([
      ...lines.map((_, index) => `formula-habit ? ${index} :`),
      'formula-habit **',
    ])
  })

  test.each([
    ['gates:\n  a: x\n   z: y\n  m: x ** 2\n', 'yaml-syntax z'],
    ['gates:\n  a foo(x)\n  m: x ** 2\n', 'yaml-syntax a foo(x)'],
    ['inputs: {x: 1}}\ngates:\n  m: x ** 2\n', 'yaml-syntax }'],
    ['gates:\n  a: { add: [x, y]] }\n  m: x ** 2\n', 'yaml-syntax ]'],
  ])('a line that is no entry is left out: %j', (text, problem) => {
    expect(found(text)).toEqual([problem, 'formula-habit **'])
  })

  test('the lines below a key without its space are', () => {
    expect(found('gates:\n  a:tanh(x)\n  m: x ** 2\nloss: m\n')).toEqual([
      'missing-space a:tanh(x)',
      'formula-habit **',
    ])
  })
})

describe('a colon without its space', () => {
  test.each([
    ['weights:\n  w:1\n  v:2\n', ['w:1', 'v:2']],
    ['weights:\n  v: 2\n  w:1\n  u: 3\n', ['w:1']],
    ['weights: {w:1, v: 2}', ['w:1']],
    ['w:1', ['w:1']],
  ])('%j', (text, places) => {
    expect(found(text)).toEqual(places.map((place) => `missing-space ${place}`))
    expect(hints(text)[0]).toMatch(/^put a space after the colon: \w: \d$/)
  })
})

describe('a number that is none', () => {
  test.each([
    ['1_000', 'write 1000'],
    ['1,5', 'write 1.5'],
    ['1,000', 'write 1000'],
    ['1/2', 'write 0.5'],
    ['010', 'write 10'],
    ['-007', 'write -7'],
    ['0x10', 'write 16'],
    ['0o10', 'write 8'],
    ['50%', 'write 0.5'],
    ['1e400', 'numbers are at most 1.7976931348623157e308'],
    ['.nan', 'only finite numbers can stand here'],
    ['-.inf', 'only finite numbers can stand here'],
    ['"1"', 'leave out the quotes'],
    ['1.2.3', undefined],
  ])('%s', (number, hint) => {
    const text = `weights:\n  w: ${number}\n`
    expect(found(text)).toEqual([`bad-number ${number}`])
    expect(hints(text)).toEqual([hint])
  })

  test('a decimal comma in a flow map', () => {
    expect(found('weights: { w: 1,5 }')).toEqual(['bad-number 1,5'])
    expect(hints('weights: { w: 1,5 }')).toEqual(['write 1.5'])
  })

  test.each(['1', '-1', '+1', '1.', '.5', '0.5', '1e3', '1E-3', '0', '-0', '1.5e+10'])(
    '%s is one',
    (number) => expect(found(`weights: { w: ${number} }`)).toEqual([]),
  )
})

test('tabs', () => {
  expect(found('gates:\n\to: x\n')).toEqual(['tab \t'])
  expect(found('gates:\n  o: x\n\tp: y\n')).toEqual(['tab \t'])
})

test('a merge of nothing', () => {
  expect(found('weights:\n  <<: 1\n  a: 1\n')).toEqual(['bad-merge <<'])
})

test('an alias without its anchor', () => {
  expect(found('weights: { a: *b }')).toEqual(['unknown-alias *b'])
  expect(hints(gate('*w'))).toEqual(['a formula that starts with "*" needs quotes'])
})

test('a second document', () => {
  expect(found('name: a\n---\nname: b\n')).toEqual(['several-documents ---'])
})

describe('habits of other tools', () => {
  test.each([
    ['train: { lr: 1 }', 'it is called "learning_rate" here'],
    ['train: { batch_size: 1 }', 'it is called "batch" here'],
    ['train: { lr_schedule: 1 }', 'it is called "schedule" here'],
    ['train: { momentum: 0.9 }', 'it belongs to the optimizer: { sgd: { momentum: 0.9 } }'],
    ['layers: {}', 'it is called "gates" here'],
    ['params: {}', 'it is called "weights" here'],
    ['epochs: 3', 'it belongs under "train"'],
    ['weights: { w: { value: 1, lr: 2 } }', 'it is called "learning_rate" here'],
    ['inptus: [a]', 'did you mean "inputs"?'],
    ['gates: { f: a ** b }', 'write "^" for a power'],
  ])('%s', (text, hint) => {
    expect(hints(text)).toEqual([hint])
  })
})

test('one trap is one problem, and the rest of the file is still checked', () => {
  expect(found('weights:\n  a: 1_0\ngates:\n  o: @x\n  p: y +\ntrain: { lr: 1 }\n')).toEqual([
    'bad-number 1_0',
    'formula-start @',
    'formula-syntax +',
    'unknown-key lr',
  ])
})
