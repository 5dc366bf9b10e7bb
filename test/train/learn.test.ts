/** Learning inside a stream: predictions before learning, batches, faults, turns, writers. */
import { describe, expect, test } from 'vitest'
import { NEVER, Observable, Subject, from, of, take } from 'rxjs'
import type { EagreError } from '../../src/errors.js'
import { parseGraph, type Graph, type LearnOptions } from '../../src/index.js'
import type { Fault, Learned, LearnMetrics, Sample } from '../../src/index.js'
import { VirtualClock } from './clock.js'

export const line = `
inputs: [x]
targets: [t]
weights: { w: 0, b: 0 }
gates:
  y: w * x + b
loss: (y - t)^2
metrics:
  error: abs(y - t)
  mae: mae(y, t)
train: { learning_rate: 0.1 }
`

/** Browsers' streams are no async iterables everywhere, so this one is taken without. */
function streamOf<T>(values: readonly T[]): ReadableStream<T> {
  const stream = new ReadableStream<T>({
    start(controller) {
      for (const value of values) controller.enqueue(value)
      controller.close()
    },
  })
  return Object.assign(stream, { [Symbol.asyncIterator]: undefined })
}

interface Run {
  readonly graph: Graph
  readonly clock: VirtualClock
  readonly out: Learned[]
  readonly faults: Fault[]
  error: unknown
  completed: boolean
  unsubscribe(): void
}

function start(
  text: string,
  events: Parameters<ReturnType<Graph['learn']>>[0],
  options: LearnOptions = {},
  clock = new VirtualClock(),
): Run {
  const graph = parseGraph(text, { clock })
  const run: Run = {
    ...{ graph, clock, out: [], faults: [], error: undefined, completed: false },
    unsubscribe: () => subscription.unsubscribe(),
  }
  graph.faults().subscribe((fault) => void run.faults.push(fault))
  const subscription = graph
    .learn(options)(events)
    .subscribe({
      next: (one) => void run.out.push(one),
      error: (error: unknown) => (run.error = error),
      complete: () => (run.completed = true),
    })
  return run
}

/** The same by hand: y before the update, and both weights after it. */
function byHand(rows: readonly { x: number; t: number }[], rate = 0.1, batch = 1) {
  let [w, b] = [0, 0]
  let [dw, db, count] = [0, 0, 0]
  const predictions: number[] = []
  const update = () => {
    w -= rate * (dw / count)
    b -= rate * (db / count)
    ;[dw, db, count] = [0, 0, 0]
  }
  for (const { x, t } of rows) {
    const y = w * x + b
    predictions.push(y)
    dw += 2 * (y - t) * x
    db += 2 * (y - t)
    if (++count === batch) update()
  }
  if (count > 0) update()
  return { predictions, w, b }
}

const rows = Array.from({ length: 23 }, (_, i) => ({ x: Math.sin(i), t: 2 * Math.sin(i) + 1 }))
const outputsOf = (out: readonly Learned[]) =>
  out.map((one) => ('outputs' in one ? one.outputs['y'] : NaN))

