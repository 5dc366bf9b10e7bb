/** What runs on wires. */
import type { Mode } from '../kernel/kernel.js'
import type { Shape } from '../tensor/shape.js'

/** A dense tensor. A message holds a copy that its receiver may keep. */
export interface Tensor {
  readonly shape: Shape
  readonly data: Float64Array
}

/** What a node sends down: a number where its shape is `[]`. */
export type Value = number | Tensor

/** The answer of a use that has no gradient to give. It is not zero. */
export const none = 'none'
/** The type of `none`. */
export type None = typeof none

/** Goes down a wire. */
export interface ValueMessage {
  readonly step: number
  readonly mode: Mode
  readonly value: Value
}

/** Goes up a wire. */
export interface GradientMessage {
  readonly step: number
  readonly mode: Mode
  readonly gradient: Value | None
}

/** A weight has changed. */
export interface UpdateMessage {
  /** Counts updates, from 1. */
  readonly update: number
  /** The new value. */
  readonly value: Value
}

/** A step that failed. */
export interface Fault {
  readonly step: number
  /** The node where it first arose, by its full name; absent for a bad sample. */
  readonly node?: string
  readonly formula?: string
  readonly position?: { readonly file: string; readonly line: number; readonly column: number }
  /** Where a step was a whole batch: the samples that failed, counted from 0; the inputs are those of the first. */
  readonly samples?: readonly number[]
  /** What the node's ports read, by the names of the nodes or, for literals, of the ports. */
  readonly inputs: Readonly<Record<string, Value>>
  /** One clause: what happened. */
  readonly message: string
  readonly cause?: unknown
  /**
   * The step was skipped, the run stopped, the last good state came back, or (for a subscriber
   * that threw) the tap ended.
   */
  readonly action: 'skip' | 'stop' | 'rollback' | 'unsubscribe'
  /** Of an event or a label that came to nothing: why. */
  readonly reason?: LostReason
  /** Its id, where it has one. */
  readonly id?: unknown
}

/**
 * Why an event was not learned from, or a label was of no use: the label did not come in time
 * (`expired`), there was no room to wait for it (`evicted`) or to wait for its turn (`dropped`);
 * the label came again (`duplicate`), after its event was given up (`late`), or for no event that
 * anybody knows (`unknown`).
 */
export type LostReason = 'expired' | 'evicted' | 'dropped' | 'duplicate' | 'late' | 'unknown'
