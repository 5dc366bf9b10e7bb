import { describe, expect, test } from 'vitest'
import { schedules } from '../../src/optimizers/index.js'
import type { ScheduleValue } from '../../src/optimizers/schedule.js'

function rates(name: string, given: Record<string, ScheduleValue>, ticks: number, base = 1) {
  const schedule = schedules.get(name)!
  const values = new Map<string, ScheduleValue>()
  for (const { name: key, default: value } of schedule.parameters) {
    if (value !== undefined) values.set(key, value)
  }
  for (const [key, value] of Object.entries(given)) values.set(key, value)
  return Array.from({ length: ticks }, (_, tick) => base * schedule.factor(tick, values, base))
}

describe('one_cycle', () => {
  test('whose peak is its first tick begins at its highest rate', () => {
    const [first, ...others] = rates('one_cycle', { max_lr: 2, total_steps: 4, pct_start: 0.25 }, 4)
    expect(first).toBe(2)
    expect(others.every((rate, at) => rate < (others[at - 1] ?? 2))).toBe(true)
  })

  test('that rises all the time ends at its highest rate', () => {
    const all = rates('one_cycle', { max_lr: 2, total_steps: 4, pct_start: 1 }, 4)
    expect(all.at(-1)).toBe(2)
    expect(all.every(Number.isFinite)).toBe(true)
  })

  test('of one step, and without a rise, is finite', () => {
    expect(rates('one_cycle', { max_lr: 2, total_steps: 1 }, 3).every(Number.isFinite)).toBe(true)
    const flat = rates('one_cycle', { max_lr: 2, total_steps: 5, pct_start: 0 }, 5)
    expect(flat.every((rate) => rate > 0 && rate < 2)).toBe(true)
  })

  test('stays where it ended, where PyTorch stops with an error', () => {
    const all = rates('one_cycle', { max_lr: 2, total_steps: 10 }, 13)
    expect(all.slice(9)).toEqual([all[9], all[9], all[9], all[9]])
    expect(all[9]! / (2 / 25 / 1e4)).toBeCloseTo(1, 12)
  })
})

test('cosine is at eta_min after t_max ticks and back after as many again', () => {
  const all = rates('cosine', { t_max: 10, eta_min: 0.125 }, 21, 0.5)
  expect([all[0], all[10], all[20]]).toEqual([0.5, 0.125, 0.5])
})

test('multi_step takes milestones in any order, and one named twice twice', () => {
  expect(rates('multi_step', { milestones: [3, 1, 3], gamma: 0.5 }, 5)).toEqual([
    1, 0.5, 0.5, 0.125, 0.125,
  ])
})

test('a schedule that names rates is a factor of whatever the base is', () => {
  const at = (base: number) => rates('one_cycle', { max_lr: 2, total_steps: 10 }, 10, base)
  at(0.1).forEach((rate, tick) => expect(rate / at(7)[tick]!).toBeCloseTo(1, 14))
})
