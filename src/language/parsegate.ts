/** Reads formulas, long forms and the metrics and declarations made of them. */
import { parseFormula } from '../formula/parse.js'
import { habits, type FormulaProblem } from '../formula/problem.js'
import type { Expression, NamedArgument, Range } from '../formula/syntax.js'
import { tokenAt } from '../formula/token.js'
import type { Entry, MapNode, YamlNode } from './tree.js'
import { isOpen } from './lint.js'
import { report, short, wrongKind, type Reader } from './read.js'
import { locator, type Locate, type TextNode } from './scalar.js'
import type { GateSpec, Located, LongForm } from './spec.js'

/** The gate under a key: a formula, or `{ gate: ports }`. */
export function readGate(reader: Reader, name: Located<string>, entry: Entry): GateSpec {
  const body =
    entry.value?.type === 'map' ? readLongForm(reader, entry) : readFormula(reader, entry)
  if (body !== undefined) return { name, body }
  // Others may use the gate: its name is known, though nobody knows what it does.
  const range = entry.value?.range ?? entry.key.range
  return { name, body: { type: 'number', value: 0, range }, broken: true }
}

/** A formula with its places in the file. */
export function readFormula(reader: Reader, { key, value }: Entry): Expression | undefined {
  if (value?.type === 'broken') return undefined
  if (value === undefined) {
    const message = `"${short(key.text)}" has no formula`
    report(reader, 'formula-empty', key.range, { message })
    return undefined
  }
  return formulaOf(reader, value)
}

function formulaOf(reader: Reader, node: YamlNode): Expression | undefined {
  if (node.type === 'broken') return undefined
  if (node.type !== 'text') {
    if (node.type === 'map' && colonInside(reader, node)) return undefined
    const { start } = node.range
    const range = { start, end: start + 1 }
    if (node.type === 'map' && reader.text[start] !== '{') {
      wrongKind(reader, node.entries[0]?.key.range ?? range, 'a port', 'a formula', node)
      return undefined
    }
    report(reader, 'formula-start', range, { sign: reader.text[start] === '{' ? '{' : '[' })
    return undefined
  }
  const { expression, problems } = parseFormula(node.text)
  const locate = locator(node, reader.text)
  for (const problem of problems) lint(reader, node, problem, locate)
  return expression && moved(expression, locate)
}

