/**
 * The traps of YAML: looks at the line where `yaml` stumbled for what was most likely meant, and
 * says that instead.
 */
import type { Range } from '../formula/syntax.js'
import { habits } from '../formula/problem.js'
import { lineStarts, position, type Problem } from './problem.js'

/** What of yaml's errors and warnings is looked at. */
export interface SyntaxError {
  readonly code: string
  readonly pos: readonly [number, number]
  readonly message: string
}

export interface Explained {
  readonly problems: readonly Problem[]
  /** The lines that went wrong, from 1. */
  readonly lines: ReadonlySet<number>
}

/** Problems for the errors of `yaml`: one trap a line, and what follows from it left out. */
export function explain(text: string, errors: readonly SyntaxError[]): Explained {
  const lines = new Set<number>()
  if (errors.length === 0) return { problems: [], lines }
  const problems: Problem[] = []
  const starts = lineStarts(text)
  const trapped = new Set<number>()
  const others: { problem: Problem; line: number }[] = []
  for (const error of errors) {
    // Said with the version itself.
    if (error.message.startsWith('Unsupported YAML version')) continue
    const { line } = position(starts, error.pos[0])
    lines.add(line)
    const quote = unclosed(text, starts, line, error)
    const trap = quote ?? tagged(text, error) ?? trapAt(text, starts, line, error)
    if (trap === undefined) {
      const problem = deeper(text, starts, line, error) ?? plainly(text, error)
      others.push({ problem, line })
      continue
    }
    const at = position(starts, trap.range.start).line
    if (trapped.has(at) && trap.code !== 'unknown-tag') continue
    trapped.add(at)
    lines.add(at)
    problems.push(trap)
  }
  for (const { problem, line } of others) {
    // One mistake makes yaml stumble several times there, and a trap on the next line too.
    if (trapped.has(line) || trapped.has(line - 1)) continue
    problems.push(problem)
    trapped.add(line)
  }
  return { problems, lines }
}

