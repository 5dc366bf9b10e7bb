/** Checks gradients against differences. */

/** What a numerical derivative found. */
export interface Derivative {
  readonly value: number
  /** How far the last two estimates are apart; at a kink it stays large. */
  readonly error: number
}

/**
 * The derivative of a function of one variable: central differences with steps that shrink by
 * 1.4, extrapolated to step 0 (Ridders, "Accurate computation of F'(x)", 1982; as in Numerical
 * Recipes, section 5.7).
 */
export function richardson(f: (x: number) => number, x: number, first = startAt(x)): Derivative {
  const shrink = 1.4
  let best: Derivative = { value: Number.NaN, error: Number.POSITIVE_INFINITY }
  let row: number[] = []
  let h = first
  for (let i = 0; i < 12; i++, h /= shrink) {
    // The step as it is in the number, not as it was meant.
    const above = x + h
    const below = x - h
    const next = [(f(above) - f(below)) / (above - below)]
    let factor = shrink * shrink
    for (let k = 1; k <= i; k++, factor *= shrink * shrink) {
      next[k] = (next[k - 1]! * factor - row[k - 1]!) / (factor - 1)
      const error = Math.max(Math.abs(next[k]! - next[k - 1]!), Math.abs(next[k]! - row[k - 1]!))
      if (error <= best.error) best = { value: next[k]!, error }
    }
    // Higher orders have begun to get worse: rounding has won.
    if (i > 1 && Math.abs(next[i]! - row[i - 1]!) >= 2 * best.error) break
    row = next
  }
  return best
}

export interface GradientCheck {
  readonly name: string
  /** Absent where the graph says that there is none. */
  readonly analytic: number | undefined
  readonly numeric: number
  /** Relative to max(1, |numeric|). */
  readonly error: number
  readonly status: 'ok' | 'wrong' | 'kink'
}

/**
 * Compares gradients with differences, one variable at a time. `evaluate` computes the function
 * with some variables changed. Where the slopes from the left and from the right differ, the
 * point is a kink, where a gradient is a convention.
 */
export function gradcheck(
  variables: readonly { readonly name: string; readonly value: number; readonly gradient: number | undefined }[],
  evaluate: (change: { readonly name: string; readonly value: number }) => number,
  tolerance = 1e-6,
): GradientCheck[] {
  return variables.map(({ name, value, gradient }) => {
    const f = (x: number) => evaluate({ name, value: x })
    const { value: numeric, error: doubt } = richardson(f, value)
    const error = Math.abs((gradient ?? 0) - numeric) / Math.max(1, Math.abs(numeric))
    const result = { name, analytic: gradient, numeric, error }
    // What the differences themselves are unsure of is not held against the gradient.
    if (error <= Math.max(tolerance, 2 * doubt)) return { ...result, status: 'ok' }
    return { ...result, status: isKink(f, value) ? 'kink' : 'wrong' }
  })
}

function isKink(f: (x: number) => number, x: number): boolean {
  const h = startAt(x) * 1e-4
  const right = (f(x + h) - f(x)) / h
  const left = (f(x) - f(x - h)) / h
  return Math.abs(right - left) > 1e-3 * Math.max(1, Math.abs(left), Math.abs(right))
}

function startAt(x: number): number {
  return 0.01 * Math.max(1, Math.abs(x))
}
