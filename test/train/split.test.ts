/** Rows that are held back: never learned from, and told how well they are predicted. */
import { describe, expect, test } from 'vitest'
import { parseGraph, type Graph } from '../../src/graph.js'
import type { Row } from '../../src/language/plan.js'
import type { TrainOptions, TrainReport } from '../../src/train/report.js'
import { VirtualClock } from './clock.js'

const train = [
  [1, 3],
  [2, 5],
  [-1, -1],
  [0, 1],
] as const
const held = [
  [3, 8],
  [4, 9],
] as const
const inline = (rows: readonly (readonly [number, number])[]) =>
  `header: [x, t], rows: [${rows.map((row) => `[${row.join(', ')}]`).join(', ')}]`

/** A line; `data` is what stands in `train.data`, `more` beside it in `train`. */
const line = (data: string, more = 'epochs: 3') => `
inputs: [x]
targets: [t]
weights: { w: 0, b: 0 }
gates:
  y: w * x + b
loss: (y - t)^2
metrics: { distance: abs(y - t), worst: "rmse(y, t)" }
train:
  ${more}
  learning_rate: 0.1
  shuffle: true
  data: { ${data} }
`
const split = (share: string) => `${inline([...train, ...held])}, split: { ${share} }`

interface Run {
  readonly graph: Graph
  readonly reports: readonly TrainReport[]
  readonly learned: readonly number[]
  readonly predicted: readonly number[]
}

function run(text: string, options: TrainOptions = {}, clock = new VirtualClock()): Run {
  const graph = parseGraph(text, { clock })
  const [reports, learned, predicted]: [TrainReport[], number[], number[]] = [[], [], []]
  graph.values('x').subscribe(({ value, mode }) => {
    ;(mode === 'learn' ? learned : predicted).push(value as number) // x is a number
  })
  graph.train(options).subscribe((report) => void reports.push(report))
  clock.run()
  return { graph, reports, learned, predicted }
}

function tested({ graph }: Run, rows: readonly (readonly [number, number])[] = held) {
  const { w, b } = graph.weights() as { w: number; b: number } // both are scalars
  const off = rows.map(([x, t]) => w * x + b - t)
  const mean = (of: (error: number) => number) =>
    off.reduce((sum, error) => sum + of(error), 0) / off.length
  return {
    loss: mean((error) => error ** 2),
    distance: mean(Math.abs),
    worst: Math.sqrt(mean((error) => error ** 2)),
  }
}

function expectTested(report: TrainReport | undefined, expected: ReturnType<typeof tested>): void {
  const { loss, metrics } = report!.test!
  expect(loss).toBeCloseTo(expected.loss, 12)
  expect(metrics['distance']).toBeCloseTo(expected.distance, 12)
  expect(metrics['worst']).toBeCloseTo(expected.worst, 12)
}

const byNumber = (a: number, b: number) => a - b

