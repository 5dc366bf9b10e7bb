/**
 * Takes values from whatever RxJS can subscribe to. What can be pulled (iterables, async iterables,
 * readable streams) is pulled only while there is room, so that it is never ahead of who works on it;
 * what pushes is heard when it pushes.
 */
import { from, Observable, type ObservableInput, type Subscription } from 'rxjs'

/** Who takes the values. */
export interface Sink<T> {
  next(value: T): void
  error(error: unknown): void
  complete(): void
  /** Whether another value is wanted now. Asked only of what is pulled. */
  room(): boolean
}

/** A source that values are taken from. */
export interface Intake {
  /** Room has been made. */
  more(): void
}

/** Takes values until the subscription ends, which it may while a source sends all at once. */
export function takeFrom<T>(input: ObservableInput<T>, sink: Sink<T>, until: Subscription): Intake {
  if (!isObservable(input)) {
    if (has(input, Symbol.iterator)) return pull(input[Symbol.iterator](), sink, until)
    if (has(input, Symbol.asyncIterator)) return ask(input[Symbol.asyncIterator](), sink, until)
    if (has(input, 'getReader')) {
      return ask(readerOf<T>(input as unknown as ReadableStream<T>), sink, until)
    }
  }
  const heard = new Observable<T>((subscriber) => {
    until.add(subscriber)
    from(input).subscribe(subscriber)
  })
  heard.subscribe({
    next: (value) => sink.next(value),
    error: (error: unknown) => sink.error(error),
    complete: () => sink.complete(),
  })
  return { more: () => {} }
}

function isObservable(input: unknown): boolean {
  return has(input, 'subscribe') || has(input, Symbol.observable)
}

function has<K extends PropertyKey>(
  value: unknown,
  name: K,
): value is Record<K, (...all: unknown[]) => unknown> {
  if (value === null || value === undefined) return false
  return typeof (value as Record<PropertyKey, unknown>)[name] === 'function'
}

/** What has its next value at once. */
function pull<T>(iterator: Iterator<T>, sink: Sink<T>, until: Subscription): Intake {
  let over = false
  until.add(() => {
    if (over) return
    over = true
    iterator.return?.()
  })
  let pulling = false
  return {
    more() {
      if (pulling) return
      pulling = true
      try {
        while (!over && sink.room()) {
          let result: IteratorResult<T>
          try {
            result = iterator.next()
          } catch (error) {
            over = true
            sink.error(error)
            return
          }
          if (result.done === true) {
            over = true
            sink.complete()
          } else sink.next(result.value)
        }
      } finally {
        pulling = false
      }
    },
  }
}

/** What has its next value later. */
function ask<T>(iterator: AsyncIterator<T>, sink: Sink<T>, until: Subscription): Intake {
  let over = false
  until.add(() => {
    if (over) return
    over = true
    // What it answers, and whether it can, is of no interest any more.
    iterator.return?.().then(undefined, () => {})
  })
  let asking = false
  const failed = (error: unknown) => {
    if (over) return
    over = true
    sink.error(error)
  }
  const more = () => {
    if (over || asking || !sink.room()) return
    asking = true
    let next: Promise<IteratorResult<T>>
    try {
      next = iterator.next()
    } catch (error) {
      return failed(error)
    }
    const answered = (result: IteratorResult<T>): void => {
      asking = false
      if (over) return
      if (result.done === true) {
        over = true
        sink.complete()
        return
      }
      sink.next(result.value)
      more()
    }
    void next.then(answered, failed)
  }
  return { more }
}

/** Not every platform's streams are async iterables. */
function readerOf<T>(stream: ReadableStream<T>): AsyncIterator<T> {
  const reader = stream.getReader()
  return {
    next: () => reader.read() as Promise<IteratorResult<T>>, // done without a value, as results are
    return: async () => {
      await reader.cancel()
      return { done: true, value: undefined }
    },
  }
}
