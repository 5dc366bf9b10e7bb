/** What a caller of `train()` says, over what the graph file says. */
import { EagreError } from '../errors.js'
import type { TrainPlan } from '../language/plan.js'
import type { TrainOptions } from './report.js'

/** The plan with the options in place. Throws `bad-argument` for one that makes no sense. */
export function trainPlanOf(plan: TrainPlan, options: TrainOptions): TrainPlan {
  const { epochs, batch, stack, learningRate, shuffle, seed, every } = options
  count('epochs', epochs)
  count('batch', batch)
  if (every !== 'slice' && every !== 'epoch') count('every', every)
  if (seed !== undefined && !Number.isSafeInteger(seed)) {
    throw new EagreError('bad-argument', `train: seed must be a whole number, got ${seed}`)
  }
  if (stack !== undefined && typeof stack !== 'boolean') {
    throw new EagreError('bad-argument', `train: stack must be true or false, got ${String(stack)}`)
  }
  if (learningRate !== undefined && !(learningRate > 0 && Number.isFinite(learningRate))) {
    throw new EagreError('bad-argument', `train: learningRate must be above 0, got ${learningRate}`)
  }
  const { stack: planned, ...rest } = plan
  return {
    ...rest,
    ...((stack ?? planned) && { stack: true }),
    ...(epochs !== undefined && { epochs }),
    ...(batch !== undefined && { batch }),
    ...(learningRate !== undefined && { learningRate }),
    ...(shuffle !== undefined && { shuffle }),
    ...(seed !== undefined && { seed }),
  }
}

function count(name: string, value: number | undefined): void {
  if (value === undefined || (Number.isInteger(value) && value >= 1)) return
  throw new EagreError('bad-argument', `train: ${name} must be a whole number from 1, got ${value}`)
}
