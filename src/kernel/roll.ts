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

/** The same operations in the same order, with what repeats in place of its operations. */
export function roll(operations: readonly Operation[]): (Operation | Rolled)[] {
  if (operations.length < fewestOperations) return [...operations]
  const kinds = kindsOf(operations)
  const rolled: (Operation | Rolled)[] = []
  for (let at = 0; at < operations.length;) {
    const found = repeatAt(operations, kinds, at)
    if (found === undefined) rolled.push(operations[at++]!)
    else {
      rolled.push(found)
      at += found.body.length * found.count
    }
  }
  return rolled
}

/** The number of the pattern of each operation; 0 where it has none. */
function kindsOf(operations: readonly Operation[]): Int32Array {
  const numbers = new Map<object, number>()
  const kinds = new Int32Array(operations.length)
  let [last, number]: [object | undefined, number] = [undefined, 0]
  for (let at = 0; at < operations.length; at++) {
    const operation = operations[at]!
    if (!(operation instanceof Straight)) continue
    const { pattern } = operation
    if (pattern !== last) {
      last = pattern
      const known = numbers.get(pattern)
      number = known ?? numbers.size + 1
      if (known === undefined) numbers.set(pattern, number)
    }
    kinds[at] = number
  }
  return kinds
}

/** The shortest body that repeats often enough from here on. */
function repeatAt(
  operations: readonly Operation[],
  kinds: Int32Array,
  at: number,
): Rolled | undefined {
  const kind = kinds[at]!
  if (kind === 0) return undefined
  const most = Math.min(mostBody, Math.floor((operations.length - at) / fewestRounds))
  for (let size = 1; size <= most; size++) {
    if (kinds[at + size] !== kind || kinds[at + 2 * size] !== kind) continue
    if (!repeats(operations as readonly Straight[], at, size)) continue
    const rounds = roundsOf(operations as readonly Straight[], kinds, at, size)
    if (rounds < fewestRounds || rounds * size < fewestOperations) continue
    // All of them have a kind.
    const body = operations.slice(at, at + size) as Straight[]
    return {
      type: 'rolled',
      body,
      count: rounds,
      steps: body.map(({ places }, index) => {
        const next = (operations[at + size + index] as Straight).places
        return places.map((place, which) => next[which]! - place)
      }),
    }
  }
  return undefined
}

/** How many rounds there are of `size` operations from `at` on. */
function roundsOf(
  operations: readonly Straight[],
  kinds: Int32Array,
  at: number,
  size: number,
): number {
  for (let index = at; index < at + size; index++) {
    if (kinds[index] === 0 || kinds[index + size] !== kinds[index]) return 1
    if (!goesOn(operations[index]!, operations[index + size]!)) return 1
  }
  let index = at + size
  while (
    index + size < operations.length &&
    kinds[index + size] === kinds[index] &&
    repeats(operations, index - size, size)
  ) {
    index++
  }
  return Math.floor((index - at) / size) + 1
}

/** Whether two operations of one pattern are of the same memories and numbers. */
function goesOn(one: Straight, next: Straight): boolean {
  return one.places.every((place, which) => {
    const other = next.places[which]!
    if (place < 0) return other < 0 && Object.is(one.value(which), next.value(which))
    return other >= 0 && ((other - place) & 3) === 0
  })
}

/** Whether an operation and the two that follow it, `size` on, are in places with equal steps. */
function repeats(operations: readonly Straight[], at: number, size: number): boolean {
  const [first, second, third] = [
    operations[at]!,
    operations[at + size]!,
    operations[at + 2 * size]!,
  ]
  const { places } = first
  for (let which = 0; which < places.length; which++) {
    const [place, next] = [second.places[which]!, third.places[which]!]
    if (next - place !== place - places[which]!) return false
    if (place < 0 && !Object.is(second.value(which), third.value(which))) return false
  }
  return true
}
