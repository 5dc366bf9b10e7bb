/**
 * One model and the pages that show it: takes their commands, and tells them all what happens.
 * The same object runs in a worker of the page and in an application that a page is attached to.
 */
import type { Subscription } from 'rxjs'
import { EagreError } from '../errors.js'
import type { Gate } from '../gates/gate.js'
import type { Graph, GraphEvent } from '../graph.js'
import { findNode, nameOf } from '../language/name.js'
import { applyEdit, override } from '../language/override.js'
import type { Nested, Plan } from '../language/plan.js'
import type { Value } from '../network/message.js'
import type { TrainReport } from '../train/report.js'
import { explained } from './explain.js'
import { History } from './history.js'
import type {
  Activity,
  Answer,
  Command,
  Event,
  Explained,
  Point,
  ShownGraph,
  Snapshot,
  Status,
  WeightChange,
} from './protocol.js'
import { readingCommands } from './protocol.js'
import { numeral, shown, shownNodes } from './shown.js'

/** What a session needs to know of where it runs. */
export interface SessionOptions {
  /**
   * Reads a graph: of the session's own file at first, later of what is typed in its place.
   * `change` makes another plan of the one that was read.
   */
  open(text: string, change?: (plan: Plan) => Plan): Graph
  readonly text: string
  readonly file: string
  readonly gates: ReadonlyMap<string, Gate>
  /** The training data of a graph, where samples come from that are shown while it trains. */
  rows?(graph: Graph): Promise<readonly Sample[] | undefined>
  /** Pages may look and change nothing. */
  readonly readonly?: boolean
}

type Sample = Readonly<Record<string, unknown>>

/** Milliseconds between two pictures of a model that runs. */
const frameTime = 40

/** A model that pages look at. */
export class Session {
  private readonly options: SessionOptions
  private readonly listeners = new Set<(event: Event) => void>()
  private readonly history = new History()
  private graph: Graph
  private text: string
  private version = 0
  private shownGraph: ShownGraph
  private training: Subscription | undefined
  private activity: Activity = 'paused'
  private report: TrainReport | undefined
  private rows: readonly Sample[] | undefined
  private given: readonly Sample[] | undefined
  private typed: Sample | undefined
  private rate: number | undefined
  private speed: number | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private lastFrame = 0
  private snapshot: Snapshot | undefined
  private pace = 0
  private paceFrom = { time: 0, step: 0 }
  /** Until when commands like an epoch let it run. */
  private until: number | undefined
  private readonly frozen = new Map<string, boolean>()

  constructor(options: SessionOptions) {
    this.options = options
    this.text = options.text
    this.graph = options.open(options.text)
    this.shownGraph = this.draw()
    this.look()
    void this.fetchRows()
  }

  /** Tells a page everything from now on, after what it needs to begin with. Returns how to leave. */
  join(listener: (event: Event) => void): () => void {
    this.listeners.add(listener)
    const readonly = this.options.readonly === true
    listener({ type: 'graph', graph: this.shownGraph, readonly })
    listener({ type: 'status', status: this.status() })
    listener({ type: 'points', points: this.history.all, fresh: true })
    if (this.snapshot !== undefined) listener({ type: 'snapshot', snapshot: this.snapshot })
    return () => this.listeners.delete(listener)
  }

  /** Does what a page asks for. Never throws. */
  async handle(command: Command): Promise<Answer> {
    try {
      if (this.options.readonly === true && !readingCommands.has(command.type)) {
        return { ok: false, message: 'this page may only look' }
      }
      return await this.obey(command)
    } catch (error) {
      if (!(error instanceof EagreError)) throw error
      const { message, hint, diagnostics } = error
      const told = hint === undefined ? message : `${message} (${hint})`
      return { ok: false, message: told, ...(diagnostics && { diagnostics }) }
    }
  }

  /** Ends everything. */
  close(): void {
    this.stop()
    this.graph.close()
    this.listeners.clear()
  }

