/** Where a cursor stands in a graph file, and what may be written there. */
import { describe, expect, test } from 'vitest'
import { hintAt, offersAt } from '../../src/studio/complete.js'
import { namesIn, whereIs } from '../../src/studio/where.js'

/** A text with a bar where the cursor is. */
function cursor(marked: string): readonly [string, number] {
  return [marked.replace('|', ''), marked.indexOf('|')]
}

const labels = (marked: string) => offersAt(...cursor(marked)).map(({ label }) => label)

describe('a cursor', () => {
  test.each([
    ['|', [], 'key'],
    ['name: a\n|', [], 'key'],
    ['train:\n  |', ['train'], 'key'],
    ['train:\n  epochs: 3\n  |', ['train'], 'key'],
    ['train:\n  epochs: 3\n|', [], 'key'],
    ['train:\n  epochs: |', ['train', 'epochs'], 'value'],
    ['train: { |', ['train'], 'key'],
    ['train: { epochs: 3, |', ['train'], 'key'],
    ['train: { epochs: |', ['train', 'epochs'], 'value'],
    ['train: { optimizer: { adam: { |', ['train', 'optimizer', 'adam'], 'key'],
    ['train: { epochs: 3,\n  until: { |', ['train', 'until'], 'key'],
    ['train: { until: { loss: 1 }, |', ['train'], 'key'],
    ['gates:\n  o: tanh(w * |', ['gates', 'o'], 'value'],
    ['tests:\n  - name: one\n    |', ['tests'], 'key'],
    ['tests:\n  - name: one\n    expect: { o: 1 }\n  - |', ['tests'], 'key'],
    ['inputs: [a, |', ['inputs'], 'value'],
    ['# train: {\n|', [], 'key'],
    ['train: { # { epochs:\n  |', ['train'], 'key'],
    ["name: 'a: {'\n|", [], 'key'],
    ['inputs: { "a: b": 1, c: |', ['inputs', 'c'], 'value'],
  ])('in %j is at %j, writing a %s', (marked, path, at) => {
    expect(whereIs(...cursor(marked))).toEqual({ path, at })
  })

  test('sees the names that a file declares', () => {
    const text = 'inputs: [a, b]\ntargets: { t: 1 }\nweights:\n  w: 1\n  V: { value: [1, 2] }\ngates:\n  o: tanh(w * a)\ntrain: { epochs: 3 }\n' // prettier-ignore
    expect(namesIn(text)).toEqual(['a', 'b', 't', 'w', 'V', 'o'])
  })
})

describe('what may be written', () => {
  test('are the keys of the section', () => {
    expect(labels('|')).toEqual(
      expect.arrayContaining(['name', 'inputs', 'gates', 'loss', 'train']),
    )
    expect(labels('train:\n  |')).toEqual(expect.arrayContaining(['epochs', 'batch', 'optimizer']))
    expect(labels('train:\n  |')).not.toContain('gates')
    expect(labels('weights:\n  W: { |')).toEqual(
      expect.arrayContaining(['shape', 'init', 'frozen']),
    )
    expect(labels('tests:\n  - |')).toEqual(
      expect.arrayContaining(['given', 'expect', 'tolerance']),
    )
  })

  test('are words, rows of the catalogues and their parameters', () => {
    expect(labels('train: { on_fault: |')).toEqual(['stop', 'skip'])
    expect(labels('train: { stack: |')).toEqual(['true', 'false'])
    expect(labels('train: { optimizer: |')).toEqual(expect.arrayContaining(['sgd', 'adam']))
    expect(labels('train: { optimizer: { adam: { |')).toEqual(expect.arrayContaining(['beta1', 'beta2'])) // prettier-ignore
    expect(labels('train: { schedule: { |')).toContain('cosine')
    expect(labels('weights:\n  W: { init: |')).toContain('xavier_uniform')
  })

  test('are gates, modules and the nodes of the file in formulas', () => {
    const found = labels('inputs: { speed: 1 }\nweights: { w: 1 }\ngates:\n  o: |')
    expect(found.slice(0, 3)).toEqual(['speed', 'w', 'o'])
    expect(found).toEqual(expect.arrayContaining(['tanh', 'softmax', 'dense']))
    expect(labels('gates:\n  o: { clamp: { |')).toEqual(expect.arrayContaining(['x', 'min', 'max']))
  })

  test('is nothing where names are one’s own', () => {
    expect(labels('weights:\n  |')).toEqual([])
    expect(labels('name: |')).toEqual([])
  })

  test('is explained for keys and gates', () => {
    const text = 'train:\n  epochs: 3\ngates:\n  o: tanh(w)\n'
    const at = (word: string) => [text.indexOf(word), text.indexOf(word) + word.length] as const
    expect(hintAt(text, ...at('epochs'))?.info).toMatch(/^Passes over the data/)
    expect(hintAt(text, ...at('tanh'))?.info).toBe('Hyperbolic tangent.')
    expect(hintAt(text, ...at('w)'))).toBe(undefined)
  })
})
