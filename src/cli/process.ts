/** The surroundings of a real process. */
import { fstatSync } from 'node:fs'
import { EagreError } from '../errors.js'
import { reason } from '../files/bytes.js'
import type { Io } from './io.js'

/** An `Io`, and the exit code of a process whose output nobody takes any more. */
export interface ProcessIo extends Io {
  lost(): number | undefined
}

/** Standard streams, environment and signals of this process. */
export function processIo(): ProcessIo {
  let lost: number | undefined
  let finishes = false
  const stops = new Set<() => void>()
  // A command that can be interrupted is: it saves what it has learned.
  const leave = (name: string, error: NodeJS.ErrnoException) => {
    if (lost !== undefined || (finishes && error.code === 'EPIPE')) return
    // Nobody reads any more (`| head -1`): there is nothing left to do and nothing to say.
    lost = error.code === 'EPIPE' ? 0 : 1
    if (lost === 1) process.stderr.write(`error: cannot write to ${name}: ${reason(error)}\n`)
    if (stops.size === 0) process.exit(lost)
    for (const stop of stops) stop()
  }
  process.stdout.on('error', (error) => leave('stdout', error))
  process.stderr.on('error', (error) => leave('stderr', error))
  return {
    // Opened only when it is read: an open stdin would keep the process alive.
    get stdin() {
      return openStdin()
    },
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    onInterrupt: (callback) => {
      const release = onSignal(callback)
      stops.add(callback)
      return () => {
        release()
        stops.delete(callback)
      }
    },
    finish: () => {
      finishes = true
    },
    lost: () => lost,
  }
}

/** Node takes a folder for a stream that is empty. */
function openStdin(): NodeJS.ReadStream {
  if (fstatSync(0).isDirectory()) throw new EagreError('io', 'cannot read stdin: it is a folder')
  return process.stdin
}

/** The first signal calls back, a second one ends the process at once. */
function onSignal(callback: () => void): () => void {
  let interrupted = false
  const listener = () => {
    if (interrupted) process.exit(130)
    interrupted = true
    callback()
  }
  process.on('SIGINT', listener)
  process.on('SIGTERM', listener)
  return () => {
    process.off('SIGINT', listener)
    process.off('SIGTERM', listener)
  }
}
