/** Graphs to measure, described once for all that can make gates. */
import { seeded } from '../../src/optimizers/random.js'

/** What makes gates: of Subjects, of a plan, of anything. */
export interface Maker<T> {
  add(a: T, b: T | number): T
  multiply(a: T, b: T | number): T
  tanh(x: T): T
}

/** What makes gates of any kind that has one input or two. */
export interface AnyMaker<T> extends Maker<T> {
  other(gate: string, a: T, b?: T): T
}

/** `length` gates in a row. */
export function chain<T>(source: T, length: number, make: Maker<T>): T {
  let end = source
  for (let i = 0; i < length; i++) {
    if (i % 3 === 0) end = make.multiply(end, 1.5)
    else if (i % 3 === 1) end = make.add(end, 0.1)
    else end = make.tanh(end)
  }
  return end
}

/** Pairs are added, pairs of those multiplied and bent by tanh, until one is left. */
export function tree<T>(sources: readonly T[], make: Maker<T>): T {
  let level = sources
  for (let depth = 0; level.length > 1; depth++) {
    const next: T[] = []
    for (let i = 0; i + 1 < level.length; i += 2) {
      const [a, b] = [level[i]!, level[i + 1]!]
      next.push(depth % 2 === 0 ? make.add(a, b) : make.tanh(make.multiply(a, b)))
    }
    if (level.length % 2 === 1) next.push(level.at(-1)!)
    level = next
  }
  return level[0]!
}

/**
 * Gates of all kinds, wired by chance but the same in each run: each reads something that nobody has
 * read yet, one before it, or any. Nothing repeats; one is left at the end.
 */
export function irregular<T>(sources: readonly T[], size: number, make: AnyMaker<T>): T {
  const { below, uniform } = seeded(1, 'irregular')
  const all = [...sources]
  const unread = [...sources]
  const input = (): T => {
    if (below(2) === 0 && unread.length > 0) {
      const at = below(unread.length)
      const read = unread[at]!
      unread[at] = unread.at(-1)!
      unread.pop()
      return read
    }
    return all[below(3) === 0 ? below(all.length) : all.length - 1 - below(Math.min(30, all.length))]! // prettier-ignore
  }
  const bends = ['tanh', 'sigmoid', 'sin'] as const
  const gate = (): T => {
    const kind = below(12)
    // What bends values back comes often, so that none grows without bound.
    if (kind < 4) return make.other(bends[below(3)]!, input())
    if (kind < 5) return make.other('abs', input())
    if (kind < 6) return make.other('max', input(), input())
    if (kind < 7) return make.multiply(input(), uniform() * 2 - 1)
    if (kind < 8) return make.add(input(), uniform() - 0.5)
    if (kind < 9) return make.other('subtract', input(), input())
    return kind < 10 ? make.multiply(input(), input()) : make.add(input(), input())
  }
  // The last ones bring together what nobody has read.
  let made = 0
  for (; made + unread.length + 1 < size; made++) {
    const one = gate()
    all.push(one)
    unread.push(one)
  }
  while (unread.length > 1) {
    const sum = make.add(unread.splice(below(unread.length), 1)[0]!, unread.pop()!)
    unread.unshift(sum)
  }
  return make.tanh(make.multiply(unread[0]!, 1 / size))
}
