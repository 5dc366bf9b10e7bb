/** The command line as a function: arguments in, exit code out. */
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { commands } from './commands.js'
import { explain } from './failure.js'
import { columnsOf, contextOf, type Context, type Io } from './io.js'

/** Runs one command line (without the program's own name) and resolves to its exit code. */
export async function cli(argv: readonly string[], io: Io): Promise<number> {
  const context = contextOf(io)
  try {
    const program = await programFor(argv, context)
    if (argv.length === 0) {
      program.outputHelp({ error: true })
      return 2
    }
    await program.parseAsync(argv, { from: 'user' })
    return context.exitCode
  } catch (error) {
    // Commander has said what is wrong already. Help and version end this way too, with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    return await explain(error, context)
  }
}

/** All commands by name and summary; only the one that is asked for is loaded. */
async function programFor(argv: readonly string[], context: Context): Promise<Command> {
  const { io } = context
  const program = new Command('eagre')
    .description('Computational graphs in YAML that run as RxJS streams and learn.')
    .version(version(), '-V, --version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHelpWidth: () => columnsOf(io.stdout),
      getErrHelpWidth: () => columnsOf(io.stderr),
      outputError: (text, writeError) =>
        writeError(text.replace(/^error:/, context.colors.stderr.red('error:'))),
    })
    .addHelpText('after', footer)
  const words = argv.filter((argument) => !argument.startsWith('-'))
  const asked = words[0] === 'help' ? words[1] : words[0]
  for (const { usage, summary, load } of commands) {
    const command = program.command(usage).summary(summary).description(sentence(summary))
    if (command.name() === asked) (await load())(command, context)
  }
  return program
}

function sentence(summary: string): string {
  return `${summary[0]!.toUpperCase()}${summary.slice(1)}.`
}

function version(): string {
  // Two folders up, from `src/cli` as from `dist/cli`.
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

const footer = `
Examples:
  eagre init model
  eagre check model.yaml
  eagre train model.yaml --plot
  eagre gates tanh

Exit codes:
  0    done
  1    failed: a fault while training, a test or a gradient that is wrong
  2    usage: an unknown command or option, a file that cannot be read
  65   bad data: a row, a sample, weights or a checkpoint that do not fit the graph
  78   invalid graph
  130  interrupted, after saving where --save or --checkpoint asked for it

Environment:
  NO_COLOR, FORCE_COLOR   never, always use colors
  EAGRE_DEBUG=1           show the stack trace of an internal error
`
