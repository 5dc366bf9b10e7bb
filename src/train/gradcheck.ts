/** Compares gradients with derivatives taken numerically, by extrapolated differences. */

/** A derivative and how far off it may be: an estimate, not a bound. */
export interface Derivative {
  readonly value: number
  readonly error: number
}

/**
 * The derivative of `f` at `x`: central differences over shrinking steps, extrapolated to the
 * step 0 (Ridders, "Accurate computation of F'(x) and F'(x)F''(x)", 1982). Not finite only
 * where `f` is not, on one side of `x` or on both.
 */
export function richardson(f: (x: number) => number, x: number): Derivative {
  const noise = noiseOf(f, x)
  // The error of a central difference has even powers of the step only.
  return best(x, 2, (h) => {
    const [right, left] = [x + h, x - h]
    const [high, low] = [f(right), f(left)]
    return difference(high, low, right - left, noise)
  })
}

/**
 * How far the values of `f` near `x` are off a smooth curve, by second differences over steps
 * so short that only rounding is left in them. Inside a graph more may be rounded away than
 * its last value tells: where a gate is saturated, for one. Beside `x`, as there may be a kink.
 */
function noiseOf(f: (x: number) => number, x: number): number {
  const scale = Math.max(1, Math.abs(x))
  let noise = 0
  for (const beside of [-1e-3, -7e-4, 7e-4, 1e-3]) {
    for (const step of [1e-9, 1.7e-9]) {
      const at = x + beside * scale
      const [right, left] = [at + step * scale, at - step * scale]
      const bend = Math.abs(f(right) - f(at) - (f(at) - f(left)))
      if (Number.isFinite(bend)) noise = Math.max(noise, bend)
    }
  }
  return noise
}

/** What a gradient turned out to be beside the numeric derivative. */
export type Verdict =
  | 'same'
  | 'different'
  /** The derivatives from the left and the right differ, and the gradient is none beyond them. */
  | 'kink'
  /** The numeric derivative is not known well enough to say. */
  | 'unsure'
  /** Declared to have no gradient: there is nothing to compare. */
  | 'none'

/** One gradient beside its numeric derivative. */
export interface GradientCheck {
  readonly name: string
  readonly analytic: number | 'none'
  readonly numeric: number
  /** Estimated, of `numeric`. */
  readonly error: number
  readonly verdict: Verdict
  /** Whether nothing speaks against the gradient. */
  readonly ok: boolean
}

/** What to check, and where. */
export interface GradcheckOptions {
  /** Where: each name's value. */
  readonly at: ReadonlyMap<string, number>
  /** The gradients to check; 0 where a name is missing. */
  readonly gradients: ReadonlyMap<string, number | 'none'>
  /** The value whose gradients they are when `name` is `x` and all others are as in `at`. */
  evaluate(name: string, x: number): number
  /** Relative to the larger of both; 1e-6. */
  readonly tolerance?: number
}

/** Checks each gradient by itself; in the order of `at`. */
export function gradcheck(options: GradcheckOptions): readonly GradientCheck[] {
  const { at, gradients, evaluate, tolerance = 1e-6 } = options
  return Array.from(at, ([name, x]) => {
    const analytic = gradients.get(name) ?? 0
    const f = (value: number) => evaluate(name, value)
    const { value: numeric, error } = richardson(f, x)
    const verdict =
      analytic === 'none' ? 'none' : judge(f, x, analytic, { value: numeric, error }, tolerance)
    return { name, analytic, numeric, error, verdict, ok: fine.has(verdict) }
  })
}

const fine: ReadonlySet<Verdict> = new Set(['same', 'kink', 'none'])

function judge(
  f: (x: number) => number,
  x: number,
  analytic: number,
  numeric: Derivative,
  tolerance: number,
): Verdict {
  if (!Number.isFinite(analytic)) return Number.isFinite(numeric.value) ? 'different' : 'unsure'
  const far = Math.abs(analytic - numeric.value)
  const allowed = tolerance * Math.max(Math.abs(analytic), Math.abs(numeric.value))
  // Ten times the estimate, which now and then is too low.
  const doubt = 10 * numeric.error
  const known = doubt <= tolerance * Math.max(1, Math.abs(analytic), Math.abs(numeric.value))
  if (known && far <= allowed + doubt) return 'same'
  if (isKink(f, x, analytic, tolerance)) return 'kink'
  return far > allowed + doubt ? 'different' : 'unsure'
}

/** Whether the graph of `f` has a corner at `x`, and `slope` lies between its two sides. */
function isKink(f: (x: number) => number, x: number, slope: number, tolerance: number): boolean {
  const here = f(x)
  const noise = noiseOf(f, x)
  const side = (sign: 1 | -1) =>
    best(x, 1, (h) => {
      const there = x + sign * h
      return difference(f(there), here, there - x, noise)
    })
  const [left, right] = [side(-1), side(1)]
  const doubt = 10 * (left.error + right.error)
  const size = Math.max(Math.abs(left.value), Math.abs(right.value))
  if (!(Math.abs(left.value - right.value) > doubt + tolerance * size)) return false
  const slack = doubt + tolerance * size
  const least = Math.min(left.value, right.value) - slack
  return least <= slope && slope <= Math.max(left.value, right.value) + slack
}

function difference(high: number, low: number, width: number, noise: number): Derivative {
  const rounding = Math.max(noise, Number.EPSILON * Math.max(Math.abs(high), Math.abs(low)))
  return { value: (high - low) / width, error: rounding / Math.abs(width) }
}

/**
 * The best of several extrapolations. A wide first step has little rounding; a narrow one keeps
 * clear of kinks near by and of the end of where `f` is defined.
 */
function best(x: number, power: 1 | 2, quotient: (h: number) => Derivative): Derivative {
  let found = unknown
  for (const first of firstSteps(Math.abs(x))) {
    const derivative = extrapolate(quotient, first, power)
    if (derivative.error < found.error) found = derivative
    if (found.error <= 1e-10 * Math.abs(found.value)) break
  }
  return found
}

const unknown: Derivative = { value: Number.NaN, error: Number.POSITIVE_INFINITY }

function firstSteps(size: number): readonly number[] {
  const wide = [2 ** -3, 2 ** -8, 2 ** -13, 2 ** -18].map((part) => part * Math.max(1, size))
  return size === 0 || size >= 1 ? wide : [...wide, size / 8, size / 256]
}

/** Neville's scheme: column k has lost the first k powers of the step from its error. */
function extrapolate(quotient: (h: number) => Derivative, first: number, power: 1 | 2): Derivative {
  let found = unknown
  let previous: number[] = []
  let h = first
  for (let row = 0; row < 8; row++, h /= 2) {
    const { value, error: rounding } = quotient(h)
    const current = [value]
    let factor = 1
    for (let column = 0; column < previous.length; column++) {
      const [newer, older] = [current[column]!, previous[column]!]
      factor *= power === 1 ? 2 : 4
      const next = newer + (newer - older) / (factor - 1)
      current.push(next)
      const error = rounding + Math.max(Math.abs(next - newer), Math.abs(next - older))
      if (error < found.error) found = { value: next, error }
    }
    previous = current
  }
  return found
}
