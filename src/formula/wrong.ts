/** What the parser says of a formula that goes wrong, and what was most likely meant. */
import type { FormulaCode, FormulaProblem } from './problem.js'
import type { Range } from './syntax.js'
import type { Token } from './token.js'

/** Unwinds the parser at the first mistake; what follows one in a formula is rarely a second. */
export class Wrong extends Error {
  readonly problem: FormulaProblem
  constructor(code: FormulaCode, message: string, range: Range, hint?: string) {
    super(message)
    this.problem = { code, message, range: rangeOf(range), ...(hint !== undefined && { hint }) }
  }
}

/** Longer than any number that says something; patterns are not asked about more. */
export const longestNumber = 1000

/** A run of digits that is no number. */
export function badNumber(token: Token): Wrong {
  const repair = token.text.length <= longestNumber ? repairOf(token.text) : undefined
  const hint = repair === undefined ? undefined : `write ${short(repair)}`
  return new Wrong('formula-number', `${quoted(token.text)} is not a number`, token, hint)
}

function repairOf(text: string): string | undefined {
  const plain = text.replaceAll('_', '')
  if (plain !== text && /^[\d.]+(?:[eE][+-]?\d+)?$/.test(plain)) return plain
  if (/^0+\d[\d.]*(?:[eE][+-]?\d+)?$/.test(text)) return text.replace(/^0+(?=\d)/, '')
  // JavaScript reads 0x10, 0b10 and 0o10 as the number they are.
  if (/^0(?:[xX][\da-fA-F]+|[bB][01]+|[oO][0-7]+)$/.test(text)) return String(Number(text))
  if (/^[\d.]+[eE]$/.test(text)) return `${text}0`
  const product = /^(\d+(?:\.\d*)?|\.\d+)([\p{L}_][\p{L}\p{M}\p{N}_.]*)$/u.exec(text)
  return product === null ? undefined : `${product[1]} * ${product[2]}`
}

/** Signs from books and word processors that look like operators or quote what needs no quotes. */
export const lookalikes: ReadonlyMap<string, string> = new Map([
  ['\u2212', '"-"'], // minus sign
  ['\u2013', '"-"'], // en dash
  ['\u00d7', '"*"'],
  ['\u00b7', '"*"'],
  ['\u00f7', '"/"'],
  ['\u2264', '"<="'],
  ['\u2265', '">="'],
  ['\u2260', '"!="'],
])

/** Whether a value may end with it. */
export function endsValue({ type, text }: Token): boolean {
  return type === 'name' || type === 'number' || text === ')'
}

/** Whether a value may begin with it. */
export function beginsValue({ type, text }: Token): boolean {
  return type === 'name' || type === 'number' || text === '('
}

/** Two values that stand side by side. */
export function missingOperator(left: Token, right: Token): Wrong {
  const message = `an operator is missing between ${quoted(left.text)} and ${quoted(right.text)}`
  const numbers = left.type === 'number' && right.type === 'number'
  // Digits in groups, as in `1 000`, are more likely than a product of two numbers.
  const hint = numbers
    ? `write ${short(left.text + right.text)} for one number`
    : left.text === ')' || right.text === '('
      ? 'write "*" between them for a product'
      : `write ${short(left.text)} * ${short(right.text)} for a product`
  return new Wrong('formula-syntax', message, right, hint)
}

/** A piece of a formula in quotes; the other ones where it is a quote itself. */
export function quoted(text: string): string {
  return text === '"' ? `'"'` : `"${short(text)}"`
}

/** Enough of a long piece to find it by. */
export function short(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 39)}…`
}

/** Nesting beyond the limit, at a place. */
export function tooDeep(limit: number, range: Range): Wrong {
  return new Wrong(
    'formula-depth',
    `the formula nests more than ${limit} deep`,
    rangeOf(range),
    'give parts of it names of their own; a long sum is { add: [ … ] }',
  )
}

/** The range alone of what has one. */
export function rangeOf({ start, end }: Range): Range {
  return { start, end }
}
