/** `eagre learn`. */
import { Option, type Command } from 'commander'
import { learningColumns, type Columns, type DataFormat } from '../files/data.js'
import { json } from '../files/json.js'
import { EagreError } from '../errors.js'
import type { Graph } from '../graph.js'
import type { Plan, Row } from '../language/plan.js'
import type { Fault } from '../network/message.js'
import type { Learned } from '../train/learned.js'
import type { LearnOptions } from '../train/learnoptions.js'
import type { LearnMetrics } from '../train/progressive.js'
import { columnsOf, fieldOf, sourcesOf } from '../train/source.js'
import { action, examples, importOption, positiveInteger, setOption } from './command.js'
import { exitCodes, say } from './failure.js'
import type { Context } from './io.js'
import { open, type OpenOptions } from './open.js'
import { recordOptions, type RecordOptions } from './interval.js'
import { openRecord } from './record.js'
import { batched, checkReadable, rowsFrom } from './samples.js'
import { checkWritable, save } from './save.js'
import { Scoreboard } from './scoreboard.js'
import { faultLine } from './skipped.js'

interface Options extends OpenOptions, RecordOptions {
  readonly labels?: string
  readonly id?: string
  readonly format?: DataFormat
  readonly save?: string
  readonly metrics?: boolean
  readonly window?: number
}

export function learn(command: Command, context: Context): void {
  command
    .option('--labels <file>', 'labels that come later: a file, or a descriptor')
    .option('--id <field>', 'the field that joins labels to events, instead of learn.id')
    .option('--metrics', 'show on stderr how well it predicts')
    .option('--window <n>', 'the metrics of the last n events too', positiveInteger)
    .option('--weights <file>', 'start from the weights in this file')
    .option('--save <file>', 'write the weights to this file, also when interrupted')
    .option(...setOption)
    .option(...importOption)
    .addOption(
      new Option('--format <format>', 'what comes in on stdin').choices(['csv', 'tsv', 'ndjson']),
    )
  recordOptions(command)
  examples(
    command,
    'eagre learn model.yaml < events.ndjson > predictions.ndjson',
    'eagre learn model.yaml --labels labels.csv --id order_id < events.csv',
    'eagre learn model.yaml --checkpoint run --resume < events.ndjson',
    'eagre learn model.yaml --labels 3 < events.ndjson 3< labels.ndjson',
  )
  action(command, context, (file: string, options: Options) => learnAll(file, options, context))
}

async function learnAll(file: string, options: Options, context: Context): Promise<number> {
  if (options.window !== undefined && options.metrics !== true) {
    throw new EagreError('bad-argument', '--window needs --metrics', {
      hint: `show them: --metrics --window ${options.window}`,
    })
  }
  const opened = await open(file, context, options)
  const { graph } = opened
  const { plan } = graph
  const id = options.id ?? plan.learn?.id
  if (options.labels !== undefined) await checkReadable(context, options.labels)
  if (options.save !== undefined) await checkWritable(options.save, context)
  const record = await openRecord(graph, options, context)
  const state = { bad: 0, nameless: 0 }
  const bad = () => void state.bad++
  const output = batched(context)
  let room = Promise.resolve()
  let made = 0
  async function* events(): AsyncGenerator<Row> {
    const columns = eventColumns(plan, id)
    for await (const row of rowsFrom(context, {
      name: '-',
      format: options.format,
      columns,
      bad,
    })) {
      // Nothing is read that could not be written.
      await room
      if (id !== undefined && fieldOf(row, id) === undefined) state.nameless++
      yield row
    }
  }
  const label = plan.learn?.labels
  const labels =
    options.labels === undefined
      ? undefined
      : rowsFrom(context, { name: options.labels, columns: labelColumns(plan, label, id), bad })
  const scores = options.metrics === true ? new Scoreboard(context) : undefined
  await record?.begin(graph)
  const fatal = await follow(
    graph,
    events(),
    { ...(options.id !== undefined && { id: options.id }), ...(labels && { labels }) },
    context,
    {
      learned: (one) => {
        room = output.add(lineOf(one, plan.learn?.key))
        // It has been learned from by now.
        made++
        record?.step(made)
      },
      metrics: (metrics) => scores?.show(metrics),
      ...(options.window !== undefined && { window: options.window }),
      fault: (fault) => {
        // The fault that ends the run comes as its error.
        if (fault.action === 'stop') return
        state.bad++
        context.note(`${faultLine(fault, opened)}; skipped`)
      },
    },
  )
  await output.end()
  scores?.stop()
  const recorded = (await record?.finish(graph)) ?? true
  const saved = options.save === undefined || (await save(options.save, graph, context))
  if (!saved) return exitCodes.failed
  if (fatal === 'interrupted') return recorded ? exitCodes.interrupted : exitCodes.failed
  if (fatal !== undefined) {
    if ('error' in fatal) throw fatal.error
    say(faultLine(fatal.fault, opened), context)
    context.note('the weights keep their last good values')
    return exitCodes.failed
  }
  if (!recorded) return exitCodes.failed
  if (state.nameless > 0 && labels !== undefined) {
    context.note(`${state.nameless} of ${made} events had no "${id}" to join labels by`)
  }
  if (state.bad > 0) context.note(`${state.bad} skipped`)
  return state.bad > 0 ? exitCodes.badData : exitCodes.done
}

