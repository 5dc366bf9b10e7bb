/** What the graphs on real data promise: how well they do on rows that they never learned from. */
import { lastValueFrom, of, toArray } from 'rxjs'
import { expect, test } from 'vitest'
import { learningColumns, predictingColumns, readRows } from '../../src/files/data.js'
import { loadGraph } from '../../src/files/load.js'
import { run } from './harness.js'

const folder = new URL('../../graphs/', import.meta.url).pathname

async function trained(file: string) {
  const { code, stdout } = await run(['train', file, '--json'], { cwd: folder })
  expect(code).toBe(0)
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as {
    loss: number
    metrics: Record<string, number>
    test: { loss: number; metrics: Record<string, number> }
    weights: Record<string, unknown>
  }
}

test('digits are read', async () => {
  const { metrics, test: held } = await trained('digits.yaml')
  expect(held.metrics['accuracy']).toBeGreaterThanOrEqual(0.97)
  expect(metrics['accuracy']).toBeGreaterThanOrEqual(0.99)
})

test('kinds of iris are told apart, by an application as by a file', async () => {
  const { test: held, weights } = await trained('iris.yaml')
  expect(held.metrics['accuracy']).toBeGreaterThanOrEqual(0.93)

  const graph = await loadGraph(`${folder}iris.yaml`)
  graph.restore(weights)
  const event = { sepal_length: 6.3, sepal_width: 3.3, petal_length: 6, petal_width: 2.5 }
  const fromFile = await readRows(`${folder}data/iris.csv`, predictingColumns(graph.plan))
  const learned = await readRows(`${folder}data/iris.csv`, learningColumns(graph.plan))
  // The first of the last fifty is that flower.
  const samples = [event, fromFile[100]!, learned[100]!, { flower: [6.3, 3.3, 6, 2.5] }]
  const predictions = await lastValueFrom(of(...samples).pipe(graph.predict(), toArray()))
  const outputs = predictions.map((prediction) => 'outputs' in prediction && prediction.outputs)
  expect(outputs[0]).toMatchObject({ p: { shape: [3] } })
  expect(outputs).toEqual(samples.map(() => outputs[0]))
})

// import numpy
// X = numpy.loadtxt('diabetes_data.txt'); t = numpy.loadtxt('diabetes_target.txt')
// A = numpy.c_[(X - X.mean(0)) / X.std(0), numpy.ones(442)]
// w = numpy.linalg.lstsq(A, t, rcond=None)[0]; print(((A @ w - t)**2).mean())
test('a line through diabetes is that of ordinary least squares', async () => {
  const { loss, metrics } = await trained('diabetes.yaml')
  expect(Math.abs(loss / 2859.69634758675 - 1)).toBeLessThan(1e-9)
  // Of the same script: 1 - loss / t.var()
  expect(metrics['r2']).toBeCloseTo(0.5177484222203498, 6)
})

test('each row of an embedding becomes the mean of its samples', async () => {
  const { weights, loss } = await trained('embedding.yaml')
  const rows = await readRows(`${folder}data/iris.csv`, {
    names: ['sepal_length', 'sepal_width', 'petal_length', 'petal_width', 'species'],
    required: new Set(),
    texts: new Set(['species']),
  })
  const flowers = rows.map(({ species, ...sizes }) => ({ species, sizes: Object.values(sizes) }))
  const means = ['setosa', 'versicolor', 'virginica'].map((species) => {
    const own = flowers.filter((flower) => flower.species === species)
    return [0, 1, 2, 3].map((at) => own.reduce((sum, { sizes }) => sum + Number(sizes[at]), 0) / 50)
  })
  const table = weights['table'] as number[][]
  table.flat().forEach((value, at) => expect(value).toBeCloseTo(means.flat()[at]!, 9))
  expect(loss).toBeCloseTo(within(flowers, means) / 150, 9)
})

function within(
  flowers: readonly { readonly species: unknown; readonly sizes: readonly unknown[] }[],
  means: readonly (readonly number[])[],
): number {
  const of = { setosa: 0, versicolor: 1, virginica: 2 }
  return flowers.reduce((sum, { species, sizes }) => {
    const mean = means[of[species as keyof typeof of]]! // the file has these three
    return sum + mean.reduce((inner, value, at) => inner + (value - Number(sizes[at])) ** 2, 0)
  }, 0)
}