describe('learn', () => {
  test('predicts from each sample with the weights of before it learns from it', () => {
    const run = start(line, from(rows))
    const { predictions, w, b } = byHand(rows)
    expect(outputsOf(run.out)).toEqual(predictions)
    expect(run.out.every(({ learned }) => learned)).toBe(true)
    expect(run.out[3]).toMatchObject({ step: 3, sample: rows[3], loss: (predictions[3]! - rows[3]!.t) ** 2 }) // prettier-ignore
    expect(run.graph.weights()).toEqual({ w, b })
    expect(run.completed).toBe(true)
  })

  test('takes whatever RxJS can subscribe to', async () => {
    async function* later() {
      yield* rows
    }
    const expected = byHand(rows).predictions
    for (const events of [rows, new Set(rows), later(), streamOf(rows)]) {
      const graph = parseGraph(line)
      const out = await new Promise<Learned[]>((resolve) => {
        const all: Learned[] = []
        graph
          .learn()(events)
          .subscribe({ next: (one) => all.push(one), complete: () => resolve(all) })
      })
      expect(outputsOf(out)).toEqual(expected)
    }
    const promised = start(line, Promise.resolve(rows[0]!))
    await Promise.resolve()
    expect(outputsOf(promised.out)).toEqual([0])
  })

  test('averages a batch, and the batch that is not full when no more samples come', () => {
    const run = start(line, from(rows), { batch: 5 })
    const { predictions, w, b } = byHand(rows, 0.1, 5)
    expect(outputsOf(run.out)).toEqual(predictions)
    expect(run.graph.weights()).toEqual({ w, b })
  })

  test('only predicts from a sample without its target, and at first while it warms up', () => {
    const run = start(line, from([{ x: 1, t: 1 }, { x: 2 }, { x: 1, t: 1 }, { x: 1, t: 1 }]), {
      warmUp: 2,
    })
    expect(run.out.map(({ learned }) => learned)).toEqual([false, false, true, true])
    expect(run.out.map((one) => 'loss' in one)).toEqual([true, false, true, true])
    expect(outputsOf(run.out)).toEqual([0, 0, 0, 0.4])
  })

  test('learns as train does: same updates in the same order', () => {
    const data = line.replace('0.1 }', '0.1, batch: 3, optimizer: adam, clip: { norm: 1 } }')
    const learned = start(data, from(rows))
    const clock = new VirtualClock()
    const trained = parseGraph(data, { clock })
    trained.train({ data: rows }).subscribe()
    clock.run()
    expect(learned.graph.weights()).toEqual(trained.weights())
  })

  test('keeps chance out of predictions and scores', () => {
    const text = `
inputs: { x: { shape: [4] } }
targets: [t]
weights: { w: [1, 2, 3, 4] }
gates: { y: sum(dropout(x * w)) }
loss: (y - t)^2
metrics:
  mae: mae(y, t)
train: { learning_rate: 0.01 }
`
    const graph = parseGraph(text, { clock: new VirtualClock() })
    const metrics: LearnMetrics[] = []
    graph.metrics({ every: 1 }).subscribe((one) => metrics.push(one))
    const out: Learned[] = []
    of({ x: [1, 1, 1, 1], t: 0 })
      .pipe(graph.learn())
      .subscribe((one) => out.push(one))
    expect(outputsOf(out)).toEqual([10])
    expect(out[0]).toMatchObject({ loss: 100, learned: true })
    expect(metrics[0]).toMatchObject({ loss: 100, metrics: { mae: 10 } })
    // What chance leaves out gets no gradient, and the others twice theirs.
    const { w } = graph.weights() as { w: number[] }
    expect(w.filter((value, at) => value === at + 1).length).toBeGreaterThan(0)
  })

  test('is refused with a schedule that counts epochs, and for options that make no sense', () => {
    const epochs = parseGraph(line.replace('0.1 }', '0.1, schedule: { exponential: { gamma: 0.9 } } }')) // prettier-ignore
    expect(() => epochs.learn()).toThrow(/no epochs for the schedule "exponential"/)
    const graph = parseGraph(line)
    const refused = (options: object) => {
      try {
        graph.learn(options)
        return undefined
      } catch (error) {
        expect((error as EagreError).code).toBe('bad-argument')
        return (error as Error).message
      }
    }
    expect(refused({ ttl: '10 minutes' })).toBe('learn: ttl must be a number above 0 or a text like 10s, got "10 minutes"') // prettier-ignore
    expect(refused({ memory: -1 })).toMatch(/^learn: memory must be a number above 0/)
    expect(refused({ pending: 0 })).toMatch(/pending must be a whole number from 1, got 0/)
    expect(refused({ late: 'never' })).toMatch(/late must be one of recompute, stash/)
    expect(refused({ overflow: 'drop' })).toMatch(/overflow must be one of block, drop_oldest/)
    expect(refused({ labels: of() })).toMatch(/there is no "id"/)
    expect(refused({ key: 'k', store: new Map() })).toMatch(
      /store must have the functions get and put/,
    )
    expect(refused({ key: 'k', store: null })).toMatch(/store must have .*, got null/)
    const key = undefined as unknown as string
    expect(() => graph.learnBy(key)).toThrow(/^learn: key must be the name of a field$/)
    expect(() => parseGraph('gates: { y: 2 * x }\ninputs: [x]').learn()(of())).not.toThrow()
    let error: unknown
    parseGraph('gates: { y: 2 * x }\ninputs: [x]').learn()(of()).subscribe({ error: (cause: unknown) => (error = cause) }) // prettier-ignore
    expect((error as EagreError).code).toBe('bad-argument')
  })

  test('writes: a second writer and a restore are refused until it ends', () => {
    const run = start(line, NEVER)
    const codes: string[] = []
    const note = { error: (error: EagreError) => void codes.push(error.code) }
    of({ x: 1 }).pipe(run.graph.learn()).subscribe(note)
    run.graph.train().subscribe(note)
    expect(() => run.graph.restore({ w: 1, b: 1 })).toThrow(/learning/)
    expect(codes).toEqual(['busy', 'busy'])
    run.unsubscribe()
    run.graph.restore({ w: 1, b: 1 })
    of({ x: 1 }).pipe(run.graph.learn()).subscribe(note)
    expect(codes).toHaveLength(2)
  })

  test.each(['take', 'throw', 'close'])(
    'stops at once where a source sends all at once: %s',
    (how) => {
      const made: string[] = []
      const endless = (name: string) =>
        function* () {
          for (let at = 0; at < 1000; at++) {
            made.push(name)
            yield { id: at % 3, ...rows[at % rows.length]! }
          }
        }
      const sources = [
        () => from(endless('event')()),
        endless('event'),
        () => new Observable<Sample>((to) => from(endless('event')()).subscribe(to)),
      ]
      const after = byHand(rows.slice(0, 3))
      for (const source of sources) {
        for (const keyed of [false, true]) {
          made.length = 0
          const graph = parseGraph(line, { clock: new VirtualClock() })
          const faults: Fault[] = []
          graph.faults().subscribe((fault) => faults.push(fault))
          const learned = keyed ? graph.learnBy(() => 'all')(source()) : graph.learn()(source())
          let count = 0
          const next = () => {
            if (++count < 3) return
            if (how === 'throw') throw new Error('enough')
            if (how === 'close') graph.close()
          }
          if (how === 'take') learned.pipe(take(3)).subscribe(next)
          else learned.subscribe(next)
          expect(count).toBe(3)
          expect(made).toHaveLength(3)
          expect(faults.map(({ message }) => message)).toEqual(
            how === 'throw' ? ['a subscriber of learn() threw and was unsubscribed: enough'] : [],
          )
          if (!keyed) expect(graph.weights()).toEqual({ w: after.w, b: after.b })
          // Nobody writes any more.
          if (how !== 'close') graph.restore({ w: 0, b: 0 })
        }
      }
      // Labels that are there already are taken before any event.
      made.length = 0
      const graph = parseGraph(line, { clock: new VirtualClock() })
      from(rows.map(({ x }, id) => ({ x, id })))
        .pipe(graph.learn({ id: 'id', labels: from(endless('label')()) }), take(2))
        .subscribe()
      expect(made).toEqual([])
    },
  )

  test('completes when the graph is closed', () => {
    const run = start(line, NEVER)
    run.graph.close()
    expect(run.completed).toBe(true)
    expect(run.clock.waiting).toBe(0)
  })

  test('lets those who predict in between see the weights of the moment', () => {
    const run = start(line, new Subject<Sample>())
    run.unsubscribe()
    const events = new Subject<Sample>()
    const seen: unknown[] = []
    const asked = new Subject<Sample>()
    asked.pipe(run.graph.predict()).subscribe((one) => seen.push('outputs' in one && one.outputs['y'])) // prettier-ignore
    events.pipe(run.graph.learn()).subscribe(() => asked.next({ x: 1 }))
    for (const row of rows.slice(0, 3)) events.next(row)
    const weights = [1, 2, 3].map((count) => byHand(rows.slice(0, count)))
    expect(seen).toEqual(weights.map(({ w, b }) => w + b))
  })
})

