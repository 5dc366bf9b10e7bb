/** Cuts a formula into tokens. Every character is in one token or between two. */

export type TokenType = 'number' | 'name' | 'sign' | 'unknown' | 'end'

export interface Token {
  readonly type: TokenType
  readonly text: string
  readonly start: number
  readonly end: number
}

// Two-character signs first. `**`, `&&`, `||`, `?`, `:`, `!`, `%` are no operators here; they
// are cut as signs so that a problem can name the habit they come from.
const signs = /\*\*|<=|>=|==|!=|&&|\|\||[-+*/@^<>=(),[\]?:!%&|;{}]/y
// The whole run of digits, dots, letters and underscores, so that `1_000`, `2x` and `1.2.3`
// are one mistake each and not two good tokens.
const numbers = /(?:\d|\.\d)(?:[eE][+-]?\d|[\p{L}\p{M}\p{N}_.])*/uy
const names = /[\p{L}_][\p{L}\p{M}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{M}\p{N}_]*)*/uy
const spaces = /\s+/y

/** Cuts a text into tokens; the last one is of type `end`. */
export function tokens(text: string): Token[] {
  const found: Token[] = []
  let at = 0
  while (at < text.length) {
    const gap = match(spaces, text, at)
    if (gap !== undefined) {
      at += gap.length
      continue
    }
    const [type, piece] = next(text, at)
    found.push({ type, text: piece, start: at, end: at + piece.length })
    at += piece.length
  }
  found.push({ type: 'end', text: '', start: text.length, end: text.length })
  return found
}

function next(text: string, at: number): [TokenType, string] {
  const number = match(numbers, text, at)
  if (number !== undefined) return ['number', number]
  const name = match(names, text, at)
  if (name !== undefined) return ['name', name]
  const sign = match(signs, text, at)
  if (sign !== undefined) return ['sign', sign]
  return ['unknown', String.fromCodePoint(text.codePointAt(at)!)]
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0]
}
