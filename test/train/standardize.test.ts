/** Mean and scale of the training rows, taken when training starts. */
import { describe, expect, test } from 'vitest'
import { parseGraph, type Graph } from '../../src/graph.js'
import type { TrainOptions, TrainReport } from '../../src/train/report.js'
import { VirtualClock } from './clock.js'

interface Trained {
  readonly graph: Graph
  readonly reports: readonly TrainReport[]
}

function trained(text: string, options: TrainOptions = {}, clock = new VirtualClock()): Trained {
  const graph = parseGraph(text, { clock })
  const reports: TrainReport[] = []
  graph.train(options).subscribe((report) => void reports.push(report))
  clock.run()
  return { graph, reports }
}

/** `x` has a column that never varies. */
const text = `
inputs: { x: { shape: [3], default: [0, 0, 0] } }
targets: [t]
weights: { w: [0, 0, 0] }
gates:
  z: standardize(x)
loss: (dot(z, w) - t)^2
train:
  epochs: 2
  learning_rate: 0.01
  data:
    header: [x, t]
    rows:
      - [[1, 0.1, 1000000], 1]
      - [[2, 0.1, 1000003], 2]
      - [[6, 0.1, 1000005], 3]
      - [[7, 0.1, 1000000], 4]
`

describe('standardize', () => {
  test('takes mean and population deviation of each element from the rows', () => {
    const weights = trained(text).graph.weights()
    // By Python's statistics.fmean and pstdev; scikit-learn gives what never varies the scale 1.
    expect(weights['z.mean']).toEqual([4, expect.closeTo(0.1, 15), 1000002])
    expect(weights['z.scale']).toEqual([
      expect.closeTo(2.5495097567963922, 14),
      1,
      expect.closeTo(2.1213203435596424, 10),
    ])
  })

  test('learns as if the statistics had been written there', () => {
    const { graph, reports } = trained(text)
    const own = graph.weights()
    const written = text
      .replace(
        'weights: {',
        `constants:\n  m: ${JSON.stringify(own['z.mean'])}\n  s: ${JSON.stringify(own['z.scale'])}\nweights: {`,
      ) // prettier-ignore
      .replace('standardize(x)', 'standardize(x, m, s)')
    const other = trained(written)
    expect(other.graph.weights()).toEqual({ w: own['w'] })
    expect(other.reports.at(-1)!.loss).toBe(reports.at(-1)!.loss)
    expect(own['w']).not.toEqual([0, 0, 0])
  })

  test('changes nothing before training, and is restored with the weights', () => {
    const fresh = parseGraph(text)
    const sample = { x: [4, 5, 6] }
    expect(fresh.step(sample).values['z']).toMatchObject({ data: Float64Array.of(4, 5, 6) })
    const { graph } = trained(text)
    fresh.restore(graph.weights())
    expect(fresh.step(sample).values).toEqual(graph.step(sample).values)
    expect(graph.step(sample).values['z']).not.toMatchObject({ data: Float64Array.of(4, 5, 6) })
  })

  test('knows nothing of the rows that are held back', () => {
    const split = text.replace('data:\n', 'data:\n    split: { test: 0.25 }\n')
    const { graph, reports } = trained(split, { every: 'epoch' })
    expect(graph.weights()['z.mean']).toEqual([
      expect.closeTo(3, 14),
      expect.closeTo(0.1, 15),
      expect.closeTo(3000008 / 3, 8),
    ])
    expect(reports).toHaveLength(3)
    expect(reports[0]).toMatchObject({ epoch: 1, step: 3, updates: 3 })
  })

  test('of what is computed from standardized values sees them standardized', () => {
    const nested = `
inputs: [x]
targets: [t]
weights: { w: 1 }
gates:
  y: 3 + standardize(standardize(x)^2)
loss: (w * y - t)^2
train:
  learning_rate: 1e-300
  data: { header: [x, t], rows: [[1, 0], [2, 0], [3, 0], [6, 0]] }
`
    const { graph } = trained(nested)
    const weights = graph.weights() as Record<string, number> // all are scalars
    const inner = 'y.b.x.a'
    const names = ['y.b.mean', 'y.b.scale', `${inner}.mean`, `${inner}.scale`, 'w']
    expect(Object.keys(weights).toSorted()).toEqual(names.toSorted())
    const scale = Math.sqrt(14 / 4)
    expect(weights[`${inner}.mean`]).toBe(3)
    expect(weights[`${inner}.scale`]).toBeCloseTo(scale, 14)
    const squares = [1, 2, 3, 6].map((x) => ((x - 3) / scale) ** 2)
    expect(weights['y.b.mean']).toBeCloseTo(1, 14)
    expect(weights['y.b.scale']).toBeCloseTo(
      Math.sqrt(squares.reduce((sum, z) => sum + (z - 1) ** 2, 0) / 4),
      14,
    )
  })

  test('measures in slices, and not while it is paused', () => {
    const clock = new VirtualClock(20)
    const graph = parseGraph(text, { clock })
    const mean = () => graph.weights()['z.mean']
    graph.pause()
    graph.train().subscribe()
    clock.run()
    expect(mean()).toEqual([0, 0, 0])
    graph.resume()
    clock.turn()
    expect(mean()).toEqual([0, 0, 0])
    clock.run()
    expect(mean()).toEqual([4, expect.closeTo(0.1, 15), 1000002])
  })

  test('goes back to weights of the best epoch with its statistics', () => {
    const best = text.replace(
      'epochs: 2\n  learning_rate: 0.01',
      'learning_rate: 0.9\n  until: { patience: 2, restore_best: true }',
    )
    const { graph, reports } = trained(best)
    expect(reports.at(-1)!.stopped).toBe('patience')
    expect((graph.weights()['z.mean'] as number[])[0]).toBe(4) // a list: x has three
  })

  test('can be written in the long form', () => {
    const long = text.replace('standardize(x)', '{ standardize: x }')
    expect(trained(long).graph.weights()).toEqual(trained(text).graph.weights())
  })

  test('takes both statistics, or none', () => {
    expect(() => parseGraph(text.replace('standardize(x)', 'standardize(x, mean=1)'))).toThrow(
      'port "scale" of "standardize" is not given',
    )
  })
})
