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
 * An operator that makes one output of each input, in order. `make` calls back with it, at
 * once or later.
 */
export function inOrder<Input, Output>(
  make: (input: Input, done: (output: Output) => void) => void,
): OperatorFunction<Input, Output> {
  return (inputs) =>
    new Observable<Output>((subscriber) => {
      // What is not made yet, or stands behind something that is not.
      const waiting: { output?: { value: Output } }[] = []
      let ended = false
      const flush = () => {
        while (waiting[0]?.output !== undefined) subscriber.next(waiting.shift()!.output!.value)
        if (ended && waiting.length === 0) subscriber.complete()
      }
      // Inputs that come while this subscribes end with it too: `take(1)` makes one output.
      const left = new Subject<void>()
      subscriber.add(() => left.next())
      inputs.pipe(takeUntil(left)).subscribe({
        next: (input) => {
          const place: { output?: { value: Output } } = { output: undefined }
          waiting.push(place)
          make(input, (value) => {
            // Nearly always nothing stands before it.
            if (waiting[0] === place) {
              waiting.shift()
              subscriber.next(value)
            } else place.output = { value }
            flush()
          })
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => {
          ended = true
          flush()
        },
      })
    })
}
