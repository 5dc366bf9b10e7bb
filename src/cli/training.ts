/** What `eagre train` does. */
import { firstValueFrom, of } from 'rxjs'
import { learningColumns, readRows } from '../files/data.js'
import { json } from '../files/json.js'
import { readData } from '../files/load.js'
import type { Graph } from '../graph.js'
import type { Plan, Row } from '../language/plan.js'
import { faultText } from '../network/fault.js'
import type { Fault, Value } from '../network/message.js'
import type { EngineOption } from '../train/engine.js'
import type { TrainOptions, TrainReport } from '../train/report.js'
import { heldBack } from '../train/session.js'
import { exitCodes, say } from './failure.js'
import { columnsOf, type Context } from './io.js'
import { open, type OpenOptions } from './open.js'
import { Curve, plotLoss } from './plot.js'
import { startProgress } from './progress.js'
import type { RecordOptions } from './interval.js'
import { inWords, openRecord } from './record.js'
import { defaults } from './sample.js'
import { checkWritable, save } from './save.js'
import { Skipped, whatLine } from './skipped.js'
import { headline, summaryText } from './summary.js'

/** The options of `eagre train`. */
export interface Options extends OpenOptions, RecordOptions {
  readonly engine?: EngineOption
  readonly epochs?: number
  readonly data?: string
  readonly save?: string
  readonly plot?: boolean
  readonly json?: boolean
}

/** Trains the graph in a file, and resolves to the exit code. */
export async function trainGraph(
  file: string,
  options: Options,
  context: Context,
): Promise<number> {
  const opened = await open(file, context, options)
  const { graph } = opened
  if (options.save !== undefined) await checkWritable(options.save, context)
  const rows = await rowsFor(file, graph.plan, options, context)
  const record = await openRecord(graph, options, context)
  const curve = new Curve()
  const settings = trainOptions(graph.plan, rows, options, record?.resumed?.run?.options.epochs)
  const lines = options.json === true ? epochLines(settings.every === 'slice' ? 100 : 0) : undefined
  const progress = await startProgress(context)
  const skipped = new Skipped(context)
  const { outcome, release } = await follow(graph, settings, context, {
    started: record && (() => record.begin(graph)),
    report: (report) => {
      progress.show(report)
      record?.step(report.step)
      if (report.epoch > 0) curve.add(report.loss)
      const line = lines?.(report)
      // Not waited for: these lines are throttled.
      if (line !== undefined) void context.print(line)
    },
    fault: (fault) => {
      // The fault that ends the run comes as its error.
      if (fault.action === 'skip') skipped.add(`step ${fault.step}`, whatLine(fault, opened))
    },
  })
  progress.stop()
  skipped.end()
  // What never started has learned nothing.
  const saved =
    'error' in outcome && outcome.fault === undefined ? true : await record?.finish(graph)
  release()
  if (options.save !== undefined) {
    if (!(await save(options.save, graph, context))) return exitCodes.failed
  }
  if (saved === false) return exitCodes.failed
  if ('error' in outcome) {
    if (outcome.fault === undefined) throw inWords(outcome.error)
    say(`step ${outcome.fault.step}: ${whatLine(outcome.fault, opened)}`, context)
    context.note('the weights keep their last good values')
    return exitCodes.failed
  }
  const sample = rows?.rows.at(-1) ?? defaults(graph.plan)
  const outputs = await outputsOf(graph, sample, context)
  const { last, stopped } = outcome
  if (options.json === true) {
    const summary = {
      type: 'done',
      epochs: last.epoch,
      steps: last.step,
      ...(last.samples !== last.step && { samples: last.samples }),
      updates: last.updates,
      loss: last.loss,
      ...(Object.keys(last.metrics).length > 0 && { metrics: last.metrics }),
      ...(last.test && { test: last.test }),
      weights: graph.weights(),
      outputs,
      stopped,
      engine: graph.engine,
    }
    await context.print(`${json(summary)}\n`)
  } else {
    context.note(headline(graph.plan.name, last, stopped))
    await context.print(summaryText(last, outputs, graph.weights()))
  }
  if (options.plot === true) {
    const { stdout, stderr } = context.io
    const chart = plotLoss(curve.values, columnsOf(options.json === true ? stderr : stdout))
    if (options.json === true) context.note(chart)
    else await context.print(`\n${chart}\n`)
  }
  return stopped === 'interrupted' ? exitCodes.interrupted : exitCodes.done
}

