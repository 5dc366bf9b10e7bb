/** Reads declared nodes that are no gates: inputs, targets, weights and constants. */
import { readValue } from './parserow.js'
import { readParameters } from './parsetrain.js'
import {
  choice,
  readBooleanKey,
  readName,
  readNumber,
  readNumberKey,
  readSection,
  readText,
  report,
  short,
  wantMap,
  wrongKind,
  type Reader,
  type Section,
} from './read.js'
import type { ConstantSpec, InitSpec, InputSpec, Located, SizesSpec, WeightSpec } from './spec.js'
import type { Entry } from './tree.js'

/** Reads every entry of a map whose keys are declared names. */
export function each<T>(
  reader: Reader,
  entry: Entry | undefined,
  read: (entry: Entry, name: Located<string>) => T,
): T[] {
  const map = entry && wantMap(reader, entry, `"${entry.key.text}"`, 'a map of names')
  const all: T[] = []
  for (const inner of map?.entries ?? []) {
    const name = readName(reader, inner.key)
    if (name !== undefined) all.push(read(inner, name))
  }
  return all
}

/** An input or a target: a default, nothing, or a map. */
export function readInput(reader: Reader, entry: Entry, name: Located<string>): InputSpec {
  const { value } = entry
  if (value === undefined || isNull(value)) return { name }
  const standIn = { value: 0, range: value.range }
  if (value.type !== 'map') return { name, default: readValue(reader, entry) ?? standIn }
  const section = readSection(reader, 'input', entry, `"${short(name.value)}"`)
  if (section === undefined) return { name }
  const inner = section.entries.get('default')
  const shape = readShape(reader, section)
  const from = readFrom(reader, section)
  const classes = readClasses(reader, section)
  const hash = readNumberKey(reader, section, 'hash')
  if (classes !== undefined && hash !== undefined) {
    const { range } = section.entries.get('hash')!.key
    report(reader, 'mixed-keys', range, { what: `"${short(name.value)}"`, keys: ['classes', 'hash'] }) // prettier-ignore
  }
  return {
    name,
    ...(inner && { default: readDefault(reader, inner, classes) ?? standIn }),
    ...(shape && { shape }),
    ...(from && { from }),
    ...(classes && { classes }),
    ...(hash && { hash }),
  }
}

/** A weight: its value, or a map. */
export function readWeight(
  reader: Reader,
  entry: Entry,
  name: Located<string>,
  inModule = false,
): WeightSpec {
  const { valued, section } = readValued(reader, entry, name, inModule ? 'module_weight' : 'weight')
  if (section === undefined) return { name, ...valued }
  const frozen = readBooleanKey(reader, section, 'frozen')
  const learningRate = readNumberKey(reader, section, 'learning_rate')
  return { name, ...valued, ...(frozen && { frozen }), ...(learningRate && { learningRate }) }
}

/** A constant: its value, or a map. */
export function readConstant(
  reader: Reader,
  entry: Entry,
  name: Located<string>,
  inModule = false,
): ConstantSpec {
  const type = inModule ? 'module_constant' : 'constant'
  return { name, ...readValued(reader, entry, name, type).valued }
}

/** Of classes the default is one of them, or its number. */
function readDefault(reader: Reader, entry: Entry, classes: InputSpec['classes']) {
  const { value } = entry
  const index = value?.type === 'text' ? classes?.value.indexOf(value.text) : undefined
  if (index === undefined || index < 0) return readValue(reader, entry)
  return { value: index, range: value!.range }
}

/** Required, said aloud. */
function isNull(node: NonNullable<Entry['value']>): boolean {
  return node.type === 'text' && node.style === 'plain' && /^(?:~|null|Null|NULL)$/.test(node.text)
}

/** Values, or a map with `value` or `init`. Where there is nothing good, 0 stands in. */
function readValued(
  reader: Reader,
  entry: Entry,
  name: Located<string>,
  type: 'weight' | 'constant' | 'module_weight' | 'module_constant',
): { readonly valued: Omit<ConstantSpec, 'name'>; readonly section?: Section } {
  const range = entry.value?.range ?? entry.key.range
  const standIn = { value: 0, range }
  if (entry.value?.type !== 'map') {
    return { valued: { value: readValue(reader, entry) ?? standIn } }
  }
  const what = `"${short(name.value)}"`
  const section = readSection(reader, type, entry, what)
  if (section === undefined) return { valued: { value: standIn } }
  const value = section.entries.get('value')
  const init = section.entries.get('init')
  const sizes = type.startsWith('module') ? readSizes(reader, section) : undefined
  const shape = type.startsWith('module') ? undefined : readShape(reader, section)
  const seed = readNumberKey(reader, section, 'seed')
  const drawn = init && readInit(reader, init)
  if (value !== undefined && init !== undefined) {
    report(reader, 'mixed-keys', init.key.range, { what, keys: ['value', 'init'] })
  } else if (value === undefined && init === undefined) {
    const keys = shape === undefined && sizes === undefined ? ['value'] : ['value', 'init']
    report(reader, 'missing-key', entry.key.range, { keys, of: what })
  }
  const read = value && readValue(reader, value)
  const valued = {
    ...(drawn === undefined && { value: read ?? standIn }),
    ...(drawn && { init: drawn }),
    ...(shape && { shape }),
    ...(sizes && { sizes }),
    ...(seed && { seed }),
  }
  return { valued, section }
}

