/**
 * The elementary functions beside those of the engine, over 1,000 arguments at a time; beside what
 * `Math` lacks stands how it is commonly put together.
 */
import * as functions from '../../src/gates/elementary/functions.js'
import { type Candidate, measure, table } from './harness.js'

type Name = 'exp' | 'expm1' | 'log' | 'log1p' | 'tanh' | 'sigmoid' | 'softplus' | More
type More = 'sin' | 'cos' | 'tan' | 'asin' | 'acos' | 'atan' | 'sinh' | 'cosh' | 'cbrt' | Pair
type Pair = 'atan2' | 'hypot' | 'power'
type Elementary = (...values: number[]) => number

/** The other way to compute it, and the range of arguments. */
const cases: Readonly<Record<Name, readonly [Elementary, number, number]>> = {
  exp: [Math.exp, -5, 5],
  expm1: [Math.expm1, -2, 2],
  log: [Math.log, 0.001, 10],
  log1p: [Math.log1p, -0.5, 5],
  tanh: [Math.tanh, -3, 3],
  sigmoid: [(x) => 1 / (1 + Math.exp(-x)), -5, 5],
  softplus: [(x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), -5, 5],
  sin: [Math.sin, -10, 10],
  cos: [Math.cos, -10, 10],
  tan: [Math.tan, -10, 10],
  asin: [Math.asin, -1, 1],
  acos: [Math.acos, -1, 1],
  atan: [Math.atan, -5, 5],
  sinh: [Math.sinh, -3, 3],
  cosh: [Math.cosh, -3, 3],
  cbrt: [Math.cbrt, -10, 10],
  atan2: [Math.atan2, -5, 5],
  hypot: [Math.hypot, -5, 5],
  power: [Math.pow, 0.1, 3],
}

const size = 1000

/** A loop of its own for each function: one that had seen several would inline none. */
function candidate(name: string, f: Elementary, low: number, high: number): Candidate {
  const x = Float64Array.from({ length: size }, (_, at) => {
    return low + (high - low) * ((at * 0.6180339887498949) % 1)
  })
  const y = new Float64Array(size)
  const code = `// ${name}
return (x, y, count) => {
  for (let k = 0; k < count; k++) {
    for (let i = 0; i < ${size}; i++) y[i] = f(x[i]${f.length > 1 ? `, x[${size - 1} - i]` : ''})
  }
  return y[0]
}`
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const loop = new Function('f', code)(f) as (x: unknown, y: unknown, count: number) => number
  return { name, run: (count) => loop(x, y, count) }
}

const rows = Object.entries(cases).map(([name, [other, low, high]]) => {
  const ours = (functions as unknown as Readonly<Record<string, Elementary>>)[name]!
  const [theirs, own] = measure([
    candidate(`${name} of Math`, other, low, high),
    candidate(name, ours, low, high),
  ])
  return [
    name,
    (theirs!.nanoseconds / size).toFixed(1),
    (own!.nanoseconds / size).toFixed(1),
    own!.ratio.toFixed(2),
  ]
})
console.log(table([['function', 'Math, ns', 'ours, ns', 'ratio'], ...rows]))
