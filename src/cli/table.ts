/** Text in columns. */

export interface Column {
  readonly title: string
  readonly align: 'left' | 'right'
  /** Gives way where the table is too wide; at most one. */
  readonly shrinks?: boolean
  /** Longer cells are cut. */
  readonly most?: number
}

const gap = 2
const narrowest = 8

/** Yields the lines of a table that is at most `width` wide, if the fixed columns allow that. */
export function* tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): Generator<string> {
  const widths = columns.map(({ title, most = Infinity }, at) => {
    let widest = widthOf(title)
    for (const row of rows) widest = Math.max(widest, widthOf(row[at]!))
    return Math.min(widest, Math.max(most, widthOf(title)))
  })
  const total = widths.reduce((sum, each) => sum + each + gap, -gap)
  const shrinking = columns.findIndex(({ shrinks }) => shrinks === true)
  if (shrinking >= 0 && total > width) {
    widths[shrinking] = Math.max(narrowest, widths[shrinking]! - (total - width))
  }
  const line = (cells: readonly string[]) =>
    columns
      .map(({ align }, at) => fit(cells[at]!, widths[at]!, align))
      .join(' '.repeat(gap))
      .trimEnd()
  yield line(columns.map(({ title }) => title))
  for (const row of rows) yield line(row)
}

function fit(text: string, width: number, align: Column['align']): string {
  const cut = cutTo(text, width)
  const space = ' '.repeat(width - widthOf(cut))
  return align === 'left' ? cut + space : space + cut
}

function cutTo(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  let cut = ''
  let used = 1
  for (const character of text) {
    used += widthOf(character)
    if (used > width) break
    cut += character
  }
  return `${cut}…`
}

/** Cells of a terminal that a text takes: two for East Asian wide characters, none for marks. */
export function widthOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length
  let width = 0
  for (const character of text) {
    if (/\p{Mn}|\p{Me}|\p{Cf}/u.test(character)) continue
    width += wide.test(character) ? 2 : 1
  }
  return width
}

// https://www.unicode.org/reports/tr11/, in blocks.
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u
