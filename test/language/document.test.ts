import { describe, expect, test } from 'vitest'
import { readDocument } from '../../src/language/document.js'
import { locator, type TextNode } from '../../src/language/scalar.js'
import type { YamlNode } from '../../src/language/tree.js'

const codes = (text: string) => readDocument(text).problems.map(({ code }) => code)

/** The tree as plain data; text in quotes is marked. */
function plain(node: YamlNode | undefined): unknown {
  if (node === undefined) return null
  if (node.type === 'broken') return 'BROKEN'
  if (node.type === 'text') return node.text
  if (node.type === 'list') return node.items.map(plain)
  return new Map(node.entries.map(({ key, value }) => [key.text, plain(value)]))
}

function only(text: string): TextNode {
  const { root } = readDocument(text)
  const value = root?.type === 'map' ? root.entries[0]?.value : undefined
  if (value?.type !== 'text') throw new Error('no text')
  return value
}

describe('the tree', () => {
  test('keeps every scalar as it is written', () => {
    const { root, problems } = readDocument('a: [y, null, true, 1e3, 0x10, ~, "1", 2001-01-01]')
    expect(problems).toEqual([])
    expect(plain(root)).toEqual(
      new Map([['a', ['y', 'null', 'true', '1e3', '0x10', '~', '1', '2001-01-01']]]),
    )
  })

  test('tells nothing from an empty text', () => {
    expect(plain(readDocument('a:\nb: ""').root)).toEqual(
      new Map([
        ['a', null],
        ['b', ''],
      ]),
    )
  })

  test('has names that are properties of every object', () => {
    const { root } = readDocument('__proto__: 1\nconstructor: 2\ntoString: 3\n')
    expect(plain(root)).toEqual(
      new Map([
        ['__proto__', '1'],
        ['constructor', '2'],
        ['toString', '3'],
      ]),
    )
  })

  test('follows aliases and merges maps, own keys first', () => {
    const { root, problems } = readDocument(
      'a: &a { x: 1, y: 2 }\nb: { <<: *a, y: 3 }\nc:\n  <<: [*a, { z: 4 }]\nd: *a\n',
    )
    expect(problems).toEqual([])
    const tree = plain(root) as Map<string, unknown>
    expect(tree.get('b')).toEqual(
      new Map([
        ['y', '3'],
        ['x', '1'],
      ]),
    )
    expect([...(tree.get('c') as Map<string, unknown>).keys()]).toEqual(['x', 'y', 'z'])
    expect(tree.get('d')).toEqual(tree.get('a'))
  })

  test('takes CR LF and a BOM', () => {
    const { root, problems } = readDocument('\uFEFFa: 1\r\nb:\r\n  c: 2\r\n')
    expect(problems).toEqual([])
    expect(plain(root)).toEqual(
      new Map<string, unknown>([
        ['a', '1'],
        ['b', new Map([['c', '2']])],
      ]),
    )
  })
})

