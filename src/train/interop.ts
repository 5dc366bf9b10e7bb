/** Between RxJS and the other streams of a platform: async iterables, native Observables, events. */
import { Observable, Subject, takeUntil, type Subscription } from 'rxjs'
import { EagreError } from '../errors.js'
import { show } from '../network/pack.js'

/** What happens where values come faster than they are taken. */
export interface BufferOptions {
  /** How many values may wait; 65,536, more than a graph sends in one slice of its work. */
  readonly buffer?: number
  /** `error`, by default, ends it with the code `overflow`: nothing is lost in silence. */
  readonly overflow?: 'error' | 'drop_oldest' | 'drop_newest'
}

const policies = ['error', 'drop_oldest', 'drop_newest'] as const

/**
 * The values of an Observable for `for await`. It subscribes when the first one is asked for, and
 * leaving the loop unsubscribes. Throws `bad-argument` for a buffer that makes no sense.
 */
export function toAsyncIterable<T>(
  source: Observable<T>,
  { buffer = 65_536, overflow = 'error' }: BufferOptions = {},
): AsyncIterableIterator<T> {
  if (!(Number.isSafeInteger(buffer) && buffer >= 1)) {
    throw new EagreError('bad-argument', `toAsyncIterable: buffer must be a whole number from 1, got ${buffer}`) // prettier-ignore
  }
  if (!policies.includes(overflow)) {
    throw new EagreError('bad-argument', `toAsyncIterable: overflow must be one of ${policies.join(', ')}, got ${show(overflow)}`) // prettier-ignore
  }
  // Those before `first` are gone already: to take them off one by one would move all others.
  let values: T[] = []
  let first = 0
  const shift = () => {
    const value = values[first]!
    if (++first >= 1024 && 2 * first >= values.length) {
      values = values.slice(first)
      first = 0
    }
    return value
  }
  const askers: {
    resolve(result: IteratorResult<T>): void
    reject(error: unknown): void
  }[] = []
  let ended: { readonly error?: unknown } | undefined
  // Not a subscription: a source may send all that it has before it gives one.
  const leaving = new Subject<void>()
  let subscription: Subscription | undefined
  const end = (how: { readonly error?: unknown }) => {
    if (ended !== undefined) return
    ended = how
    for (const { resolve, reject } of askers.splice(0)) {
      if ('error' in how) reject(how.error)
      else resolve({ done: true, value: undefined })
      // Whoever asks after the first learns only that it is over.
      how = {}
      ended = how
    }
  }
  const take = (value: T) => {
    if (ended !== undefined) return
    const asker = askers.shift()
    if (asker !== undefined) return asker.resolve({ done: false, value })
    if (values.length - first < buffer) return void values.push(value)
    if (overflow === 'drop_newest') return
    if (overflow === 'drop_oldest') {
      shift()
      values.push(value)
      return
    }
    end({
      error: new EagreError('overflow', `more than ${buffer} values wait to be taken`, {
        hint: 'take them faster, or pass a larger buffer, or overflow: "drop_oldest"',
      }),
    })
    leaving.next()
  }
  const next = () => {
    subscription ??= source.pipe(takeUntil(leaving)).subscribe({
      next: take,
      error: (error: unknown) => end({ error }),
      complete: () => end({}),
    })
    // What came before the end is still to be had.
    if (values.length > first) return Promise.resolve({ done: false as const, value: shift() })
    if (ended === undefined) {
      return new Promise<IteratorResult<T>>((resolve, reject) => askers.push({ resolve, reject }))
    }
    const how = ended
    ended = {}
    if ('error' in how) return Promise.reject(how.error) // whatever the source failed with
    return Promise.resolve({ done: true as const, value: undefined })
  }
  const leave = () => {
    values = []
    first = 0
    end({})
    leaving.next()
    return Promise.resolve({ done: true as const, value: undefined })
  }
  const iterator: AsyncIterableIterator<T> = {
    next,
    return: leave,
    [Symbol.asyncIterator]: () => iterator,
  }
  return iterator
}

/** What a platform calls an Observable (https://wicg.github.io/observable/). */
export interface NativeObservable<T> {
  subscribe(
    observer: {
      next?(value: T): void
      error?(error: unknown): void
      complete?(): void
    },
    options?: { readonly signal?: AbortSignal },
  ): void
}

interface NativeSubscriber<T> {
  next(value: T): void
  error(error: unknown): void
  complete(): void
  addTeardown(teardown: () => void): void
}

type NativeConstructor = new <T>(
  subscribe: (subscriber: NativeSubscriber<T>) => void,
) => NativeObservable<T>

/** A native Observable as one of RxJS. */
export function fromNative<T>(native: NativeObservable<T>): Observable<T> {
  return new Observable<T>((subscriber) => {
    const leaving = new AbortController()
    // First: it may send all that it has before it returns.
    subscriber.add(() => leaving.abort())
    native.subscribe(
      {
        next: (value) => subscriber.next(value),
        error: (error) => subscriber.error(error),
        complete: () => subscriber.complete(),
      },
      { signal: leaving.signal },
    )
  })
}

/** An Observable of RxJS as the platform's own. Throws `bad-argument` where it has none. */
export function toNative<T>(source: Observable<T>): NativeObservable<T> {
  const { Observable: Native } = globalThis as { Observable?: NativeConstructor }
  if (Native === undefined) {
    throw new EagreError('bad-argument', 'toNative: this platform has no Observable', {
      hint: 'stay with that of RxJS, or take toAsyncIterable',
    })
  }
  return new Native<T>((subscriber) => {
    const leaving = new Subject<void>()
    subscriber.addTeardown(() => leaving.next())
    source.pipe(takeUntil(leaving)).subscribe({
      next: (value) => subscriber.next(value),
      error: (error: unknown) => subscriber.error(error),
      complete: () => subscriber.complete(),
    })
  })
}

/**
 * The events of a target, by the platform's own `when` where it has that, else by
 * `addEventListener`.
 */
export function when<E extends Event = Event>(
  target: EventTarget,
  type: string,
  options: AddEventListenerOptions = {},
): Observable<E> {
  const own = target as { when?(type: string, options: object): NativeObservable<E> }
  if (typeof own.when === 'function') return fromNative(own.when(type, options))
  return new Observable<E>((subscriber) => {
    const listener = (event: Event) => subscriber.next(event as E) // of the type that was asked for
    target.addEventListener(type, listener, options)
    return () => target.removeEventListener(type, listener, options)
  })
}