  private async obey(command: Command): Promise<Answer> {
    switch (command.type) {
      case 'step':
        return this.makeStep()
      case 'epoch':
        return this.makeEpoch()
      case 'play':
        return this.play()
      case 'pause':
        this.hold()
        return done
      case 'speed':
        this.speed = command.stepsPerSecond
        if (this.activity === 'playing') this.play()
        return done
      case 'restart':
        this.replace(seeded(this.text, command.seed), false)
        return done
      case 'rate':
        this.rate = command.value
        this.again()
        return done
      case 'sample':
        this.typed = command.sample ?? undefined
        this.look()
        return done
      case 'weight':
        return this.change({ [command.name]: command.value })
      case 'freeze':
        this.frozen.set(command.name, command.frozen)
        this.replace(this.text, true)
        return done
      case 'reset':
        return this.change({ [command.name]: this.fresh(this.text).weights()[command.name]! })
      case 'check':
        return { ok: true, diagnostics: this.fresh(command.text).warnings }
      case 'preview':
        return { ok: true, changes: changes(this.graph, this.fresh(command.text)) }
      case 'apply':
        return this.apply(command.text)
      case 'data':
        this.given = command.rows ?? undefined
        this.again()
        await this.fetchRows()
        return done
      case 'tensor':
        return this.whole(command.node, command.of)
      case 'explain':
        return { ok: true, parts: this.explain(command.node) }
      case 'weights':
        return { ok: true, weights: this.graph.weights() }
    }
  }

  // --- running ---

  /** One learn step, every message of it shown. */
  private async makeStep(): Promise<Answer> {
    this.hold()
    this.start()
    const events: GraphEvent[] = []
    const finished = new Promise<void>((resolve) => {
      const seen = this.graph.inspect().subscribe({
        next: (event) => {
          events.push(event)
          if (event.type !== 'report' && event.type !== 'fault') return
          seen.unsubscribe()
          resolve()
        },
        complete: resolve,
      })
    })
    this.graph.advance(1)
    await finished
    this.snapshot = this.waveOf(events)
    this.send({ type: 'snapshot', snapshot: this.snapshot })
    this.tell()
    return done
  }

  private makeEpoch(): Answer {
    this.hold()
    this.start()
    this.until = (this.report?.epoch ?? 0) + 1
    this.activity = 'playing'
    this.graph.resume()
    this.tell()
    return done
  }

  private play(): Answer {
    this.until = undefined
    this.start()
    this.activity = 'playing'
    clearTimeout(this.timer)
    if (this.speed === null) this.graph.resume()
    else {
      this.graph.pause()
      this.tick(this.speed)
    }
    this.tell()
    return done
  }

  /** Below some dozen steps a second each is shown; above, several go by at a time. */
  private tick(stepsPerSecond: number): void {
    const wait = Math.max(1000 / stepsPerSecond, 50)
    this.timer = setTimeout(() => {
      if (this.activity !== 'playing') return
      const steps = Math.max(1, Math.round((stepsPerSecond * wait) / 1000))
      if (steps === 1) {
        void this.stepAndPlay(stepsPerSecond)
      } else {
        this.graph.advance(steps)
        this.tick(stepsPerSecond)
      }
    }, wait)
  }

  /** A step holds the model; playing goes on where nobody has stopped it meanwhile. */
  private async stepAndPlay(stepsPerSecond: number): Promise<void> {
    await this.makeStep()
    if (this.activity === 'paused' && this.speed === stepsPerSecond) this.play()
  }

  private hold(): void {
    clearTimeout(this.timer)
    this.until = undefined
    this.graph.pause()
    if (this.activity !== 'playing') return
    this.activity = 'paused'
    this.look()
    this.tell()
  }

  /** Has a training run that waits for what comes. */
  private start(): void {
    if (this.training !== undefined && !this.training.closed) return
    this.graph.pause()
    if (this.activity === 'ended') this.activity = 'paused'
    const { rate, given } = this
    const options = {
      ...(rate !== undefined && { learningRate: rate }),
      ...(given !== undefined && { data: given as never }), // checked by train()
    }
    this.training = this.graph.train(options).subscribe({
      next: (report) => this.hear(report),
      error: (error: unknown) => {
        const message = error instanceof Error ? error.message : String(error)
        this.end()
        this.send({ type: 'fault', message })
      },
      complete: () => this.end(),
    })
  }

  private hear(report: TrainReport): void {
    this.report = report
    const point = pointOf(report)
    const now = performance.now()
    const points = this.history.add(point)
    this.send({ type: 'points', points, fresh: false })
    if (this.until !== undefined && report.epoch >= this.until) return this.hold()
    if (this.activity !== 'playing' || now - this.lastFrame < frameTime) return
    this.lastFrame = now
    this.measurePace(now, report.step)
    this.look()
    this.tell()
  }

  private measurePace(now: number, step: number): void {
    const { paceFrom } = this
    if (now - paceFrom.time < 500 && step >= paceFrom.step) return
    if (step > paceFrom.step) {
      this.pace = ((step - paceFrom.step) * 1000) / (now - paceFrom.time)
    }
    this.paceFrom = { time: now, step }
  }

  private end(): void {
    clearTimeout(this.timer)
    this.until = undefined
    this.activity = 'ended'
    this.look()
    this.tell()
  }

