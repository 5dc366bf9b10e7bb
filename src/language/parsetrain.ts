/** Reads `train`: how a graph learns, and from what. */
import { parseFormula } from '../formula/parse.js'
import type { Range } from '../formula/syntax.js'
import type { Entry, ListNode } from './tree.js'
import { readFormula } from './parsegate.js'
import { readField, readRow } from './parserow.js'
import {
  booleanIn,
  choice,
  numberIn,
  readBooleanKey,
  readNames,
  readNumber,
  readNumberKey,
  readSection,
  readTextKey,
  readWordKey,
  report,
  short,
  wantMap,
  wrongKind,
  type Reader,
  type Section,
} from './read.js'
import type {
  DataSpec,
  FormulaSpec,
  Located,
  OptimizerSpec,
  RowSpec,
  ScheduleSpec,
  SplitSpec,
  TrainSpec,
} from './spec.js'

export function readTrain(reader: Reader, entry: Entry | undefined): TrainSpec {
  const train = entry && readSection(reader, 'train', entry, 'train')
  if (train === undefined) return {}
  const optimizer = train.entries.get('optimizer')
  const schedule = train.entries.get('schedule')
  const clip = sectionUnder(reader, train, 'clip')
  const until = sectionUnder(reader, train, 'until')
  const data = sectionUnder(reader, train, 'data')
  const spec: Writable<TrainSpec> = { range: entry!.key.range }
  assign(spec, 'epochs', readNumberKey(reader, train, 'epochs'))
  assign(spec, 'batch', readNumberKey(reader, train, 'batch'))
  assign(spec, 'stack', readBooleanKey(reader, train, 'stack'))
  assign(spec, 'optimizer', optimizer && readOptimizer(reader, optimizer))
  assign(spec, 'learningRate', readNumberKey(reader, train, 'learning_rate'))
  assign(spec, 'schedule', schedule && readSchedule(reader, schedule))
  assign(spec, 'shuffle', readBooleanKey(reader, train, 'shuffle'))
  assign(spec, 'seed', readNumberKey(reader, train, 'seed'))
  assign(spec, 'clip', clip && readClip(reader, clip))
  assign(spec, 'until', until && readUntil(reader, until))
  assign(spec, 'data', data && readData(reader, data))
  assign(spec, 'onFault', readWordKey<'stop' | 'skip'>(reader, train, 'on_fault'))
  assign(spec, 'budget', readNumberKey(reader, train, 'budget'))
  return spec
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** An absent key stays absent. */
function assign<T, K extends keyof T>(target: T, key: K, value: T[K] | undefined): void {
  if (value !== undefined) target[key] = value
}

function sectionUnder(
  reader: Reader,
  train: Section,
  name: 'clip' | 'until' | 'data',
): Section | undefined {
  const entry = train.entries.get(name)
  return entry && readSection(reader, name, entry, name)
}

function readClip(reader: Reader, clip: Section): TrainSpec['clip'] {
  const spec: Writable<NonNullable<TrainSpec['clip']>> = {}
  assign(spec, 'norm', readNumberKey(reader, clip, 'norm'))
  assign(spec, 'value', readNumberKey(reader, clip, 'value'))
  return spec
}

function readUntil(reader: Reader, until: Section): TrainSpec['until'] {
  const spec: Writable<NonNullable<TrainSpec['until']>> = {}
  assign(spec, 'loss', readNumberKey(reader, until, 'loss'))
  assign(spec, 'patience', readNumberKey(reader, until, 'patience'))
  assign(spec, 'time', readNumberKey(reader, until, 'time'))
  assign(spec, 'restoreBest', readBooleanKey(reader, until, 'restore_best'))
  return spec
}

function readOptimizer(reader: Reader, entry: Entry): OptimizerSpec | undefined {
  const { value } = entry
  if (value?.type === 'broken') return undefined
  if (value?.type === 'text') {
    const name = { value: value.text, range: value.range }
    return { name, parameters: [], range: value.range }
  }
  if (value?.type === 'map' && value.entries.some(({ key }) => declares.has(key.text))) {
    return readDeclaration(reader, entry)
  }
  const chosen = choice(reader, entry, 'the optimizer', value?.type === 'map' ? value : undefined)
  if (chosen === undefined) return undefined
  const { key } = chosen
  return {
    name: { value: key.text, range: key.range },
    parameters: readParameters(reader, chosen, readBooleanOrNumber),
    range: value!.range,
  }
}

/** What no optimizer is called. */
const declares: ReadonlySet<string> = new Set(['let', 'state', 'update'])

/** The entries of a map of parameters that `read` can make sense of. */
export function readParameters<T>(
  reader: Reader,
  entry: Entry,
  read: (reader: Reader, entry: Entry) => Located<T> | undefined,
): { readonly name: Located<string>; readonly value: Located<T> }[] {
  const map = wantMap(reader, entry, `the parameters of "${short(entry.key.text)}"`)
  return (map?.entries ?? []).flatMap((inner) => {
    const value = read(reader, inner)
    const { text, range } = inner.key
    return value === undefined ? [] : [{ name: { value: text, range }, value }]
  })
}

function readBooleanOrNumber(reader: Reader, entry: Entry): Located<number | boolean> | undefined {
  const { key, value } = entry
  const boolean = value?.type === 'text' ? booleanIn(value) : undefined
  return boolean === undefined
    ? readNumber(reader, entry, `"${short(key.text)}"`)
    : { value: boolean, range: value!.range }
}

function readDeclaration(reader: Reader, entry: Entry): OptimizerSpec | undefined {
  const section = readSection(reader, 'declaration', entry, 'an optimizer')
  if (section === undefined) return undefined
  const { entries, range } = section
  const parameters = entries.get('parameters')
  const update = entries.get('update')
  // An update that is wrong has been reported; the other lines are checked all the same.
  const updated = (update && readFormulaSpec(reader, update)) ?? noUpdate(range)
  return {
    parameters:
      // The name of a parameter counts, although its value is wrong.
      parameters === undefined ? [] : readParameters(reader, parameters, numberOrStandIn),
    declaration: {
      let: readLines(reader, entries.get('let')),
      state: readLines(reader, entries.get('state')),
      update: updated,
    },
    range,
  }
}

function numberOrStandIn(reader: Reader, entry: Entry): Located<number | boolean> {
  return readBooleanOrNumber(reader, entry) ?? { value: 0, range: entry.key.range }
}

function noUpdate(range: Range): FormulaSpec {
  return {
    name: { value: 'update', range },
    formula: { type: 'number', value: 0, range },
    text: '0',
  }
}

function readLines(reader: Reader, entry: Entry | undefined): FormulaSpec[] {
  const map = entry && wantMap(reader, entry, `"${entry.key.text}"`, 'a map of formulas')
  return (map?.entries ?? []).flatMap((line) => readFormulaSpec(reader, line) ?? [])
}

function readFormulaSpec(reader: Reader, entry: Entry): FormulaSpec | undefined {
  const { key, value } = entry
  const formula = readFormula(reader, entry)
  if (formula === undefined || value?.type !== 'text') return undefined
  return { name: { value: key.text, range: key.range }, formula, text: value.text.trim() }
}

function readSchedule(reader: Reader, entry: Entry): ScheduleSpec | undefined {
  const { value } = entry
  if (value?.type === 'broken') return undefined
  if (value?.type === 'text') {
    return { name: { value: value.text, range: value.range }, parameters: [] }
  }
  const map = value?.type === 'map' ? value : undefined
  const per = map?.entries.find(({ key }) => key.text === 'per')
  const others = map && { ...map, entries: map.entries.filter((inner) => inner !== per) }
  const chosen = choice(reader, entry, 'the schedule', others)
  if (chosen === undefined) return undefined
  const parameters = readParameters(reader, chosen, readScheduleValue)
  const name = { value: chosen.key.text, range: chosen.key.range }
  const ticks = per && readPer(reader, per)
  return { name, parameters, ...(ticks !== undefined && { per: ticks }) }
}

function readPer(reader: Reader, { key, value }: Entry): ScheduleSpec['per'] {
  if (value?.type === 'broken') return undefined
  if (value?.type === 'text' && (value.text === 'epoch' || value.text === 'update')) {
    return { value: value.text, range: value.range }
  }
  wrongKind(reader, value?.range ?? key.range, '"per"', 'epoch or update', value)
  return undefined
}

function readScheduleValue(
  reader: Reader,
  entry: Entry,
): Located<number | string | number[]> | undefined {
  const { key, value } = entry
  if (value?.type === 'list') {
    const numbers = readNumbers(reader, key, value)
    return numbers && { value: numbers, range: value.range }
  }
  // A word, unless it is a number or nearly one.
  if (value?.type === 'text' && numberIn(value) === undefined) {
    const { expression } = parseFormula(value.text)
    if (expression?.type === 'name') return { value: value.text, range: value.range }
  }
  return readNumber(reader, entry, `"${short(key.text)}"`)
}

function readNumbers(reader: Reader, key: Entry['key'], list: ListNode): number[] | undefined {
  const numbers: number[] = []
  for (const item of list.items) {
    const entry = item === undefined ? { key } : { key, value: item }
    const read = readNumber(reader, entry, `every item of "${short(key.text)}"`)
    if (read === undefined) return undefined
    numbers.push(read.value)
  }
  return numbers
}

function readData(reader: Reader, data: Section): DataSpec | undefined {
  const rows = data.entries.get('rows')
  const header = data.entries.get('header')
  const file = readTextKey(reader, data, 'file')
  if (rows !== undefined && data.entries.has('file')) {
    const { range } = data.entries.get('file')!.key
    report(reader, 'mixed-keys', range, { what: 'data', keys: ['rows', 'file'] })
    return undefined
  }
  const entry = data.entries.get('split')
  const split = entry && readSplit(reader, entry)
  const held = split && { split }
  if (rows !== undefined) {
    const names = header && readNames(reader, header, '"header"')
    return { type: 'rows', rows: readRows(reader, rows, names), range: data.range, ...held }
  }
  if (file === undefined) {
    if (!data.entries.has('file')) {
      report(reader, 'missing-key', data.range, { keys: ['rows', 'file'], of: 'data' })
    }
    return undefined
  }
  const read = header && readHeader(reader, header)
  return { type: 'file', file, ...(read !== undefined && { header: read }), ...held }
}

function readSplit(reader: Reader, entry: Entry): SplitSpec | undefined {
  const split = readSection(reader, 'split', entry, '"split"')
  const test = split && readNumberKey(reader, split, 'test')
  if (split === undefined || test === undefined) return undefined
  const order = readWordKey<'last' | 'shuffled'>(reader, split, 'order')
  if (test.value < 1) return { test, ...(order && { order }) }
  const expected = 'a number below 1'
  report(reader, 'out-of-range', test.range, { what: '"test"', expected, got: String(test.value) })
  return undefined
}

function readHeader(
  reader: Reader,
  entry: Entry,
): Located<boolean | readonly string[]> | undefined {
  const { value } = entry
  const boolean = value?.type === 'text' ? booleanIn(value) : undefined
  if (boolean !== undefined) return { value: boolean, range: value!.range }
  if (value?.type !== 'list') {
    if (value?.type === 'broken') return undefined
    const expected = 'true, false or a list of names'
    wrongKind(reader, value?.range ?? entry.key.range, '"header"', expected, value)
    return undefined
  }
  const names = readNames(reader, entry, '"header"').map((name) => name.value)
  return { value: names, range: value.range }
}

/** Maps, or lists under a header. */
function readRows(
  reader: Reader,
  { key, value }: Entry,
  header: readonly Located<string>[] | undefined,
): RowSpec[] {
  if (value?.type === 'broken') return []
  if (value?.type !== 'list') {
    wrongKind(reader, value?.range ?? key.range, '"rows"', 'a list of rows', value)
    return []
  }
  const rows: RowSpec[] = []
  for (const [index, item] of value.items.entries()) {
    const what = `row ${index + 1}`
    if (item?.type === 'broken') continue
    if (item?.type === 'list' && header !== undefined) {
      rows.push(listRow(reader, item, header, index + 1))
    } else if (item?.type === 'map' && header === undefined) {
      rows.push(readRow(reader, item))
    } else {
      const expected =
        header === undefined ? 'a map of names and numbers' : 'a list in the order of the header'
      wrongKind(reader, item?.range ?? value.range, what, expected, item)
    }
  }
  return rows
}

function listRow(
  reader: Reader,
  { items, range }: ListNode,
  header: readonly Located<string>[],
  row: number,
): RowSpec {
  if (items.length !== header.length) {
    report(reader, 'row-length', range, { row, expected: header.length, got: items.length })
  }
  const fields: RowSpec['fields'][number][] = []
  for (const [index, name] of header.entries()) {
    const item = items[index]
    const key = { type: 'text', text: name.value, style: 'plain', range } as const
    // What a short row lacks has been said.
    if (index >= items.length) fields.push({ name, value: { value: 0, range } })
    else {
      const entry = item === undefined ? { key } : { key, value: item }
      const value = readField(reader, entry) ?? { value: 0, range }
      fields.push({ name: { value: name.value, range: value.range }, value })
    }
  }
  return { fields, range }
}
