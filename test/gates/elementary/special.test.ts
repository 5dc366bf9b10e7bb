/**
 * What the elementary functions say where there is nothing to compute: zeros, infinities, NaN and
 * the borders of the range, as Annex F of the C standard has it, and what must hold everywhere.
 */
import { describe, expect, test } from 'vitest'
import * as functions from '../../../src/gates/elementary/functions.js'
import { type ElementaryName, moduleBytes } from '../../../src/gates/elementary/module.js'
import { Draw, ranges } from './draw.js'

type Elementary = (...values: number[]) => number
type Case = readonly [...values: number[], expected: number]

const wasm = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes()))
const languages = {
  JavaScript: functions as Readonly<Record<ElementaryName, Elementary>>,
  // What functions.ts exports.
  WebAssembly: wasm.exports as Readonly<Record<ElementaryName, Elementary>>,
}

const [inf, tiny, pi] = [Infinity, 5e-324, Math.PI]
const largest = Number.MAX_VALUE

/** An odd function has these the other way round as well. */
const odd = (cases: readonly Case[]): Case[] =>
  cases.flatMap((one): Case[] => [one, one.map((x) => -x) as unknown as Case])
const even = (cases: readonly (readonly [number, number])[]): Case[] =>
  cases.flatMap(([x, y]): Case[] => [[x, y], [-x, y]]) // prettier-ignore

