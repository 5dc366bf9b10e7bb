/** Samples from CSV and NDJSON files and streams, one line at a time. */
import { createReadStream } from 'node:fs'
import { extname } from 'node:path'
import { EagreError } from '../errors.js'
import type { InputNode, Plan, Row } from '../language/plan.js'
import { columnsOf, isCoded, sourcesOf } from '../train/source.js'
import { reason } from './bytes.js'

export type DataFormat = 'csv' | 'tsv' | 'ndjson'

export interface Columns {
  /** Those that are read, in the order of a file without a header; others are ignored. */
  readonly names: readonly string[]
  /** Those of them that every row must have. */
  readonly required: ReadonlySet<string>
  /** Those that hold texts and no numbers. */
  readonly texts?: ReadonlySet<string>
  /** Those of them that may be numbers in JSON, and then stay such. */
  readonly ids?: ReadonlySet<string>
  /** Without a header the columns are called 0, 1, … and not by `names`, in their order. */
  readonly numbered?: boolean
  /** CSV: whether the first line names the columns (the default), or the names themselves. */
  readonly header?: boolean | readonly string[]
}

/** One line, with its number from 1: a row, or what is wrong with it. */
export type DataLine =
  | { readonly line: number; readonly row: Row }
  | { readonly line: number; readonly problem: string }

/** The columns that a graph learns from: all its inputs and targets, none of them missing. */
export function learningColumns(plan: Plan): Columns {
  return columnsFor(sourcesOf(plan))
}

/** The columns that a graph predicts from: its inputs. A default is only for want of data. */
export function predictingColumns(plan: Plan): Columns {
  const columns = columnsFor(sourcesOf(plan).filter(({ type }) => type === 'input'))
  const { data } = plan.train
  const headless = data !== undefined && 'file' in data && data.header === false
  // Columns that go by number are the same ones with more or fewer behind them.
  return headless && columns.numbered === true ? { ...columns, header: false } : columns
}

function columnsFor(sources: readonly InputNode[]): Columns {
  const names = new Set(sources.flatMap(columnsOf))
  const texts = new Set(sources.filter(isCoded).flatMap(columnsOf))
  const numbered = sources.some(({ from }) => from !== undefined)
  return { names: [...names], required: names, texts, numbered }
}

/**
 * All rows of a file that messages call `name`. Throws `bad-data` with file and line at the
 * first that is wrong.
 */
export async function readRows(path: string, columns: Columns, name = path): Promise<Row[]> {
  const format = formatOf(path)
  if (format === undefined) {
    throw new EagreError('bad-data', `${name}: what kind of data is this?`, {
      hint: 'the name must end in .csv, .tsv, .ndjson or .jsonl',
    })
  }
  const rows: Row[] = []
  for await (const line of readLines(name, readChunks(path, name), format, columns)) {
    if ('problem' in line) throw new EagreError('bad-data', `${name}:${line.line}: ${line.problem}`)
    rows.push(line.row)
  }
  if (rows.length === 0) throw new EagreError('bad-data', `${name} holds no rows`)
  return rows
}

/**
 * Reads a stream line by line, holding no more than one chunk of it. `source` is its name in
 * messages. Throws `bad-data` where going on makes no sense (the header lacks a column).
 */
export async function* readLines(
  source: string,
  chunks: AsyncIterable<Uint8Array>,
  format: DataFormat,
  columns: Columns,
): AsyncGenerator<DataLine> {
  if (format === 'ndjson') {
    const { readNdjson } = await import('./ndjson.js')
    yield* readNdjson(chunks, columns)
  } else {
    const { readCsv } = await import('./csv.js')
    yield* readCsv(source, chunks, format === 'csv' ? ',' : '\t', columns)
  }
}

/** What a file holds, by its name. */
export function formatOf(path: string): DataFormat | undefined {
  return formats.get(extname(path).toLowerCase())
}

const formats = new Map<string, DataFormat>([
  ['.csv', 'csv'],
  ['.tsv', 'tsv'],
  ['.ndjson', 'ndjson'],
  ['.jsonl', 'ndjson'],
])

/** The bytes of a file as they come; failing to open or read it is an `io` error. */
export async function* readChunks(path: string, name = path): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path)
  } catch (cause) {
    // What the consumer throws does not come this way: only the stream itself can fail here.
    throw new EagreError('io', `cannot read ${name}: ${reason(cause)}`, { cause })
  }
}
