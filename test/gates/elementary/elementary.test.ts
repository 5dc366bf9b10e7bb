/** The elementary functions beside mpmath, and in JavaScript and WebAssembly beside each other. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import * as functions from '../../../src/gates/elementary/functions.js'
import {
  type ElementaryName,
  functionCount,
  functionIndices,
  moduleBytes,
} from '../../../src/gates/elementary/module.js'
import { read, root } from '../../house/files.js'
import { Draw, ranges } from './draw.js'

type Elementary = (...values: number[]) => number

const names = Object.keys(functions).sort() as ElementaryName[]
const javascript = functions as Readonly<Record<string, Elementary>>
const wasm = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes()))
// What functions.ts exports, and nothing but functions of numbers.
const compiled = wasm.exports as Readonly<Record<string, Elementary>>

describe('the sample', () => {
  const points = 2000
  const bytes = readFileSync(join(root, 'test/gates/elementary/sample.bin'))

  test('has every function', () => {
    expect(bytes.length).toBe(names.length * points * 5)
  })

  test.each(names)('%s is within its bound of the true value', (name) => {
    const draw = new Draw(1)
    const start = names.indexOf(name) * points * 5
    const far: unknown[] = []
    for (let i = 0; i < points; i++) {
      const values = ranges[name]!.map((table) => draw.argument(table))
      const y = javascript[name]!(...values)
      const at = start + i * 5
      const error = unitsFrom(y, bytes.readUInt32LE(at), bytes.readInt8(at + 4) / 200)
      if (!(error <= (bounds.get(name) ?? 1))) far.push([...values, y, error])
      // The sample has only the lower half of the number.
      if (!roughly(name, y, values)) far.push([...values, y])
    }
    expect(far).toEqual([])
  })
})

/** Units in the last place that are allowed where it is not one. */
const bounds = new Map([
  ['erf', 2],
  ['erfc', 2],
  ['normal', 2],
])

/** The distance of y from a number with this lower word, and a part of a unit more. */
function unitsFrom(y: number, word: number, more: number): number {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, Math.abs(y))
  const distance = (view.getUint32(4) - word) | 0
  return Math.abs(distance - (y < 0 ? -more : more))
}

/** Other definitions, good to a few digits. */
const rough: Readonly<Record<string, (x: number, y?: number) => number>> = {
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  softplus: (x) => (x > 700 ? x : Math.log1p(Math.exp(x))),
  power: (x, y) => x ** y!,
  erf: (x) => (Math.abs(x) < 2 ? series(x) : Math.sign(x) * (1 - fraction(Math.abs(x)))),
  erfc: (x) => (Math.abs(x) < 2 ? 1 - series(x) : x > 0 ? fraction(x) : 2 - fraction(-x)),
  normal: (x) => rough['erfc']!(-x * Math.SQRT1_2) / 2,
}

/** erf(x) by its series (DLMF 7.6.1). */
function series(x: number): number {
  let [term, sum] = [x, x]
  for (let n = 1; n < 60; n++) {
    term *= (-x * x) / n
    sum += term / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * sum
}

/** erfc(x) by its continued fraction (DLMF 7.9.1), for x from 2. */
function fraction(x: number): number {
  let rest = x
  for (let n = 120; n > 0; n--) rest = x + n / 2 / rest
  return Math.exp(-x * x) / rest / Math.sqrt(Math.PI)
}

function roughly(name: string, y: number, values: readonly number[]): boolean {
  const other = (rough[name] ?? (Math as unknown as typeof rough)[name]!)(...(values as [number]))
  if (Object.is(y, other)) return true
  return Math.abs(y - other) <= 1e-6 * Math.abs(other) + 1e-307
}

describe('JavaScript and WebAssembly', () => {
  test('have the same functions', () => {
    expect(Object.keys(compiled).sort()).toEqual(names)
  })

  test.each(names)('give the same bits for %s', (name) => {
    const draw = new Draw(2)
    const [one, other] = [javascript[name]!, compiled[name]!]
    const different: unknown[] = []
    for (let i = 0; i < 100_000; i++) {
      const values = ranges[name]!.map((table) => (i % 2 ? draw.pattern() : draw.argument(table)))
      const [y, z] = [one(...values), other(...values)]
      if (!Object.is(y, z)) different.push([...values, y, z])
    }
    expect(different).toEqual([])
  })
})

describe('the module', () => {
  test('is what its sources compile to', () => {
    const build = spawnSync(process.execPath, ['src/gates/elementary/build.mjs', '--print'], {
      cwd: root,
      encoding: 'utf8',
    })
    expect(build.stderr).toBe('')
    expect(build.stdout).toBe(read('src/gates/elementary/binary.ts'))
  })

  test('has types, functions, exports and code, and nothing else', () => {
    const bytes = moduleBytes()
    const sections: number[] = []
    for (let at = 8; at < bytes.length;) {
      sections.push(bytes[at++]!)
      let [length, shift, byte] = [0, 0, 128]
      for (; byte > 127; shift += 7) {
        byte = bytes[at++]!
        length |= (byte & 127) << shift
      }
      at += length
    }
    expect(sections).toEqual([1, 3, 7, 10])
    expect(WebAssembly.Module.imports(new WebAssembly.Module(bytes))).toEqual([])
    expect(bytes.length).toBeLessThan(13_312)
  })

  test('has its functions at the indices it says', () => {
    for (const name of names) {
      // By the standard an exported function has its index for a name.
      expect([name, compiled[name]!.name]).toEqual([name, String(functionIndices[name])])
    }
    expect(Math.max(...Object.values(functionIndices))).toBeLessThan(functionCount)
  })
})
