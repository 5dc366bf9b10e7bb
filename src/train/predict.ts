/** What predicting takes and makes, in the order of its samples. */
import { Observable, Subject, takeUntil, type OperatorFunction } from 'rxjs'
import type { Fault, Value } from '../network/message.js'

/** Inputs and targets by name. Other fields are ignored. */
export type Sample = Readonly<Record<string, unknown>>

/** What `predict` makes of a sample: one in, one out. */
export type Prediction =
  | {
      readonly step: number
      readonly sample: Sample
      readonly outputs: Readonly<Record<string, Value>>
    }
  | { readonly step: number; readonly sample: Sample; readonly fault: Fault }

/**
 * An operator that makes one output of each input, in order. `make` calls back with it and the
 * input's number, at once or later.
 */
export function inOrder<Input, Output>(
  make: (input: Input, done: (output: Output, number: number) => void, number: number) => void,
): OperatorFunction<Input, Output> {
  return (inputs) =>
    new Observable<Output>((subscriber) => {
      // The numbers of the next output and of the next input.
      let [next, last] = [0, 0]
      // Outputs that stand behind one that is not made yet.
      const early = new Map<number, Output>()
      let ended = false
      const done = (output: Output, number: number) => {
        if (number !== next) {
          early.set(number, output)
          return
        }
        next++
        subscriber.next(output)
        while (early.size > 0 && early.has(next)) {
          const value = early.get(next)!
          early.delete(next++)
          subscriber.next(value)
        }
        if (ended && next === last) subscriber.complete()
      }
      // Inputs that come while this subscribes end with it too: `take(1)` makes one output.
      const left = new Subject<void>()
      subscriber.add(() => left.next())
      inputs.pipe(takeUntil(left)).subscribe({
        next: (input) => make(input, done, last++),
        error: (error: unknown) => subscriber.error(error),
        complete: () => {
          ended = true
          if (next === last) subscriber.complete()
        },
      })
    })
}
