/** Time, as the scheduler sees it. The only place in `train/` that asks the platform for it. */

/** What tells the scheduler the time and calls it back. */
export interface Clock {
  /** Milliseconds, from any origin, never going back. */
  now(): number
  /** Calls back in a later turn of the event loop; the function returned cancels that. */
  later(callback: () => void): () => void
}

/** The platform's own: `performance.now()`, and a turn after pending input and timers. */
export const systemClock: Clock = {
  now: () => performance.now(),
  later,
}

// setImmediate lets I/O and timers in between turns at no cost; browsers lack it, and clamp
// nested timeouts to 4 ms, so there a message channel takes its place.
function later(callback: () => void): () => void {
  if (typeof setImmediate === 'function') {
    const handle = setImmediate(callback)
    return () => clearImmediate(handle)
  }
  const { port1, port2 } = new MessageChannel()
  const cancel = () => {
    port1.onmessage = null
    port1.close()
  }
  port1.onmessage = () => {
    cancel()
    callback()
  }
  port2.postMessage(null)
  return cancel
}

/** Steps of a network that are made without a look at the clock, at most. */
export const mostUnlooked = 64

/**
 * Steps between two looks at the clock, after so many that took so long. Looking, and calling a
 * kernel, takes up to a microsecond: not more often than every tenth of a millisecond. Where the
 * clock is too coarse to say, twice as many.
 */
export function strideFor(milliseconds: number, steps: number): number {
  const most = 16_384
  if (!(milliseconds > 0)) return Math.min(most, Math.max(mostUnlooked, 2 * steps))
  return Math.max(1, Math.min(most, Math.floor((0.1 * steps) / milliseconds)))
}
