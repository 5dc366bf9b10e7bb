/** From an error to words on stderr and an exit code. */
import { EagreError, type ErrorCode } from '../errors.js'
import type { Context } from './io.js'

export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  badData: 65,
  invalidGraph: 78,
  interrupted: 130,
} as const

/** Says on stderr what went wrong and returns the exit code. No stack trace for a user's mistake. */
export async function explain(error: unknown, context: Context): Promise<number> {
  if (!(error instanceof EagreError)) return internal(error, context)
  const code = byCode[error.code]
  if (code === undefined) return internal(error, context)
  if (error.code === 'invalid-graph' && error.diagnostics.length > 0) {
    const { asText } = await import('./diagnostics.js')
    context.note(asText(error.diagnostics, context.sources, context.colors.stderr))
  } else {
    say(error.message, context, error.hint)
  }
  return code
}

/** An error in one clause, with its repair where one is known. */
export function say(message: string, context: Context, hint?: string): void {
  context.note(`${context.colors.stderr.red('error:')} ${printable(message)}`)
  if (hint !== undefined) context.note(`  ${printable(hint)}`)
}

/** Text from a file, safe to show: control characters could move the cursor or worse. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/[\0-\x08\x0b-\x1f\x7f-\x9f]/g, '\uFFFD')
}

// Where none is given, the mistake is ours.
const byCode: Readonly<Record<ErrorCode, number | undefined>> = {
  'invalid-graph': exitCodes.invalidGraph,
  'unknown-node': exitCodes.usage,
  'bad-argument': exitCodes.usage,
  io: exitCodes.usage,
  'bad-data': exitCodes.badData,
  fault: exitCodes.failed,
  overflow: exitCodes.failed,
  busy: undefined,
  closed: undefined,
  internal: undefined,
}

function internal(error: unknown, context: Context): number {
  const message = error instanceof Error ? error.message : String(error)
  context.note(`internal: ${message.replace(/^internal: /, '')}`)
  context.note('This is a mistake of eagre itself. Please report it, with the command, the graph')
  if (context.io.env['EAGRE_DEBUG'] !== '1' || !(error instanceof Error)) {
    context.note('file and what EAGRE_DEBUG=1 shows.')
    return exitCodes.failed
  }
  context.note('file and this:')
  context.note(error.stack ?? '')
  if (error.cause !== undefined) context.note(`caused by: ${cause(error.cause)}`)
  return exitCodes.failed
}

function cause(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error)
}
