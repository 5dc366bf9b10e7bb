/**
 * A model for each key, on one network: the model of the event that is worked on is the network's
 * state, the others lie in rows of a slab. Which ones stay is decided by when they were used last;
 * what has to go is put into a store, if there is one, and comes back from there when its key does.
 *
 *     key ─▶ row ◀──copied──▶ state, optimizer, batch, what gates keep
 *             └──evicted──▶ store ──▶ row
 */
import { EagreError } from '../errors.js'
import type { State } from '../kernel/kernel.js'
import { show } from '../network/pack.js'
import type { Clock } from './clock.js'
import type { Descent } from './descent.js'
import { Numbers } from './figures.js'
import type { Learner } from './learner.js'
import type { SavedModels } from './savedlearn.js'
import { Usage } from './usage.js'

/** Where models go that are not at hand: a map, files, a database. Keys are what events have. */
export interface ModelStore {
  /** The record that was put last, or nothing. */
  get(key: unknown): Float64Array | undefined | PromiseLike<Float64Array | undefined>
  /** The record is the store's to keep. What it promises is waited for before the same key is asked for. */
  put(key: unknown, record: Float64Array): void | PromiseLike<void>
}

/** A store in memory: models that are not at hand take no more than their numbers. */
export function memoryStore(): ModelStore & { readonly size: number } {
  const records = new Map<unknown, Float64Array>()
  return {
    get: (key) => records.get(key),
    put: (key, record) => void records.set(key, record),
    get size() {
      return records.size
    },
  }
}

export interface ModelsOptions {
  readonly state: State
  readonly descent: Descent
  readonly learner: Learner
  readonly clock: Clock
  /** Tells records of this graph from those of others. */
  readonly fingerprint: number
  readonly maxKeys: number
  /** Milliseconds after which a model that is not used goes; absent: never. */
  readonly idle: number | undefined
  readonly store: ModelStore | undefined
  /** A record could not be put; it is kept in memory until its key comes back. */
  failed(key: unknown, cause: unknown): void
}

/** Rows of a chunk of the slab. */
const chunk = 1024

/** How many models are asked for before the events that need them have their turn. */
const mostFetched = 1024

export class Models {
  private readonly options: ModelsOptions
  /** Numbers of a record: the fingerprint, the samples, then what is the model's own. */
  private readonly width: number
  private readonly chunks: Float64Array[] = []
  private readonly rows = new Map<unknown, number>()
  private readonly recent = new Usage<unknown>()
  private readonly free: number[] = []
  private used = 0
  /** Records on their way into the store, or that did not get there. */
  private readonly leaving = new Map<unknown, Float64Array>()
  /** Records that came from a store which answers later, for events that still wait; and those to come. */
  private readonly arrived = new Map<unknown, Float64Array>()
  private readonly arriving = new Map<unknown, Promise<void>>()
  private readonly puts = new Set<Promise<void>>()
  private readonly fresh: Float64Array
  private row = -1
  /** When it was closed: from then on it is only saved. */
  private closed: number | undefined
  /** What the state was, and is again at the end. */
  readonly before: Pick<State, 'weights' | 'gates'>

  /** A model begins with these weights, and nothing that gates keep. */
  constructor(options: ModelsOptions, weights: Float64Array) {
    const { state, descent, learner, fingerprint } = options
    this.options = options
    this.before = { weights: state.weights, gates: state.gates }
    state.gates = new Float64Array(state.gates.length)
    descent.startFrom(weights)
    this.width = 2 + learner.recordSize + descent.recordSize
    this.fresh = new Float64Array(this.width)
    this.fresh[0] = fingerprint
    this.write(this.fresh, 0)
  }

  /** How many models are at hand. */
  get size(): number {
    return this.rows.size
  }

  /** Samples of the present model so far, with this one. */
  count(): number {
    const { memory, at } = this.placeOf(this.row)
    return ++memory[at + 1]!
  }

  /**
   * Makes the model of a key the present one. Where it has to come from a store that answers
   * later, a promise to ask again after. Throws `bad-data` for a record of another graph.
   */
  use(key: unknown): undefined | Promise<void> {
    const { clock, idle, maxKeys, store } = this.options
    const now = idle === undefined ? 0 : clock.now()
    let row = this.rows.get(key)
    if (row === undefined) {
      const coming = this.arriving.get(key)
      if (coming !== undefined) return coming
      const record = this.leaving.get(key) ?? this.arrived.get(key) ?? store?.get(key)
      if (isPromise(record)) return this.arrive(key, record)
      // Stores without types say `null` of what they do not have.
      if (record !== undefined && record !== null) this.check(key, record)
      if (this.rows.size >= maxKeys) this.evict()
      row = this.free.pop() ?? this.used++
      const { memory, at } = this.placeOf(row)
      memory.set(record ?? this.fresh, at)
      this.leaving.delete(key)
      this.arrived.delete(key)
      this.rows.set(key, row)
    }
    this.recent.touch(row, key, now)
    if (row !== this.row) {
      this.leave()
      this.row = row
      const { memory, at } = this.placeOf(row)
      this.read(memory, at)
    }
    if (idle !== undefined)
      while (this.rows.size > 1 && this.recent.oldest < now - idle) this.evict()
    return undefined
  }

  /** Asks the store for the model of an event that waits, so that it is there in its turn. */
  fetch(key: unknown): void {
    const { rows, leaving, arrived, arriving } = this
    const { store } = this.options
    if (store === undefined || arrived.size + arriving.size >= mostFetched) return
    if ([rows, leaving, arrived, arriving].some((known) => known.has(key))) return
    try {
      const record = store.get(key)
      // What fails is asked for again, and told, in its turn.
      if (isPromise(record)) this.arrive(key, record).catch(() => undefined)
      else arrived.set(key, record ?? this.fresh)
    } catch {}
  }

