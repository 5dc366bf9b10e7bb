/** Opens the graph that a command line names, with the changes that it asks for. */
import { EagreError, type Diagnostic } from '../errors.js'
import { builtIn, importCatalogue, type Catalogue } from '../files/import.js'
import { readData, readGraph, readModule } from '../files/load.js'
import { loadSaved } from '../files/weights.js'
import { parseGraph, type Graph } from '../graph.js'
import { applyEdit, before, override, type Edit } from '../language/override.js'
import { lineStarts, position } from '../language/problem.js'
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
  const catalogue = await catalogueWith(options.import, context)
  const { text, edits, problem } = edited(original, options.set ?? [])
  if (problem !== undefined) {
    // Where the file itself is wrong, that is what to mend first.
    const readModule_ = (module: string) => readModule(path, module)
    parseGraph(original, { file, ...catalogue, readModule: readModule_ })
    throw problem
  }
  const traced = tracer(original, text, edits)
  // A module may come from another file, which no option changes.
  const trace = <T extends Place>(place: T): T => (place.file === file ? traced(place) : place)
  const fresh = (): Graph => {
    try {
      const graph: Graph = parseGraph(text, {
        file,
        ...catalogue,
        readData: (data) => readData(path, data, graph.plan, file),
        readModule: (module) => readModule(path, module),
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
    const { weights, memory } = await loadSaved(context.path(options.weights), options.weights)
    graph.restore(weights, { memory })
  }
  return { graph, fresh, trace }
}

interface Applied {
  readonly edit: Edit
  /** The option that it comes from. */
  readonly set: string
}

/** The text with all `--set` options applied in order, or why one of them cannot be. */
function edited(original: string, sets: readonly string[]) {
  let text = original
  const edits: Applied[] = []
  for (const set of sets) {
    const at = set.indexOf('=')
    const edit =
      at < 1 ? 'expected PATH=VALUE' : tryOverride(text, set.slice(0, at), set.slice(at + 1))
    if (typeof edit === 'string') {
      const hint = 'for example --set train.learning_rate=0.1'
      const problem = new EagreError('bad-argument', `--set ${set}: ${edit}`, { hint })
      return { text, edits, problem }
    }
    text = applyEdit(text, edit)
    edits.push({ edit, set })
  }
  return { text, edits }
}

function tryOverride(text: string, path: string, value: string): Edit | string {
  try {
    return override(text, path, value)
  } catch {
    // The parser has failed at a file that the checker is going to refuse.
    return 'the file cannot be read'
  }
}

/** From places in the text that was checked to places in the file. */
function tracer(original: string, text: string, edits: readonly Applied[]) {
  if (edits.length === 0) return <T extends Place>(place: T): T => place
  const startsBefore = lineStarts(original)
  const starts = lineStarts(text)
  const offsetOf = (line: number, column: number) => starts[line - 1]! + column - 1
  return <T extends Place>(place: T): T => {
    const start = origin(offsetOf(place.line, place.column), edits)
    if (typeof start === 'string') {
      return { ...place, file: `--set ${printable(start)}`, line: 1, column: 1, ...endOf(place) }
    }
    const at = position(startsBefore, start)
    if (place.endLine === undefined || place.endColumn === undefined) return { ...place, ...at }
    const end = origin(offsetOf(place.endLine, place.endColumn), edits)
    const endAt = typeof end === 'number' && end > start ? position(startsBefore, end) : at
    return { ...place, ...at, ...endOf(place, endAt.line, endAt.column) }
  }
}

function endOf(place: Place, endLine = 1, endColumn = 1) {
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
