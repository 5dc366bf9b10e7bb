"""
Measures the elementary functions beside mpmath at 50 digits:

    npm run --silent build
    python3 test/gates/elementary/accuracy.py [--points 1000000] [NAME ...]

prints for each function the largest error found, in units in the last place of the true value, and
where. Points are bit patterns at random, numbers at random in the ranges of ranges.json, and the
neighbours of numbers where something happens. With `--sample` it writes sample.bin anew.

Found with 1,000,000 points: exp 0.753, expm1 0.887, log 0.778, log1p 0.843, tanh 0.812, sigmoid 0.860,
softplus 0.838, power 0.751, sin 0.764, cos 0.764, tan 0.935, asin 0.649, acos 0.632, atan 0.766,
atan2 0.818, sinh 0.814, cosh 0.758, cbrt 0.666, hypot 0.848, erf 0.931, erfc 1.429, normal 1.543.
"""
import argparse
import json
import math
import os
import struct
import subprocess
from multiprocessing import Pool

from mpmath import mp, mpf

mp.dps = 50
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, '../../..')
INF = math.inf


def softplus(x):
    return mp.log1p(mp.exp(x)) if x < 1000 else x


def power(a, b):
    # Beyond the range of numbers only on which side matters.
    exponent = b * mp.log(a, 2)
    return mpf(2)**(exponent if abs(exponent) < 2000 else mp.sign(exponent) * 2000)


def erfc(x):
    return mp.erfc(x) if x < 1000 else mpf(2)**-2000


# What is meant by each name.
TRUE = {
    'exp': mp.exp, 'expm1': mp.expm1, 'log': mp.log, 'log1p': mp.log1p,
    'tanh': mp.tanh, 'sigmoid': lambda x: 1 / (1 + mp.exp(-x)), 'softplus': softplus,
    'sinh': mp.sinh, 'cosh': mp.cosh, 'sin': mp.sin, 'cos': mp.cos, 'tan': mp.tan,
    'asin': mp.asin, 'acos': mp.acos, 'atan': mp.atan, 'atan2': mp.atan2,
    'cbrt': lambda x: mp.cbrt(x) if x >= 0 else -mp.cbrt(-x), 'hypot': mp.hypot,
    'power': power, 'erf': mp.erf, 'erfc': erfc, 'normal': lambda x: erfc(-x / mp.sqrt(2)) / 2,
}
# Where it is defined, ranges and points of interest, for each argument.
with open(os.path.join(HERE, 'ranges.json')) as file:
    RANGES = json.load(file)


class Draw:
    """xorshift128 (Marsaglia 2003), as in draw.ts: both draw the same arguments."""

    def __init__(self, seed):
        self.words = [123456789 ^ seed, 362436069, 521288629, 88675123]
        for _ in range(20):
            self.bits()

    def bits(self):
        x, y, z, w = self.words
        t = (x ^ (x << 11)) & 0xffffffff
        w2 = w ^ (w >> 19) ^ t ^ (t >> 8)
        self.words = [y, z, w, w2]
        return w2

    def share(self):
        return self.bits() / 2**32

    def choice(self, of):
        return of[self.bits() % len(of)]

    def argument(self, table):
        low, high = table.get('within', [None, None])
        while True:
            x = self.candidate(table)
            if math.isfinite(x) and (low is None or x >= low) and (high is None or x <= high):
                return x

    def candidate(self, table):
        kind = self.share()
        if kind < 0.2:
            return pattern(self.bits() * 2**32 + self.bits())
        if kind < 0.3:
            size = (1 + self.share()) * 2.0**(self.bits() % 72 - 60)
            return size if self.bits() % 2 else -size
        if kind < 0.35:
            word = struct.unpack('<q', struct.pack('<d', self.choice(table['near'])))[0]
            moved = (word + self.bits() % 400 - 200) % 2**64
            return pattern(moved)
        low, high = self.choice(table['ranges'])
        return low + (high - low) * self.share()


def pattern(word):
    return struct.unpack('<d', struct.pack('<Q', word))[0]


def arguments(name, count, seed):
    draw = Draw(seed)
    return [tuple(draw.argument(table) for table in RANGES[name]) for _ in range(count)]


