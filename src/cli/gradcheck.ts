/** `eagre gradcheck`. */
import { InvalidArgumentError, type Command } from 'commander'
import { json } from '../files/json.js'
import type { Graph } from '../graph.js'
import type { Plan, Row } from '../language/plan.js'
import { gradcheck as compare, type GradientCheck, type Verdict } from '../train/gradcheck.js'
import { action, collect, examples } from './command.js'
import { exitCodes } from './failure.js'
import { columnsOf, type Context } from './io.js'
import { open, type OpenOptions } from './open.js'
import { completeSample, merge, readAssignments, seedOf } from './sample.js'
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
    .option('--set <path=value>', 'change a key of the graph file; repeatable', collect, [])
    .option('--weights <file>', 'use the weights in this file')
    .option('--import <file>', 'a module that exports gates or optimizers of your own')
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
  for (const node of plan.nodes) {
    if (node.type === 'gate' || node.type === 'constant') continue
    const value = values[node.name]
    if (typeof value !== 'number') continue
    at.set(node.name, value)
    const gradient = gradients[node.name]
    if (typeof gradient === 'number' || gradient === 'none') known.set(node.name, gradient)
  }
  return compare({
    at,
    gradients: known,
    tolerance: allowed,
    evaluate: (name, x) => {
      const weight = weights.has(name)
      if (weight) graph.restore({ [name]: x }, { partial: true })
      const result = graph.step(weight ? sample : merge(sample, { [name]: x }), { of }).values[of]
      if (weight) graph.restore(original)
      return typeof result === 'number' ? result : NaN
    },
  })
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
    String(Number(numeric.toPrecision(12))),
    error.toExponential(1),
    verdict === 'different' ? 'WRONG' : verdict,
  ])
  const columns = [
    { title: 'node', align: 'left', shrinks: true },
    { title: 'gradient', align: 'right' },
    { title: 'difference', align: 'right' },
    { title: 'error', align: 'right' },
    { title: '', align: 'left' },
  ] as const
  const lines = [...tableLines(columns, rows, columnsOf(context.io.stdout))]
  await context.print(`${lines.join('\n')}\n`)
}