/** The quote that opens what is never closed; `yaml` points to where it gave up. */
function unclosed(
  text: string,
  starts: readonly number[],
  last: number,
  { code, message }: SyntaxError,
): Problem | undefined {
  const quote = /^Missing closing (["'])/.exec(message)?.[1]
  if (code !== 'MISSING_CHAR' || quote === undefined) return undefined
  for (let number = last; number > 0; number--) {
    const line = lineAt(text, starts, number)
    const value = valueOf(line)
    if (value === undefined || value.text[0] !== quote) continue
    const rest = value.text.slice(1).replace(/\\./g, '')
    if (rest.split(quote).length % 2 === 0) return undefined
    const range = { start: value.start, end: value.start + 1 }
    return { code: 'yaml-syntax', severity: 'error', range, message: 'a closing quote is missing' }
  }
  return undefined
}

function tagged(text: string, { code, pos }: SyntaxError): Problem | undefined {
  if (code !== 'TAG_RESOLVE_FAILED' || text[pos[0]] !== '!') return undefined
  const tag = /^!\S*/.exec(text.slice(pos[0], pos[0] + 200))![0]
  const range = { start: pos[0], end: pos[0] + tag.length }
  return tag.startsWith('!!') || tag.startsWith('!<')
    ? { code: 'unknown-tag', severity: 'error', range, tag }
    : { code: 'formula-start', severity: 'error', range: first(range), sign: '!' }
}

function plainly(text: string, { code, pos, message }: SyntaxError): Problem {
  const length = text.slice(pos[0], pos[1]).search(/[\r\n]|$/)
  const range = { start: pos[0], end: pos[0] + Math.max(1, length) }
  const words = message.split('\n', 1)[0]!
  const known = better.get(code)?.(words)
  return {
    code: 'yaml-syntax',
    severity: 'error',
    range,
    message: known ?? `${words[0]?.toLowerCase() ?? ''}${words.slice(1)}`,
  }
}

/** A key indented deeper than those above: `yaml` points to the value above it. */
function deeper(
  text: string,
  starts: readonly number[],
  number: number,
  { code }: SyntaxError,
): Problem | undefined {
  if (code !== 'BLOCK_AS_IMPLICIT_KEY' || number >= starts.length) return undefined
  const { text: next, start } = lineAt(text, starts, number + 1)
  const above = lineAt(text, starts, number).text
  const indent = next.search(/\S/)
  if (indent <= above.search(/\S/)) return undefined
  const range = { start: start + indent, end: start + indent + 1 }
  return { code: 'yaml-syntax', severity: 'error', range, message: tooFar }
}

/** Where yaml speaks to those who know its grammar. */
const better = new Map<string, (message: string) => string | undefined>([
  [
    'MISSING_CHAR',
    (message) => {
      if (message.startsWith('Implicit map keys')) return 'a ":" is missing'
      return message.startsWith('Missing closing') ? 'a closing quote is missing' : undefined
    },
  ],
  [
    'BAD_INDENT',
    (message) => {
      if (message.startsWith('Flow map')) return 'a "}" is missing above'
      if (message.startsWith('Flow seq')) return 'a "]" is missing above'
      return message.startsWith('All mapping') ? misplaced : undefined
    },
  ],
  ['MULTILINE_IMPLICIT_KEY', () => 'a ":" is missing in this line or a quote in one above'],
  ['BLOCK_AS_IMPLICIT_KEY', () => tooFar],
  [
    'UNEXPECTED_TOKEN',
    (message) => {
      const closing = /: "([}\]])"$/.exec(message)?.[1]
      return closing && `this "${closing}" closes nothing`
    },
  ],
])
const tooFar = 'this key is indented deeper than those above it'
const misplaced = 'this line is not indented like the keys above it'

function trapAt(
  text: string,
  starts: readonly number[],
  number: number,
  error: SyntaxError,
): Problem | undefined {
  const line = lineAt(text, starts, number)
  const found = tab(line, error) ?? inLine(line, error)
  if (found !== undefined) return found
  // A comment that cuts a formula makes yaml stumble over its second line.
  if (number === 1) return undefined
  const above = lineAt(text, starts, number - 1)
  const value = valueOf(above)
  return value && cutByComment(value.text, value.start)
}

/** A line without its end, or a part of one. */
export interface Line {
  readonly text: string
  readonly start: number
}

/** A line may be megabytes long; no trap needs more than its beginning. */
const enough = 2000

/** A line by its number, from 1. */
export function lineAt(
  text: string,
  starts: readonly number[],
  number: number,
  most = enough,
): Line {
  const start = starts[number - 1]!
  const end = Math.min(starts[number] ?? text.length, start + most)
  return { text: text.slice(start, end).replace(/[\r\n]+$/, ''), start }
}

function tab(line: Line, { code, pos }: SyntaxError): Problem | undefined {
  const indent = /^[ \t]*/.exec(line.text)![0]
  const at = indent.indexOf('\t')
  if (at === -1 || (code !== 'TAB_AS_INDENT' && pos[0] > line.start + indent.length)) {
    return undefined
  }
  const range = { start: line.start + at, end: line.start + indent.length }
  return { code: 'tab', severity: 'error', range }
}

function inLine(line: Line, error: SyntaxError): Problem | undefined {
  const glued = gluedIn(line.text, line.start)
  if (glued !== undefined) return glued
  if (error.code === 'BAD_SCALAR_START') return startsWith(line, error.pos[0])
  const value = valueOf(line)
  if (value === undefined) return undefined
  // A second value of the same line, in a flow map: look at the one that yaml means.
  const start = flowValue(line, error.pos[0]) ?? value.start
  return (
    startSign(line, start, error) ??
    choice(line, start, error) ??
    cutByComment(value.text, value.start)
  )
}

/** `w:1` on a line of its own. */
export function gluedIn(line: string, start: number): Problem | undefined {
  const found = /^([ \t]*(?:- +)*)([\p{L}_][\p{L}\p{M}\p{N}_]*):([^\s:,].*)$/u.exec(line)
  if (found === null) return undefined
  const [, indent, key, value] = found
  const from = start + indent!.length
  const range = { start: from, end: from + key!.length + 1 + value!.length }
  return { code: 'missing-space', severity: 'error', range, key: key!, value: value! }
}

/** What stands behind the key of a line. */
export function valueOf({ text, start }: Line): Line | undefined {
  const found = /^[ \t]*(?:- +)*(?:"[^"]*"|'[^']*'|[^\s"'{[#][^:#]*?)[ \t]*:[ \t]+(\S.*)$/.exec(
    text,
  )
  if (found === null) return undefined
  const value = found[1]!
  return { text: value, start: start + text.length - value.length }
}

/** Where the value begins that an offset lies in, between the braces and commas of a flow map. */
function flowValue({ text, start }: Line, offset: number): number | undefined {
  const before = text.slice(0, offset - start + 1)
  const found = /[{,][ \t]*[\p{L}_][\p{L}\p{M}\p{N}_]*:[ \t]+(?=\S[^,]*$)/u.exec(before)
  if (found === null) return undefined
  const at = found.index + found[0].length
  return start + at
}

function startSign(line: Line, start: number, error: SyntaxError): Problem | undefined {
  const at = error.pos[0] - line.start
  // One too many is no beginning of a formula.
  if (error.code === 'UNEXPECTED_TOKEN' && /[}\]]/.test(line.text[at] ?? '')) return undefined
  const opened = error.code === 'UNEXPECTED_TOKEN' ? opener(line, error.pos[0]) : undefined
  if (opened !== undefined) {
    const sign = line.text[opened - line.start]!
    const range = { start: opened, end: opened + 1 }
    return { code: 'formula-start', severity: 'error', range, sign }
  }
  const value = line.text.slice(start - line.start)
  const sign = /^(?:[-?](?=[ \t])|[@`%,*&!|>])/.exec(value)?.[0]
  if (sign === undefined || error.pos[1] < start) return undefined
  const range = { start, end: start + 1 }
  const shown = sign === '-' || sign === '?' ? `${sign} ` : sign
  return { code: 'formula-start', severity: 'error', range, sign: shown }
}

/** Where the list, map or text in quotes begins that something follows, as in `[a] + b`. */
function opener({ text, start }: Line, offset: number): number | undefined {
  const before = text.slice(0, offset - start).trimEnd()
  const close = before.at(-1)
  if (close === '"' || close === "'") {
    const at = before.lastIndexOf(close, before.length - 2)
    return at === -1 ? undefined : start + at
  }
  if (close !== ']' && close !== '}') return undefined
  let depth = 0
  for (let at = before.length - 1; at >= 0; at--) {
    if (/[\]}]/.test(before[at]!)) depth++
    else if (/[[{]/.test(before[at]!) && --depth === 0) return start + at
  }
  return undefined
}

function startsWith(line: Line, offset: number): Problem {
  const sign = line.text[offset - line.start] ?? ''
  const range = { start: offset, end: offset + 1 }
  return { code: 'formula-start', severity: 'error', range, sign }
}

/** `c ? a : b`, or `: ` in a call. */
function choice(line: Line, start: number, error: SyntaxError): Problem | undefined {
  if (error.code !== 'BLOCK_AS_IMPLICIT_KEY' && error.code !== 'BLOCK_IN_FLOW') return undefined
  const value = line.text.slice(start - line.start)
  const colon = value.search(/:(?=\s|$)/)
  if (colon === -1) return undefined
  const question = value.slice(0, colon).indexOf('?')
  if (question === -1) {
    const range = { start: start + colon, end: start + colon + 1 }
    return { code: 'formula-colon', severity: 'error', range }
  }
  const range = { start: start + question, end: start + colon + 1 }
  return { code: 'formula-habit', severity: 'error', range, ...habits.get('?')! }
}

/** A formula that its line leaves open because a comment begins. */
function cutByComment(value: string, start: number): Problem | undefined {
  const hash = value.search(/\s#/)
  if (hash === -1 || !isOpen(value.slice(0, hash))) return undefined
  const range = { start: start + hash + 1, end: start + hash + 2 }
  return { code: 'formula-comment', severity: 'error', range }
}

/** Whether more must follow: a parenthesis is open, or an operator or comma stands last. */
export function isOpen(formula: string): boolean {
  return parentheses(formula) > 0 || /[-+*/^,(@<>=]\s*$/.test(formula)
}

/** How many more open than close. */
export function parentheses(text: string): number {
  let open = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 40) open++
    else if (code === 41) open--
  }
  return open
}

function first({ start }: Range): Range {
  return { start, end: start + 1 }
}
