/** The options of commands that save checkpoints. */
import { InvalidArgumentError, type Command } from 'commander'
import { positiveInteger } from './command.js'

/** What `recordOptions` adds to a command. */
export interface RecordOptions {
  readonly checkpoint?: string
  readonly every?: Interval
  readonly keep?: number
  readonly resume?: boolean
  readonly partial?: boolean
}

/** How often a checkpoint is saved. */
export type Interval = { readonly milliseconds: number } | { readonly steps: number }

/** Adds the options to a command. */
export function recordOptions(command: Command): Command {
  return command
    .option('--checkpoint <folder>', 'save checkpoints there, also when interrupted')
    .option('--every <interval>', 'how often: 10s (the default), 5m, 1000 (steps)', interval)
    .option('--keep <n>', 'older checkpoints that stay, 2 by default', positiveInteger)
    .option('--resume', 'go on from the newest checkpoint in the folder')
    .option('--partial', 'with --resume: take what fits where the graph or the data changed')
}

/** Parses a time like `10s`, or a number of steps. */
export function interval(text: string): Interval {
  const parts = /^(\d+(?:\.\d+)?)(ms|s|m|h|)$/.exec(text)
  const value = Number(parts?.[1])
  const milliseconds = value * (units.get(parts?.[2] ?? '') ?? Number.NaN)
  if (milliseconds > 0 && milliseconds < 2 ** 31) return { milliseconds }
  if (parts?.[2] === '' && Number.isSafeInteger(value) && value > 0) return { steps: value }
  throw new InvalidArgumentError('It takes a time like 500ms, 10s or 5m, or a number of steps.')
}

const units = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
])
