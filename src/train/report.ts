/** What `graph.train()` takes and emits. */
import type { EngineOption } from './engine.js'
import type { Fields } from './source.js'

/** What a caller of `train()` decides. */
export interface TrainOptions {
  /** Each overrides the graph file's own. */
  readonly epochs?: number
  readonly batch?: number
  /** Whether a batch runs as one step; refused for a graph with stateful gates. */
  readonly stack?: boolean
  readonly learningRate?: number
  readonly shuffle?: boolean
  readonly seed?: number
  /** The rows of the training data, in place of the file's. */
  readonly data?: readonly Fields[]
  /**
   * What executes the steps that nobody watches: `live` the network itself, the others a kernel
   * made of it, which gives the same bits. By default what is fastest here.
   */
  readonly engine?: EngineOption
  /** How often a report comes: once a slice (the default), each epoch, or every so many steps. */
  readonly every?: 'slice' | 'epoch' | number
}

/** How far training has come. */
export interface TrainReport {
  readonly type: 'progress' | 'done'
  /** Epochs finished. */
  readonly epoch: number
  /** The limit, where there is one. */
  readonly epochs?: number
  /** Steps made; a whole batch is one where batches are stacked. */
  readonly step: number
  /** Samples that these steps went through, those without their targets too. */
  readonly samples: number
  /** All steps that `epochs` asks for, where there is a limit. */
  readonly steps?: number
  readonly updates: number
  /**
   * The mean of the losses of the last finished epoch's samples, before their updates; before the
   * first epoch ends, of the samples so far. NaN where no step has answered.
   */
  readonly loss: number
  /** Averages of the metric nodes over the same samples. */
  readonly metrics: Readonly<Record<string, number>>
  /**
   * Of the rows that are held back, on the weights after the last finished epoch (at the end, on
   * the last weights). Where several epochs pass between two reports, as they may in a slice,
   * one of them has been tested.
   */
  readonly test?: { readonly loss: number; readonly metrics: Readonly<Record<string, number>> }
  /** The base learning rate after the schedule, as of the last update. */
  readonly learningRate: number
  /** Milliseconds since training started, pauses left out. */
  readonly elapsed: number
  /** Why it ended, in the last report. */
  readonly stopped?: 'epochs' | 'loss' | 'patience' | 'time'
}
