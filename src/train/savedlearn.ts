/** What learning from a stream has to keep so that it goes on from there and changes no bit. */
import { EagreError } from '../errors.js'
import { Numbers, type Part } from './figures.js'
import { listed } from './inventory.js'
import { bytesOf, overhead, type Joins } from './joins.js'
import type { Stash } from './learner.js'
import type { SavedDescent, SavedMeans } from './saved.js'
import { readDescent, readMeans, record } from './savedrun.js'
import { changedSettings } from './settings.js'

/** One run of learning, between two events. */
export interface SavedLearn extends SavedLearner {
  /** What must be the same where it goes on, as text by key of the graph file. */
  readonly settings: Readonly<Record<string, string>>
  /** What has become of the events and labels so far. */
  readonly counts: Readonly<Record<string, number>>
  /** The scores of all predictions so far. */
  readonly scores?: SavedScores | undefined
  /** The models that are at hand, where there is one for each key. */
  readonly models?: SavedModels | undefined
  /** What waits to be joined, oldest first, where that was asked for. */
  readonly waiting?: readonly SavedWaiting[] | undefined
  /** The weights that stashed predictions were made with, each version once; absent where none is stashed. */
  readonly versions?: readonly Float64Array[] | undefined
}

/** Of a run whose waiting samples are left out. */
export const nothingWaits = { waiting: undefined, versions: undefined }

/** Models of keys that are texts or numbers, those first that have not been used for longest. */
export interface SavedModels {
  /** Tells records of this graph from those of others. */
  readonly fingerprint: number
  readonly keys: readonly (string | number)[]
  /** Milliseconds since each was used. */
  readonly ages: readonly number[]
  /** As long for each key. */
  readonly records: Numbers
}

/** How many predictions have been scored, and what their metrics are made from. */
export interface SavedScores {
  /** The metrics, by name and measure. */
  readonly of: readonly string[]
  readonly samples: number
  readonly means: SavedMeans
}

/** The model that learns. */
export interface SavedLearner {
  readonly inBatch: number
  /** Learn steps: chance in a step goes by them. */
  readonly turn: number
  /** The number of the last step. */
  readonly latest: number
  readonly descent: SavedDescent
}

/** A sample or a label that waits for the other, or an id that is done. */
export interface SavedWaiting {
  readonly id: string | number
  readonly kind: 'sample' | 'label' | 'gone'
  /** Milliseconds since it came. */
  readonly age: number
  readonly values: readonly number[]
  readonly has: readonly number[]
  readonly step: number
  readonly warm: boolean
  readonly joined: boolean
  /** Of the model that it is for. */
  readonly key?: string | number | undefined
  readonly stash?: SavedStash | undefined
}

/** The frame of a prediction that waits as it was made. */
export interface SavedStash {
  /** All of the frame's. */
  readonly values: Numbers
  readonly turn: number
  /** Which of the versions it read; -1: the weights of now. */
  readonly version: number
}

/** Learning to go on with. */
export interface ResumeLearn {
  readonly saved: SavedLearn
  /** Takes what fits where the settings have changed. */
  readonly partial: boolean
}

/** `weights` reads an array as long as all weights. Throws `bad-data` for what is none. */
export function readLearn(part: Part, weights: (part: Part) => Float64Array): SavedLearn {
  return {
    settings: record(part.field('settings'), (setting) => setting.text()),
    counts: record(part.field('counts'), (count) => count.whole()),
    inBatch: part.field('inBatch').whole(),
    turn: part.field('turn').whole(),
    latest: part.field('latest').whole(),
    descent: readDescent(part.field('descent'), weights),
    models: part.maybe('models', readModels),
    scores: part.maybe('scores', (scores) => ({
      of: scores
        .field('of')
        .list()
        .map((name) => name.text()),
      samples: scores.field('samples').whole(),
      means: readMeans(scores.field('means')),
    })),
    waiting: part.maybe('waiting', (list) => list.list().map(readWaiting)),
    versions: part.maybe('versions', (list) => list.list().map(weights)),
  }
}

/** The learning as it goes on with these settings. Throws `bad-data` for others, unless `partial`. */
export function continuedLearn(
  { saved, partial }: ResumeLearn,
  settings: Readonly<Record<string, string>>,
  optimizer: string,
): SavedLearn {
  const clauses = changedSettings(saved.settings, settings)
  if (clauses.length === 0) return saved
  if (!partial) {
    throw new EagreError('bad-data', `learn: the checkpoint does not fit: ${listed(clauses)}`, {
      hint: 'go on with what learning began with; restore(checkpoint, { partial: true }) takes what fits',
    })
  }
  const same = saved.descent.optimizer === optimizer
  const { slots, updates, tick } = saved.descent
  const afresh = { optimizer, answered: 0, sum: undefined }
  const descent = same
    ? { ...afresh, slots, updates, tick }
    : { ...afresh, slots: {}, updates: 0, tick: -1 }
  return { ...saved, settings, inBatch: 0, descent }
}

