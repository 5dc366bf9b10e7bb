/**
 * From text to a tree of maps, lists and texts with their places: the only user of `yaml` in
 * reading graphs. Nothing in the tree is a number or a boolean yet: what a scalar means is for
 * whoever knows what is wanted there. Whatever comes in, this ends in a tree or in problems.
 */
import { Composer, isScalar, Lexer, Parser } from 'yaml'
import type { Document } from 'yaml'
import type { Range } from '../formula/syntax.js'
import { blank } from './blank.js'
import { explain, type SyntaxError } from './lint.js'
import { shorten } from './plain.js'
import { lineStarts, position, type Problem } from './problem.js'
import { lineOf, unreadable } from './source.js'
import { build, type YamlNode } from './tree.js'

/** Levels that maps and lists may nest; deeper ones could overflow the stack of `yaml`. */
export const maximumNesting = 100
/**
 * Pieces that the text may fall into (words, signs, spaces, line ends): some 120,000 lines. Up to
 * there `yaml` reads within two seconds and 500 MB whatever it is given.
 */
const maximumPieces = 1_000_000
/** Characters of one piece. `yaml` takes longer texts apart letter by letter. */
const maximumLength = 1 << 20
/** After this many mistakes of syntax the rest is not worth its time. */
const maximumErrors = 100

export interface ReadDocument {
  /** Absent where there is nothing to go on with. */
  readonly root?: YamlNode
  readonly problems: readonly Problem[]
  /** The lines that are no good YAML: what else is found there is most likely no mistake. */
  readonly badLines: ReadonlySet<number>
}

/**
 * Reads the one document of a file. Never throws. From `plainLines` plain lines on in one map,
 * `yaml` does not see them; what comes out is the same.
 */
export function readDocument(text: string, plainLines?: number): ReadDocument {
  const badLines = new Set<number>()
  const unreadableText = unreadable(text)
  if (unreadableText !== undefined) return { problems: [unreadableText], badLines }
  const short = shorten(text, plainLines)
  const many = tooMany(short.text)
  if (many !== undefined) return { problems: [many], badLines }
  const { documents, errors, stopped, ...mended } = composeMended(short.text)
  if (stopped !== undefined) return { problems: [...mended.problems, stopped], badLines }
  const found = explain(mended.text, errors)
  const problems: Problem[] = [...mended.problems, ...found.problems]
  for (const line of found.lines) badLines.add(line)
  const [document, second] = documents
  if (second !== undefined) {
    problems.push(error('several-documents', beginning(text, second)))
  }
  const version = versionProblem(text)
  if (version !== undefined) problems.push(version)
  if (document === undefined || isEmpty(document)) {
    if (problems.length === 0) problems.push(error('empty-file', { start: 0, end: 0 }))
    return { problems, badLines }
  }
  const built: Problem[] = []
  const root = build(document.contents, mended.text, built, mended.blanked, short.entries)
  const line = lineOf(text)
  for (const problem of built) if (!badLines.has(line(problem.range.start))) problems.push(problem)
  return { problems, badLines, ...(root !== undefined && { root }) }
}

/** Where a second document begins: its `---`, or its first word where `...` ended the first. */
function beginning(text: string, { contents, directives, range }: Document.Parsed): Range {
  const start = contents?.range?.[0] ?? range[0]
  if (directives?.docStart !== true) return { start, end: Math.min(start + 1, text.length) }
  // Between it and the contents are comments at most.
  let at = text.lastIndexOf('---', start)
  while (at > 0 && !'\n\r'.includes(text[at - 1]!)) at = text.lastIndexOf('---', at - 1)
  return { start: Math.max(at, 0), end: Math.max(at, 0) + 3 }
}

function isEmpty(document: Document.Parsed): boolean {
  const { contents } = document
  return contents === null || (isScalar(contents) && contents.source === '')
}

interface Composed {
  readonly documents: readonly Document.Parsed[]
  readonly errors: readonly SyntaxError[]
  /** Why reading ended early. */
  readonly stopped?: Problem
}

interface Mended extends Composed {
  /** What was read at last. */
  readonly text: string
  /** Of the values that were taken out. */
  readonly problems: readonly Problem[]
  /** Where those began. */
  readonly blanked: ReadonlySet<number>
}

/** Times that a file is read again, and the characters of all of them together. */
const maximumRounds = 20
const maximumReread = 500_000

/**
 * Takes one bad value out after the other: all that `yaml` has to say of what comes after the
 * first is likely to follow from it, and the entries below it may have ended up inside it.
 */
function composeMended(text: string): Mended {
  const problems: Problem[] = []
  const blanked = new Set<number>()
  const rounds = Math.min(maximumRounds, Math.floor(maximumReread / text.length))
  let composed = compose(text)
  let mended = text
  const starts = lineStarts(text)
  for (let round = 0; round < rounds && composed.stopped === undefined; round++) {
    const all = explain(mended, composed.errors).problems
    const first = firstBlank(all.toSorted(inOrder), (problem) => {
      const found = blank(mended, starts, position(starts, problem.range.start).line, problem)
      return found !== undefined && !blanked.has(found.start) ? found : undefined
    })
    if (first === undefined) break
    mended = first.found.text
    blanked.add(first.found.start)
    problems.push(first.problem)
    composed = compose(mended)
  }
  return { ...composed, text: mended, problems, blanked }
}

