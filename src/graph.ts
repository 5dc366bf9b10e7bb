/** The face of eagre: a plan, a state, a network and a scheduler as one object. */
import type { Observable, OperatorFunction } from 'rxjs'
import type { Diagnostic } from './errors.js'
import type { Gate } from './gates/gate.js'
import type { Executor } from './kernel/kernel.js'
import type { FilePlan, Nested, Plan, Row } from './language/plan.js'
import type { Fault, GradientMessage, None, UpdateMessage, Value, ValueMessage } from './network/message.js'
import type { Optimizer } from './optimizers/optimizer.js'
import type { Clock } from './train/clock.js'
import type { TrainOptions, TrainReport } from './train/report.js'

export interface ParseOptions {
  /** The name shown in messages. */
  readonly file?: string
  /** Replaces the built-in catalogue: `{ gates: { ...gates, mine } }`. */
  readonly gates?: Readonly<Record<string, Gate>>
  readonly optimizers?: Readonly<Record<string, Optimizer>>
}

export interface GraphOptions extends ParseOptions {
  readonly executor?: Executor
  readonly clock?: Clock
  /** How the rows of `train.data.file` are read; `eagre/node` brings one. */
  readonly readData?: (file: FilePlan) => Promise<readonly Row[]>
}

/** Inputs and targets by name. Other fields are ignored. */
export type Sample = Readonly<Record<string, unknown>>

export type Prediction =
  | { readonly step: number; readonly sample: Sample; readonly outputs: Readonly<Record<string, Value>> }
  | { readonly step: number; readonly sample: Sample; readonly fault: Fault }

/** One probe. `gradients` lacks the nodes from which nothing flows to `of`; a node that only answers `none` is `none`. */
export interface StepResult {
  readonly step: number
  readonly of: string
  readonly values: Readonly<Record<string, Value>>
  readonly gradients: Readonly<Record<string, Value | None>>
  /** Absent where there is none, or a target is missing. */
  readonly loss?: number
}

export type GraphEvent =
  | ({ readonly type: 'value'; readonly node: string } & ValueMessage)
  | ({ readonly type: 'gradient'; readonly node: string } & GradientMessage)
  | ({ readonly type: 'update'; readonly node: string } & UpdateMessage)
  | ({ readonly type: 'fault' } & Fault)
  | { readonly type: 'report'; readonly report: TrainReport }
  | { readonly type: 'closed' }

export interface GraphApi {
  readonly plan: Plan
  readonly warnings: readonly Diagnostic[]
  values(node: string): Observable<ValueMessage>
  gradients(node: string): Observable<GradientMessage>
  updates(weight: string): Observable<UpdateMessage>
  faults(): Observable<Fault>
  inspect(): Observable<GraphEvent>
  step(sample?: Sample, options?: { of?: string }): StepResult
  train(options?: TrainOptions): Observable<TrainReport>
  pause(): void
  resume(): void
  /** While paused: make this many steps. */
  advance(steps?: number): void
  predict(): OperatorFunction<Sample, Prediction>
  weights(): Record<string, Nested>
  restore(weights: Readonly<Record<string, unknown>>): void
  close(): void
}
