/** The tree that a graph file is: what `yaml` reads, with aliases followed and no key twice. */
import { isAlias, isMap, isScalar, isSeq } from 'yaml'
import type { Node, Pair, Scalar } from 'yaml'
import type { Range } from '../formula/syntax.js'
import { mendList, mendMap, merged } from './lintflow.js'
import type { Problem } from './problem.js'
import type { Style, TextNode } from './scalar.js'
import { lineOf } from './source.js'
import { suggest } from './suggest.js'

/** Values that all aliases of a file may stand for together. */
export const maximumAliases = 10_000

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

/**
 * Builds our tree from that of `yaml`; both nest only as deep as a file may. The scalars that
 * begin at `blanked` are broken. `more` has entries that were read before, by the place of the
 * key that they come behind.
 */
export function build(
  root: Node | null,
  text: string,
  problems: Problem[],
  blanked: ReadonlySet<number>,
  more: ReadonlyMap<number, readonly Entry[]>,
): YamlNode | undefined {
  return new Builder(text, problems, blanked, more).build(root)
}

class Builder {
  private readonly text: string
  private readonly problems: Problem[]
  private readonly blanked: ReadonlySet<number>
  private readonly more: ReadonlyMap<number, readonly Entry[]>
  private readonly anchors = new Map<string, YamlNode | undefined>()
  /** With what its aliases stand for. */
  private readonly sizes = new WeakMap<YamlNode, number>()
  private aliased = 0
  private readonly lineOf: (offset: number) => number

  constructor(
    text: string,
    problems: Problem[],
    blanked: ReadonlySet<number>,
    more: ReadonlyMap<number, readonly Entry[]>,
  ) {
    this.text = text
    this.problems = problems
    this.blanked = blanked
    this.more = more
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
        range: this.trimmed(node),
      }
      return this.measured(list, items)
    }
    if (isMap(node)) return this.map(node.items, this.trimmed(node), node.flow === true)
    return undefined
  }

  /** The range of a block map or list reaches to the start of the line after it. */
  private trimmed(node: Node): Range {
    const { start, end } = rangeOf(node)
    let last = end
    while (last > start && /\s/.test(this.text[last - 1]!)) last--
    return { start, end: last }
  }

  private scalar(node: Scalar): YamlNode | undefined {
    const range = rangeOf(node)
    if (this.blanked.has(range.start)) return { type: 'broken', range }
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
        if (sources === undefined)
          this.problems.push({ code: 'bad-merge', severity: 'error', range: key.range })
        else merges.push(...sources)
        continue
      }
      entries.push(value === undefined ? { key } : { key, value })
      const behind = this.more.get(key.range.start)
      if (behind !== undefined) for (const entry of behind) entries.push(entry)
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
      // Thousands of anchors and as many wrong aliases are no slips of the fingers.
      const suggestion = this.anchors.size < 100 ? suggest(name, this.anchors.keys()) : undefined
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
