/**
 * From text to a tree of maps, lists and texts with their places: the only user of `yaml` in
 * reading graphs. Nothing in the tree is a number or a boolean yet: what a scalar means is for
 * whoever knows what is wanted there. Whatever comes in, this ends in a tree or in problems.
 */
import { Composer, isAlias, isMap, isScalar, isSeq, Lexer, Parser } from 'yaml'
import type { Document, Node, Pair, Scalar } from 'yaml'
import type { Range } from '../formula/syntax.js'
import { explain, type SyntaxError } from './lint.js'
import { mendList, mendMap, merged } from './lintflow.js'
import type { Problem } from './problem.js'
import type { Style, TextNode } from './scalar.js'
import { lineOf, unreadable } from './source.js'
import { suggest } from './suggest.js'

/** Levels that maps and lists may nest; deeper ones could overflow the stack of `yaml`. */
export const maximumNesting = 100
/** Values that all aliases of a file may stand for together. */
export const maximumAliases = 10_000
/**
 * Pieces that the text may fall into (words, signs, spaces, line ends): some 150,000 lines. Up to
 * there `yaml` reads within two seconds and 500 MB whatever it is given.
 */
const maximumPieces = 1_000_000
/** After this many mistakes of syntax the rest is not worth its time. */
const maximumErrors = 100

export type YamlNode = TextNode | MapNode | ListNode | BrokenNode

export interface MapNode {
  readonly type: 'map'
  /** No key twice. */
  readonly entries: readonly Entry[]
  readonly range: Range
}

export interface Entry {
  readonly key: TextNode
  /** Absent where nothing is written after the key. */
  readonly value?: YamlNode
}

export interface ListNode {
  readonly type: 'list'
  readonly items: readonly (YamlNode | undefined)[]
  readonly range: Range
}

/** Something that a problem was already reported for: to be passed over in silence. */
export interface BrokenNode {
  readonly type: 'broken'
  readonly range: Range
}

export interface ReadDocument {
  /** Absent where there is nothing to go on with. */
  readonly root?: YamlNode
  readonly problems: readonly Problem[]
  /** The lines that are no good YAML: what else is found there is most likely no mistake. */
  readonly badLines: ReadonlySet<number>
}

/** Reads the one document of a file. Never throws. */
export function readDocument(text: string): ReadDocument {
  const badLines = new Set<number>()
  const unfit = unreadable(text) ?? tooMany(text)
  if (unfit !== undefined) return { problems: [unfit], badLines }
  const { documents, errors, tooDeep } = compose(text)
  if (tooDeep !== undefined) return { problems: [tooDeep], badLines }
  const found = explain(text, errors)
  const problems: Problem[] = [...found.problems]
  for (const line of found.lines) badLines.add(line)
  const [document, second] = documents
  if (second !== undefined) {
    const start = text.indexOf('---', document!.range[2] - 4 < 0 ? 0 : document!.range[2] - 4)
    const at = start === -1 ? second.range[0] : start
    problems.push(error('several-documents', { start: at, end: at + 3 }))
  }
  const version = versionProblem(text)
  if (version !== undefined) problems.push(version)
  if (document === undefined || isEmpty(document)) {
    if (problems.length === 0) problems.push(error('empty-file', { start: 0, end: 0 }))
    return { problems, badLines }
  }
  const builder = new Builder(text, problems)
  const root = builder.build(document.contents as Node | null)
  return { problems, badLines, ...(root !== undefined && { root }) }
}

function isEmpty(document: Document.Parsed): boolean {
  const { contents } = document
  return contents === null || (isScalar(contents) && contents.source === '')
}

interface Composed {
  readonly documents: readonly Document.Parsed[]
  readonly errors: readonly SyntaxError[]
  readonly tooDeep?: Problem
}

/** Thrown to leave `yaml` where it has said enough. */
class Enough extends Error {}

function compose(text: string): Composed {
  const documents: Document.Parsed[] = []
  const errors: SyntaxError[] = []
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
      for (const token of parser.next(piece)) documents.push(...composer.next(token))
      // One for the document, one for what is being read.
      if (parser.stack.length > maximumNesting + 2) {
        return { documents, errors, tooDeep: deep(parser.offset) }
      }
      if (documents.length > 1) break
    }
    if (documents.length < 2) {
      for (const token of parser.end()) documents.push(...composer.next(token))
      documents.push(...composer.end(false, text.length))
    }
  } catch (thrown) {
    // However deep the stack of the caller already is.
    if (thrown instanceof RangeError) return { documents, errors, tooDeep: deep(parser.offset) }
    if (!(thrown instanceof Enough)) throw thrown
    errors.push(...collected(composer))
  }
  for (const document of documents) errors.push(...document.errors, ...document.warnings)
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
    onError(...details)
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

function error<C extends 'several-documents' | 'empty-file' | 'bad-merge'>(code: C, range: Range) {
  return { code, severity: 'error', range } as const
}

/** Turns the nodes of `yaml` into ours: aliases followed, merges made, no key twice. */
class Builder {
  private readonly text: string
  private readonly problems: Problem[]
  private readonly anchors = new Map<string, YamlNode | undefined>()
  /** With what its aliases stand for. */
  private readonly sizes = new WeakMap<YamlNode, number>()
  private aliased = 0
  private readonly lineOf: (offset: number) => number

