/** How gates are made whose output has the shape of the input and is computed row by row. */
import { axesOf, countRows, oneAxis, type Rows, rowsOf } from './axes.js'
import { stackedAlong } from './batch.js'
import { dense, type Values } from './dense.js'
import * as elementary from './elementary.js'
import { isMismatch, type Gate } from './gate.js'
import type { Parameters } from './pointwise.js'

/** One row on the way back. It is the same object for all rows and steps. */
export interface Row {
  /** The values; the row of the output begins at `yAt`. */
  y: Float64Array
  yAt: number
  /** The gradients; those that arrive begin at `gAt`. */
  g: Float64Array
  gAt: number
  /** Where the answers go, from `to` on. */
  answers: Float64Array
  to: number
  readonly along: Int32Array
  /** What `forward` returned for this row. */
  saved: number
}

export interface Rowwise {
  readonly doc: string
  readonly source?: string
  readonly value: string
  readonly gradient: string
  /** It takes several axes, and saves what `forward` returns. */
  readonly axes?: true
  readonly parameters?: Parameters
  /** Reads the row of `x` that begins at `at` and writes that of `y` that begins at `to`. */
  readonly forward: (
    x: Float64Array,
    at: number,
    rows: Rows,
    y: Float64Array,
    to: number,
    values: Values,
  ) => number | void
  readonly backward: (row: Row) => void
}

/** A gate of one input that makes a row of each row, by default along the last axis. */
export function rowwise(declaration: Rowwise): Gate {
  const { doc, source, value, gradient, axes, parameters, forward, backward } = declaration
  const axis = axes ? ({ default: -1, words: ['all'], type: 'integers' } as const) : oneAxis(-1)
  return dense({
    doc,
    ...(source !== undefined && { source }),
    inputs: ['x'],
    parameters: { axis, ...parameters },
    value,
    gradients: { x: gradient },
    shape: ([x = []], values) => {
      const found = axesOf(values['axis'], x.length)
      return isMismatch(found) ? found : x
    },
    stack: stackedAlong,
    ...(axes && { scratch: ([x = []], _, values) => countRows(x, values['axis']) }),
    prepare: ({ inputs, parameters: values, output, gradient: arriving, answers, scratch }) => {
      const [{ shape, offset }, answer] = [inputs[0]!, answers[0]!]
      const rows = rowsOf(shape, values['axis'])
      const starts = rows.rows
      const none = new Float64Array(0)
      const row: Row = { y: none, yAt: 0, g: none, gAt: 0, answers: none, to: 0, along: rows.along, saved: 0 } // prettier-ignore
      return {
        forward([x], memory) {
          for (let index = 0; index < starts.length; index++) {
            const start = starts[index]!
            const saved = forward(x!, offset + start, rows, memory, output + start, values)
            if (typeof saved === 'number') memory[scratch + index] = saved
          }
        },
        backward(_, memory, gradients) {
          row.y = memory
          row.g = gradients
          row.answers = gradients
          for (let index = 0; index < starts.length; index++) {
            const start = starts[index]!
            row.yAt = output + start
            row.gAt = arriving + start
            row.to = answer + start
            if (axes) row.saved = memory[scratch + index]!
            backward(row)
          }
        },
      }
    },
  })
}

/** The greatest element of the row that begins at `at`; NaN where it has one. */
export function greatest(x: Float64Array, at: number, along: Int32Array): number {
  let most = -Infinity
  for (let i = 0; i < along.length; i++) most = Math.max(most, x[at + along[i]!]!)
  return most
}

/** The logarithm of the sum of the exponentials of a row; nothing overflows. */
export function logOfSum(x: Float64Array, at: number, along: Int32Array): number {
  const most = greatest(x, at, along)
  const shift = Math.abs(most) === Infinity ? 0 : most
  let sum = 0
  for (let i = 0; i < along.length; i++) sum += elementary.exp(x[at + along[i]!]! - shift)
  return elementary.log(sum) + shift
}
