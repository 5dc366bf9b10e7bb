/** `eagre check`. */
import { Option, type Command } from 'commander'
import { EagreError, type Diagnostic } from '../errors.js'
import { decodeGraph, readGraph, readModule } from '../files/load.js'
import { parsePlan } from '../language/index.js'
import { action, examples, importOption } from './command.js'
import { exitCodes, say } from './failure.js'
import type { Context } from './io.js'
import { catalogueWith } from './open.js'

interface Options {
  readonly format: 'text' | 'json' | 'github'
  readonly import?: string
}

export function check(command: Command, context: Context): void {
  command
    .addOption(
      new Option('--format <format>', 'how to print what is wrong')
        .choices(['text', 'json', 'github'])
        .default('text'),
    )
    .option(...importOption)
  examples(
    command,
    'eagre check model.yaml',
    'eagre check graphs/*.yaml --format github',
    'cat model.yaml | eagre check - --format json',
  )
  action(command, context, (files: string[], options: Options) =>
    checkFiles(files, options, context),
  )
}

async function checkFiles(
  files: readonly string[],
  options: Options,
  context: Context,
): Promise<number> {
  context.io.finish()
  const catalogue = await catalogueWith(options.import, context)
  const found: Diagnostic[] = []
  let unreadable = 0
  for (const file of files) {
    try {
      const text =
        file === '-' ? await readStdin(context) : await readGraph(context.path(file), file)
      context.sources.set(file, text)
      const path = context.path(file === '-' ? 'graph.yaml' : file)
      const options = { file, ...catalogue, readModule: (used: string) => readModule(path, used) }
      for (const diagnostic of parsePlan(text, options).diagnostics) found.push(diagnostic)
    } catch (error) {
      // The other files are checked all the same.
      if (!(error instanceof EagreError)) throw error
      if (error.code === 'invalid-graph') found.push(...error.diagnostics)
      else if (error.code === 'io') {
        unreadable++
        say(error.message, context)
      } else throw error
    }
  }
  await print(found, options.format, context)
  const errors = found.filter(({ severity }) => severity === 'error').length
  const read = files.length - unreadable
  if (read > 0) context.note(summary(read, errors, found.length - errors))
  if (unreadable > 0) return exitCodes.usage
  return errors > 0 ? exitCodes.invalidGraph : exitCodes.done
}

async function readStdin(context: Context): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of context.io.stdin) chunks.push(chunk)
  return decodeGraph(Buffer.concat(chunks), '-')
}

async function print(
  found: readonly Diagnostic[],
  format: Options['format'],
  context: Context,
): Promise<void> {
  const { asGithub, asJson, asText } = await import('./diagnostics.js')
  if (format === 'json') return await context.print(`${asJson(found)}\n`)
  if (found.length === 0) return
  const { sources, colors } = context
  const text = format === 'github' ? asGithub(found) : asText(found, sources, colors.stdout)
  await context.print(`${text}\n`)
}

function summary(files: number, errors: number, warnings: number): string {
  const count = (value: number, what: string) => `${value} ${what}${value === 1 ? '' : 's'}`
  const counts = [
    ...(errors > 0 ? [count(errors, 'error')] : []),
    ...(warnings > 0 ? [count(warnings, 'warning')] : []),
  ]
  return `${counts.length === 0 ? 'no mistakes' : counts.join(', ')} in ${count(files, 'file')}`
}
