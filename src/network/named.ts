/** Parts of a model given by name, put where they lie. */
import { EagreError } from '../errors.js'
import { suggest } from '../language/suggest.js'
import type { Shape } from '../tensor/shape.js'
import { pack, show } from './pack.js'

export interface Part {
  readonly name: string
  readonly offset: number
  readonly shape: Shape
}

/** How people call the parts: `weights`, and one of them `the weight "w"`; and what to give. */
export interface Words {
  readonly all: string
  readonly one: (name: string) => string
  readonly give: string
}

/**
 * Writes what is given for each part into memory, and tells which parts have nothing given and
 * which names have no part. Throws `bad-data` for what is no object and for a value that does not fit.
 */
export function fillParts(
  parts: readonly Part[],
  given: Readonly<Record<string, unknown>>,
  memory: Float64Array,
  { all, one, give }: Words,
): { readonly missing: readonly string[]; readonly unknown: readonly string[] } {
  if (typeof given !== 'object' || given === null) {
    throw new EagreError('bad-data', `the ${all} must be an object, got ${show(given)}`, {
      hint: give,
    })
  }
  const missing: string[] = []
  for (const { name, offset, shape } of parts) {
    if (!Object.hasOwn(given, name)) {
      missing.push(name)
      continue
    }
    const wrong = pack(given[name], shape, memory, offset)
    if (wrong === undefined) continue
    throw new EagreError('bad-data', `${one(name)} must ${wrong.wanted}, got ${wrong.got}`)
  }
  const names = new Set(parts.map(({ name }) => name))
  return { missing, unknown: Object.keys(given).filter((name) => !names.has(name)) }
}

/** `did you mean "w"?`, or else which names there are. */
export function hintFor(parts: readonly Part[], name: string, what: string): string | undefined {
  const names = parts.map((part) => part.name)
  const near = suggest(name, names)
  if (near !== undefined) return `did you mean "${near}"?`
  return names.length === 0 ? undefined : `${what} ${list(names)}`
}

/** Names in quotes, the first ten of them. */
export function list(names: readonly string[]): string {
  const shown = names.slice(0, 10).map((name) => `"${name}"`)
  return names.length > 10 ? `${shown.join(', ')}, …` : shown.join(', ')
}
