/** Labels that come late, twice, before their events, or never, beside a brute-force model. */
import { fc } from '../random.js'
import { Subject } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { parseGraph, type LearnOptions, type Learned, type Sample } from '../../src/index.js'
import { Joins } from '../../src/train/joins.js'
import type { EngineOption } from '../../src/train/engine.js'
import { fused } from '../kernel/allowed.js'
import { VirtualClock } from './clock.js'

const line = `
inputs: [x]
targets: [t]
weights: { w: 0.5, b: -0.25 }
gates: { y: w * x + b }
loss: (y - t)^2
metrics:
  mae: mae(y, t)
train: { learning_rate: 0.125 }
`

type Happening =
  | { readonly type: 'event'; readonly id: number; readonly x: number; readonly t?: number }
  | { readonly type: 'label'; readonly id: number; readonly t: number }
  | { readonly type: 'pass'; readonly milliseconds: number }

interface Bounds {
  readonly pending: number
  readonly ttl: number
  readonly late: 'recompute' | 'stash'
}

/** What should come of it, by looking through lists. */
function model(happenings: readonly Happening[], { pending, ttl, late }: Bounds) {
  let [w, b, now] = [0.5, -0.25, 0]
  let samples: { id: number; x: number; at: number; w: number; b: number }[] = []
  let labels: { id: number; t: number; at: number }[] = []
  let gone: { id: number; joined: boolean }[] = []
  const told: string[] = []
  const outputs: number[] = []
  const scores: number[] = []
  const without = <T extends { id: number }>(list: T[], id: number) =>
    list.filter((one) => one.id !== id)
  const remember = (id: number, joined: boolean) => {
    gone = [...without(gone, id), { id, joined }].slice(-pending)
  }
  const learn = (x: number, t: number, from: { w: number; b: number }) => {
    const error = from.w * x + from.b - t
    w -= 0.125 * (2 * error * x)
    b -= 0.125 * (2 * error)
  }
  const lose = (lost: typeof samples, why: string) => {
    for (const { id } of lost) {
      samples = without(samples, id)
      remember(id, false)
      told.push(`${why} ${id}`)
    }
  }
  const loseLabels = (lost: typeof labels) => {
    for (const { id } of lost) {
      labels = without(labels, id)
      told.push(`unknown ${id}`)
    }
  }
  const expire = () => {
    const old = ({ at }: { at: number }) => now - at > ttl
    lose(samples.filter(old), 'expired')
    loseLabels(labels.filter(old))
  }
  for (const happening of happenings) {
    if (happening.type === 'pass') {
      now += happening.milliseconds
      continue
    }
    const { type, id } = happening
    expire()
    if (type === 'event') {
      const { x } = happening
      const y = w * x + b
      outputs.push(y)
      const early = labels.find((label) => label.id === id)
      const own = happening.t ?? early?.t
      labels = without(labels, id)
      const waits = samples.some((sample) => sample.id === id)
      if (own !== undefined) {
        if (!waits) remember(id, true)
        scores.push(Math.abs(y - own))
        learn(x, own, { w, b })
      } else if (waits) told.push(`duplicate ${id}`)
      else {
        gone = without(gone, id)
        samples.push({ id, x, at: now, w, b })
        lose(samples.slice(0, -pending), 'evicted')
      }
      continue
    }
    const done = gone.find((one) => one.id === id)
    const sample = samples.find((one) => one.id === id)
    if (done !== undefined) told.push(`${done.joined ? 'duplicate' : 'late'} ${id}`)
    else if (sample !== undefined) {
      samples = without(samples, id)
      remember(id, true)
      scores.push(Math.abs(sample.w * sample.x + sample.b - happening.t))
      learn(sample.x, happening.t, late === 'stash' ? sample : { w, b })
    } else if (labels.some((label) => label.id === id)) told.push(`duplicate ${id}`)
    else {
      labels.push({ id, t: happening.t, at: now })
      loseLabels(labels.slice(0, -pending))
    }
  }
  return { outputs, scores, told, w, b, waiting: samples.length, early: labels.length }
}