/** Oldest first of each kind. Ids that JSON cannot hold are left out. `present` are the weights of now; `valuesOf` gives the values of an open step. */
export function saveWaiting(
  joins: Joins<Waits>,
  now: number,
  present: Float64Array | undefined,
  valuesOf: (stash: Stash) => Float64Array,
): Pick<SavedLearn, 'waiting' | 'versions'> {
  const versions = new Map<Float64Array, number>()
  const versionOf = (weights: Float64Array) => {
    if (weights === present) return -1
    const found = versions.get(weights) ?? versions.size
    versions.set(weights, found)
    return found
  }
  const waiting = joins.all().flatMap(({ id, kind, at, value }): SavedWaiting[] => {
    if (typeof id !== 'string' && typeof id !== 'number') return []
    const { values, has, step, warm = false, joined = false, key } = value
    const known = typeof key === 'string' || typeof key === 'number' ? { key } : undefined
    if (key !== undefined && known === undefined) return []
    const lists = { values: [...values], has: [...has] }
    const open = value.stash
    const stash = open && {
      values: new Numbers(valuesOf(open)),
      turn: open.frame.turn,
      version: versionOf(open.frame.weights),
    }
    const more = { ...known, ...(stash && { stash }) }
    return [{ id, kind, age: now - at, ...lists, step, warm, joined, ...more }]
  })
  if (waiting.every(({ stash }) => stash === undefined)) return { waiting }
  return { waiting, versions: [...versions.keys()].map((weights) => weights.slice()) }
}

/** What it takes to hold again what was saved. */
export interface HoldOptions {
  /** Those of the values and of the targets by kind. */
  readonly sizes: Readonly<Record<SavedWaiting['kind'], readonly [number, number]>>
  readonly frameBytes: number
  /** Opens the step of a prediction again; nothing where that is to be recomputed. */
  reopen(stash: SavedStash, step: number): Stash | undefined
}

/** Holds again what was saved. */
export function holdWaiting(
  joins: Joins<Waits>,
  saved: readonly SavedWaiting[],
  now: number,
  { sizes, frameBytes, reopen }: HoldOptions,
): void {
  for (const { id, kind, age, values, has, step, warm, joined, key, ...more } of saved) {
    const [width, targets] = sizes[kind]
    if (values.length !== width || has.length !== targets) {
      throw new EagreError('bad-data', 'learn: what waits in the checkpoint is not of this graph')
    }
    const stash = more.stash && reopen(more.stash, step)
    const bytes = overhead + bytesOf(id) + 8 * width + targets + (stash ? frameBytes : 0)
    const value = {
      values: Float64Array.from(values),
      has: Uint8Array.from(has),
      step,
      warm,
      joined,
      ...(key !== undefined && { key }),
      ...(stash && { stash }),
    }
    joins.hold({ id, kind, at: now - age, bytes, shared: stash?.frame.weights, value })
  }
}

/** What stands behind an id that waits. */
interface Waits {
  readonly values: Float64Array
  readonly has: Uint8Array
  readonly step: number
  readonly warm?: boolean
  readonly joined?: boolean
  readonly key?: unknown
  readonly stash?: Stash | undefined
}

function readWaiting(part: Part): SavedWaiting {
  return {
    id: readKey(part.field('id')),
    key: part.maybe('key', readKey),
    kind: part.field('kind').one('sample', 'label', 'gone'),
    age: part.field('age').number(),
    values: [...part.field('values').numbers()],
    has: [...part.field('has').numbers()],
    step: part.field('step').whole(-1),
    warm: part.field('warm').flag(),
    joined: part.field('joined').flag(),
    stash: part.maybe('stash', (stash) => ({
      values: new Numbers(stash.field('values').numbers()),
      turn: stash.field('turn').whole(),
      version: stash.field('version').whole(-1),
    })),
  }
}

function readModels(part: Part): SavedModels {
  const keys = part.field('keys').list().map(readKey)
  const records = part.field('records').numbers()
  if (keys.length > 0 && records.length % keys.length !== 0) {
    throw part.field('records').wrong('as many numbers for each key')
  }
  return {
    fingerprint: part.field('fingerprint').whole(),
    keys,
    ages: [...part.field('ages').numbers(keys.length)],
    records: new Numbers(records),
  }
}

/** An id or a key. */
function readKey(part: Part): string | number {
  const { value } = part
  if (typeof value !== 'string' && typeof value !== 'number') throw part.wrong('a text or a number')
  return value
}
