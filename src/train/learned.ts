/** What learning from a stream tells. */
import type { Fault, Value } from '../network/message.js'
import type { Outcome } from './learner.js'
import type { Sample } from './predict.js'

/** What `learn` makes of an event: the prediction, and whether it has been learned from. */
export type Learned =
  | {
      readonly step: number
      readonly sample: Sample
      /** Made before anything was learned from this event. */
      readonly outputs: Readonly<Record<string, Value>>
      readonly id?: unknown
      /** Where the event had its targets, or its label was there before it. */
      readonly loss?: number
      readonly learned: boolean
      /** Why it was not learned from, where that failed. */
      readonly fault?: Fault
    }
  | {
      readonly step: number
      readonly sample: Sample
      readonly id?: unknown
      readonly learned: false
      readonly fault: Fault
    }

/** An event whose label came later has been learned from, or should have been. */
export interface Joined {
  /** The step of the prediction. */
  readonly of: number
  /** The step that learned. */
  readonly step: number
  readonly id: unknown
  readonly loss?: number
  readonly learned: boolean
  /** Milliseconds from the event to its last target. */
  readonly waited: number
}

/** What is told of an event; where it succeeded, which is nearly always, in one object of a known shape. */
export function learnedOf(step: number, sample: Sample, id: unknown, outcome: Outcome): Learned {
  const { outputs, loss, learned, fault } = outcome
  if (fault === undefined && outputs !== undefined) {
    if (id !== undefined) {
      if (loss === undefined) return { step, sample, outputs, id, learned }
      return { step, sample, outputs, id, loss, learned }
    }
    if (loss === undefined) return { step, sample, outputs, learned }
    return { step, sample, outputs, loss, learned }
  }
  const known = id === undefined ? { step, sample } : { step, sample, id }
  if (outputs === undefined) return { ...known, learned: false, fault: fault! } // it failed, or there were outputs
  return { ...known, outputs, ...(loss !== undefined && { loss }), learned, fault: fault! }
}
