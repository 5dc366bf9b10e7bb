/** Progressive metrics on stderr: a live line on a terminal, a line now and then elsewhere. */
import type { LearnMetrics, Scores } from '../train/progressive.js'
import { liveWidth, type Context } from './io.js'
import { group } from './progress.js'

/** Milliseconds between two lines: on a terminal, and where there is none. */
const pauses = { terminal: 100, elsewhere: 10_000 } as const

export class Scoreboard {
  private readonly context: Context
  private readonly live: boolean
  private readonly pause: number
  private next = 0
  private last: LearnMetrics | undefined

  constructor(context: Context) {
    this.context = context
    this.live = context.io.stderr.isTTY === true
    this.pause = this.live ? pauses.terminal : pauses.elsewhere
    this.next = performance.now() + (this.live ? 0 : this.pause)
  }

  show(metrics: LearnMetrics): void {
    this.last = metrics
    const now = performance.now()
    if (now < this.next) return
    this.next = now + this.pause
    this.write(metrics)
  }

  /** The last line stays, however long it is. */
  stop(): void {
    if (this.last !== undefined) this.context.note(scoreLine(this.last))
  }

  private write(metrics: LearnMetrics): void {
    const { context } = this
    const { stderr } = context.io
    if (!this.live) return context.note(scoreLine(metrics))
    stderr.write(`\r\x1b[2K${liveLine(metrics, liveWidth(stderr))}`)
    context.live = true
  }
}

/** `1,234 scored  loss 0.123  accuracy 0.98  (last 100: loss …)  2 waiting`. */
export function scoreLine(metrics: LearnMetrics): string {
  return [...partsOf(metrics, true), ...lostOf(metrics)].join('  ')
}

/**
 * As `scoreLine`, at most so wide: where there is no room for the scores over all and those of the
 * window, the latter; then as much as fits. A number that is cut would be another one.
 */
export function liveLine(metrics: LearnMetrics, width: number): string {
  const whole = scoreLine(metrics)
  if (whole.length <= width) return whole
  let line = ''
  for (const part of [...partsOf(metrics, metrics.window === undefined), ...lostOf(metrics)]) {
    const longer = line === '' ? part : `${line}  ${part}`
    if (longer.length > width - 3 && longer !== part) return `${line}  …`
    line = longer
  }
  return line.slice(0, width)
}

/** What is set apart by spaces, with or without the scores over all where there is a window. */
function partsOf(metrics: LearnMetrics, all: boolean): string[] {
  const { window, samples } = metrics
  const parts = [`${group(samples)} scored`, ...(all ? scoresOf(metrics) : [])]
  if (window === undefined) return parts
  const [first, ...others] = scoresOf(window)
  const recent = [`(last ${group(window.samples)}: ${first}`, ...others]
  recent.push(`${recent.pop()!})`)
  return [...parts, ...recent]
}

function lostOf({ counts }: LearnMetrics): string[] {
  const { waiting, expired, evicted, dropped } = counts
  const lost = { waiting, expired, evicted, dropped }
  return Object.entries(lost).flatMap(([name, n]) => (n > 0 ? [`${group(n)} ${name}`] : []))
}

function scoresOf({ loss, metrics }: Scores): string[] {
  return [['loss', loss] as const, ...Object.entries(metrics)].map(
    ([name, value]) => `${name} ${Number.isNaN(value) ? '-' : Number(value.toPrecision(4))}`,
  )
}
