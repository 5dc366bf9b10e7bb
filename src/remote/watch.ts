/**
 * A graph that an application runs, and the pages that watch it: nothing of it is changed. Several
 * times a second all wires are tapped for one step, so that what nobody would see costs nothing.
 */
import type { Subscription } from 'rxjs'
import type { Gate } from '../gates/gate.js'
import type { Graph, GraphEvent } from '../graph.js'
import { figure } from '../train/figures.js'
import type { TrainReport } from '../train/report.js'
import { checkText } from './check.js'
import { explained } from './explain.js'
import { History } from './history.js'
import { Pace } from './pace.js'
import type { Answer, Command, Event, ShownGraph, Snapshot, Status } from './protocol.js'
import { isSample, noSample } from './protocol.js'
import { numbersIn, pointOf, sentBy, waveOf } from './picture.js'
import { drawn } from './shown.js'
import { tapStep } from './tap.js'

/** What pages talk to. */
export interface Model {
  /** Tells a page everything from now on. Returns how to leave. */
  join(listener: (event: Event) => void): () => void
  /** Does what a page asks for. Never throws. */
  handle(command: Command): Promise<Answer>
  close(): void
}

/** Milliseconds between two steps that are watched. */
const frameTime = 100

/** Watches a graph for as long as pages look. */
export class Watch implements Model {
  private readonly graph: Graph
  private readonly gates: ReadonlyMap<string, Gate>
  private readonly shownGraph: ShownGraph
  private readonly listeners = new Set<(event: Event) => void>()
  private readonly history = new History()
  private readonly faults: Subscription
  private readonly reports: Subscription
  private timer: ReturnType<typeof setInterval> | undefined
  private tapped: Subscription | undefined
  private snapshot: Snapshot | undefined
  private last: readonly GraphEvent[] = []
  private readonly pace = new Pace()
  private updates = 0
  /** Of a batch that runs as one step: the sample that is shown. */
  private picked = 0
  /** Of the training that runs. */
  private report: TrainReport | undefined
  private lastReport: TrainReport | undefined

  constructor(graph: Graph, gates: ReadonlyMap<string, Gate>) {
    this.graph = graph
    this.gates = gates
    this.shownGraph = drawn(graph.plan, gates, {
      version: 0,
      text: graph.plan.source?.text ?? '',
      file: graph.plan.source?.file ?? graph.plan.name,
    })
    this.faults = graph.faults().subscribe(({ message }) => this.send({ type: 'fault', message }))
    this.reports = graph.inspect({ types: ['report'] }).subscribe((event) => {
      if (event.type === 'report') this.hear(event.report)
    })
  }

  join(listener: (event: Event) => void): () => void {
    this.listeners.add(listener)
    listener({ type: 'graph', graph: this.shownGraph, readonly: true })
    listener({ type: 'status', status: this.status() })
    listener({ type: 'points', points: this.history.all, fresh: true })
    if (this.snapshot !== undefined) listener({ type: 'snapshot', snapshot: this.snapshot })
    this.timer ??= this.begin()
    return () => {
      this.listeners.delete(listener)
      if (this.listeners.size === 0) this.rest()
    }
  }

  async handle(command: Command): Promise<Answer> {
    switch (command.type) {
      case 'weights':
        return { ok: true, weights: this.graph.weights() }
      case 'check':
      case 'preview':
        return checkText(command.text)
      case 'explain':
        return { ok: true, parts: this.explain(command.node) }
      case 'tensor':
        return this.whole(command.node, command.of)
      case 'pick':
        return this.pick(command.sample)
      default:
        return { ok: false, message: 'the application runs this graph: the page may only look' }
    }
  }

  close(): void {
    this.rest()
    this.faults.unsubscribe()
    this.reports.unsubscribe()
    this.listeners.clear()
  }

  private begin(): ReturnType<typeof setInterval> {
    const timer = setInterval(() => this.tapNext(), frameTime)
    // Watching keeps no process alive.
    if (typeof timer === 'object') timer.unref()
    return timer
  }

  private rest(): void {
    clearInterval(this.timer)
    this.timer = undefined
    this.tapped?.unsubscribe()
    this.tapped = undefined
  }

  /** Taps the step that comes next, whenever that is. */
  private tapNext(): void {
    if (this.tapped !== undefined) return
    this.tapped = tapStep(this.graph, (events) => this.take(events))
  }

  /** Training tells its losses itself; they are kept for pages that come later. */
  private hear(report: TrainReport): void {
    this.report = report.type === 'done' ? undefined : report
    this.updates = report.updates
    this.lastReport = report
    const points = this.history.add(pointOf(report))
    if (this.listeners.size === 0) return
    this.send({ type: 'points', points, fresh: false })
    if (report.type === 'done') this.send({ type: 'status', status: this.status() })
  }

  private take(events: readonly GraphEvent[]): void {
    this.tapped = undefined
    const first = events.find((event) => event.type === 'value')
    if (first?.type !== 'value') return
    this.last = events
    const update = this.last.findLast((event) => event.type === 'update')
    if (update?.type === 'update') this.updates = update.update
    const snapshot = this.picture()
    this.pace.measure(performance.now(), snapshot.step)
    this.send({ type: 'status', status: this.status() })
    // The points of training are its reports.
    if (snapshot.loss === null || this.report !== undefined) return
    const { learningRate } = this.graph.plan.train
    const point = { step: snapshot.step, epoch: 0, loss: snapshot.loss, rate: learningRate, metrics: {} } // prettier-ignore
    this.send({ type: 'points', points: this.history.add(point), fresh: false })
  }

  /** Shows the step that was watched last. */
  private picture(): Snapshot {
    const { wave: _, ...snapshot } = waveOf(this.graph.plan, this.last, 0, this.picked)
    this.snapshot = snapshot
    this.send({ type: 'snapshot', snapshot })
    return snapshot
  }

  /** Another sample of the batch is shown, to all pages. */
  private pick(sample: number): Answer {
    if (!isSample(sample)) return noSample
    this.picked = sample
    if (this.snapshot !== undefined) this.picture()
    return { ok: true }
  }

  private status(): Status {
    return {
      activity: 'playing',
      speed: null,
      step: this.snapshot?.step ?? 0,
      epoch: this.lastReport?.epoch ?? 0,
      updates: this.updates,
      loss: this.snapshot?.loss ?? 'NaN',
      learningRate: figure(this.lastReport?.learningRate ?? this.graph.plan.train.learningRate),
      pace: this.pace.value,
    }
  }

  private explain(index: number) {
    const { snapshot } = this
    const arriving = numbersIn(snapshot?.gradients)(index)
    return explained(this.graph.plan, index, this.gates, numbersIn(snapshot?.values), arriving)
  }

  private whole(index: number, of: 'value' | 'gradient'): Answer {
    const data = sentBy(this.last, this.graph.plan, index, of, this.picked)
    return data === undefined ? { ok: true } : { ok: true, data }
  }

  private send(event: Event): void {
    for (const listener of this.listeners) listener(event)
  }
}