/** Says what is wrong with a formula, or what YAML has done to it. */
function lint(reader: Reader, node: TextNode, problem: FormulaProblem, locate: Locate): void {
  const { code, message, hint, range } = problem
  const block = node.style === 'literal' || node.style === 'folded'
  const hash = node.text.search(/(?:^|\s)#/)
  if (block && hash !== -1) {
    const at = node.text.indexOf('#', hash)
    report(reader, 'folded-comment', locate({ start: at, end: at + 1 }), {})
    return
  }
  if (node.style === 'plain' && isOpen(node.text)) {
    const rest = reader.text.slice(node.range.end, node.range.end + 1000)
    const comment = /^[ \t]+#/.exec(rest)
    if (comment !== null) {
      const at = node.range.end + comment[0].length - 1
      report(reader, 'formula-comment', { start: at, end: at + 1 }, {})
      return
    }
  }
  // `&x + 1` is an anchor and what it marks.
  const before = reader.text.slice(Math.max(0, node.range.start - 100), node.range.start)
  const anchor = node.style === 'plain' ? /&\S*[ \t]+$/.exec(before) : null
  if (anchor !== null && range.start === 0) {
    const start = node.range.start - anchor[0].length
    report(reader, 'formula-start', { start, end: start + 1 }, { sign: '&' })
    return
  }
  report(reader, code, locate(range), { message, ...(hint !== undefined && { hint }) })
}

/** The same tree with its ranges in the file. At most as deep as a formula may nest. */
export function moved(expression: Expression, locate: Locate): Expression {
  const range = locate(expression.range)
  switch (expression.type) {
    case 'number':
    case 'name':
    case 'text':
      return { ...expression, range }
    case 'list':
      return { ...expression, range, items: expression.items.map((item) => moved(item, locate)) }
    case 'call':
      return {
        ...expression,
        range,
        gateRange: locate(expression.gateRange),
        arguments: expression.arguments.map((argument) => moved(argument, locate)),
        named: expression.named.map(({ name, nameRange, value }): NamedArgument => ({
          name,
          nameRange: locate(nameRange),
          value: moved(value, locate),
        })),
      }
    default:
      return expression satisfies never
  }
}

function readLongForm(reader: Reader, { key, value }: Entry): LongForm | undefined {
  if (value?.type !== 'map') return undefined
  if (colonInside(reader, value)) return undefined
  const { entries, range } = value
  const [only, second] = entries
  if (only === undefined || second !== undefined) {
    const place: Range = second?.key.range ?? range
    const what = `the long form of "${short(key.text)}"`
    // `{a} + b`: a set of braces, not a gate.
    report(reader, 'long-form', place, { found: entries.length, what })
    return undefined
  }
  const gate = { value: only.key.text, range: only.key.range }
  const form = { type: 'long', gate, range, positional: [], named: [] } as const
  const ports = only.value
  if (ports === undefined) return form
  if (ports.type === 'broken') return undefined
  if (ports.type === 'text') {
    const formula = formulaOf(reader, ports)
    return formula && { ...form, positional: [formula] }
  }
  if (ports.type === 'list') {
    const positional: Expression[] = []
    for (const item of ports.items) {
      const formula = item && formulaOf(reader, item)
      if (item === undefined) wrongKind(reader, ports.range, 'a port', 'a formula', item)
      if (formula === undefined) continue
      positional.push(formula)
    }
    return positional.length === ports.items.length ? { ...form, positional } : undefined
  }
  const named: { name: Located<string>; value: Expression }[] = []
  for (const entry of ports.entries) {
    const argument = readArgument(reader, entry)
    if (argument === undefined) continue
    named.push({ name: { value: entry.key.text, range: entry.key.range }, value: argument })
  }
  return named.length === ports.entries.length ? { ...form, named } : undefined
}

/** A formula on a line of its own that a colon has made a map of, or one in braces. */
function colonInside(reader: Reader, { entries, range: whole }: MapNode): boolean {
  const [first] = entries
  if (first === undefined || first.key.style !== 'plain' || isDotted(first.key.text)) return false
  const { start, end } = first.key.range
  if (first.value === undefined) {
    const sign = reader.text[whole.start]!
    if (sign !== '{') return false
    report(reader, 'formula-start', { start: whole.start, end: whole.start + 1 }, { sign })
    return true
  }
  const colon = reader.text.indexOf(':', end)
  const question = reader.text.slice(start, colon).indexOf('?')
  if (question === -1) report(reader, 'formula-colon', { start: colon, end: colon + 1 }, {})
  else {
    const range = { start: start + question, end: colon + 1 }
    report(reader, 'formula-habit', range, habits.get('?')!)
  }
  return true
}

/** The form of all names of gates and nodes. */
function isDotted(text: string): boolean {
  return /^[\p{L}_][\p{L}\p{M}\p{N}_.]*$/u.test(text)
}

/** A port's formula, or a parameter's number, word, text or list. */
function readArgument(reader: Reader, entry: Entry): Expression | undefined {
  const { value } = entry
  if (value?.type === 'text') return quotedIn(reader, value) ?? readFormula(reader, entry)
  if (value?.type !== 'list') return readFormula(reader, entry)
  const items: Expression[] = []
  for (const item of value.items) {
    const read = item && formulaOf(reader, item)
    if (item === undefined) {
      wrongKind(reader, value.range, `every item of "${short(entry.key.text)}"`, 'a value', item)
    }
    if (read === undefined) return undefined
    items.push(read)
  }
  return { type: 'list', items, range: value.range }
}

/** What is one text from end to end, in quotes of its own beside those that YAML takes. */
function quotedIn(reader: Reader, node: TextNode): Expression | undefined {
  const token = tokenAt(node.text, 0)
  if (token.type !== 'text' || tokenAt(node.text, token.end).type !== 'end') return undefined
  const range = locator(node, reader.text)({ start: token.start, end: token.end })
  return { type: 'text', value: token.text.slice(1, -1), range }
}
