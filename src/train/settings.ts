/** Which settings of training must be the same where a run goes on, and how they differ. */
import type { Plan, TrainPlan } from '../language/plan.js'

/**
 * By key of the graph file, as text. When a run ends and how it takes its time may change from
 * one session to the next: `epochs`, `until` (all but `restore_best`), `on_fault` and `budget`.
 * All else decides what is learned. The rows themselves are compared by what they hold.
 */
export function settingsOf(plan: Plan, train: TrainPlan): Record<string, string> {
  const { epochs: _, onFault: __, budget: ___, data, until, ...rest } = train
  const settings: Record<string, string> = Object.create(null)
  for (const [key, value] of Object.entries(rest)) {
    if (value !== undefined) settings[snake(key)] = text(value)
  }
  if (until?.restoreBest === true) settings['until.restore_best'] = 'true'
  if (data?.split !== undefined) settings['data.split'] = text(data.split)
  const names = plan.metrics.map((index) => plan.nodes[index]?.name)
  const measures = (plan.measures ?? []).map(({ name, measure }) => `${name}: ${measure}`)
  if (names.length + measures.length > 0) settings['metrics'] = [...names, ...measures].join(', ')
  return settings
}

/** What is not as it was, a clause each. */
export function changedSettings(
  was: Readonly<Record<string, string>>,
  is: Readonly<Record<string, string>>,
): string[] {
  const keys = new Set([...Object.keys(was), ...Object.keys(is)])
  return [...keys]
    .filter((key) => was[key] !== is[key])
    .map((key) => {
      const name = key === 'metrics' ? key : `train.${key}`
      return `${name} was ${was[key] ?? 'not there'} and is ${is[key] ?? 'not there'}`
    })
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function text(value: unknown): string {
  if (typeof value === 'string') return value
  // JSON has no infinity, and a parameter may be one.
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'number' && !Number.isFinite(part) ? String(part) : part,
  )
}
