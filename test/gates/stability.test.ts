/**
 * Nothing overflows, and no digits get lost, where the answer has them. The numbers are those of
 * mpmath at 1000 digits, made by:
 *
 * from mpmath import mp, mpf, exp, log, log1p, tanh, erfc, sqrt, cosh, expm1, atan2, diff, inf
 * import json
 * mp.dps = 1000
 * sig = lambda x: 1 / (1 + exp(-x))
 * sp = lambda x: log(1 + exp(x))
 * inner = sqrt(mpf(2) / mp.pi)
 * gates = {
 *   'sigmoid': sig, 'log_sigmoid': lambda x: -sp(-x), 'softplus': sp, 'silu': lambda x: x * sig(x),
 *   'mish': lambda x: x * tanh(sp(x)), 'tanh': tanh, 'expm1': expm1, 'log1p': log1p,
 *   'gelu': lambda x: x * erfc(-x / sqrt(mpf(2))) / 2,
 *   'gelu tanh': lambda x: x * (1 + tanh(inner * (x + mpf('0.044715') * x**3))) / 2,
 *   'elu': lambda x: x if x > 0 else expm1(x),
 *   'log_cosh': lambda p, t: log(cosh(p - t)), 'divide': lambda a, b: a / b,
 *   'logistic_loss': lambda x, t: sp(x) - t * x, 'atan2': atan2,
 * }
 * def row(name, *at):
 *   f, a = gates[name], [mpf(v) for v in at]
 *   g = [diff(f, tuple(a), tuple(int(i == k) for i in range(len(a)))) for k in range(len(a))]
 *   gate, *form = name.split()
 *   parameters = {'approximate': form[0]} if form else {}
 *   print('  ' + json.dumps([gate, at, parameters, float(f(*a)), [float(v) for v in g]]).replace('"', "'") + ',')
 * for name in ('sigmoid', 'log_sigmoid', 'softplus', 'silu', 'mish', 'gelu', 'gelu tanh', 'tanh', 'elu'):
 *   for x in (-1000, -700, -40, -9, 20.5, 700, 1000):
 *     if (name, x) != ('softplus', 20.5): row(name, x) # beyond its threshold
 * row('gelu', -37); row('expm1', -40); row('expm1', 1e-300); row('log1p', 1e-300)
 * for d in (0.5e-8, -1e-100, 30, -700, 1000): row('log_cosh', d, 0)
 * row('divide', 1e200, 1e-100); row('divide', 1e-200, 1e150)
 * for x, t in ((-1000, 0), (1000, 1), (-1000, 1), (1000, 0), (-40, 0)): row('logistic_loss', x, t)
 * row('atan2', 1e200, 1e-200); row('atan2', 1e-200, 1e200); row('atan2', 3e250, 4e250)
 */
import { expect, test } from 'vitest'
import { catalogue } from '../../src/gates/index.js'
import { run } from '../kernel/place.js'
import type { Row } from './pytorch.js'

