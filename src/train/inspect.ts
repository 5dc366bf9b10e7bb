/** Everything that happens in a graph, as one stream; and of it what is asked for. */
import { Observable, type Subject } from 'rxjs'
import { EagreError } from '../errors.js'
import { nameOf } from '../language/name.js'
import { nodeNamed } from '../network/find.js'
import type { Fault, GradientMessage, UpdateMessage, ValueMessage } from '../network/message.js'
import type { Network } from '../network/network.js'
import type { Updates } from '../network/updates.js'
import type { EngineChoice } from './engine.js'
import type { Joined } from './learned.js'
import type { LearnMetrics } from './progressive.js'
import type { TrainReport } from './report.js'

/** What `inspect` tells. */
export type GraphEvent =
  | ({ readonly type: 'value'; readonly node: string } & ValueMessage)
  | ({ readonly type: 'gradient'; readonly node: string } & GradientMessage)
  | ({ readonly type: 'update'; readonly node: string } & UpdateMessage)
  | ({ readonly type: 'fault' } & Fault)
  /** Training begins: what executes the steps that nobody watches. */
  | ({ readonly type: 'engine' } & EngineChoice)
  | { readonly type: 'report'; readonly report: TrainReport }
  /** A late label has found its event. */
  | ({ readonly type: 'join' } & Joined)
  | { readonly type: 'metrics'; readonly metrics: LearnMetrics }
  | ({ readonly type: 'lifecycle' } & Lifecycle)

/** A run has begun, or is over. */
export interface Lifecycle {
  readonly run: 'train' | 'learn'
  readonly event: 'start' | 'end'
}

/** What `inspect` is to tell; without options, all of it. */
export interface InspectOptions {
  readonly types?: readonly GraphEvent['type'][]
  /** Of values, gradients and updates: those of these nodes. */
  readonly nodes?: readonly string[]
  /** Of values and gradients those of each n-th step, each n-th update, and metrics as often. */
  readonly every?: number
}

/** Where the events come from. */
export interface Inspected {
  readonly network: Network
  readonly updates: Updates
  readonly faults: Subject<Fault>
  readonly reports: Subject<TrainReport>
  readonly joins: Subject<Joined>
  readonly lifecycle: Subject<Lifecycle>
  readonly engines: Subject<EngineChoice>
  metrics(every: number | undefined): Observable<LearnMetrics>
}

/**
 * Subscribes to what is asked for, and to nothing else, for as long as somebody is subscribed.
 * Completes with the graph. Throws `bad-argument` and `unknown-node`.
 */
export function inspected(graph: Inspected, options: InspectOptions): Observable<GraphEvent> {
  const { every } = options
  if (every !== undefined && !(Number.isSafeInteger(every) && every >= 1)) {
    throw new EagreError('bad-argument', `inspect: every must be a whole number from 1, got ${every}`) // prettier-ignore
  }
  const unknown = options.types?.find((type) => !types.has(type))
  if (unknown !== undefined) {
    throw new EagreError('bad-argument', `inspect: there is no type "${unknown}"`, {
      hint: `the types are ${[...types].join(', ')}`,
    })
  }
  const { plan } = graph.network.wiring
  const nodes = options.nodes?.map((name) => nodeNamed(plan, name))
  return new Observable<GraphEvent>((subscriber) => {
    const wants = (type: GraphEvent['type']) => options.types?.includes(type) ?? true
    const on = <T>(source: Observable<T>, event: (message: T) => GraphEvent | undefined) => {
      const next = (message: T) => {
        const made = event(message)
        if (made !== undefined) subscriber.next(made)
      }
      subscriber.add(source.subscribe(next))
    }
    const due = (count: number) => every === undefined || count % every === 0
    for (const index of nodes ?? plan.nodes.keys()) {
      const node = nameOf(plan, index)
      if (wants('value')) {
        on(graph.network.valuesOf(index, every), (message) =>
          due(message.step) ? { type: 'value', node, ...message } : undefined,
        )
      }
      if (wants('gradient')) {
        on(graph.network.gradientsOf(index, every), (message) =>
          due(message.step) ? { type: 'gradient', node, ...message } : undefined,
        )
      }
      if (wants('update') && plan.nodes[index]!.type === 'weight') {
        on(graph.updates.of(index), (message) =>
          due(message.update) ? { type: 'update', node, ...message } : undefined,
        )
      }
    }
    if (wants('fault')) on(graph.faults, (fault) => ({ type: 'fault', ...fault }))
    if (wants('engine')) on(graph.engines, (choice) => ({ type: 'engine', ...choice }))
    if (wants('report')) on(graph.reports, (report) => ({ type: 'report', report }))
    if (wants('join')) on(graph.joins, (joined) => ({ type: 'join', ...joined }))
    if (wants('metrics')) on(graph.metrics(every), (metrics) => ({ type: 'metrics', metrics }))
    if (wants('lifecycle')) on(graph.lifecycle, (event) => ({ type: 'lifecycle', ...event }))
    // Of all streams this one ends last.
    subscriber.add(graph.lifecycle.subscribe({ complete: () => subscriber.complete() }))
  })
}

const types: ReadonlySet<string> = new Set<GraphEvent['type']>([
  ...(['value', 'gradient', 'update', 'fault', 'engine', 'report'] as const),
  ...(['join', 'metrics', 'lifecycle'] as const),
])
