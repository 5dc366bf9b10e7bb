/** Reads the `tests:` of a graph. */
import type { Checking } from './context.js'
import { nodeNamed } from './name.js'
import type { Field, Nested, PlanNode, Row, TestPlan } from './plan.js'
import { readField } from './rows.js'
import type { Located, NestedSpec, RowSpec, Spec, TestSpec } from './spec.js'
import { mustHave, readExpected } from './value.js'

interface Nodes {
  readonly nodes: readonly PlanNode[]
  /** All shapes are known. */
  readonly shaped: boolean
}

/** The tests, their names looked up; one without a name is called by its number. */
export function readTests(
  checking: Checking,
  spec: Spec,
  graph: Nodes,
  loss: number | undefined,
): readonly TestPlan[] {
  return spec.tests.map((test, index) => readTest(checking, test, index, graph, loss, spec))
}

function readTest(
  checking: Checking,
  test: TestSpec,
  index: number,
  graph: Nodes,
  loss: number | undefined,
  spec: Spec,
): TestPlan {
  const given = test.given.map((row) => readGiven(checking, row, graph))
  const expect: Record<string, Nested> = Object.create(null)
  for (const { name, value } of test.expect.fields) {
    expect[name.value] = expected(checking, graph, name, value)
  }
  const gradients: Record<string, Nested | 'none'> = Object.create(null)
  for (const { name, value } of test.gradients) {
    if (value === 'none') nodeNamed(checking, graph, name)
    gradients[name.value] = value === 'none' ? value : expected(checking, graph, name, value)
  }
  const lossless = loss === undefined && spec.loss === undefined
  if (test.train?.value === true && lossless) {
    checking.error('no-loss', test.train.range, { what: '"train" lowers a loss' })
  }
  const first = test.gradients[0]
  if (first !== undefined && test.of === undefined && lossless) {
    checking.error('no-loss', first.name.range, { what: 'gradients are those of the loss or "of"' })
  }
  const of = test.of && nodeNamed(checking, graph, test.of)
  if (of !== undefined && graph.shaped && graph.nodes[of]!.shape.length > 0) {
    const { shape } = graph.nodes[of]!
    checking.error('loss-shape', test.of!.range, { what: '"of"', shape })
  }
  if (test.tolerance !== undefined && !(test.tolerance.value >= 0)) {
    const { value, range } = test.tolerance
    const expected = 'a number from 0'
    checking.error('out-of-range', range, { what: '"tolerance"', expected, got: String(value) })
  }
  return {
    name: test.name?.value ?? `test ${index + 1}`,
    range: test.name?.range ?? test.range,
    given,
    train: test.train?.value ?? false,
    ...(of !== undefined && { of }),
    expect,
    gradients,
    tolerance: test.tolerance?.value ?? 1e-9,
  }
}

function readGiven(checking: Checking, row: RowSpec, graph: Nodes): Row {
  const values: Record<string, Field> = Object.create(null)
  for (const { name, value } of row.fields) {
    const node = nodeNamed(checking, graph, name)
    const type = node === undefined ? undefined : graph.nodes[node]!.type
    if (type === 'gate' || type === 'constant') {
      checking.error('not-given', name.range, { name: name.value, type })
    }
    const column = node === undefined ? undefined : graph.nodes[node]!
    values[name.value] = readField(checking, name.value, value, column, true)
  }
  return values
}

function expected(
  checking: Checking,
  graph: Nodes,
  name: Located<string>,
  value: NestedSpec,
): Nested {
  const node = nodeNamed(checking, graph, name)
  const read = readExpected(checking, name.value, value)
  if (node !== undefined && graph.shaped) {
    mustHave(checking, name.value, read, graph.nodes[node]!.shape, value.range)
  }
  return read.value
}
