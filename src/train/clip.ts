/** Keeps gradients within bounds before an update. */

/** Elements from `start` up to `end`. */
export interface Span {
  readonly start: number
  readonly end: number
}

/**
 * Scales all gradients so that their Euclidean norm is at most `max`. Divides by the norm
 * itself: PyTorch adds 1e-6 to it.
 */
export function clipByNorm(gradients: Float64Array, spans: readonly Span[], max: number): void {
  const norm = normOf(gradients, spans)
  if (!(norm > max)) return
  for (const { start, end } of spans) {
    // Not times max / norm: that quotient may vanish where the norm is huge.
    for (let i = start; i < end; i++) gradients[i] = (gradients[i]! / norm) * max
  }
}

/** Bounds each gradient to [-max, max]. */
export function clipByValue(gradients: Float64Array, spans: readonly Span[], max: number): void {
  for (const { start, end } of spans) {
    for (let i = start; i < end; i++) {
      gradients[i] = Math.max(-max, Math.min(max, gradients[i]!))
    }
  }
}

/** The Euclidean norm, scaled so that no square overflows whose root is finite. */
function normOf(gradients: Float64Array, spans: readonly Span[]): number {
  let largest = 0
  for (const { start, end } of spans) {
    for (let i = start; i < end; i++) largest = Math.max(largest, Math.abs(gradients[i]!))
  }
  if (largest === 0 || !Number.isFinite(largest)) return largest
  // A power of two changes no bit of what it scales.
  const scale = 2 ** Math.floor(Math.log2(largest))
  let sum = 0
  for (const { start, end } of spans) {
    for (let i = start; i < end; i++) sum += (gradients[i]! / scale) ** 2
  }
  return Math.sqrt(sum) * scale
}
