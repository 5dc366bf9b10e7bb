/** The engine of a page that no application serves: a session, spoken to by messages. */
import { EagreError } from '../errors.js'
import { gates } from '../gates/index.js'
import { Graph, parseGraph, type GraphOptions } from '../graph.js'
import type { FilePlan, Plan, Row } from '../language/plan.js'
import { Session } from '../remote/session.js'
import type { FromWorker, ToWorker } from './connect.js'
import { parseCsv } from './csv.js'

let session: Session | undefined

self.onmessage = async ({ data }: MessageEvent<ToWorker>) => {
  if ('open' in data) start(data.open)
  else if (session !== undefined) {
    post({ id: data.id, answer: await session.handle(data.command) })
  } else post({ id: data.id, answer: { ok: false, message: 'no graph is open' } })
}

function start({ text, file }: { readonly text: string; readonly file: string }): void {
  session?.close()
  session = undefined
  const options: GraphOptions = { file, readData }
  try {
    session = new Session({
      text,
      file,
      gates,
      open: (source, change) => {
        const graph = parseGraph(source, options)
        return change === undefined ? graph : new Graph(change(graph.plan), options, graph.warnings)
      },
      rows: async ({ plan }) => rowsOf(plan),
    })
    session.join((event) => post({ event }))
  } catch (error) {
    if (!(error instanceof EagreError)) throw error
    const { message, diagnostics } = error
    post({ failed: { ok: false, message, ...(diagnostics && { diagnostics }) } })
  }
}

function post(message: FromWorker): void {
  self.postMessage(message)
}

async function rowsOf({ train: { data } }: Plan): Promise<readonly Row[] | undefined> {
  if (data === undefined) return undefined
  return 'rows' in data ? data.rows : readData(data)
}

/** The data of the gallery lie beside its graphs. */
async function readData({ file, header }: FilePlan): Promise<readonly Row[]> {
  const response = await fetch(
    new URL(`./graphs/${file}`, self.location.href.replace(/assets\/.*$/, '')),
  )
  if (!response.ok) throw new EagreError('io', `the data file "${file}" is not beside this page`)
  return parseCsv(await response.text(), header)
}
