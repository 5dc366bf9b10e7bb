/**
 * A whole training run as data, and what executes it: a kernel that makes many steps in one
 * call, over rows, batches, updates and epochs, and goes back to its host for all else.
 */
import type { Frame, State } from './kernel.js'
import type { Program } from './program.js'
import type { Cell, Region } from './region.js'

/** What a run does, as far as a kernel need know. */
export interface Training {
  /** One step, with the gradients that learning needs. */
  readonly region: Region
  readonly loss: Cell
  /** A step is a whole batch: the values hold all its samples. */
  readonly stack?: Stacked
  /** How many numbers a row holds: they fill the values of a frame from 0 on. */
  readonly width: number
  readonly valuesSize: number
  readonly gradientsSize: number
  readonly weightsSize: number
  /** The weights that learn. Their gradients lie at the same offsets in the gradients. */
  readonly ranges: readonly TrainingRange[]
  /** Samples per update. */
  readonly batch: number
  /** By value first, then by norm: see `train/clip.ts` for the order of the sum. */
  readonly clip?: { readonly value?: number; readonly norm?: number }
  /** The optimizer, and the base of its learning rate. */
  readonly program: Program
  readonly learningRate: number
  /** What the ticks of the schedule count; absent where the rate stays. */
  readonly schedule?: 'epoch' | 'update'
  /** What is averaged over an epoch: the loss, then the metrics. */
  readonly means: readonly Cell[]
  /** Something is measured in each step beside these: the kernel calls `measure`. */
  readonly measures: boolean
  readonly shuffle: boolean
  /** The host has something to do at the end of each epoch. */
  readonly hostEpochs: boolean
  /** Rows are evaluated as well, beside those that are learned from. */
  readonly evaluates: boolean
  /** What is read of them beside all else. */
  readonly shown: readonly Cell[]
}

/** How the rows of a batch lie in the values: all samples of the first source, then of the next. */
export interface Stacked {
  readonly samples: number
  /** They are fewer than a batch: an epoch must end with them. */
  readonly last: boolean
  /** How many numbers the loss is: one where all samples share it. */
  readonly losses: number
  /** Where in a row a source begins, and how long it is. */
  readonly sources: readonly { readonly first: number; readonly size: number }[]
}

/** How many numbers the loss of a step is. */
export function lossesOf({ stack }: Training): number {
  return stack?.losses ?? 1
}

/** Weights from `start` up to `end`, as offsets, that learn at one rate. */
export interface TrainingRange {
  readonly start: number
  readonly end: number
  /** In place of the base learning rate. */
  readonly rate?: number
}

/**
 * The memories a kernel works on: after each call all of it is up to date. Where the weights, the
 * slots or the sum can be changed, a kernel may put arrays of its own in place of the host's, which
 * are the host's until the next call.
 */
export interface TrainingMemory {
  /** In learn mode; its weights are those of now. */
  readonly frame: Frame
  /** Packed rows, and 1 for each that has its targets; one that has not is predicted only. */
  readonly rows: Float64Array
  readonly complete: Uint8Array
  readonly order: Int32Array
  /** Where gates keep what they keep. */
  readonly state: State
  weights: Float64Array
  /** What the optimizer keeps, by slot. */
  slots: Float64Array[]
  /** The sum of the gradients of a batch so far. */
  sum: Float64Array
  /** The sums of `means`, in this epoch and as the last one ended. */
  readonly sums: Float64Array
  readonly lastSums: Float64Array
}

/** Rows as in the memory of a run. */
export type EvaluatedRows = Pick<TrainingMemory, 'rows' | 'complete'>

/** Gets the values of a row, where a frame has them, and the weights they were computed with. */
export type Seen = (computed: Pick<Frame, 'values' | 'weights'>) => void

/** How far a run has come. A kernel reads and writes it. */
export interface Control {
  /** Steps to make at most, at least 1; and, after a call, steps that were made. */
  limit: number
  made: number
  /** What ends the run with an epoch: its number, its loss (or NaN), epochs without a better one. */
  readonly lastEpoch: number
  readonly wantedLoss: number
  readonly patience: number
  /** In `order`: the next step. */
  position: number
  /** Epochs that have ended. */
  epoch: number
  /** Learn steps since the last update; and those whose gradients are in `sum`. */
  inBatch: number
  answered: number
  /** Updates made. */
  updates: number
  /** Learn steps made: chance in a step goes by them. */
  learned: number
  /** Steps in `sums` and in `lastSums`. */
  count: number
  lastCount: number
  lastLoss: number
  bestLoss: number
  bestEpoch: number
}

/** What a kernel asks of its host while it runs. */
export interface TrainingHost {
  /** The factor of the learning rate at a tick. */
  factor(tick: number): number
  /** Puts `order` into the order of the next epoch. */
  shuffle(): void
  /** Adds the gradients of the frame to `sum`, counting `answered`; false where one is not finite. */
  accumulate(): boolean
  /** Adds the values of a step to the means and measures of the epoch. */
  measure: Seen
}

/**
 * Why a kernel has come back.
 *
 * - `limit`: all steps were made, and everything that follows from them.
 * - `step`: the next step is one for the host. Nothing of it has been done.
 * - `update`: the batch is full, or the epoch ends with part of one, and the update is one for
 *   the host, then what follows from it. Nothing of it has been done.
 * - `epoch`: the last step of an epoch was made, and its end is one for the host. Where samples
 *   are left in a batch their update is, too.
 */
export type Exit = 'limit' | 'step' | 'update' | 'epoch'

/** Executes a run, piece by piece. A gate that throws is an exit `step`. */
export interface TrainingKernel {
  /** Steps of a batch that it makes together, where a call leaves it as many. */
  readonly together?: number
  run(memory: TrainingMemory, control: Control): Exit
  /**
   * Computes the values of rows from number `from` up to `end` that have their targets, as a
   * prediction does, and tells what they are; gates that keep something go on. Returns the first
   * row that it has not computed: one that a gate throws for is for the host.
   */
  evaluate(
    memory: TrainingMemory,
    rows: EvaluatedRows,
    from: number,
    end: number,
    seen: Seen,
  ): number
  /** The run is over: gives back memory of its own. */
  release?(): void
}

/** Begins a run with what was made for it, one after the other. */
export type StartKernel = (host: TrainingHost) => TrainingKernel

/** Makes what executes runs; a text says why it cannot be. */
export type TrainingExecutor = (training: Training) => StartKernel | string
