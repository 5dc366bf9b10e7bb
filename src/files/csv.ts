/** CSV to rows of numbers, and of texts where those are wanted. */
import { Readable } from 'node:stream'
import { parse, type CsvError } from 'csv-parse'
import { EagreError } from '../errors.js'
import type { Field } from '../language/plan.js'
import type { Columns, DataLine } from './data.js'

// A quote that is never closed swallows all that follows; no honest row is as long as this.
const longestRow = 16_000_000

interface Parsed {
  readonly record: readonly string[]
  readonly info: { readonly lines: number }
}

/** See `readLines`. Blank lines are skipped, blanks around cells dropped. */
export async function* readCsv(
  source: string,
  chunks: AsyncIterable<Uint8Array>,
  delimiter: string,
  columns: Columns,
): AsyncGenerator<DataLine> {
  const skipped: DataLine[] = []
  const parser = parse({
    bom: true,
    delimiter,
    ltrim: true,
    // A stray quote is then a part of its cell: harmless in a column that is not read, and no
    // number in one that is. Otherwise the parser would take what follows for quoted.
    relax_quotes: true,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: longestRow,
    on_skip: (error) => {
      // A row that is too long is skipped again at each chunk, for as long as it goes on.
      const line = describe(error)
      if (skipped.at(-1)?.line !== line.line) skipped.push(line)
      return undefined
    },
  })
  const input = Readable.from(chunks)
  // `pipe` does not pass errors on.
  input.on('error', (error) => parser.destroy(error)).pipe(parser)
  let cells: Cell[] | undefined
  if (Array.isArray(columns.header)) cells = place(source, columns.header, columns)
  else if (columns.header === false && columns.numbered !== true) {
    cells = place(source, columns.names, columns)
  }
  let width = Array.isArray(columns.header) ? columns.header.length : columns.names.length
  try {
    // The cast: with `info` the parser yields these, which its types do not say.
    for await (const { record, info } of parser as AsyncIterable<Parsed>) {
      // Of a record over several lines the first counts.
      const line = info.lines - record.join('').split('\n').length + 1
      // The parser reads ahead of what it has given out.
      while (skipped[0] !== undefined && skipped[0].line < line) yield skipped.shift()!
      if (cells === undefined) {
        width = record.length
        const header = columns.header === false ? record.map((_, at) => `${at}`) : record.map(trim)
        cells = place(source, header, columns)
        if (columns.header === false) yield convert(record, cells, line)
      } else if (record.length !== width) {
        yield { line, problem: `${count(record.length, 'cell')}, but ${count(width, 'column')}` }
      } else {
        yield convert(record, cells, line)
      }
    }
  } catch (error) {
    if (!isCsvError(error)) throw error
    skipped.push(describe(error))
  } finally {
    input.destroy()
  }
  yield* skipped
}

/** A column that is read: where it is, and whether its cells may be empty. */
interface Cell {
  readonly name: string
  readonly index: number
  readonly required: boolean
  readonly text: boolean
}

function place(source: string, header: readonly string[], columns: Columns): Cell[] {
  const at = new Map<string, number>()
  for (const [index, name] of header.entries()) {
    if (!at.has(name)) at.set(name, index)
    else if (columns.names.includes(name)) {
      throw new EagreError('bad-data', `${source}: there are two columns "${name}"`)
    }
  }
  return columns.names.flatMap((name) => {
    const index = at.get(name) ?? numbered(name, header.length)
    const required = columns.required.has(name)
    const text = columns.texts?.has(name) === true
    if (index !== undefined) return [{ name, index, required, text }]
    if (!required) return []
    const hint = headerHint(header, columns)
    throw new EagreError('bad-data', `${source}: there is no column "${name}"`, { hint })
  })
}

/** A column called by its number, which counts from 0. */
function numbered(name: string, length: number): number | undefined {
  return /^(?:0|[1-9]\d{0,8})$/.test(name) && Number(name) < length ? Number(name) : undefined
}

function headerHint(header: readonly string[], { header: told }: Columns): string {
  const counted = header.every((name, at) => name === `${at}`)
  if (counted) return `the columns are 0 to ${header.length - 1}`
  const numbers = header.length > 0 && header.every((name) => readCell(name) !== undefined)
  if (numbers && told === undefined) {
    return 'the first line holds numbers: put a line with the names of the columns above it'
  }
  if (numbers) return 'the first line holds numbers; `header: false` says that it names nothing'
  const names = header.slice(0, 20).map((name) => `"${name.slice(0, 40)}"`)
  return `the columns are ${names.join(', ')}${header.length > 20 ? ', …' : ''}`
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}

function convert(record: readonly string[], cells: readonly Cell[], line: number): DataLine {
  const row: Record<string, Field> = Object.create(null)
  for (const { name, index, required, text: isText } of cells) {
    const text = trim(record[index]!)
    if (text === '' && !required) continue
    if (isText && text !== '') {
      row[name] = text
      continue
    }
    const value = readCell(text)
    if (value === undefined) {
      const what = text === '' ? 'is empty' : `is ${JSON.stringify(text.slice(0, 40))}, no number`
      return { line, problem: `column "${name}" (${index + 1}) ${what}${commaHint(text)}` }
    }
    if (!Number.isFinite(value)) {
      return { line, problem: `column "${name}" (${index + 1}) is ${text.slice(0, 40)}, too large` }
    }
    row[name] = value
  }
  return { line, row }
}

// The parser's own `rtrim` does not go together with stray quotes; without it, what stands
// between a closing quote and the next comma makes the quotes a part of the cell.
function trim(cell: string): string {
  const text = cell.trim()
  return /^".*"$/.test(text) ? text.slice(1, -1).trim() : text
}

function commaHint(text: string): string {
  return /^[-+]?\d+,\d+$/.test(text) ? '; decimals are written with a point' : ''
}

// `Number` also reads '', '0x10' and '0b1', which in a table of numbers are mistakes.
function readCell(text: string): number | undefined {
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : undefined
}

function describe(error: CsvError | undefined): DataLine {
  // The line is among the fields that `CsvError` leaves untyped.
  const line = Number(error?.['lines'] ?? 0)
  switch (error?.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
    case 'CSV_MAX_RECORD_SIZE':
      return { line, problem: 'a quote opened here or above is never closed' }
    default:
      return { line, problem: error?.message ?? 'this is no row' }
  }
}

function isCsvError(error: unknown): error is CsvError {
  return error instanceof Error && 'code' in error && /^(CSV_|INVALID_)/.test(String(error.code))
}
