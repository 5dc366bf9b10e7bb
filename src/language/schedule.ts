/** Reads `train.schedule`. */
import type { ScheduleParameter, ScheduleValue } from '../optimizers/schedule.js'
import type { Checking } from './context.js'
import type { SchedulePlan } from './plan.js'
import type { Located, ScheduleSpec } from './spec.js'

/** The plan of a schedule, its defaults filled in. */
export function readSchedule(checking: Checking, spec: ScheduleSpec): SchedulePlan | undefined {
  const { name, per } = spec
  const schedule = checking.schedules.get(name.value)
  if (schedule === undefined) {
    const meant = checking.meant(name.value, checking.schedules)
    checking.error('unknown-schedule', name.range, { name: name.value, ...meant })
    return undefined
  }
  const known = new Map(schedule.parameters.map((parameter) => [parameter.name, parameter]))
  const parameters: Record<string, ScheduleValue> = Object.create(null)
  for (const parameter of schedule.parameters) {
    if (parameter.default !== undefined) parameters[parameter.name] = parameter.default
  }
  const of = name.value
  const given = new Set<string>()
  for (const { name: key, value } of spec.parameters) {
    const parameter = known.get(key.value)
    if (parameter === undefined) {
      const meant = checking.meant(key.value, known)
      const fields = { of, name: key.value, known: [...known.keys()], ...meant }
      checking.error('unknown-parameter', key.range, fields)
      continue
    }
    if (given.has(key.value)) {
      checking.error('parameter-twice', key.range, { of, name: key.value })
    }
    given.add(key.value)
    parameters[key.value] = value.value
    checkValue(checking, of, parameter, value)
  }
  for (const parameter of known.keys()) {
    if (parameter in parameters) continue
    checking.error('missing-parameter', name.range, { of, name: parameter })
  }
  return { name: of, parameters, per: per?.value ?? 'epoch' }
}

function checkValue(
  checking: Checking,
  of: string,
  { name, type, words = [] }: ScheduleParameter,
  { value, range }: Located<ScheduleValue>,
): void {
  const wanted = {
    number: 'a finite number',
    count: 'a whole number from 1',
    numbers: 'a list of finite numbers',
    word: words.join(' or '),
  }[type]
  const fits = {
    number: () => Number.isFinite(value),
    count: () => Number.isSafeInteger(value) && Number(value) >= 1,
    numbers: () => Array.isArray(value) && value.every(Number.isFinite),
    word: () => typeof value === 'string' && words.includes(value),
  }[type]()
  if (fits) return
  const got = typeof value === 'object' ? `[${value.join(', ')}]` : `${value}`
  const meant = typeof value === 'string' ? checking.meant(value, new Set(words)) : {}
  checking.error('bad-parameter', range, { of, name, wanted, got, ...meant })
}
