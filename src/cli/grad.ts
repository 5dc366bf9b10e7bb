/** `eagre grad`. */
import type { Command } from 'commander'
import { json } from '../files/json.js'
import { printFormula } from '../language/formula.js'
import { nameOf } from '../language/name.js'
import type { Plan } from '../language/plan.js'
import type { None, Value } from '../network/message.js'
import type { StepResult } from '../network/probe.js'
import { action, examples, importOption, setOption } from './command.js'
import { exitCodes, printable } from './failure.js'
import { columnsOf, type Context } from './io.js'
import { open, type OpenOptions } from './open.js'
import { completeSample, readAssignments, seedOf } from './sample.js'
import { tableLines } from './table.js'
import { compact } from './tensor.js'

interface Options extends OpenOptions {
  readonly of?: string
  readonly json?: boolean
}

export function grad(command: Command, context: Context): void {
  command
    .option('--of <node>', 'the node whose gradient is 1 (the loss, or else the only output)')
    .option(...setOption)
    .option('--weights <file>', 'use the weights in this file')
    .option(...importOption)
    .option('--json', 'print JSON: {"of", "values", "gradients"}')
  examples(
    command,
    'eagre grad model.yaml',
    'eagre grad model.yaml x=0.5 w=-1 --of y',
    'eagre grad model.yaml --json',
  )
  action(command, context, (file: string, values: string[], options: Options) =>
    showGradients(file, values, options, context),
  )
}

async function showGradients(
  file: string,
  texts: readonly string[],
  options: Options,
  context: Context,
): Promise<number> {
  const { graph } = await open(file, context, options)
  const { plan } = graph
  const { sample, weights } = readAssignments(plan, texts)
  graph.restore(weights, { partial: true })
  const full = completeSample(plan, sample, context.note)
  const result = graph.step(full, { of: options.of ?? seedOf(plan, full) })
  if (options.json === true) {
    const { of, values, gradients } = result
    await context.print(`${json({ of, values, gradients })}\n`)
  } else {
    await printTable(plan, result, context)
  }
  return exitCodes.done
}

async function printTable(plan: Plan, result: StepResult, context: Context): Promise<void> {
  const rows = plan.nodes.map((node, index) => {
    const name = nameOf(plan, index)
    return [
      name,
      printable(node.type === 'gate' ? printFormula(plan, index) : node.type),
      cell(result.values[name]),
      cell(result.gradients[name]),
    ]
  })
  const columns = [
    { title: 'node', align: 'left', most: 24 },
    { title: 'formula', align: 'left', shrinks: true },
    { title: 'value', align: 'right' },
    { title: `d ${result.of}`, align: 'right' },
  ] as const
  let text = ''
  for (const line of tableLines(columns, rows, columnsOf(context.io.stdout))) {
    text += `${line}\n`
    if (text.length < 60_000) continue
    await context.print(text)
    text = ''
  }
  await context.print(text)
}

/** Twelve digits: `--json` has all. Blank where nothing flows. */
function cell(value: Value | None | undefined): string {
  if (value === undefined) return ''
  if (typeof value === 'string') return value
  if (typeof value !== 'number') return compact(value) ?? ''
  if (Object.is(value, -0)) return '-0'
  return Number.isFinite(value) ? String(Number(value.toPrecision(12))) : String(value)
}
