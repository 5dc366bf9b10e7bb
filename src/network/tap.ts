/**
 * Taps: subscriptions to what runs on a wire. They are Observables; the end that writes them
 * is private to the network. Nobody watching costs nothing, and watching changes nothing.
 */
import { Observable, Subscriber, type Observer, type Subscription } from 'rxjs'
import { EagreError } from '../errors.js'

/** How a wire is watched. */
export interface TapOptions {
  /** Only the steps whose numbers are multiples of this; 1 where it is absent. */
  readonly every?: number
}

/** The period of a tap. Throws `bad-argument` where it is no whole number from 1. */
export function everyOf({ every = 1 }: TapOptions): number {
  if (Number.isSafeInteger(every) && every >= 1) return every
  throw new EagreError('bad-argument', `every must be a whole number from 1, got ${every}`)
}

/** The writing end of a tapped channel. */
export class Channel<T> {
  /** What others may subscribe to. */
  readonly messages: Observable<T>
  private taps: readonly Tap<T>[] = []
  private closed = false
  private readonly options: ChannelOptions

  constructor(options: ChannelOptions) {
    this.options = options
    this.messages = this.sampled(1)
  }

  /** The messages whose numbers are multiples of `every`. */
  sampled(every: number): Observable<T> {
    const { now, threw } = this.options
    return guarded(
      new Observable<T>((subscriber) => {
        if (this.closed) return subscriber.complete()
        const tap = { subscriber, since: now(), every }
        this.setTaps([...this.taps, tap])
        return () => this.setTaps(this.taps.filter((other) => other !== tap))
      }),
      threw,
    )
  }

  /** Of each tap, which messages it wants: all that are multiples of that number. */
  get periods(): readonly number[] {
    return this.taps.map(({ every }) => every)
  }

  get tapped(): boolean {
    return this.taps.length > 0
  }

  /**
   * Sends message `number` to all taps that want it and were there when the step with the serial
   * number `serial` was admitted.
   */
  send(serial: number, number: number, message: () => T): void {
    // A list that a callback changes is replaced, so this loop sees the taps of its beginning.
    for (const tap of this.taps) {
      if (tap.since > serial || number % tap.every !== 0) continue
      try {
        tap.subscriber.next(message())
      } catch (error) {
        // A Subscriber of somebody's own making; those of RxJS do not throw.
        tap.subscriber.unsubscribe()
        this.options.threw(error)
      }
    }
  }

  close(): void {
    this.closed = true
    for (const tap of this.taps) tap.subscriber.complete()
    this.taps = []
  }

  private setTaps(taps: readonly Tap<T>[]): void {
    const before = this.tapped
    this.taps = taps
    this.options.moved?.()
    if (before !== this.tapped) this.options.changed?.(this.tapped)
  }
}

/** What a channel asks and tells its network. */
export interface ChannelOptions {
  /** The serial number of the next step to be admitted: a tap sees from there on. */
  now(): number
  /** Called when any tap comes or goes. */
  moved?(): void
  /** Called when the first tap comes and when the last one goes. */
  changed?(tapped: boolean): void
  /** A subscriber's own callback threw; it has lost its subscription. */
  threw(error: unknown): void
}

interface Tap<T> {
  readonly subscriber: Subscriber<T>
  readonly since: number
  readonly every: number
}

type Next<T> = (value: T) => void

/**
 * RxJS 7 lets a callback that throws keep its subscription and throws its error into the
 * event loop, which ends a Node process. Here such a subscriber is unsubscribed and reported.
 * Operators subscribe with a Subscriber of their own and have their own rules.
 */
export function guarded<T>(source: Observable<T>, threw: (error: unknown) => void): Observable<T> {
  const subscribe = source.subscribe.bind(source) as (
    observer: Partial<Observer<T>>,
  ) => Subscription // one overload
  const guard = (observerOrNext?: Partial<Observer<T>> | Next<T> | null, ...rest: unknown[]) => {
    if (observerOrNext instanceof Subscriber) return subscribe(observerOrNext)
    const [error, complete] = rest as [Observer<T>['error']?, Observer<T>['complete']?] // RxJS's old form
    const observer =
      typeof observerOrNext === 'function'
        ? { next: observerOrNext, error, complete }
        : (observerOrNext ?? { error, complete })
    let failed = false
    const attempt = (callback: () => void) => {
      if (failed) return
      try {
        callback()
      } catch (thrown) {
        failed = true
        inner?.unsubscribe()
        threw(thrown)
      }
    }
    let inner: Subscriber<T> | undefined = undefined
    // Known before it subscribes: a source may send all at once.
    const heard = new Observable<T>((subscriber) => {
      inner = subscriber
      subscribe(subscriber)
    })
    return heard.subscribe({
      next: (value) => attempt(() => observer.next?.(value)),
      // Without a handler of its own an error goes the way RxJS sends it.
      ...(observer.error && { error: (cause: unknown) => attempt(() => observer.error?.(cause)) }),
      complete: () => attempt(() => observer.complete?.()),
    })
  }
  source.subscribe = guard as Observable<T>['subscribe']
  return source
}