describe('a part that is held back', () => {
  test('is the last rows, of which nothing is learned', () => {
    const whole = run(line(split('test: 0.3')))
    expect(whole.learned.toSorted(byNumber)).toEqual(
      train.flatMap(([x]) => [x, x, x]).toSorted(byNumber),
    )
    expect(new Set(whole.predicted)).toEqual(new Set(held.map(([x]) => x)))
  })

  test('changes no bit of what is learned, nor of what is told of it', () => {
    for (const every of ['slice', 'epoch', 1, 3, 100] as const) {
      const [without, beside] = [line(inline(train)), line(split('test: 0.3'))].map((text) =>
        run(text, { every }),
      ) as [Run, Run]
      expect(beside.graph.weights()).toEqual(without.graph.weights())
      expect(beside.learned).toEqual(without.learned)
      const told = beside.reports.map(({ test: _, ...report }) => report)
      expect(told).toEqual(without.reports)
    }
  })

  test('is evaluated on the weights after each epoch that is told', () => {
    for (let epochs = 1; epochs <= 3; epochs++) {
      const { reports } = run(line(split('test: 0.3')), { every: 'epoch' })
      const short = run(line(split('test: 0.3'), `epochs: ${epochs}`))
      expectTested(reports[epochs - 1], tested(short))
      expect(reports[epochs - 1]!.epoch).toBe(epochs)
    }
  })

  test('is not evaluated where nobody is told', () => {
    const many = line(split('test: 0.3'), 'epochs: 100')
    // 4 steps an epoch: told at step 200, and at the end.
    const seldom = run(many, { every: 200 })
    expect(seldom.reports.map(({ epoch }) => epoch)).toEqual([50, 100])
    expect(seldom.predicted).toHaveLength(2 * held.length)
    expectTested(seldom.reports.at(-1), tested(seldom))
    // One slice is the whole run: the first epoch is tested, and the last.
    const slice = run(many)
    expect(slice.predicted).toHaveLength(2 * held.length)
    expectTested(slice.reports.at(-1), tested(slice))
  })

  test('is told at the end whatever ends the run', () => {
    const loss = run(line(split('test: 0.3'), 'until: { loss: 0.5 }'))
    expect(loss.reports.at(-1)!.stopped).toBe('loss')
    expectTested(loss.reports.at(-1), tested(loss))

    const time = run(line(split('test: 0.3'), 'until: { time: 100ms }'), {}, new VirtualClock(0.9))
    expect(time.reports.at(-1)!.stopped).toBe('time')
    expectTested(time.reports.at(-1), tested(time))

    const text = line(split('test: 0.3'), 'until: { patience: 2, restore_best: true }')
    const best = run(text.replace('learning_rate: 0.1', 'learning_rate: 0.4'))
    expect(best.reports.at(-1)!.stopped).toBe('patience')
    expectTested(best.reports.at(-1), tested(best))
  })

  test('is drawn with the seed where the order is shuffled', () => {
    const rows = Array.from({ length: 50 }, (_, x) => [x, 2 * x + 1] as const)
    const shuffled = (seed: number) =>
      run(
        line(
          `${inline(rows)}, split: { test: 0.2, order: shuffled }`,
          `epochs: 1\n  seed: ${seed}`,
        ).replace('learning_rate: 0.1', 'learning_rate: 1e-9'),
      )
    const [first, again, other] = [shuffled(1), shuffled(1), shuffled(2)]
    expect(first.predicted).toHaveLength(10)
    expect([...first.predicted, ...first.learned].toSorted(byNumber)).toEqual(rows.map(([x]) => x))
    expect(again.predicted).toEqual(first.predicted)
    expect(again.graph.weights()).toEqual(first.graph.weights())
    expect(other.predicted).not.toEqual(first.predicted)
    expect(first.predicted).not.toEqual(rows.slice(-10).map(([x]) => x))
    // In the order of the file, whatever order they were drawn in.
    expect(first.predicted).toEqual(first.predicted.toSorted(byNumber))
  })

  test.each([
    ['0.01', 1],
    ['0.25', 2],
    ['0.7', 4],
  ])('of %s of 6 rows has %i', (share, count) => {
    expect(run(line(split(`test: ${share}`), 'epochs: 1')).predicted).toHaveLength(count)
  })

  test('leaves a row to learn from', () => {
    const errors: unknown[] = []
    parseGraph(line(split('test: 0.95')), { clock: new VirtualClock() })
      .train()
      .subscribe({ error: (error) => void errors.push(error) })
    expect(errors).toMatchObject([{ code: 'bad-data' }])
    expect(String(errors[0])).toContain('holding back 0.95 of 6 rows leaves none')
  })

  test('is part of the rows that a caller gives in place of the own ones', () => {
    const data: Row[] = [1, 2, 3].map((x) => Object.assign(Object.create(null), { x, t: x }) as Row)
    const { predicted, learned } = run(line(split('test: 0.3')), { data })
    expect(new Set(predicted)).toEqual(new Set([3]))
    expect(new Set(learned)).toEqual(new Set([1, 2]))
  })

  test('skips rows without their targets', () => {
    const text = `
inputs: [x]
targets: [t]
weights: { w: 0 }
loss: (w * x - t)^2
train: { epochs: 2, learning_rate: 0.1 }
`
    const data = [{ x: 1, t: 1 }, { x: 2 }, { x: 3, t: 6 }] as unknown as Row[] // a target may be missing
    const beside = text.replace(
      '0.1 }',
      '0.1, data: { rows: [{ x: 0, t: 0 }], split: { test: 0.6 } } }',
    )
    const { reports, graph } = run(beside, { data })
    const { w } = graph.weights() as { w: number }
    expect(reports.at(-1)!.test!.loss).toBeCloseTo((3 * w - 6) ** 2, 12)
  })

  test('can be paused before, and is finished once it has begun', () => {
    const clock = new VirtualClock()
    const graph = parseGraph(line(split('test: 0.3'), 'epochs: 1'), { clock })
    const reports: TrainReport[] = []
    graph.pause()
    graph.train({ every: 'epoch' }).subscribe((report) => void reports.push(report))
    graph.advance(3)
    clock.run()
    expect(reports).toEqual([])
    graph.advance(1)
    clock.run()
    expect(reports.map(({ type, test: part }) => [type, part !== undefined])).toEqual([
      ['progress', true],
      ['done', true],
    ])
  })
})
