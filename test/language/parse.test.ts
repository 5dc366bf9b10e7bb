import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseFormula } from '../../src/formula/parse.js'
import { parseSpec } from '../../src/language/parse.js'
import { toDiagnostic } from '../../src/language/problem.js'

/** `code place` of everything that is wrong. */
function found(text: string): string[] {
  return parseSpec(text).problems.map(
    ({ code, range }) => `${code} ${text.slice(range.start, range.end)}`,
  )
}

/** The spec of a text without mistakes, without its ranges. */
function spec(text: string): unknown {
  const parsed = parseSpec(text)
  expect(parsed.problems).toEqual([])
  return unranged(parsed.spec)
}

function unranged(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, inner: unknown) => {
      return /^(?:range|gateRange|nameRange)$/.test(key) ? undefined : inner
    }),
  )
}

const formula = (text: string) => unranged(parseFormula(text).expression)
const named = (name: string) => ({ name: { value: name } })

describe('a graph file', () => {
  test.each(
    readdirSync(new URL('../../graphs/', import.meta.url)).filter((f) => f.endsWith('.yaml')),
  )('%s has no mistakes', (file) => {
    const text = readFileSync(new URL(`../../graphs/${file}`, import.meta.url), 'utf8')
    expect(found(text)).toEqual([])
  })

  test('has inputs, targets, weights and constants in all their forms', () => {
    expect(
      spec(`
name: n
description: |
  two
  lines
inputs: { a: 1, b: null, c: , d: ~, e: { default: -2.5 } }
targets: [t, u]
weights: { w: 0.1, v: { value: 1e-3, frozen: true, learning_rate: 0 } }
constants: { k: +3, l: { value: .5 } }
outputs: [w, o.x.a]
`),
    ).toEqual({
      name: { value: 'n' },
      description: { value: 'two\nlines' },
      modules: [],
      use: [],
      inputs: [
        { ...named('a'), default: { value: 1 } },
        named('b'),
        named('c'),
        named('d'),
        { ...named('e'), default: { value: -2.5 } },
      ],
      targets: [named('t'), named('u')],
      weights: [
        { ...named('w'), value: { value: 0.1 } },
        {
          ...named('v'),
          value: { value: 0.001 },
          frozen: { value: true },
          learningRate: { value: 0 },
        },
      ],
      constants: [
        { ...named('k'), value: { value: 3 } },
        { ...named('l'), value: { value: 0.5 } },
      ],
      outputs: [{ value: 'w' }, { value: 'o.x.a' }],
      gates: [],
      metrics: [],
      train: {},
      tests: [],
    })
  })

  test('has gates as formulas and in long form', () => {
    expect(
      spec(`
gates:
  a: tanh(w * x)
  b: { tanh: w * x }
  c: { add: [a, b * 2, 1] }
  d:
    clamp:
      x: a + b
      min: 0
  e: { gelu: { x: d, approximate: tanh } }
  f: true
loss: { squared_error: [a, t] }
metrics: { m: abs(a) }
`),
    ).toMatchObject({
      gates: [
        { ...named('a'), body: formula('tanh(w * x)') },
        { body: { type: 'long', gate: { value: 'tanh' }, positional: [formula('w * x')] } },
        { body: { gate: { value: 'add' }, positional: ['a', 'b * 2', '1'].map(formula) } },
        {
          body: {
            gate: { value: 'clamp' },
            positional: [],
            named: [
              { ...named('x'), value: formula('a + b') },
              { ...named('min'), value: formula('0') },
            ],
          },
        },
        { body: { named: [named('x'), { ...named('approximate'), value: formula('tanh') }] } },
        { body: { type: 'name', name: 'true' } },
      ],
      loss: { ...named('loss'), body: { gate: { value: 'squared_error' } } },
      metrics: [{ ...named('m'), formula: formula('abs(a)') }],
    })
  })

  test('has all of train', () => {
    expect(
      spec(`
metrics: [a, b]
train:
  epochs: 1e3
  batch: 2
  optimizer: { sgd: { momentum: 0.9, nesterov: true } }
  learning_rate: 0.1
  schedule: { multi_step: { milestones: [1, 2], gamma: 0.5, mode: cos }, per: update }
  shuffle: true
  seed: 7
  clip: { norm: 1, value: 2 }
  until: { loss: -1, patience: 3, time: 10m, restore_best: true }
  data: { header: [x, t], rows: [[1, 2], [3, 4]] }
  on_fault: skip
  budget: 1.5s
`),
    ).toMatchObject({
      metrics: [named('a'), named('b')],
      train: {
        epochs: { value: 1000 },
        batch: { value: 2 },
        optimizer: {
          name: { value: 'sgd' },
          parameters: [
            { ...named('momentum'), value: { value: 0.9 } },
            { ...named('nesterov'), value: { value: true } },
          ],
        },
        learningRate: { value: 0.1 },
        schedule: {
          name: { value: 'multi_step' },
          parameters: [
            { ...named('milestones'), value: { value: [1, 2] } },
            { ...named('gamma'), value: { value: 0.5 } },
            { ...named('mode'), value: { value: 'cos' } },
          ],
          per: { value: 'update' },
        },
        shuffle: { value: true },
        seed: { value: 7 },
        clip: { norm: { value: 1 }, value: { value: 2 } },
        until: {
          loss: { value: -1 },
          patience: { value: 3 },
          time: { value: 600_000 },
          restoreBest: { value: true },
        },
        data: {
          type: 'rows',
          rows: [
            {
              fields: [
                { ...named('x'), value: { value: 1 } },
                { ...named('t'), value: { value: 2 } },
              ],
            },
            { fields: [{ value: { value: 3 } }, { value: { value: 4 } }] },
          ],
        },
        onFault: { value: 'skip' },
        budget: { value: 1500 },
      },
    })
  })

  test('declares an optimizer in formulas, and keeps their text', () => {
    expect(
      spec(`
train:
  optimizer:
    parameters: { beta: 0.9, on: false }
    let: { d: g * beta }
    state: { m: m + d }
    update: w - rate * m
  data: { file: data.csv, header: [a, b] }
`),
    ).toMatchObject({
      train: {
        optimizer: {
          parameters: [
            { ...named('beta'), value: { value: 0.9 } },
            { ...named('on'), value: { value: false } },
          ],
          declaration: {
            let: [{ ...named('d'), formula: formula('g * beta'), text: 'g * beta' }],
            state: [{ ...named('m'), text: 'm + d' }],
            update: { ...named('update'), text: 'w - rate * m' },
          },
        },
        data: { type: 'file', file: { value: 'data.csv' }, header: { value: ['a', 'b'] } },
      },
    })
  })

  test('has tests', () => {
    expect(
      spec(`
tests:
  - name: one
    given: { a: 1 }
    expect: { o.x.a: 2 }
    gradients: { a: 3, b: none }
    of: o
    train: true
    tolerance: 0
  - given: [{ a: 1 }, { a: 2 }]
`),
    ).toMatchObject({
      tests: [
        {
          name: { value: 'one' },
          given: [{ fields: [{ ...named('a'), value: { value: 1 } }] }],
          expect: { fields: [{ ...named('o.x.a'), value: { value: 2 } }] },
          gradients: [
            { ...named('a'), value: { value: 3 } },
            { ...named('b'), value: 'none' },
          ],
          of: { value: 'o' },
          train: { value: true },
          tolerance: { value: 0 },
        },
        { given: [{ fields: [{}] }, { fields: [{}] }], expect: { fields: [] }, gradients: [] },
      ],
    })
  })

  test.each([
    ['500ms', 500],
    ['10s', 10_000],
    ['10m', 600_000],
    ['2h', 7_200_000],
    ['250', 250],
    ['1.5s', 1500],
  ])('reads %s as a duration', (text, milliseconds) => {
    expect(spec(`train: { budget: ${text} }`)).toMatchObject({
      train: { budget: { value: milliseconds } },
    })
  })
})

