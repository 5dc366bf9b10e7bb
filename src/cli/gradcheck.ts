/** `eagre gradcheck`. */
import { InvalidArgumentError, type Command } from 'commander'
import { json } from '../files/json.js'
import type { Graph } from '../graph.js'
import type { Plan, Row } from '../language/plan.js'
import type { Tensor, Value } from '../network/message.js'
import { columnsOf, isCoded, sourcesOf } from '../train/source.js'
import { gradcheck as compare, type GradientCheck, type Verdict } from '../train/gradcheck.js'
import { action, examples, importOption, setOption } from './command.js'
import { exitCodes } from './failure.js'
import { columnsOf as widthOf, type Context } from './io.js'
import { open, type OpenOptions } from './open.js'
import { completeSample, readAssignments, seedOf } from './sample.js'
import { tableLines } from './table.js'

interface Options extends OpenOptions {
  readonly of?: string
  readonly tolerance: number
  readonly json?: boolean
}

export function gradcheck(command: Command, context: Context): void {
  command
    .option('--of <node>', 'the node whose gradient is 1 (the loss, or else the only output)')
    .option('--tolerance <error>', 'allowed, relative to the gradient', tolerance, 1e-6)
    .option(...setOption)
    .option('--weights <file>', 'use the weights in this file')
    .option(...importOption)
    .option('--json', 'print JSON')
  examples(
    command,
    'eagre gradcheck model.yaml',
    'eagre gradcheck model.yaml x=0.5 w=-1 --of y',
    'eagre gradcheck model.yaml --import my-gates.js',
  )
  action(command, context, (file: string, values: string[], options: Options) =>
    checkGradients(file, values, options, context),
  )
}

function tolerance(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value > 0 && value < Infinity) return value
  throw new InvalidArgumentError('It takes a number above 0.')
}

async function checkGradients(
  file: string,
  texts: readonly string[],
  options: Options,
  context: Context,
): Promise<number> {
  context.io.finish()
  const { graph } = await open(file, context, options)
  const { plan } = graph
  const given = readAssignments(plan, texts)
  graph.restore(given.weights, { partial: true })
  const sample = completeSample(plan, given.sample, context.note)
  const of = options.of ?? seedOf(plan, sample)
  const checks = compareAll(graph, sample, of, options.tolerance)
  if (options.json === true) await context.print(`${json({ of, gradients: checks })}\n`)
  else await printTable(checks, context)
  context.note(verdicts(checks))
  return checks.every(({ ok }) => ok) ? exitCodes.done : exitCodes.failed
}

/** One by one: every input, target and weight, and what the graph says of it. */
function compareAll(
  graph: Graph,
  sample: Row,
  of: string,
  allowed: number,
): readonly GradientCheck[] {
  const { plan } = graph
  const { values, gradients } = graph.step(sample, { of })
  const weights = weightNames(plan)
  const original = graph.weights()
  const at = new Map<string, number>()
  const known = new Map<string, number | 'none'>()
  const coded = new Set(sourcesOf(plan).flatMap((node) => (isCoded(node) ? [node.name] : [])))
  const elements = new Map<string, Element>()
  for (const node of plan.nodes) {
    if (node.type === 'gate' || node.type === 'constant') continue
    const value = values[node.name]
    // Text is nothing to move a little.
    if (value === undefined || coded.has(node.name)) continue
    const gradient = gradients[node.name]
    for (const element of elementsOf(node.name, value)) {
      elements.set(element.name, element)
      at.set(element.name, element.value)
      if (gradient === undefined) continue
      const own = typeof gradient === 'object' ? gradient.data[element.index]! : gradient
      known.set(element.name, own)
    }
  }
  return compare({
    at,
    gradients: known,
    tolerance: allowed,
    evaluate: (element, x) => {
      const { node, index, whole } = elements.get(element)! // only what is in `at` is asked for
      const changed = typeof whole === 'number' ? x : changedAt(whole, index, x)
      const weight = weights.has(node)
      if (weight) graph.restore({ [node]: changed }, { partial: true })
      const own = weight ? sample : { ...without(sample, plan, node), [node]: changed }
      const result = evaluate(graph, own, of, known.get(element) === 'none')
      if (weight) graph.restore({ [node]: original[node] }, { partial: true })
      return typeof result === 'number' ? result : NaN
    },
  })
}