function inOrder(a: Problem, b: Problem): number {
  return a.range.start - b.range.start
}

function firstBlank<T>(
  problems: readonly Problem[],
  find: (problem: Problem) => T | undefined,
): { readonly problem: Problem; readonly found: T } | undefined {
  for (const problem of problems) {
    const found = find(problem)
    if (found !== undefined) return { problem, found }
  }
  return undefined
}

/** Thrown to leave `yaml` where it has said enough. */
class Enough extends Error {}

function compose(text: string): Composed {
  const documents: Document.Parsed[] = []
  const errors: SyntaxError[] = []
  const strays: SyntaxError[] = []
  const parser = new Parser()
  const composer = new Composer({
    version: '1.2',
    // Its own check compares every key with every other.
    uniqueKeys: false,
    merge: true,
    resolveKnownTags: false,
    prettyErrors: false,
    keepSourceTokens: false,
    logLevel: 'silent',
  })
  stopAfter(composer, maximumErrors)
  try {
    for (const piece of new Lexer().lex(text)) {
      if (piece.length > maximumLength && piece.trim() !== '') {
        return { documents, errors, stopped: long(parser.offset) }
      }
      for (const token of parser.next(piece)) {
        if (token.type === 'error') {
          // These go past the handler of errors.
          const pos = [token.offset, token.offset + token.source.length] as const
          strays.push({ code: 'UNEXPECTED_TOKEN', pos, message: token.message })
          if (strays.length >= maximumErrors) throw new Enough()
        }
        documents.push(...composer.next(token))
      }
      // One for the document, one for what is being read.
      if (parser.stack.length > maximumNesting + 2) {
        return { documents, errors, stopped: deep(parser.offset) }
      }
      if (documents.length > 1) break
    }
    if (documents.length < 2) {
      for (const token of parser.end()) documents.push(...composer.next(token))
      documents.push(...composer.end(false, text.length))
    }
  } catch (thrown) {
    // However deep the stack of the caller already is.
    if (thrown instanceof RangeError) return { documents, errors, stopped: deep(parser.offset) }
    if (!(thrown instanceof Enough)) throw thrown
    errors.push(...collected(composer), ...strays)
  }
  for (const { errors: wrong, warnings } of documents) {
    errors.push(...wrong.slice(0, maximumErrors), ...warnings.slice(0, maximumErrors))
  }
  if (documents.length === 0) errors.push(...collected(composer))
  return { documents, errors }
}

function deep(offset: number): Problem {
  return {
    code: 'too-deep',
    severity: 'error',
    range: { start: offset, end: offset + 1 },
    limit: maximumNesting,
  }
}

function long(offset: number): Problem {
  return {
    code: 'too-long',
    severity: 'error',
    range: { start: offset, end: offset + 1 },
    limit: maximumLength,
  }
}

/**
 * `yaml` has no limit on mistakes, and makes an Error with a stack for each. Its handler is a
 * private field: should it go one day, only the limit goes with it.
 */
interface ComposerInside {
  onError?: (...details: readonly unknown[]) => void
  errors?: readonly SyntaxError[]
}

function stopAfter(composer: Composer, most: number): void {
  // See ComposerInside: private to yaml, and optional here.
  const inside = composer as unknown as ComposerInside
  const { onError } = inside
  if (onError === undefined) return
  let count = 0
  inside.onError = (...details) => {
    // What resolves scalars reports whatever is thrown in it, this too: not a mistake of the file.
    if (count < most) onError(...details)
    if (++count >= most) throw new Enough()
  }
}

function collected(composer: Composer): readonly SyntaxError[] {
  return (composer as unknown as ComposerInside).errors ?? []
}

/** Refuses early what would take `yaml` seconds and gigabytes. Cutting alone is fast. */
function tooMany(text: string): Problem | undefined {
  if (text.length < maximumPieces) return undefined
  let pieces = 0
  for (const _piece of new Lexer().lex(text)) {
    if (++pieces > maximumPieces) {
      const range = { start: 0, end: 0 }
      return { code: 'too-many-pieces', severity: 'error', range, limit: maximumPieces }
    }
  }
  return undefined
}

function versionProblem(text: string): Problem | undefined {
  const directive = /^\uFEFF?(?:(?:#.*|[ \t]*|%(?!YAML).*)\r?\n)*%YAML[ \t]+(\S+)/.exec(
    text.slice(0, 10_000),
  )
  if (directive === null || directive[1] === '1.2') return undefined
  const end = directive[0].length
  const start = end - directive[1]!.length
  const range = { start, end }
  return { code: 'yaml-version', severity: 'error', range, version: directive[1]! }
}

function error(code: 'several-documents' | 'empty-file', range: Range): Problem {
  return { code, severity: 'error', range }
}
