/** What can be wrong with a formula by itself, as data and in words. */
import type { Range } from './syntax.js'

export type FormulaCode =
  | 'formula-syntax'
  | 'formula-empty'
  | 'formula-depth'
  | 'formula-number'
  | 'formula-habit'
  | 'formula-chain'
  | 'formula-argument'

export interface FormulaProblem {
  readonly code: FormulaCode
  /** Offsets into the formula's text. */
  readonly range: Range
  readonly message: string
  readonly hint?: string
}

/** Signs and words of other languages: what they are called and what is written here. */
export const habits: ReadonlyMap<string, { readonly message: string; readonly hint: string }> =
  new Map([
    ['**', { message: '"**" is not an operator', hint: 'write "^" for a power' }],
    ['?', { message: '"? :" is not an operator', hint: 'write where(condition, a, b)' }],
    ['&&', { message: '"&&" is not an operator', hint: 'comparisons are 0 or 1: multiply them' }],
    ['||', { message: '"||" is not an operator', hint: 'comparisons are 0 or 1: write max(a, b)' }],
    ['&', { message: '"&" is not an operator', hint: 'comparisons are 0 or 1: multiply them' }],
    ['|', { message: '"|" is not an operator', hint: 'comparisons are 0 or 1: write max(a, b)' }],
    ['!', { message: '"!" is not an operator', hint: 'comparisons are 0 or 1: write 1 - x' }],
    ['%', { message: '"%" is not an operator', hint: 'write a - b * floor(a / b)' }],
    ['//', { message: '"//" is not an operator', hint: 'write floor(a / b)' }],
    ['<>', { message: '"<>" is not an operator', hint: 'write "!=" for unequal' }],
    ['and', { message: '"and" is not an operator', hint: 'comparisons are 0 or 1: multiply them' }],
    ['or', { message: '"or" is not an operator', hint: 'comparisons are 0 or 1: write max(a, b)' }],
    ['not', { message: '"not" is not an operator', hint: 'comparisons are 0 or 1: write 1 - x' }],
    ['if', { message: '"if" is not an operator', hint: 'write where(condition, a, b)' }],
    ['lambda', { message: 'a formula is no function', hint: 'give each part a name of its own' }],
    [';', { message: 'a formula is one expression', hint: 'give each part a name of its own' }],
    ['{', { message: '"{" has no place in a formula', hint: 'group with parentheses' }],
    ['}', { message: '"}" has no place in a formula', hint: 'group with parentheses' }],
  ])
