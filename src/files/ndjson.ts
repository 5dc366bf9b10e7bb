/** NDJSON, one JSON object a line, to rows of numbers, and of texts where those are wanted. */
import type { Field } from '../language/plan.js'
import type { Columns, DataLine } from './data.js'
import { fieldOf } from '../train/source.js'
import { json, readNested } from './json.js'

const newline = 10
const longestLine = 16_000_000

/** See `readLines`. Blank lines are skipped; a line that is not UTF-8 is one bad line. */
export async function* readNdjson(
  chunks: AsyncIterable<Uint8Array>,
  columns: Columns,
): AsyncGenerator<DataLine> {
  let line = 0
  for await (const bytes of splitLines(chunks)) {
    line++
    const result = bytes === undefined ? 'this line is too long' : convert(bytes, columns, line)
    if (typeof result === 'string') yield { line, problem: result }
    else if (result !== undefined) yield { line, row: result }
  }
}

/** The lines without their ends; `undefined` for one that is longer than any honest line. */
async function* splitLines(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array | undefined> {
  // A line that spans chunks is kept in parts and joined once: linear for any size of chunk.
  let parts: Uint8Array[] = []
  let length = 0
  const take = () => {
    const bytes = length > longestLine ? undefined : join(parts, length)
    parts = []
    length = 0
    return bytes
  }
  const keep = (part: Uint8Array) => {
    length += part.length
    if (length <= longestLine) parts.push(part)
    else parts = []
  }
  for await (const chunk of chunks) {
    let start = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      keep(chunk.subarray(start, end))
      yield take()
      start = end + 1
    }
    if (start < chunk.length) keep(chunk.subarray(start))
  }
  if (length > 0) yield take()
}

function join(parts: readonly Uint8Array[], length: number): Uint8Array {
  if (parts.length === 1) return parts[0]!
  const bytes = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    bytes.set(part, offset)
    offset += part.length
  }
  return bytes
}

/** A row, a problem in words, or nothing for a blank line. */
function convert(
  bytes: Uint8Array,
  { names, required, texts, ids }: Columns,
  line: number,
): Record<string, Field> | string | undefined {
  let text: string
  try {
    text = (line === 1 ? firstLine : otherLines).decode(bytes).trim()
  } catch {
    return 'this line is not UTF-8'
  }
  if (text === '') return undefined
  let fields: unknown
  try {
    fields = JSON.parse(text)
  } catch (error) {
    return `this is no JSON: ${clip((error as Error).message)}`
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    return `expected an object like {"x": 1}, got ${clip(text)}`
  }
  const row: Record<string, Field> = Object.create(null)
  for (const name of names) {
    const value = fieldOf(fields as Record<string, unknown>, name)
    if (value === undefined) {
      if (!required.has(name)) continue
      const none = Object.hasOwn(fields, name)
      return none
        ? `field "${name}" is null, no ${kind(name, texts)}`
        : `field "${name}" is missing`
    }
    if (texts?.has(name) === true) {
      const text = textOf(value)
      if (text === undefined) return `field "${name}" is ${show(value)}, no text`
      row[name] = typeof value === 'number' && ids?.has(name) === true ? value : text
      continue
    }
    const nested = readNested(value, Number.isFinite)
    if (nested === undefined) return `field "${name}" is ${show(value)}, no number`
    row[name] = nested
  }
  return row
}

function kind(name: string, texts: ReadonlySet<string> = new Set()): string {
  return texts.has(name) ? 'text' : 'number'
}

/** A text; numbers and booleans are the text that they are written as. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

// A byte order mark is dropped from the first line only.
const firstLine = new TextDecoder('utf-8', { fatal: true })
const otherLines = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function show(value: unknown): string {
  return Array.isArray(value) ? 'a list that holds something else' : clip(json(value))
}

function clip(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text
}