// prettier-ignore
const exact: readonly Row[] = [
  ['sigmoid', [-1000], {}, 0.0, [0.0]],
  ['sigmoid', [-700], {}, 9.85967654375977e-305, [9.85967654375977e-305]],
  ['sigmoid', [-40], {}, 4.248354255291589e-18, [4.248354255291589e-18]],
  ['sigmoid', [-9], {}, 0.00012339457598623172, [0.0001233793497648489]],
  ['sigmoid', [20.5], {}, 0.9999999987498471, [1.2501528632609782e-09]],
  ['sigmoid', [700], {}, 1.0, [9.85967654375977e-305]],
  ['sigmoid', [1000], {}, 1.0, [0.0]],
  ['log_sigmoid', [-1000], {}, -1000.0, [1.0]],
  ['log_sigmoid', [-700], {}, -700.0, [1.0]],
  ['log_sigmoid', [-40], {}, -40.0, [1.0]],
  ['log_sigmoid', [-9], {}, -9.000123402189724, [0.9998766054240138]],
  ['log_sigmoid', [20.5], {}, -1.2501528656053015e-09, [1.2501528648238605e-09]],
  ['log_sigmoid', [700], {}, -9.85967654375977e-305, [9.85967654375977e-305]],
  ['log_sigmoid', [1000], {}, -0.0, [0.0]],
  ['softplus', [-1000], {}, 0.0, [0.0]],
  ['softplus', [-700], {}, 9.85967654375977e-305, [9.85967654375977e-305]],
  ['softplus', [-40], {}, 4.248354255291589e-18, [4.248354255291589e-18]],
  ['softplus', [-9], {}, 0.00012340218972325883, [0.00012339457598623172]],
  ['softplus', [700], {}, 700.0, [1.0]],
  ['softplus', [1000], {}, 1000.0, [1.0]],
  ['silu', [-1000], {}, -0.0, [-0.0]],
  ['silu', [-700], {}, -6.90177358063184e-302, [-6.891913904088079e-302]],
  ['silu', [-40], {}, -1.6993417021166355e-16, [-1.6568581595637197e-16]],
  ['silu', [-9], {}, -0.0011105511838760856, [-0.0009870195718974083]],
  ['silu', [20.5], {}, 20.499999974371867, [1.0000000243779807]],
  ['silu', [700], {}, 700.0, [1.0]],
  ['silu', [1000], {}, 1000.0, [1.0]],
  ['mish', [-1000], {}, -0.0, [-0.0]],
  ['mish', [-700], {}, -6.90177358063184e-302, [-6.891913904088079e-302]],
  ['mish', [-40], {}, -1.6993417021166355e-16, [-1.6568581595637197e-16]],
  ['mish', [-9], {}, -0.0011106197018717866, [-0.0009871489778676356]],
  ['mish', [20.5], {}, 20.5, [1.0000000000000002]],
  ['mish', [700], {}, 700.0, [1.0]],
  ['mish', [1000], {}, 1000.0, [1.0]],
  ['gelu', [-1000], {}, -0.0, [-0.0]],
  ['gelu', [-700], {}, -0.0, [-0.0]],
  ['gelu', [-40], {}, -0.0, [-0.0]],
  ['gelu', [-9], {}, -1.0157295653584566e-18, [-9.138937373906639e-18]],
  ['gelu', [20.5], {}, 20.5, [1.0]],
  ['gelu', [700], {}, 700.0, [1.0]],
  ['gelu', [1000], {}, 1000.0, [1.0]],
  ['gelu', [-1000], {'approximate': 'tanh'}, 0.0, [0.0]],
  ['gelu', [-700], {'approximate': 'tanh'}, 0.0, [0.0]],
  ['gelu', [-40], {'approximate': 'tanh'}, 0.0, [0.0]],
  ['gelu', [-9], {'approximate': 'tanh'}, -1.3364595947348725e-28, [-2.515735285067425e-27]],
  ['gelu', [20.5], {'approximate': 'tanh'}, 20.5, [1.0]],
  ['gelu', [700], {'approximate': 'tanh'}, 700.0, [1.0]],
  ['gelu', [1000], {'approximate': 'tanh'}, 1000.0, [1.0]],
  ['tanh', [-1000], {}, -1.0, [0.0]],
  ['tanh', [-700], {}, -1.0, [0.0]],
  ['tanh', [-40], {}, -1.0, [7.219405551381661e-35]],
  ['tanh', [-9], {}, -0.999999969540041, [6.091991712323229e-08]],
  ['tanh', [20.5], {}, 1.0, [6.251528757339955e-18]],
  ['tanh', [700], {}, 1.0, [0.0]],
  ['tanh', [1000], {}, 1.0, [0.0]],
  ['elu', [-1000], {}, -1.0, [0.0]],
  ['elu', [-700], {}, -1.0, [9.85967654375977e-305]],
  ['elu', [-40], {}, -1.0, [4.248354255291589e-18]],
  ['elu', [-9], {}, -0.9998765901959134, [0.00012340980408667956]],
  ['elu', [20.5], {}, 20.5, [1.0]],
  ['elu', [700], {}, 700.0, [1.0]],
  ['elu', [1000], {}, 1000.0, [1.0]],
  ['gelu', [-37], {}, -2.1184613523340935e-298, [-7.838298669418516e-297]],
  ['expm1', [-40], {}, -1.0, [4.248354255291589e-18]],
  ['expm1', [1e-300], {}, 1e-300, [1.0]],
  ['log1p', [1e-300], {}, 1e-300, [1.0]],
  ['log_cosh', [5e-09, 0], {}, 1.25e-17, [5e-09, -5e-09]],
  ['log_cosh', [-1e-100, 0], {}, 5e-201, [-1e-100, 1e-100]],
  ['log_cosh', [30, 0], {}, 29.306852819440056, [1.0, -1.0]],
  ['log_cosh', [-700, 0], {}, 699.3068528194401, [-1.0, 1.0]],
  ['log_cosh', [1000, 0], {}, 999.3068528194401, [1.0, -1.0]],
  ['divide', [1e+200, 1e-100], {}, 9.999999999999999e+299, [1e+100, -Infinity]],
  ['divide', [1e-200, 1e+150], {}, 0.0, [1e-150, -0.0]],
  ['logistic_loss', [-1000, 0], {}, 0.0, [0.0, 1000.0]],
  ['logistic_loss', [1000, 1], {}, 0.0, [-0.0, -1000.0]],
  ['logistic_loss', [-1000, 1], {}, 1000.0, [-1.0, 1000.0]],
  ['logistic_loss', [1000, 0], {}, 1000.0, [1.0, -1000.0]],
  ['logistic_loss', [-40, 0], {}, 4.248354255291589e-18, [4.248354255291589e-18, 40.0]],
  ['atan2', [1e+200, 1e-200], {}, 1.5707963267948966, [0.0, -1e-200]],
  ['atan2', [1e-200, 1e+200], {}, 0.0, [1e-200, -0.0]],
  ['atan2', [3e+250, 4e+250], {}, 0.6435011087932844, [1.6000000000000001e-251, -1.2000000000000002e-251]],
]

