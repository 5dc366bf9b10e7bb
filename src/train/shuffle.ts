/** The order of the samples in an epoch. */
import type { Generator } from '../optimizers/random.js'

export type { Generator } from '../optimizers/random.js'

/** Shuffles in place, all orders equally likely (Fisher and Yates; Durstenfeld 1964). */
export function shuffled(order: Int32Array, generator: Generator): void {
  for (let last = order.length - 1; last > 0; last--) {
    const other = generator.below(last + 1)
    const kept = order[last]!
    order[last] = order[other]!
    order[other] = kept
  }
}
