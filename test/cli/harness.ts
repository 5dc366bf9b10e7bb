/** Runs command lines in this process, with streams that only remember. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { cli } from '../../src/cli/cli.js'
import { contextOf, type Context, type Io, type Output } from '../../src/cli/io.js'

export interface World {
  readonly stdin?: string | Uint8Array | AsyncIterable<Uint8Array>
  readonly env?: Record<string, string>
  readonly cwd?: string
  readonly columns?: number
  /** Which streams are terminals. */
  readonly terminals?: readonly ('stdout' | 'stderr')[]
  /** Is given the function that interrupts, as soon as a command listens. */
  readonly interruptible?: (interrupt: () => void) => void
}

export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export async function run(argv: readonly string[], world: World = {}): Promise<Outcome> {
  const { io, written } = fakeIo(world)
  const code = await cli(argv, io)
  return { code, stdout: written.stdout.join(''), stderr: written.stderr.join('') }
}

export function fakeContext(world: World = {}): Context {
  return contextOf(fakeIo(world).io)
}

export function fakeIo(world: World) {
  const written = { stdout: [] as string[], stderr: [] as string[] }
  const output = (name: 'stdout' | 'stderr'): Output =>
    Object.assign(
      new Writable({
        decodeStrings: false,
        write(chunk: string, _encoding, done) {
          written[name].push(chunk)
          done()
        },
      }),
      { isTTY: world.terminals?.includes(name) ?? false, columns: world.columns ?? 80 },
    )
  const io: Io = {
    stdin: bytes(world.stdin ?? ''),
    stdout: output('stdout'),
    stderr: output('stderr'),
    env: world.env ?? {},
    cwd: world.cwd ?? process.cwd(),
    onInterrupt: (callback) => {
      world.interruptible?.(callback)
      return () => undefined
    },
    finish: () => undefined,
  }
  return { io, written }
}

/** A folder with files in it, and how to remove it. */
export async function folderWith(files: Readonly<Record<string, string | Uint8Array>>) {
  const path = await mkdtemp(join(tmpdir(), 'eagre-cli-'))
  for (const [name, content] of Object.entries(files)) await writeFile(join(path, name), content)
  return { path, remove: () => rm(path, { recursive: true }) }
}

async function* bytes(given: NonNullable<World['stdin']>): AsyncGenerator<Uint8Array> {
  if (typeof given === 'string') yield new TextEncoder().encode(given)
  else if (given instanceof Uint8Array) yield given
  else yield* given
}

/**
 * The last line of what `train --json` prints, without what executed the steps: a run that is
 * resumed makes fewer of them.
 */
export function learnedLine(stdout: string): string {
  const line = stdout.trimEnd().split('\n').at(-1)!
  return line.replace(/,"engine":\{[^}]*\}/, '')
}
