/** Reads single values from the source text of scalars, never from what YAML makes of them. */
import type { Range } from '../formula/syntax.js'
import type { Entry, MapNode, YamlNode } from './tree.js'
import { gluedIn } from './lint.js'
import { habits, keyOf, sections, type NumberKind, type SectionName } from './keys.js'
import type { Code, Fields, Problem } from './problem.js'
import type { TextNode } from './scalar.js'
import type { Located } from './spec.js'
import { bytesIn, millisecondsIn } from './quantity.js'
import { suggest } from './suggest.js'

/** One reading of one file. */
export interface Reader {
  readonly text: string
  readonly problems: Problem[]
  /** Columns of rows that hold texts. */
  readonly texts: Set<string>
}

/** A map whose keys are all known. */
export interface Section {
  readonly name: SectionName
  readonly entries: ReadonlyMap<string, Entry>
  readonly range: Range
}

/** Collects an error. */
export function report<C extends Code>(
  reader: Reader,
  code: C,
  range: Range,
  fields: Fields[C],
): void {
  // The compiler does not see that the fields of C make the member of the union for C.
  reader.problems.push({ code, severity: 'error', range, ...fields } as unknown as Problem)
}

/** Reads a map of known keys; the others, and those that do not work yet, are reported. */
export function readSection(
  reader: Reader,
  name: SectionName,
  entry: Entry,
  what: string,
): Section | undefined {
  const map = wantMap(reader, entry, what)
  if (map === undefined) return undefined
  const entries = new Map<string, Entry>()
  for (const inner of map.entries) {
    const known = sections[name].find((key) => key.name === inner.key.text)
    if (known === undefined) unknownKey(reader, name, inner, what)
    else if (known.later) {
      report(reader, 'not-yet', inner.key.range, { what: `the key "${known.name}"` })
    } else entries.set(known.name, inner)
  }
  for (const key of sections[name]) {
    const missing = key.required && !map.entries.some((inner) => inner.key.text === key.name)
    // A weight that is described by what does not work yet lacks nothing.
    const excused = map.entries.some(({ key: { text } }) =>
      sections[name].some((other) => other.later && other.name === text),
    )
    if (missing && !excused) {
      report(reader, 'missing-key', entry.key.range, { keys: [key.name], of: what })
    }
  }
  return { name, entries, range: map.range }
}

/** The map that stands there; whatever else does is reported. */
export function wantMap(reader: Reader, { key, value }: Entry, what: string, expected = 'a map') {
  if (value?.type === 'map') return value
  if (value === undefined || value.type === 'broken') return undefined
  if (value.type === 'text' && glued(reader, value)) return undefined
  wrongKind(reader, value.range, what === '' ? `"${key.text}"` : what, expected, value)
  return undefined
}

/** The only entry of `{ name: parameters }`. */
export function choice(
  reader: Reader,
  { key, value }: Entry,
  what: string,
  map: MapNode | undefined,
): Entry | undefined {
  const [only, second] = map?.entries ?? []
  if (only !== undefined && second === undefined) return only
  const range = second?.key.range ?? value?.range ?? key.range
  if (map === undefined) wrongKind(reader, range, what, 'a name or { name: parameters }', value)
  else {
    const keys = map.entries.length
    const got = keys === 0 ? 'an empty map' : `${keys} keys`
    report(reader, 'wrong-kind', range, { what, expected: 'a name or { name: parameters }', got })
  }
  return undefined
}

/** `weights:` followed by lines like `w:1`, which YAML takes for one text. */
function glued(reader: Reader, node: TextNode): boolean {
  if (node.style !== 'plain') return false
  let found = false
  let start = node.range.start
  for (const line of reader.text.slice(start, node.range.end).split('\n')) {
    const problem = gluedIn(line.replace(/\r$/, ''), start)
    if (problem !== undefined) {
      reader.problems.push(problem)
      found = true
    }
    start += line.length + 1
  }
  return found
}

function unknownKey(reader: Reader, name: SectionName, { key }: Entry, of: string): void {
  const stuck = key.style === 'plain' ? gluedIn(key.text, key.range.start) : undefined
  if (stuck !== undefined) {
    reader.problems.push(stuck)
    return
  }
  const known = sections[name].map((candidate) => candidate.name)
  const habit = name in habits ? habits[name as keyof typeof habits].get(key.text) : undefined
  const suggestion = habit === undefined ? suggest(key.text, known) : undefined
  report(reader, 'unknown-key', key.range, {
    key: key.text,
    of,
    ...(habit !== undefined && { habit }),
    ...(suggestion !== undefined && { suggestion }),
  })
}

