"""
Makes the coefficients that src/gates/elementary/ is written with: python3 fit.py [NAME ...]

Each polynomial is a fit of least squares at Chebyshev points, which is within a bit of the best
there is; errors count by a weight, mostly what the polynomial is multiplied by. Coefficients are rounded to doubles one after the other, the lowest power first, and the
others are fitted anew to what is left. Printed behind each: the largest error, as a power of two.
"""
import sys
from mpmath import mp, mpf

mp.dps = 60


def fit(f, low, high, count, weight):
    """`count` doubles: f(t) is about c0 + c1 t + c2 t^2 + … for t from low to high."""
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
        found.append(mpf(float(mp.lu_solve(matrix, mp.matrix(rest))[0])))
    return found


def error(f, coefficients, low, high, weight):
    worst = mpf(0)
    for i in range(400):
        t = mpf(low) + (mpf(high) - mpf(low)) * (i + mpf(1) / 3) / 400
        worst = max(worst, weight(t) * abs(mp.polyval(coefficients[::-1], t) - f(t)))
    return worst


def atanh_rest(z):
    s = mp.sqrt(z)
    return (2 * mp.atanh(s) / s - 2) / z


def tanh_rest(z):
    x = mp.sqrt(z)
    return (1 - mp.tanh(x) / x) / z


HALF_LOG2 = '0.34658'
# name: what it is, the function, from, to, coefficients
TABLE = {
    'exp': ('(exp(r) - 1 - r) / r^2', lambda r: (mp.exp(r) - 1 - r) / r**2, '-' + HALF_LOG2, HALF_LOG2, 11),
    'log': ('(2 atanh(s) / s - 2) / z, z = s^2', atanh_rest, '0', '0.02945', 7),
    'tanh': ('(1 - tanh(x) / x) / z, z = x^2', tanh_rest, '0', '0.3026', 11),
}

if __name__ == '__main__':
    for name in sys.argv[1:] or TABLE:
        what, f, low, high, count, *rest = TABLE[name]
        weight = rest[0] if rest else lambda t: abs(t)
        coefficients = fit(f, low, high, count, weight)
        bits = mp.log(error(f, coefficients, low, high, weight), 2)
        print(f'{name}: {what} from {low} to {high}, error 2^{float(bits):.1f}')
        for c in coefficients:
            print(f'  {float(c)!r},')
