/** Diagnostics in the formats of `eagre check`. */
import { codeFrameColumns } from '@babel/code-frame'
import type { Diagnostic } from '../errors.js'
import { json } from '../files/json.js'
import { printable } from './failure.js'
import type { Colors } from './io.js'

/** Beyond this many in one go nobody reads on. */
const most = 1000
const widest = 200

/**
 * For people: position, code and message, the lines it is about, the hint. `sources` holds the
 * texts of the files by name; where one is missing, so are the lines.
 */
export function asText(
  diagnostics: readonly Diagnostic[],
  sources: ReadonlyMap<string, string>,
  colors: Colors,
): string {
  const linesOf = new Map<string, readonly string[]>()
  const blocks = diagnostics.slice(0, most).map((diagnostic) => {
    const { file } = diagnostic
    let lines = linesOf.get(file)
    if (lines === undefined) {
      lines = sources.get(file)?.split('\n') ?? []
      linesOf.set(file, lines)
    }
    return block(diagnostic, lines, colors)
  })
  if (diagnostics.length > most) blocks.push(`… and ${diagnostics.length - most} more`)
  return blocks.join('\n')
}

/** For programs: an array of the diagnostics themselves. */
export function asJson(diagnostics: readonly Diagnostic[]): string {
  const ordered = diagnostics.map(
    ({ file, line, column, endLine, endColumn, severity, code, message, hint }) => ({
      file,
      line,
      column,
      endLine,
      endColumn,
      severity,
      code,
      message,
      // Every field is always there.
      hint: hint ?? null,
    }),
  )
  return json(ordered, 2)
}

/** For GitHub Actions, which puts them beside the lines. */
export function asGithub(diagnostics: readonly Diagnostic[]): string {
  return diagnostics
    .map(({ file, line, column, endLine, endColumn, severity, code, message, hint }) => {
      const where = `file=${property(file)},line=${line},endLine=${endLine}`
      // Columns are only taken where the range lies in one line.
      const columns = line === endLine ? `,col=${column},endColumn=${endColumn}` : ''
      const text = hint === undefined ? message : `${message}; ${hint}`
      return `::${severity} ${where}${columns},title=${property(code)}::${escape(text)}`
    })
    .join('\n')
}

/** `--set …` stands for a file where the mistake is on the command line: it has no lines. */
function block(diagnostic: Diagnostic, lines: readonly string[], colors: Colors): string {
  const { file, line, column, severity, code, message, hint } = diagnostic
  const place = file.startsWith('--set ') ? file : `${file}:${line}:${column}`
  const color = severity === 'error' ? colors.red : colors.yellow
  const head = `${colors.bold(printable(place))} ${color(severity)} ${code}: ${printable(message)}`
  const frame = lines[line - 1] === undefined ? [] : [frameOf(diagnostic, lines)]
  return [head, ...frame, ...(hint === undefined ? [] : [`  ${printable(hint)}`])].join('\n')
}

function frameOf(diagnostic: Diagnostic, lines: readonly string[]): string {
  const { line, column, endLine, endColumn } = diagnostic
  const first = Math.max(0, line - 2)
  // A line may be a megabyte long: a window around the place will do.
  const from = column <= widest ? 0 : column - widest / 2
  const shown = lines
    .slice(first, line)
    .map((text) => printable(text.replace(/\r$/, '').slice(from, from + widest)))
  const start = column - from
  const end = endLine === line ? endColumn - from : Infinity
  const width = shown.at(-1)!.length + 1
  return codeFrameColumns(
    shown.join('\n'),
    {
      start: { line, column: start },
      end: { line, column: Math.max(start + 1, Math.min(end, width)) },
    },
    { linesAbove: 1, linesBelow: 0, startLine: first + 1 },
  )
}

// https://docs.github.com/actions/reference/workflow-commands-for-github-actions
function escape(text: string): string {
  return text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A')
}

function property(text: string): string {
  return escape(text).replace(/:/g, '%3A').replace(/,/g, '%2C')
}
