/** Opens the graph that a command line names, with the changes that it asks for. */
import { EagreError, type Diagnostic } from '../errors.js'
import { builtIn, importCatalogue, type Catalogue } from '../files/import.js'
import { readData, readGraph } from '../files/load.js'
import { loadWeights } from '../files/weights.js'
import { parseGraph, type Graph } from '../graph.js'
import { applyEdit, before, override, type Edit } from '../language/override.js'
import { printable } from './failure.js'
import type { Context } from './io.js'

export interface OpenOptions {
  /** `PATH=VALUE`, each changing one key of the file before it is checked. */
  readonly set?: readonly string[]
  readonly import?: string
  readonly weights?: string
}

export interface Opened {
  readonly graph: Graph
  /** The same graph again, with fresh weights and nothing else of the first. */
  fresh(): Graph
  /** Where a place in the text that was checked is in the file; see `Diagnostic`. */
  trace<T extends Place>(place: T): T
}

interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly endLine?: number
  readonly endColumn?: number
}

/** Reads, changes and checks a graph; warnings go to stderr. */
export async function open(
  file: string,
  context: Context,
  options: OpenOptions = {},
): Promise<Opened> {
  const path = context.path(file)
  const original = await readGraph(path, file)
  context.sources.set(file, original)
  const { text, edits } = edited(original, options.set ?? [])
  const trace = <T extends Place>(place: T): T => traceBack(place, original, text, edits)
  const catalogue = await catalogueWith(options.import, context)
  const fresh = (): Graph => {
    try {
      const graph: Graph = parseGraph(text, {
        file,
        ...catalogue,
        readData: (data) => readData(path, data, graph.plan, file),
      })
      return graph
    } catch (error) {
      if (!(error instanceof EagreError) || error.diagnostics.length === 0) throw error
      const diagnostics = error.diagnostics.map(trace)
      throw new EagreError(error.code, error.message, { diagnostics })
    }
  }
  const graph = fresh()
  await warn(graph.warnings.map(trace), context)
  if (options.weights !== undefined) {
    graph.restore(await loadWeights(context.path(options.weights), options.weights))
  }
  return { graph, fresh, trace }
}

interface Applied {
  readonly edit: Edit
  /** The option that it comes from. */
  readonly set: string
}

/** The text with all `--set` options applied in order. */
function edited(original: string, sets: readonly string[]) {
  let text = original
  const edits: Applied[] = []
  for (const set of sets) {
    const at = set.indexOf('=')
    if (at < 1) {
      throw new EagreError('bad-argument', `--set ${set}: expected PATH=VALUE`, {
        hint: 'for example --set train.learning_rate=0.1',
      })
    }
    let edit: Edit | string
    try {
      edit = override(text, set.slice(0, at), set.slice(at + 1))
    } catch {
      // A file so hostile that it cannot even be walked: let the checker say so.
      break
    }
    if (typeof edit === 'string') throw new EagreError('bad-argument', `--set ${set}: ${edit}`)
    text = applyEdit(text, edit)
    edits.push({ edit, set })
  }
  return { text, edits }
}

function traceBack<T extends Place>(
  place: T,
  original: string,
  text: string,
  edits: readonly Applied[],
): T {
  if (edits.length === 0) return place
  const start = origin(offsetAt(text, place.line, place.column), edits)
  if (typeof start === 'string') {
    return {
      ...place,
      file: `--set ${printable(start)}`,
      line: 1,
      column: 1,
      ...endOf(place, 1, 1),
    }
  }
  const at = positionAt(original, start)
  if (place.endLine === undefined || place.endColumn === undefined) return { ...place, ...at }
  const end = origin(offsetAt(text, place.endLine, place.endColumn), edits)
  const endAt = typeof end === 'number' && end > start ? positionAt(original, end) : at
  return { ...place, ...at, ...endOf(place, endAt.line, endAt.column) }
}

function endOf(place: Place, endLine: number, endColumn: number) {
  return place.endLine === undefined ? {} : { endLine, endColumn }
}

/** The offset in the file, or the option that brought what stands there. */
function origin(offset: number, edits: readonly Applied[]): number | string {
  for (const { edit, set } of edits.toReversed()) {
    const earlier = before(edit, offset)
    if (earlier === undefined) return set
    offset = earlier
  }
  return offset
}

function offsetAt(text: string, line: number, column: number): number {
  let start = 0
  for (let at = 1; at < line; at++) start = text.indexOf('\n', start) + 1
  return start + column - 1
}

function positionAt(text: string, offset: number): { line: number; column: number } {
  const above = text.slice(0, offset)
  const line = above.split('\n').length
  return { line, column: offset - (above.lastIndexOf('\n') + 1) + 1 }
}

/** The catalogue, with what the module of `--import` brings. */
export async function catalogueWith(
  file: string | undefined,
  context: Context,
): Promise<Catalogue> {
  return file === undefined ? builtIn : await importCatalogue(context.path(file), file)
}

async function warn(warnings: readonly Diagnostic[], context: Context): Promise<void> {
  if (warnings.length === 0) return
  const { asText } = await import('./diagnostics.js')
  context.note(asText(warnings, context.sources, context.colors.stderr))
}
