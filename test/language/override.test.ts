import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { applyEdit, before, override } from '../../src/language/override.js'

const set = (text: string, path: string, value: string) => {
  const edit = override(text, path, value)
  return typeof edit === 'string' ? edit : applyEdit(text, edit)
}

test.each([
  ['a: 1\n', 'a', '2', 'a: 2\n'],
  ['a: 1 # one\nb: 3', 'a', '2', 'a: 2 # one\nb: 3'],
  ['a: &x !!int 1\nb: *x', 'a', '2', 'a: 2\nb: *x'],
  ['train: { epochs: 3, batch: 2 }', 'train.epochs', '30', 'train: { epochs: 30, batch: 2 }'],
  ['train: { epochs: 3 }', 'train.batch', '2', 'train: { batch: 2, epochs: 3 }'],
  ['train: {}', 'train.batch', '2', 'train: { batch: 2 }'],
  ['train: {a, b: 1}', 'train.a', '2', 'train: {a: 2, b: 1}'],
  ['train:\n  epochs: 3\n', 'train.batch', '2', 'train:\n  batch: 2\n  epochs: 3\n'],
  ['train:\n  epochs: 3\nb: 1\n', 'train', '{ epochs: 1 }', 'train: { epochs: 1 }\nb: 1\n'],
  ['train:\n', 'train.batch', '2', 'train: { batch: 2 }\n'],
  ['train:', 'train.until.loss', '2', 'train: { until: { loss: 2 } }'],
  ['a: 1', 'train.clip.norm', '2', 'train: { clip: { norm: 2 } }\na: 1'],
  ['', 'train.batch', '2', 'train: { batch: 2 }\n'],
  ['# nothing', 'train.batch', '2', '# nothing\ntrain: { batch: 2 }\n'],
  ['"a" : 3', 'a', '4', '"a" : 4'],
  ['rows:\n- { x: 1 }\n- x: 2\n  y: 3\n', 'rows.1.x', '4', 'rows:\n- { x: 1 }\n- x: 4\n  y: 3\n'],
  ['rows:\n- x: 2\n', 'rows.0.y', '4', 'rows:\n- y: 4\n  x: 2\n'],
  ['a: [1, 2]', 'a.0', '3', 'a: [3, 2]'],
  ['loss: |\n  a +\n  b\nc: 1', 'loss', 'a - b', 'loss: a - b\nc: 1'],
  ['g: { f: x }', 'g.f', 'max(x, y)', 'g: { f: "max(x, y)" }'],
  ['g: { f: x }', 'g.f', '-0.5', 'g: { f: -0.5 }'],
  ['g: { f: x }', 'g.f', '1 } # ', 'g: { f: "1 } #" }'],
  ['g: { f: x }', 'g.f', '- x', 'g: { f: "- x" }'],
  ['g: { f: x }', 'g.f', '[1, [2, 3]]', 'g: { f: [1, [2, 3]] }'],
  ['g: { f: x }', 'g.f', "'x y'", "g: { f: 'x y' }"],
  ['g: { f: x }', 'g.f', '', 'g: { f: null }'],
  ['a: 1\na: 2', 'a', '3', 'a: 1\na: 3'],
])('%j with %s=%s becomes %j', (text, path, value, expected) => {
  expect(set(text, path, value)).toBe(expected)
})

test.each(['', 'a: 1', 'g: { h: 1 }', 'g:\n  h: 1\n', 'g:\n    - 1\n'])(
  'what is set in %j is what YAML reads',
  (text) => {
    expect((parse(set(text, 'g', '{ f: [1, "a, b"] }')) as { g: unknown }).g).toEqual({
      f: [1, 'a, b'],
    })
  },
)

test.each([
  ['a: 1', 'a.b', '2', '"a" is a value, it has no "b"'],
  ['a: [1]', 'a.b', '2', '"a" is a list of 1, it has no "b"'],
  ['a: [1]', 'a.1', '2', '"a" is a list of 1, it has no "1"'],
  ['a: &x { b: 1 }\nc: *x', 'c.b', '2', '"c" is an alias'],
  ['a: 1', 'a..b', '2', '"a..b" is no path of keys, like train.epochs'],
  ['a: 1', 'a', '1\nb: 2', '"1\nb: 2" is no YAML value on one line'],
])('%j refuses %s=%s', (text, path, value, problem) => {
  expect(set(text, path, value)).toBe(problem)
})

test('offsets after an edit are traced back to where they were, or to the edit', () => {
  const edit = { start: 2, end: 4, inserted: 'xyz' }
  expect(applyEdit('abcdef', edit)).toBe('abxyzef')
  expect([0, 1, 2, 3, 4, 5, 6].map((offset) => before(edit, offset))).toEqual([
    0,
    1,
    undefined,
    undefined,
    undefined,
    4,
    5,
  ])
})
