/**
 * Files that are meant to hurt. Each ends in problems: no crash, no hang. What a case costs was
 * measured by hand (about 2 s of an idle core and 500 MB at most); a hang shows as a timeout.
 */
import { fc } from '../random.js'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseSpec } from '../../src/language/parse.js'
import { toDiagnostic } from '../../src/language/problem.js'
import { decode, maxSize } from '../../src/language/source.js'

const repeat = (count: number, piece: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => piece(index)).join('')

/** The codes of the problems, each once. */
function codes(text: string): string[] {
  return [...new Set(parseSpec(text).problems.map(({ code }) => code))].sort()
}

/** Nine to the power of 30 values in a kilobyte. */
const bomb = repeat(30, (level) => {
  const of = level === 0 ? '1' : `*a${level - 1}`
  return `a${level}: &a${level} [${Array.from({ length: 9 }, () => of).join(', ')}]\n`
})

describe('hostile files', () => {
  test.each([
    ['100,000 flow lists in each other', '['.repeat(100_000), ['too-deep']],
    ['100,000 flow maps in each other', '{a: '.repeat(100_000), ['too-deep']],
    ['100,000 block lists in each other', '- '.repeat(100_000), ['too-deep']],
    ['100,000 explicit keys in each other', '? '.repeat(100_000), ['too-deep']],
    ['100,000 maps on one line', 'a: '.repeat(100_000), ['too-deep']],
    [
      'thousands of levels of indentation',
      repeat(2000, (n) => `${' '.repeat(n)}a:\n`),
      ['too-deep'],
    ],
    ['100,000 parentheses', `gates: { x: "${'('.repeat(100_000)}" }`, ['formula-depth']],
    ['100,000 minus signs', `gates: { x: "${'-'.repeat(100_000)}x" }`, ['formula-depth']],
    ['a sum of 100,000 terms', `gates: { x: "${'x + '.repeat(100_000)}x" }`, ['formula-depth']],
    ['100,000 keys', `gates:\n${repeat(100_000, (n) => `  k${n}: x\n`)}`, []],
    ['100,000 times the same key', `weights: {${'k: 1,'.repeat(100_000)}}`, ['duplicate-key']],
    ['an alias bomb', bomb, ['too-many-aliases', 'unknown-key']],
    [
      '100,000 aliases',
      `a: &a x\nb: [${'*a,'.repeat(100_000)}]`,
      ['too-many-aliases', 'unknown-key'],
    ],
    ['unknown aliases', `b: [${repeat(20_000, (n) => `&b${n} 1, *a${n},`)}]`, ['unknown-alias', 'unknown-key']], // prettier-ignore
    ['5,000 merges of 5,000 keys', `a: &a {${repeat(5000, (n) => `k${n}: 1,`)}}\nb:\n${'  <<: *a\n'.repeat(5000)}`, ['too-many-aliases', 'unknown-key']], // prettier-ignore
    ['millions of values', `[${'1,'.repeat(5_000_000)}]`, ['too-many-pieces']],
    ['millions of lines', '\n'.repeat(10_000_000), ['too-many-pieces']],
    ['millions of spaces', ' '.repeat(10_000_000), ['empty-file']],
    ['a million closing brackets', ']'.repeat(700_000), ['yaml-syntax']],
    ['half a million empty lists in a row', '[]'.repeat(350_000), ['yaml-syntax']],
    ['100,000 anchors in a row', '&a '.repeat(100_000), ['yaml-syntax']],
    ['100,000 tags in a row', '! '.repeat(100_000), ['yaml-syntax']],
    ['100,000 documents', '---\n'.repeat(100_000), ['several-documents']],
    ['100,000 versions', '%YAML 1.1\n'.repeat(50_000), ['yaml-version']],
    [
      '100,000 cut formulas',
      `gates: {${repeat(50_000, (n) => `k${n}: max(x,`)}}`,
      ['formula-syntax'],
    ],
    ['a quote that never closes', `name: "${'\n'.repeat(1_000_000)}`, ['yaml-syntax']],
    ['a number of a million digits', `weights: { a: ${'1'.repeat(1_000_000)} }`, ['bad-number']],
    ['a name of a million letters', `gates: { ${'a-'.repeat(500_000)}: x }`, ['bad-name']],
    ['one word of 15 MB', 'x'.repeat(15_000_000), ['too-long']],
    ['a number of 15 MB', `weights: { a: ${'1'.repeat(15_000_000)} }`, ['too-long']],
    ['a name of 10 MB', `gates: { ${'a-'.repeat(5_000_000)}: x }`, ['too-long']],
    ['one character more than a file may have', 'x'.repeat(maxSize + 1), ['too-large']],
    ['NUL', 'a: \0', ['nul-character']],
    ['a number too large', 'weights: { a: 1e400 }', ['bad-number']],
    ['no number', 'weights: { a: .nan, b: -.inf }', ['bad-number']],
    ['code', 'name: !!js/function "() => 1"', ['unknown-tag']],
    ['nothing', '', ['empty-file']],
  ])('%s', (_, text, expected) => {
    expect(codes(text)).toEqual(expected)
  })

  test('names that every object has are names like others', () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'y', 'null']
    const { spec, problems } = parseSpec(`weights:\n${repeat(7, (n) => `  ${names[n]}: ${n}\n`)}`)
    expect(problems).toEqual([])
    expect(spec.weights.map(({ name }) => name.value)).toEqual(names)
    expect(spec.weights.map(({ value }) => value && 'value' in value && value.value)).toEqual([
      0, 1, 2, 3, 4, 5, 6,
    ])
    const unknown = names.slice(0, 5)
    expect(codes(repeat(5, (n) => `${unknown[n]}: 1\n`))).toEqual(['unknown-key'])
    expect(codes(`train: { ${repeat(5, (n) => `${unknown[n]}: 1, `)} }`)).toEqual(['unknown-key'])
  })
})

