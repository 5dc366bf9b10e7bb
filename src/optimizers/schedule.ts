/** What a learning-rate schedule is: a factor by tick. */

export interface Schedule {
  readonly name: string
  readonly doc: string
  readonly parameters: readonly ScheduleParameter[]
  /**
   * What the base learning rate is multiplied by at `tick` (0 for the first epoch, or the
   * first update with `per: update`).
   */
  factor(tick: number, parameters: ReadonlyMap<string, ScheduleValue>, baseRate: number): number
}

export type ScheduleValue = number | string | readonly number[]

export interface ScheduleParameter {
  readonly name: string
  /** Required where absent. */
  readonly default?: ScheduleValue
  readonly type: 'number' | 'count' | 'numbers' | 'word'
  readonly words?: readonly string[]
}
