/** Runs the tests that a graph file contains. */
import { lastValueFrom } from 'rxjs'
import { json, nest } from '../files/json.js'
import type { Graph } from '../graph.js'
import { nameOf } from '../language/name.js'
import type { Nested, Row, TestPlan } from '../language/plan.js'
import type { StepResult } from '../network/probe.js'
import { defaults, merge, missingInputs, splitWeights } from './sample.js'

export interface TestResult {
  readonly name: string
  /** What was expected and what came, a line each; none where the test passes. */
  readonly failures: readonly string[]
}

/** Yields a result for each test of a graph; `fresh` makes the graph anew for each of them. */
export async function* runTests(fresh: () => Graph | Promise<Graph>): AsyncGenerator<TestResult> {
  const { tests } = (await fresh()).plan
  for (const test of tests) {
    const graph = await fresh()
    let failures: string[]
    try {
      failures = [...(await runTest(graph, test))]
    } catch (error) {
      failures = [(error as Error).message]
    }
    graph.close()
    yield { name: test.name, failures }
  }
}

async function runTest(graph: Graph, test: TestPlan): Promise<string[]> {
  const { plan } = graph
  const rows: readonly Row[] = test.given.length === 0 ? [Object.create(null) as Row] : test.given
  restoreWeights(graph, splitWeights(plan, rows[0]!).weights)
  if (test.train) await lastValueFrom(graph.train(), { defaultValue: undefined })
  let result: StepResult | undefined
  for (const [index, row] of rows.entries()) {
    const { sample, weights } = splitWeights(plan, row)
    // Those of the first row were there before training, and have been trained.
    if (index > 0) restoreWeights(graph, weights)
    const full = merge(defaults(plan), sample)
    const missing = missingInputs(plan, full)
    if (missing.length > 0) return [`"given" lacks the input "${missing[0]}", which has no default`]
    result = graph.step(full, {
      ...(test.of !== undefined && { of: nameOf(plan, test.of) }),
      // One sample after the other: what gates keep of one is there in the next.
      advance: index < rows.length - 1,
    })
  }
  return compare(test, result!)
}

function restoreWeights(graph: Graph, weights: Row): void {
  graph.restore(weights, { partial: true })
}

function compare({ expect, gradients, tolerance }: TestPlan, result: StepResult): string[] {
  const failures: string[] = []
  for (const [name, expected] of Object.entries(expect)) {
    const value = result.values[name]
    const got = value === undefined ? 'nothing' : nest(value)
    const place = far(expected, got, tolerance)
    if (place !== undefined) failures.push(`${name}: ${place}`)
  }
  for (const [name, expected] of Object.entries(gradients)) {
    // A node from which nothing flows has no gradient either way.
    const gradient = result.gradients[name] ?? 'none'
    const got = typeof gradient === 'string' ? gradient : nest(gradient)
    const place = far(expected, got, tolerance)
    if (place !== undefined) failures.push(`gradient of ${name}: ${place}`)
  }
  return failures
}

/** Where two values differ by more than the tolerance, in words. */
function far(
  expected: Nested | string,
  got: Nested | string,
  tolerance: number,
): string | undefined {
  if (typeof expected === 'number' && typeof got === 'number') {
    // `!(<=)` and not `>`: NaN is far from everything.
    const allowed = tolerance * Math.max(1, Math.abs(expected))
    if (Object.is(expected, got) || Math.abs(got - expected) <= allowed) return undefined
    return `expected ${expected}, got ${got} (off by ${difference(got, expected)}, ${allowed} allowed)`
  }
  if (Array.isArray(expected) && Array.isArray(got) && expected.length === got.length) {
    for (const [index, item] of expected.entries()) {
      const place = far(item as Nested, got[index] as Nested, tolerance)
      if (place !== undefined) return `[${index}] ${place}`
    }
    return undefined
  }
  return expected === got ? undefined : `expected ${plain(expected)}, got ${plain(got)}`
}

function difference(got: number, expected: number): string {
  return Math.abs(got - expected).toExponential(2)
}

function plain(value: Nested | string): string {
  // JSON has quotes around what is not finite.
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  return typeof value === 'string' ? value : json(value)
}
