/** Where everything a run works on lies in the linear memory of its module: addresses in bytes. */
import type { Control, Training } from '../training.js'

/** What the host hands over before a call and takes back after it, by its place: each has 8 bytes. */
const places = {
  limit: 0,
  lastEpoch: 1,
  wantedLoss: 2,
  patience: 3,
  made: 4,
  position: 5,
  epoch: 6,
  inBatch: 7,
  answered: 8,
  updates: 9,
  learned: 10,
  count: 11,
  lastCount: 12,
  lastLoss: 13,
  bestLoss: 14,
  bestEpoch: 15,
  // Of the module alone: how long `order` is, where the data lie, and the weights of now.
  length: 16,
  rows: 17,
  complete: 18,
  order: 19,
  current: 20,
} as const

export type ControlName = keyof typeof places

/** The address of a control, which is a number of 64 bits whatever it means. */
export function addressOf(name: ControlName): number {
  return 8 * places[name]
}

// A steady run may be called every few steps: each line is a store, where a loop over names would
// look up each of them in the object.

/** Writes what a call begins with. */
export function writeControl(all: Float64Array, control: Control): void {
  all[places.limit] = control.limit
  all[places.lastEpoch] = control.lastEpoch
  all[places.wantedLoss] = control.wantedLoss
  all[places.patience] = control.patience
  all[places.made] = control.made
  all[places.position] = control.position
  all[places.epoch] = control.epoch
  all[places.inBatch] = control.inBatch
  all[places.answered] = control.answered
  all[places.updates] = control.updates
  all[places.learned] = control.learned
  all[places.count] = control.count
  all[places.lastCount] = control.lastCount
  all[places.lastLoss] = control.lastLoss
  all[places.bestLoss] = control.bestLoss
  all[places.bestEpoch] = control.bestEpoch
}

/** Reads what a run changes; its host alone changes the others. */
export function readControl(all: Float64Array, control: Control): void {
  control.made = all[places.made]!
  control.position = all[places.position]!
  control.epoch = all[places.epoch]!
  control.inBatch = all[places.inBatch]!
  control.answered = all[places.answered]!
  control.updates = all[places.updates]!
  control.learned = all[places.learned]!
  control.count = all[places.count]!
  control.lastCount = all[places.lastCount]!
  control.lastLoss = all[places.lastLoss]!
  control.bestLoss = all[places.bestLoss]!
  control.bestEpoch = all[places.bestEpoch]!
}

export interface Layout {
  readonly values: number
  readonly gradients: number
  readonly temporaries: number
  /** The gradients of an update, where they are not those of a step: averaged, clipped. */
  readonly mean: number
  readonly sum: number
  readonly sums: number
  readonly lastSums: number
  /** Room for a part of a matrix. */
  readonly panel: number
  /**
   * Two blocks of the weights with the slots behind them: an update reads one and writes the
   * other, and then they change places.
   */
  readonly blocks: readonly [number, number]
  /** From one slot to the next, and from the weights to the first. */
  readonly stride: number
  /** Where the data begin. */
  readonly end: number
  readonly frames: Frames
}

/**
 * Samples of a batch that are computed together: each has values, gradients and temporaries of its
 * own, a `stride` of bytes on from those of the one before.
 */
export interface Frames {
  /** 1 where samples are computed one after the other. */
  readonly count: number
  readonly stride: number
}

/** `panel` is how many numbers there must be room for; nobody reads gradients before `first`. */
export function layOut(training: Training, panel: number, count = 1, first = 0): Layout {
  const { region, valuesSize, gradientsSize, weightsSize, means, program } = training
  let end = 256
  const take = (numbers: number) => {
    const at = end
    end += 8 * (numbers + (numbers & 1))
    return at
  }
  const stride = 8 * (weightsSize + (weightsSize & 1))
  const block = (1 + program.slots.length) * (stride / 8)
  const learned = {
    mean: take(weightsSize),
    sum: take(weightsSize),
    sums: take(means.length),
    lastSums: take(means.length),
    panel: take(panel),
    blocks: [take(block), take(block)] as const,
    stride,
  }
  const values = take(valuesSize)
  const skipped = first - (first & 1)
  const frame = {
    values,
    // Not below 0: as many weights lie before it.
    gradients: take(gradientsSize - skipped) - 8 * skipped,
    temporaries: take(region.temporaries),
  }
  const size = strideFor(end - values)
  if (count > 1) end = values + count * size
  return { ...learned, ...frame, end, frames: { count, stride: size } }
}

// An odd number of lines of a cache, so that the same number of many frames falls into many sets.
function strideFor(bytes: number): number {
  const lines = Math.ceil(bytes / 64)
  return 64 * (lines | 1)
}
