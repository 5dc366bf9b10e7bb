/** What a command sees of the world, so that tests can stand in for it. */
import { resolve } from 'node:path'
import type { Writable } from 'node:stream'
import picocolors from 'picocolors'

export interface Io {
  readonly stdin: AsyncIterable<Uint8Array>
  readonly stdout: Output
  readonly stderr: Output
  readonly env: Readonly<Record<string, string | undefined>>
  /** What relative paths are relative to. */
  readonly cwd: string
  /** Calls back when the user interrupts; the function returned ends that. */
  onInterrupt(callback: () => void): () => void
  /** The exit code is the answer: the command goes on to its end though nobody reads what it prints. */
  finish(): void
}

/** A stream, with what Node adds to it where it is a terminal. */
export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number }

export type Colors = ReturnType<typeof picocolors.createColors>

/** An `Io` with what commands need of it. */
export interface Context {
  readonly io: Io
  readonly colors: { readonly stdout: Colors; readonly stderr: Colors }
  /** Texts of graph files by the names they have in messages, for the lines that these quote. */
  readonly sources: Map<string, string>
  /** Writes data; resolves when the stream takes more, or never will. */
  print(text: string): Promise<void>
  /** Writes what is not data. */
  note(text: string): void
  /** Whether the terminal shows a line that is written over: the next text takes its place. */
  live: boolean
  /** A path that the user gave, made absolute. */
  path(path: string): string
  /** What the action of a command returned. */
  exitCode: number
}

export function contextOf(io: Io): Context {
  const context: Context = {
    io,
    colors: {
      stdout: picocolors.createColors(colored(io.stdout, io.env)),
      stderr: picocolors.createColors(colored(io.stderr, io.env)),
    },
    sources: new Map(),
    print: (text) => {
      if (io.stdout.isTTY === true) clear(context)
      return write(io.stdout, text)
    },
    note: (text) => {
      clear(context)
      io.stderr.write(`${text}\n`)
    },
    live: false,
    path: (path) => resolve(io.cwd, path),
    exitCode: 0,
  }
  return context
}

function clear(context: Context): void {
  if (context.live) context.io.stderr.write('\r\x1b[2K')
  context.live = false
}

/** The width to fill: that of the terminal, or 80 where there is none. */
export function columnsOf(output: Output): number {
  return output.isTTY === true ? Math.max(20, output.columns ?? 80) : 80
}

/** The width of a line that is written over: a terminal may wrap one that it and `^C` fill. */
export function liveWidth(output: Output): number {
  return columnsOf(output) - 3
}

// All who wait for an output wait together: Node warns of more than ten listeners.
const waits = new WeakMap<Output, Promise<void>>()

function write(output: Output, text: string): Promise<void> {
  // Whoever opened the stream hears of what it failed with.
  if (output.destroyed || output.write(text)) return Promise.resolve()
  let wait = waits.get(output)
  if (wait === undefined) {
    wait = drained(output).finally(() => waits.delete(output))
    waits.set(output, wait)
  }
  return wait
}

function drained(output: Output): Promise<void> {
  return new Promise((resume) => {
    const done = () => {
      output.off('drain', done).off('error', done).off('close', done)
      resume()
    }
    output.once('drain', done).once('error', done).once('close', done)
  })
}

// https://no-color.org and https://force-color.org: set and not empty.
function colored(output: Output, env: Io['env']): boolean {
  if (env['NO_COLOR']) return false
  if (env['FORCE_COLOR']) return env['FORCE_COLOR'] !== '0'
  return output.isTTY === true && env['TERM'] !== 'dumb'
}
