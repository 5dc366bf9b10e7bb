/**
 * What can be wrong with a graph file, as plain data: a code, a place and the fields that the
 * words are made of. Only `words.ts` turns it into sentences.
 */
import type { Diagnostic } from '../errors.js'
import type { FormulaCode } from '../formula/problem.js'
import type { Range } from '../formula/syntax.js'
import type { MeaningFields } from './meaning.js'
import { words } from './words.js'

/** Wrong by itself, whatever stands around it; the parser of formulas has the words for it. */
interface FormulaFields {
  readonly message: string
  readonly hint?: string
}

type None = Record<never, never>

/** What each code carries beside its place. */
export interface Fields extends Record<FormulaCode, FormulaFields>, MeaningFields {
  // The bytes and the characters.
  'too-large': { readonly size: number; readonly limit: number }
  'not-utf8': { readonly offset: number }
  'nul-character': None
  'empty-file': None

  // YAML itself.
  'yaml-syntax': { readonly message: string; readonly hint?: string }
  'yaml-version': { readonly version: string }
  'too-deep': { readonly limit: number }
  'too-many-aliases': { readonly limit: number }
  'too-many-pieces': { readonly limit: number }
  'too-long': { readonly limit: number }
  'several-documents': None
  'unknown-tag': { readonly tag: string }
  'unknown-alias': { readonly name: string; readonly suggestion?: string }
  'duplicate-key': { readonly key: string; readonly line: number }
  'bad-merge': None
  'not-a-key': { readonly kind: string }

  // Traps of YAML.
  tab: None
  'missing-space': { readonly key: string; readonly value: string }
  'cut-formula': { readonly formula: string; readonly list: boolean }
  'formula-start': { readonly sign: string }
  'formula-colon': None
  'formula-comment': None
  'folded-comment': None
  'bad-number': { readonly text: string; readonly hint?: string }

  // Keys and values.
  'unknown-key': {
    readonly key: string
    /** Where: `train`, or nothing for the whole file. */
    readonly of: string
    readonly suggestion?: string
    /** What it is called or how it is said here. */
    readonly habit?: string
  }
  'not-yet': { readonly what: string }
  'missing-key': { readonly keys: readonly string[]; readonly of: string }
  'wrong-kind': { readonly what: string; readonly expected: string; readonly got: string }
  'out-of-range': { readonly what: string; readonly expected: string; readonly got: string }
  'bad-word': {
    readonly what: string
    readonly word: string
    readonly words: readonly string[]
    readonly suggestion?: string
  }
  'bad-name': { readonly name: string; readonly repair?: string }
  'bad-duration': { readonly text: string }
  'bad-size': { readonly text: string }
  'long-form': { readonly found: number; readonly what: string }
  'mixed-keys': { readonly what: string; readonly keys: readonly string[] }
  'class-twice': { readonly name: string }
  'row-length': { readonly row: number; readonly expected: number; readonly got: number }
}

/** Stable and kebab-case; a program may switch on it. */
export type Code = keyof Fields

export type Problem = {
  [C in Code]: {
    readonly code: C
    readonly severity: 'error' | 'warning'
    /** Offsets into the file's text, or that of a file whose modules it uses. */
    readonly range: Range
    /** The calls of modules that led there, innermost first. */
    readonly calls?: readonly { readonly module: string; readonly line: number }[]
  } & Fields[C]
}[Code]

/** A text and what it is called in messages. */
export interface Source {
  readonly file: string
  readonly text: string
  /**
   * Files that its modules come from. Their offsets begin at `base`, after the text and after one
   * another, so that a range tells which file it is in.
   */
  readonly others?: readonly (Source & { readonly base: number })[]
}

/** A problem in words, with lines and columns. Columns count UTF-16 units from 1. */
export function toDiagnostic(problem: Problem, source: Source): Diagnostic {
  // The table is keyed by code, so what it has for this code takes this problem.
  const say = words[problem.code] as (problem: Problem) => Words
  const { message, hint } = say(problem)
  const start = placeOf(source, problem.range.start)
  const end = placeOf(source, Math.max(problem.range.start, problem.range.end))
  return {
    file: start.file,
    line: start.line,
    column: start.column,
    endLine: end.line,
    endColumn: end.column,
    severity: problem.severity,
    code: problem.code,
    message: bounded(message) + called(problem.calls),
    ...(hint !== undefined && { hint: bounded(hint) }),
  }
}

/** Where a problem in a module comes from: `, in dense called at line 12`. */
function called(calls: Problem['calls'] = []): string {
  return calls.map(({ module, line }) => `, in ${module} called at line ${line}`).join('')
}

/** The file, line and column of an offset. */
export function placeOf(
  source: Source,
  offset: number,
): { readonly file: string; readonly line: number; readonly column: number } {
  const other = source.others?.findLast(({ base }) => offset >= base)
  const at = offset - (other?.base ?? 0)
  return { file: (other ?? source).file, ...position(linesOf(other ?? source), at) }
}

/** On one line and no novel: a name in a message may be a block of text, as long as the file. */
function bounded(text: string): string {
  const start = text.length > 500 ? `${text.slice(0, 500)}…` : text
  return start.replace(/\s*[\n\r\u2028\u2029]\s*/g, ' ')
}

/** What a problem is in words. */
export interface Words {
  /** One clause, lower case, names in double quotes. */
  readonly message: string
  readonly hint?: string | undefined
}

/** The offsets at which the lines of a text begin. CR LF counts as one end of line. */
export function lineStarts(text: string): readonly number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

/** The line and column of an offset, both from 1. */
export function position(
  starts: readonly number[],
  offset: number,
): { readonly line: number; readonly column: number } {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (starts[middle]! <= offset) low = middle
    else high = middle - 1
  }
  return { line: low + 1, column: offset - starts[low]! + 1 }
}

// A file with many problems asks for its lines once.
const known = new WeakMap<Source, readonly number[]>()

function linesOf(source: Source): readonly number[] {
  let starts = known.get(source)
  if (starts === undefined) {
    starts = lineStarts(source.text)
    known.set(source, starts)
  }
  return starts
}
