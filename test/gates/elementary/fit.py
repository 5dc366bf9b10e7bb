"""
Makes the coefficients that src/gates/elementary/ is written with: python3 fit.py [NAME ...]

Each polynomial is a fit of least squares at Chebyshev points, which is within a bit of the best
there is; errors count by a weight, mostly what the polynomial is multiplied by. Coefficients are rounded to doubles one after the other, the lowest power first, and the
others are fitted anew to what is left. Printed behind each: the largest error, as a power of two.
"""
import sys
from mpmath import mp, mpf

mp.dps = 60


def fit(f, low, high, count, weight, split=False):
    """
    `count` doubles: f(t) is about c0 + c1 t + c2 t^2 + … for t from low to high; c0 in two parts
    where it is to be split.
    """
    low, high = mpf(low), mpf(high)
    many = 3 * count
    nodes = [(low + high) / 2 + (high - low) / 2 * mp.cos(mp.pi * (2 * i + 1) / (2 * many))
             for i in range(many)]
    values = [f(t) for t in nodes]
    found = []
    for first in range(count):
        matrix = mp.matrix([[weight(t) * t**power for power in range(first, count)] for t in nodes])
        rest = [weight(t) * (v - mp.polyval(found[::-1], t)) if found else weight(t) * v
                for t, v in zip(nodes, values)]
        best = mp.lu_solve(matrix, mp.matrix(rest))[0]
        found.append(mpf(float(best)))
        if split and first == 0:
            found[0] += mpf(float(best - found[0]))
    return found


def error(f, coefficients, low, high, weight):
    worst = mpf(0)
    for i in range(400):
        t = mpf(low) + (mpf(high) - mpf(low)) * (i + mpf(1) / 3) / 400
        worst = max(worst, weight(t) * abs(mp.polyval(coefficients[::-1], t) - f(t)))
    return worst


def even(f):
    """f(sqrt(z)), for functions that are even."""
    return lambda z: f(mp.sqrt(z))


def scaled_erfc(x):
    return mp.exp(x * x) * mp.erfc(x)


def moved(f, centre):
    return lambda t: f(centre + t)


ROOT_PI = mp.sqrt(mp.pi)
HALF_LOG2 = '0.34658'
EIGHTH_TURN = '0.617'  # (pi / 4)^2
# name: what it is, the function, from, to, coefficients and, where it is not |t|, the weight
TABLE = {
    'exp': ('(exp(r) - 1 - r) / r^2', lambda r: (mp.exp(r) - 1 - r) / r**2, '-' + HALF_LOG2, HALF_LOG2, 11),
    'log': ('(2 atanh(s) / s - 2) / z, z = s^2', even(lambda s: (2 * mp.atanh(s) / s - 2) / s**2), '0', '0.02945', 7),
    'tanh': ('(1 - tanh(x) / x) / z, z = x^2', even(lambda x: (1 - mp.tanh(x) / x) / x**2), '0', '0.3026', 11),
    'sinh': ('(sinh(x) / x - 1) / z, z = x^2', even(lambda x: (mp.sinh(x) / x - 1) / x**2), '0', '1', 8),
    'sin': ('(sin(x) / x - 1) / z, z = x^2', even(lambda x: (mp.sin(x) / x - 1) / x**2), '0', EIGHTH_TURN, 7),
    'cos': ('(cos(x) - 1 + z / 2) / z^2, z = x^2', even(lambda x: (mp.cos(x) - 1 + x**2 / 2) / x**4), '0', EIGHTH_TURN, 6, lambda z: z * z),
    'tan': ('(tan(x) / x - 1) / z, z = x^2', even(lambda x: (mp.tan(x) / x - 1) / x**2), '0', '0.449', 13),
    'asin': ('(asin(x) / x - 1) / z, z = x^2', even(lambda x: (mp.asin(x) / x - 1) / x**2), '0', '0.25', 13),
    'atan': ('(1 - atan(x) / x) / z, z = x^2', even(lambda x: (1 - mp.atan(x) / x) / x**2), '0', '0.1915', 11),
    'cbrt': ('cbrt(1 + t)', lambda t: mp.cbrt(1 + t), '-0.2929', '0.4143', 8, lambda t: 1),
    'power': ('(3 atanh(s) / s - 3 - z) / z^2, z = s^2', even(lambda s: (3 * mp.atanh(s) / s - 3 - s**2) / s**4), '0', '0.02945', 7, lambda z: z * z),
    'erf': ('erf(x) / x - 1, z = x^2', even(lambda x: mp.erf(x) / x - 1), '0', '1', 14, lambda z: 1),
    'erfc1': ('erfc(1 + t) exp((1 + t)^2)', moved(scaled_erfc, 1), '-0.251', '0.5', 17, lambda t: 2),
    'erfc2': ('erfc(2 + t) exp((2 + t)^2)', moved(scaled_erfc, 2), '-0.5', '0.75', 18, lambda t: 4),
    'erfc3': ('erfc(3.75 + t) exp((3.75 + t)^2)', moved(scaled_erfc, mpf('3.75')), '-1', '1.25', 21, lambda t: 8),
    'erfc5': ('x erfc(x) exp(x^2), z = 1 / x^2 - 0.0205', lambda t: scaled_erfc(1 / mp.sqrt(t + mpf('0.0205'))) / mp.sqrt(t + mpf('0.0205')), '-0.0193', '0.0196', 14, lambda t: 2),
}

if __name__ == '__main__':
    for name in sys.argv[1:] or TABLE:
        what, f, low, high, count, *rest = TABLE[name]
        split = name.startswith('erfc')
        weight = rest[0] if rest else lambda t: abs(t)
        coefficients = fit(f, low, high, count, weight, split)
        bits = mp.log(error(f, coefficients, low, high, weight), 2)
        print(f'{name}: {what} from {low} to {high}, error 2^{float(bits):.1f}')
        for c in coefficients:
            more = f'and {float(c - mpf(float(c)))!r}' if split and c == coefficients[0] else ''
            print(f'  {float(c)!r}, {more}')
