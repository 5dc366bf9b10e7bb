/** What every file in `graphs/` promises: it is right, for the checker and for editors, and true. */
import { posix } from 'node:path'
import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { runTests } from '../../src/cli/tests.js'
import { parseGraph } from '../../src/graph.js'
import { ownFiles, read } from './files.js'

const graphs = ownFiles().filter((path) => /^graphs\/[^/]+\.yaml$/.test(path))
const load = (path: string) => parseGraph(read(path), { file: path })
const schema = JSON.parse(read('graphs/graph.schema.json')) as object
const validate = new Ajv({ strict: false, allErrors: true }).compile(schema)

test('there is one for each thing to learn', () => {
  expect(graphs.map((path) => posix.basename(path, '.yaml'))).toEqual([
    ...[
      'breast_cancer',
      'diabetes',
      'digits',
      'echo',
      'embedding',
      'iris',
      'line',
      'logistic',
      'recurrent',
      'rosenbrock',
      'sum-product',
      'tanh-neuron',
      'xor',
    ],
  ])
})

test('the schema that they name refuses what no graph may have', () => {
  expect(validate({ gates: { o: 'tanh(1)' }, gate: {} })).toBe(false)
  expect(validate({ train: { epochs: 'many' } })).toBe(false)
})

describe.each(graphs)('%s', (path) => {
  test('tells editors where its schema is', () => {
    expect(read(path).split('\n')[0]).toBe('# yaml-language-server: $schema=./graph.schema.json')
  })

  test('validates against the schema', () => {
    validate(parse(read(path), { version: '1.2' }))
    expect(validate.errors ?? []).toEqual([])
  })

  test('checks without a warning', () => {
    expect(load(path).warnings).toEqual([])
  })

  test('is named as its file, described, and tested by itself', () => {
    const { name, description, tests } = load(path).plan
    expect(name).toBe(posix.basename(path, '.yaml'))
    expect(description).toMatch(/^[A-Z].*\.$/)
    expect(tests.length).toBeGreaterThan(0)
  })

  test('passes its own tests', async () => {
    for await (const { name, failures } of runTests(() => load(path))) {
      expect({ name, failures }).toEqual({ name, failures: [] })
    }
  })
})
