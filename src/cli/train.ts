/** `eagre train`: its options. What it does is loaded when it is to do it. */
import { Option, type Command } from 'commander'
import { engineNames } from '../kernel/enginenames.js'
import { action, examples, importOption, positiveInteger, setOption } from './command.js'
import type { Context } from './io.js'
import { recordOptions } from './interval.js'
import type { Options } from './training.js'

export function train(command: Command, context: Context): void {
  command
    .option('--epochs <n>', 'passes over the data, instead of train.epochs', positiveInteger)
    .option(...setOption)
    .option('--data <file>', 'rows to train on, .csv or .ndjson, instead of train.data')
    .option('--weights <file>', 'start from the weights in this file')
    .addOption(
      new Option('--engine <engine>', 'what executes the steps, all with the same bits').choices(
        engineNames,
      ),
    )
    .option('--save <file>', 'write the weights to this file, also when interrupted')
    .option(...importOption)
  recordOptions(command)
    .option('--plot', 'show the loss over the run')
    .option('--json', 'print NDJSON: a line per epoch now and then, and one at the end')
  examples(
    command,
    'eagre train model.yaml',
    'eagre train model.yaml --epochs 100 --set train.learning_rate=0.1 --plot',
    'eagre train model.yaml --data rows.csv --save weights.json',
    'eagre train model.yaml --weights weights.json --json | tail -1',
    'eagre train model.yaml --checkpoint run --every 1m',
    'eagre train model.yaml --checkpoint run --resume',
  )
  action(command, context, async (file: string, options: Options) => {
    const { trainGraph } = await import('./training.js')
    return trainGraph(file, options, context)
  })
}