interface Listener {
  learned(learned: Learned): void
  metrics(metrics: LearnMetrics): void
  fault(fault: Fault): void
  readonly window?: number
}

type End = 'interrupted' | { readonly error: unknown } | { readonly fault: Fault } | undefined

/** Learns until the events end or the user interrupts it. */
function follow(
  graph: Graph,
  events: AsyncIterable<Row>,
  options: LearnOptions,
  context: Context,
  listener: Listener,
): Promise<End> {
  const { window } = listener
  let fatal: Fault | undefined
  const watching = graph.faults().subscribe((fault) => {
    if (fault.action === 'stop') fatal = fault
    listener.fault(fault)
  })
  watching.add(
    graph.metrics(window === undefined ? {} : { window }).subscribe((one) => listener.metrics(one)),
  )
  return new Promise<End>((resolve) => {
    const done = (end: End) => {
      release?.()
      watching.unsubscribe()
      resolve(end)
    }
    let release: (() => void) | undefined = undefined
    const learning = graph
      .learn(options)(events)
      .subscribe({
        next: (one) => listener.learned(one),
        error: (error: unknown) => done(fatal === undefined ? { error } : { fault: fatal }),
        complete: () => done(undefined),
      })
    release = context.io.onInterrupt(() => {
      learning.unsubscribe()
      done('interrupted')
    })
  })
}

/** One line of NDJSON; the event itself is whoever's who sent it. */
function lineOf(one: Learned, keyed: string | undefined): string {
  const { step, id, learned, sample } = one
  const known = { step, id, ...(keyed !== undefined && { key: sample[keyed] }) }
  if (!('outputs' in one)) return `${json({ ...known, fault: one.fault.message, learned })}\n`
  const { outputs, loss } = one
  return `${json({ ...known, outputs, loss, learned })}\n`
}

/** The columns of events: inputs that must be there, targets that may, the id and the key. */
export function eventColumns(plan: Plan, id: string | undefined): Columns {
  const all = learningColumns(plan)
  const inputs = sourcesOf(plan).filter(({ type }) => type === 'input')
  const columns = { ...all, required: new Set(inputs.flatMap(columnsOf)) }
  const named = [id, plan.learn?.key].reduce<Columns>(withId, columns)
  // Whoever sends events finds them again by the id that they had.
  const alone = id !== undefined && id !== plan.learn?.key && !all.names.includes(id)
  return alone ? { ...named, ids: new Set([id]) } : named
}

function labelColumns(plan: Plan, label: string | undefined, id: string | undefined): Columns {
  const all = learningColumns(plan)
  const targets = sourcesOf(plan).filter(({ type }) => type === 'target')
  const columns = { ...all, names: targets.flatMap(columnsOf), required: new Set<string>() }
  return [label, 'id', id].reduce<Columns>(withId, columns)
}

/** What is compared is text: an id or a key like 007 is no number. */
function withId(columns: Columns, id: string | undefined): Columns {
  if (id === undefined || columns.names.includes(id)) return columns
  return {
    ...columns,
    names: [...columns.names, id],
    texts: new Set([...(columns.texts ?? []), id]),
  }
}
