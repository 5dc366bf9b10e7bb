import { join } from 'node:path'
import { lastValueFrom } from 'rxjs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { importCatalogue } from '../../src/files/import.js'
import { loadGraph } from '../../src/files/load.js'
import { folderWith } from '../cli/harness.js'

const gatesUrl = new URL('../../src/gates/index.ts', import.meta.url).href
const optimizersUrl = new URL('../../src/optimizers/index.ts', import.meta.url).href
const line = `inputs: [x]
targets: [y]
weights: { a: 0 }
gates: { f: a * x }
loss: squared_error(f, y)
train: { epochs: 200, batch: 2, learning_rate: 0.1, data: { file: rows.csv } }
`

let folder: Awaited<ReturnType<typeof folderWith>>
beforeAll(async () => {
  folder = await folderWith({
    'line.yaml': line,
    'rows.csv': 'x,y\n1,3\n-1,-3\n',
    'latin.yaml': Uint8Array.of(0x61, 0xe4),
    'own.yaml': line
      .replace('a * x', 'doubled(a) * x')
      .replace('batch: 2', 'batch: 2, optimizer: fixed'),
    // What an application would import from "eagre".
    'own.mjs': `import { pointwise } from '${gatesUrl}'
import { optimizer } from '${optimizersUrl}'
export const gates = {
  doubled: pointwise({ doc: 'Twice.', inputs: ['x'], value: '2 * x', gradients: { x: '2 * g' } }),
}
export const optimizers = {
  fixed: optimizer({ doc: 'Steps.', parameters: {}, learningRate: 0.1, update: 'w - rate * g' }),
}
`,
  })
})
afterAll(() => folder.remove())

test('a graph finds its data beside it', async () => {
  const graph = await loadGraph(join(folder.path, 'line.yaml'))
  const report = await lastValueFrom(graph.train())
  expect(report).toMatchObject({ type: 'done', epoch: 200, step: 400, updates: 200 })
  expect(graph.weights()['a']).toBeCloseTo(3, 12)
  expect(graph.plan.name).toBe('line')
})

test('gates and optimizers of a module stand beside the built-in ones', async () => {
  const catalogue = await importCatalogue(join(folder.path, 'own.mjs'))
  expect(catalogue.gates.get('doubled')?.name).toBe('doubled')
  expect(catalogue.gates.has('tanh')).toBe(true)
  expect(catalogue.optimizers.has('adam')).toBe(true)
  const graph = await loadGraph(join(folder.path, 'own.yaml'), catalogue)
  await lastValueFrom(graph.train())
  expect(graph.weights()['a']).toBeCloseTo(1.5, 12)
})

test('what cannot be read is told in words', async () => {
  await expect(loadGraph(join(folder.path, 'no.yaml'))).rejects.toMatchObject({ code: 'io' })
  await expect(loadGraph(folder.path)).rejects.toMatchObject({
    code: 'io',
    message: expect.stringContaining('it is a folder'),
  })
  await expect(loadGraph(join(folder.path, 'latin.yaml'))).rejects.toMatchObject({
    code: 'invalid-graph',
    diagnostics: [{ code: 'not-utf8', line: 1, column: 1 }],
  })
})

test('a device without an end is too large, not a hang', async () => {
  await expect(loadGraph('/dev/zero')).rejects.toMatchObject({
    code: 'invalid-graph',
    diagnostics: [{ code: 'too-large' }],
  })
})

test('modules of another file are read from beside the graph', async () => {
  const used = await folderWith({
    'graph.yaml': 'use: [own.yaml]\ninputs: { x: 3 }\ngates: { f: triple(x) }\n',
    'own.yaml': 'modules: { triple: { inputs: [x], gates: { y: 3 * x } } }\n',
    'missing.yaml': 'use: [no.yaml]\ninputs: { x: 3 }\ngates: { f: -x }\n',
  })
  const graph = await loadGraph(join(used.path, 'graph.yaml'))
  expect(graph.step().values['f']).toBe(9)
  graph.close()
  const missing = loadGraph(join(used.path, 'missing.yaml'))
  await expect(missing).rejects.toMatchObject({ diagnostics: [{ code: 'use-missing', line: 1 }] })
  await used.remove()
})
