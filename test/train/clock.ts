/** Virtual time: turns of the event loop are run by hand, and time passes as a test says. */
import type { Clock } from '../../src/train/clock.js'

export class VirtualClock implements Clock {
  /** What passes each time somebody looks. */
  private readonly perLook: number
  private time = 0
  private turns: (() => void)[] = []

  constructor(perLook = 0) {
    this.perLook = perLook
  }

  now(): number {
    return (this.time += this.perLook)
  }

  later(callback: () => void): () => void {
    this.turns.push(callback)
    return () => {
      this.turns = this.turns.filter((other) => other !== callback)
    }
  }

  get waiting(): number {
    return this.turns.length
  }

  /** One turn; false where nothing waits. */
  turn(): boolean {
    const next = this.turns.shift()
    next?.()
    return next !== undefined
  }

  /** Turns until nothing waits. */
  run(): void {
    while (this.turn());
  }

  pass(milliseconds: number): void {
    this.time += milliseconds
  }
}