interface Rows {
  readonly rows: readonly Row[]
  /** They are in no graph file, so that training has to be given them. */
  readonly external: boolean
}

async function rowsFor(
  file: string,
  plan: Plan,
  options: Options,
  context: Context,
): Promise<Rows | undefined> {
  const { data } = plan.train
  if (options.data !== undefined) {
    const header = data !== undefined && 'file' in data ? data.header : true
    const columns = { ...learningColumns(plan), header }
    return {
      rows: await readRows(context.path(options.data), columns, options.data),
      external: true,
    }
  }
  if (data === undefined) return undefined
  if ('rows' in data) return { rows: data.rows, external: false }
  return { rows: await readData(context.path(file), data, plan, file), external: true }
}

function trainOptions(
  plan: Plan,
  rows: Rows | undefined,
  options: Options,
  saved: unknown,
): TrainOptions {
  const epochs = options.epochs ?? (typeof saved === 'number' ? saved : plan.train.epochs)
  const all = rows?.rows.length ?? 1
  const learned = Math.max(1, all - heldBack(plan.train, all))
  const each = plan.train.stack === true ? Math.ceil(learned / plan.train.batch) : learned
  // Enough points for a plot even of a short run; a longer one reports once a slice, so that
  // the last report is never far behind when it is interrupted.
  const brief = epochs !== undefined && epochs * learned * plan.nodes.length < 1e7
  return {
    ...(options.epochs !== undefined && { epochs: options.epochs }),
    ...(rows?.external === true && { data: rows.rows }),
    ...(options.engine !== undefined && { engine: options.engine }),
    every: brief ? each * Math.ceil(epochs / 1000) : 'slice',
  }
}

type Outcome =
  | {
      readonly last: TrainReport
      readonly stopped: NonNullable<TrainReport['stopped']> | 'interrupted'
    }
  | { readonly error: unknown; readonly fault?: Fault }

interface Listener {
  /** Training is ready for its first step, and waits until this is done. */
  readonly started: (() => Promise<void>) | undefined
  report(report: TrainReport): void
  fault(fault: Fault): void
}

/** Trains until the run ends or the user interrupts it; a second interruption ends the program until `release`. */
async function follow(
  graph: Graph,
  options: TrainOptions,
  context: Context,
  listener: Listener,
): Promise<{ readonly outcome: Outcome; release(): void }> {
  let last: TrainReport = {
    type: 'progress',
    epoch: 0,
    step: 0,
    samples: 0,
    updates: 0,
    loss: NaN,
    metrics: {},
    learningRate: NaN,
    elapsed: 0,
  }
  let fatal: Fault | undefined
  const faults = graph.faults().subscribe((fault) => {
    if (fault.action === 'stop') fatal = fault
    listener.fault(fault)
  })
  let release: (() => void) | undefined
  if (listener.started !== undefined) graph.pause()
  const outcome = await new Promise<Outcome>((resolve) => {
    const training = graph.train(options).subscribe({
      next: (report) => {
        last = report
        listener.report(report)
      },
      error: (error: unknown) => resolve(fatal === undefined ? { error } : { error, fault: fatal }),
      complete: () => resolve({ last, stopped: last.stopped ?? 'epochs' }),
    })
    const refuse = (error: unknown) => {
      training.unsubscribe()
      resolve({ error })
    }
    if (!training.closed) listener.started?.().then(() => graph.resume(), refuse)
    release = context.io.onInterrupt(() => {
      training.unsubscribe()
      resolve({ last, stopped: 'interrupted' })
    })
  })
  faults.unsubscribe()
  return { outcome, release: () => release?.() }
}

/** The forward pass of one sample with the weights as they are. */
async function outputsOf(
  graph: Graph,
  sample: Row,
  context: Context,
): Promise<Readonly<Record<string, Value>>> {
  const prediction = await firstValueFrom(of(sample).pipe(graph.predict()))
  if ('outputs' in prediction) return prediction.outputs
  context.note(`no outputs: ${faultText(prediction.fault)}`)
  return {}
}

/** `epoch` lines of NDJSON, `pause` milliseconds apart, and the last of all. */
function epochLines(pause: number): (report: TrainReport) => string | undefined {
  let next = -Infinity
  let shown = 0
  return ({ type, epoch, step, loss, test, elapsed }) => {
    const due = type === 'done' || elapsed >= next
    if (!due || epoch === shown) return undefined
    next = elapsed + pause
    shown = epoch
    return `${json({ type: 'epoch', epoch, step, loss, test })}\n`
  }
}
