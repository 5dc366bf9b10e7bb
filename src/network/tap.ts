/**
 * Taps: subscriptions to what runs on a wire. They are Observables; the end that writes them
 * is private to the network. Nobody watching costs nothing, and watching changes nothing.
 */
import { Observable, Subscriber, type Observer, type Subscription } from 'rxjs'

/** The writing end of a tapped channel. */
export class Channel<T> {
  /** What others may subscribe to. */
  readonly messages: Observable<T>
  private taps: readonly Tap<T>[] = []
  private closed = false
  private readonly options: ChannelOptions

  constructor(options: ChannelOptions) {
    this.options = options
    this.messages = guarded(
      new Observable<T>((subscriber) => {
        if (this.closed) return subscriber.complete()
        const tap = { subscriber, since: options.now() }
        this.setTaps([...this.taps, tap])
        return () => this.setTaps(this.taps.filter((other) => other !== tap))
      }),
      options.threw,
    )
  }

  get tapped(): boolean {
    return this.taps.length > 0
  }

  /** Sends to all taps that were there when step number `serial` was admitted. */
  send(serial: number, message: () => T): void {
    // A list that a callback changes is replaced, so this loop sees the taps of its beginning.
    for (const tap of this.taps) {
      if (tap.since > serial) continue
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
    if (before !== this.tapped) this.options.changed?.(this.tapped)
  }
}

/** What a channel asks and tells its network. */
export interface ChannelOptions {
  /** The serial number of the next step to be admitted: a tap sees from there on. */
  now(): number
  /** Called when the first tap comes and when the last one goes. */
  changed?(tapped: boolean): void
  /** A subscriber's own callback threw; it has lost its subscription. */
  threw(error: unknown): void
}

interface Tap<T> {
  readonly subscriber: Subscriber<T>
  readonly since: number
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
        subscription?.unsubscribe()
        threw(thrown)
      }
    }
    let subscription: Subscription | undefined = undefined
    subscription = subscribe({
      next: (value) => attempt(() => observer.next?.(value)),
      // Without a handler of its own an error goes the way RxJS sends it.
      ...(observer.error && { error: (cause: unknown) => attempt(() => observer.error?.(cause)) }),
      complete: () => attempt(() => observer.complete?.()),
    })
    if (failed) subscription.unsubscribe()
    return subscription
  }
  source.subscribe = guard as Observable<T>['subscribe']
  return source
}
