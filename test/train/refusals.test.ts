/** What training refuses, and in which words. */
import { lastValueFrom } from 'rxjs'
import { expect, test } from 'vitest'
import { parseGraph } from '../../src/graph.js'
import type { Row } from '../../src/language/plan.js'
import { line, trained } from './run.js'

const refusal = (options: object) => {
  const { error } = trained(line, options)
  return error && `${error.code}: ${error.message}`
}

test.each([
  [{ epochs: 0 }, 'bad-argument: train: epochs must be a whole number from 1, got 0'],
  [{ epochs: Number.NaN }, 'bad-argument: train: epochs must be a whole number from 1, got NaN'],
  [{ batch: 1.5 }, 'bad-argument: train: batch must be a whole number from 1, got 1.5'],
  [{ every: 0 }, 'bad-argument: train: every must be a whole number from 1, got 0'],
  [{ every: 'step' }, 'bad-argument: train: every must be a whole number from 1, got step'],
  [{ seed: Number.NaN }, 'bad-argument: train: seed must be a whole number, got NaN'],
  [{ learningRate: 0 }, 'bad-argument: train: learningRate must be above 0, got 0'],
  [{ data: null }, 'bad-data: the training data must be a list, got null'],
  [{ data: { x: 1 } }, 'bad-data: the training data must be a list, got an object'],
  [{ data: new Set() }, 'bad-data: the training data must be a list, got an object'],
  [{ data: [] }, 'bad-data: the training data has no rows'],
])('train(%o) is refused', (options, message) => {
  expect(refusal(options)).toBe(message)
})

test.each([
  ['null', null],
  ['undefined', undefined],
  ['"w"', 'w'],
])('restore(%s) is refused', (shown, weights) => {
  const graph = parseGraph(line)
  expect(() => graph.restore(weights as never)).toThrow(`must be an object, got ${shown}`)
})

test.each([
  ['rejects', () => Promise.reject(new Error('gone'))],
  [
    'throws',
    (): Promise<Row[]> => {
      throw new Error('gone')
    },
  ],
])(
  'a reader of data that %s ends training with io, and training can be tried again',
  async (_, readData) => {
    const text = line.slice(0, line.indexOf('    rows:')) + '    file: rows.csv'
    const graph = parseGraph(text, { readData })
    for (let trial = 0; trial < 2; trial++) {
      await expect(lastValueFrom(graph.train())).rejects.toMatchObject({
        code: 'io',
        message: 'train: the data file "rows.csv" cannot be read: gone',
        cause: { message: 'gone' },
      })
    }
  },
)

test('what is no text or no name is refused in words', () => {
  expect(() => parseGraph(undefined as never)).toThrow('the text must be a string, got undefined')
  expect(() => parseGraph(line).values(undefined as never)).toThrow('has no node "undefined"')
})
