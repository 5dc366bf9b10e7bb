/** Reads samples, and the tests that are made of them. */
import type { Entry, MapNode, YamlNode } from './tree.js'
import {
  readBooleanKey,
  readNumber,
  readNumberKey,
  readSection,
  readTextKey,
  short,
  wantMap,
  wrongKind,
  type Reader,
} from './read.js'
import type { ExpectSpec, FieldSpec, NestedSpec, RowSpec, TestSpec } from './spec.js'

/** A map of names and values. */
export function readRow(reader: Reader, { entries, range }: MapNode): RowSpec {
  const fields = entries.map((entry) => {
    const { text, range: place } = entry.key
    // What is no number has been reported; the column is there all the same.
    const value = readField(reader, entry) ?? { value: 0, range: entry.value?.range ?? place }
    return { name: { value: text, range: place }, value }
  })
  return { fields, range }
}

/** What a test expects is numbers, whatever they stand for. */
function readExpect(reader: Reader, { entries, range }: MapNode): ExpectSpec {
  const fields = entries.map((entry) => {
    const { text, range: place } = entry.key
    const value = readValue(reader, entry) ?? { value: 0, range: entry.value?.range ?? place }
    return { name: { value: text, range: place }, value }
  })
  return { fields, range }
}

/** A value of a sample: in a column of texts the text as it is written. */
export function readField(reader: Reader, entry: Entry): FieldSpec | undefined {
  const { key, value } = entry
  if (value?.type !== 'text' || !reader.texts.has(key.text)) return readValue(reader, entry)
  return { text: value.text, range: value.range }
}

/** A number, or nested lists of numbers. A file nests only so deep, so this ends. */
export function readValue(reader: Reader, entry: Entry): NestedSpec | undefined {
  const { key, value } = entry
  if (value?.type !== 'list') return readNumber(reader, entry, `"${short(key.text)}"`)
  const items: NestedSpec[] = []
  for (const item of value.items) {
    const inner = item === undefined ? { key } : { key, value: item }
    const what = `every item of "${short(key.text)}"`
    const read = item?.type === 'list' ? readValue(reader, inner) : readNumber(reader, inner, what)
    if (read === undefined) return undefined
    items.push(read)
  }
  return { items, range: value.range }
}

/** The list of tests. */
export function readTests(reader: Reader, entry: Entry | undefined): TestSpec[] {
  const value = entry?.value
  if (entry === undefined || value === undefined || value.type === 'broken') return []
  if (value.type !== 'list') {
    wrongKind(reader, value.range, '"tests"', 'a list of tests', value)
    return []
  }
  return value.items.flatMap((item, index) => {
    const key = { ...entry.key, range: item?.range ?? value.range }
    if (item === undefined) {
      wrongKind(reader, value.range, `test ${index + 1}`, 'a map', item)
      return []
    }
    return readTest(reader, { key, value: item }, `test ${index + 1}`) ?? []
  })
}

function readTest(reader: Reader, entry: Entry, what: string): TestSpec | undefined {
  const test = readSection(reader, 'test', entry, what)
  if (test === undefined) return undefined
  const { entries, range } = test
  const name = readTextKey(reader, test, 'name')
  const train = readBooleanKey(reader, test, 'train')
  const of = readTextKey(reader, test, 'of')
  const tolerance = readNumberKey(reader, test, 'tolerance')
  const expect = entries.get('expect')
  const expected = expect && wantMap(reader, expect, '"expect"', 'a map of names and numbers')
  return {
    range,
    ...(name && { name }),
    given: readGiven(reader, entries.get('given')),
    ...(train && { train }),
    ...(of && { of }),
    expect: expected === undefined ? { fields: [], range } : readExpect(reader, expected),
    gradients: readGradients(reader, entries.get('gradients')),
    ...(tolerance && { tolerance }),
  }
}

function readGiven(reader: Reader, entry: Entry | undefined): RowSpec[] {
  const value = entry?.value
  if (entry === undefined || value === undefined) return []
  const items: readonly (YamlNode | undefined)[] = value.type === 'list' ? value.items : [value]
  const expected = 'a map of names and numbers'
  return items.flatMap((item) => {
    const key = { ...entry.key, range: value.range }
    const map = wantMap(
      reader,
      item === undefined ? { key } : { key, value: item },
      '"given"',
      expected,
    )
    return map === undefined ? [] : [readRow(reader, map)]
  })
}

function readGradients(reader: Reader, entry: Entry | undefined): TestSpec['gradients'] {
  const map = entry && wantMap(reader, entry, '"gradients"', 'a map of names and numbers')
  const gradients: TestSpec['gradients'][number][] = []
  for (const inner of map?.entries ?? []) {
    const { key, value } = inner
    const name = { value: key.text, range: key.range }
    const none = value?.type === 'text' && value.text === 'none'
    const read = none ? 'none' : readValue(reader, inner)
    if (read !== undefined) gradients.push({ name, value: read })
  }
  return gradients
}
