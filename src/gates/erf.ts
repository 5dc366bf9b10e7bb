/**
 * The error function and its complement, to about one unit in the last place (erfc: four).
 *
 * Up to 1 `erf(x) / x` is a polynomial in x²; beyond, `x exp(x²) erfc(x)` is one in 1 / x. The
 * coefficients are Chebyshev interpolants computed with mpmath at 40 digits, as powers of a
 * variable that runs from -1 to 1 over the interval; they are good to 1e-17.
 */
import { exp } from './elementary.js'

/** 2/√π ∫₀ˣ exp(-t²) dt. */
export function erf(x: number): number {
  const size = Math.abs(x)
  if (size <= 1) return x + x * polynomial(inner, 2 * x * x - 1)
  const rest = upper(size)
  return x > 0 ? 1 - rest : rest - 1
}

/** 1 - erf(x), without the cancellation for large x. */
export function erfc(x: number): number {
  if (x >= -1 && x <= 1) return 1 - erf(x)
  return x > 0 ? upper(x) : 2 - upper(-x)
}

/** erfc(x) for x > 1. NaN passes through. */
function upper(x: number): number {
  if (x > 30) return 0
  const s = 1 / x
  if (x < 2) return gauss(x) * s * polynomial(near, 4 * s - 3)
  if (x < 4) return gauss(x) * s * polynomial(middle, 8 * s - 3)
  return gauss(x) * s * polynomial(far, (s - FAR_CENTRE) / FAR_RADIUS)
}

/** exp(-x²): the error of squaring would grow with x², so the head of x is squared exactly. */
function gauss(x: number): number {
  const head = Math.fround(x)
  return exp(-head * head) * exp((head - x) * (head + x))
}

function polynomial(coefficients: readonly number[], t: number): number {
  let sum = 0
  for (let power = coefficients.length - 1; power >= 0; power--) {
    sum = sum * t + coefficients[power]!
  }
  return sum
}

const FAR_CENTRE = (1 / 4 + 1 / 30) / 2
const FAR_RADIUS = (1 / 4 - 1 / 30) / 2

/** `erf(x) / x - 1` over `x * x` from 0 to 1. */
const inner = [
  -0.03453126133013269, -0.1405360890227171, 0.019852496688983708, -0.0022854855611441132,
  0.00021751715604159932, -1.7537169441124866e-5, 1.223382738359897e-6, -7.511569286591727e-8,
  4.115800583208149e-9, -2.035228405815769e-10, 9.167619596865806e-12, -3.8078824063194953e-13,
  1.4543887079465116e-14,
]

/** `x * exp(x * x) * erfc(x)` over `1 / x`, for x from 1 to 2, from 2 to 4 and from 4 to 30. */
const near = [
  0.46817959203854037, -0.04227024444636883, 0.0012092420392931552, 0.0006295812459832145,
  -0.00019713177832962194, 3.680539054988557e-5, -4.423080518138124e-6, 3.422973117966253e-8,
  1.6981368810553445e-7, -6.190463620076879e-8, 1.5041376217890252e-8, -2.7594328919444718e-9,
  3.3564960827514737e-10, 1.892899934285864e-12, -1.8850641424171484e-11, 9.678493521670722e-12,
  -2.4398315334080278e-12,
]

const middle = [
  0.530860349316975, -0.018948191196769486, -0.0014381248079936, 0.00034622662915240903,
  -2.838914231333185e-5, -1.1538108984379362e-6, 7.486050921529027e-7, -1.2191986824682897e-7,
  8.113133665384168e-9, 1.268719065618051e-9, -5.169575543800155e-10, 9.092916465592578e-11,
  -7.786986124840471e-12, -7.77559583332632e-13, 4.672788429784681e-13, -1.0394393746160895e-13,
  1.185605633682284e-14,
]

const far = [
  0.5586905325313414, -0.008173342188988911, -0.002779106243793319, 0.00024099690312828263,
  2.5704727455743413e-5, -7.26360390212769e-6, 1.474566451304398e-7, 1.937013237244058e-7,
  -3.1956078274639266e-8, -2.2955214772551855e-9, 1.699586731026978e-9, -2.058561747036181e-10,
  -4.2193737885609643e-11, 1.9439837120062777e-11, -1.8178701819855067e-12, -7.51646475754721e-13,
  2.2828469419514817e-13,
]
