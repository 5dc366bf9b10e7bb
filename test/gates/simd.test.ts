/** The two paths of matrix products beside each other, and beside sums written out. */
import { spawnSync } from 'node:child_process'
import { fc } from '../random.js'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { isMismatch } from '../../src/gates/gate.js'
import { addDots, addRows } from '../../src/gates/multiply.js'
import { matmul } from '../../src/gates/product.js'
import { binary } from '../../src/gates/simd/binary.js'
import { addSimd, productPath, simdProblem } from '../../src/gates/simd/simd.js'
import { unpacked } from '../../src/gates/packed.js'
import { read, root } from '../house/files.js'
import { runTensors, type Tensor } from '../kernel/tensors.js'

type Memory = Float64Array

const size = fc.integer({ min: 0, max: 19 })
/** Any number; NaN, infinities, both zeros and the smallest among them more often. */
const special = fc.constantFrom(NaN, Infinity, -Infinity, 0, -0, 5e-324, 1e308, -1e308)
const number = fc.oneof({ weight: 6, arbitrary: fc.double() }, { weight: 1, arbitrary: special })
const finite = fc.double({ min: -10, max: 10, noNaN: true })

/** Shapes with what stands in them; gaps before x, b and y tell offsets from starts. */
const products = fc
  .tuple(size, size, size, fc.integer({ min: 0, max: 3 }), fc.boolean(), fc.boolean())
  .chain(([rows, n, inner, gap, fresh, wild]) => {
    const memory = (length: number) =>
      fc
        .array(wild ? number : finite, { minLength: gap + length, maxLength: gap + length })
        .map((all) => Float64Array.from(all))
    return fc.record({
      ...{ rows: fc.constant(rows), n: fc.constant(n), inner: fc.constant(inner) },
      ...{ gap: fc.constant(gap), fresh: fc.constant(fresh) },
      ...{ x: memory(rows * inner), b: memory(inner * n), y: memory(rows * n + 2) },
    })
  })

/** What is promised: for each number, one product after the other from the left. */
function written(
  { rows, n, inner, gap, fresh, y }: typeof products extends fc.Arbitrary<infer P> ? P : never,
  x: (row: number, p: number) => number,
  b: (p: number, column: number) => number,
): Memory {
  const all = y.slice()
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < n; column++) {
      const at = gap + row * n + column
      let sum = fresh ? 0 : all[at]!
      for (let p = 0; p < inner; p++) sum += x(row, p) * b(p, column)
      all[at] = sum
    }
  }
  return all
}

/** Bits; every NaN counts as the same one, as it does in JavaScript. */
function bits(numbers: Memory | readonly number[]): bigint[] {
  const one = Float64Array.from(numbers, (x) => (Number.isNaN(x) ? NaN : x))
  return Array.from(new BigUint64Array(one.buffer))
}

afterEach(() => {
  vi.unstubAllGlobals()
  vi.resetModules()
})

describe('a product by SIMD', () => {
  test('runs where these tests run', () => {
    expect(simdProblem()).toBe(undefined)
  })

  test.each([
    ['plain operands', false, false],
    ['a transposed left operand', true, false],
    ['a transposed right operand', false, true],
  ])('of %s adds in the order that is promised, as plain loops do', (_, left, right) => {
    fc.assert(
      fc.property(products, (one) => {
        const { rows, n, inner, gap, fresh, x, b } = one
        const [xRow, xStep] = left ? [1, rows] : [inner, 1]
        const [bRow, bStep] = right ? [1, inner] : [n, 1]
        const [y, plain] = [one.y.slice(), one.y.slice()]
        const ran = addSimd(
          ...([y, gap, rows, n, x, gap, xRow, xStep, b, gap, bRow, bStep, inner, fresh] as const),
        )
        expect(ran).toBe(true)
        if (fresh) plain.fill(0, gap, gap + rows * n)
        if (right) addDots(plain, gap, rows, n, x, gap, b, gap, inner)
        else addRows(plain, gap, rows, n, x, gap, xRow, xStep, b, gap, inner)
        const expected = written(
          one,
          (row, p) => x[gap + row * xRow + p * xStep]!,
          (p, column) => b[gap + p * bRow + column * bStep]!,
        )
        expect(bits(y)).toEqual(bits(expected))
        expect(bits(plain)).toEqual(bits(expected))
      }),
    )
  })

  test('survives the growth of its memory', () => {
    const ones = (length: number) => new Float64Array(length).fill(1)
    for (const n of [3, 300, 5, 701]) {
      const y = new Float64Array(n * n)
      expect(addSimd(y, 0, n, n, ones(n * 2), 0, 2, 1, ones(n * 2), 0, n, 1, 2, true)).toBe(true)
      expect(y.every((sum) => sum === 2)).toBe(true)
    }
  })
})