  constructor(text: string, problems: Problem[]) {
    this.text = text
    this.problems = problems
    this.lineOf = lineOf(text)
  }

  build(node: Node | null): YamlNode | undefined {
    if (isAlias(node)) return this.alias(node.source, rangeOf(node))
    const built = this.plain(node)
    const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined
    if (anchor !== undefined) this.anchors.set(anchor, built)
    return built
  }

  private plain(node: Node | null): YamlNode | undefined {
    if (isScalar(node)) return this.scalar(node)
    if (isSeq(node)) {
      const items = node.items.map((item) => this.build(item as Node | null))
      const list: ListNode = {
        type: 'list',
        items: node.flow ? mendList(items, this.text, this.problems) : items,
        range: rangeOf(node),
      }
      return this.measured(list, items)
    }
    if (isMap(node)) return this.map(node.items, rangeOf(node), node.flow === true)
    return undefined
  }

  private scalar(node: Scalar): YamlNode | undefined {
    const range = rangeOf(node)
    const style = styles.get(node.type ?? 'PLAIN') ?? 'plain'
    const text = node.source ?? String(node.value)
    if (style === 'plain' && text === '') return undefined
    return { type: 'text', text, style, range }
  }

  private map(pairs: readonly Pair[], range: Range, flow: boolean): MapNode {
    const entries: Entry[] = []
    const lines = new Map<string, number>()
    const merges: YamlNode[] = []
    const values: (YamlNode | undefined)[] = []
    for (const pair of pairs) {
      const key = this.key(pair.key as Node | null)
      const value = this.build(pair.value as Node | null)
      values.push(value)
      if (key === undefined) continue
      if (key.text === '<<' && key.style === 'plain') {
        const sources = mergeSources(value)
        if (sources === undefined) this.problems.push(error('bad-merge', key.range))
        else merges.push(...sources)
        continue
      }
      entries.push(value === undefined ? { key } : { key, value })
    }
    const repaired = flow ? mendMap(entries, this.text, this.problems) : entries
    const unique: Entry[] = []
    for (const entry of repaired) {
      const { text: key, range: keyRange } = entry.key
      const first = lines.get(key)
      if (first === undefined) {
        lines.set(key, keyRange.start)
        unique.push(entry)
        continue
      }
      const line = this.lineOf(first)
      this.problems.push({ code: 'duplicate-key', severity: 'error', range: keyRange, key, line })
    }
    const all = merges.length === 0 ? unique : merged(unique, merges)
    return this.measured({ type: 'map', entries: all, range }, values)
  }

  private key(node: Node | null): TextNode | undefined {
    const key = this.build(node)
    if (key?.type === 'text') return key
    if (key?.type === 'broken') return undefined
    const kinds = { map: 'a map', list: 'a list' } as const
    const range = key?.range ?? rangeOf(node)
    const kind = key === undefined ? 'nothing' : kinds[key.type]
    this.problems.push({ code: 'not-a-key', severity: 'error', range, kind })
    return undefined
  }

  private alias(name: string, range: Range): YamlNode | undefined {
    if (!this.anchors.has(name)) {
      // Already reported by yaml.
      if (name === '') return { type: 'broken', range }
      const suggestion = suggest(name, this.anchors.keys())
      const problem: Problem = { code: 'unknown-alias', severity: 'error', range, name }
      this.problems.push(suggestion === undefined ? problem : { ...problem, suggestion })
      return { type: 'broken', range }
    }
    const target = this.anchors.get(name)
    const before = this.aliased
    this.aliased += target === undefined ? 1 : (this.sizes.get(target) ?? 1)
    if (this.aliased <= maximumAliases) return target
    if (before <= maximumAliases) {
      this.problems.push({
        code: 'too-many-aliases',
        severity: 'error',
        range,
        limit: maximumAliases,
      })
    }
    return { type: 'broken', range }
  }

  private measured<T extends MapNode | ListNode>(
    node: T,
    children: readonly (YamlNode | undefined)[],
  ): T {
    let size = 1
    for (const child of children) {
      size += child === undefined ? 1 : (this.sizes.get(child) ?? 1)
    }
    this.sizes.set(node, size)
    return node
  }
}

const styles = new Map<string, Style>([
  ['PLAIN', 'plain'],
  ['QUOTE_SINGLE', 'single'],
  ['QUOTE_DOUBLE', 'double'],
  ['BLOCK_LITERAL', 'literal'],
  ['BLOCK_FOLDED', 'folded'],
])

function rangeOf(node: Node | null): Range {
  const range = node?.range
  return range == null ? { start: 0, end: 0 } : { start: range[0], end: range[1] }
}

/** The maps that `<<` merges, later ones weaker; nothing where it merges something else. */
function mergeSources(value: YamlNode | undefined): readonly YamlNode[] | undefined {
  if (value?.type === 'map' || value?.type === 'broken') return [value]
  if (value?.type !== 'list') return undefined
  const sources: YamlNode[] = []
  for (const item of value.items) {
    if (item?.type !== 'map' && item?.type !== 'broken') return undefined
    sources.push(item)
  }
  return sources
}
