/** `eagre graph`. */
import { Option, type Command } from 'commander'
import { json } from '../files/json.js'
import type { Graph } from '../graph.js'
import { action, examples, importOption, setOption } from './command.js'
import { asDot, asMermaid, drawingOf } from './draw.js'
import { exitCodes } from './failure.js'
import type { Context } from './io.js'
import { open, type OpenOptions } from './open.js'

interface Options extends OpenOptions {
  readonly format: keyof typeof formats
}

const formats = {
  mermaid: ({ plan }: Graph) => asMermaid(drawingOf(plan)),
  dot: ({ plan }: Graph) => asDot(drawingOf(plan)),
  json: (graph: Graph) => {
    const engine = graph.chosenEngine()
    return `${json({ ...drawingOf(graph.plan), ...(engine && { engine }) }, 2)}\n`
  },
}

export function graph(command: Command, context: Context): void {
  command
    .addOption(
      new Option('--format <format>', 'what to draw it as')
        .choices(Object.keys(formats))
        .default('mermaid'),
    )
    .option(...setOption)
    .option(...importOption)
  examples(
    command,
    'eagre graph model.yaml',
    'eagre graph model.yaml --format dot | dot -Tsvg > model.svg',
    'eagre graph model.yaml --format json',
  )
  action(command, context, async (file: string, options: Options) => {
    const { graph: opened } = await open(file, context, options)
    await context.print(formats[options.format](opened))
    return exitCodes.done
  })
}