describe('places', () => {
  test.each([
    ['plain', 'gates:\n  o: a + b ** c\n'],
    ['in a flow map', 'gates: { o: a + b ** c }\n'],
    ['over lines', 'gates:\n  o: a\n    + b ** c\n'],
    ['single quotes', "gates:\n  o: 'a + b ** c'\n"],
    ['double quotes', 'gates:\n  "o": "\\u0061 + b ** c"\n'],
    ['literal', 'gates:\n  o: |\n    a +\n      b ** c\n'],
    ['folded', 'gates:\n  o: >-\n\n    a +\n\n    b ** c\n'],
    ['after a BOM, with CR LF', '\uFEFFgates:\r\n  o: a +\r\n    b ** c\r\n'],
    ['in the long form', 'gates:\n  o: { tanh: { x: a + b ** c } }\n'],
    ['in a metric', 'metrics: { o: a + b ** c }\n'],
    ['in an optimizer', 'train: { optimizer: { update: a + b ** c } }\n'],
  ])('of a mistake in a formula: %s', (_, text) => {
    expect(found(text)).toEqual(['formula-habit **'])
  })

  test('of the parts of a formula', () => {
    const text = 'gates:\n  o: "tanh(x\\u002B y, delta=2)"\n'
    const [gate] = parseSpec(text).spec.gates
    const body = gate!.body
    if (body.type !== 'call') throw new Error('no call')
    const at = ({ start, end }: { start: number; end: number }) => text.slice(start, end)
    expect(at(gate!.name.range)).toBe('o')
    expect(at(body.gateRange)).toBe('tanh')
    expect(at(body.range)).toBe('tanh(x\\u002B y, delta=2)')
    const [sum] = body.arguments
    expect(sum?.type === 'call' && at(sum.gateRange)).toBe('\\u002B')
    expect(body.named.map(({ nameRange, value }) => [at(nameRange), at(value.range)])).toEqual([
      ['delta', '2'],
    ])
  })

  test('become lines and columns of the file', () => {
    const text = 'gates:\r\n  o: >\r\n    a +\r\n    b ** c\r\n'
    const [problem] = parseSpec(text).problems
    expect(toDiagnostic(problem!, { file: 'f', text })).toMatchObject({
      line: 4,
      column: 7,
      endLine: 4,
      endColumn: 9,
    })
  })
})

