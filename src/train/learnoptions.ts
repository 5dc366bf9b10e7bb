/** What a caller of `learn()` says, over what the graph file says. */
import type { ObservableInput } from 'rxjs'
import { EagreError } from '../errors.js'
import { bytesIn, millisecondsIn } from '../language/quantity.js'
import type { Plan, TrainPlan } from '../language/plan.js'
import { show } from '../network/pack.js'
import type { Overflow } from './inbox.js'
import type { ModelStore } from './models.js'
import { fieldOf, type Fields } from './source.js'

/** A truth that came later: targets by name, and the id of the event that they are of. */
export interface Label {
  readonly id: unknown
  readonly [target: string]: unknown
}

/** How a graph learns from events. What is left out is as the graph file has it under `learn`. */
export interface LearnOptions {
  /** What tells an event from others: the name of its field, or a function. */
  // Events have types of their own, which no common one fits.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly id?: string | ((event: any) => unknown)
  /** Truths that come later, anything that `from` of RxJS takes. */
  readonly labels?: ObservableInput<unknown>
  /** What a label is: `{ id, …targets }`; or the name of its field for the id; or a function that makes one. */
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly label?: string | ((label: any) => Label)
  /** How long an event waits for its label: milliseconds, or a text like `10m`. */
  readonly ttl?: number | string
  /** How many events at most wait for their turn, and how many for their labels; 10,000. */
  readonly pending?: number
  /** What those that wait for labels may take, in bytes or as a text like `64MB`, which it is by default. */
  readonly memory?: number | string
  /** What a late label is learned with: the weights of now, or those of the prediction. */
  readonly late?: 'recompute' | 'stash'
  /** So many events at first are predicted only. */
  readonly warmUp?: number
  /** What happens where events come faster than they are learned. */
  readonly overflow?: Overflow
  /** After a bad event or a number that is not finite: `skip` by default. */
  readonly onFault?: 'skip' | 'stop' | 'rollback'
  /** A model for each key: the name of the field that has it, or a function of the event. */
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly key?: string | ((event: any) => unknown)
  /** Models at hand at most; of more, those go that were not used for longest. 100,000. */
  readonly maxKeys?: number
  /** A model goes that was not used for so long: milliseconds, or a text like `1h`. */
  readonly idle?: number | string
  /** Where models go, and come back from. Without one they begin afresh. */
  readonly store?: ModelStore
  /** What a model's weights are at first, by name; those that are missing are the graph's own. */
  readonly prior?: Readonly<Record<string, unknown>>
  /** How long a turn of the event loop may take: milliseconds, or a text like `5ms`. */
  readonly budget?: number | string
  /** Each of these overrides the one under `train`. */
  readonly batch?: number
  readonly learningRate?: number
  readonly seed?: number
}

/** All of it, checked and complete. */
export interface LearnSettings {
  readonly id: ((event: Fields) => unknown) | undefined
  readonly labels: ObservableInput<unknown> | undefined
  /** The id of a label, and where its targets are. */
  readonly label: (label: unknown) => { readonly id: unknown; readonly targets: Fields }
  readonly ttl: number | undefined
  readonly pending: number
  readonly memory: number
  readonly late: 'recompute' | 'stash'
  readonly warmUp: number
  readonly overflow: Overflow
  readonly onFault: 'skip' | 'stop' | 'rollback'
  readonly budget: number
  readonly train: TrainPlan
  readonly keys: KeySettings | undefined
}

/** How there is a model for each key. */
export interface KeySettings {
  readonly key: (event: Fields) => unknown
  readonly maxKeys: number
  readonly idle: number | undefined
  readonly store: ModelStore | undefined
  readonly prior: Readonly<Record<string, unknown>> | undefined
}