function readShape(reader: Reader, section: Section): Located<readonly number[]> | undefined {
  const entry = section.entries.get('shape')
  if (entry === undefined || entry.value?.type === 'broken') return undefined
  const { key, value } = entry
  if (value?.type !== 'list') {
    wrongKind(reader, value?.range ?? key.range, '"shape"', 'a list of sizes like [64, 32]', value)
    return undefined
  }
  const sizes: number[] = []
  for (const item of value.items) {
    const inner = item === undefined ? { key } : { key, value: item }
    const size = readNumber(reader, inner, 'every size of "shape"', whole)
    if (size === undefined) return undefined
    sizes.push(size.value)
  }
  return { value: sizes, range: value.range }
}

/** A shape that may have names in it. */
export function readSizes(reader: Reader, section: Section): SizesSpec | undefined {
  const entry = section.entries.get('shape')
  if (entry === undefined || entry.value?.type !== 'list') return readShape(reader, section)
  const sizes: (number | string)[] = []
  for (const item of entry.value.items) {
    if (item?.type === 'text' && /^(?:[\p{L}_][\p{L}\p{M}\p{N}_]*|\.\.\.)$/u.test(item.text)) {
      sizes.push(item.text)
      continue
    }
    const inner = item === undefined ? { key: entry.key } : { key: entry.key, value: item }
    const size = readNumber(reader, inner, 'every size of "shape"', whole)
    if (size === undefined) return undefined
    sizes.push(size.value)
  }
  return { value: sizes, range: entry.value.range }
}

const whole = { type: 'number', minimum: 0, whole: true } as const

function readInit(reader: Reader, entry: Entry): InitSpec | undefined {
  const { value } = entry
  if (value?.type === 'broken') return undefined
  if (value?.type === 'text') {
    return { name: { value: value.text, range: value.range }, parameters: [] }
  }
  const map = value?.type === 'map' ? value : undefined
  const chosen = choice(reader, entry, '"init"', map)
  if (chosen === undefined) return undefined
  const name = { value: chosen.key.text, range: chosen.key.range }
  return { name, parameters: readParameters(reader, chosen, readWordOrNumber) }
}

function readWordOrNumber(reader: Reader, entry: Entry): Located<number | string> | undefined {
  const { value } = entry
  if (value?.type === 'text' && /^[a-z_]+$/.test(value.text)) {
    return { value: value.text, range: value.range }
  }
  return readNumber(reader, entry, `"${short(entry.key.text)}"`)
}

function readFrom(reader: Reader, section: Section): InputSpec['from'] {
  const entry = section.entries.get('from')
  if (entry === undefined) return undefined
  if (entry.value?.type !== 'list') return readText(reader, entry, '"from"')
  const items = readTexts(reader, entry, '"from"')
  return items && { items, range: entry.value.range }
}

function readClasses(reader: Reader, section: Section): Located<readonly string[]> | undefined {
  const entry = section.entries.get('classes')
  if (entry === undefined || entry.value?.type === 'broken') return undefined
  if (entry.value?.type !== 'list') {
    const { key, value } = entry
    wrongKind(reader, value?.range ?? key.range, '"classes"', 'a list of texts', value)
    return undefined
  }
  const texts = readTexts(reader, entry, '"classes"')
  if (texts === undefined) return undefined
  const names = texts.map(({ value }) => value)
  for (const [index, { value, range }] of texts.entries()) {
    if (names.indexOf(value) === index) continue
    report(reader, 'class-twice', range, { name: short(value) })
  }
  return { value: names, range: entry.value.range }
}

/** The texts of a list; a number is the text that it is written as. */
function readTexts(reader: Reader, { key, value }: Entry, what: string) {
  if (value?.type !== 'list') return undefined
  const texts: Located<string>[] = []
  for (const item of value.items) {
    const inner = item === undefined ? { key } : { key, value: item }
    const text = readText(reader, inner, `every item of ${what}`)
    if (text === undefined) return undefined
    texts.push(text)
  }
  if (texts.length > 0) return texts
  const expected = 'a list of at least one text'
  report(reader, 'out-of-range', value.range, { what, expected, got: 'none' })
  return undefined
}
