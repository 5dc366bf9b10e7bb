/** Where inputs are found: columns, paths and ranges of columns, as `from` writes them. */

/** More columns than any honest file has. */
const mostColumns = 1_000_000

/**
 * The column or path that a text names, or all columns of a range `a..b`, both ends in: numbers
 * (columns counted from 0), names that end in numbers (`p0..p63`), or names of a known header.
 * `undefined` where nobody can say which those are.
 */
export function columnsOf(
  text: string,
  header: readonly string[] | undefined,
): string | readonly string[] | undefined {
  const dots = text.indexOf('..')
  if (dots < 0) return text
  const first = text.slice(0, dots).trim()
  const last = text.slice(dots + 2).trim()
  if (header?.includes(first) && header.includes(last)) {
    const [start, end] = [header.indexOf(first), header.indexOf(last)]
    return start <= end ? header.slice(start, end + 1) : undefined
  }
  const [, prefix = '', from] = numbered.exec(first) ?? []
  const [, same = '', to] = numbered.exec(last) ?? []
  if (from === undefined || to === undefined || prefix !== same) return undefined
  const start = Number(from)
  const length = Number(to) - start + 1
  if (!(length >= 1 && length <= mostColumns)) return undefined
  return Array.from({ length }, (_, index) => `${prefix}${start + index}`)
}

// The shortest prefix leaves no zeros before the number, which would not come back from it.
const numbered = /^(.*?)(0|[1-9]\d{0,8})$/s
