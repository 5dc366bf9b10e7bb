/**
 * Finds operations that repeat: the layers of a tree, the links of a chain, the copies of a module.
 * They are the same ones again and again, at places that go on by the same steps.
 */
import type { Operation } from './region.js'
import { Straight } from './straight.js'

/** So many times the operations of `body`. Nothing is read by one round that a later one writes. */
export interface Rolled {
  readonly type: 'rolled'
  /** Those of the first round. */
  readonly body: readonly Straight[]
  readonly count: number
  /** By operation: how far on each of its places lies in the next round, as `Straight` counts them. */
  readonly steps: readonly (readonly number[])[]
}

// A loop keeps less in registers than what is written out, which in turn is read from far memory
// in each step: it must be worth a loop.
const mostBody = 96
const fewestRounds = 8
const fewestOperations = 64

// Where nothing has repeated for so long, it is looked for in a few places only.
const patience = 1000
const seldom = 16

/** The same operations in the same order, with what repeats in place of its operations. */
export function roll(operations: readonly Operation[]): (Operation | Rolled)[] {
  if (operations.length < fewestOperations) return [...operations]
  const { kinds, firsts } = kindsOf(operations)
  const rolled: (Operation | Rolled)[] = []
  let misses = 0
  for (let at = 0; at < operations.length;) {
    const looks = misses < patience || misses % seldom === 0
    const found = looks ? repeatAt(operations, kinds, firsts, at) : undefined
    if (found === undefined) {
      misses++
      rolled.push(operations[at++]!)
    } else {
      misses = 0
      rolled.push(found)
      at += found.body.length * found.count
    }
  }
  return rolled
}

/** The number of the pattern of each operation, 0 where it has none; and the first of its places. */
function kindsOf(operations: readonly Operation[]) {
  const numbers = new Map<object, number>()
  const kinds = new Int32Array(operations.length)
  const firsts = new Int32Array(operations.length)
  for (let at = 0; at < operations.length; at++) {
    const operation = operations[at]!
    if (!(operation instanceof Straight)) continue
    const { pattern } = operation
    const number = numbers.get(pattern) ?? numbers.size + 1
    numbers.set(pattern, number)
    kinds[at] = number
    firsts[at] = operation.place(0)
  }
  return { kinds, firsts }
}

/** The shortest body that repeats often enough from here on. */
function repeatAt(
  operations: readonly Operation[],
  kinds: Int32Array,
  firsts: Int32Array,
  at: number,
): Rolled | undefined {
  const most = Math.min(mostBody, Math.floor((operations.length - at) / fewestRounds))
  const [kind, first] = [kinds[at]!, firsts[at]!]
  for (let size = 1; size <= most; size++) {
    const next = at + size
    if (kinds[next] !== kind || firsts[next + size]! - firsts[next]! !== firsts[next]! - first) {
      continue
    }
    let index = at
    while (repeats(operations, kinds, index, size)) index++
    const rounds = Math.floor((index - at) / size) + 2
    if (rounds < fewestRounds || rounds * size < fewestOperations) continue
    // All of them have a kind.
    const body = operations.slice(at, next) as Straight[]
    const steps = body.map(({ places }, which) => {
      const later = (operations[next + which] as Straight).places
      return places.map((place, port) => later[port]! - place)
    })
    return { type: 'rolled', body, count: rounds, steps }
  }
  return undefined
}

/** Whether an operation and the two that follow it, `size` on, are the same but for equal steps. */
function repeats(
  operations: readonly Operation[],
  kinds: Int32Array,
  at: number,
  size: number,
): boolean {
  const kind = kinds[at]!
  if (kind === 0 || kinds[at + size] !== kind || kinds[at + 2 * size] !== kind) return false
  // What has a kind is of this class; of one kind, numbers are in the same places.
  const one = operations[at] as Straight
  const two = operations[at + size] as Straight
  const three = operations[at + 2 * size] as Straight
  const { read, terms } = one.pattern
  for (let which = 0; which < read.length + terms.length; which++) {
    const place = two.place(which)
    if (three.place(which) - place !== place - one.place(which)) return false
    if (place >= 0) continue
    const value = two.value(which)
    if (!Object.is(one.value(which), value) || !Object.is(three.value(which), value)) return false
  }
  return true
}
