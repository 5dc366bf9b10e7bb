/**
 * Learning from a stream: what drives a learner from events, labels and time. Events and labels
 * stand in one bounded queue and are worked off one at a time, in turns that last as long as the
 * budget; only the clock is asked for the time (law 9), and nothing waits on a timer.
 *
 *     events ─┐                                    ┌─▶ predictions, one for each event
 *             ├─▶ inbox ─▶ join by id ─▶ learner ──┤
 *     labels ─┘              ▲    │                └─▶ scores, updates, faults
 *                            └────┘ what waits
 */
import { Subscription, type ObservableInput } from 'rxjs'
import { EagreError } from '../errors.js'
import type { State } from '../kernel/kernel.js'
import { faultText } from '../network/fault.js'
import type { Fault } from '../network/message.js'
import { Inbox } from './inbox.js'
import { takeFrom, type Intake, type Sink } from './intake.js'
import { Items, type ItemsRun } from './items.js'
import type { Held, Joins } from './joins.js'
import { messageOf } from './learnparts.js'
import type { Stash } from './learner.js'
import type { Item, LearnRunOptions, Waiting } from './learnparts.js'
import type { LearnCounts } from './progressive.js'
import type { Sample } from './predict.js'
import { holdWaiting, saveWaiting, type SavedLearn, type SavedStash } from './savedlearn.js'

/** One run, from `start` until it ends or is stopped. */
export class LearnRun implements ItemsRun {
  private readonly options: LearnRunOptions
  private readonly inbox: Inbox<Item>
  private readonly items: Items
  private events: Intake | undefined
  private labels: Intake | undefined
  /** Ends with the run: nothing is taken any more. */
  private readonly sources = new Subscription()
  private eventsEnded = false
  private labelsEnded = true
  /** Some have waited in vain to the end. */
  private lost = false
  /** They have ended, and none of them waits for its turn. */
  labelsOver = true
  private failed: { readonly error: unknown } | undefined
  over = false
  private working = false
  private paused = false
  /** The model of the next item is on its way. */
  private loading = false
  private allowance = 0
  /** When the turn that runs began; absent between turns. */
  private begun: number | undefined
  private exhausted = false
  private cancel: (() => void) | undefined
  /** Labels that may be pulled although as many wait already as there may. */
  credit = 0

  constructor(options: LearnRunOptions) {
    this.options = options
    const { settings, generator } = options
    this.inbox = new Inbox(settings.pending, settings.overflow, generator)
    this.items = new Items(options, this)
  }

  /** Takes events first, so that labels which are there already find them. */
  start(events: ObservableInput<Sample>): void {
    const { labels } = this.options.settings
    this.labelsEnded = labels === undefined
    this.labelsOver = this.labelsEnded
    const fromEvents: Sink<Sample> = {
      next: (sample) => this.receive({ type: 'event', sample }),
      error: (error) => {
        this.failed = { error }
        this.eventsEnded = true
        this.work()
      },
      complete: () => {
        this.eventsEnded = true
        this.work()
      },
      room: () => this.idle(),
    }
    const fromLabels: Sink<unknown> = {
      next: (label) => {
        this.credit = Math.max(0, this.credit - 1)
        this.receive({ type: 'label', label })
      },
      error: (cause) => {
        const message = `the labels have failed: ${messageOf(cause)}`
        this.items.report('unknown', undefined, message, cause)
        this.labelsEnded = true
        this.work()
      },
      complete: () => {
        this.labelsEnded = true
        this.work()
      },
      room: () => this.idle() && this.mayHoldLabel(),
    }
    this.events = takeFrom(events, fromEvents, this.sources)
    if (this.over) return
    if (labels !== undefined) this.labels = takeFrom(labels, fromLabels, this.sources)
    this.work()
  }

  /** Ends at the next step boundary and frees what is held. */
  stop(): void {
    if (this.over) return
    this.over = true
    this.cancel?.()
    this.cancel = undefined
    this.options.learner.stop()
    this.sources.unsubscribe()
    this.inbox.clear()
    for (const { value } of this.items.joins?.clear() ?? []) this.items.free(value)
    void this.options.models?.close(true)
  }

