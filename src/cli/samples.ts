/** Rows that come line by line, for the commands that read events. */
import { createReadStream, fstatSync } from 'node:fs'
import { access, constants, stat } from 'node:fs/promises'
import { EagreError } from '../errors.js'
import { reason } from '../files/bytes.js'
import { formatOf, readChunks, readLines, type Columns, type DataFormat } from '../files/data.js'
import type { Row } from '../language/plan.js'
import { printable } from './failure.js'
import type { Context } from './io.js'

/** Where rows come from, and what has to be known to read them. */
export interface RowSource {
  /** A file, `-` for stdin, or the number of a file descriptor. */
  readonly name: string
  readonly format?: DataFormat | undefined
  readonly columns: Columns
  /** A line that is no row. */
  bad(): void
}

/** The rows of a file or stream. A bad line is said, counted and left out. */
export async function* rowsFrom(context: Context, source: RowSource): AsyncGenerator<Row> {
  const { name, columns } = source
  const shown = name === '-' ? 'stdin' : /^\d+$/.test(name) ? `descriptor ${name}` : name
  const { format, all } = await sniff(chunksOf(context, name), source.format ?? formatOf(name))
  for await (const line of readLines(shown, all, format, columns)) {
    if ('row' in line) yield line.row
    else {
      source.bad()
      context.note(`${shown}:${line.line}: ${printable(line.problem)}; skipped`)
    }
  }
}

/**
 * Fails before anything is read: `io` for a file or descriptor that cannot be read, `bad-argument`
 * for stdin, where another stream of rows comes in already.
 */
export async function checkReadable(context: Context, name: string): Promise<void> {
  if (name === '-' || /^0+$/.test(name)) {
    throw new EagreError('bad-argument', 'events and labels cannot both come from stdin', {
      hint: 'name a file, or another descriptor: --labels 3 3< labels.ndjson',
    })
  }
  const descriptor = /^\d+$/.test(name)
  try {
    if (!descriptor) {
      await access(context.path(name), constants.R_OK)
      if (!(await stat(context.path(name))).isDirectory()) return
      throw Object.assign(new Error(), { code: 'EISDIR' })
    }
    const found = fstatSync(Number(name))
    // What the process has open for itself is of no such kind.
    if (found.isFile() || found.isFIFO() || found.isSocket() || found.isCharacterDevice()) return
  } catch (cause) {
    const shown = descriptor ? `descriptor ${name}` : name
    throw new EagreError('io', `cannot read ${shown}: ${reason(cause)}`, { cause })
  }
  throw new EagreError(
    'io',
    `cannot read descriptor ${name}: nothing that can be read is open there`,
  )
}

function chunksOf(context: Context, name: string): AsyncIterable<Uint8Array> {
  if (name === '-') return context.io.stdin
  if (!/^\d+$/.test(name)) return readChunks(context.path(name), name)
  return readDescriptor(Number(name))
}

async function* readDescriptor(descriptor: number): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream('', { fd: descriptor })
  } catch (cause) {
    throw new EagreError('io', `cannot read descriptor ${descriptor}: ${reason(cause)}`, { cause })
  }
}

/** Tells NDJSON from CSV by its first character, and gives the stream back whole. */
export async function sniff(
  chunks: AsyncIterable<Uint8Array>,
  format: DataFormat | undefined,
): Promise<{ format: DataFormat; all: AsyncIterable<Uint8Array> }> {
  if (format !== undefined) return { format, all: chunks }
  const iterator = chunks[Symbol.asyncIterator]()
  const read: Uint8Array[] = []
  let first: number | undefined
  while (first === undefined) {
    const { done, value } = await iterator.next()
    if (done === true) break
    read.push(value)
    first = value.find((byte) => !blanks.has(byte))
  }
  const rest = { [Symbol.asyncIterator]: () => iterator }
  async function* all() {
    yield* read
    yield* rest
  }
  return { format: first === 0x7b || first === 0x5b ? 'ndjson' : 'csv', all: all() }
}

// Blank characters and the bytes of a byte order mark.
const blanks = new Set([0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf])

/**
 * Joins the lines that come in one turn of the event loop into one write: a system call for
 * each would cost more than the predictions. `add` resolves when more may come.
 */
export function batched(context: Context) {
  let text = ''
  let scheduled = false
  let written = Promise.resolve()
  const flush = () => {
    const piece = text
    text = ''
    if (piece === '') return
    written = written.then(() => context.print(piece))
    // Whoever adds next or ends sees the error; until then it is not unhandled.
    written.catch(() => undefined)
  }
  return {
    add(line: string): Promise<void> {
      text += line
      if (text.length > 65_536) flush()
      if (!scheduled) {
        scheduled = true
        setImmediate(() => {
          scheduled = false
          flush()
        })
      }
      return written
    },
    end(): Promise<void> {
      flush()
      return written
    },
  }
}