  private stop(): void {
    clearTimeout(this.timer)
    this.training?.unsubscribe()
    this.training = undefined
  }

  // --- changing ---

  /** Begins a new run on the weights of now, going on if one was going on. */
  private again(): void {
    const playing = this.activity === 'playing'
    this.stop()
    if (playing) this.play()
    this.look()
    this.tell()
  }

  private change(weights: Readonly<Record<string, Nested>>): Answer {
    this.stop()
    try {
      this.graph.restore(weights, { partial: true })
    } finally {
      this.again()
    }
    return done
  }

  private apply(text: string): Answer {
    const next = this.fresh(text)
    const list = changes(this.graph, next)
    this.replace(text, true)
    return { ok: true, changes: list }
  }

  /** Another graph in place of the present one; weights that fit go over. */
  private replace(text: string, keep: boolean): void {
    const next = this.fresh(text)
    const playing = this.activity === 'playing'
    this.stop()
    if (keep) {
      const kept = new Set(keptNames(this.graph, next))
      const all = Object.entries(this.graph.weights()).filter(([name]) => kept.has(name))
      next.restore(Object.fromEntries(all), { partial: true })
    }
    this.graph.close()
    this.graph = next
    this.text = text
    this.version++
    this.activity = 'paused'
    if (!keep) {
      this.report = undefined
      this.history.clear()
      this.send({ type: 'points', points: [], fresh: true })
    }
    this.shownGraph = this.draw()
    const readonly = this.options.readonly === true
    this.send({ type: 'graph', graph: this.shownGraph, readonly })
    this.look()
    this.tell()
    void this.fetchRows()
    if (playing) this.play()
  }

  /** The graph of a text, with the weights frozen that the page has frozen. */
  private fresh(text: string): Graph {
    if (this.frozen.size === 0) return this.options.open(text)
    return this.options.open(text, (plan) => ({
      ...plan,
      nodes: plan.nodes.map((node) => {
        const frozen = node.type === 'weight' ? this.frozen.get(node.name) : undefined
        return frozen === undefined ? node : { ...node, frozen }
      }),
    }))
  }

  // --- showing ---

  private async fetchRows(): Promise<void> {
    const { graph } = this
    this.rows = this.given
    if (this.given !== undefined || this.options.rows === undefined) return
    try {
      const rows = await this.options.rows(graph)
      if (graph !== this.graph) return
      this.rows = rows
      if (this.activity !== 'playing') this.look()
    } catch (error) {
      this.send({ type: 'fault', message: error instanceof Error ? error.message : String(error) })
    }
  }

  /** Shows one sample on the weights of now, and changes nothing. */
  private look(): void {
    const { rows } = this
    const row = rows?.[(this.report?.step ?? 0) % rows.length]
    try {
      const { step, values, gradients, loss } = this.graph.step(this.typed ?? row ?? {})
      const names = this.shownGraph.nodes
      const snapshot: Snapshot = {
        version: this.version,
        step: this.report?.step ?? step,
        values: names.map(({ name }) => orNull(values, name, (value) => shown(value))),
        gradients: names.map(({ name }) => orNull(gradients, name, (value) => shown(value))),
        loss: loss === undefined ? null : numeral(loss),
      }
      this.snapshot = snapshot
      this.send({ type: 'snapshot', snapshot })
    } catch (error) {
      // A graph whose inputs have no defaults shows nothing before it has data.
      if (!(error instanceof EagreError)) throw error
    }
  }

  private waveOf(events: readonly GraphEvent[]): Snapshot {
    const { plan } = this.graph
    const number = new Map(plan.nodes.map((_, index) => [nameOf(plan, index), index]))
    const values: Snapshot['values'][number][] = plan.nodes.map(() => null)
    const gradients: Snapshot['gradients'][number][] = plan.nodes.map(() => null)
    const wave = { down: [] as number[], up: [] as number[], updated: [] as number[] }
    let step = 0
    for (const event of events) {
      if (event.type === 'value') {
        const index = number.get(event.node)!
        values[index] = shown(event.value)
        wave.down.push(index)
        step = event.step
      } else if (event.type === 'gradient') {
        const index = number.get(event.node)!
        gradients[index] = shown(event.gradient)
        wave.up.push(index)
      } else if (event.type === 'update') {
        const index = number.get(event.node)!
        values[index] = shown(event.value)
        wave.updated.push(index)
      } else if (event.type === 'fault') this.send({ type: 'fault', message: event.message })
    }
    const loss = plan.loss === undefined ? null : values[plan.loss]!
    const number_ = typeof loss === 'object' ? null : loss
    return { version: this.version, step, values, gradients, loss: number_, wave }
  }

