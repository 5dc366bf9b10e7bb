/** What the definitions of commands share. */
import { InvalidArgumentError, type Command } from 'commander'
import type { Context } from './io.js'

/** Adds lines to the help that one can copy. */
export function examples(command: Command, ...lines: string[]): Command {
  return command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  ${line}\n`).join('')}`)
}

/**
 * Sets what a command does: the function takes its arguments, then its options, and resolves to
 * the exit code. Commander leaves both untyped; the types given here are those of the usage.
 */
export function action<Arguments extends readonly unknown[]>(
  command: Command,
  context: Context,
  run: (...values: Arguments) => Promise<number>,
): void {
  command.action(async (...values: unknown[]) => {
    // The last one is the command itself.
    context.exitCode = await run(...(values.slice(0, -1) as unknown as Arguments))
  })
}

/** Parses an option that takes a whole number from 1. */
export function positiveInteger(text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < 1 || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError('It takes a whole number, at least 1.')
  }
  return value
}

/** For an option that may be given several times. */
export function collect(text: string, earlier: readonly string[] = []): string[] {
  return [...earlier, text]
}

/** The option of every command that may meet gates or optimizers of the user's own. */
export const importOption = [
  '--import <file>',
  'a module that exports gates or optimizers of your own',
] as const

/** The option of every command that reads one graph, to change it on the way. */
export const setOption: [string, string, typeof collect] = [
  '--set <path=value>',
  'change a key of the graph file; repeatable',
  collect,
]
