/**
 * One model and the pages that show it: takes their commands, and tells them all what happens.
 * The same object runs in a worker of the page and in an application that a page is attached to.
 */
import type { Subscription } from 'rxjs'
import { EagreError } from '../errors.js'
import type { Gate } from '../gates/gate.js'
import type { Graph, GraphEvent } from '../graph.js'
import { applyEdit, override } from '../language/override.js'
import type { Nested, Plan } from '../language/plan.js'
import type { Checkpoint, Restored } from '../train/checkpoint.js'
import type { TrainReport } from '../train/report.js'
import { heldBack } from '../train/session.js'
import { figure } from '../train/figures.js'
import { explained } from './explain.js'
import { History } from './history.js'
import { Pace } from './pace.js'
import {
  changesOf,
  nested,
  numbersIn,
  numbersOf,
  pointOf,
  probed,
  sentBy,
  waveOf,
} from './picture.js'
import type {
  Activity,
  Answer,
  Command,
  Event,
  Explained,
  ShownGraph,
  Snapshot,
  Status,
} from './protocol.js'
import { isSample, noSample, readingCommands } from './protocol.js'
import { drawn } from './shown.js'
import { tapStep } from './tap.js'
import type { Model } from './watch.js'

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

/** Milliseconds between two pictures of a model that runs: nobody reads numbers that change faster. */
const frameTime = 100
/** Steps until a run has its full speed. */
const mostRise = 1000

/** A model that pages look at. */
export class Session implements Model {
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
  private nextFrame = 0
  private tapped: Subscription | undefined
  /** The messages of the step that is shown, where one is. */
  private last: readonly GraphEvent[] | undefined
  /** Of a batch that runs as one step. */
  private picked = 0
  private snapshot: Snapshot | undefined
  private readonly pace = new Pace()
  /** Who waits for a step to be made. */
  private waiting: { readonly step: number; resolve(): void } | undefined
  private rowsRead: Promise<void> = Promise.resolve()
  private readonly frozen = new Map<string, boolean>()

  constructor(options: SessionOptions) {
    this.options = options
    this.text = options.text
    this.graph = options.open(options.text)
    this.shownGraph = this.draw()
    this.look()
    this.rowsRead = this.fetchRows()
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
        await this.rowsRead
        return this.play()
      case 'pause':
        this.hold()
        return done
      case 'speed':
        this.speed = command.stepsPerSecond
        if (this.activity === 'playing') this.play()
        else this.tell()
        return done
      case 'restart':
        this.replace(seeded(this.text, command.seed), false)
        return done
      case 'rate':
        this.rate = command.value
        this.goOn({})
        return done
      case 'sample':
        return this.type(command.sample)
      case 'pick':
        return this.pick(command.sample)
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
        return this.preview(this.fresh(command.text))
      case 'apply':
        return { ok: true, changes: changesOf(this.replace(command.text, true)!) } // it kept
      case 'data':
        this.given = command.rows ?? undefined
        this.again()
        this.rowsRead = this.fetchRows()
        await this.rowsRead
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
    await this.rowsRead
    this.start()
    const events: GraphEvent[] = []
    const seen = this.graph.inspect().subscribe((event) => {
      // Somebody may look at the model meanwhile.
      if ('mode' in event && event.mode === 'probe') return
      events.push(event)
    })
    await this.steps(1)
    seen.unsubscribe()
    for (const event of events) {
      if (event.type === 'fault') this.send({ type: 'fault', message: event.message })
    }
    this.last = events
    this.snapshot = waveOf(this.graph.plan, events, this.version, this.picked)
    this.send({ type: 'snapshot', snapshot: this.snapshot })
    this.tell()
    return done
  }

  /** The rest of this epoch. */
  private async makeEpoch(): Promise<Answer> {
    this.hold()
    await this.rowsRead
    this.start()
    const count = this.rows === undefined ? 1 : this.rows.length - heldBack(this.graph.plan.train, this.rows.length) // prettier-ignore
    const { step = 0, epoch = 0 } = this.report ?? {}
    this.activity = 'playing'
    this.tell()
    await this.steps(Math.max(1, (epoch + 1) * count - step))
    this.hold()
    return done
  }

