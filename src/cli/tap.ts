/** `eagre tap`. */
import { Option, type Command } from 'commander'
import type { Observable, Subscription } from 'rxjs'
import { EagreError } from '../errors.js'
import { readRows, learningColumns, type DataFormat } from '../files/data.js'
import { json } from '../files/json.js'
import type { Graph } from '../graph.js'
import type { Row } from '../language/plan.js'
import { nodeNamed } from '../network/find.js'
import { action, examples, importOption, positiveInteger, setOption } from './command.js'
import { exitCodes } from './failure.js'
import type { Context } from './io.js'
import { eventColumns } from './learn.js'
import { open, type OpenOptions } from './open.js'
import { rowsFrom } from './samples.js'
import { faultLine, Skipped, whatLine } from './skipped.js'

interface Options extends OpenOptions {
  readonly gradients?: boolean
  readonly every?: number
  readonly epochs?: number
  readonly data?: string
  readonly learn?: boolean
  readonly format?: DataFormat
}

export function tap(command: Command, context: Context): void {
  command
    .option('--gradients', 'print the gradients that come up as well')
    .option('--every <n>', 'only each n-th step', positiveInteger)
    .option('--learn', 'learn from events on stdin, instead of training')
    .option('--epochs <n>', 'passes over the data, instead of train.epochs', positiveInteger)
    .option('--data <file>', 'rows to train on, .csv or .ndjson, instead of train.data')
    .option('--weights <file>', 'start from the weights in this file')
    .option(...setOption)
    .option(...importOption)
    .addOption(
      new Option('--format <format>', 'what comes in on stdin').choices(['csv', 'tsv', 'ndjson']),
    )
  examples(
    command,
    'eagre tap model.yaml o --gradients --every 100',
    'eagre tap model.yaml o.x w1 | head',
    'eagre tap model.yaml o --learn < events.ndjson',
  )
  action(command, context, (file: string, nodes: string[], options: Options) =>
    tapAll(file, nodes, options, context),
  )
}

async function tapAll(
  file: string,
  nodes: readonly string[],
  options: Options,
  context: Context,
): Promise<number> {
  checkTogether(options)
  const opened = await open(file, context, options)
  const { graph } = opened
  // A name that is wrong is told before anything runs.
  for (const node of nodes) nodeNamed(graph.plan, node)
  const state = { bad: 0 }
  const writing = new Writing(graph, context)
  const taps = watch(graph, nodes, options, (line) => writing.add(line))
  const skipped = new Skipped(context)
  taps.add(
    graph.faults().subscribe((fault) => {
      // The fault that ends the run comes as its error.
      if (fault.action === 'stop') return
      // As `train` and `learn` do: a row is trained on again and again, an event comes once.
      if (options.learn !== true) skipped.add(`step ${fault.step}`, whatLine(fault, opened))
      else {
        state.bad++
        context.note(`${faultLine(fault, opened)}; skipped`)
      }
    }),
  )
  const interrupted = await finished(await source(graph, options, context, state), context)
  taps.unsubscribe()
  await writing.end()
  skipped.end()
  if (state.bad > 0) context.note(`${state.bad} skipped`)
  if (interrupted) return exitCodes.interrupted
  return state.bad > 0 ? exitCodes.badData : exitCodes.done
}

/** What is read or trained with is of one of the two. Throws `bad-argument`. */
function checkTogether(options: Options): void {
  const { learn = false } = options
  const others = learn ? (['epochs', 'data'] as const) : (['format'] as const)
  const other = others.find((name) => options[name] !== undefined)
  if (other === undefined) return
  throw new EagreError(
    'bad-argument',
    learn ? `--${other} is for training, not for --learn` : `--${other} is for --learn`,
    { hint: learn ? 'leave one of them out' : 'what is trained on is named by --data' },
  )
}

async function source(
  graph: Graph,
  { learn, data, epochs, format }: Options,
  context: Context,
  state: { bad: number },
): Promise<Observable<unknown>> {
  const { plan } = graph
  if (learn === true) {
    const id = plan.learn?.id
    const bad = () => void state.bad++
    const rows = rowsFrom(context, { name: '-', format, columns: eventColumns(plan, id), bad })
    return graph.learn()(rows)
  }
  let rows: Row[] | undefined
  if (data !== undefined) rows = await readRows(context.path(data), learningColumns(plan), data)
  return graph.train({ ...(epochs !== undefined && { epochs }), ...(rows && { data: rows }) })
}

/** Subscribes to what is asked for: each message is a line. */
function watch(
  graph: Graph,
  nodes: readonly string[],
  { gradients, every = 1 }: Options,
  write: (line: string) => void,
): Subscription {
  const [first, ...others] = nodes.flatMap((node) => {
    const values = graph.values(node, { every }).subscribe(({ step, mode, value }) => {
      write(`${json({ step, node, mode, value })}\n`)
    })
    if (gradients !== true) return [values]
    const back = graph.gradients(node, { every }).subscribe(({ step, mode, gradient }) => {
      write(`${json({ step, node, mode, gradient })}\n`)
    })
    return [values, back]
  })
  if (first === undefined) throw new EagreError('bad-argument', 'tap: no node is named')
  for (const other of others) first.add(other)
  return first
}

/** Whether it was interrupted. */
function finished(run: Observable<unknown>, context: Context): Promise<boolean> {
  return new Promise((resolve, reject) => {
    let release: (() => void) | undefined = undefined
    const end = (interrupted: boolean) => {
      release?.()
      resolve(interrupted)
    }
    const running = run.subscribe({
      error: (error: unknown) => {
        release?.()
        reject(error)
      },
      complete: () => end(false),
    })
    release = context.io.onInterrupt(() => {
      running.unsubscribe()
      end(true)
    })
  })
}

/** Writes lines; the graph rests while nobody takes them. */
class Writing {
  private readonly graph: Graph
  private readonly context: Context
  private text = ''
  private scheduled = false
  private written = Promise.resolve()

  constructor(graph: Graph, context: Context) {
    this.graph = graph
    this.context = context
  }

  add(line: string): void {
    this.text += line
    if (this.scheduled) {
      // Far more than a turn should make.
      if (this.text.length > 1_000_000) this.graph.pause()
      return
    }
    this.scheduled = true
    setImmediate(() => {
      this.scheduled = false
      this.flush()
    })
  }

  end(): Promise<void> {
    this.flush()
    return this.written
  }

  private flush(): void {
    const piece = this.text
    this.text = ''
    if (piece === '') return
    this.graph.pause()
    this.written = this.written
      .then(() => this.context.print(piece))
      .finally(() => this.graph.resume())
    // Whoever ends sees the error; until then it is not unhandled.
    this.written.catch(() => undefined)
  }
}