  pause(): void {
    this.paused = true
    this.allowance = 0
  }

  resume(): void {
    this.paused = false
    this.work()
  }

  /** Weights and memory of the graph itself, where the network has those of a key. */
  get kept(): Pick<State, 'weights' | 'gates'> | undefined {
    return this.options.models?.before
  }

  /** A checkpoint is taken, between two events. */
  checkpointed(): void {
    this.options.learner.checkpointed()
  }

  /**
   * What it takes to go on from here, between two events, and what waits where that is `pending`; its
   * `models` are copied when they are asked for.
   */
  save(pending: boolean): SavedLearn {
    const { learner, clock, identity, progressive, models } = this.options
    const { joins } = this.items
    // With models of keys, the weights of now are those of any of them.
    const present = models === undefined ? learner.weights : undefined
    const valuesOf = (stash: Stash) => learner.valuesOf(stash)
    const waiting =
      pending && joins !== undefined && saveWaiting(joins, clock.now(), present, valuesOf)
    const counts = { ...this.items.counted }
    return {
      ...{ settings: identity, counts, ...learner.save(), scores: progressive.save(), ...waiting },
      // There may be very many of them.
      get models() {
        return models?.save()
      },
    }
  }

  /** Goes on from what `save` gave, before it starts. Throws `bad-data` where that does not fit. */
  load(saved: SavedLearn): void {
    const { settings, learner, clock, reader, frameBytes } = this.options
    for (const name of Object.keys(this.items.counted) as (keyof typeof this.items.counted)[]) {
      this.items.counted[name] = saved.counts[name] ?? 0
    }
    learner.load(saved)
    if (saved.scores !== undefined) this.options.progressive.load(saved.scores)
    if (this.items.joins === undefined || saved.waiting === undefined) return
    const sizes = {
      sample: [reader.width + learner.measuredSize, reader.targets],
      label: [reader.width, reader.targets],
      gone: [0, 0],
    } as const
    const versions = settings.late === 'stash' ? saved.versions : undefined
    const reopen = (stash: SavedStash, step: number) => {
      const weights = stash.version < 0 ? versions && learner.weights : versions?.[stash.version]
      return weights && learner.reopen({ ...stash, step, weights })
    }
    holdWaiting(this.items.joins, saved.waiting, clock.now(), { sizes, frameBytes, reopen })
  }

  /** While paused: works on this many events and labels, in the turns that follow. */
  advance(steps: number): void {
    this.allowance += steps
    this.schedule()
  }

  get counts(): LearnCounts {
    const { inbox } = this
    const { joins, counted } = this.items
    return {
      ...counted,
      waiting: joins?.samples ?? 0,
      early: joins?.labels ?? 0,
      queued: inbox.length,
      memory: joins?.bytes ?? 0,
      updates: this.options.updates(),
    }
  }

  private get mayWork(): boolean {
    return !this.over && !this.loading && (!this.paused || this.allowance > 0)
  }

  /** Whether what can be pulled should be. */
  private idle(): boolean {
    return this.mayWork && this.inbox.length === 0 && !this.exhausted
  }

  private mayHoldLabel(): boolean {
    const waiting = this.items.joins?.labels ?? 0
    return this.eventsEnded || this.credit > 0 || waiting < this.options.settings.pending
  }

  private receive(item: Item): void {
    if (this.over) return
    const { settings } = this.options
    if (settings.overflow === 'block' && this.inbox.full && this.mayStep()) {
      // What pushes cannot be asked to wait: it is held up for one step.
      this.takeOne()
      if (this.over) return
    }
    const dropped = this.inbox.add(item)
    if (dropped !== undefined) this.items.drop(dropped)
    if (this.loading && dropped !== item) this.items.foresee(item)
    this.work()
  }

  private mayStep(): boolean {
    return this.mayWork && !this.working && !this.options.busy()
  }

