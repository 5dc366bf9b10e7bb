/** What a run of learning from a stream is made of, and what waits in it. */
import { EagreError } from '../errors.js'
import type { Fault } from '../network/message.js'
import type { Clock } from './clock.js'
import type { Joined, Learned } from './learned.js'
import type { Learner, Stash } from './learner.js'
import type { LearnSettings } from './learnoptions.js'
import type { Models } from './models.js'
import type { Sample } from './predict.js'
import type { Progressive } from './progressive.js'
import type { SampleReader } from './reader.js'
import type { Generator } from './shuffle.js'

/** What a run is made of. */
export interface LearnRunOptions {
  readonly settings: LearnSettings
  readonly learner: Learner
  /** Where there is a model for each key. */
  readonly models?: Models
  readonly reader: SampleReader
  readonly progressive: Progressive
  readonly clock: Clock
  readonly generator: Generator
  /** The settings that it begins with, for whoever goes on with it. */
  readonly identity: Readonly<Record<string, string>>
  /** Bytes of a frame, and of one version of all weights. */
  readonly frameBytes: number
  readonly weightsBytes: number
  readonly updates: () => number
  /** Whether a step is being worked on: the caller is a callback of the network. */
  busy(): boolean
  nextStep(): number
  emit(learned: Learned): void
  joined(joined: Joined): void
  fault(fault: () => Fault): void
  ended(error?: unknown): void
}

/** What waits under an id. */
export interface Waiting {
  /** Inputs and targets, and behind them what was measured of the prediction. */
  readonly values: Float64Array
  /** 1 for each target that is there. */
  readonly has: Uint8Array
  /** The step of the prediction. */
  readonly step: number
  readonly stash?: Stash
  readonly key?: unknown
  /** One of the first, which are predicted only. */
  readonly warm?: boolean
  /** Of an id that is done: whether it was joined. */
  readonly joined?: boolean
}

/** What stands in the queue. */
export type Item =
  | { readonly type: 'event'; readonly sample: Sample }
  | { readonly type: 'label'; readonly label: unknown }

/** The key of an event, where there are models of keys. Throws `bad-data` where it has none. */
export function keyOf({ keys }: LearnSettings, sample: Sample): unknown {
  if (keys === undefined) return undefined
  const key = keys.key(sample) ?? undefined
  if (key !== undefined) return key
  throw new EagreError('bad-data', 'the sample has no key', {
    hint: 'every event has the key of its model',
  })
}

/** What waits under an id that is done: nothing. */
export const none: Waiting = { values: new Float64Array(0), has: new Uint8Array(0), step: -1 }

/** What waits under an id that was joined. */
export const joined: Waiting = { ...none, joined: true }

/** The first numbers of a list: of a few, faster than a built-in, and without a view. */
export function copy(
  from: Float64Array | Uint8Array,
  to: Float64Array | Uint8Array,
  length: number,
): void {
  for (let i = 0; i < length; i++) to[i] = from[i]!
}

/** A place for targets that come before their event. */
export function newWaiting({ width, targets }: SampleReader): Waiting {
  return { values: new Float64Array(width), has: new Uint8Array(targets), step: -1 }
}

/** What went wrong, in words. */
export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
