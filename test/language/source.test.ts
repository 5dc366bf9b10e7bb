import { describe, expect, test } from 'vitest'
import { decode, maxSize } from '../../src/language/source.js'

const bytes = (...all: number[]) => Uint8Array.from(all)

describe('decode', () => {
  test('takes UTF-8', () => {
    expect(decode(new TextEncoder().encode('größe: 1\n'))).toEqual({ text: 'größe: 1\n' })
  })

  test('takes off a BOM and keeps CR LF', () => {
    expect(decode(bytes(0xef, 0xbb, 0xbf, 0x61, 13, 10))).toEqual({ text: 'a\r\n' })
  })

  test.each([
    [bytes(0x61, 0x62, 0xff, 0x63), 2],
    [bytes(0x61, 0xc3), 1],
    [bytes(0xff, 0xfe, 0x61, 0), 0],
    [bytes(0xc0, 0x80), 0],
    // A surrogate.
    [bytes(0x61, 0xed, 0xa0, 0x80), 1],
  ])('refuses %j at byte %i', (input, offset) => {
    const decoded = decode(input)
    expect(decoded).toMatchObject({ problems: [{ code: 'not-utf8' }] })
    const [problem] = 'problems' in decoded ? decoded.problems : []
    // A truncated character is seen at its last byte, another at the first that does not fit.
    const found = problem?.code === 'not-utf8' ? problem.offset : -1
    expect(found).toBeGreaterThanOrEqual(offset)
    expect(found).toBeLessThanOrEqual(offset + 1)
  })

  test('refuses NUL at its place', () => {
    expect(decode(bytes(0x61, 0, 0x62))).toEqual({
      problems: [{ code: 'nul-character', severity: 'error', range: { start: 1, end: 2 } }],
    })
  })

  test('refuses a file over the limit before decoding it', () => {
    expect(decode(new Uint8Array(maxSize + 1).fill(0xff))).toMatchObject({
      problems: [{ code: 'too-large', size: maxSize + 1, limit: maxSize }],
    })
  })
})