  /** Works until nothing waits, or the budget of the turn is spent. */
  private work(): void {
    if (this.working || this.over) return
    if (this.exhausted || this.options.busy() || (this.inbox.length > 0 && !this.mayWork)) {
      return this.schedule()
    }
    this.working = true
    try {
      this.worked()
    } finally {
      this.working = false
    }
    if (this.over) return
    if (this.inbox.length > 0) this.schedule()
    else this.rest()
  }

  private worked(): void {
    const { clock, settings } = this.options
    for (;;) {
      while (this.inbox.length > 0) {
        if (!this.mayWork) return
        if (this.begun === undefined) this.beginTurn(clock.now())
        this.allowance = Math.max(0, this.allowance - 1)
        this.workOff(this.inbox.take()!)
        if (this.over || this.loading) return
        this.options.progressive.stepped()
        if (clock.now() - this.begun! >= settings.budget) {
          this.exhausted = true
          return
        }
      }
      // What is pulled at once is worked off in the same turn.
      this.events?.more()
      if (this.over) return
      if (this.inbox.length === 0) this.labels?.more()
      if (this.over || this.inbox.length === 0) return
    }
  }

  private takeOne(): void {
    this.working = true
    try {
      this.workOff(this.inbox.take()!)
      if (!this.over) this.options.progressive.stepped()
    } finally {
      this.working = false
    }
  }

  /** Nothing waits for its turn. */
  private rest(): void {
    const { joins } = this.items
    this.options.models?.rest()
    this.labelsOver = this.labelsEnded
    if (this.labelsEnded && joins !== undefined && joins.samples > 0) this.giveUp(joins)
    if (this.over || !this.eventsEnded) return
    if (this.labelsEnded || (joins?.samples ?? 0) === 0) this.finish()
  }

  /** No more labels come. */
  private giveUp(joins: Joins<Waiting>): void {
    const labels: Held<Waiting>[] = []
    for (const held of joins.clear()) {
      if (held.kind === 'label') labels.push(held)
      else this.lose(held)
    }
    for (const held of labels) joins.hold(held)
  }

  private lose(held: Held<Waiting>): void {
    this.lost = true
    this.items.lost(held, 'expired')
  }

  private finish(): void {
    const { learner, progressive, ended } = this.options
    // A model that is kept may have more samples to come.
    if (this.options.models === undefined) learner.flush()
    for (const held of this.items.joins?.clear() ?? []) this.lose(held)
    this.over = true
    this.cancel?.()
    this.cancel = undefined
    this.sources.unsubscribe()
    progressive.turned(this.lost)
    const saving = this.options.models?.close()
    if (saving === undefined) ended(this.failed?.error)
    else void saving.then(() => ended(this.failed?.error))
  }

  private beginTurn(now: number): void {
    this.begun = now
    this.schedule()
  }

  // In the next turn there is time again; it comes by itself while anything has been done in this one.
  private schedule(): void {
    if (this.cancel !== undefined || this.over) return
    if (this.begun === undefined && !this.mayWork) return
    this.cancel = this.options.clock.later(() => {
      this.cancel = undefined
      const worked = this.begun !== undefined
      this.begun = undefined
      this.exhausted = false
      if (worked) this.options.progressive.turned()
      if (!this.over) this.work()
    })
  }

  private workOff(item: Item): void {
    if (item.type === 'event') this.items.take(item.sample)
    else this.items.join(item.label)
  }

  /** Puts an item back until its model is there. */
  wait(item: Item, loading: Promise<void>): void {
    this.inbox.each((queued) => this.items.foresee(queued))
    this.inbox.putBack(item)
    this.loading = true
    const go = () => {
      this.loading = false
      if (!this.over) this.work()
    }
    loading.then(go, (cause: unknown) => {
      // It cannot be asked for ever.
      const lost = this.inbox.take()
      if (lost !== undefined && !this.over) this.items.lose(lost, cause)
      go()
    })
  }

  /** Ends with a fault. */
  fail(fault: Fault): void {
    if (this.over) return
    this.stop()
    this.options.ended(new EagreError('fault', faultText(fault), { cause: fault.cause }))
  }
}