describe('what is wrong with a document', () => {
  test.each([
    ['', 'empty-file'],
    ['# only a comment\n', 'empty-file'],
    ['---\n', 'empty-file'],
    ['a: 1\n---\nb: 2\n', 'several-documents'],
    ['%YAML 1.1\n---\na: 1\n', 'yaml-version'],
    ['%YAML 1.3\n---\na: 1\n', 'yaml-version'],
    ['a: !!js/function x', 'unknown-tag'],
    ['a: !!binary x', 'unknown-tag'],
    ['a: !<tag:x> x', 'unknown-tag'],
    ['a: *b', 'unknown-alias'],
    ['a: &a [*a]', 'unknown-alias'],
    ['<<: 3', 'bad-merge'],
    ['<<: [{ a: 1 }, 3]', 'bad-merge'],
    ['? [a]\n: b', 'not-a-key'],
    ['a: \0', 'nul-character'],
    ['a: "x', 'yaml-syntax'],
    ['a: [1, 2\nb: 3', 'yaml-syntax'],
    ['a: 1\n  b: 2\n', 'yaml-syntax'],
    ['a: b\n c\n', undefined],
    ['%YAML 1.2\n---\na: 1\n', undefined],
    ['---\na: 1\n...\n', undefined],
    ['a: !!str 1', undefined],
  ])('%j is %s', (text, code) => {
    expect(codes(text)).toEqual(code === undefined ? [] : [code])
  })

  test('a key that is there twice names the first place, however it is quoted', () => {
    const text = 'a: 1\n1: 2\n"a": 3\n"1": 4\n'
    const found = readDocument(text).problems
    expect(found).toMatchObject([
      { code: 'duplicate-key', key: 'a', line: 1 },
      { code: 'duplicate-key', key: '1', line: 2 },
    ])
    expect(found.map(({ range }) => text.slice(range.start, range.end))).toEqual(['"a"', '"1"'])
  })

  test.each([
    ['a: "---"\n---\nb: 1', 9, '---'],
    ['---\n---\na: 1', 4, '---'],
    ['a: 1\n...\n# ---\n---\nb: 1', 15, '---'],
    ['x: |\n  ---\n---\n', 11, '---'],
    ['a: 1\n...\nb: 2', 9, 'b'],
    ['...\nx', 4, 'x'],
  ])('in %j the second document begins at %d', (text, start, what) => {
    const { problems } = readDocument(text)
    const found = problems.filter(({ code }) => code === 'several-documents')
    expect(found.map(({ range }) => range.start)).toEqual([start])
    expect(text.slice(start, found[0]!.range.end)).toBe(what)
  })

  test('of more mistakes than are told none is without words', () => {
    const lines = Array.from({ length: 60 }, (_, index) => `  f${index}: (a #b\n    )\n`)
    expect(new Set(codes(`gates:\n${lines.join('')}`))).toEqual(new Set(['formula-comment']))
  })

  test('an anchor nearly of that name is suggested', () => {
    expect(readDocument('a: &rate 1\nb: *rte').problems).toMatchObject([{ suggestion: 'rate' }])
  })
})

describe('places in scalars', () => {
  /** Every character that is no white space must be found where it stands in the file. */
  test.each([
    ['plain', 'a: tanh(x) + y\n'],
    ['plain over lines', 'a: tanh(x)\n   + y\n\n   + z # no\nb: 1\n'],
    ['single quotes', "a: 'x''y + z'\n"],
    ['single quotes over lines', "a: 'x +\n\n    y\n  + z'\n"],
    ['double quotes', 'a: "x + y"\n'],
    ['double quotes over lines', 'a: "x +\n    y \\\n   + z"\n'],
    ['literal', 'a: |\n  x\n    + y\n\n  + z\nb: 1\n'],
    ['literal, indented and kept', 'a: |2+\n   x\n  + y\n\n'],
    ['folded', 'a: >\n  x +\n  y\n\n    more\n\n  z\nb: 1\n'],
    ['folded with CR LF', 'a: >-\r\n  x +\r\n  y\r\n'],
    ['deep', 'a:\n    x +\n    y\n'],
  ])('%s', (_, text) => {
    const node = only(text)
    const locate = locator(node, text)
    let last = -1
    for (let at = 0; at < node.text.length; at++) {
      const { start, end } = locate({ start: at, end: at + 1 })
      expect(start).toBeGreaterThanOrEqual(last)
      last = start
      if (/\s/.test(node.text[at]!)) continue
      const written = text.slice(start, end)
      expect(written === "''" ? "'" : written).toBe(node.text[at])
    }
  })

  test('escapes are one character each', () => {
    const text = String.raw`a: "x\u0020+\t\x79\U0001F600z"`
    const node = only(text)
    expect(node.text).toBe('x +\ty😀z')
    const locate = locator(node, text)
    const written = [...node.text].map((character, index, all) => {
      const start = all.slice(0, index).join('').length
      const range = locate({ start, end: start + character.length })
      return text.slice(range.start, range.end)
    })
    expect(written).toEqual(['x', '\\u0020', '+', '\\t', '\\x79', '\\U0001F600', 'z'])
  })

  test('an empty range stays empty', () => {
    const text = 'a: "xy"'
    expect(locator(only(text), text)({ start: 2, end: 2 })).toEqual({ start: 6, end: 6 })
  })
})