describe('a turn', () => {
  test('labels that have all come before their events had their turn find them', () => {
    const clock = new VirtualClock(1)
    const events = [1, 2, 3, 4, 5, 6].map((id) => ({ id, x: id / 10 }))
    const labels = from(events.map(({ id, x }) => ({ id, t: 2 * x })))
    const run = start(line, from(events), { id: 'id', labels, budget: 3 }, clock)
    const joined: unknown[] = []
    run.graph.inspect({ types: ['join'] }).subscribe((event) => void joined.push(event))
    expect(run.out.length).toBeLessThan(events.length)
    clock.run()
    expect(run.completed).toBe(true)
    expect(run.out).toHaveLength(events.length)
    expect(run.faults).toEqual([])
    // As if each label had come with its event.
    const together = start(line, from(events.map((event) => ({ ...event, t: 2 * event.x }))))
    together.clock.run()
    expect(run.graph.weights()).toEqual(together.graph.weights())
    expect(run.graph.weights()).not.toEqual(start(line, from([])).graph.weights())
    expect(joined.length + run.out.filter(({ learned }) => learned).length).toBe(events.length)
  })

  test('ends with the event that passes the budget; the rest waits for the next one', () => {
    const clock = new VirtualClock(1)
    const run = start(line, from(rows), { budget: 4 }, clock)
    const counts = [run.out.length]
    while (clock.turn()) counts.push(run.out.length)
    expect(counts[0]).toBeLessThan(6)
    expect(counts.length).toBeGreaterThan(4)
    expect(outputsOf(run.out)).toEqual(byHand(rows).predictions)
    expect(run.completed).toBe(true)
    expect(clock.waiting).toBe(0)
  })

  test('is short enough for predictions: they come between two events', () => {
    const clock = new VirtualClock(1)
    const run = start(line, from(rows), { budget: 4 }, clock)
    const before = run.out.length
    let seen: unknown
    of({ x: 1 }).pipe(run.graph.predict()).subscribe((one) => (seen = one)) // prettier-ignore
    expect(seen).toMatchObject({ outputs: expect.anything() as unknown })
    expect(run.out.length).toBe(before)
  })

  test('pulls from what can be pulled only when nothing waits', () => {
    let pulled = 0
    function* many() {
      for (;;) yield rows[pulled++ % rows.length]!
    }
    const clock = new VirtualClock(1)
    const run = start(line, many(), { budget: 10 }, clock)
    expect(pulled).toBe(run.out.length)
    clock.turn()
    expect(pulled).toBe(run.out.length)
    run.graph.pause()
    clock.turn()
    const held = pulled
    clock.turn()
    expect(pulled).toBe(held)
    run.graph.advance(3)
    clock.turn()
    expect(pulled).toBe(held + 3)
    run.unsubscribe()
    expect(clock.waiting).toBe(0)
  })

  test('is held up by a source that pushes more than may wait, and nothing is lost', () => {
    const clock = new VirtualClock(1)
    const run = start(line, from(rows), { budget: 1, pending: 4 }, clock)
    expect(run.out.length).toBeGreaterThanOrEqual(rows.length - 5)
    clock.run()
    expect(outputsOf(run.out)).toEqual(byHand(rows).predictions)
  })

  test.each([
    ['drop_newest', [0, 1, 2, 3]],
    ['drop_oldest', [0, 20, 21, 22]],
  ] as const)('drops with %s where more come than may wait', (overflow, expected) => {
    const clock = new VirtualClock(1)
    const numbered = rows.map((row, at) => ({ ...row, at }))
    const run = start(line, from(numbered), { budget: 1, pending: 3, overflow }, clock)
    clock.run()
    expect(run.out.map(({ sample }) => sample['at'])).toEqual(expected)
    const dropped = run.faults.filter(({ reason }) => reason === 'dropped')
    expect(dropped).toHaveLength(rows.length - expected.length)
  })

  test('keeps a fair sample where more come than may wait', () => {
    const kept = new Map<number, number>()
    const runs = 400
    const clock = new VirtualClock(1)
    const graph = parseGraph(line, { clock })
    const numbered = rows.slice(0, 13).map((row, at) => ({ ...row, at }))
    for (let seed = 0; seed < runs; seed++) {
      const places: number[] = []
      const options = { budget: 1, pending: 3, overflow: 'sample', seed } as const
      from(numbered)
        .pipe(graph.learn(options))
        .subscribe(({ sample }) => places.push(sample['at'] as number))
      clock.run()
      expect(places).toEqual(places.toSorted((a, b) => a - b))
      expect(places).toHaveLength(4)
      for (const at of places.slice(1)) kept.set(at, (kept.get(at) ?? 0) + 1)
    }
    // Each of the 12 behind the first one is kept with chance 1/4: 100 times, give or take 9.
    for (let at = 1; at < 13; at++) expect(Math.abs(kept.get(at)! - 100)).toBeLessThan(40)
  })
})

