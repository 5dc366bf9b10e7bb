/** What `eagre train` says at the end. */
import { json } from '../files/json.js'
import type { TrainReport } from '../train/report.js'
import { printable } from './failure.js'
import { duration, group } from './progress.js'
import { compact } from './tensor.js'

/** What was done and how long it took: not data, as it is never the same twice. */
export function headline(name: string, report: TrainReport, stopped: string): string {
  const count = (value: number, what: string) => `${group(value)} ${what}${value === 1 ? '' : 's'}`
  const { epoch, step, samples, updates, elapsed } = report
  const of = samples === step ? '' : ` of ${count(samples, 'sample')}`
  const counts = [count(epoch, 'epoch'), count(step, 'step') + of, count(updates, 'update')].join(', ') // prettier-ignore
  const why = whys.get(stopped) ?? ''
  return `${printable(name.replace(/\s+/g, ' '))}: ${counts} in ${duration(elapsed / 1000)}${why}`
}

const whys = new Map([
  ['loss', '; stopped as the loss was reached'],
  ['patience', '; stopped as the loss fell no more'],
  ['time', '; stopped as the time was over'],
  ['interrupted', '; interrupted'],
])

/** Loss, metrics, outputs and weights in full precision, a line each. */
export function summaryText(
  report: TrainReport,
  outputs: Readonly<Record<string, unknown>>,
  weights: Readonly<Record<string, unknown>>,
): string {
  const parts: [string, Readonly<Record<string, unknown>>][] = [
    ['metrics', report.metrics],
    ['test', report.test === undefined ? {} : { loss: report.test.loss, ...report.test.metrics }],
    ['outputs', outputs],
    ['weights', weights],
  ]
  const names = parts.flatMap(([, values]) => Object.keys(values))
  const width = names.reduce((longest, name) => Math.max(longest, name.length), 4)
  const lines = [`${'loss'.padEnd(width + 4)}${shown(report.loss)}`]
  for (const [title, values] of parts) {
    const entries = Object.entries(values)
    if (entries.length > 0) lines.push(title)
    for (const [name, value] of entries) lines.push(`  ${name.padEnd(width + 2)}${shown(value)}`)
  }
  return `${lines.join('\n')}\n`
}

/** Full precision, without the quotes that JSON needs; a tensor by its shape and range. */
function shown(value: unknown): string {
  const tensor = compact(value)
  if (tensor !== undefined) return tensor
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : json(value)
}