// What is known without computing.
const extreme: readonly Row[] = [
  ['silu', [1e308], {}, 1e308, [1]],
  ['silu', [-1e308], {}, 0, [0]],
  ['mish', [1e308], {}, 1e308, [1]],
  ['mish', [-1e308], {}, 0, [0]],
  ['gelu', [1e300], {}, 1e300, [1]],
  ['gelu', [-1e300], {}, 0, [0]],
  ['gelu', [1e300], { approximate: 'tanh' }, 1e300, [1]],
  ['gelu', [-1e300], { approximate: 'tanh' }, 0, [0]],
  ['softplus', [1e300], { threshold: Infinity }, 1e300, [1]],
  ['softplus', [-1e300], {}, 0, [0]],
  ['log_sigmoid', [-1e300], {}, -1e300, [1]],
  ['selu', [-1e300], {}, -1.7580993408473768, [0]],
  ['log_cosh', [1e300, 0], {}, 1e300, [1, -1]],
  ['logistic_loss', [1e300, 0], {}, 1e300, [1, -1e300]],
  ['huber', [1e300, 0], {}, 1e300, [1, -1]],
  ['smooth_l1', [-1e300, 0], {}, 1e300, [-1, 1]],
  ['atan', [1e200], {}, Math.PI / 2, [0]],
  ['power', [1e-200, 2], {}, 0, [2e-200, 0]],
]

// These take their slope from the output, of which 1 - y has 53 bits after the point.
const fromOutput = new Set(['sigmoid', 'tanh'])

test.each([...exact, ...extreme])(
  '%s at %j with %j is %d',
  (gate, at, parameters, value, slopes) => {
    const result = run(catalogue[gate], at, { parameters })
    expect(Math.abs(result.value - value)).toBeLessThanOrEqual(1e-12 * Math.abs(value))
    slopes.forEach((expected, port) => {
      const slope = result.gradients[port] as number // all of these gates answer
      if (!Number.isFinite(expected)) return expect(slope).toBe(expected)
      const tolerance = Math.max(1e-12 * Math.abs(expected), fromOutput.has(gate) ? 2 ** -52 : 0)
      return expect(Math.abs(slope - expected)).toBeLessThanOrEqual(tolerance)
    })
  },
)
