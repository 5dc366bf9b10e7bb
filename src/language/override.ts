/**
 * Changes one key of a graph file from outside (`--set train.learning_rate=0.1`) by editing its
 * text, so that everything that is checked in a file is checked here too.
 */
import { isAlias, isCollection, isMap, isScalar, isSeq, parseDocument } from 'yaml'
import type { Node, Pair, YAMLMap } from 'yaml'

/** Puts `inserted` in place of the characters from `start` up to `end`. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly inserted: string
}

/**
 * The edit that sets the key at the dotted `path` to `value`, written as YAML on one line; in a
 * string what is wrong with that. The text is to be a whole, well-formed YAML document.
 */
export function override(text: string, path: string, value: string): Edit | string {
  const keys = path.split('.')
  if (keys.some((key) => key === '')) return `"${path}" is no path of keys, like train.epochs`
  const written = onOneLine(value)
  if (written === undefined) return `"${value}" is no YAML value on one line`
  const document = parseDocument(text, { uniqueKeys: false, keepSourceTokens: false })
  return editAt(text, document.contents, keys, written)
}

/** Where an offset after the edit was before it; `undefined` inside what was inserted. */
export function before(edit: Edit, offset: number): number | undefined {
  if (offset < edit.start) return offset
  const end = edit.start + edit.inserted.length
  return offset < end ? undefined : offset - end + edit.end
}

/** The text after an edit. */
export function applyEdit(text: string, { start, end, inserted }: Edit): string {
  return text.slice(0, start) + inserted + text.slice(end)
}

/**
 * The value in a form that stays one value wherever it is put, in a flow map too: there a plain
 * `max(x, y)` would end at the comma.
 */
function onOneLine(value: string): string | undefined {
  if (/[\n\r\0]/.test(value)) return undefined
  const trimmed = value.trim()
  if (trimmed === '') return 'null'
  const document = parseDocument(trimmed, { uniqueKeys: false, logLevel: 'silent' })
  const { contents } = document
  const quoted = isScalar(contents) && contents.type !== 'PLAIN'
  const flow = isCollection(contents) && contents.flow === true
  const whole = contents?.range?.[0] === 0 && contents.range[1] === trimmed.length
  if (document.errors.length === 0 && whole && (quoted || flow)) return trimmed
  // Anything else is plain text, a formula as a rule.
  return /^[^-?&*!|>'"%@`#,[\]{}:\s][^#,[\]{}:]*$|^-[\d.(\w][^#,[\]{}:]*$/.test(trimmed)
    ? trimmed
    : JSON.stringify(trimmed)
}

function editAt(
  text: string,
  root: Node | null,
  keys: readonly string[],
  value: string,
): Edit | string {
  let node: Node | null = root
  // Replaces the whole of `node`; what it is depends on what holds it.
  let replace: (value: string) => Edit = (inserted) => append(text, inserted)
  for (const [depth, key] of keys.entries()) {
    const rest = keys.slice(depth)
    if (isAlias(node)) return `${called(keys, depth)} is an alias`
    if (isMap(node)) {
      const map: YAMLMap = node
      // Of a key given twice the checker takes neither; here the last one will do.
      const pair = map.items.findLast((item) => keyOf(text, item) === key)
      if (pair === undefined) return insert(text, map, `${key}: ${nested(rest.slice(1), value)}`)
      replace = (inserted) => replacePair(text, pair, inserted)
      node = pair.value as Node | null
    } else if (isSeq(node)) {
      const item = /^\d+$/.test(key) ? (node.items[Number(key)] as Node | undefined) : undefined
      if (item?.range == null) {
        return `${called(keys, depth)} is a list of ${node.items.length}, it has no "${key}"`
      }
      const [start, end] = item.range
      replace = (inserted) => ({ start, end: trimEnd(text, start, end), inserted })
      node = item
    } else if (node === null || (isScalar(node) && node.value === null)) {
      return depth === 0
        ? append(text, `${key}: ${nested(rest.slice(1), value)}`)
        : replace(nested(rest, value))
    } else {
      return `${called(keys, depth)} is a value, it has no "${key}"`
    }
  }
  return replace(value)
}

function called(keys: readonly string[], depth: number): string {
  return depth === 0 ? 'the file' : `"${keys.slice(0, depth).join('.')}"`
}

/** `a.b = 1` as `{ a: { b: 1 } }`. */
function nested(keys: readonly string[], value: string): string {
  return keys.reduceRight((inner, key) => `{ ${key}: ${inner} }`, value)
}

function keyOf(text: string, pair: Pair): string | undefined {
  const key = pair.key as Node | null
  if (!isScalar(key) || key.range == null) return undefined
  // The source, as `1e3` and `true` are names too.
  return key.type === 'PLAIN' ? text.slice(key.range[0], key.range[1]) : String(key.value)
}

function replacePair(text: string, pair: Pair, value: string): Edit {
  const key = pair.key as Node
  const after = key.range![1]
  const colon = /^\s*:/.exec(text.slice(after, after + 1000))
  if (colon === null) return { start: after, end: after, inserted: `: ${value}` }
  const start = after + colon[0].length
  const range = (pair.value as Node | null)?.range
  const end = range == null ? start : Math.max(start, trimEnd(text, start, range[1]))
  return { start, end, inserted: ` ${value}` }
}

// The range of a block collection reaches to the start of the line that follows it.
function trimEnd(text: string, start: number, end: number): number {
  while (end > start && /\s/.test(text[end - 1]!)) end--
  return end
}

function insert(text: string, map: YAMLMap, entry: string): Edit | string {
  const start = map.range![0]
  if (map.flow) {
    const inserted = map.items.length === 0 ? ` ${entry} ` : ` ${entry},`
    return { start: start + 1, end: start + 1, inserted }
  }
  const lineStart = text.lastIndexOf('\n', start - 1) + 1
  const indent = text.slice(lineStart, start)
  if (!/^[ \uFEFF]*(- +)*$/.test(indent)) return 'here no key can be added'
  return {
    start,
    end: start,
    inserted: `${entry}\n${' '.repeat(indent.replace('\uFEFF', '').length)}`,
  }
}

function append(text: string, entry: string): Edit {
  const newline = text === '' || text.endsWith('\n') ? '' : '\n'
  return { start: text.length, end: text.length, inserted: `${newline}${entry}\n` }
}
