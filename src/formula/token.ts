/**
 * Cuts a formula into tokens, one when it is asked for: a hostile formula of many megabytes is
 * given up at its first mistake, before the rest of it takes time and memory. By hand, as the
 * stack of a regular expression can overflow on a run of millions of characters.
 */

export type TokenType = 'number' | 'name' | 'text' | 'sign' | 'unknown' | 'end'

export interface Token {
  readonly type: TokenType
  readonly text: string
  readonly start: number
  readonly end: number
}

/** The first token at or behind an offset. At the end of the text it is of type `end`. */
export function tokenAt(text: string, offset: number): Token {
  let start = offset
  while (start < text.length && isSpace(text.charCodeAt(start))) start++
  if (start === text.length) return { type: 'end', text: '', start, end: start }
  const point = text.codePointAt(start)!
  const dotted = point === dot && isDigit(text.charCodeAt(start + 1))
  if (isDigit(point) || dotted) return token('number', text, start, numberEnd(text, start))
  if (isLetter(point)) return token('name', text, start, nameEnd(text, start))
  // Without its closing quote it is only that sign, which says more than all the rest would.
  const close = point === doubleQuote || point === singleQuote ? text.indexOf(text[start]!, start + 1) : -1 // prettier-ignore
  if (close >= 0) return token('text', text, start, close + 1)
  const two = text.slice(start, start + 2)
  if (twoSigns.has(two)) return token('sign', text, start, start + 2)
  if (signs.includes(two[0]!)) return token('sign', text, start, start + 1)
  return token('unknown', text, start, start + widthOf(point))
}

// Also what is no operator here, like `**`, `&&` or `?`: cut as one sign, so that a problem can
// name the habit it comes from.
const twoSigns = new Set(['**', '//', '<=', '>=', '==', '!=', '<>', '&&', '||'])
const signs = '-+*/@^<>=(),[]?:!%&|;{}'
const dot = 46
const underscore = 95
const doubleQuote = 34
const singleQuote = 39

function token(type: TokenType, text: string, start: number, end: number): Token {
  return { type, text: text.slice(start, end), start, end }
}

/**
 * Behind the whole run of digits, dots, letters and underscores, so that `1_000`, `2x` and
 * `1.2.3` are one mistake each and not two good tokens.
 */
function numberEnd(text: string, start: number): number {
  let at = start
  while (at < text.length) {
    const point = text.codePointAt(at)!
    if (point !== dot && !isPart(point)) break
    at += widthOf(point)
    if (!isExponent(point) || !isSign(text.charCodeAt(at))) continue
    if (isDigit(text.charCodeAt(at + 1))) at++
  }
  return at
}

/** Behind a name: parts of letters, digits and underscores, with single dots between them. */
function nameEnd(text: string, start: number): number {
  let at = start
  for (;;) {
    while (at < text.length) {
      const point = text.codePointAt(at)!
      if (!isPart(point)) break
      at += widthOf(point)
    }
    if (text.charCodeAt(at) !== dot || !isLetter(text.codePointAt(at + 1) ?? dot)) return at
    at++
  }
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

function isExponent(code: number): boolean {
  return code === 69 || code === 101
}

function isSign(code: number): boolean {
  return code === 43 || code === 45
}

function isSpace(code: number): boolean {
  return (
    code === 32 || (code >= 9 && code <= 13) || (code > 127 && /\s/.test(String.fromCharCode(code)))
  )
}

function isLetter(point: number): boolean {
  if (point > 127) return /\p{L}/u.test(String.fromCodePoint(point))
  const lower = point | 32
  return (lower >= 97 && lower <= 122) || point === underscore
}

function isPart(point: number): boolean {
  if (point > 127) return /[\p{L}\p{M}\p{N}]/u.test(String.fromCodePoint(point))
  return isLetter(point) || isDigit(point)
}

function widthOf(point: number): number {
  return point > 0xffff ? 2 : 1
}

/** A text as a formula has it: in double quotes, or in single ones where it has those itself. */
export function quoteText(text: string): string {
  return text.includes('"') ? `'${text}'` : `"${text}"`
}
