/** How reductions are made: what each does with a row, done for all rows. */
import { sizeOf, type Shape } from '../tensor/shape.js'
import { anyAxes, axesOf, type Rows, rowsOf, without } from './axes.js'
import { stackedAlong } from './batch.js'
import { dense, type Values } from './dense.js'
import { isMismatch, type Gate, type Mismatch, type RowSums, type TensorPlace } from './gate.js'
import type { Parameters } from './pointwise.js'

/** The parameters of reductions. */
export const reducing = { axis: anyAxes, keepdims: false } satisfies Parameters

/** The shape that is left of the input. */
export function reduced([x = []]: readonly Shape[], { axis, keepdims }: Values): Shape | Mismatch {
  const axes = axesOf(axis, x.length)
  return isMismatch(axes) ? axes : without(x, axes, keepdims === true)
}

/** As `reduced`, for what has no value over nothing. */
export function reducedSome(inputs: readonly Shape[], values: Values): Shape | Mismatch {
  const [x = []] = inputs
  const axes = axesOf(values['axis'], x.length)
  if (!isMismatch(axes) && axes.some((axis) => x[axis] === 0)) {
    return { mismatch: 'there is nothing to choose from along an axis of size 0' }
  }
  return reduced(inputs, values)
}

/** How `mean`, `max` and `min` work on a single tensor; they are folds of several. */
export const meanOver = reduction({
  doc: '',
  value: 'sum of x over axis / n',
  gradient: 'g / n',
  sums: 'mean',
  forward: (x, at, rows) => total(x, at, rows) / rows.along.length,
  backward: (_, __, { along }, to, answers, ___, g) => {
    for (let i = 0; i < along.length; i++) answers[to + along[i]!] = g / along.length
  },
})

export const maxOver = choice('greatest', (a, b) => a > b)
export const minOver = choice('least', (a, b) => a < b)

type Backward = (
  x: Float64Array,
  at: number,
  rows: Rows,
  to: number,
  answers: Float64Array,
  y: number,
  g: number,
  values: Values,
) => void

interface Reduction {
  readonly doc: string
  readonly value: string
  readonly gradient: string
  readonly parameters?: Parameters
  readonly shape?: typeof reduced
  /** It is the sum or the mean of each row. */
  readonly sums?: 'sum' | 'mean'
  /** The number of the row that begins at `at`. */
  readonly forward: (x: Float64Array, at: number, rows: Rows, values: Values) => number
  /** Answers each element of the row, from `to` on. */
  readonly backward: Backward
}

/** A gate of one input that makes a number of each row. */
export function reduction({
  doc,
  value,
  gradient,
  shape,
  sums,
  forward,
  backward,
  ...more
}: Reduction): Gate {
  return dense({
    doc,
    inputs: ['x'],
    parameters: { ...reducing, ...more.parameters },
    value,
    gradients: { x: gradient },
    shape: shape ?? reduced,
    stack: stackedAlong,
    ...(sums !== undefined && { sums: (place) => sumsOf(place, sums === 'mean') }),
    prepare: ({ inputs, parameters, output, gradient: arriving, answers }: TensorPlace) => {
      const [{ shape: of, offset }, to] = [inputs[0]!, answers[0]!]
      const rows = rowsOf(of, parameters['axis'])
      const count = rows.rows.length
      return {
        forward([x], values) {
          for (let row = 0; row < count; row++) {
            values[output + row] = forward(x!, offset + rows.rows[row]!, rows, parameters)
          }
        },
        backward([x], values, gradients) {
          for (let row = 0; row < count; row++) {
            const at = rows.rows[row]!
            const [y, g] = [values[output + row]!, gradients[arriving + row]!]
            backward(x!, offset + at, rows, to + at, gradients, y, g, parameters)
          }
        },
      }
    },
  })
}

/** Absent where the elements of a row do not lie behind one another. */
function sumsOf({ inputs, ...place }: TensorPlace, mean: boolean): RowSums | undefined {
  const { shape, offset } = inputs[0]!
  const axes = axesOf(place.parameters['axis'], shape.length)
  // They are in order, so the last ones of a shape are those from the first of them on.
  if (isMismatch(axes) || axes.some((axis, at) => axis !== shape.length - axes.length + at)) {
    return undefined
  }
  const length = axes.reduce((size, axis) => size * shape[axis]!, 1)
  const { output, gradient, answers } = place
  const rows = sizeOf(place.shape)
  return { rows, length, mean, x: offset, result: output, gradient, answer: answers[0]! }
}

function choice(which: string, better: (a: number, b: number) => boolean): Gate {
  return reduction({
    doc: '',
    value: `the ${which} x over axis`,
    gradient: 'g for the first of those that are chosen, else 0',
    shape: reducedSome,
    forward: (x, at, rows) => x[at + rows.along[choose(x, at, rows, better)]!]!,
    backward: (x, at, rows, to, answers, _, g) => {
      const { along } = rows
      for (let i = 0; i < along.length; i++) answers[to + along[i]!] = 0
      answers[to + along[choose(x, at, rows, better)]!] = g
    },
  })
}

/** Which element of a row is chosen: the first, or the first NaN. */
export function choose(
  x: Float64Array,
  at: number,
  { along }: Rows,
  better: (a: number, b: number) => boolean,
): number {
  let found = 0
  let best = x[at + along[0]!]!
  for (let i = 1; i < along.length; i++) {
    const element = x[at + along[i]!]!
    if (!better(element, best) && (element === element || best !== best)) continue
    found = i
    best = element
  }
  return found
}

/** The sum of a row. */
export function total(x: Float64Array, at: number, { along }: Rows): number {
  let sumSoFar = 0
  for (let i = 0; i < along.length; i++) sumSoFar += x[at + along[i]!]!
  return sumSoFar
}