/** The value of a node; of what has no gradient the neighbours may make no sense (a class 2.5). */
function evaluate(
  graph: Graph,
  sample: Readonly<Record<string, unknown>>,
  of: string,
  mayFail: boolean,
): Value | undefined {
  try {
    return graph.step(sample, { of }).values[of]
  } catch (error) {
    if (mayFail) return undefined
    throw error
  }
}

/** One number of a node: all there is of a scalar. */
interface Element {
  /** As `W[3, 1]`. */
  readonly name: string
  readonly node: string
  readonly index: number
  readonly value: number
  readonly whole: Value
}

/** Elements of one node that are checked; more would take longer than anyone waits. */
const mostElements = 64

/** The elements of a node, evenly spread over it where it has many. */
function elementsOf(node: string, whole: Value): Element[] {
  if (typeof whole === 'number') return [{ name: node, node, index: 0, value: whole, whole }]
  const { data, shape } = whole
  const count = Math.min(mostElements, data.length)
  return Array.from({ length: count }, (_, at) => {
    const index = Math.floor((at * data.length) / count)
    let rest = index
    const places = shape.toReversed().map((size) => {
      const place = rest % size
      rest = Math.floor(rest / size)
      return place
    })
    const name = `${node}[${places.toReversed().join(', ')}]`
    return { name, node, index, value: data[index]!, whole }
  })
}

function changedAt({ shape, data }: Tensor, index: number, x: number): Tensor {
  const changed = data.slice()
  changed[index] = x
  return { shape, data: changed }
}

/** The sample without the columns that an input is made from, so that its own name counts. */
function without(sample: Row, plan: Plan, name: string): Record<string, unknown> {
  const node = sourcesOf(plan).find((source) => source.name === name)
  const columns = new Set(node === undefined ? [] : columnsOf(node))
  return Object.fromEntries(Object.entries(sample).filter(([column]) => !columns.has(column)))
}

function verdicts(checks: readonly GradientCheck[]): string {
  const words: readonly [Verdict, string][] = [
    ['same', 'as the differences say'],
    ['different', 'WRONG'],
    ['kink', 'at a kink, where a gradient is a convention'],
    ['unsure', 'unsure, as the differences are not exact enough there'],
    ['none', 'without gradient by declaration'],
  ]
  return words
    .map(([verdict, text]) => [checks.filter((check) => check.verdict === verdict).length, text])
    .filter(([count]) => count !== 0)
    .map(([count, text]) => `${count} ${text}`)
    .join('; ')
}

function weightNames(plan: Plan): ReadonlySet<string> {
  return new Set(plan.nodes.flatMap((node) => (node.type === 'weight' ? [node.name] : [])))
}

async function printTable(checks: readonly GradientCheck[], context: Context): Promise<void> {
  const rows = checks.map(({ name, analytic, numeric, error, verdict }) => [
    name,
    typeof analytic === 'number' ? String(Number(analytic.toPrecision(12))) : analytic,
    Number.isNaN(numeric) ? '' : String(Number(numeric.toPrecision(12))),
    Number.isNaN(numeric) ? '' : error.toExponential(1),
    verdict === 'different' ? 'WRONG' : verdict,
  ])
  const columns = [
    { title: 'node', align: 'left', shrinks: true },
    { title: 'gradient', align: 'right' },
    { title: 'difference', align: 'right' },
    { title: 'error', align: 'right' },
    { title: '', align: 'left' },
  ] as const
  const lines = [...tableLines(columns, rows, widthOf(context.io.stdout))]
  await context.print(`${lines.join('\n')}\n`)
}
