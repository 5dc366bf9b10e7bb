/** `eagre run`. */
import { Option, type Command } from 'commander'
import { Subject } from 'rxjs'
import {
  formatOf,
  predictingColumns,
  readChunks,
  readLines,
  type DataFormat,
} from '../files/data.js'
import { json } from '../files/json.js'
import type { Graph, Prediction, Sample } from '../graph.js'
import { action, examples, importOption, setOption } from './command.js'
import { exitCodes, printable } from './failure.js'
import type { Context } from './io.js'
import { open, type OpenOptions } from './open.js'

interface Options extends OpenOptions {
  readonly format?: DataFormat
}

export function run(command: Command, context: Context): void {
  command
    .option('--weights <file>', 'predict with the weights in this file')
    .option(...setOption)
    .option(...importOption)
    .addOption(
      new Option(
        '--format <format>',
        'what comes in, where the name of the file does not say',
      ).choices(['csv', 'tsv', 'ndjson']),
    )
  examples(
    command,
    'eagre run model.yaml samples.csv --weights weights.json',
    `echo '{"x": 0.5}' | eagre run model.yaml`,
    'eagre run model.yaml --format csv < samples.csv > predictions.ndjson',
  )
  action(command, context, (file: string, samples: string | undefined, options: Options) =>
    predictAll(file, samples, options, context),
  )
}

async function predictAll(
  file: string,
  samples: string | undefined,
  options: Options,
  context: Context,
): Promise<number> {
  const { graph } = await open(file, context, options)
  const source = samples === undefined || samples === '-' ? 'stdin' : samples
  const chunks = source === 'stdin' ? context.io.stdin : readChunks(context.path(source), source)
  const { format, all } = await sniff(chunks, options.format ?? formatOf(source))
  const predict = predictor(graph)
  let bad = 0
  const skip = (line: number, problem: string) => {
    bad++
    context.note(`${source}:${line}: ${printable(problem)}; skipped`)
  }
  const output = batched(context)
  for await (const line of readLines(source, all, format, predictingColumns(graph.plan))) {
    if ('problem' in line) {
      skip(line.line, line.problem)
      continue
    }
    const prediction = await predict(line.row)
    if ('fault' in prediction) skip(line.line, prediction.fault.message)
    else await output.add(`${json(prediction.outputs)}\n`)
  }
  await output.end()
  if (bad > 0) context.note(`${bad} bad line${bad === 1 ? '' : 's'} skipped`)
  return bad > 0 ? exitCodes.badData : exitCodes.done
}

/** One in, one out, in order. */
function predictor(graph: Graph): (sample: Sample) => Promise<Prediction> {
  const samples = new Subject<Sample>()
  let resolve: (prediction: Prediction) => void = () => undefined
  let reject: (error: unknown) => void = () => undefined
  samples.pipe(graph.predict()).subscribe({
    next: (prediction) => resolve(prediction),
    error: (error: unknown) => reject(error),
  })
  return (sample) =>
    new Promise((answered, failed) => {
      resolve = answered
      reject = failed
      samples.next(sample)
    })
}

/**
 * Joins the lines that come in one turn of the event loop into one write: a system call for
 * each would cost more than the predictions. `add` resolves when more may come.
 */
function batched(context: Context) {
  let text = ''
  let scheduled = false
  let written = Promise.resolve()
  const flush = () => {
    const piece = text
    text = ''
    if (piece === '') return
    written = written.then(() => context.print(piece))
    // Whoever adds next or ends sees the error; until then it is not unhandled.
    written.catch(() => undefined)
  }
  return {
    add(line: string): Promise<void> {
      text += line
      if (text.length > 65_536) flush()
      if (!scheduled) {
        scheduled = true
        setImmediate(() => {
          scheduled = false
          flush()
        })
      }
      return written
    },
    end(): Promise<void> {
      flush()
      return written
    },
  }
}

/** Tells NDJSON from CSV by its first character, and gives the stream back whole. */
async function sniff(
  chunks: AsyncIterable<Uint8Array>,
  format: DataFormat | undefined,
): Promise<{ format: DataFormat; all: AsyncIterable<Uint8Array> }> {
  if (format !== undefined) return { format, all: chunks }
  const iterator = chunks[Symbol.asyncIterator]()
  const read: Uint8Array[] = []
  let first: number | undefined
  while (first === undefined) {
    const { done, value } = await iterator.next()
    if (done === true) break
    read.push(value)
    first = value.find((byte) => !blanks.has(byte))
  }
  const rest = { [Symbol.asyncIterator]: () => iterator }
  async function* all() {
    yield* read
    yield* rest
  }
  return { format: first === 0x7b || first === 0x5b ? 'ndjson' : 'csv', all: all() }
}

// Blank characters and the bytes of a byte order mark.
const blanks = new Set([0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf])