function start(options: LearnOptions, text = line, engine: EngineOption = 'auto') {
  const clock = new VirtualClock()
  const graph = parseGraph(text, { clock, engine })
  const [events, labels] = [new Subject<Sample>(), new Subject<object>()]
  const out: Learned[] = []
  const told: string[] = []
  graph.faults().subscribe(({ reason, id }) => void told.push(`${reason} ${String(id)}`))
  const scores: number[] = []
  let samples = 0
  let mean = 0
  graph.metrics({ every: 1 }).subscribe((metrics) => {
    // From the mean over all back to the score that came last.
    const sum = metrics.metrics['mae']! * metrics.samples
    scores.push(sum - mean * samples)
    samples = metrics.samples
    mean = metrics.metrics['mae']!
  })
  const run = { completed: false }
  const subscription = events.pipe(graph.learn({ id: 'id', labels, ...options })).subscribe({
    next: (one) => void out.push(one),
    complete: () => (run.completed = true),
  })
  return { graph, clock, events, labels, out, told, scores, run, subscription }
}

const number = fc.integer({ min: -8, max: 8 }).map((n) => n / 4)
const id = fc.integer({ min: 0, max: 6 })
const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record(
      { type: fc.constant('event' as const), id, x: number, t: number },
      { requiredKeys: ['type', 'id', 'x'] },
    ),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('label' as const), id, t: number }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('pass' as const),
      milliseconds: fc.integer({ min: 1, max: 9 }),
    }),
  },
)

describe('labels in any order', () => {
  test.each(['recompute', 'stash'] as const)('lead where the model says, with %s', (late) => {
    const bounds = fc.record({
      pending: fc.integer({ min: 1, max: 5 }),
      ttl: fc.integer({ min: 1, max: 20 }),
      late: fc.constant(late),
    })
    const engine = fc.constantFrom<EngineOption>('live', ...fused)
    fc.assert(
      fc.property(
        fc.array(happening, { maxLength: 60 }),
        bounds,
        engine,
        (happenings, options, engine) => {
          const { graph, clock, events, labels, out, told, scores, subscription } = start(
            options,
            line,
            engine,
          )
          const opened = { values: 0, answers: 0 }
          // While somebody watches, all steps are the network's.
          if (engine === 'live') {
            graph.values('y').subscribe(({ mode }) => (opened.values += mode === 'learn' ? 1 : 0))
            graph.gradients('y').subscribe(() => opened.answers++)
          }
          for (const one of happenings) {
            if (one.type === 'pass') {
              clock.pass(one.milliseconds)
              clock.run()
            }
            if (one.type === 'event') {
              const { t } = one
              events.next({ id: String(one.id), x: one.x, ...(t !== undefined && { t }) })
            }
            if (one.type === 'label') labels.next({ id: one.id, t: one.t })
          }
          const expected = model(happenings, options)
          expect(out.map((one) => 'outputs' in one && one.outputs['y'])).toEqual(expected.outputs)
          expect(told).toEqual(expected.told)
          expect(graph.weights()).toEqual({ w: expected.w, b: expected.b })
          expect(scores).toHaveLength(expected.scores.length)
          scores.forEach((score, at) => expect(score).toBeCloseTo(expected.scores[at]!, 9))
          // Unsubscribing answers what is open, and then nothing is owed any more (law 4).
          subscription.unsubscribe()
          expect(opened.answers).toBe(opened.values)
        },
      ),
      { numRuns: 150 },
    )
  })
})

