/** `eagre studio`. */
import type { Command } from 'commander'
import { studio as serve } from '../remote/studio.js'
import { action, examples, importOption, positiveInteger } from './command.js'
import { exitCodes } from './failure.js'
import type { Context } from './io.js'
import { catalogueWith } from './open.js'

interface Options {
  readonly port?: number
  readonly readonly?: boolean
  readonly import?: string
}

export function studio(command: Command, context: Context): void {
  command
    .option('--port <n>', 'listen on this port instead of a free one', positiveInteger)
    .option('--readonly', 'let pages look and change nothing')
    .option(...importOption)
  examples(command, 'eagre studio model.yaml', 'eagre studio model.yaml --port 8080 --readonly')
  action(command, context, (file: string, options: Options) => show(file, options, context))
}

async function show(file: string, options: Options, context: Context): Promise<number> {
  const page = await serve(context.path(file), {
    ...(await catalogueWith(options.import, context)),
    ...(options.port !== undefined && { port: options.port }),
    readonly: options.readonly === true,
    name: file,
  })
  await context.print(`${options.readonly === true ? page.readonlyUrl : page.url}\n`)
  context.note('open this address in a browser; Ctrl+C ends it')
  await new Promise<void>((resolve) => {
    const stop = context.io.onInterrupt(() => {
      stop()
      resolve()
    })
  })
  await page.close()
  return exitCodes.done
}
