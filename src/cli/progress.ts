/** Progress of training on stderr: a bar on a terminal, a line now and then elsewhere. */
import type { SingleBar } from 'cli-progress'
import type { TrainReport } from '../train/report.js'
import { liveWidth, type Context } from './io.js'

export interface Progress {
  show(report: TrainReport): void
  stop(): void
}

/** Milliseconds between two lines where there is no terminal. */
const pause = 10_000

export async function startProgress(context: Context): Promise<Progress> {
  const { stderr } = context.io
  const speed = speedometer()
  if (stderr.isTTY !== true) {
    let next = pause
    return {
      show: (report) => {
        const rate = speed(report)
        if (report.elapsed < next || report.type === 'done') return
        next = report.elapsed + pause
        context.note(progressLine(report, rate, Infinity))
      },
      stop: () => undefined,
    }
  }
  const progress = await import('cli-progress')
  // It redraws on a timer and only what has changed; what it shows is our line.
  const bar: SingleBar = new progress.default.SingleBar({
    stream: stderr,
    format: (_options, _parameters, payload: { line: string }) => payload.line,
    // It would switch off wrapping, and not switch it on again if the process is killed.
    linewrap: true,
  })
  bar.start(1, 0, { line: '' })
  return {
    show: (report) => {
      context.live = true
      bar.update(0, { line: progressLine(report, speed(report), liveWidth(stderr)) })
    },
    stop: () => {
      context.live = false
      // It goes back to where the cursor was saved last: not to where the bar began, over all that
      // has been said since.
      stderr.write('\x1b7')
      bar.stop()
    },
  }
}

/** One line, at most so wide. */
export function progressLine(report: TrainReport, stepsPerSecond: number, width: number): string {
  const { epoch, epochs, step, steps, loss, test } = report
  const parts = [
    `epoch ${group(epoch)}${epochs === undefined ? '' : `/${group(epochs)}`}`,
    `loss ${Number.isNaN(loss) ? '-' : loss.toExponential(3)}`,
    ...(test === undefined ? [] : [`test ${test.loss.toExponential(3)}`]),
    `${short(stepsPerSecond)} steps/s`,
  ]
  if (steps !== undefined) {
    const left = stepsPerSecond > 0 ? duration((steps - step) / stepsPerSecond) : '-'
    parts.push(`${left} left`)
  }
  let line = parts.join('  ')
  const room = Math.min(30, width - line.length - 2)
  if (steps !== undefined && room >= 5) {
    const done = Math.round((step / steps) * room)
    line = `${'█'.repeat(done)}${'░'.repeat(room - done)}  ${line}`
  }
  return line.slice(0, width)
}

/** Steps per second, smoothed over the last seconds. */
function speedometer(): (report: TrainReport) => number {
  let [step, elapsed, rate] = [0, 0, 0]
  return (report) => {
    const passed = report.elapsed - elapsed
    // Less is all noise.
    if (passed < 50 && rate > 0) return rate
    const current = passed > 0 ? ((report.step - step) / passed) * 1000 : 0
    const weight = Math.min(1, passed / 2000)
    rate = rate === 0 ? current : rate + (current - rate) * weight
    step = report.step
    elapsed = report.elapsed
    return rate
  }
}

/** A whole number with its thousands set apart. */
export function group(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',')
}

function short(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)}M`
  if (value >= 1e3) return `${(value / 1e3).toFixed(value >= 1e5 ? 0 : 1)}k`
  return value >= 10 ? value.toFixed(0) : value.toPrecision(2)
}

/** Seconds in words, two units at most. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '-'
  if (seconds > 0 && seconds < 0.0995) return `${Math.max(1, Math.round(1000 * seconds))} ms`
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`
}
