/** Reads CSV, TSV and NDJSON texts that were dropped on the page or lie beside it. */
import { EagreError } from '../errors.js'
import type { Field, Row } from '../language/plan.js'

/** Rows of a CSV text; columns are named by the first line, by `header`, or by number. */
export function parseCsv(text: string, header: boolean | readonly string[] = true): Row[] {
  const lines = records(text, text.slice(0, 10_000).includes('\t') && !text.slice(0, 10_000).includes(',') ? '\t' : ',') // prettier-ignore
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

/** Fields may stand in quotes, with commas, line ends and doubled quotes in them (RFC 4180). */
function records(text: string, separator: string): string[][] {
  const found: string[][] = []
  let fields: string[] = []
  let at = text.startsWith('\uFEFF') ? 1 : 0
  while (at < text.length) {
    let field = ''
    if (text[at] === '"') {
      let end = text.indexOf('"', at + 1)
      while (end >= 0 && text[end + 1] === '"') end = text.indexOf('"', end + 2)
      if (end < 0) throw new EagreError('bad-data', 'a quoted field is not closed')
      field = text.slice(at + 1, end).replaceAll('""', '"')
      at = end + 1
    } else {
      const start = at
      while (at < text.length && text[at] !== separator && text[at] !== '\n') at++
      field = text.slice(start, at).replace(/\r$/, '')
    }
    fields.push(field)
    if (text[at] === '\r') at++
    if (text[at] === separator) {
      at++
      if (at === text.length) fields.push('')
    } else {
      at++
      if (fields.length > 1 || fields[0] !== '') found.push(fields)
      fields = []
    }
  }
  if (fields.length > 0) found.push(fields)
  return found
}
