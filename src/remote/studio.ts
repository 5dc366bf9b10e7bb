/** A page for the graph of an application. */
import { readFile } from 'node:fs/promises'
import { EagreError } from '../errors.js'
import { decodeGraph, readData, readModule } from '../files/load.js'
import { gatesOf, Graph, parseGraph, type GraphOptions } from '../graph.js'
import { serve, type Served, type ServerOptions } from './server.js'
import { Session } from './session.js'
import { Watch } from './watch.js'

/** How a page is served. */
export interface StudioOptions extends ServerOptions, Pick<GraphOptions, 'gates' | 'optimizers'> {
  /** Pages may look and change nothing, whatever token they have. */
  readonly readonly?: boolean
  /** The name of the file that is shown, where it is not the path. */
  readonly name?: string
}

/** A page that is open. */
export type Studio = Served

/**
 * Opens a page for a graph that the application runs, which may only look at it, or for a graph
 * file, which it runs itself. It listens on 127.0.0.1 and answers with the address to open.
 * Throws `io` where the file cannot be read or the port is taken, `invalid-graph` for a graph
 * that is wrong.
 */
export async function studio(of: string | Graph, options: StudioOptions = {}): Promise<Studio> {
  const model =
    typeof of === 'string' ? await sessionOf(of, options) : new Watch(of, gatesOf(options))
  const served = await serve(model, options)
  return {
    ...served,
    close: async () => {
      model.close()
      await served.close()
    },
  }
}

async function sessionOf(path: string, options: StudioOptions): Promise<Session> {
  const { name: file = path } = options
  const bytes = await readFile(path).catch((cause: Error) => {
    throw new EagreError('io', `cannot read ${file}: ${cause.message}`, { cause })
  })
  const graphOptions = (): GraphOptions => ({
    file,
    ...(options.gates && { gates: options.gates }),
    ...(options.optimizers && { optimizers: options.optimizers }),
    readModule: (module) => readModule(path, module),
  })
  return new Session({
    text: decodeGraph(bytes, file),
    file,
    gates: gatesOf(options),
    readonly: options.readonly === true,
    open: (text, change) => {
      const all: GraphOptions = {
        ...graphOptions(),
        readData: (data) => readData(path, data, graph.plan, file),
      }
      const read = parseGraph(text, all)
      const graph: Graph =
        change === undefined ? read : new Graph(change(read.plan), all, read.warnings)
      return graph
    },
    rows: async ({ plan }) => {
      const { data } = plan.train
      if (data === undefined) return undefined
      return 'rows' in data ? data.rows : readData(path, data, plan, file)
    },
  })
}
