import { describe, expect, test } from 'vitest'
import { EagreError } from '../../src/errors.js'
import type { InputNode } from '../../src/language/plan.js'
import { find, hashOf, write } from '../../src/train/source.js'

function read(node: Partial<InputNode>, sample: Record<string, unknown>): number[] | string {
  const whole: InputNode = { type: 'input', name: 'x', shape: [], ...node }
  const memory = new Float64Array(8).fill(-9)
  try {
    write(find(sample, whole), whole, memory, 1, 'row 1', sample)
  } catch (error) {
    if (!(error instanceof EagreError)) throw error
    return `${error.message} (${error.hint})`
  }
  const size = whole.shape.reduce((product, length) => product * length, 1)
  expect(memory[0]).toBe(-9)
  expect(memory[size + 1]).toBe(-9)
  return [...memory.subarray(1, size + 1)]
}

describe('an input is found', () => {
  test.each<[string, Partial<InputNode>, Record<string, unknown>, number[]]>([
    ['under its own name', {}, { x: 3 }, [3]],
    ['in another column', { from: 'y' }, { x: 1, y: 3 }, [3]],
    ['in an event', { from: 'request.size' }, { request: { size: 3 } }, [3]],
    ['in a column whose name has a dot', { from: 'a.b' }, { a: { b: 1 }, 'a.b': 3 }, [3]],
    ['in columns', { shape: [2], from: ['b', 'a'] }, { a: 1, b: 2 }, [2, 1]],
    ['in columns, as a matrix', { shape: [1, 2], from: ['b', 'a'] }, { a: 1, b: 2 }, [2, 1]],
    ['under its own name without them', { shape: [2], from: ['b', 'a'] }, { x: [1, 2] }, [1, 2]],
    [
      'in lists',
      { shape: [2, 2] },
      {
        x: [
          [1, 2],
          [3, 4],
        ],
      },
      [1, 2, 3, 4],
    ],
    ['in a typed array', { shape: [2, 2] }, { x: Float64Array.of(1, 2, 3, 4) }, [1, 2, 3, 4]],
    ['in bytes', { shape: [2] }, { x: Uint8Array.of(1, 255) }, [1, 255]],
    ['in typed rows', { shape: [1, 2] }, { x: [Float32Array.of(1, 2)] }, [1, 2]],
    ['in a tensor', { shape: [2] }, { x: { shape: [2], data: Float64Array.of(1, 2) } }, [1, 2]],
    ['in a tensor of one number', {}, { x: { shape: [], data: Float64Array.of(7) } }, [7]],
    ['in an empty list', { shape: [0] }, { x: [] }, []],
    ['as a class', { classes: ['cat', 'dog'] }, { x: 'dog' }, [1]],
    ['as classes', { classes: ['cat', 'dog'], shape: [2] }, { x: ['dog', 'cat'] }, [1, 0]],
    ['as a class that is a number', { classes: ['5', '7'] }, { x: 7 }, [1]],
    ['as a class that is a boolean', { classes: ['false', 'true'] }, { x: true }, [1]],
  ])('%s', (_, node, sample, expected) => {
    expect(read(node, sample)).toEqual(expected)
  })

  test.each<[string, Partial<InputNode>, Record<string, unknown>, string]>([
    ['what is not there', {}, { y: 1 }, 'row 1 has no value for the input "x" (give every sample a number called "x")'], // prettier-ignore
    ['what every object has', { from: 'constructor' }, {}, 'row 1 has no value for the input "x" (give every sample a number called "constructor")'], // prettier-ignore
    ['a path that ends early', { from: 'a.b' }, { a: 1 }, 'row 1 has no value for the input "x" (give every sample a number called "a.b")'], // prettier-ignore
    ['one column of two', { shape: [2], from: ['a', 'b'] }, { a: 1 }, 'row 1 has no "b" for the input "x" (undefined)'], // prettier-ignore
    ['a short list', { shape: [2] }, { x: [1] }, 'row 1: the input "x" must have the shape [2], got a list of 1 (use a nested list of numbers, or a typed array of them)'], // prettier-ignore
    ['a number for a list', { shape: [2] }, { x: 1 }, 'row 1: the input "x" must have the shape [2], got 1 (repair it, or leave it out with its sample)'], // prettier-ignore
    ['a tensor of another shape', { shape: [2] }, { x: { shape: [1, 2], data: new Float64Array(2) } }, 'row 1: the input "x" must have the shape [2], got [1, 2] (use a nested list of numbers, or a typed array of them)'], // prettier-ignore
    ['a tensor that lies about itself', { shape: [2] }, { x: { shape: [2], data: new Float64Array(3) } }, 'row 1: the input "x" must have the shape [2], got [2] (use a nested list of numbers, or a typed array of them)'], // prettier-ignore
    ['NaN in a list', { shape: [2] }, { x: [1, Number.NaN] }, 'row 1: the input "x" must hold finite numbers, got NaN (repair it, or leave it out with its sample)'], // prettier-ignore
    ['a hole in a list', { shape: [2] }, { x: [1, undefined] }, 'row 1: the input "x" must hold finite numbers, got undefined (use a number)'], // prettier-ignore
    ['infinity in a typed array', { shape: [1] }, { x: Float64Array.of(Infinity) }, 'row 1: the input "x" must hold finite numbers, got Infinity (repair it, or leave it out with its sample)'], // prettier-ignore
    ['a typed array of big integers', { shape: [1] }, { x: BigInt64Array.of(1n) }, 'row 1: the input "x" must have the shape [1], got an object (use a nested list of numbers, or a typed array of them)'], // prettier-ignore
    ['an unknown class', { classes: ['cat', 'dog'] }, { x: 'dig' }, 'row 1: "dig" is no class of the input "x" (did you mean "dog"?)'], // prettier-ignore
  ])('and %s is refused', (_, node, sample, message) => {
    expect(read(node, sample)).toBe(message)
  })
})

// Test vectors of FNV-1a in 32 bits, http://www.isthe.com/chongo/src/fnv/test_fnv.c
test.each([
  ['', 0x811c9dc5],
  ['a', 0xe40c292c],
  ['b', 0xe70c2de5],
  ['foobar', 0xbf9cf968],
])('the hash of "%s" is as published', (text, hash) => {
  expect(hashOf(text, 2 ** 32)).toBe(hash)
  expect(hashOf(text, 65_536)).toBe(hash % 65_536)
  expect(read({ hash: 1000 }, { x: text })).toEqual([hash % 1000])
})

test('the hash of a text is that of its bytes in UTF-8', () => {
  // 0xc3 0xa4: what two characters of one byte each would give is another number.
  const byHand = [0xc3, 0xa4].reduce((h, byte) => Math.imul(h ^ byte, 0x01000193), 0x811c9dc5)
  expect(hashOf('ä', 2 ** 32)).toBe(byHand >>> 0)
})
