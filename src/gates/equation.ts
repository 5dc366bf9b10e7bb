/** Reads the equations of einsum: a letter for each axis of each input and of the result. */
import type { Shape } from '../tensor/shape.js'
import { isMismatch, type Mismatch } from './gate.js'

/** An equation for inputs of these shapes. */
export interface Equation {
  /** The letters of each input's axes. */
  readonly terms: readonly string[]
  /** Those of the result. */
  readonly result: string
  /** All letters, those of the result first, then the summed ones in the order they first occur. */
  readonly letters: string
  /** By letter; where axes of size 1 repeat, the size of the others. */
  readonly sizes: ReadonlyMap<string, number>
}

/** The equation as it applies to these inputs. */
export function equationOf(text: string, shapes: readonly Shape[]): Equation | Mismatch {
  const read = readEquation(text)
  if (isMismatch(read)) return read
  const { terms, result } = read
  if (terms.length !== shapes.length) {
    const inputs = shapes.length === 1 ? 'one input' : `${shapes.length} inputs`
    return { mismatch: `the equation "${text}" has ${countOf(terms.length, 'term')} for ${inputs}` }
  }
  const sizes = sizesOf(terms, shapes)
  if (isMismatch(sizes)) return sizes
  const summed = [...sizes.keys()].filter((letter) => !result.includes(letter))
  return { terms, result, letters: result + summed.join(''), sizes }
}

function readEquation(text: string): Pick<Equation, 'terms' | 'result'> | Mismatch {
  const plain = text.replaceAll(' ', '')
  if (plain === '') return { mismatch: 'the equation is missing, like equation="ij,jk->ik"' }
  const [left = '', right, third] = plain.split('->')
  if (third !== undefined) return { mismatch: `the equation "${text}" has more than one "->"` }
  const sign = /[^a-zA-Z,]/.exec(left)?.[0] ?? /[^a-zA-Z]/.exec(right ?? '')?.[0]
  if (sign !== undefined) {
    return { mismatch: `"${sign}" has no place in the equation "${text}": axes are letters` }
  }
  const terms = left.split(',')
  if (right === undefined) return { terms, result: implicit(terms.join('')) }
  for (const [at, letter] of [...right].entries()) {
    if (right.indexOf(letter) !== at) return { mismatch: `"${letter}" is twice in the result "${right}"` } // prettier-ignore
    if (!left.includes(letter)) return { mismatch: `"${letter}" of the result is in no input` }
  }
  return { terms, result: right }
}

/** Without `->`: the letters that occur once, capitals first. */
function implicit(all: string): string {
  const once = [...all].filter((letter) => all.indexOf(letter) === all.lastIndexOf(letter))
  return once.toSorted().join('')
}

function sizesOf(
  terms: readonly string[],
  shapes: readonly Shape[],
): ReadonlyMap<string, number> | Mismatch {
  const sizes = new Map<string, number>()
  for (const [input, term] of terms.entries()) {
    const shape = shapes[input]!
    if (term.length !== shape.length) {
      const axes = countOf(shape.length, 'axis', 'axes')
      return { mismatch: `"${term}" has ${countOf(term.length, 'letter')} for ${axes}` }
    }
    for (const [axis, letter] of [...term].entries()) {
      const size = shape[axis]!
      const known = sizes.get(letter) ?? 1
      // Along a diagonal nothing repeats.
      const same = shape[term.indexOf(letter)]!
      if (same !== size || (known !== size && known !== 1 && size !== 1)) {
        const other = same === size ? known : same
        return { mismatch: `the sizes ${other} and ${size} of "${letter}" differ` }
      }
      sizes.set(letter, known === 1 ? size : known)
    }
  }
  return sizes
}

function countOf(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
