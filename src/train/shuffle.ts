/** The order of the samples in an epoch. */
import type { Generator } from '../optimizers/random.js'

export type { Generator } from '../optimizers/random.js'

/**
 * Fills `order` with its indices in random order, all orders equally likely (Fisher and Yates;
 * Durstenfeld 1964). What was in it does not matter: the generator's state decides alone, so
 * that whoever resumes an epoch needs nothing else.
 */
export function shuffled(order: Int32Array, generator: Generator): void {
  for (let index = 0; index < order.length; index++) order[index] = index
  for (let last = order.length - 1; last > 0; last--) {
    const other = generator.below(last + 1)
    const kept = order[last]!
    order[last] = order[other]!
    order[other] = kept
  }
}
