/** Reads modules: graphs that graphs are made of. */
import { parseFormula } from '../formula/parse.js'
import type { Expression } from '../formula/syntax.js'
import { moved, readGate } from './parsegate.js'
import { each, readConstant, readSizes, readWeight } from './parsenode.js'
import { readName, readNames, readSection, readText, wrongKind, type Reader } from './read.js'
import { locator, type TextNode } from './scalar.js'
import type { Located, ModuleInputSpec, ModuleSpec, OptionSpec } from './spec.js'
import type { Entry } from './tree.js'

/** The modules that a file declares. */
export function readModules(reader: Reader, entry: Entry | undefined): ModuleSpec[] {
  return each(reader, entry, (inner, name) => readModule(reader, inner, name))
}

/** The files that modules come from. */
export function readUse(reader: Reader, entry: Entry | undefined): Located<string>[] {
  if (entry === undefined || entry.value?.type === 'broken') return []
  if (entry.value?.type !== 'list') {
    const { key, value } = entry
    wrongKind(reader, value?.range ?? key.range, '"use"', 'a list of files', value)
    return []
  }
  return entry.value.items.flatMap((item) => {
    const inner = item === undefined ? { key: entry.key } : { key: entry.key, value: item }
    return readText(reader, inner, 'every item of "use"') ?? []
  })
}

function readModule(reader: Reader, entry: Entry, name: Located<string>): ModuleSpec {
  const section = readSection(reader, 'module', entry, `the module "${name.value}"`)
  const part = (key: string) => section?.entries.get(key)
  const outputs = part('outputs')
  return {
    name,
    inputs: readInputs(reader, part('inputs')),
    options: each(reader, part('options'), (inner, key) => readOption(reader, inner, key)),
    weights: each(reader, part('weights'), (inner, key) => readWeight(reader, inner, key, true)),
    constants: each(reader, part('constants'), (inner, key) =>
      readConstant(reader, inner, key, true),
    ),
    gates: each(reader, part('gates'), (inner, key) => readGate(reader, key, inner)),
    ...(outputs && { outputs: readNames(reader, outputs, '"outputs"') }),
  }
}

function readInputs(reader: Reader, entry: Entry | undefined): ModuleInputSpec[] {
  if (entry?.value?.type === 'list') {
    readNames(reader, entry, '"inputs"')
    return entry.value.items.flatMap((item) => {
      const name = item?.type === 'text' ? readName(reader, item) : undefined
      return name === undefined ? [] : [{ name }]
    })
  }
  return each(reader, entry, (inner, name): ModuleInputSpec => {
    const { value } = inner
    if (value === undefined || (value.type === 'text' && /^(?:~|null)$/.test(value.text))) {
      return { name }
    }
    const section = readSection(reader, 'module_input', inner, `"${name.value}"`)
    const sizes = section && readSizes(reader, section)
    return { name, ...(sizes && { sizes }) }
  })
}

function readOption(reader: Reader, entry: Entry, name: Located<string>): OptionSpec {
  const { value } = entry
  if (value === undefined || value.type === 'broken') return { name }
  const standard = value.type === 'list' ? listOf(value) : wordOf(reader, value)
  if (standard !== undefined) return { name, default: standard }
  wrongKind(reader, value.range, `"${name.value}"`, 'a number, a word or a list of them', value)
  return { name, default: { type: 'number', value: 0, range: value.range } }

  function listOf({ items, range }: Extract<typeof value, { type: 'list' }>) {
    const read = items.map((item) => item && wordOf(reader, item))
    if (!read.every((item) => item !== undefined)) return undefined
    return { type: 'list', items: read, range } as const
  }
}

/** A number or a word, written as in a formula. */
function wordOf(reader: Reader, node: NonNullable<Entry['value']>): Expression | undefined {
  if (node.type !== 'text') return undefined
  const text: TextNode = node
  const { expression } = parseFormula(text.text)
  if (expression?.type !== 'number' && expression?.type !== 'name') return undefined
  return moved(expression, locator(text, reader.text))
}