/** The settings of a run. Throws `bad-argument` for what makes no sense. */
export function learnSettings(plan: Plan, options: LearnOptions): LearnSettings {
  const file = plan.learn ?? {}
  const { schedule } = plan.train
  if (schedule?.per === 'epoch') {
    throw wrong(`events have no epochs for the schedule "${schedule.name}" to count`, {
      hint: 'write "per: update" beside it in the graph file',
    })
  }
  const id = options.id ?? file.id
  const label = options.label ?? file.labels
  if (options.labels !== undefined && id === undefined) {
    throw wrong('labels are joined to events by an id, and there is no "id"', {
      hint: 'pass id: the name of a field, or a function of the event',
    })
  }
  const ttl = options.ttl ?? file.ttl
  return {
    id: id === undefined ? undefined : typeof id === 'function' ? id : fieldNamed('id', id),
    labels: options.labels,
    label: labelReader(label, typeof id === 'string' ? id : undefined),
    ttl: ttl === undefined ? undefined : quantity('ttl', ttl, millisecondsIn),
    pending: count('pending', options.pending ?? file.pending ?? 10_000, 1),
    memory: quantity('memory', options.memory ?? file.memory ?? 64e6, bytesIn),
    late: word('late', options.late ?? file.late ?? 'recompute', ['recompute', 'stash']),
    warmUp: count('warmUp', options.warmUp ?? file.warmUp ?? 0, 0),
    overflow: word('overflow', options.overflow ?? file.overflow ?? 'block', overflows),
    onFault: word('onFault', options.onFault ?? file.onFault ?? 'skip', faultPolicies),
    budget: quantity('budget', options.budget ?? file.budget ?? plan.train.budget, millisecondsIn),
    train: trainPlan(plan.train, options),
    keys: keySettings(plan, options),
  }
}

function keySettings(plan: Plan, options: LearnOptions): KeySettings | undefined {
  const file = plan.learn ?? {}
  const key = options.key ?? file.key
  if (key === undefined) return undefined
  if ((options.onFault ?? file.onFault) === 'rollback') {
    throw wrong('models of keys have no copies to go back to: onFault cannot be rollback', {
      hint: 'skip what is bad',
    })
  }
  const { store, prior } = options
  if (store !== undefined && !(typeof store?.get === 'function' && typeof store.put === 'function'))
    throw wrong(`store must have the functions get and put, got ${show(store)}`, {
      hint: 'memoryStore() is one, and fileStore(folder) of eagre/node',
    })
  const idle = options.idle ?? file.idle
  return {
    key: typeof key === 'function' ? key : fieldNamed('key', key),
    maxKeys: count('maxKeys', options.maxKeys ?? file.maxKeys ?? 100_000, 1),
    idle: idle === undefined ? undefined : quantity('idle', idle, millisecondsIn),
    ...{ store, prior },
  }
}

const overflows = ['block', 'drop_oldest', 'drop_newest', 'sample'] as const
const faultPolicies = ['skip', 'stop', 'rollback'] as const

function trainPlan(plan: TrainPlan, { batch, learningRate, seed }: LearnOptions): TrainPlan {
  if (learningRate !== undefined && !(learningRate > 0 && Number.isFinite(learningRate))) {
    throw wrong(`learningRate must be above 0, got ${show(learningRate)}`)
  }
  return {
    ...plan,
    ...(batch !== undefined && { batch: count('batch', batch, 1) }),
    ...(learningRate !== undefined && { learningRate }),
    ...(seed !== undefined && { seed: count('seed', seed, 0) }),
  }
}

function labelReader(
  label: LearnOptions['label'],
  eventId: string | undefined,
): LearnSettings['label'] {
  if (typeof label === 'function') {
    return (value) => {
      const made = record(label(value))
      return { id: made['id'], targets: made }
    }
  }
  const name = label === undefined ? undefined : fieldNamed('label', label)
  return (value) => {
    const made = record(value)
    // Where nothing is said, a label has its id as `id`, or where its event has it.
    const own = name === undefined ? fieldOf(made, 'id') : name(made)
    const id = own ?? (name === undefined && eventId !== undefined ? fieldOf(made, eventId) : own)
    return { id, targets: made }
  }
}

function record(value: unknown): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields // just asked
  throw new EagreError('bad-data', `a label must be an object, got ${show(value)}`, {
    hint: 'give the id and the targets by name: { id: 7, bought: 1 }',
  })
}

function fieldNamed(option: string, name: string): (event: Fields) => unknown {
  if (typeof name !== 'string' || name === '') throw wrong(`${option} must be the name of a field`)
  return (event) => fieldOf(event, name)
}

function count(name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value
  throw wrong(`${name} must be a whole number from ${least}, got ${show(value)}`)
}

function quantity(name: string, value: number | string, read: (text: string) => number): number {
  const number = typeof value === 'string' ? read(value) : value
  if (typeof number === 'number' && number > 0) return number
  const like = read === bytesIn ? '64MB' : '10s'
  throw wrong(`${name} must be a number above 0 or a text like ${like}, got ${show(value)}`)
}

function word<W extends string>(name: string, value: W, words: readonly W[]): W {
  if (words.includes(value)) return value
  throw wrong(`${name} must be one of ${words.join(', ')}, got ${show(value)}`)
}

function wrong(message: string, options: { hint?: string } = {}): EagreError {
  return new EagreError('bad-argument', `learn: ${message}`, options)
}
