/** One step of a model that runs, as it is made: all wires are tapped for it, and for no other. */
import type { Subscription } from 'rxjs'
import type { Graph, GraphEvent } from '../graph.js'

const stepTypes = ['value', 'gradient', 'update', 'fault'] as const

/**
 * Hands over the messages of the step that comes next, whenever that is; `wanted` chooses by mode.
 * Until then one may unsubscribe.
 */
export function tapStep(
  graph: Graph,
  take: (events: readonly GraphEvent[]) => void,
  wanted: (mode: string) => boolean = () => true,
): Subscription {
  const events: GraphEvent[] = []
  let step: number | undefined
  const done = () => {
    if (tapped.closed) return
    tapped.unsubscribe()
    take(events)
  }
  const tapped = graph.inspect({ types: stepTypes }).subscribe((event) => {
    if ('mode' in event && !wanted(event.mode)) return
    if ('step' in event) {
      // The next one begins.
      if (step !== undefined && event.step !== step) return done()
      // A step that comes by itself is over with this turn.
      if (step === undefined) queueMicrotask(done)
      step = event.step
    }
    if (step !== undefined) events.push(event)
  })
  return tapped
}