describe('a fault', () => {
  const log = line.replace('(y - t)^2', '(y - t)^2 + 0 * log(t)')

  test('of one event is told, and the next is learned from', () => {
    const events = [
      { x: 1, t: 1 },
      { x: 'no', t: 1 },
      7 as unknown as Sample,
      {
        get x(): number {
          throw new Error('spilt')
        },
        t: 1,
      },
      { x: 1, t: -1 },
      { x: 1, t: 1 },
    ]
    const run = start(log, from(events))
    expect(run.out.map(({ learned }) => learned)).toEqual([true, false, false, false, false, true])
    expect(run.out.map((one) => one.fault?.message)).toEqual([
      undefined,
      'the sample: the input "x" must be a finite number, got "no"',
      'the sample must be an object, got 7',
      'spilt',
      expect.stringMatching(/is NaN$/) as string,
      undefined,
    ])
    // The prediction of a sample whose loss fails is there all the same.
    expect(outputsOf(run.out)[4]).toBe(0.4)
    expect(run.faults).toEqual(run.out.flatMap(({ fault }) => fault ?? []))
    expect(run.completed).toBe(true)
  })

  test('ends the run where that is asked for', () => {
    const run = start(log, from([{ x: 1, t: 1 }, { x: 1, t: -1 }, { x: 1, t: 1 }]), {
      onFault: 'stop',
    }) // prettier-ignore
    expect(run.out).toHaveLength(2)
    expect((run.error as EagreError).code).toBe('fault')
    expect(run.graph.weights()).toEqual({ w: 0.2, b: 0.2 })
  })

  test('brings the last good state back where that is asked for', () => {
    const good = Array.from({ length: 150 }, (_, i) => ({ x: Math.sin(i), t: 2 }))
    const text = log.replace('learning_rate: 0.1', 'learning_rate: 0.1, optimizer: adam')
    const run = start(text, from([...good, { x: 1, t: -1 }]), { onFault: 'rollback' })
    const until = start(text, from(good.slice(0, 100)))
    expect(run.graph.weights()).toEqual(until.graph.weights())
    expect(run.faults.map(({ action }) => action)).toEqual(['rollback'])
    // And it goes on from there.
    const on = start(text, from([...good, { x: 1, t: -1 }, ...good.slice(100)]), {
      onFault: 'rollback',
    })
    expect(on.graph.weights()).toEqual(start(text, from(good)).graph.weights())
  })

  test('brings back a checkpoint, with what gates keep and a batch that was begun', () => {
    const text = `
inputs: [x]
targets: [t]
weights: { w: 0.5, u: 0.1 }
gates: { y: "w * ewma(x, alpha=0.5) + u * previous(x)" }
loss: (y - t)^2 + 0 * log(t)
train: { learning_rate: 0.1, optimizer: adam, batch: 4 }
`
    const good = Array.from({ length: 140 }, (_, i) => ({ x: Math.sin(i), t: 2 }))
    const graph = parseGraph(text, { clock: new VirtualClock() })
    const events = new Subject<Sample>()
    events.pipe(graph.learn({ onFault: 'rollback' })).subscribe()
    for (const row of good.slice(0, 122)) events.next(row)
    const checkpoint = graph.checkpoint()
    const there = { weights: graph.weights(), memory: graph.memory() }
    for (const row of good.slice(122, 131)) events.next(row)
    expect(graph.weights()).not.toEqual(there.weights)
    expect(graph.memory()).not.toEqual(there.memory)
    const bad = { x: 1, t: -1 }
    events.next(bad)
    expect({ weights: graph.weights(), memory: graph.memory() }).toEqual(there)
    for (const row of good.slice(131)) events.next(row)
    events.complete()
    // From there on it learns as from the checkpoint itself, where the bad sample has its place in a batch too.
    const again = parseGraph(text, { clock: new VirtualClock() })
    again.restore(checkpoint)
    again
      .learn({ onFault: 'rollback' })([bad, ...good.slice(131)])
      .subscribe()
    expect(graph.weights()).toEqual(again.weights())
    expect(graph.memory()).toEqual(again.memory())
  })

  test.each([
    [1, 'sgd'],
    [3, 'sgd'],
    [1, 'adam'],
    [3, 'adam'],
  ])(
    'brings back the state before the first update, in batches of %i with %s',
    (batch, optimizer) => {
      const table = `
inputs: { x: 1, k: 0 }
targets: [t]
weights: { e: { shape: [4000, 2], init: ones }, w: 1 }
gates: { y: "w * x * sum(embedding(e, k))" }
loss: (y - t)^2 + 0 * log(t)
train: { learning_rate: 0.1, optimizer: ${optimizer}, batch: ${batch} }
`
      const good = Array.from({ length: 9 }, (_, i) => ({ x: Math.cos(i), k: i % 4, t: 2 }))
      const bad = { x: 1, k: 0, t: -1 }
      for (let before = 1; before < 6; before++) {
        const rest = good.slice(before)
        const back = start(table, from([...good.slice(0, before), bad, ...rest]), {
          onFault: 'rollback',
        })
        // As if nothing had come before: with no gradient left over.
        const fresh = start(table, from([bad, ...rest]), { onFault: 'skip' })
        expect(back.faults.map(({ action }) => action)).toEqual(['rollback'])
        expect(back.graph.weights()).toEqual(fresh.graph.weights())
      }
    },
  )

  test('of the source comes behind what it has sent', () => {
    const clock = new VirtualClock(1)
    const events = new Subject<Sample>()
    const run = start(line, events, { budget: 1 }, clock)
    for (const row of rows) events.next(row)
    events.error(new Error('gone'))
    clock.run()
    expect(run.out).toHaveLength(rows.length)
    expect((run.error as Error).message).toBe('gone')
  })
})
