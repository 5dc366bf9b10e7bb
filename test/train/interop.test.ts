/** Async iterables, events, and the platform's own Observables. */
import { EventEmitter } from 'node:events'
import { NEVER, Observable, Subject, concat, fromEvent, of, take } from 'rxjs'
import { describe, expect, test, vi } from 'vitest'
import type { Learned, NativeObservable } from '../../src/index.js'
import { fromNative, parseGraph, toAsyncIterable, toNative, when } from '../../src/index.js'

describe('toAsyncIterable', () => {
  test('gives what comes, also to those who asked before, and ends with the source', async () => {
    const source = new Subject<number>()
    const iterator = toAsyncIterable(source)
    const asked = [iterator.next(), iterator.next()]
    for (const n of [1, 2, 3]) source.next(n)
    source.complete()
    expect(await Promise.all(asked)).toEqual([
      { done: false, value: 1 },
      { done: false, value: 2 },
    ])
    const rest: number[] = []
    for await (const n of iterator) rest.push(n)
    expect(rest).toEqual([3])
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  test('unsubscribes when the loop is left', async () => {
    const source = new Subject<number>()
    const seen: number[] = []
    const iterator = toAsyncIterable(source)
    const first = iterator.next()
    expect(source.observed).toBe(true)
    source.next(1)
    source.next(2)
    seen.push((await first).value as number)
    for await (const n of iterator) {
      seen.push(n)
      break
    }
    expect(seen).toEqual([1, 2])
    expect(source.observed).toBe(false)
  })

  test.each([
    ['drop_newest', [1, 2]],
    ['drop_oldest', [4, 5]],
  ] as const)('with %s keeps as many as it may', async (overflow, expected) => {
    const source = new Subject<number>()
    const iterator = toAsyncIterable(source, { buffer: 2, overflow })
    const first = iterator.next()
    source.next(0)
    for (const n of [1, 2, 3, 4, 5]) source.next(n)
    source.complete()
    await first
    const rest: number[] = []
    for await (const n of iterator) rest.push(n)
    expect(rest).toEqual(expected)
  })

  test('fails where more comes than may wait, behind what waits', async () => {
    const source = new Subject<number>()
    const iterator = toAsyncIterable(source, { buffer: 1 })
    const first = iterator.next()
    for (const n of [0, 1, 2]) source.next(n)
    expect((await first).value).toBe(0)
    expect((await iterator.next()).value).toBe(1)
    await expect(iterator.next()).rejects.toMatchObject({ code: 'overflow' })
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
    expect(source.observed).toBe(false)
    expect(() => toAsyncIterable(source, { buffer: 0 })).toThrow(/whole number from 1/)
  })

  test('leaves a source that is faster than it may be in one breath', async () => {
    let left = 0
    // Ends only where nobody listens any more.
    const breath = new Observable<number>((subscriber) => {
      for (let n = 0; !subscriber.closed && n < 1e6; n++) subscriber.next(n)
      return () => void left++
    })
    const iterator = toAsyncIterable(concat(breath, NEVER), { buffer: 2 })
    const seen: number[] = []
    const loop = (async () => {
      for await (const n of iterator) seen.push(n)
    })()
    await expect(loop).rejects.toMatchObject({ code: 'overflow' })
    expect(seen).toEqual([0, 1])
    expect(left).toBe(1)
    const hot = new Subject<number>()
    const late = toAsyncIterable(concat(of(1, 2, 3), hot), { buffer: 1 })
    await late.next()
    expect(hot.observed).toBe(false)
  })

  test('refuses a policy that there is not', () => {
    expect(() => toAsyncIterable(of(1), { overflow: 'block' as 'error' })).toThrow(
      /overflow must be one of error, drop_oldest, drop_newest, got "block"/,
    )
  })

  test('passes on what the source fails with', async () => {
    const source = new Subject<number>()
    const asked = toAsyncIterable(source).next()
    source.error(new Error('gone'))
    await expect(asked).rejects.toThrow('gone')
  })
})

test('an event emitter and an event target feed a graph', () => {
  const graph = parseGraph('inputs: [x]\ngates: { y: 2 * x }')
  const seen: unknown[] = []
  const emitter = new EventEmitter()
  fromEvent(emitter, 'sample')
    .pipe(take(1))
    .subscribe((sample) => {
      of(sample as { x: number })
        .pipe(graph.predict())
        .subscribe((one) => seen.push('outputs' in one && one.outputs['y']))
    })
  emitter.emit('sample', { x: 3 })
  const target = new EventTarget()
  const subscription = when(target, 'sample').subscribe((event) => seen.push(event.type))
  target.dispatchEvent(new Event('sample'))
  subscription.unsubscribe()
  target.dispatchEvent(new Event('sample'))
  expect(seen).toEqual([6, 'sample'])
})

/** As much of a native Observable as an adapter sees. */
class Native {
  readonly start: (subscriber: object) => void
  constructor(start: (subscriber: object) => void) {
    this.start = start
  }
  subscribe(observer: { next?(value: unknown): void }, options: { signal?: AbortSignal } = {}) {
    const teardowns: (() => void)[] = []
    const over = () => teardowns.splice(0).forEach((teardown) => teardown())
    options.signal?.addEventListener('abort', over)
    this.start({
      next: (value: unknown) => options.signal?.aborted !== true && observer.next?.(value),
      error: () => {},
      complete: over,
      addTeardown: (teardown: () => void) => teardowns.push(teardown),
      get active() {
        return options.signal?.aborted !== true
      },
    })
  }
}

test('a native Observable that is left in the middle of a breath sends no more', () => {
  vi.stubGlobal('Observable', Native)
  try {
    let made = 0
    const breath = new Observable<number>((subscriber) => {
      while (!subscriber.closed && made < 1000) subscriber.next(made++)
    })
    const leaving = new AbortController()
    const seen: number[] = []
    toNative(breath).subscribe(
      {
        next: (n) => {
          seen.push(n)
          if (n === 2) leaving.abort()
        },
      },
      { signal: leaving.signal },
    )
    expect(seen).toEqual([0, 1, 2])
    expect(made).toBe(3)
    let sent = 0
    const native = new Native((subscriber) => {
      const { next } = subscriber as { next(value: number): void }
      while ((subscriber as { active: boolean }).active && sent < 1000) next(sent++)
    })
    const taken: number[] = []
    fromNative(native as NativeObservable<number>)
      .pipe(take(2))
      .subscribe((n) => taken.push(n))
    expect(taken).toEqual([0, 1])
    expect(sent).toBe(2)
  } finally {
    vi.unstubAllGlobals()
  }
})

test('a platform without Observables says so', () => {
  const there = 'Observable' in globalThis
  if (!there) expect(() => toNative(of(1))).toThrow(/this platform has no Observable/)
})

test('a loop over what a graph makes of a stream pulls as it goes', async () => {
  const graph = parseGraph(
    'inputs: [x]\ntargets: [t]\nweights: { w: 0 }\ngates: { y: w * x }\nloss: (y - t)^2\ntrain: { learning_rate: 0.25 }',
  )
  async function* events() {
    for (let n = 0; n < 5; n++) yield { x: 1, t: 1 }
  }
  const seen: Learned[] = []
  for await (const one of toAsyncIterable(graph.learn()(events()))) seen.push(one)
  expect(seen.map((one) => 'outputs' in one && one.outputs['y'])).toEqual([0, 0.5, 0.75, 0.875, 0.9375]) // prettier-ignore
})