/** The number under a key of a section, of the kind that the table has for it. */
export function readNumberKey(
  reader: Reader,
  section: Section,
  name: string,
): Located<number> | undefined {
  const entry = section.entries.get(name)
  if (entry === undefined) return undefined
  const { kind } = keyOf(section.name, name)
  if (kind.type === 'duration') return readMeasured(reader, entry, name, duration)
  if (kind.type === 'bytes') return readMeasured(reader, entry, name, bytes)
  return kind.type === 'number' ? readNumber(reader, entry, `"${name}"`, kind) : undefined
}

/** A number of a kind. */
export function readNumber(
  reader: Reader,
  { key, value }: Entry,
  what: string,
  kind: NumberKind = { type: 'number' },
): Located<number> | undefined {
  if (value?.type === 'broken') return undefined
  const expected = describe(kind)
  if (value?.type !== 'text') {
    wrongKind(reader, value?.range ?? key.range, what, expected, value)
    return undefined
  }
  const { range } = value
  const read = numberIn(value)
  if (typeof read !== 'number') {
    if (read === undefined) wrongKind(reader, range, what, expected, value)
    else report(reader, 'bad-number', range, { text: short(value.text), ...read })
    return undefined
  }
  const { minimum = -Infinity, exclusive, whole } = kind
  const fits = exclusive ? read > minimum : read >= minimum
  if (!fits || (whole && !Number.isSafeInteger(read))) {
    report(reader, 'out-of-range', range, { what, expected, got: value.text })
    return undefined
  }
  return { value: read, range }
}

function describe({ minimum, exclusive, whole }: NumberKind): string {
  const number = whole ? 'a whole number' : 'a number'
  if (minimum === undefined) return number
  return exclusive ? `${number} above ${minimum}` : `${number} of at least ${minimum}`
}

const decimal = /^[-+]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/