describe('what is wrong', () => {
  test.each([
    ['x', ['wrong-kind x']],
    ['- a', ['wrong-kind -']],
    ['name: [a]', ['wrong-kind [a]']],
    ['inputs: [a, 1b]', ['bad-name 1b']],
    ['inputs: { a: x }', ['wrong-kind x']],
    ['inputs: { a.b: 1 }', ['bad-name a.b']],
    ['weights: { w: }', ['wrong-kind w']],
    ['weights: { w: { frozen: true } }', ['missing-key w']],
    ['weights: { w: { value: 1, frozen: yes } }', ['wrong-kind yes']],
    ['weights: { w: { value: 1, learning_rate: -1 } }', ['out-of-range -1']],
    ['gates: { f: }', ['formula-empty f']],
    ['gates: { f: { tanh: x, exp: y } }', ['long-form exp']],
    ['gates: { f: {} }', ['long-form {}']],
    ['outputs: a', ['wrong-kind a']],
    ['metrics: a', ['wrong-kind a']],
    ['train: 3', ['wrong-kind 3']],
    ['train: { epochs: 0 }', ['out-of-range 0']],
    ['train: { epochs: 1.5 }', ['out-of-range 1.5']],
    ['train: { epochs: many }', ['wrong-kind many']],
    ['train: { batch: -1 }', ['out-of-range -1']],
    ['train: { learning_rate: 0 }', ['out-of-range 0']],
    ['train: { learning_rate: .nan }', ['bad-number .nan']],
    ['train: { seed: -1 }', ['out-of-range -1']],
    ['train: { on_fault: stpo }', ['bad-word stpo']],
    ['train: { budget: 10x }', ['bad-duration 10x']],
    ['train: { budget: 0 }', ['out-of-range 0']],
    ['train: { optimizer: [a] }', ['wrong-kind [a]']],
    ['train: { optimizer: { a: , b: } }', ['wrong-kind b']],
    ['train: { optimizer: { state: { m: g } } }', ['missing-key optimizer']],
    ['train: { data: {} }', ['missing-key {}']],
    ['train: { data: { rows: [], file: a.csv } }', ['mixed-keys file']],
    ['train: { data: { rows: [[1]] } }', ['wrong-kind [1]']],
    ['train: { data: { header: [a, b], rows: [[1]] } }', ['row-length [1]']],
    ['train: { data: { rows: [{ a: x }] } }', ['wrong-kind x']],
    ['tests: 1', ['wrong-kind 1']],
    ['inputs: { a: { shape: 2 } }', ['wrong-kind 2']],
    ['inputs: { a: { shape: [2, x] } }', ['wrong-kind x']],
    ['inputs: { a: { shape: [-1] } }', ['out-of-range -1']],
    ['inputs: { a: { shape: [1.5] } }', ['out-of-range 1.5']],
    ['inputs: { a: { from: [] } }', ['out-of-range []']],
    ['inputs: { a: { from: { b: c } } }', ['wrong-kind { b: c }']],
    ['inputs: { a: { classes: x } }', ['wrong-kind x']],
    ['inputs: { a: { classes: [x, x] } }', ['class-twice x']],
    ['inputs: { a: { classes: [x], hash: 2 } }', ['mixed-keys hash']],
    ['inputs: { a: { hash: 0 } }', ['out-of-range 0']],
    ['inputs: { a: [1, x] }', ['wrong-kind x']],
    ['weights: { w: { shape: [2] } }', ['missing-key w']],
    ['weights: { w: { value: 1, init: zeros } }', ['mixed-keys init']],
    ['weights: { w: { init: [zeros] } }', ['wrong-kind [zeros]']],
    ['weights: { w: { init: { zeros: , ones: } } }', ['wrong-kind ones']],
    ['weights: { w: { init: zeros, seed: -1 } }', ['out-of-range -1']],
    ['weights: { w: [1, [2, true]] }', ['wrong-kind true']],
    ['train: { data: { file: a.csv, split: 0.2 } }', ['wrong-kind 0.2']],
    ['train: { data: { file: a.csv, split: { test: 1 } } }', ['out-of-range 1']],
    ['train: { data: { file: a.csv, split: { test: 0.2, order: first } } }', ['bad-word first']],
    ['train: { data: { rows: [], split: { test: 0 } } }', ['out-of-range 0']],
    ['tests: [{ gradients: { a: no } }]', ['wrong-kind no']],
  ])('%s', (text, expected) => {
    expect(found(text)).toEqual(expected)
  })

  test('is all said in one pass, in the order of the file', () => {
    const text =
      'inputs: { 1a: 1 }\nweights: { w: 1_0 }\ngates: { f: a + }\ntrain: { lr: 1 }\nfoo: 1\n'
    expect(found(text)).toEqual([
      'bad-name 1a',
      'bad-number 1_0',
      'formula-syntax +',
      'unknown-key lr',
      'unknown-key foo',
    ])
  })

  test('in what an alias repeats is said once', () => {
    expect(found('weights: &w { a: x }\nconstants: *w\n')).toEqual(['wrong-kind x'])
  })

  test('leaves the names of nodes in the spec', () => {
    const { spec } = parseSpec('weights: { w: x }\ngates: { f: a +, g: f }\n')
    expect(spec.weights.map(({ name }) => name.value)).toEqual(['w'])
    expect(spec.gates.map(({ name, broken }) => [name.value, broken])).toEqual([
      ['f', true],
      ['g', undefined],
    ])
  })
})