describe('what waits', () => {
  test('is bounded in number and in bytes whatever happens, and the oldest go first', () => {
    const held = fc.record({
      id: fc.integer({ min: 0, max: 30 }),
      kind: fc.constantFrom('sample' as const, 'label' as const, 'gone' as const),
      bytes: fc.integer({ min: 1, max: 400 }),
      share: fc.integer({ min: 0, max: 3 }),
    })
    fc.assert(
      fc.property(
        fc.array(held, { maxLength: 80 }),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 300, max: 2000 }),
        (all, pending, memory) => {
          const shares = [{}, {}, {}]
          const lost: { at: number; kind: string }[] = []
          const joins = new Joins<number>({
            ...{ pending, memory, sharedBytes: 100 },
            gone: (held) => void lost.push(held),
          })
          all.forEach(({ share, ...one }, at) => {
            const shared = one.kind === 'sample' ? shares[share] : undefined
            const before = lost.length
            joins.hold({ ...one, at, value: at, ...(shared && { shared }) })
            expect(joins.bytes).toBeLessThanOrEqual(memory)
            expect(joins.samples).toBeLessThanOrEqual(pending)
            expect(joins.labels).toBeLessThanOrEqual(pending)
            const gone = lost.slice(before)
            for (const kind of ['sample', 'label']) {
              const times = gone.flatMap((held) => (held.kind === kind ? [held.at] : []))
              expect(times).toEqual(times.toSorted((a, b) => a - b))
            }
          })
          joins.clear()
          expect(joins.bytes).toBe(0)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('is evicted where the memory is spent, and its frames are given back', () => {
    const frames = start({ late: 'stash', memory: 4000 })
    for (let n = 0; n < 100; n++) frames.events.next({ id: n, x: n / 100 })
    expect(frames.told.length).toBeGreaterThan(80)
    expect(frames.told[0]).toBe('evicted 0')
    const kept = 100 - frames.told.length
    // The newest first: those of the others take room themselves.
    for (let n = 99; n >= 0; n--) frames.labels.next({ id: n, t: 1 })
    // Those that were kept are learned from; the others are late.
    const late = frames.told.filter((text) => text.startsWith('late')).length
    expect(late + kept).toBeLessThanOrEqual(100)
    expect(kept).toBeGreaterThan(1)
    expect(frames.graph.weights()['w']).not.toBe(0.5)
  })

  test('is counted to the end, also where nothing more is scored', () => {
    const { events, labels, graph, clock } = start({})
    const counts: unknown[] = []
    graph.metrics().subscribe((one) => counts.push(one.counts))
    for (const id of [1, 2, 3]) events.next({ id, x: 1 })
    labels.next({ id: 2, t: 1 })
    clock.run()
    expect(counts).toMatchObject([{ events: 3, waiting: 2, expired: 0 }])
    events.complete()
    labels.complete()
    clock.run()
    expect(counts.slice(1)).toMatchObject([{ events: 3, waiting: 0, expired: 2, memory: 0 }])
  })

  test('is given up when no more labels come, and the stream goes on', () => {
    const { events, labels, told, out, run } = start({})
    events.next({ id: 1, x: 1 })
    events.next({ id: 2, x: 1 })
    labels.next({ id: 2, t: 1 })
    labels.complete()
    expect(told).toEqual(['expired 1'])
    events.next({ id: 3, x: 1 })
    events.next({ id: 4, x: 1, t: 2 })
    events.complete()
    expect(out.map(({ learned }) => learned)).toEqual([false, false, false, true])
    expect(run.completed).toBe(true)
  })

  test('is waited for when no more events come', () => {
    const { graph, events, labels, run } = start({})
    events.next({ id: 1, x: 1 })
    events.complete()
    expect(run.completed).toBe(false)
    labels.next({ id: 1, t: 1 })
    expect(run.completed).toBe(true)
    expect(graph.weights()).not.toEqual({ w: 0.5, b: -0.25 })
  })

  test('needs all its targets, which may come one by one', () => {
    const two = line.replace('[t]', '[t, s]').replace('(y - t)^2', '(y - t)^2 + (y - s)^2')
    const { graph, events, labels, told } = start({ label: 'order.id' }, two)
    events.next({ id: 1, x: 1, s: 1 })
    events.next({ id: 2, x: 1 })
    labels.next({ order: { id: 2 }, t: 1 })
    labels.next({ order: { id: 2 }, t: 3 })
    labels.next({ order: { id: 2 }, s: 'no' })
    labels.next({ order: { id: 2 }, u: 1 }) // no target at all
    labels.next({ t: 1 })
    expect(told).toEqual(['duplicate 2', 'undefined 2', 'unknown 2', 'undefined undefined'])
    expect(graph.weights()).toEqual({ w: 0.5, b: -0.25 })
    labels.next({ order: { id: 2 }, s: 1 })
    // y = 0.25: 2 (0.25 - 1) twice.
    expect(graph.weights()).toEqual({ w: 0.5 + 0.375, b: -0.25 + 0.375 })
  })

  test('takes what a function makes of a label, and labels that fail end no stream', () => {
    const { graph, events, labels, told } = start({
      id: (event: { key: number }) => event.key * 2,
      label: ([key, t]: [number, number]) => ({ id: key, t }),
    })
    events.next({ key: 3, x: 1 })
    labels.next([6, 1])
    expect(graph.weights()).toEqual({ w: 0.6875, b: -0.0625 })
    labels.error(new Error('no more'))
    events.next({ key: 4, x: 1 })
    expect(told).toEqual(['unknown undefined'])
  })
})
