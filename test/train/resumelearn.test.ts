/** Learning from a stream that goes on from a checkpoint learns what it would have if never stopped. */
import { Subject } from 'rxjs'
import { describe, expect, test } from 'vitest'
import type { EagreError } from '../../src/errors.js'
import { parseGraph, type Checkpoint, type LearnOptions } from '../../src/index.js'
import { VirtualClock } from './clock.js'
import { plain } from './resume.js'

const graphOf = (train = 'optimizer: adam, batch: 3, seed: 4') => `
inputs: [x]
targets: [t]
weights: { w: { shape: [3], init: uniform }, b: 0 }
gates:
  h: dropout(tanh(x * w + b), p=0.3)
  y: sum(h) + b
loss: (y - t)^2
metrics: { off: abs(y - t), fit: 'r2(y, t)', worst: 'rmse(y, t)' }
train: { ${train}, learning_rate: 0.05, schedule: { exponential: { gamma: 0.99 }, per: update } }
`
const text = graphOf()

/** What comes in, in order. */
type Item = { readonly event: object } | { readonly label: object }

/** Feeds items to a graph, one after the other, and what it says and learns to `told`. */
function learner(options: LearnOptions, withLabels: boolean, source = text) {
  const clock = new VirtualClock()
  const graph = parseGraph(source, { clock })
  const told: string[] = []
  const tell = (what: string, value: unknown) => void told.push(`${what} ${JSON.stringify(value)}`)
  graph.updates('w').subscribe((message) => tell('update', message))
  graph.metrics({ every: 1 }).subscribe((scored) => tell('scored', scored))
  graph.faults().subscribe(({ step, message }) => tell('fault', { step, message }))
  const begin = () => {
    const [events, labels] = [new Subject<object>(), new Subject<object>()]
    let error: EagreError | undefined
    const learn = graph.learn({ ...options, ...(withLabels && { labels, id: 'id' }) })
    const subscription = learn(events as Subject<Record<string, unknown>>).subscribe({
      next: (learned) => tell('learned', learned),
      error: (cause: EagreError) => (error = cause),
    })
    return {
      feed(items: readonly Item[]) {
        for (const item of items) {
          if ('event' in item) events.next(item.event)
          else labels.next(item.label)
          clock.run()
        }
      },
      stop: () => subscription.unsubscribe(),
      error: () => error,
    }
  }
  return { graph, told, begin }
}

function expectResumed(
  items: readonly Item[],
  options: LearnOptions,
  withLabels: boolean,
  source = text,
) {
  const whole = learner(options, withLabels, source)
  const run = whole.begin()
  const taken: { checkpoint: Checkpoint; told: number }[] = []
  for (const item of items) {
    taken.push({ checkpoint: whole.graph.checkpoint({ pending: true }), told: whole.told.length })
    run.feed([item])
  }
  expect(whole.told.filter((line) => line.startsWith('update')).length).toBeGreaterThan(2)
  taken.forEach(({ checkpoint, told }, at) => {
    const rest = learner(options, withLabels, source)
    rest.graph.restore(JSON.parse(JSON.stringify(checkpoint)) as Checkpoint)
    expect(plain(rest.graph.checkpoint({ pending: true }))).toEqual(plain(checkpoint))
    rest.begin().feed(items.slice(at))
    expect(rest.told).toEqual(whole.told.slice(told))
    const last = [rest.graph, whole.graph].map((graph) =>
      known(graph.checkpoint({ pending: true })),
    )
    expect(last[0]).toEqual(last[1])
  })
}

/**
 * Where a target has not come, what stands in its place is of no account, nor is whether equal
 * weights are written once.
 */
function known(checkpoint: Checkpoint): unknown {
  const { versions, ...learn } = checkpoint.learn!
  const waiting = learn.waiting?.map(({ values: _, stash, ...rest }) => ({
    ...rest,
    stash: stash && { ...stash, version: versions?.[stash.version as number] },
  }))
  return JSON.parse(JSON.stringify({ ...checkpoint, learn: { ...learn, waiting } }))
}

const events = Array.from({ length: 25 }, (_, id) => ({
  ...{ id: id % 2 === 0 ? id : `e${id}` },
  x: Math.sin(id * 3),
}))
const truth = (x: number) => 2 * x - 0.5

