/**
 * Contractions of three and more inputs, from the left and two at a time: `a, b, c, d` is
 * `((a b) c) d`. A letter is summed over as soon as neither a later input nor the result has it.
 * Each number of a pair is `0 + p1 + p2 + …` in the order of the letters that the pair keeps (as
 * they first occur; in the last pair those of the result), then of those that it sums over.
 */
import { type Shape, sizeOf } from '../tensor/shape.js'
import { contract, type Contraction, tensorIn } from './contract.js'
import type { Equation } from './equation.js'
import type { TensorLoops, TensorPlace } from './gate.js'

/** What becomes of all inputs up to one. */
export interface Pair {
  /** The letters that are left, and the sizes of their axes. */
  readonly kept: string
  readonly shape: Shape
  readonly size: number
  /** The letters of its loops, and their extents. */
  readonly letters: string
  readonly extents: readonly number[]
}

/** The pairs of an equation: one fewer than it has inputs. */
export function pairsOf({ terms, result }: Equation, shapes: readonly Shape[]): readonly Pair[] {
  const pairs: Pair[] = []
  let left = { letters: terms[0]!, shape: shapes[0]! }
  for (let at = 1; at < terms.length; at++) {
    const sizes = new Map<string, number>()
    const measure = (letters: string, shape: Shape) => {
      for (const [axis, letter] of [...letters].entries()) {
        const known = sizes.get(letter) ?? 1
        sizes.set(letter, known === 1 ? shape[axis]! : known)
      }
    }
    measure(left.letters, left.shape)
    measure(terms[at]!, shapes[at]!)
    const later = terms.slice(at + 1).join('') + result
    const all = [...sizes.keys()]
    const kept = at === terms.length - 1 ? [...result] : all.filter((one) => later.includes(one))
    const letters = [...kept, ...all.filter((one) => !kept.includes(one))]
    const sizeBy = (one: string) => sizes.get(one) ?? 1
    const shape = kept.map(sizeBy)
    pairs.push({
      kept: kept.join(''),
      shape,
      size: sizeOf(shape),
      letters: letters.join(''),
      extents: letters.map(sizeBy),
    })
    left = { letters: kept.join(''), shape }
  }
  return pairs
}

/** A contraction whose factors are the two of a pair, or a gradient and one of them. */
interface Turn {
  readonly run: Contraction
  /** The memories of its factors: a port's, that of values, or that of gradients. */
  readonly left: number
  readonly right: number
  readonly target: typeof inValues | typeof inGradients
}

const inValues = -1
const inGradients = -2

/** The loops of a chain. Partial products and their gradients lie in the scratch room. */
export function chain(place: TensorPlace, equation: Equation): TensorLoops {
  const { inputs, scratch, output, gradient, answers } = place
  const pairs = pairsOf(equation, inputs.map(({ shape }) => shape)) // prettier-ignore
  const last = pairs.length - 1
  const forward: Turn[] = []
  const backward: Turn[] = []
  let room = scratch
  // All that stands on the left of a pair: the first input, then the partial products.
  let left: Left = {
    letters: equation.terms[0]!,
    shape: inputs[0]!.shape,
    memory: 0,
    start: inputs[0]!.offset,
    answer: answers[0]!,
    to: inGradients,
  }
  for (const [at, { kept, shape, size, letters, extents }] of pairs.entries()) {
    const port = at + 1
    const right = inputs[port]!
    const term = equation.terms[port]!
    const place = (own: string, of: Shape, start: number) => tensorIn(letters, own, of, start)
    const wanted = left.answer >= 0 || answers[port]! >= 0
    const start = at === last ? output : room
    const arriving = at === last ? gradient : room + size
    if (at < last) room += 2 * size
    const [x, y] = [
      place(left.letters, left.shape, left.start),
      place(term, right.shape, right.offset),
    ]
    forward.push({
      run: contract(extents, place(kept, shape, start), [x, y]),
      left: left.memory,
      right: port,
      target: inValues,
    })
    const g = place(kept, shape, arriving)
    const from = at === last ? inGradients : inValues
    // The last pair answers first, the left of each before what that is made of.
    if (answers[port]! >= 0) {
      const run = contract(extents, { ...y, start: answers[port]! }, [g, x])
      backward.unshift({ run, left: from, right: left.memory, target: inGradients })
    }
    if (left.answer >= 0) {
      const run = contract(extents, { ...x, start: left.answer }, [g, y])
      backward.unshift({ run, left: from, right: port, target: left.to })
    }
    const answer = wanted ? arriving : -1
    left = { letters: kept, shape, memory: inValues, start, answer, to: inValues }
  }
  const factors: Float64Array[] = []
  const run = (
    turns: readonly Turn[],
    memories: readonly Float64Array[],
    values: Float64Array,
    gradients: Float64Array,
  ) => {
    const memory = (of: number) => (of === inValues ? values : of === inGradients ? gradients : memories[of]!) // prettier-ignore
    for (let at = 0; at < turns.length; at++) {
      const turn = turns[at]!
      factors[0] = memory(turn.left)
      factors[1] = memory(turn.right)
      turn.run(memory(turn.target), factors)
    }
  }
  return {
    forward: (memories, values) => run(forward, memories, values, values),
    backward: (memories, values, gradients) => run(backward, memories, values, gradients),
  }
}

interface Left {
  readonly letters: string
  readonly shape: Shape
  readonly memory: number
  readonly start: number
  /** Where its gradient goes, and in which memory; -1 where nobody wants it. */
  readonly answer: number
  readonly to: typeof inValues | typeof inGradients
}
