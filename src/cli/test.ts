/** `eagre test`. */
import type { Command } from 'commander'
import { EagreError } from '../errors.js'
import { action, collect, examples, importOption } from './command.js'
import { exitCodes, explain, printable } from './failure.js'
import type { Context } from './io.js'
import { open, type OpenOptions } from './open.js'
import { runTests } from './tests.js'

export function test(command: Command, context: Context): void {
  command
    .option('--set <path=value>', 'change a key of the graph files; repeatable', collect)
    .option(...importOption)
  examples(command, 'eagre test model.yaml', 'eagre test graphs/*.yaml')
  action(command, context, (files: string[], options: OpenOptions) =>
    testFiles(files, options, context),
  )
}

async function testFiles(
  files: readonly string[],
  options: OpenOptions,
  context: Context,
): Promise<number> {
  context.io.finish()
  const { stdout } = context.colors
  let passed = 0
  let failed = 0
  let worst: number = exitCodes.done
  for (const file of files) {
    try {
      const { fresh } = await open(file, context, options)
      for await (const { name, failures } of runTests(fresh)) {
        const good = failures.length === 0
        if (good) passed++
        else failed++
        const mark = good ? stdout.green('ok  ') : stdout.red('FAIL')
        const lines = failures.map((failure) => `       ${printable(failure)}\n`).join('')
        await context.print(`${mark} ${file}: ${printable(name)}\n${lines}`)
      }
    } catch (error) {
      // One wrong file does not keep the others from being tested.
      if (!(error instanceof EagreError)) throw error
      worst = Math.max(worst, await explain(error, context))
    }
  }
  context.note(`${passed} passed, ${failed} failed`)
  return worst === exitCodes.done && failed > 0 ? exitCodes.failed : worst
}