  /** Lets the run make so many steps, and waits until it has, or has ended. */
  private async steps(count: number): Promise<void> {
    if (this.training === undefined || this.training.closed) return
    const end = (this.report?.step ?? 0) + count
    await new Promise<void>((resolve) => {
      this.waiting = { step: end, resolve }
      this.graph.advance(count)
    })
  }

  private play(): Answer {
    this.start()
    this.activity = 'playing'
    clearTimeout(this.timer)
    if (this.speed === null) this.rise()
    else {
      this.graph.pause()
      this.tick(this.speed)
    }
    this.tell()
    return done
  }

  /** Full speed, after some short turns: else the first point of a chart could be that of step 10,000. */
  private rise(): void {
    const { step = 0 } = this.report ?? {}
    if (step >= mostRise) return this.graph.resume()
    this.graph.advance(Math.max(1, step))
    this.timer = setTimeout(() => this.activity === 'playing' && this.rise(), 1)
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
    this.graph.pause()
    this.tapped?.unsubscribe()
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
    const { rate, rows } = this
    const options = {
      ...(rate !== undefined && { learningRate: rate }),
      // Rows that are there already let it start at once.
      ...(rows !== undefined && { data: rows as never }), // checked by train()
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
    if (this.waiting !== undefined && report.step >= this.waiting.step) this.wake()
    if (this.activity !== 'playing' || now < this.nextFrame) return
    this.nextFrame = now + frameTime
    this.pace.measure(now, report.step)
    // What is typed in is a sample of no step.
    if (this.typed === undefined) this.tapNext()
    else this.look()
    this.tell()
  }

  /**
   * Shows the next step as the run makes it. That step and the one that ends it go through the
   * network while all others stay in the kernel, so the next look waits until they are a tenth
   * of the time at most.
   */
  private tapNext(): void {
    if (this.tapped?.closed === false) return
    let begun = 0
    const take = (events: readonly GraphEvent[]) => {
      if (events.length === 0 || this.activity !== 'playing') return
      this.last = events
      const { wave: _, ...snapshot } = waveOf(this.graph.plan, events, this.version, this.picked)
      this.snapshot = snapshot
      this.send({ type: 'snapshot', snapshot })
      const now = performance.now()
      this.nextFrame = Math.max(this.nextFrame, now + 20 * (now - begun))
    }
    this.tapped = tapStep(this.graph, take, (mode) => {
      if (begun === 0) begun = performance.now()
      return mode === 'learn'
    })
  }

  private wake(): void {
    this.waiting?.resolve()
    this.waiting = undefined
  }

  private end(): void {
    clearTimeout(this.timer)
    this.wake()
    this.activity = 'ended'
    this.look()
    this.tell()
  }

  private stop(): void {
    clearTimeout(this.timer)
    this.tapped?.unsubscribe()
    this.wake()
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

  /**
   * Goes on from where the run is, with some weights changed: the optimizer keeps what it knows.
   * A run that has not begun, or has ended, has nothing to go on from.
   */
  private goOn(weights: Readonly<Record<string, Nested>>): void {
    const running = this.training !== undefined && !this.training.closed
    const playing = this.activity === 'playing'
    const checkpoint = this.graph.checkpoint()
    this.stop()
    if (running) {
      const changed = Object.entries(weights).map(([name, value]) => [name, numbersOf(value)])
      const all = { ...checkpoint.weights, ...Object.fromEntries(changed) } as Checkpoint['weights'] // of the same names
      // At another rate it is another run, which goes on with what the optimizer knows.
      this.graph.restore({ ...checkpoint, weights: all }, { partial: true })
    } else this.graph.restore({ ...this.graph.weights(), ...weights })
    if (playing) this.play()
    else if (running) this.start()
    this.look()
    this.tell()
  }

  private preview(next: Graph): Answer {
    return { ok: true, diagnostics: next.warnings, changes: changesOf(this.takeOver(next)) }
  }

  private change(weights: Readonly<Record<string, Nested>>): Answer {
    // In a graph of its own first: what does not fit must not stop the run.
    this.fresh(this.text).restore(weights, { partial: true })
    this.goOn(weights)
    return done
  }

  /** Another graph in place of the present one; weights that fit go over. */
  private replace(text: string, keep: boolean): Restored | undefined {
    const next = this.fresh(text)
    const playing = this.activity === 'playing'
    this.stop()
    const restored = keep ? this.takeOver(next) : undefined
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
    this.rowsRead = this.fetchRows()
    if (playing) this.play()
    return restored
  }

  /** Steps, optimizer and all weights that fit go over to another graph. */
  private takeOver(next: Graph): Restored {
    return next.restore(this.graph.checkpoint(), { partial: true })
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
    try {
      const result = this.graph.step(this.typed ?? this.row() ?? {})
      this.last = undefined
      const snapshot: Snapshot = {
        version: this.version,
        step: this.report?.step ?? result.step,
        ...probed(result, this.shownGraph.nodes),
      }
      this.snapshot = snapshot
      this.send({ type: 'snapshot', snapshot })
    } catch (error) {
      // A graph whose inputs have no defaults shows nothing before it has data.
      if (!(error instanceof EagreError)) throw error
    }
  }

  private row(): Sample | undefined {
    const { rows } = this
    return rows?.[(this.report?.step ?? 0) % rows.length]
  }

  /** Values that are typed in stand in place of those that the data have for the same inputs. */
  private type(sample: Sample | null): Answer {
    if (sample === null) this.typed = undefined
    else {
      const next: Record<string, unknown> = { ...(this.typed ?? this.row()) }
      const { nodes } = this.shownGraph
      for (const [name, value] of Object.entries(sample)) {
        for (const column of nodes.find((node) => node.name === name)?.from ?? []) delete next[column] // prettier-ignore
        next[name] = value
      }
      // What does not fit is answered, and changes nothing.
      this.graph.step(next)
      this.typed = next
    }
    this.look()
    return done
  }

  /** Another sample of the batch that is shown. */
  private pick(sample: number): Answer {
    if (!isSample(sample)) return noSample
    this.picked = sample
    if (this.last !== undefined) {
      const { wave: _, ...snapshot } = waveOf(this.graph.plan, this.last, this.version, sample)
      this.snapshot = snapshot
      this.send({ type: 'snapshot', snapshot })
    }
    return done
  }

  private whole(node: number, of: 'value' | 'gradient'): Answer {
    if (this.last !== undefined) {
      const data = sentBy(this.last, this.graph.plan, node, of, this.picked)
      return data === undefined ? { ok: true } : { ok: true, data }
    }
    const result = this.graph.step(this.typed ?? this.row() ?? {})
    const name = this.shownGraph.nodes[node]?.name
    const found = of === 'value' ? result.values : result.gradients
    const value = name === undefined ? undefined : found[name]
    if (value === undefined || value === 'none') return { ok: true }
    return { ok: true, data: nested(value) }
  }

  private explain(index: number): readonly Explained[] {
    const { plan } = this.graph
    const [values, gradients] = [numbersIn(this.snapshot?.values), numbersIn(this.snapshot?.gradients)] // prettier-ignore
    return explained(plan, index, this.options.gates, values, gradients(index))
  }

  private draw(): ShownGraph {
    const { version, text, rate } = this
    const graph = drawn(this.graph.plan, this.options.gates, {
      version,
      text,
      file: this.options.file,
    })
    const nodes = graph.nodes.map((node) => {
      const pinned = node.type === 'weight' ? this.frozen.get(node.name) : undefined
      return pinned === undefined ? node : { ...node, pinned }
    })
    return { ...graph, nodes, ...(rate !== undefined && { train: { ...graph.train, learningRate: rate } }) } // prettier-ignore
  }

  private status(): Status {
    const { report, activity, pace, rate } = this
    return {
      activity,
      step: report?.step ?? 0,
      epoch: report?.epoch ?? 0,
      updates: report?.updates ?? 0,
      loss: figure(report?.loss ?? Number.NaN),
      learningRate: figure(report?.learningRate ?? rate ?? this.graph.plan.train.learningRate),
      pace: activity === 'playing' ? pace.value : 0,
      speed: this.speed,
      ...(rate !== undefined && { rate }),
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
