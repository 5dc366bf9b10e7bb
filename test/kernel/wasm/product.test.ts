/** Generated matrix products give the bits of the loops in JavaScript, for all sizes. */
import { fc } from '../../random.js'
import { expect, test } from 'vitest'
import { gates } from '../../../src/gates/index.js'
import { isMismatch, type MatrixPlace, type TensorPlace } from '../../../src/gates/gate.js'
import { emitProduct, panelOf } from '../../../src/kernel/wasm/product.js'
import { sizeOf, type Shape } from '../../../src/tensor/shape.js'
import { made } from './host.js'

const size = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 40 }))

/** Shapes that a gate takes. */
const cases = fc.oneof(
  fc.tuple(size, size, size).map(([m, k, n]) => ({ gate: 'matmul', shapes: [[m, k], [k, n]] })),
  fc.tuple(size, size).map(([k, n]) => ({ gate: 'matmul', shapes: [[k], [k, n]] })),
  fc.tuple(size, size).map(([m, k]) => ({ gate: 'matmul', shapes: [[m, k], [k]] })),
  fc.tuple(size, size).map(([m, n]) => ({ gate: 'outer', shapes: [[m], [n]] })),
  size.map((k) => ({ gate: 'dot', shapes: [[k], [k]] })),
  fc.tuple(fc.constantFrom([3], [1], []), fc.constantFrom([3], [1], [2, 1], []), size, size, size).map(
    ([left, right, m, k, n]) => ({ gate: 'matmul', shapes: [[...left, m, k], [...right, k, n]] }),
  ),
) // prettier-ignore

test('values and gradients have the same bits', () => {
  fc.assert(
    fc.property(cases, fc.integer(), ({ gate, shapes }, seed) => compare(gate, shapes, seed)),
    { numRuns: 400 },
  )
})

test.each([[64, 784, 128], [8, 300, 40], [33, 70, 10], [1, 784, 128], [9, 1, 5], [12, 600, 4], [128, 32, 1], [31, 33, 2], [0, 3, 4], [9, 0, 4], [3, 4, 0]])(
  '%i by %i by %i, where matrices are copied in parts or empty',
  (m, k, n) => compare('matmul', [[m, k], [k, n]], 1),
) // prettier-ignore

test('gradients that nobody wants are left alone', () => {
  compare('matmul', [[3, 4], [4, 5]], 1, [true, false]) // prettier-ignore
  compare('matmul', [[3, 4], [4, 5]], 1, [false, true]) // prettier-ignore
})

function compare(
  name: string,
  shapes: readonly Shape[],
  seed: number,
  wanted = [true, true],
): void {
  const gate = gates.get(name)!
  const shape = gate.shape(shapes, {})
  if (isMismatch(shape) || gate.rule.type !== 'tensor') throw new Error('not a product')
  const [a, b] = shapes.map(sizeOf) as [number, number]
  const y = sizeOf(shape)
  // In one memory: a, b, y; then the gradients of a, b, y.
  const offsets = [0, a, a + b, a + b + y, 2 * a + b + y, 2 * (a + b) + y]
  const total = 2 * (a + b + y)
  const start = Float64Array.from({ length: total }, (_, at) => number(seed, at))
  const place: TensorPlace = {
    inputs: shapes.map((own, port) => ({ shape: own, offset: offsets[port]! })),
    parameters: {},
    shape,
    output: offsets[2]!,
    scratch: 0,
    kept: 0,
    gradient: offsets[5]!,
    answers: [0, 1].map((port) => (wanted[port] ? offsets[3 + port]! : -1)),
  }
  const expected = start.slice()
  const loops = gate.rule.prepare(place)
  loops.forward([expected, expected], expected, undefined, new Float64Array(0))
  loops.backward([expected, expected], expected, expected)

  const { forward, backward } = gate.rule.products!(place)
  const all = [...forward, ...backward]
  const room = Math.max(...all.map(panelOf))
  const pages = Math.ceil((8 * (total + room)) / 65_536)
  const module = made(
    { parameters: ['i32'], result: 'i32' },
    (code) => {
      // The address of the right operand comes in a local, as that of weights does.
      const base = ({ memory, at }: MatrixPlace) => {
        return memory === 1 ? { local: 0, offset: 8 * at } : { offset: 8 * at }
      }
      for (const product of all) emitProduct(code, product, base, 8 * total)
      code.i32(0)
    },
    pages,
  )
  module.all.set(start)
  module.run(0)
  const found = module.all.subarray(0, total)
  const differs = expected.findIndex((value, at) => !Object.is(value, found[at]))
  expect(differs, `${name} of ${JSON.stringify(shapes)}`).toBe(-1)
}

/** Numbers of mixed signs and sizes, some of them zeros of both signs. */
function number(seed: number, at: number): number {
  const mixed = Math.imul(seed ^ (at * 2654435761), 2246822519) >>> 8
  if (mixed % 17 === 0) return mixed % 2 === 0 ? 0 : -0
  return ((mixed % 2001) - 1000) * 2 ** ((mixed % 40) - 20)
}
