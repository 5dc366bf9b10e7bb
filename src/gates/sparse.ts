/** Answers to tables of which few rows are used: what they cost goes by those rows. */
import type { TensorPlace } from './gate.js'

/** The rows of one answer. */
export interface UsedRows {
  /** Makes the answer 0, and the list empty. */
  clear(values: Float64Array, gradients: Float64Array): void
  /** Lists a row that is about to be added to. */
  add(values: Float64Array, row: number): void
}

/** The answer to a port that has so many rows of `width` elements; see `TensorPlace.listed`. */
export function sparseRows(
  { listed, answers }: TensorPlace,
  port: number,
  rows: number,
  width: number,
): UsedRows {
  const answer = answers[port]!
  if (answer < 0 || listed === undefined) {
    const end = answer + rows * width
    return { clear: (_, gradients) => void gradients.fill(0, answer, end), add() {} }
  }
  // The round in which a row was last listed: of no meaning once that is over. Rounds come again
  // after four billion, so that a row which was not used since may be listed twice then.
  const seen = new Int32Array(rows)
  let round = 0
  return {
    clear(values, gradients) {
      const end = listed + values[listed]!
      for (let at = listed + 1; at <= end; at++) {
        const from = answer + values[at]! * width
        for (let i = 0; i < width; i++) gradients[from + i] = 0
      }
      values[listed] = 0
      round = (round + 1) | 0
    },
    add(values, row) {
      if (seen[row] === round) return
      seen[row] = round
      const count = values[listed]! + 1
      values[listed] = count
      values[listed + count] = row
    },
  }
}
