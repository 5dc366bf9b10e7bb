/** Reads data rows that stand in the file itself. */
import type { Range } from '../formula/syntax.js'
import type { Checking } from './context.js'
import type { Nested, Row } from './plan.js'
import type { RowSpec, Spec } from './spec.js'
import { readNested } from './value.js'

/** The rows; each has exactly the inputs and the targets of the graph. */
export function readRows(
  checking: Checking,
  spec: Spec,
  rows: readonly RowSpec[],
  range: Range,
): readonly Row[] {
  const columns = new Set([...spec.inputs, ...spec.targets].map(({ name }) => name.value))
  let wrong = 0
  let more: Range | undefined
  const report = (row: RowSpec, tell: () => void) => {
    if (wrong++ < reported) tell()
    else more ??= row.range
  }
  if (rows.length === 0) {
    checking.error('out-of-range', range, {
      what: '"rows"',
      expected: 'a list of at least one row',
      got: 'none',
    })
  }
  const read = rows.map((row, index) => {
    const values: Record<string, Nested> = Object.create(null)
    const number = index + 1
    for (const { name, value } of row.fields) {
      const column = name.value
      if (!columns.has(column)) {
        report(row, () => {
          const meant = checking.meant(column, columns)
          checking.error('extra-column', name.range, { row: number, column, ...meant })
        })
      } else values[column] = readNested(checking, column, value)
    }
    for (const column of columns) {
      if (column in values) continue
      report(row, () => checking.error('missing-column', row.range, { row: number, column }))
    }
    return values
  })
  if (more !== undefined) {
    checking.error('more-problems', more, {
      count: wrong - reported,
      what: 'like these in the rows from here on',
    })
  }
  return read
}

/** A mistake in a column is one in every row. */
const reported = 20
