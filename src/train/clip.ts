/** Keeps gradients within bounds before an update. */

/** Elements from `start` up to `end`. */
export interface Span {
  readonly start: number
  readonly end: number
}

/**
 * Scales all gradients, in place, so that their Euclidean norm is at most `max`. Divides by the
 * norm itself: PyTorch adds 1e-6 to it. An infinite gradient becomes NaN.
 */
export function clipByNorm(gradients: Float64Array, spans: readonly Span[], max: number): void {
  let squares = sumOfSquares(gradients, spans, 1)
  const scale = scaleFor(squares)
  if (scale !== 1) squares = sumOfSquares(gradients, spans, scale)
  const norm = Math.sqrt(squares)
  if (norm <= max * scale) return
  // Not times max / norm: that quotient may vanish where the norm is huge.
  for (const { start, end } of spans) {
    for (let i = start; i < end; i++) gradients[i] = ((gradients[i]! * scale) / norm) * max
  }
}

/** Bounds each gradient to [-max, max], in place. NaN stays. */
export function clipByValue(gradients: Float64Array, spans: readonly Span[], max: number): void {
  for (const { start, end } of spans) {
    for (let i = start; i < end; i++) {
      gradients[i] = Math.max(-max, Math.min(max, gradients[i]!))
    }
  }
}

/** Where squares overflow or lose digits: a power of two, which changes no bit of what it scales. */
function scaleFor(squares: number): number {
  if (squares < 2 ** -900) return 2 ** 600
  return squares === Number.POSITIVE_INFINITY ? 2 ** -600 : 1
}

function sumOfSquares(gradients: Float64Array, spans: readonly Span[], scale: number): number {
  let sum = 0
  for (const { start, end } of spans) {
    for (let i = start; i < end; i++) sum += gradients[i]! * scale * (gradients[i]! * scale)
  }
  return sum
}
