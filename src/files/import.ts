/** Gates and optimizers of one's own, from an ES module. */
import { pathToFileURL } from 'node:url'
import { EagreError } from '../errors.js'
import { gates as builtInGates } from '../gates/index.js'
import type { Gate } from '../gates/gate.js'
import type { Catalogue } from '../language/index.js'
import { optimizers as builtInOptimizers, schedules } from '../optimizers/index.js'
import type { Optimizer } from '../optimizers/optimizer.js'

export type { Catalogue }

/** What comes with eagre. */
export const builtIn: Catalogue = {
  gates: builtInGates,
  optimizers: builtInOptimizers,
  schedules,
}

/**
 * Loads a module that exports `gates` or `optimizers` or both, objects of declarations by name,
 * and puts them beside the built-in ones. The module runs as any code does. Messages call it
 * `name`.
 */
export async function importCatalogue(path: string, name = path): Promise<Catalogue> {
  let module: Record<string, unknown>
  try {
    module = (await import(pathToFileURL(path).href)) as Record<string, unknown>
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new EagreError('bad-argument', `cannot import ${name}: ${reason}`, { cause })
  }
  const gates = exported<Gate>(name, module, 'gates', 'rule')
  const optimizers = exported<Optimizer>(name, module, 'optimizers', 'update')
  if (gates === undefined && optimizers === undefined) {
    throw new EagreError('bad-argument', `${name} exports neither "gates" nor "optimizers"`, {
      hint: 'export const gates = { my_gate: pointwise({ … }) }',
    })
  }
  return {
    gates: new Map([...builtInGates, ...named(gates)]),
    optimizers: new Map([...builtInOptimizers, ...named(optimizers)]),
    schedules,
  }
}

/** The rows under their keys, each with its key as its name. */
function named<T extends object>(rows: Readonly<Record<string, T>> = {}): [string, T][] {
  return Object.entries(rows).map(([name, row]) => {
    // The getters of a row parse its formulas when asked, so that a spread would be wrong.
    const fields = Object.getOwnPropertyDescriptors(row)
    const copy: unknown = Object.create(null, {
      ...fields,
      name: { value: name, enumerable: true },
    })
    return [name, copy as T]
  })
}

/** `field` is one that every declaration of the kind has, to know it by. */
function exported<T>(
  file: string,
  module: Record<string, unknown>,
  name: string,
  field: string,
): Record<string, T> | undefined {
  const value = module[name]
  if (value === undefined) return undefined
  if (typeof value !== 'object' || value === null) {
    throw new EagreError('bad-argument', `${file}: "${name}" is no object of declarations by name`)
  }
  for (const [key, declaration] of Object.entries(value)) {
    if (typeof declaration === 'object' && declaration !== null && field in declaration) continue
    throw new EagreError('bad-argument', `${file}: "${name}.${key}" is no declaration`)
  }
  return value as Record<string, T>
}
