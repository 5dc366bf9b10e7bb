/** Graphs to measure, described once for all that can make gates. */

/** What makes gates: of Subjects, of a plan, of anything. */
export interface Maker<T> {
  add(a: T, b: T | number): T
  multiply(a: T, b: T | number): T
  tanh(x: T): T
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
