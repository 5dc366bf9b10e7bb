/** From a graph file to a Graph that knows where its data is. */
import { readFileSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { EagreError } from '../errors.js'
import { parseGraph, type Graph, type GraphOptions } from '../graph.js'
import type { FilePlan, Plan, Row } from '../language/plan.js'
import { toDiagnostic } from '../language/problem.js'
import { decode, maxSize } from '../language/source.js'
import { readBytes } from './bytes.js'
import { learningColumns, readRows } from './data.js'

/**
 * Reads and checks a graph file. `train.data.file` is relative to the graph file, and read when
 * training starts. Throws `io` where the file cannot be read, `invalid-graph` with everything
 * that is wrong with it.
 */
export async function loadGraph(path: string, options: GraphOptions = {}): Promise<Graph> {
  const text = await readGraph(path, options.file)
  const graph: Graph = parseGraph(text, {
    file: path,
    readData: (file) => readData(path, file, graph.plan),
    readModule: (module) => readModule(path, module),
    ...options,
  })
  return graph
}

/** The text of a graph file; not longer than the language takes, and UTF-8. */
export async function readGraph(path: string, name = path): Promise<string> {
  // Some more than it takes, so that the message about it has the true size as a rule.
  return decodeGraph(await readBytes(path, name, 4 * maxSize), name)
}

/** The text of a graph. Throws `invalid-graph` for bytes that are no text, or too many. */
export function decodeGraph(bytes: Uint8Array, file: string): string {
  const decoded = decode(bytes)
  if ('text' in decoded) return decoded.text
  // For the place of a problem any text with the same lines will do.
  const source = { file, text: new TextDecoder().decode(bytes) }
  const diagnostics = decoded.problems.map((problem) => toDiagnostic(problem, source))
  const message = diagnostics.map((diagnostic) => diagnostic.message).join('; ')
  throw new EagreError('invalid-graph', `${file}: ${message}`, { diagnostics })
}

/** The text of a file under `use` in the graph file `graph`; nothing where there is none to read. */
export function readModule(graph: string, path: string): string | undefined {
  try {
    const file = resolve(dirname(graph), path)
    const stat = statSync(file)
    if (!stat.isFile() || stat.size > maxSize) return undefined
    const decoded = decode(readFileSync(file))
    return 'text' in decoded ? decoded.text : undefined
  } catch {
    return undefined
  }
}

/** The rows of `train.data.file`, whose place is relative to the graph file; messages call that `name`. */
export function readData(graph: string, data: FilePlan, plan: Plan, name = graph): Promise<Row[]> {
  const path = resolve(dirname(graph), data.file)
  const columns = { ...learningColumns(plan), header: data.header }
  return readRows(path, columns, isAbsolute(data.file) ? path : join(dirname(name), data.file))
}
