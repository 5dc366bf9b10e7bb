/**
 * Loops over gradients, which look at the same time whether they are finite. Four elements a turn:
 * so a turn costs less than what is done in it.
 */

/** Copies; false where something is not finite, and what has been copied by then means nothing. */
export function copy(from: Float64Array, to: Float64Array, start: number, end: number): boolean {
  let i = start
  for (; i + 3 < end; i += 4) {
    const a = from[i]!
    const b = from[i + 1]!
    const c = from[i + 2]!
    const d = from[i + 3]!
    to[i] = a
    to[i + 1] = b
    to[i + 2] = c
    to[i + 3] = d
    if (a - a + (b - b) + (c - c) + (d - d) !== 0) return false
  }
  for (; i < end; i++) {
    const a = from[i]!
    to[i] = a
    if (a - a !== 0) return false
  }
  return true
}

/** to = sum + from; false where something in `from` is not finite, as above. */
export function add(
  sum: Float64Array,
  from: Float64Array,
  to: Float64Array,
  start: number,
  end: number,
): boolean {
  let i = start
  for (; i + 3 < end; i += 4) {
    const a = from[i]!
    const b = from[i + 1]!
    const c = from[i + 2]!
    const d = from[i + 3]!
    to[i] = sum[i]! + a
    to[i + 1] = sum[i + 1]! + b
    to[i + 2] = sum[i + 2]! + c
    to[i + 3] = sum[i + 3]! + d
    if (a - a + (b - b) + (c - c) + (d - d) !== 0) return false
  }
  for (; i < end; i++) {
    const a = from[i]!
    to[i] = sum[i]! + a
    if (a - a !== 0) return false
  }
  return true
}

/** Whether all numbers are finite. */
export function isFiniteIn(numbers: Float64Array, start: number, end: number): boolean {
  let i = start
  for (; i + 3 < end; i += 4) {
    const a = numbers[i]!
    const b = numbers[i + 1]!
    const c = numbers[i + 2]!
    const d = numbers[i + 3]!
    if (a - a + (b - b) + (c - c) + (d - d) !== 0) return false
  }
  for (; i < end; i++) if (numbers[i]! - numbers[i]! !== 0) return false
  return true
}
