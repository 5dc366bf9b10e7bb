/** Reads data rows that stand in the file itself. */
import type { Range } from '../formula/syntax.js'
import type { Checking } from './context.js'
import type { Field, InputNode, PlanNode, Row } from './plan.js'
import type { FieldSpec, RowSpec } from './spec.js'
import { filled, mustHave, readNested } from './value.js'

/** The rows; each has exactly the inputs and the targets of the graph. */
export function readRows(
  checking: Checking,
  nodes: readonly PlanNode[],
  rows: readonly RowSpec[],
  range: Range,
): readonly Row[] {
  const columns = new Map<string, InputNode>()
  for (const node of nodes) {
    if (node.type !== 'input' && node.type !== 'target') break
    for (const column of [node.from ?? node.name].flat()) columns.set(column, node)
  }
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
    const values: Record<string, Field> = Object.create(null)
    const number = index + 1
    for (const { name, value } of row.fields) {
      const column = name.value
      const node = columns.get(column)
      if (node === undefined) {
        report(row, () => {
          const meant = checking.meant(column, columns)
          checking.error('extra-column', name.range, { row: number, column, ...meant })
        })
      } else values[column] = readField(checking, column, value, node)
    }
    for (const column of columns.keys()) {
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

/** A value of a sample, for a node where there is one of that name; one number may stand for all. */
export function readField(
  checking: Checking,
  column: string,
  spec: FieldSpec,
  node: PlanNode | undefined,
  fills = false,
): Field {
  const input = node?.type === 'input' || node?.type === 'target' ? node : undefined
  if ('text' in spec) {
    const { classes } = input ?? {}
    if (classes !== undefined && !classes.includes(spec.text)) {
      const name = input!.name
      const meant = checking.meant(spec.text, new Set(classes))
      checking.error('unknown-class', spec.range, { name, text: spec.text, classes, ...meant })
    }
    return spec.text
  }
  const read = readNested(checking, column, spec)
  // Of a list of columns each holds one element.
  const shape = typeof input?.from === 'object' && column !== input.name ? [] : node?.shape
  const fits = node === undefined || node.type === 'gate' || node.type === 'constant'
  if (fills && !fits && typeof read.value === 'number') return filled(read.value, shape!)
  if (!fits) mustHave(checking, column, read, shape!, spec.range)
  return read.value
}

/** A mistake in a column is one in every row. */
const reported = 20
