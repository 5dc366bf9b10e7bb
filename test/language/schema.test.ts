import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { gates } from '../../src/gates/index.js'
import { parsePlan } from '../../src/language/index.js'
import { keyDocs } from '../../src/language/keydocs.js'
import { sections } from '../../src/language/keys.js'
import { jsonSchema } from '../../src/language/schema.js'
import { optimizers, schedules } from '../../src/optimizers/index.js'

const schema = jsonSchema({ gates, optimizers, schedules })
const validate = new Ajv({
  allErrors: true,
  allowUnionTypes: true,
  strict: true,
  strictTypes: false,
}).compile(schema)
const folder = new URL('../../graphs/', import.meta.url)
const golden = new URL('graph.schema.json', folder)

describe('the JSON Schema', () => {
  test('is the one in graphs/; UPDATE_GOLDEN=1 writes it anew', () => {
    const text = `${JSON.stringify(schema, null, 2)}\n`
    if (process.env['UPDATE_GOLDEN']) writeFileSync(golden, text)
    expect(readFileSync(golden, 'utf8')).toBe(text)
  })

  test.each(readdirSync(folder).filter((file) => file.endsWith('.yaml')))('takes %s', (file) => {
    const text = readFileSync(new URL(file, folder), 'utf8')
    expect(text).toMatch(/^# yaml-language-server: \$schema=(?:\.\/)?graph\.schema\.json$/m)
    validate(parse(text))
    expect(validate.errors ?? []).toEqual([])
  })

  test.each([
    'inputs: [a, b]\ntargets: { t: }',
    'inputs: { a: 1, b: null, c: { default: 2 } }',
    'weights: { w: 1, v: { value: 2, frozen: true, learning_rate: 0.1 } }',
    'gates: { f: x, g: { tanh: x }, h: { add: [x, f, 1] }, i: { clamp: { x: h, min: 0 } } }',
    'loss: { squared_error: [y, t] }',
    'gates: { h: { dense: { x: x, units: 32, activation: tanh } } }',
    'gates: { h: { mine: { x: x, n: 2, sizes: [1, 2] } } }\nmodules: { mine: { gates: { y: 1 } } }',
    'gates: { h: { mine: [x, y] } }\nuse: [layers.yaml]',
    'modules: { mine: { inputs: [x], gates: { y: { dense: { x: x, units: 2 } } } } }',
    'metrics: [a]',
    'metrics: { a: b * 2 }',
    'train: { optimizer: adam }',
    'train: { optimizer: { sgd: { momentum: 0.9, nesterov: true } } }',
    'train: { optimizer: { sgd: } }',
    'train: { optimizer: { parameters: { a: 1 }, state: { m: m + g }, update: w - rate * m } }',
    'train: { until: { time: 10s }, budget: .5s, on_fault: skip }',
    'train: { data: { header: [a], rows: [[1], [2]] } }',
    'train: { data: { file: x.csv, header: false } }',
    'tests: [{ given: { a: 1 }, expect: { o.x.a: 2 }, gradients: { a: none, b: 1 } }]',
  ])('takes what the language takes: %s', (text) => {
    validate(parse(text))
    expect(validate.errors ?? []).toEqual([])
  })

  test.each([
    'layers: []',
    'inputs: { a: x }',
    'weights: { w: { frozen: true } }',
    'gates: { f: { tahn: x } }',
    'gates: { f: { tanh: x, exp: y } }',
    'gates: { f: { mine: x, other: y } }\nuse: [layers.yaml]',
    'loss: { tahn: x }',
    'gates: { f: { clamp: { y: 1 } } }',
    'train: { epochs: 0 }',
    'train: { epochs: 1.5 }',
    'train: { learning_rate: 0 }',
    'train: { optimizer: adma }',
    'train: { optimizer: { adam: { beta: 1 } } }',
    'train: { budget: 10x }',
    'tests: [{ gradients: { a: no } }]',
  ])('refuses what the language refuses: %s', (text) => {
    expect(validate(parse(text))).toBe(false)
  })

  // What is empty, or nothing: the parser and the schema must see it alike.
  const under = ['epochs', 'batch', 'optimizer', 'learning_rate', 'schedule', 'shuffle', 'seed']
  const more = ['clip', 'until', 'data', 'on_fault', 'budget']
  test.each([
    ...['name:', 'inputs:', 'inputs: {}', 'inputs: []', 'inputs: { x: }', 'inputs: { x: {} }'],
    ...['targets:', 'constants:', 'gates:', 'gates: {}', 'outputs:', 'metrics:', 'metrics: []'],
    ...['train:', 'train: {}', 'learn:', 'modules:', 'modules: {}', 'modules: { m: }', 'use:'],
    ...['use: []', 'tests:', 'tests: []', 'tests: [{}]', 'tests: [{ given: , expect: { w: 1 } }]'],
    ...[...under, ...more].flatMap((key) => [`train: { ${key}: }`, `train: { ${key}: {} }`]),
    ...['train: { until: { time: 0s } }', 'train: { budget: 0.0s }', 'train: { budget: 0ms }'],
    ...[
      'train: { budget: 0.5s }',
      'train: { budget: 10ms }',
      'train: { schedule: { per: epoch } }',
    ],
    ...['train: { data: { rows: [] } }', 'train: { data: { rows: } }'],
    'train: { schedule: { per: epoch, cosine: { t_max: 2 } } }',
    'train: { data: { file: x.csv, split: } }',
    'train: { data: { file: x.csv, split: {} } }',
    'train: { optimizer: { state: , update: w } }',
    'modules: { m: { options: , weights: , constants: , gates: { y: 1 } } }',
  ])('takes and refuses what the language does: %s', (part) => {
    const text = `weights: { w: 1 }\nloss: w^2\n${part}\n`
    const file = 'graph.yaml'
    const { diagnostics } = parsePlan(text, { file, gates, optimizers, schedules, readModule: () => undefined }) // prettier-ignore
    const errors = diagnostics.filter(({ severity }) => severity === 'error')
    expect({ text, valid: validate(parse(text)) }).toEqual({ text, valid: errors.length === 0 })
  })

  test('says one thing about one mistake', () => {
    expect(validate(parse('train: { optimizer: adma }'))).toBe(false)
    const said = validate.errors!.filter(({ keyword }) => keyword !== 'if')
    expect(said.map(({ keyword, instancePath }) => [keyword, instancePath])).toEqual([
      ['enum', '/train/optimizer'],
    ])
  })

  test('describes every key that works, with the words of the table', () => {
    const properties = schema['properties'] as Record<string, { description: string }>
    const working = sections.graph.filter(({ later }) => !later)
    expect(Object.keys(properties)).toEqual(working.map(({ name }) => name))
    for (const { name } of working) {
      expect(properties[name]!.description).toBe(keyDocs.graph[name])
    }
    const named = Object.entries(sections).map(([section, keys]) => [
      section,
      keys.map(({ name }) => name),
    ])
    const described = Object.entries(keyDocs).map(([section, docs]) => [section, Object.keys(docs)])
    expect(described).toEqual(named)
  })
})