const cases: Readonly<Record<ElementaryName, readonly Case[]>> = {
  exp: [
    [0, 1],
    [-0, 1],
    [inf, inf],
    [-inf, 0],
    [NaN, NaN],
    [tiny, 1],
    [709.782712893384, 1.7976931348622732e308],
    [709.7827128933841, inf],
    [1e308, inf],
    [-745.1332191019411, tiny],
    [-745.1332191019412, 0],
    [-1e308, 0],
    [1, Math.E],
  ],
  expm1: [
    [0, 0],
    [-0, -0],
    [inf, inf],
    [-inf, -1],
    [NaN, NaN],
    [tiny, tiny],
    [-tiny, -tiny],
    [1e308, inf],
    [-1e308, -1],
    [709.7827128933841, inf],
    [-40, -1],
  ],
  log: [
    [0, -inf],
    [-0, -inf],
    [1, 0],
    [-1, NaN],
    [-tiny, NaN],
    [inf, inf],
    [-inf, NaN],
    [NaN, NaN],
    [tiny, -744.4400719213812],
    [largest, 709.782712893384],
    [2, Math.LN2],
  ],
  log1p: [
    [0, 0],
    [-0, -0],
    [-1, -inf],
    [-2, NaN],
    [-1.0000000000000002, NaN],
    [inf, inf],
    [-inf, NaN],
    [NaN, NaN],
    [tiny, tiny],
    [-tiny, -tiny],
    [largest, 709.782712893384],
    [-0.9999999999999999, -36.7368005696771],
  ],
  sin: odd([[0, 0], [inf, NaN], [NaN, NaN], [tiny, tiny], [1e22, -0.8522008497671888], [largest, 0.004961954789184062]]), // prettier-ignore
  cos: even([[0, 1], [inf, NaN], [NaN, NaN], [tiny, 1], [1e22, 0.523214785395139], [largest, -0.9999876894265599]]), // prettier-ignore
  tan: odd([[0, 0], [inf, NaN], [NaN, NaN], [tiny, tiny], [pi / 2, 16331239353195370], [1e22, -1.6287782256068988]]), // prettier-ignore
  asin: odd([[0, 0], [1, pi / 2], [1.0000000000000002, NaN], [inf, NaN], [NaN, NaN], [tiny, tiny]]), // prettier-ignore
  acos: [
    [0, pi / 2],
    [-0, pi / 2],
    [1, 0],
    [-1, pi],
    [1.0000000000000002, NaN],
    [-1.0000000000000002, NaN],
    [inf, NaN],
    [-inf, NaN],
    [NaN, NaN],
  ],
  atan: odd([[0, 0], [inf, pi / 2], [largest, pi / 2], [NaN, NaN], [tiny, tiny]]), // prettier-ignore
  atan2: [
    [0, 1, 0],
    [-0, 1, -0],
    [0, -1, pi],
    [-0, -1, -pi],
    [0, 0, 0],
    [-0, 0, -0],
    [0, -0, pi],
    [-0, -0, -pi],
    [1, 0, pi / 2],
    [1, -0, pi / 2],
    [-1, 0, -pi / 2],
    [1, inf, 0],
    [-1, inf, -0],
    [1, -inf, pi],
    [-1, -inf, -pi],
    [0, inf, 0],
    [-0, -inf, -pi],
    [inf, 1, pi / 2],
    [-inf, 1, -pi / 2],
    [inf, 0, pi / 2],
    [inf, inf, pi / 4],
    [-inf, inf, -pi / 4],
    [inf, -inf, (3 * pi) / 4],
    [-inf, -inf, (-3 * pi) / 4],
    [NaN, 1, NaN],
    [1, NaN, NaN],
    [NaN, inf, NaN],
    [NaN, 0, NaN],
    [0, NaN, NaN],
    [tiny, tiny, pi / 4],
    [largest, largest, pi / 4],
    [tiny, largest, 0],
    [-tiny, largest, -0],
    [tiny, -largest, pi],
    [largest, tiny, pi / 2],
    [largest, -tiny, pi / 2],
    [tiny, 1, tiny],
  ],
  sinh: odd([[0, 0], [inf, inf], [NaN, NaN], [tiny, tiny], [710.4758600739439, 1.7976931348621744e308], [710.475860073944, inf], [1e308, inf]]), // prettier-ignore
  cosh: even([[0, 1], [inf, inf], [NaN, NaN], [tiny, 1], [710.4758600739439, 1.7976931348621744e308], [710.475860073944, inf], [1e308, inf]]), // prettier-ignore
  tanh: odd([
    [0, 0],
    [inf, 1],
    [NaN, NaN],
    [tiny, tiny],
    [30, 1],
    [1e308, 1],
    [1e-300, 1e-300],
  ]),
  cbrt: odd([[0, 0], [inf, inf], [NaN, NaN], [tiny, 1.7031839360032603e-108], [8, 2], [27, 3], [1e300, 1e100], [largest, 5.643803094122362e102]]), // prettier-ignore
  hypot: [
    [0, 0, 0],
    [-0, -0, 0],
    [0, -0, 0],
    [inf, 1, inf],
    [-inf, 1, inf],
    [1, -inf, inf],
    [inf, NaN, inf],
    [NaN, -inf, inf],
    [NaN, 1, NaN],
    [1, NaN, NaN],
    [NaN, 0, NaN],
    [3, 4, 5],
    [-3 * 2 ** 700, 4 * 2 ** 700, 5 * 2 ** 700],
    [tiny, 0, tiny],
    [3 * tiny, 4 * tiny, 5 * tiny],
    [largest, 0, largest],
    [largest, largest, inf],
    [largest, 1, largest],
  ],
  power: [
    [0, 0, 1],
    [NaN, 0, 1],
    [inf, -0, 1],
    [1, NaN, 1],
    [1, inf, 1],
    [-1, inf, 1],
    [-1, -inf, 1],
    [NaN, 1, NaN],
    [2, NaN, NaN],
    [0, 3, 0],
    [-0, 3, -0],
    [-0, 4, 0],
    [-0, 0.5, 0],
    [0, -3, inf],
    [-0, -3, -inf],
    [-0, -2, inf],
    [-0, -0.5, inf],
    [0, -inf, inf],
    [0, inf, 0],
    [0.5, inf, 0],
    [0.5, -inf, inf],
    [-0.5, inf, 0],
    [2, inf, inf],
    [-2, inf, inf],
    [2, -inf, 0],
    [inf, 2, inf],
    [inf, 0.1, inf],
    [inf, -1, 0],
    [-inf, 3, -inf],
    [-inf, 4, inf],
    [-inf, 0.5, inf],
    [-inf, -3, -0],
    [-inf, -4, 0],
    [-2, 3, -8],
    [-2, 2, 4],
    [-2, -3, -0.125],
    [-8, 1 / 3, NaN],
    [-1, 1e300, 1],
    [-1, 9007199254740991, -1],
    [-1, 9007199254740992, 1],
    [0.1, 2, 0.1 * 0.1],
    [0.3, 1, 0.3],
    [-0.3, 1, -0.3],
    [tiny, 1, tiny],
    [largest, 1, largest],
    [3, -1, 1 / 3],
    [tiny, -1, inf],
    [3, 4, 81],
    [10, 15, 1e15],
    [2, 1023, 8.98846567431158e307],
    [2, 1024, inf],
    [2, -1074, tiny],
    [2, -1075, 0],
    [-2, 1025, -inf],
    [-2, -1075, -0],
    [2, 1e300, inf],
    [2, -1e300, 0],
    [0.5, 1e300, 0],
    [0.9999999999999999, 1e19, 0],
    [1.0000000000000002, -1e19, 0],
    [-3, 1e300, inf],
    [4, 0.5, 2],
  ],
  erf: odd([
    [0, 0],
    [inf, 1],
    [NaN, NaN],
    [6, 1],
    [1e308, 1],
    [1e-300, 1.1283791670955126e-300],
  ]),
  erfc: [
    [0, 1],
    [-0, 1],
    [inf, 0],
    [-inf, 2],
    [NaN, NaN],
    [-6, 2],
    [-1e308, 2],
    [1e308, 0],
    [27.226017111108362, tiny],
    [27.3, 0],
    [tiny, 1],
  ],
  normal: [
    [0, 0.5],
    [-0, 0.5],
    [inf, 1],
    [-inf, 0],
    [NaN, NaN],
    [9, 1],
    [1e308, 1],
    [-1e308, 0],
    [-39, 0],
    [1, 0.8413447460685429],
  ],
  sigmoid: [
    [0, 0.5],
    [-0, 0.5],
    [inf, 1],
    [-inf, 0],
    [NaN, NaN],
    [40, 1],
    [1e308, 1],
    [-1e308, 0],
    [-745, tiny],
    [tiny, 0.5],
  ],
  softplus: [
    [0, Math.LN2],
    [-0, Math.LN2],
    [inf, inf],
    [-inf, 0],
    [NaN, NaN],
    [1e308, 1e308],
    [-1e308, 0],
    [-745, tiny],
    [800, 800],
    [-40, 4.248354255291589e-18],
  ],
}