  /** No event waits: what came for those that were dropped goes. */
  rest(): void {
    if (this.arrived.size > 0) this.arrived.clear()
  }

  /** The models at hand, and those that no store has taken yet; only of keys that JSON holds. */
  save(): SavedModels {
    this.leave()
    const now = this.closed ?? this.options.clock.now()
    const found: { key: string | number; age: number; memory: Float64Array; at: number }[] = []
    const add = (key: unknown, age: number, memory: Float64Array, at: number) => {
      if (typeof key === 'string' || typeof key === 'number') found.push({ key, age, memory, at })
    }
    for (const [key, record] of this.leaving) {
      if (!this.rows.has(key)) add(key, this.options.idle ?? 0, record, 0)
    }
    for (const { row, key, time } of this.recent.all()) {
      const { memory, at } = this.placeOf(row)
      add(key, now - time, memory, at)
    }
    const { width } = this
    const records = new Numbers(found.length * width)
    found.forEach(({ memory, at }, index) => {
      records.set(memory.subarray(at, at + width), index * width)
    })
    const [keys, ages] = [found.map(({ key }) => key), found.map(({ age }) => age)]
    return { fingerprint: this.fresh[0]!, keys, ages, records }
  }

  /** Goes on with what `save` gave, before any model is used; false where that is of another graph. */
  load({ fingerprint, keys, ages, records }: SavedModels): boolean {
    const { width } = this
    if (fingerprint !== this.fresh[0] || records.length !== keys.length * width) return false
    const now = this.options.clock.now()
    keys.forEach((key, index) => {
      if (this.rows.size >= this.options.maxKeys) this.evict()
      const row = this.free.pop() ?? this.used++
      const { memory, at } = this.placeOf(row)
      memory.set(records.subarray(index * width, (index + 1) * width), at)
      this.rows.set(key, row)
      this.recent.touch(row, key, now - ages[index]!)
    })
    return true
  }

  /**
   * Puts all models into the store and the state back as it was; with `keeps` they stay at hand too, for a
   * checkpoint. What is returned, if anything, ends when all are there.
   */
  close(keeps = false): undefined | Promise<void> {
    if (this.closed !== undefined) return undefined
    this.leave()
    this.row = -1
    this.closed = this.options.clock.now()
    const { state, store } = this.options
    Object.assign(state, this.before)
    if (store !== undefined) {
      if (!keeps) while (this.rows.size > 0) this.evict()
      for (const { row, key } of this.recent.all()) {
        const { memory, at } = this.placeOf(row)
        this.put(store, key, memory.slice(at, at + this.width))
      }
    }
    if (this.puts.size === 0) return undefined
    return this.settled()
  }

  /** Lets go of the model that has not been used for longest. */
  private evict(): void {
    const { store } = this.options
    const { row, key } = this.recent.take()
    if (row === this.row) {
      this.leave()
      this.row = -1
    }
    this.rows.delete(key)
    this.free.push(row)
    if (store === undefined) return
    const { memory, at } = this.placeOf(row)
    this.put(store, key, memory.slice(at, at + this.width))
  }

  private put(store: ModelStore, key: unknown, record: Float64Array): void {
    const failed = (cause: unknown) => {
      this.leaving.set(key, record)
      this.options.failed(key, cause)
    }
    let put: void | PromiseLike<void>
    try {
      put = store.put(key, record)
    } catch (cause) {
      return failed(cause)
    }
    if (!isPromise(put)) return
    this.leaving.set(key, record)
    const settled = this.settle(key, record, put, failed)
    this.puts.add(settled)
    void settled.finally(() => this.puts.delete(settled))
  }

  private async settle(
    key: unknown,
    record: Float64Array,
    put: PromiseLike<void>,
    failed: (cause: unknown) => void,
  ): Promise<void> {
    try {
      await put
      // Unless the key has come back and left again meanwhile.
      if (this.leaving.get(key) === record) this.leaving.delete(key)
    } catch (cause) {
      failed(cause)
    }
  }

  private async settled(): Promise<void> {
    await Promise.all(this.puts)
  }

  /** A record is on its way in; here it waits until it is used. */
  private arrive(key: unknown, record: PromiseLike<Float64Array | undefined>): Promise<void> {
    const take = async () => {
      try {
        const found = await record
        this.arrived.set(key, found ?? this.fresh)
      } finally {
        this.arriving.delete(key)
      }
    }
    const coming = take()
    this.arriving.set(key, coming)
    return coming
  }

  private check(key: unknown, record: Float64Array): void {
    if (record.length === this.width && record[0] === this.fresh[0]) return
    throw new EagreError(
      'bad-data',
      `what the store has for the key ${show(key)} is of another graph`,
    )
  }

  private leave(): void {
    if (this.row < 0) return
    const { memory, at } = this.placeOf(this.row)
    this.write(memory, at)
  }

  private write(memory: Float64Array, at: number): void {
    const { learner, descent } = this.options
    learner.write(memory, at + 2)
    descent.write(memory, at + 2 + learner.recordSize)
  }

  private read(memory: Float64Array, at: number): void {
    const { learner, descent } = this.options
    learner.read(memory, at + 2)
    descent.read(memory, at + 2 + learner.recordSize)
  }

  private placeOf(row: number) {
    const which = Math.floor(row / chunk)
    const memory = (this.chunks[which] ??= new Float64Array(chunk * this.width))
    return { memory, at: (row % chunk) * this.width }
  }
}

function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as PromiseLike<T> | undefined)?.then === 'function'
}
