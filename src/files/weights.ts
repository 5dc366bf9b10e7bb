/**
 * Weights as a file: `{ "format": 1, "kind": "eagre-weights", "graph": …, "weights": { … } }`, with
 * `"memory": { … }` where gates of the graph keep something from step to step.
 */
import { EagreError } from '../errors.js'
import type { Nested } from '../language/plan.js'
import { readBytes, replaceFile } from './bytes.js'
import { json, readNested } from './json.js'

/** What a weights file holds. */
export interface SavedWeights {
  readonly weights: Record<string, Nested>
  /** What gates keep, as `graph.memory()` gives it; absent where none does. */
  readonly memory?: Record<string, number[]>
}

/**
 * Writes weights, and what gates keep, to a file that messages call `name`; a crash leaves the old
 * one or the new one whole.
 */
export async function saveWeights(
  path: string,
  graph: string,
  weights: Readonly<Record<string, Nested>>,
  name = path,
  memory: Readonly<Record<string, readonly number[]>> = {},
): Promise<void> {
  const kept = Object.keys(memory).length > 0 && { memory }
  const text = json({ format: 1, kind: 'eagre-weights', graph, weights, ...kept }, 2)
  await replaceFile(path, `${text}\n`, name)
}

/** The weights that `saveWeights` wrote. Whether they fit the graph, `graph.restore` checks. */
export async function loadWeights(path: string, name = path): Promise<Record<string, Nested>> {
  return (await loadSaved(path, name)).weights
}

/** All that `saveWeights` wrote: `graph.restore(weights, { memory })`. */
export async function loadSaved(path: string, name = path): Promise<SavedWeights> {
  const bytes = await readBytes(path, name)
  const wrong = (what: string) => new EagreError('bad-data', `${name}: ${what}`)
  let content: unknown
  try {
    content = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new EagreError('bad-data', `${name} is not JSON: ${(cause as Error).message}`, { cause })
  }
  if (!isRecord(content) || content['kind'] !== 'eagre-weights' || !isRecord(content['weights'])) {
    throw wrong('this is no weights file; `eagre train GRAPH --save FILE` writes one')
  }
  if (content['format'] !== 1) {
    throw wrong(`format ${json(content['format'])} is unknown; this version reads format 1`)
  }
  const weights: Record<string, Nested> = Object.create(null)
  for (const [weight, value] of Object.entries(content['weights'])) {
    const nested = readNested(value)
    if (nested === undefined) throw wrong(`weight "${weight}" holds something that is no number`)
    weights[weight] = nested
  }
  if (content['memory'] === undefined) return { weights }
  if (!isRecord(content['memory'])) throw wrong('"memory" is not an object')
  const memory: Record<string, number[]> = Object.create(null)
  for (const [gate, value] of Object.entries(content['memory'])) {
    const nested = readNested(value)
    if (!Array.isArray(nested) || !nested.every((one) => typeof one === 'number')) {
      throw wrong(`the memory of "${gate}" is no list of numbers`)
    }
    memory[gate] = nested
  }
  return { weights, memory }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
