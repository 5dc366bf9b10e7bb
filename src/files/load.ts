/** From a graph file to a Graph that knows where its data is. */
import { dirname, resolve } from 'node:path'
import { EagreError } from '../errors.js'
import { parseGraph, type Graph, type GraphOptions } from '../graph.js'
import { decode, maxSize } from '../language/index.js'
import type { FilePlan, Plan, Row } from '../language/plan.js'
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
    ...options,
  })
  return graph
}

/** The text of a graph file; not longer than the language takes, and UTF-8. */
export async function readGraph(path: string, name = path): Promise<string> {
  return decodeGraph(await readBytes(path, maxSize), name)
}

/** The rows of `train.data.file`, whose place is relative to the graph file. */
export function readData(graph: string, data: FilePlan, plan: Plan): Promise<Row[]> {
  const path = resolve(dirname(graph), data.file)
  return readRows(path, { ...learningColumns(plan), header: data.header })
}
