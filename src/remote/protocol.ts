/** What a page and the model it shows say to each other: plain JSON, in both directions. */
import type { Diagnostic } from '../errors.js'
import type { Nested } from '../language/plan.js'
import type { Figure } from '../train/figures.js'

/** A value or gradient as it is shown: a number, or a tensor seen from afar. */
export type Shown = Figure | ShownTensor

/** A tensor as a picture: at most 24 x 24 cells, each the mean of the elements below it. */
export interface ShownTensor {
  readonly shape: readonly number[]
  readonly rows: number
  readonly columns: number
  /** Row by row. */
  readonly cells: readonly Figure[]
  readonly least: Figure
  readonly most: Figure
}

export interface ShownNode {
  readonly name: string
  readonly type: 'input' | 'target' | 'weight' | 'constant' | 'gate'
  readonly gate?: string
  readonly formula?: string
  /** The formula of its value and, by port, of the gradient that it answers. */
  readonly rule?: { readonly value: string; readonly gradients: Readonly<Record<string, string>> }
  readonly shape: readonly number[]
  /** By port: its name and the node that feeds it, or the literal. */
  readonly ports: readonly ShownPort[]
  readonly frozen?: boolean
  /** What a page has said of that, in place of the file. */
  readonly pinned?: boolean
  /** Of an input: the columns that it is made of, where they are not called as it is. */
  readonly from?: readonly string[]
  /** Of an input: the texts that stand for 0, 1, …. */
  readonly classes?: readonly string[]
  /** Of an input: texts are hashed to whole numbers below this. */
  readonly hash?: number
}

export type ShownPort =
  | { readonly name: string; readonly node: number }
  | { readonly name: string; readonly value: Figure }

/** The graph that a page shows, as it is now. */
export interface ShownGraph {
  /** Counts graphs: a new one comes with each edit. */
  readonly version: number
  readonly name: string
  readonly description?: string
  readonly text: string
  readonly file: string
  readonly nodes: readonly ShownNode[]
  readonly loss?: number
  readonly outputs: readonly number[]
  readonly train: {
    readonly optimizer: string
    readonly learningRate: number
    readonly batch: number
    readonly seed: number
    readonly epochs?: number
  }
  /** Why it cannot be trained here, where it cannot. */
  readonly untrainable?: string
}

export type Activity = 'paused' | 'playing' | 'ended'

/** How far the model has come. */
export interface Status {
  readonly activity: Activity
  readonly step: number
  readonly epoch: number
  readonly updates: number
  readonly loss: Figure
  readonly learningRate: Figure
  /** Learn steps a second, of late. */
  readonly pace: number
  /** Steps a second at most; null where it runs as fast as it can. */
  readonly speed: number | null
  /** The base learning rate, where a page has set it. */
  readonly rate?: number
  readonly stopped?: string
}

/** One point of the charts. */
export interface Point {
  readonly step: number
  readonly epoch: number
  readonly loss: Figure
  readonly rate: Figure
  readonly metrics: Readonly<Record<string, Figure>>
  readonly test?: Readonly<Record<string, Figure>>
}

/** All values and gradients of one sample, by node; null where there is none. */
export interface Snapshot {
  readonly version: number
  readonly step: number
  /** Whether a step of the run sent them; else they are of a probe on the weights of now. */
  readonly made: boolean
  /** Of a batch that runs as one step: its size, and the sample that this is, from 0. */
  readonly batch?: number
  readonly sample?: number
  readonly values: readonly (Shown | null)[]
  readonly gradients: readonly (Shown | 'none' | null)[]
  /** The loss of that sample. */
  readonly loss: Figure | null
  /** The nodes in the order in which their values and gradients were sent, for a step that was made. */
  readonly wave?: {
    readonly down: readonly number[]
    readonly up: readonly number[]
    readonly updated: readonly number[]
  }
}

/** What becomes of a weight when a graph is edited. */
export interface WeightChange {
  readonly name: string
  readonly change: 'kept' | 'new' | 'reset' | 'dropped'
}

/** From the model to its pages. */
export type Event =
  | { readonly type: 'graph'; readonly graph: ShownGraph; readonly readonly: boolean }
  | { readonly type: 'status'; readonly status: Status }
  | { readonly type: 'snapshot'; readonly snapshot: Snapshot }
  | { readonly type: 'points'; readonly points: readonly Point[]; readonly fresh: boolean }
  | { readonly type: 'fault'; readonly message: string }

/** From a page to the model. */
export type Command =
  | { readonly type: 'step' | 'epoch' | 'play' | 'pause' }
  | { readonly type: 'restart'; readonly seed?: number }
  | { readonly type: 'speed'; readonly stepsPerSecond: number | null }
  | { readonly type: 'rate'; readonly value: number }
  /** Values for some inputs; the others have those of the data. */
  | { readonly type: 'sample'; readonly sample: Readonly<Record<string, unknown>> | null }
  /** The sample to show, from 0, of a batch that runs as one step. */
  | { readonly type: 'pick'; readonly sample: number }
  | { readonly type: 'weight'; readonly name: string; readonly value: Nested }
  | { readonly type: 'freeze'; readonly name: string; readonly frozen: boolean }
  | { readonly type: 'reset'; readonly name: string }
  | { readonly type: 'check' | 'preview' | 'apply'; readonly text: string }
  | { readonly type: 'data'; readonly rows: readonly Readonly<Record<string, unknown>>[] | null }
  | { readonly type: 'tensor'; readonly node: number; readonly of: 'value' | 'gradient' }
  | { readonly type: 'explain'; readonly node: number }
  | { readonly type: 'weights' }

/** How the gradient of a gate goes on through one of its ports. */
export interface Explained {
  readonly port: string
  /** The node that feeds it. */
  readonly from: string
  /** How the output changes with that input, at the values of now. */
  readonly derivative: Figure
  /** What the port answers: the gradient that arrives times that. */
  readonly answer: Figure
}

/** What a command is answered with. */
export type Answer =
  | { readonly ok: true; readonly diagnostics?: readonly Diagnostic[]; readonly changes?: readonly WeightChange[]; readonly data?: Nested; readonly parts?: readonly Explained[]; readonly weights?: Readonly<Record<string, Nested>> } // prettier-ignore
  | { readonly ok: false; readonly message: string; readonly diagnostics?: readonly Diagnostic[] }

/** Commands that change nothing, which a page that may only read is allowed. */
export const readingCommands: ReadonlySet<Command['type']> = new Set([
  'check',
  'preview',
  'tensor',
  'explain',
  'pick',
  'weights',
])

/** Whether something is the number of a sample of a batch, from 0. */
export function isSample(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

/** What is said where it is not. */
export const noSample: Answer = { ok: false, message: 'a sample is a whole number from 0' }