  private whole(node: number, of: 'value' | 'gradient'): Answer {
    const name = this.shownGraph.nodes[node]?.name
    const { rows } = this
    const row = rows?.[(this.report?.step ?? 0) % rows.length]
    const result = this.graph.step(this.typed ?? row ?? {})
    const found = of === 'value' ? result.values : result.gradients
    const value = name === undefined ? undefined : found[name]
    if (value === undefined || value === 'none') return { ok: true }
    return { ok: true, data: nested(value) }
  }

  private explain(index: number): readonly Explained[] {
    const { plan } = this.graph
    const read = (of: 'values' | 'gradients') => (node: number) => {
      const value = this.snapshot?.[of][node]
      return value === null || value === undefined || typeof value === 'object' || value === 'none'
        ? undefined
        : Number(value)
    }
    return explained(plan, index, this.options.gates, read('values'), read('gradients')(index))
  }

  private draw(): ShownGraph {
    const { plan } = this.graph
    const { train, loss, description } = plan
    return {
      version: this.version,
      name: plan.name,
      ...(description !== undefined && { description }),
      text: this.text,
      file: this.options.file,
      nodes: shownNodes(plan, this.options.gates),
      ...(loss !== undefined && { loss }),
      outputs: plan.outputs,
      train: {
        optimizer: train.optimizer.name,
        learningRate: this.rate ?? train.learningRate,
        batch: train.batch,
        seed: train.seed,
        ...(train.epochs !== undefined && { epochs: train.epochs }),
      },
      ...(loss === undefined && { untrainable: 'the graph has no loss: it predicts only' }),
    }
  }

  private status(): Status {
    const { report, activity, pace, rate } = this
    return {
      activity,
      step: report?.step ?? 0,
      epoch: report?.epoch ?? 0,
      updates: report?.updates ?? 0,
      loss: numeral(report?.loss ?? Number.NaN),
      learningRate: numeral(report?.learningRate ?? rate ?? this.graph.plan.train.learningRate),
      pace: activity === 'playing' ? pace : 0,
      ...(report?.stopped !== undefined && { stopped: report.stopped }),
    }
  }

  private tell(): void {
    this.send({ type: 'status', status: this.status() })
  }

  private send(event: Event): void {
    for (const listener of this.listeners) listener(event)
  }
}

const done: Answer = { ok: true }

/** The text with another seed, where it can be put in. */
function seeded(text: string, seed: number | undefined): string {
  if (seed === undefined) return text
  const edit = override(text, 'train.seed', String(seed))
  return typeof edit === 'string' ? text : applyEdit(text, edit)
}

function pointOf({ step, epoch, loss, learningRate, metrics, test }: TrainReport): Point {
  return {
    step,
    epoch,
    loss: numeral(loss),
    rate: numeral(learningRate),
    metrics: numerals(metrics),
    ...(test && { test: numerals({ loss: test.loss, ...test.metrics }) }),
  }
}

function numerals(values: Readonly<Record<string, number>>): Point['metrics'] {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, numeral(value)]))
}

function orNull<V, S>(
  found: Readonly<Record<string, V>>,
  name: string,
  show: (value: V) => S,
): S | null {
  const value = found[name]
  return value === undefined ? null : show(value)
}

/** What an edit does to the weights. */
function changes(from: Graph, to: Graph): WeightChange[] {
  const kept = new Set(keptNames(from, to))
  const before = new Set(Object.keys(from.weights()))
  const after = Object.keys(to.weights())
  const now = new Set(after)
  return [
    ...after.map((name): WeightChange => {
      if (kept.has(name)) return { name, change: 'kept' }
      return { name, change: before.has(name) ? 'reset' : 'new' }
    }),
    ...[...before]
      .filter((name) => !now.has(name))
      .map((name): WeightChange => ({ name, change: 'dropped' })),
  ]
}

/** Weights of the same name and shape. */
function keptNames(from: Graph, to: Graph): string[] {
  return to.plan.nodes.flatMap((node) => {
    if (node.type !== 'weight') return []
    const index = findNode(from.plan, node.name)
    const other = index === undefined ? undefined : from.plan.nodes[index]
    const same = other?.type === 'weight' && String(other.shape) === String(node.shape)
    return same ? [node.name] : []
  })
}

function nested(value: Value): Nested {
  if (typeof value === 'number') return value
  const { shape, data } = value
  const read = (axis: number, at: number): Nested => {
    if (axis === shape.length) return data[at]!
    const size = shape.slice(axis + 1).reduce((product, length) => product * length, 1)
    return Array.from({ length: shape[axis]! }, (_, index) => read(axis + 1, at + index * size))
  }
  return read(0, 0)
}
