/** Which columns of a file go to which inputs of a graph. */
import type { Row } from '../language/plan.js'
import type { ShownNode } from '../remote/protocol.js'

type Source = Pick<ShownNode, 'name' | 'from'>

/** An input or target, and the columns that it is to be made of. */
export interface Mapped {
  readonly node: Source
  readonly taken: readonly string[]
}

/** The column to begin with: the one that the graph names, else that of the most similar name. */
export function firstColumn(
  { name, from = [name] }: Source,
  columns: readonly string[],
  taken: readonly string[] = [],
): string {
  const free = columns.find((column) => !taken.includes(column))
  const named = columns.find((column) => column === from[0])
  const alike = (wanted: string) =>
    columns.find((column) => column.toLowerCase() === wanted.toLowerCase())
  return named ?? alike(from[0]!) ?? alike(name) ?? free ?? columns[0] ?? ''
}

/**
 * The first columns of all, by name: where a name tells nothing, those follow one another that no
 * other one has.
 */
export function firstColumns(
  sources: readonly Source[],
  columns: readonly string[],
): Readonly<Record<string, string>> {
  const found = new Map<string, string>()
  const known = (source: Source) => columnsFrom(source, firstColumn(source, columns), columns)
  const isNamed = ({ name, from = [name] }: Source, [first = '']: readonly string[]) =>
    [name, from[0]!].some((one) => one.toLowerCase() === first.toLowerCase())
  const taken = sources.flatMap((source) => {
    const own = known(source)
    if (!isNamed(source, own)) return []
    found.set(source.name, own[0]!)
    return own
  })
  for (const source of sources) {
    if (found.has(source.name)) continue
    const first = firstColumn(source, columns, taken)
    found.set(source.name, first)
    taken.push(...columnsFrom(source, first, columns))
  }
  return Object.fromEntries(found)
}

/**
 * The columns that an input takes where its first one is chosen: those that the graph names where
 * it is theirs, else as many as it needs from there on; fewer where there are not so many.
 */
export function columnsFrom(
  { name, from = [name] }: Source,
  first: string,
  columns: readonly string[],
): readonly string[] {
  if (first === from[0] && from.every((column) => columns.includes(column))) return from
  const at = columns.indexOf(first)
  return at < 0 ? [] : columns.slice(at, at + from.length)
}

/** The rows with their fields called as the graph expects them. */
export function mappedRows(rows: readonly Row[], parts: readonly Mapped[]): Row[] {
  return rows.map((row) => {
    const sample: Record<string, Row[string]> = Object.create(null)
    for (const { node, taken } of parts) {
      const names = node.from ?? [node.name]
      names.forEach((name, at) => {
        const field = row[taken[at] ?? '']
        if (field !== undefined) sample[name] = field
      })
    }
    return sample
  })
}

/** Texts of a column that are none of the classes of an input. */
export function strangers(
  classes: readonly string[],
  column: string | undefined,
  rows: readonly Row[],
): readonly string[] {
  const known = new Set(classes)
  const texts = rows.flatMap((row) => {
    const field = row[column ?? '']
    return field === undefined ? [] : [String(field)]
  })
  return [...new Set(texts)].filter((text) => !known.has(text))
}
