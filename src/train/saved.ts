/**
 * What a training run has to keep so that another one goes on from there and changes no bit.
 * Arrays of the size of all weights are the run's own: whoever keeps them while it goes on copies.
 */
import type { GeneratorState } from '../optimizers/random.js'
import type { TrainReport } from './report.js'

/** One run, between two steps. */
export interface SavedRun extends RunIdentity {
  /** The next row to measure before the first epoch, and the pass that it is. */
  readonly measuring?: number | undefined
  readonly level: number
  /** While it is measured. */
  readonly statistics?: SavedStatistics | undefined
  /** The next row to test, while a test runs. */
  readonly testing?: number | undefined
  readonly testMeans?: SavedMeans | undefined
  readonly lastTest?: TrainReport['test'] | undefined
  /** No report has told yet what the last test found. */
  readonly untold: boolean
  /** What was begun between two steps, and called back from before it was done. */
  readonly todo?: Todo | undefined
  readonly ending?: TrainReport['stopped'] | undefined
  /** The test that runs is that of the last weights. */
  readonly lastWords: boolean
  /** The next row in the order of the epoch. */
  readonly position: number
  /** Epochs finished, steps made, samples gone through and learned from. */
  readonly epoch: number
  readonly step: number
  readonly samples: number
  readonly learned: number
  /** The number of the last step, which counts the steps of all uses of the graph. */
  readonly latest: number
  /** Samples of the next update so far; where batches are stacked they are still to be learned from. */
  readonly inBatch: number
  /** Absent where the epoch begins anew. */
  readonly means?: SavedMeans | undefined
  readonly lastLoss: number
  readonly bestLoss: number
  readonly bestEpoch: number
  /** Milliseconds. */
  readonly elapsed: number
  /** Before it drew the order of this epoch, so that it draws that again. */
  readonly generator: GeneratorState
  readonly descent: SavedDescent
  /** Weights of the best epoch, of the beginning of this one, and those of the end before the best came back. */
  readonly bestWeights?: Float64Array | undefined
  readonly epochWeights?: Float64Array | undefined
  readonly lastWeights?: Float64Array | undefined
}

/** What is left to do at the boundary: the rest of a step, the rest of an epoch, or nothing any more. */
export type Todo = 'step' | 'epoch' | 'done'

/** What a run was started with. */
export interface RunIdentity {
  /** What the caller of `train()` said. */
  readonly options: SavedOptions
  /** What must be the same where it goes on, as text by key of the graph file. */
  readonly settings: Readonly<Record<string, string>>
  readonly data: SavedData
}

export interface SavedOptions {
  readonly epochs?: number | undefined
  readonly batch?: number | undefined
  readonly stack?: boolean | undefined
  readonly learningRate?: number | undefined
  readonly shuffle?: boolean | undefined
  readonly seed?: number | undefined
  readonly every?: 'slice' | 'epoch' | number | undefined
}

/** The rows that are learned from and those that are held back: how many, and a hash of what they hold. */
export interface SavedData {
  readonly rows: number
  readonly heldBack: number
  readonly hash: string
}

/** The optimizer, and the batch gathered so far. */
export interface SavedDescent {
  readonly optimizer: string
  /** By name of the state line; each as long as all weights. */
  readonly slots: Readonly<Record<string, Float64Array>>
  readonly updates: number
  /** What the schedule was asked for last; -1 where it never was. */
  readonly tick: number
  /** Steps of the batch that answered, and the sum of their gradients. */
  readonly answered: number
  readonly sum?: Float64Array | undefined
}

/** The sums of this epoch and of the last one. */
export interface SavedMeans {
  readonly count: number
  readonly sums: readonly number[]
  readonly tallies: readonly (readonly number[])[]
  readonly lastCount: number
  readonly lastSums: readonly number[]
  readonly lastTallies: readonly number[]
}

/** Of the pass that measures what is standardized: rows so far, and sums by node in the plan's order. */
export interface SavedStatistics {
  readonly count: number
  readonly means: readonly (readonly number[])[]
  readonly squares: readonly (readonly number[])[]
}