describe.each(Object.entries(languages))('in %s', (_, language) => {
  test.each(Object.entries(cases))('%s has its limits', (name, rows) => {
    const said = rows.map((row) => [
      ...row.slice(0, -1),
      language[name as ElementaryName](...row.slice(0, -1)),
    ])
    expect(said).toEqual(rows)
  })
})

const points = (name: string, count: number) => {
  const draw = new Draw(3)
  return Array.from({ length: count }, () => draw.argument(ranges[name]![0]!))
}

describe('symmetry', () => {
  const odd = ['sin', 'tan', 'asin', 'atan', 'sinh', 'tanh', 'cbrt', 'erf'] as const
  test.each(odd)('%s is odd to the last bit', (name) => {
    const f = languages.JavaScript[name]
    expect(points(name, 20_000).filter((x) => !Object.is(f(-x), -f(x)))).toEqual([])
  })
  test.each(['cos', 'cosh'] as const)('%s is even to the last bit', (name) => {
    const f = languages.JavaScript[name]
    expect(points(name, 20_000).filter((x) => !Object.is(f(-x), f(x)))).toEqual([])
  })
  test('hypot and atan2 are what their signs and order say', () => {
    const { hypot, atan2 } = functions
    const [a, b] = [points('hypot', 20_000), points('atan2', 20_001).slice(1)]
    const wrong = a.filter((x, at) => {
      const y = b[at]!
      return (
        hypot(x, y) !== hypot(y, x) ||
        hypot(x, y) !== hypot(-x, y) ||
        !Object.is(atan2(-y, x), -atan2(y, x))
      )
    })
    expect(wrong).toEqual([])
  })
})

describe('monotony', () => {
  const rising = [
    ...(['exp', 'expm1', 'log', 'log1p', 'asin', 'atan', 'sinh', 'tanh', 'cbrt'] as const),
    ...(['erf', 'normal', 'sigmoid', 'softplus'] as const),
  ]
  test.each(rising)('%s falls nowhere from one point to the next', (name) => {
    const sorted = Float64Array.from(points(name, 50_000)).sort()
    const values = Array.from(sorted, (x) => languages.JavaScript[name](x))
    expect(values.filter((y, at) => at > 0 && y < values[at - 1]!)).toEqual([])
  })
  test('results stay in their ranges', () => {
    const wrong = [...points('tanh', 20_000), ...points('sin', 20_000)].filter((x) => {
      const { tanh, sin, cos, erf, erfc, sigmoid, normal } = functions
      const within = (y: number, low: number, high: number) => y >= low && y <= high
      return !(
        [tanh(x), sin(x), cos(x), erf(x)].every((y) => within(y, -1, 1)) &&
        [sigmoid(x), normal(x)].every((y) => within(y, 0, 1)) &&
        within(erfc(x), 0, 2)
      )
    })
    expect(wrong).toEqual([])
  })
})
