/** Reads CSV, TSV and NDJSON texts that were dropped on the page or lie beside it. */
import { parse } from 'csv-parse/browser/esm/sync'
import { EagreError } from '../errors.js'
import type { Field, Row } from '../language/plan.js'

/** Rows of a CSV text; columns are named by the first line, by `header`, or by number. */
export function parseCsv(text: string, header: boolean | readonly string[] = true): Row[] {
  const lines = records(text)
  const first = lines[0]
  if (first === undefined) throw new EagreError('bad-data', 'the file holds no rows')
  const names = typeof header === 'object' ? header : header ? first : first.map((_, at) => `${at}`)
  const rows = header === true ? lines.slice(1) : lines
  return rows.map((fields) => {
    const row: Record<string, Field> = Object.create(null)
    names.forEach((name, at) => {
      const field = fields[at] ?? ''
      if (field !== '') row[name] = isNumber(field) ? Number(field) : field
    })
    return row
  })
}

/** Rows of a text with one JSON object a line. */
export function parseNdjson(text: string): Row[] {
  return text.split('\n').flatMap((line, at) => {
    if (line.trim() === '') return []
    try {
      const row: unknown = JSON.parse(line)
      if (typeof row === 'object' && row !== null && !Array.isArray(row)) return [row as Row]
    } catch {
      // Said below.
    }
    throw new EagreError('bad-data', `line ${at + 1} is no JSON object`)
  })
}

const isNumber = (text: string) => /^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*$/.test(text)

function records(text: string): string[][] {
  const start = text.slice(0, 10_000)
  const delimiter = start.includes('\t') && !start.includes(',') ? '\t' : ','
  try {
    return parse(text, { bom: true, delimiter, skip_empty_lines: true, relax_column_count: true })
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new EagreError('bad-data', message, { cause })
  }
}
