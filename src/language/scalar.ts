/**
 * Where the characters of a YAML scalar stand in the file, so that a problem inside a formula
 * points exactly, however the formula is quoted, folded or escaped.
 */
import type { Range } from '../formula/syntax.js'

export type Style = 'plain' | 'single' | 'double' | 'literal' | 'folded'

/** A scalar: what it says, and where and how that is written. */
export interface TextNode {
  readonly type: 'text'
  /** What it says, without quotes, escapes and folds; never a number or a boolean. */
  readonly text: string
  readonly style: Style
  /** With the quotes, or from the `|` or `>` on. */
  readonly range: Range
}

/** Takes ranges in a scalar's text to ranges in the file. */
export type Locate = (range: Range) => Range

/** How to find parts of a scalar in the file. Costs nothing where both read the same. */
export function locator(node: TextNode, file: string): Locate {
  const { start, end } = node.range
  const first = node.style === 'single' || node.style === 'double' ? start + 1 : start
  if (
    node.style !== 'literal' &&
    node.style !== 'folded' &&
    file.startsWith(node.text, first) &&
    !(node.style === 'double' && node.text.includes('\\'))
  ) {
    return (range) => ({ start: first + range.start, end: first + range.end })
  }
  let places: Places | undefined
  return (range) => {
    places ??= align(node, file.slice(start, end), start)
    const { starts, ends } = places
    const last = starts.length - 1
    const from = starts[Math.min(range.start, last)]!
    if (range.end <= range.start) return { start: from, end: from }
    return { start: from, end: Math.max(from, ends[Math.min(range.end, last) - 1] ?? from) }
  }
}

interface Places {
  /** By character of the text: where it begins in the file. One more for the end. */
  readonly starts: readonly number[]
  readonly ends: readonly number[]
}

/**
 * Walks the text and its source side by side. Whatever is no white space is in both, in the same
 * order; white space may be folded away or made of a line end, so its place is only near.
 */
function align({ text, style }: TextNode, source: string, offset: number): Places {
  const starts: number[] = []
  const ends: number[] = []
  let at = bodyStart(style, source)
  for (let index = 0; index < text.length; index++) {
    const escape = style === 'double' ? escapeAt(source, at) : undefined
    if (escape !== undefined && escape.characters === 0) {
      // An escaped line end says nothing; the indentation after it neither.
      at += escape.length
      while (isSpace(source[at])) at++
      index--
      continue
    }
    if (escape === undefined && isSpace(text[index]) !== isSpace(source[at])) {
      if (isSpace(text[index])) {
        // A fold counted fewer characters than it made.
        starts.push(offset + at)
        ends.push(offset + at)
        continue
      }
      while (isSpace(source[at])) at++
      index--
      if (at >= source.length) break
      continue
    }
    const length = escape?.length ?? (style === 'single' && source.startsWith("''", at) ? 2 : 1)
    for (let unit = 0; unit < (escape?.characters ?? 1); unit++) {
      starts.push(offset + at)
      ends.push(offset + at + length)
    }
    index += (escape?.characters ?? 1) - 1
    at += length
  }
  starts.push(offset + Math.min(at, source.length))
  return { starts, ends }
}

/** Behind the quote, or on the line after the header of a block. */
function bodyStart(style: Style, source: string): number {
  if (style === 'plain') return 0
  if (style === 'single' || style === 'double') return 1
  const header = source.indexOf('\n')
  return header === -1 ? source.length : header + 1
}

interface Escape {
  /** In the source. */
  readonly length: number
  /** UTF-16 units in the text. */
  readonly characters: number
}

function escapeAt(source: string, at: number): Escape | undefined {
  if (source[at] !== '\\') return undefined
  const letter = source[at + 1]
  if (letter === '\n') return { length: 2, characters: 0 }
  if (letter === '\r') return { length: source[at + 2] === '\n' ? 3 : 2, characters: 0 }
  if (letter === 'x') return { length: 4, characters: 1 }
  if (letter === 'u') return { length: 6, characters: 1 }
  if (letter === 'U') {
    const astral = Number.parseInt(source.slice(at + 2, at + 10), 16) > 0xffff
    return { length: 10, characters: astral ? 2 : 1 }
  }
  return { length: 2, characters: 1 }
}

function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\t' || character === '\n' || character === '\r'
}