/** Whatever it says, it says it: places lie in the file, words can be made. */
function survives(text: string): void {
  for (const problem of parseSpec(text).problems) {
    expect(problem.range.start).toBeGreaterThanOrEqual(0)
    expect(problem.range.start).toBeLessThanOrEqual(text.length)
    const { line, column, message } = toDiagnostic(problem, { file: 'f', text })
    expect(line).toBeGreaterThanOrEqual(1)
    expect(column).toBeGreaterThanOrEqual(1)
    expect(message).not.toMatch(/undefined|\[object|NaN/)
  }
}

describe('random files never throw', () => {
  test('bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const decoded = decode(bytes)
        if ('text' in decoded) survives(decoded.text)
      }),
      { numRuns: 500, seed: 1 },
    )
  })

  test('signs of YAML and of formulas', () => {
    const piece = fc.constantFrom(
      ...['\n', '\n  ', '\n    ', ': ', ':', '- ', '? ', '{', '}', '[', ']', ', ', ',', '#', ' #'],
      ...['&a ', '*a', '!t ', '|', '>', '"', "'", '%', '@', '`', '\t', '<<', '---', '\\', '\r\n'],
      ...[
        'gates',
        'weights',
        'train',
        'loss',
        'x',
        'max(',
        ')',
        '1',
        '+',
        '**',
        '^',
        '=',
        'é',
        '😀',
      ],
    )
    const files = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''))
    fc.assert(fc.property(files, survives), { numRuns: 3000, seed: 2 })
  })

  test('graphs with something cut out, put in or repeated', () => {
    const folder = new URL('../../graphs/', import.meta.url)
    const graphs = readdirSync(folder)
      .filter((file) => file.endsWith('.yaml'))
      .map((file) => readFileSync(new URL(file, folder), 'utf8'))
    const changed = fc
      .tuple(
        fc.constantFrom(...graphs),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(12),
        fc.constantFrom('', ...'{}[]:,#&*!|>\'"%@`\t\n-? ', ': ', '- ', ' #', '\n  ', '(', '<<: '),
      )
      .map(([text, at, length, inserted]) => {
        const start = Math.floor(at * text.length)
        return text.slice(0, start) + inserted + text.slice(start + length)
      })
    fc.assert(fc.property(changed, survives), { numRuns: 1000, seed: 3 })
  })
})
