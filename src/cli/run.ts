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
import { batched, sniff } from './samples.js'

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
