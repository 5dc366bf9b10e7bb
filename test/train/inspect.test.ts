/** One stream of what happens, and of it what is asked for. */
import { Subject } from 'rxjs'
import { expect, test } from 'vitest'
import { parseGraph, type GraphEvent, type InspectOptions, type Sample } from '../../src/index.js'
import { VirtualClock } from './clock.js'

const line = `
inputs: [x]
targets: [t]
weights: { w: 0, b: 0 }
gates: { y: w * x + b }
loss: (y - t)^2
train: { learning_rate: 0.25 }
`

function told(options: InspectOptions) {
  const graph = parseGraph(line, { clock: new VirtualClock() })
  const all: GraphEvent[] = []
  let completed = false
  graph.inspect(options).subscribe({
    next: (event) => void all.push(event),
    complete: () => (completed = true),
  })
  const [events, labels] = [new Subject<Sample>(), new Subject<object>()]
  events.pipe(graph.learn({ id: 'id', labels })).subscribe()
  for (let n = 0; n < 4; n++) events.next({ id: n, x: 1, ...(n % 2 === 0 && { t: 1 }) })
  labels.next({ id: 1, t: 3 })
  labels.next({ id: 1, t: 3 })
  graph.close()
  expect(completed).toBe(true)
  return all
}

test('it has types to choose from', () => {
  expect(told({ types: ['lifecycle'] })).toEqual([
    { type: 'lifecycle', run: 'learn', event: 'start' },
    { type: 'lifecycle', run: 'learn', event: 'end' },
  ])
  // y was 0.5 then; now it is (w, b) = (0.5, 0.5), so 1.
  expect(told({ types: ['join'] })).toEqual([
    { type: 'join', of: 1, step: 4, id: 1, loss: 4, learned: true, waited: 0 },
  ])
  expect(told({ types: ['fault'] })).toMatchObject([{ type: 'fault', reason: 'duplicate', id: 1 }])
  const scored = told({ types: ['metrics'], every: 1 })
  expect(scored.map((one) => one.type === 'metrics' && one.metrics.samples)).toEqual([1, 2, 3])
})

test('it has nodes to choose from, and tells each n-th', () => {
  const values = told({ types: ['value', 'gradient', 'update'], nodes: ['y', 'w'], every: 2 })
  const names = values.map((one) => `${one.type} ${'node' in one ? one.node : ''} ${'step' in one ? one.step : ''}`) // prettier-ignore
  expect(names).toEqual([
    'value w 0',
    'value y 0',
    'gradient y 0',
    'gradient w 0',
    'value w 2',
    'value y 2',
    'gradient y 2',
    'gradient w 2',
    'update w ',
    'value w 4',
    'value y 4',
    'gradient y 4',
    'gradient w 4',
  ])
})

test('what it does not know is refused', () => {
  const graph = parseGraph(line)
  expect(() => graph.inspect({ types: ['values' as 'value'] })).toThrow(/no type "values"/)
  expect(() => graph.inspect({ nodes: ['z'] })).toThrow(/no node "z"/)
  expect(() => graph.inspect({ every: 0 })).toThrow(/whole number from 1, got 0/)
})