describe('the path of a product', () => {
  test.each([
    ['a vector with a large matrix', 1, 128, 784, 'plain'],
    ['two small matrices', 16, 16, 16, 'plain'],
    ['columns with rows', 400, 400, 1, 'plain'],
    ['more than the memory may hold', 6000, 6000, 6000, 'plain'],
    ['nothing', 0, 128, 784, 'plain'],
    ['a batch with a layer', 32, 32, 64, 'simd'],
    ['a batch with a large layer', 32, 128, 784, 'simd'],
  ] as const)('of %s', (_, rows, n, inner, path) => {
    expect(productPath(rows, n, inner)).toBe(path)
  })

  test.each([
    ['is missing', undefined, /undefined/],
    ['is forbidden', { Module: forbidden }, /^blocked by the policy of this page$/],
  ])('is plain where WebAssembly %s, with the same bits', async (_, stub, problem) => {
    const expected = pairs.map((inputs) => ran(matmul, inputs))
    vi.stubGlobal('WebAssembly', stub)
    vi.resetModules()
    const simd = await import('../../src/gates/simd/simd.js')
    const product = await import('../../src/gates/product.js')
    expect(simd.productPath(32, 128, 784)).toBe('plain')
    expect(simd.simdProblem()).toMatch(problem)
    expect(pairs.map((inputs) => ran(product.matmul, inputs))).toEqual(expected)
  })
})

describe('the binary', () => {
  test('is what its source compiles to', () => {
    const build = spawnSync(process.execPath, ['src/gates/simd/build.mjs', '--print'], {
      cwd: root,
      encoding: 'utf8',
    })
    expect(build.stderr).toBe('')
    expect(build.stdout).toBe(read('src/gates/simd/binary.ts'))
  })

  test('is small enough to be compiled at once on the main thread of every browser', () => {
    expect(unpacked(binary).length).toBeLessThan(4096)
  })

  test('is compiled once, when a product first asks for it', async () => {
    let compiled = 0
    const { Module } = WebAssembly
    vi.stubGlobal('WebAssembly', {
      Instance: WebAssembly.Instance,
      Module: class extends Module {
        constructor(bytes: BufferSource) {
          super(bytes)
          compiled++
        }
      },
    })
    vi.resetModules()
    const simd = await import('../../src/gates/simd/simd.js')
    expect([simd.productPath(1, 10, 10), compiled]).toEqual(['plain', 0])
    expect([simd.productPath(64, 64, 64), compiled]).toEqual(['simd', 1])
    expect([simd.productPath(64, 64, 64), compiled]).toEqual(['simd', 1])
  })
})

const filled = (shape: readonly number[], seed: number): Tensor => {
  const length = shape.reduce((product, extent) => product * extent, 1)
  return { shape, data: Array.from({ length }, (_, at) => Math.sin(at * seed + seed)) }
}

/** Large enough for SIMD: a layer, odd extents, and batches that share an operand. */
const pairs = [
  [filled([32, 64], 3), filled([64, 32], 5)],
  [filled([33, 71], 3), filled([71, 29], 5)],
  [filled([3, 31, 37], 3), filled([37, 41], 5)],
  [filled([37, 41], 3), filled([2, 3, 41, 23], 5)],
]

function forbidden(): never {
  throw new EvalError('blocked by the policy of this page')
}

function ran(gate: typeof matmul, inputs: readonly Tensor[]) {
  const shape = gate.shape(
    inputs.map((input) => input.shape),
    {},
  )
  if (isMismatch(shape)) throw new Error(shape.mismatch)
  const { value, gradients } = runTensors(gate, inputs, { g: filled(shape, 7).data })
  return { value: bits(value), gradients: gradients.map((one) => one !== 'none' && bits(one)) }
}