describe('learning that goes on', () => {
  test('from any event, in the middle of a batch too', () => {
    const items = events.map((event) => ({ event: { ...event, t: truth(event.x) } }))
    expectResumed(items, {}, false)
    expectResumed(items, { warmUp: 6 }, false)
  })

  test('with all that gates remember, and that through which gradients go back', () => {
    const source = text.replace(
      'h: dropout(tanh(x * w + b), p=0.3)',
      `s: standardize(x, update=after)
  h: tanh(s * w + b * previous(h, shape=3, unroll=4) + mean(window(x, size=3)) + ewma(x, span=4))`,
    )
    const items = events.map((event) => ({ event: { ...event, t: truth(event.x) } }))
    expectResumed(items, {}, false, source)
    expectResumed(items, { warmUp: 6 }, false, source)
  })

  test('with a model for each key', () => {
    const keyed = events.map((event, at) => ({
      ...event,
      key: ['a', 7, 'c', '__proto__'][at % 4]!,
    }))
    const items = keyed.map((event) => ({ event: { ...event, t: truth(event.x) } }))
    expectResumed(items, { key: 'key', warmUp: 1 }, false)
    expectResumed(items, { key: 'key', maxKeys: 4, idle: '1h' }, false)
    const late = keyed.flatMap((event, at): Item[] => {
      const before = keyed[at - 5]
      return before === undefined
        ? [{ event }]
        : [{ event }, { label: { id: before.id, t: truth(before.x) } }]
    })
    expectResumed(late, { key: 'key' }, true)
  })

  test('keeps the weights of the graph apart from those of keys, and refuses them elsewhere', () => {
    const { graph, begin } = learner({ key: 'key' }, false, graphOf('optimizer: adam'))
    const weights = graph.weights()
    const run = begin()
    run.feed([{ event: { key: 'a', x: 1, t: 9 } }, { event: { key: 'b', x: 1, t: 3 } }])
    const checkpoint = graph.checkpoint()
    expect(graph.weights()).not.toEqual(weights)
    run.stop()
    expect(graph.weights()).toEqual(weights)
    expect(graph.checkpoint()).toEqual(checkpoint)
    const single = learner({}, false, graphOf('optimizer: adam'))
    single.graph.restore(checkpoint)
    expect(single.graph.weights()).toEqual(weights)
    expect(single.begin().error()).toMatchObject({
      code: 'bad-data',
      message: 'learn: the models of the checkpoint are not of such keys',
    })
    single.graph.restore(checkpoint, { partial: true })
    expect(single.begin().error()).toBeUndefined()
  })

  test('with labels that come late, twice, early or never', () => {
    const items: Item[] = []
    events.forEach((event, at) => {
      const label = { id: event.id, t: truth(event.x) }
      if (at % 7 === 6) items.push({ label })
      items.push({ event })
      const late = events[at - (at % 4)]!
      if (at % 5 !== 0) items.push({ label: { id: late.id, t: truth(late.x) } })
    })
    expectResumed(items, {}, true)
    expectResumed(items, { pending: 4 }, true)
  })

  test('with labels for predictions that are kept as they were made', () => {
    const items = events.flatMap((event, at): Item[] => {
      const late = (at * 7) % 25
      const label = late <= at && { id: events[late]!.id, t: truth(events[late]!.x) }
      return [{ event: { ...event, key: at % 2 } }, ...(label ? [{ label }] : [])]
    })
    const source = text.replace('tanh(x * w + b)', 'tanh(previous(x) * w + ewma(x, span=4) * b)')
    expectResumed(items, { late: 'stash' }, true)
    expectResumed(items, { late: 'stash', warmUp: 4 }, true, source)
    expectResumed(items, { late: 'stash', memory: 14_000 }, true)
    expectResumed(items, { late: 'stash', key: 'key' }, true, source)
    // Several in a row of one key, so that predictions are made with weights that others keep.
    const keys = items.map((item, at) =>
      'event' in item ? { event: { ...item.event, key: Math.floor(at / 6) % 2 } } : item,
    )
    for (const memory of [10_000, 11_000, 12_000, 13_000, 14_000]) {
      expectResumed(keys, { late: 'stash', key: 'key', memory }, true, graphOf('optimizer: adam'))
    }
  })

  test('tells taps once what was stashed', () => {
    const items = events.slice(0, 6).map((event): Item => ({ event }))
    const whole = learner({ late: 'stash' }, true)
    const run = whole.begin()
    run.feed(items)
    const checkpoint = whole.graph.checkpoint({ pending: true })
    const rest = learner({ late: 'stash' }, true)
    rest.graph.restore(checkpoint)
    const seen: number[][] = [[], []]
    ;[whole, rest].forEach(({ graph }, at) => {
      graph.values('h').subscribe(({ step }) => seen[at]!.push(step))
      graph.gradients('y').subscribe(({ step }) => seen[at]!.push(-step))
    })
    const again = rest.begin()
    expect(seen).toEqual([[], []])
    const later = [{ event: events[6]! }, { label: { id: events[2]!.id, t: 1 } }]
    for (const one of [run, again]) one.feed(later)
    // A tap that was there when the step went up sees its gradient.
    expect(seen[0]!.filter((step) => step > 0)).toEqual(seen[1]!.filter((step) => step > 0))
  })

  test('forgets what waits for labels where that is not asked for', () => {
    const { graph, begin } = learner({}, true)
    begin().feed(events.slice(0, 4).map((event) => ({ event })))
    expect(graph.checkpoint().learn!.waiting).toBeUndefined()
    expect(graph.checkpoint({ pending: true }).learn!.waiting).toHaveLength(4)
  })

  test('is where it stopped until something else is learned', () => {
    const items = events.map((event) => ({ event: { ...event, t: truth(event.x) } }))
    const { graph, begin } = learner({}, false)
    const run = begin()
    run.feed(items.slice(0, 7))
    const running = graph.checkpoint()
    run.stop()
    expect(graph.checkpoint()).toEqual(running)
    begin()
    expect(graph.checkpoint().learn).toMatchObject({ turn: 0 })
  })

  test('refuses other settings, and takes what fits on request', () => {
    const items = events.map((event) => ({ event: { ...event, t: truth(event.x) } }))
    const first = learner({}, false)
    first.begin().feed(items.slice(0, 7))
    const checkpoint = first.graph.checkpoint()
    const other = learner({}, false, graphOf('optimizer: adam, batch: 2, seed: 4'))
    other.graph.restore(checkpoint)
    expect(other.begin().error()).toMatchObject({
      code: 'bad-data',
      message: 'learn: the checkpoint does not fit: train.batch was 3 and is 2',
    })
    other.graph.restore(checkpoint, { partial: true })
    other.begin().feed(items.slice(7, 9))
    // Its first batch is whole, and the optimizer goes on counting.
    expect(other.told.filter((line) => line.startsWith('update'))).toEqual([
      expect.stringContaining('"update":3'),
    ])
  })
})