/** The number that a scalar is, the repair where it nearly is one, or nothing. */
export function numberIn({ text, style }: TextNode): number | { hint?: string } | undefined {
  if (style !== 'plain') {
    if (!decimal.test(text.trim())) return undefined
    return { hint: style === 'literal' || style === 'folded' ? 'write it after the key' : 'leave out the quotes' } // prettier-ignore
  }
  if (decimal.test(text)) {
    const value = Number(text)
    return Number.isFinite(value) ? value : { hint: 'numbers are at most 1.7976931348623157e308' }
  }
  const sign = text.startsWith('-') ? '-' : ''
  const body = text.replace(/^[-+]/, '')
  if (/^0[xob][\da-f_]+$/i.test(body)) {
    const value = Number(body.replaceAll('_', ''))
    return Number.isNaN(value) ? {} : write(`${sign}${value}`)
  }
  if (/^\.?(?:nan|inf|infinity)$/i.test(body)) return { hint: 'only finite numbers can stand here' }
  const plain = body.replaceAll('_', '')
  if (/^\d[\d_.]*(?:[eE][-+]?\d+)?$/.test(body) && plain !== body && decimal.test(plain)) {
    return write(sign + plain)
  }
  if (/^0+\d+(?:\.\d*)?(?:[eE][-+]?\d+)?$/.test(body))
    return write(sign + body.replace(/^0+(?=\d)/, ''))
  if (/^[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?$/.test(body))
    return write(sign + body.replaceAll(',', ''))
  if (/^\d+,\d+$/.test(body)) return write(sign + body.replace(',', '.'))
  const fraction = /^(\d+(?:\.\d+)?) *\/ *(\d+(?:\.\d+)?)$/.exec(body)
  if (fraction !== null) {
    const value = Number(fraction[1]) / Number(fraction[2])
    return Number.isFinite(value) ? write(`${sign}${value}`) : {}
  }
  const percent = /^(\d+(?:\.\d+)?) *%$/.exec(body)
  if (percent !== null) return write(`${sign}${Number(percent[1]) / 100}`)
  return /^[\d.]/.test(body) && /^[\d.eE+-]+$/.test(body) ? {} : undefined
}

function write(number: string): { hint: string } {
  return { hint: `write ${number}` }
}

/** What is written with a unit, and is above 0. */
interface Measured {
  readonly expected: string
  readonly above: string
  readonly code: 'bad-duration' | 'bad-size'
  /** NaN for what is none. */
  read(text: string): number
}

const duration: Measured = {
  expected: 'a duration',
  above: 'a duration above 0',
  code: 'bad-duration',
  read: millisecondsIn,
}

const bytes: Measured = {
  expected: 'a size in bytes',
  above: 'a size of at least 1 byte',
  code: 'bad-size',
  read: bytesIn,
}

function readMeasured(
  reader: Reader,
  { key, value }: Entry,
  name: string,
  { expected, above, code, read }: Measured,
): Located<number> | undefined {
  if (value?.type === 'broken') return undefined
  if (value?.type !== 'text') {
    wrongKind(reader, value?.range ?? key.range, `"${name}"`, expected, value)
    return undefined
  }
  const found = read(value.text)
  if (found > 0 && found < Infinity) return { value: found, range: value.range }
  const negative = found <= 0 || (Number.isNaN(found) && /^-\s*[\d.]/.test(value.text))
  if (negative) {
    const what = `"${name}"`
    report(reader, 'out-of-range', value.range, { what, expected: above, got: value.text })
  } else report(reader, code, value.range, { text: short(value.text) })
  return undefined
}

/** `true` or `false` under a key. */
export function readBooleanKey(
  reader: Reader,
  section: Section,
  name: string,
): Located<boolean> | undefined {
  const entry = section.entries.get(name)
  if (entry === undefined || entry.value?.type === 'broken') return undefined
  const { key, value } = entry
  const read = value?.type === 'text' ? booleanIn(value) : undefined
  if (read !== undefined) return { value: read, range: value!.range }
  wrongKind(reader, value?.range ?? key.range, `"${name}"`, 'true or false', value)
  return undefined
}

/** The boolean that a scalar is. YAML 1.2 has no `yes` and `no`. */
export function booleanIn({ text, style }: TextNode): boolean | undefined {
  if (style !== 'plain') return undefined
  if (/^(?:true|True|TRUE)$/.test(text)) return true
  return /^(?:false|False|FALSE)$/.test(text) ? false : undefined
}

/** One of the words that the table has for a key. */
export function readWordKey<W extends string>(
  reader: Reader,
  section: Section,
  name: string,
): Located<W> | undefined {
  const read = readTextKey(reader, section, name)
  const { kind } = keyOf(section.name, name)
  if (read === undefined || kind.type !== 'word') return undefined
  const { words } = kind
  // The words of the table are those of W: both say what the key takes.
  if (words.includes(read.value)) return read as Located<W>
  const what = `"${name}"`
  const suggestion = suggest(read.value, words)
  const meant = suggestion === undefined ? {} : { suggestion }
  report(reader, 'bad-word', read.range, { what, word: short(read.value), words, ...meant })
  return undefined
}

/** The text under a key. */
export function readTextKey(
  reader: Reader,
  section: Section,
  name: string,
): Located<string> | undefined {
  const entry = section.entries.get(name)
  return entry && readText(reader, entry, `"${name}"`)
}

/** A text; the blank lines at the end of a block are not part of it. */
export function readText(
  reader: Reader,
  { key, value }: Entry,
  what: string,
): Located<string> | undefined {
  if (value?.type === 'broken') return undefined
  if (value?.type === 'text') return { value: value.text.trim(), range: value.range }
  wrongKind(reader, value?.range ?? key.range, what, 'a text', value)
  return undefined
}

/** A list of names. */
export function readNames(reader: Reader, entry: Entry, what: string): Located<string>[] {
  const { key, value } = entry
  if (value?.type === 'broken') return []
  if (value?.type !== 'list') {
    wrongKind(reader, value?.range ?? key.range, what, 'a list of names', value)
    return []
  }
  const names: Located<string>[] = []
  for (const item of value.items) {
    if (item?.type === 'text') names.push({ value: item.text, range: item.range })
    else if (item?.type !== 'broken') {
      wrongKind(reader, item?.range ?? value.range, `every item of ${what}`, 'a name', item)
    }
  }
  return names
}

/** A declared name: letters, digits and underscores of any script, no digit first. */
export function readName(reader: Reader, node: TextNode): Located<string> | undefined {
  const { text, range, style } = node
  if (/^[\p{L}_][\p{L}\p{M}\p{N}_]*$/u.test(text)) return { value: text, range }
  const stuck = style === 'plain' ? gluedIn(text, range.start) : undefined
  if (stuck !== undefined) {
    reader.problems.push(stuck)
    return undefined
  }
  const repair = text
    .trim()
    .slice(0, 100)
    .replace(/^(?=\d)/, '_')
    .replace(/[^\p{L}\p{M}\p{N}_]+/gu, '_')
  const good = /^[\p{L}_][\p{L}\p{M}\p{N}_]*$/u.test(repair) && !/^_*$/.test(repair)
  report(reader, 'bad-name', range, { name: short(text), ...(good && { repair }) })
  return undefined
}

/** Reports that something of another kind stands there. */
export function wrongKind(
  reader: Reader,
  range: Range,
  what: string,
  expected: string,
  node: YamlNode | undefined,
): void {
  report(reader, 'wrong-kind', range, { what, expected, got: kindOf(node) })
}

function kindOf(node: YamlNode | undefined): string {
  if (node === undefined) return 'nothing'
  if (node.type === 'text') return `"${short(node.text)}"`
  return node.type === 'map' ? 'a map' : 'a list'
}

/** As much of a text as fits into a sentence. */
export function short(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
