/**
 * The traps of flow maps and lists, where a comma ends a value: `{ f: max(x, y) }` is two keys.
 * What was meant is put together again, so that the rest of the file is checked as meant.
 */
import type { Entry, YamlNode } from './tree.js'
import { gluedIn, parentheses } from './lint.js'
import type { Problem } from './problem.js'
import type { TextNode } from './scalar.js'

/** A formula cut into more pieces than this is something else. */
const mostPieces = 100

/** The items of a flow list, with formulas cut at commas mended and reported. */
export function mendList(
  items: readonly (YamlNode | undefined)[],
  text: string,
  problems: Problem[],
): readonly (YamlNode | undefined)[] {
  const mended: (YamlNode | undefined)[] = []
  for (let at = 0; at < items.length; at++) {
    const item = items[at]
    const last = lastPiece(item, at, (index) => items[index])
    if (last === undefined || item?.type !== 'text') mended.push(item)
    else {
      mended.push(joined(item, items[last]!.range.end, text, true, problems))
      at = last
    }
  }
  return mended
}

/** The entries of a flow map, with formulas and numbers cut at commas mended and reported. */
export function mendMap(
  entries: readonly Entry[],
  text: string,
  problems: Problem[],
): readonly Entry[] {
  const mended: Entry[] = []
  for (let at = 0; at < entries.length; at++) {
    const entry = entries[at]!
    const { key, value } = entry
    const last = lastPiece(value, at, (index) => pieceOf(entries[index]))
    if (last !== undefined && value?.type === 'text') {
      const { end } = pieceOf(entries[last])!.range
      mended.push({ key, value: joined(value, end, text, false, problems) })
      at = last
      continue
    }
    const decimal = decimalComma(value, entries[at + 1])
    if (decimal !== undefined) {
      problems.push(decimal)
      mended.push({ key, value: { type: 'broken', range: decimal.range } })
      at++
    } else mended.push(value === undefined ? unglued(key, problems) : entry)
  }
  return mended
}

/** Entries of the map itself, then those of the merged maps that it does not have. */
export function merged(own: readonly Entry[], sources: readonly YamlNode[]): readonly Entry[] {
  const all = [...own]
  const seen = new Set(own.map(({ key }) => key.text))
  for (const source of sources) {
    if (source.type !== 'map') continue
    for (const entry of source.entries) {
      if (seen.has(entry.key.text)) continue
      seen.add(entry.key.text)
      all.push(entry)
    }
  }
  return all
}

type Piece = Pick<YamlNode, 'range'> & { readonly cut: string }

/** The index of the piece that closes what `value` opens. */
function lastPiece(
  value: YamlNode | undefined,
  at: number,
  pieceAt: (index: number) => YamlNode | Piece | undefined,
): number | undefined {
  if (value?.type !== 'text' || value.style !== 'plain') return undefined
  let open = parentheses(value.text)
  if (open <= 0) return undefined
  for (let index = at + 1; index <= at + mostPieces; index++) {
    const piece = pieceAt(index)
    if (piece === undefined) return undefined
    open += 'cut' in piece ? parentheses(piece.cut) : parenthesesOf(piece)
    if (open <= 0) return index
  }
  return undefined
}

function parenthesesOf(node: YamlNode): number {
  return node.type === 'text' ? parentheses(node.text) : 0
}

function pieceOf(entry: Entry | undefined): Piece | undefined {
  if (entry === undefined) return undefined
  const { key, value } = entry
  const end = value?.range.end ?? key.range.end
  const cut = key.text + (value?.type === 'text' ? value.text : '')
  return { range: { start: key.range.start, end }, cut }
}

function joined(
  value: TextNode,
  end: number,
  text: string,
  list: boolean,
  problems: Problem[],
): TextNode {
  const range = { start: value.range.start, end }
  problems.push({ code: 'cut-formula', severity: 'error', range, formula: value.text, list })
  return { type: 'text', style: 'plain', text: text.slice(range.start, end), range }
}

/** `{ w: 1,5 }`. */
function decimalComma(value: YamlNode | undefined, next: Entry | undefined): Problem | undefined {
  if (value?.type !== 'text' || !/^[-+]?\d+$/.test(value.text)) return undefined
  if (next === undefined || next.value !== undefined || !/^\d+$/.test(next.key.text)) {
    return undefined
  }
  const { start, end } = value.range
  // With a space after the comma it is something else.
  if (next.key.range.start !== end + 1) return undefined
  return {
    code: 'bad-number',
    severity: 'error',
    range: { start, end: next.key.range.end },
    text: `${value.text},${next.key.text}`,
    hint: `write ${value.text}.${next.key.text}`,
  }
}

/** `{ w:1 }`. */
function unglued(key: TextNode, problems: Problem[]): Entry {
  const problem = key.style === 'plain' ? gluedIn(key.text, key.range.start) : undefined
  if (problem?.code !== 'missing-space') return { key }
  problems.push(problem)
  const { start, end } = key.range
  const middle = start + problem.key.length
  return {
    key: { ...key, text: problem.key, range: { start, end: middle } },
    value: { ...key, text: problem.value, range: { start: middle + 1, end } },
  }
}
