/** The surroundings of a real process. */
import type { Io } from './io.js'

/** Standard streams, environment and signals of this process. */
export function processIo(): Io {
  // Nobody reads any more (`| head -1`): there is nothing left to do and nothing to say.
  process.stdout.on('error', leaveIfUnread)
  process.stderr.on('error', leaveIfUnread)
  return {
    // Opened only when it is read: an open stdin would keep the process alive.
    get stdin() {
      return process.stdin
    },
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    onInterrupt,
  }
}

function leaveIfUnread(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
}

/** The first signal calls back, a second one ends the process at once. */
function onInterrupt(callback: () => void): () => void {
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
