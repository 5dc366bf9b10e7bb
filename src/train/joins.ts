/**
 * What waits to be joined by id: samples for their labels, labels for their samples, and the ids
 * of those that are done, so that a label that comes twice is told from one that nobody knows.
 * Bounded in number and in bytes whatever happens; the oldest go first.
 */

/** Numbers and texts are the same id where they are written alike: CSV knows no types. */
export type Key = unknown

export function keyOf(id: unknown): Key {
  if (typeof id === 'bigint') return keyOf(String(id))
  if (typeof id !== 'string') return id
  // Most texts are told from numbers by how they begin.
  const first = id.charCodeAt(0)
  if (!(first <= nine || first === capitalI || first === capitalN)) return id
  const number = Number(id)
  return String(number) === id ? number : id
}

const nine = '9'.charCodeAt(0)
const capitalI = 'I'.charCodeAt(0) // as in Infinity
const capitalN = 'N'.charCodeAt(0) // as in NaN

/** What is kept under an id. */
export interface Held<T> {
  readonly id: unknown
  readonly kind: 'sample' | 'label' | 'gone'
  /** When it came, in milliseconds of the clock. */
  readonly at: number
  readonly bytes: number
  /** Memory that several may share, and its size: counted once. */
  readonly shared?: object | undefined
  readonly value: T
}

interface Link<T> extends Held<T> {
  before: Link<T> | undefined
  after: Link<T> | undefined
}

/** In the order in which they came. */
class Line<T> {
  first: Link<T> | undefined
  last: Link<T> | undefined
  size = 0

  add(link: Link<T>): void {
    link.before = this.last
    if (this.last === undefined) this.first = link
    else this.last.after = link
    this.last = link
    this.size++
  }

  remove(link: Link<T>): void {
    if (link.before === undefined) this.first = link.after
    else link.before.after = link.after
    if (link.after === undefined) this.last = link.before
    else link.after.before = link.before
    this.size--
  }
}

export interface JoinsOptions<T> {
  /** How many at most of each kind. */
  readonly pending: number
  /** Bytes of all together. */
  readonly memory: number
  /** Milliseconds; without it nothing expires. */
  readonly ttl?: number | undefined
  /** Bytes of each thing that is shared. */
  readonly sharedBytes: number
  /** A sample or a label has been waited for in vain. */
  gone(held: Held<T>, why: 'expired' | 'evicted'): void
}

export class Joins<T> {
  private readonly options: JoinsOptions<T>
  private readonly byKey = new Map<Key, Link<T>>()
  private readonly lines = { sample: new Line<T>(), label: new Line<T>(), gone: new Line<T>() }
  private readonly shares = new Map<object, number>()
  private total = 0

  constructor(options: JoinsOptions<T>) {
    this.options = options
  }

  /** Samples that wait for their labels. */
  get samples(): number {
    return this.lines.sample.size
  }

  /** Labels that wait for their samples. */
  get labels(): number {
    return this.lines.label.size
  }

  get bytes(): number {
    return this.total
  }

  find(id: unknown): Held<T> | undefined {
    return this.byKey.get(keyOf(id))
  }

  /** Keeps something under its id, in place of what was there. May evict others, and this one. */
  hold(held: Held<T>): void {
    this.drop(held.id)
    const { id, kind, at, bytes, shared, value } = held
    const link: Link<T> = {
      id,
      kind,
      at,
      bytes,
      shared,
      value,
      before: undefined,
      after: undefined,
    }
    this.byKey.set(keyOf(id), link)
    this.lines[held.kind].add(link)
    this.total += held.bytes
    if (held.shared !== undefined) {
      const shares = this.shares.get(held.shared) ?? 0
      if (shares === 0) this.total += this.options.sharedBytes
      this.shares.set(held.shared, shares + 1)
    }
    this.trim()
  }

  /** Lets go of what is under an id, and says nothing. */
  drop(id: unknown): void {
    const link = this.byKey.get(keyOf(id))
    if (link !== undefined) this.remove(link)
  }

  /** Remembers only that it was here. */
  remember(id: unknown, at: number, value: T): void {
    this.hold({ id, kind: 'gone', at, bytes: overhead + bytesOf(id), value })
  }

  /** Lets go of all that has waited too long. */
  expire(now: number): void {
    const { ttl, gone } = this.options
    if (ttl === undefined) return
    for (const kind of ['sample', 'label'] as const) {
      const line = this.lines[kind]
      for (let link = line.first; link !== undefined && now - link.at > ttl; link = line.first) {
        this.remove(link)
        gone(link, 'expired')
      }
    }
  }

  /** Everything that still waits, oldest first; nothing is kept. */
  clear(): Held<T>[] {
    const all: Held<T>[] = []
    for (const kind of ['sample', 'label'] as const) {
      for (let link = this.lines[kind].first; link !== undefined; link = link.after) all.push(link)
    }
    this.byKey.clear()
    this.shares.clear()
    this.total = 0
    for (const kind of ['sample', 'label', 'gone'] as const) this.lines[kind] = new Line()
    return all
  }

  /** Everything there is, of each kind the oldest first. */
  all(): Held<T>[] {
    const all: Held<T>[] = []
    for (const kind of ['sample', 'label', 'gone'] as const) {
      for (let link = this.lines[kind].first; link !== undefined; link = link.after) all.push(link)
    }
    return all
  }

  private trim(): void {
    const { pending, memory } = this.options
    const { sample, label, gone } = this.lines
    while (gone.size > pending) this.remove(gone.first!)
    while (sample.size > pending) this.evict(sample.first!)
    while (label.size > pending) this.evict(label.first!)
    while (this.total > memory && gone.first !== undefined) this.remove(gone.first)
    while (this.total > memory) {
      const [one, other] = [sample.first, label.first]
      const oldest = one === undefined || (other !== undefined && other.at < one.at) ? other : one
      if (oldest === undefined) return
      this.evict(oldest)
    }
  }

  private evict(link: Link<T>): void {
    this.remove(link)
    this.options.gone(link, 'evicted')
  }

  private remove(link: Link<T>): void {
    this.byKey.delete(keyOf(link.id))
    this.lines[link.kind].remove(link)
    this.total -= link.bytes
    if (link.shared === undefined) return
    const shares = this.shares.get(link.shared)! - 1
    if (shares > 0) return void this.shares.set(link.shared, shares)
    this.shares.delete(link.shared)
    this.total -= this.options.sharedBytes
  }
}

/** Roughly what the engine takes for an entry beside its numbers. */
export const overhead = 200

/** Roughly what an id takes. */
export function bytesOf(id: unknown): number {
  return typeof id === 'string' ? 16 + 2 * id.length : 16
}
