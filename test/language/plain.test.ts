import { fc } from '../random.js'
import { describe, expect, test } from 'vitest'
import { gates } from '../../src/gates/index.js'
import { readDocument } from '../../src/language/document.js'
import { parsePlan } from '../../src/language/parseplan.js'
import { shorten } from '../../src/language/plain.js'
import { optimizers, schedules } from '../../src/optimizers/index.js'

const alone = (text: string) => readDocument(text, Infinity)
const shortened = (text: string) => readDocument(text, 2)

const keys = fc.constantFrom('a', 'b', 'c', 'w1', 'null', 'true', '1x', '"q"', '<<', 'é', '- d', '')
const values = fc.constantFrom(
  ...['x', 'a * b', '-a', '- a', 'f(x, y)', '1e3', '(a + b) ^ 2', 'a # note', 'a: b', '[1, 2]'],
  ...['{ add: [a] }', '"text"', '|', '>-', '&n x', '*n', '~', '', 'a  ', 'x,', '@x', 'a @ b'],
)
const gaps = fc.constantFrom(': ', ':   ', ':', ' : ', ':\t')
const indents = fc.constantFrom('  ', '  ', '  ', '  ', '    ', '', '\t', ' ')
const line = fc
  .tuple(indents, keys, gaps, values, fc.constantFrom('\n', '\n', '\n', '\r\n', '\n\n'))
  .map((parts) => parts.join(''))
const plainly = fc
  .tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), fc.constantFrom('x', 'a + b', 'f(x, 2)'))
  .map(([key, value]) => `  ${key}: ${value}\n`)
const header = fc.constantFrom(
  'gates:\n',
  'weights:\n',
  'inputs: { x: 1 }\n',
  '# note\n',
  'loss: x\n',
)
const files = fc
  .array(fc.oneof(plainly, plainly, plainly, plainly, line, header), { maxLength: 14 })
  .map((lines) => `gates:\n${lines.join('')}`)

describe('plain lines', () => {
  test('read as they read in YAML, whatever stands around them', () => {
    let cut = 0
    fc.assert(
      fc.property(files, (text) => {
        if (shorten(text, 2).entries.size > 0) cut++
        const expected = alone(text)
        const found = shortened(text)
        // What is wrong with a file is told with other words where part of it was read before.
        expect(found.problems.length > 0).toBe(expected.problems.length > 0)
        if (expected.problems.length === 0) expect(found.root).toEqual(expected.root)
      }),
      { numRuns: 4000 },
    )
    expect(cut).toBeGreaterThan(500)
  })

  test.each([
    ['in a block text', 'name: |\n  gates:\n  a: x\n  b: x\n  c: x\n'],
    ['in a quoted text', '"name":\n  "a: x\n  b: x\n  c: x"\n'],
    ['in a file that is one text', '"\ngates:\n  a: x\n  b: x\n  c: x\n"\n'],
    ['below a comma that ends a value', 'gates:\n  a: x,\n  b: x,\n  c: x,\n'],
    ['with a note', 'gates:\n  a: x # one\n  b: x # two\n  c: x # three\n'],
  ])('are not taken out %s', (_, text) => {
    expect(shorten(text, 2)).toEqual({ text, entries: new Map() })
  })

  test('leave a value that goes on in the next line to YAML', () => {
    const text = 'gates:\n  a: x\n  b: x\n  c: x\n  d: x +\n    y\n'
    expect(shortened(text)).toEqual(alone(text))
    const next = 'gates:\n  a: x\n  b: x\n  c: x\n  d: x\n    + y\n'
    expect(shortened(next)).toEqual(alone(next))
  })

  test('keep the place of a key that is there twice', () => {
    const text = 'gates:\n  a: x\n  b: x\n  c: x\n  a: y\n'
    expect(shortened(text)).toEqual(alone(text))
  })
})

test('a mistake in 200,000 lines is found at its line', () => {
  const lines = Array.from({ length: 200_000 }, (_, index) => `  g${index}: x * ${index + 1}\n`)
  lines[150_000] = '  wrong: tahn(x)\n'
  const text = `inputs: { x: 1 }\ngates:\n${lines.join('')}`
  const { diagnostics } = parsePlan(text, { file: 'g.yaml', gates, optimizers, schedules })
  expect(diagnostics).toMatchObject([{ line: 150_003, column: 10, code: 'unknown-gate' }])
})
