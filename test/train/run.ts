/** Training in virtual time, for tests. */
import { expect } from 'vitest'
import type { EagreError } from '../../src/errors.js'
import { parseGraph, type Graph, type GraphOptions } from '../../src/graph.js'
import type { TrainOptions, TrainReport } from '../../src/train/report.js'
import { VirtualClock } from './clock.js'

export const product = `
weights: { x: 12.3791, y: 1.4782, z: 8.192 }
gates:
  f: (x + y) * z
loss: (144 - f)^2
train: { epochs: 1000, learning_rate: 0.001 }
`
export const line = `
inputs: [x]
targets: [t]
weights: { w: 0, b: 0 }
gates:
  y: w * x + b
loss: (y - t)^2
train:
  epochs: 3
  learning_rate: 0.1
  data:
    rows:
      - { x: 1, t: 3 }
      - { x: 2, t: 5 }
      - { x: -1, t: -1 }
      - { x: 0, t: 1 }
      - { x: 3, t: 7 }
`

export interface Run {
  readonly graph: Graph
  readonly clock: VirtualClock
  readonly reports: TrainReport[]
  readonly error: EagreError | undefined
  readonly completed: boolean
  unsubscribe(): void
}

export function start(
  text: string,
  options: TrainOptions = {},
  graphOptions: GraphOptions = {},
  clock = new VirtualClock(),
): Run {
  const graph = parseGraph(text, { clock, ...graphOptions })
  return watch(graph, clock, options)
}

export function watch(graph: Graph, clock: VirtualClock, options: TrainOptions = {}): Run {
  const reports: TrainReport[] = []
  const run: Run & { error: EagreError | undefined; completed: boolean } = {
    graph,
    clock,
    reports,
    error: undefined,
    completed: false,
    unsubscribe: () => subscription.unsubscribe(),
  }
  const subscription = graph.train(options).subscribe({
    next: (report) => void reports.push(report),
    error: (error) => (run.error = error as EagreError),
    complete: () => (run.completed = true),
  })
  return run
}

export function trained(
  text: string,
  options: TrainOptions = {},
  graphOptions: GraphOptions = {},
): Run {
  const run = start(text, options, graphOptions)
  run.clock.run()
  return run
}

export const close = (actual: unknown, expected: number, tolerance = 1e-12) =>
  expect(Math.abs((actual as number) - expected)).toBeLessThanOrEqual(
    tolerance * Math.max(1, Math.abs(expected)),
  )