SCRIPT = '''
import { readFileSync, writeSync } from 'node:fs'
const functions = await import(process.argv[1])
const f = functions[process.argv[2]]
const bytes = readFileSync(0)
const x = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
const n = f.length
const y = new Float64Array(x.length / n)
for (let i = 0; i < y.length; i++) y[i] = n === 1 ? f(x[i]) : f(x[2 * i], x[2 * i + 1])
const out = new Uint8Array(y.buffer)
for (let at = 0; at < out.length; ) at += writeSync(1, out, at)
'''


def computed(name, points, module):
    flat = [x for point in points for x in point]
    data = struct.pack(f'<{len(flat)}d', *flat)
    run = subprocess.run(['node', '--input-type=module', '-e', SCRIPT, module, name],
                         input=data, stdout=subprocess.PIPE, check=True)
    return struct.unpack(f'<{len(points)}d', run.stdout)


def units(y, true):
    """The distance of y from the true value in units in the last place of that."""
    if true == 0 or not mp.isfinite(true):
        return 0.0 if y == true else INF
    if math.isnan(y):
        return INF
    _, _, power, digits = true._mpf_
    exponent = max(power + digits - 1, -1022)
    if math.isinf(y):
        # What rounds to infinity lies beyond the largest number by half a unit.
        limit = mpf(2)**1024 - mpf(2)**970
        return 0.0 if abs(true) >= limit and (y > 0) == (true > 0) else float((limit - abs(true)) / mpf(2)**971)
    return float(abs(mpf(y) - true) / mpf(2)**(min(exponent, 1023) - 52))


def chunk(job):
    name, count, seed, module = job
    f = TRUE[name]
    points = arguments(name, count, seed)
    worst, where, total = 0.0, None, 0
    for point, y in zip(points, computed(name, points, module)):
        error = units(y, f(*map(mpf, point)))
        total += error > 0.5
        if error > worst:
            worst, where = error, (point, y)
    return worst, where, total


# The sample that `npm test` checks has this many points for each function.
SAMPLE = 2000


def rounded(true):
    if abs(true) < mpf(2)**-1022:
        # mpmath would round twice, first to 53 bits.
        return math.copysign(float(mp.nint(abs(true) * mpf(2)**1074)) * 2.0**-1074, true)
    return float(true)


def write_sample():
    """For each point the lower word of the nearest number, and how far from it the true one is."""
    with open(os.path.join(HERE, 'sample.bin'), 'wb') as file:
        for name in sorted(TRUE):
            for point in arguments(name, SAMPLE, 1):
                true = TRUE[name](*map(mpf, point))
                nearest = rounded(true)
                word = struct.unpack('<Q', struct.pack('<d', nearest))[0] & 0xffffffff
                between = 0
                if math.isfinite(nearest) and nearest != 0:
                    exponent = max(math.frexp(nearest)[1] - 1, -1022)
                    between = round((true - mpf(nearest)) / mpf(2)**(exponent - 52) * 200)
                file.write(struct.pack('<Ib', word, between))


if __name__ == '__main__':
    parser = argparse.ArgumentParser()
    parser.add_argument('names', nargs='*')
    parser.add_argument('--points', type=int, default=1_000_000)
    parser.add_argument('--module', default=os.path.join(ROOT, 'dist/gates/elementary.js'))
    parser.add_argument('--processes', type=int, default=2)
    parser.add_argument('--sample', action='store_true', help='write sample.bin and no table')
    given = parser.parse_args()
    if given.sample:
        write_sample()
        raise SystemExit
    print('| function | largest error, ulp | not the nearest number | at |')
    print('| --- | ---: | ---: | --- |')
    pieces = max(2, given.points // 50_000)
    with Pool(given.processes) as pool:
        for name in given.names or TRUE:
            jobs = [(name, given.points // pieces, seed, os.path.abspath(given.module)) for seed in range(pieces)]
            found = pool.map(chunk, jobs, chunksize=1)
            worst, where, _ = max(found, key=lambda one: one[0])
            share = sum(one[2] for one in found) / (pieces * (given.points // pieces))
            print(f'| {name} | {worst:.3f} | {100 * share:.1f}% | {where} |', flush=True)
