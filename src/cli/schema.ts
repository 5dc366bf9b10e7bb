/** `eagre schema`. */
import type { Command } from 'commander'
import { json } from '../files/json.js'
import { jsonSchema } from '../language/index.js'
import { action, examples, importOption } from './command.js'
import { exitCodes } from './failure.js'
import type { Context } from './io.js'
import { catalogueWith } from './open.js'

export function schema(command: Command, context: Context): void {
  command.option(...importOption)
  examples(
    command,
    'eagre schema > graph.schema.json',
    'eagre schema --import my-gates.js > graph.schema.json',
  )
  command.addHelpText(
    'after',
    '\nEditors take it from the first line of a graph file:\n' +
      '  # yaml-language-server: $schema=graph.schema.json\n',
  )
  action(command, context, async (options: { import?: string }) => {
    const catalogue = await catalogueWith(options.import, context)
    await context.print(`${json(jsonSchema(catalogue), 2)}\n`)
    return exitCodes.done
  })
}
