/** The catalogue of optimizers and schedules. */
import * as adaptive from './adaptive.js'
import * as momentum from './momentum.js'
import type { Optimizer } from './optimizer.js'
import type { Schedule } from './schedule.js'
import * as scheduleRows from './schedules.js'

export { optimizer, type OptimizerDeclaration } from './declare.js'

/** Every optimizer by name. */
export const optimizerCatalogue = { ...momentum, ...adaptive }

export type OptimizerName = keyof typeof optimizerCatalogue

export const optimizers: ReadonlyMap<string, Optimizer> = named(optimizerCatalogue)

export const schedules: ReadonlyMap<string, Schedule> = named(scheduleRows)

// Rows have getters that parse their formulas when asked: the copy must keep them.
function named<T extends object>(
  rows: Readonly<Record<string, T>>,
): ReadonlyMap<string, T & { name: string }> {
  return new Map(
    Object.entries(rows).map(([name, row]) => {
      const copy = Object.create(null, {
        ...Object.getOwnPropertyDescriptors(row),
        name: { value: name, enumerable: true },
      }) as T & { name: string } // the row with its name
      return [name, copy]
    }),
  )
}
