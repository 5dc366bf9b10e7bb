/**
 * Takes the value out that makes `yaml` stumble, so that the rest of the file can be read as if
 * something sound stood there. No place in the file moves.
 */
import { lineAt, valueOf } from './lint.js'
import type { Range } from '../formula/syntax.js'
import type { Problem } from './problem.js'

export interface Blanked {
  readonly text: string
  /** Where the value began. Something that means nothing stands there now. */
  readonly start: number
}

/** The text without the value that a problem lies in; nothing where that is no single value. */
export function blank(
  text: string,
  starts: readonly number[],
  line: number,
  { code, range }: Problem,
): Blanked | undefined {
  const whole = lineAt(text, starts, line, Infinity)
  const { start } = whole
  if (code === 'yaml-syntax' && /[}\]]/.test(text[range.start] ?? '')) {
    return { text: filled(text, range, ' '), start: range.start }
  }
  const indent = indentOf(whole.text)
  if (code === 'missing-space' || code === 'yaml-syntax') {
    // Neither key nor value: a line less, unless others hang on it.
    const end = start + whole.text.length
    const own = range.start <= start + indent && indent > 0
    if (own && lastLine(text, starts, line) === line) {
      return { text: filled(text, { start, end }, ''), start: range.start }
    }
    if (code === 'missing-space' || own) return undefined
  }
  const value = valueOf(whole) ?? itemOf(whole)
  if (value === undefined) return undefined
  const last = lastLine(text, starts, line)
  const end = last === line ? start + whole.text.length : endOf(text, starts, last)
  const inFlow = flowValue(text, value.start, range.start)
  if (inFlow !== undefined) {
    return { text: filled(text, { start: inFlow, end: flowEnd(text, inFlow, end) }, '~'), start: inFlow } // prettier-ignore
  }
  if (range.start < value.start) return undefined
  const kept = /[,\s]*$/.exec(text.slice(value.start, end))![0].length
  const blanked = { start: value.start, end: Math.max(value.start + 1, end - kept) }
  return { text: filled(text, blanked, '~'), start: value.start }
}

/** As long as it was, with its line ends. */
function filled(text: string, { start, end }: Range, sign: string): string {
  const rest = text.slice(start + sign.length, end).replace(/[^\r\n]/g, ' ')
  return text.slice(0, start) + sign + rest + text.slice(end)
}

function indentOf(line: string): number {
  return /^[ \t]*/.exec(line)![0].length
}

/** `- value` in a list. */
function itemOf({ text, start }: { readonly text: string; readonly start: number }) {
  const found = /^[ \t]*(?:- +)+(?=\S)/.exec(text)
  if (found === null) return undefined
  return { text: text.slice(found[0].length), start: start + found[0].length }
}

/** The last of the lines that go on with the value: they are indented deeper. */
function lastLine(text: string, starts: readonly number[], first: number): number {
  const indent = indentOf(lineAt(text, starts, first, Infinity).text)
  let last = first
  for (let line = first + 1; line <= starts.length; line++) {
    const { text: next } = lineAt(text, starts, line, Infinity)
    if (next.trim() === '') continue
    if (indentOf(next) <= indent) break
    last = line
  }
  return last
}

function endOf(text: string, starts: readonly number[], line: number): number {
  const { text: last, start } = lineAt(text, starts, line, Infinity)
  return start + last.length
}

/** In a map in braces, where the value begins that an offset lies in. */
function flowValue(text: string, start: number, offset: number): number | undefined {
  if (text[start] !== '{' || offset <= start) return undefined
  const keys = /[{,]\s*[\p{L}_][\p{L}\p{M}\p{N}_]*:\s+/gu
  let last: number | undefined
  for (const { 0: key, index } of text.slice(start, offset + 1).matchAll(keys)) {
    last = start + index + key.length
  }
  return last
}

/** The comma or brace behind a value, if no parenthesis is open there. */
function flowEnd(text: string, start: number, end: number): number {
  let open = 0
  for (let at = start; at < end; at++) {
    const sign = text[at]!
    if (sign === '(' || sign === '[' || sign === '{') open++
    else if (open > 0 && (sign === ')' || sign === ']' || sign === '}')) open--
    else if (open === 0 && (sign === ',' || sign === '}' || sign === '\n')) return at
  }
  return end
}
