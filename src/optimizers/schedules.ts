/**
 * Learning-rate schedules: PyTorch's in their closed forms, as factors of the base rate. Those
 * that name rates themselves (`eta_min`, `max_lr`) divide them by the base, so that a weight
 * with a rate of its own keeps its proportion to the others.
 */
import { cos, power } from '../gates/elementary.js'
import type { Schedule, ScheduleParameter, ScheduleValue } from './schedule.js'

type Values = ReadonlyMap<string, ScheduleValue>

const number = (name: string, value?: number): ScheduleParameter => ({
  name,
  type: 'number',
  ...(value !== undefined && { default: value }),
})
const count = (name: string, value?: number): ScheduleParameter => ({
  name,
  type: 'count',
  ...(value !== undefined && { default: value }),
})

export const step: Omit<Schedule, 'name'> = {
  doc: 'Multiplies by gamma every step_size ticks.',
  parameters: [count('step_size'), number('gamma', 0.1)],
  factor: (tick, values) => power(of(values, 'gamma'), Math.floor(tick / of(values, 'step_size'))),
}

export const multi_step: Omit<Schedule, 'name'> = {
  doc: 'Multiplies by gamma at each of the milestones.',
  parameters: [{ name: 'milestones', type: 'numbers' }, number('gamma', 0.1)],
  factor(tick, values) {
    const milestones = values.get('milestones') as readonly number[] // its type above
    return power(of(values, 'gamma'), milestones.filter((milestone) => milestone <= tick).length)
  },
}

export const exponential: Omit<Schedule, 'name'> = {
  doc: 'Multiplies by gamma every tick.',
  parameters: [number('gamma')],
  factor: (tick, values) => power(of(values, 'gamma'), tick),
}

export const cosine: Omit<Schedule, 'name'> = {
  doc: 'Falls along half a cosine to eta_min in t_max ticks, and rises again after them.',
  parameters: [count('t_max'), number('eta_min', 0)],
  factor(tick, values, base) {
    const least = of(values, 'eta_min') / base
    return least + ((1 - least) * (1 + cos((Math.PI * tick) / of(values, 't_max')))) / 2
  },
}

export const linear: Omit<Schedule, 'name'> = {
  doc: 'Goes from start_factor to end_factor in total_iters ticks and stays: a warm-up.',
  parameters: [number('start_factor', 1 / 3), number('end_factor', 1), count('total_iters', 5)],
  factor(tick, values) {
    const start = of(values, 'start_factor')
    const total = of(values, 'total_iters')
    return start + ((of(values, 'end_factor') - start) * Math.min(tick, total)) / total
  },
}

export const one_cycle: Omit<Schedule, 'name'> = {
  doc: 'Rises from max_lr / div_factor to max_lr and falls far below, over total_steps ticks.',
  // Momentum stays as it is, as with PyTorch's cycle_momentum=False.
  parameters: [
    number('max_lr'),
    count('total_steps'),
    number('pct_start', 0.3),
    { name: 'anneal_strategy', type: 'word', words: ['cos', 'linear'], default: 'cos' },
    number('div_factor', 25),
    number('final_div_factor', 1e4),
  ],
  factor(tick, values, base) {
    const total = of(values, 'total_steps')
    const highest = of(values, 'max_lr')
    const first = highest / of(values, 'div_factor')
    const last = first / of(values, 'final_div_factor')
    const peak = of(values, 'pct_start') * total - 1
    const between = values.get('anneal_strategy') === 'linear' ? linearly : alongCosine
    // After the cycle the rate stays where it ended.
    const at = Math.min(tick, total - 1)
    const rate =
      at < peak
        ? between(first, highest, at / peak)
        : between(highest, last, peak < total - 1 ? (at - peak) / (total - 1 - peak) : 0)
    return rate / base
  },
}

function linearly(from: number, to: number, part: number): number {
  return from + (to - from) * part
}

function alongCosine(from: number, to: number, part: number): number {
  return to + ((from - to) / 2) * (1 + cos(Math.PI * part))
}

function of(values: Values, name: string): number {
  return values.get(name) as number // the parameters' types were checked with the plan
}
