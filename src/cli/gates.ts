/** `eagre gates`. */
import type { Command } from 'commander'
import { EagreError } from '../errors.js'
import { describeGate, families, gates as builtIn } from '../gates/index.js'
import type { Gate, Parameter } from '../gates/gate.js'
import { json } from '../files/json.js'
import { measureDocs } from '../language/measuredocs.js'
import { measures, type MeasureName } from '../language/measures.js'
import { action, examples, importOption } from './command.js'
import { exitCodes } from './failure.js'
import { columnsOf, type Context } from './io.js'
import { catalogueWith } from './open.js'
import { didYouMean } from './sample.js'
import { tableLines } from './table.js'

interface Options {
  readonly import?: string
  readonly json?: boolean
}

export function gates(command: Command, context: Context): void {
  command.option(...importOption).option('--json', 'print JSON')
  examples(command, 'eagre gates', 'eagre gates tanh', 'eagre gates --json')
  action(command, context, async (name: string | undefined, options: Options) => {
    const known = await familiesWith(options.import, context)
    const text = name === undefined ? listing(known, options, context) : one(known, name, options)
    await context.print(text)
    return exitCodes.done
  })
}

type Family = ReadonlyMap<string, Gate>

async function familiesWith(
  file: string | undefined,
  context: Context,
): Promise<ReadonlyMap<string, Family>> {
  const { gates: all } = await catalogueWith(file, context)
  const known = new Map<string, Family>()
  for (const [family, members] of Object.entries(families)) {
    known.set(family, new Map(Object.keys(members).map((name) => [name, all.get(name)!])))
  }
  if (file === undefined) return known
  const own = [...all].filter(([name, gate]) => builtIn.get(name) !== gate)
  return known.set('imported', new Map(own))
}

function listing(known: ReadonlyMap<string, Family>, options: Options, context: Context): string {
  if (options.json === true) {
    const entries = [...known].flatMap(([family, members]) =>
      [...members].map(([name, gate]) => asData(family, name, gate)),
    )
    return `${json(entries, 2)}\n`
  }
  const sections = [...known].map(([family, members]) => {
    return { family, lines: [...members].map(([name, gate]) => [signature(name, gate), gate.doc]) }
  })
  const called = [...metrics].map(([name, { doc }]) => [metricSignature(name), doc])
  // Behind the catalogue, and before what is imported.
  sections.splice(Object.keys(families).length, 0, { family: 'metrics', lines: called })
  // One table, cut at the families, so that the columns are aligned through all of them.
  const rows = sections.flatMap((section) => section.lines)
  const columns = [
    { title: '', align: 'left', most: 36 },
    { title: '', align: 'left', shrinks: true },
  ] as const
  const lines = tableLines(columns, rows, columnsOf(context.io.stdout) - 2)
  lines.next()
  let text = ''
  for (const { family, lines: members } of sections) {
    text += `${text === '' ? '' : '\n'}${context.colors.stdout.bold(family)}\n`
    for (const _ of members) text += `  ${String(lines.next().value)}\n`
  }
  return text
}

function one(known: ReadonlyMap<string, Family>, name: string, options: Options): string {
  for (const [family, members] of known) {
    const gate = members.get(name)
    if (gate === undefined) continue
    return options.json === true
      ? `${json(asData(family, name, gate), 2)}\n`
      : explained(family, name, gate)
  }
  const metric = metrics.get(name)
  if (metric !== undefined) {
    if (options.json === true) return `${json({ name, family: 'metrics', ...metric }, 2)}\n`
    return `${metricSignature(name)}\n  ${metric.doc}\n\n  for metrics: only\n`
  }
  const names = [...[...known.values()].flatMap((family) => [...family.keys()]), ...metrics.keys()]
  throw new EagreError('bad-argument', `there is no gate "${name}"`, {
    hint: didYouMean(name, names) ?? '`eagre gates` lists all of them',
  })
}

/** No gates, but called like them. */
const metrics = new Map(
  Object.entries(measures).map(([name, { classes }]) => {
    return [name, { doc: measureDocs[name as MeasureName], classes }] as const // a key of the same
  }),
)

function metricSignature(name: string): string {
  return `${name}(prediction, target)`
}

function explained(family: string, name: string, gate: Gate): string {
  const ports = gate.ports.map((port) =>
    port.default === undefined ? port.name : `${port.name} (${port.default} if not given)`,
  )
  const rows: [string, string][] = [
    ['family', family],
    ['ports', `${ports.join(', ')}${gate.variadic ? ', … (any number)' : ''}`],
    ...gate.parameters.map((parameter, index): [string, string] => [
      index === 0 ? 'parameters' : '',
      parameterText(parameter),
    ]),
    ...describeGate(gate).map(({ of, formula }): [string, string] => [of, formula]),
    ...(gate.source === undefined ? [] : [['source', gate.source] satisfies [string, string]]),
  ]
  const width = Math.max(...rows.map(([title]) => title.length))
  const lines = rows.map(([title, text]) => `  ${title.padEnd(width)}  ${text}`)
  return `${[signature(name, gate), `  ${gate.doc}`, '', ...lines].join('\n')}\n`
}

function signature(name: string, gate: Gate): string {
  const ports = gate.ports.map((port) =>
    port.default === undefined ? port.name : `${port.name}=${port.default}`,
  )
  const parameters = gate.parameters.map(
    (parameter) => `${parameter.name}=${String(parameter.default)}`,
  )
  return `${name}(${[...ports, ...(gate.variadic ? ['…'] : []), ...parameters].join(', ')})`
}

function parameterText(parameter: Parameter): string {
  const { name, words, minimum, maximum, exclusive } = parameter
  const than = exclusive === true ? '' : 'or equal to '
  const notes = [
    ...(words === undefined ? [] : [words.join(' | ')]),
    ...(minimum === undefined ? [] : [`greater than ${than}${minimum}`]),
    ...(maximum === undefined ? [] : [`less than ${than}${maximum}`]),
  ]
  const note = notes.length === 0 ? '' : `, ${notes.join(', ')}`
  return `${name}: ${String(parameter.default)} by default${note}`
}

function asData(family: string, name: string, gate: Gate) {
  const { doc, source, ports, variadic, parameters } = gate
  return { name, family, doc, source, ports, variadic, parameters, formulas: describeGate(gate) }
}
