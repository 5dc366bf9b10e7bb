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
import type { ObservableInput } from 'rxjs'
import { EagreError } from '../errors.js'
import type { State } from '../kernel/kernel.js'
import { faultText, sampleFault } from '../network/fault.js'
import type { Fault, LostReason } from '../network/message.js'
import { Inbox } from './inbox.js'
import { takeFrom, type Intake } from './intake.js'
import { bytesOf, Joins, overhead, type Held } from './joins.js'
import { learnedOf } from './learned.js'
import type { Outcome, Stash } from './learner.js'
import { copy, joined, keyOf, messageOf, newWaiting, none } from './learnparts.js'
import type { Item, LearnRunOptions, Waiting } from './learnparts.js'
import type { LearnCounts } from './progressive.js'
import type { Sample } from './predict.js'
import { holdWaiting, saveWaiting, type SavedLearn } from './savedlearn.js'
import type { Fields } from './source.js'

/** One run, from `start` until it ends or is stopped. */
export class LearnRun {
  private readonly options: LearnRunOptions
  private readonly inbox: Inbox<Item>
  private readonly joins: Joins<Waiting> | undefined
  // What is worked on: inputs and targets, and which of the targets are there.
  private readonly values: Float64Array
  private readonly has: Uint8Array
  /** For samples that wait: of those that wait no more. */
  private readonly room: Float64Array[] = []
  private events: Intake | undefined
  private labels: Intake | undefined
  private eventsEnded = false
  private labelsEnded = true
  /** They have ended, and none of them waits for its turn. */
  private labelsOver = true
  private failed: { readonly error: unknown } | undefined
  private over = false
  private working = false
  private paused = false
  /** Of the event that is worked on. */
  private key: unknown
  /** The model of the next item is on its way. */
  private loading = false
  private allowance = 0
  /** When the turn that runs began; absent between turns. */
  private begun: number | undefined
  private exhausted = false
  private cancel: (() => void) | undefined
  /** Labels that may be pulled although as many wait already as there may. */
  private credit = 0
  private readonly counted = {
    ...{ events: 0, learned: 0, faults: 0, labels: 0, expired: 0, evicted: 0 },
    ...{ duplicate: 0, late: 0, unknown: 0, dropped: 0 },
  }

  constructor(options: LearnRunOptions) {
    this.options = options
    const { settings, reader, generator, weightsBytes } = options
    this.inbox = new Inbox(settings.pending, settings.overflow, generator)
    this.values = new Float64Array(reader.width)
    this.has = new Uint8Array(reader.targets)
    if (settings.labels === undefined) return
    const { pending, memory, ttl } = settings
    this.joins = new Joins({
      ...{ pending, memory, ttl },
      sharedBytes: weightsBytes,
      gone: (held, why) => this.lost(held, why),
    })
  }

  /** Takes events first, so that labels which are there already find them. */
  start(events: ObservableInput<Sample>): void {
    const { labels } = this.options.settings
    this.labelsEnded = labels === undefined
    this.labelsOver = this.labelsEnded
    const subscribed = (intake: Intake) => {
      if (this.over) intake.stop()
      return intake
    }
    this.events = subscribed(
      takeFrom(events, {
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
      }),
    )
    if (this.over) return
    if (labels !== undefined) {
      this.labels = subscribed(
        takeFrom(labels, {
          next: (label) => {
            this.credit = Math.max(0, this.credit - 1)
            this.receive({ type: 'label', label })
          },
          error: (cause) => {
            this.report('unknown', undefined, `the labels have failed: ${messageOf(cause)}`, cause)
            this.labelsEnded = true
            this.work()
          },
          complete: () => {
            this.labelsEnded = true
            this.work()
          },
          room: () => this.idle() && this.mayHoldLabel(),
        }),
      )
    }
    this.work()
  }

  /** Ends at the next step boundary and frees what is held. */
  stop(): void {
    if (this.over) return
    this.over = true
    this.cancel?.()
    this.cancel = undefined
    this.options.learner.stop()
    this.events?.stop()
    this.labels?.stop()
    this.inbox.clear()
    for (const { value } of this.joins?.clear() ?? []) this.free(value)
    void this.options.models?.close()
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

  /** What it takes to go on from here, between two events, and what waits. */
  save(): SavedLearn {
    const { learner, clock, identity, progressive, models } = this.options
    const waiting = this.joins && saveWaiting(this.joins, clock.now())
    const more = { scores: progressive.save(), models: models?.save(), waiting }
    return { settings: identity, counts: { ...this.counted }, ...learner.save(), ...more }
  }

  /** Goes on from what `save` gave, before it starts. Throws `bad-data` where that does not fit. */
  load(saved: SavedLearn): void {
    const { learner, clock, reader } = this.options
    for (const name of Object.keys(this.counted) as (keyof typeof this.counted)[]) {
      this.counted[name] = saved.counts[name] ?? 0
    }
    learner.load(saved)
    if (saved.scores !== undefined) this.options.progressive.load(saved.scores)
    if (this.joins === undefined || saved.waiting === undefined) return
    holdWaiting(this.joins, saved.waiting, clock.now(), {
      sample: [reader.width + learner.measuredSize, reader.targets],
      label: [reader.width, reader.targets],
      gone: [0, 0],
    })
  }

  /** While paused: works on this many events and labels, in the turns that follow. */
  advance(steps: number): void {
    this.allowance += steps
    this.schedule()
  }

  get counts(): LearnCounts {
    const { joins, inbox, counted } = this
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
    const waiting = this.joins?.labels ?? 0
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
    if (dropped !== undefined) this.drop(dropped)
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
    const { joins } = this
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
      else this.lost(held, 'expired')
    }
    for (const held of labels) joins.hold(held)
  }

  private finish(): void {
    const { learner, progressive, ended } = this.options
    // A model that is kept may have more samples to come.
    if (this.options.models === undefined) learner.flush()
    for (const held of this.joins?.clear() ?? []) this.lost(held, 'expired')
    this.over = true
    this.cancel?.()
    this.cancel = undefined
    this.labels?.stop()
    progressive.turned()
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
    if (item.type === 'event') this.take(item.sample)
    else this.join(item.label)
  }

  /** An event: predicted, and learned from where its targets are there. */
  private take(sample: Sample): void {
    const { reader, learner, settings, clock } = this.options
    const { values, joins, counted } = this
    try {
      this.key = keyOf(settings, sample)
      if (!this.select(this.key, { type: 'event', sample })) return
    } catch (cause) {
      counted.events++
      return this.refuse(sample, cause)
    }
    counted.events++
    const seen = this.options.models?.count() ?? counted.events
    const warm = seen <= settings.warmUp
    this.credit++
    const now = joins === undefined ? 0 : clock.now()
    if (joins !== undefined) values.fill(0) // what is kept shows nothing of the one before
    joins?.expire(now)
    if (this.over) return
    const has = new Uint8Array(reader.targets)
    let id: unknown
    try {
      reader.read(sample, values)
      reader.readTargets(sample, values, has, 'the sample')
      id = settings.id?.(sample) ?? undefined
    } catch (cause) {
      return this.refuse(sample, cause)
    }
    const known = id === undefined ? undefined : joins?.find(id)
    if (known?.kind === 'label') {
      reader.merge(known.value.values, known.value.has, values, has)
      joins!.drop(id)
    }
    if (reader.complete(has)) {
      const outcome = warm ? learner.evaluate(values, undefined, true) : learner.learn(values)
      if (joins !== undefined && id !== undefined && known?.kind !== 'sample') {
        joins.remember(id, now, joined)
      }
      return this.tell(sample, id, outcome)
    }
    if (joins === undefined || id === undefined || this.labelsOver || known?.kind === 'sample') {
      const outcome = learner.predict(values, undefined, 0, warm)
      if (known?.kind === 'sample') this.report('duplicate', id, 'an event with its id waits already') // prettier-ignore
      return this.tell(sample, id, outcome)
    }
    this.await(sample, id, has, now, warm)
  }

  /** Makes the model of a key the present one; or puts the item back until it is there, and waits. */
  private select(key: unknown, item: Item): boolean {
    const loading = this.options.models?.use(key)
    if (loading === undefined) return true
    this.inbox.putBack(item)
    this.loading = true
    const go = () => {
      this.loading = false
      if (!this.over) this.work()
    }
    loading.then(go, (cause: unknown) => {
      // It cannot be asked for ever: the item is lost and told.
      const lost = this.inbox.take()
      if (lost !== undefined && !this.over) {
        if (lost.type === 'event') this.refuse(lost.sample, cause)
        else this.options.fault(() => sampleFault(this.options.learner.step, cause))
      }
      go()
    })
    return false
  }

  /** An event whose targets are not there yet. */
  private await(sample: Sample, id: unknown, has: Uint8Array, now: number, warm: boolean): void {
    const { reader, learner, settings, frameBytes } = this.options
    const { width } = reader
    const all = this.room.pop() ?? new Float64Array(width + learner.measuredSize)
    for (let i = 0; i < width; i++) all[i] = this.values[i]!
    const stashed = settings.late === 'stash' && !warm
    const outcome: Outcome & { readonly stash?: Stash } = stashed
      ? learner.open(this.values, all, width)
      : learner.predict(this.values, all, width, warm)
    const step = learner.step
    const { stash } = outcome
    if (this.over) {
      if (stash !== undefined) learner.abandon(stash)
      return
    }
    if (outcome.outputs !== undefined) {
      const bytes = overhead + bytesOf(id) + 8 * all.length + has.length
      this.joins!.hold({
        id,
        kind: 'sample',
        at: now,
        bytes: stash === undefined ? bytes : bytes + frameBytes,
        shared: stash?.frame.weights,
        value: { values: all, has, step, warm, key: this.key, stash },
      })
    } else this.room.push(all)
    this.tell(sample, id, outcome, step)
  }

  private join(label: unknown): void {
    const { settings, reader, clock } = this.options
    const joins = this.joins!
    this.counted.labels++
    const now = clock.now()
    joins.expire(now)
    if (this.over) return
    let id: unknown
    let held: Held<Waiting> | undefined
    let fresh: Waiting | undefined
    let found = 0
    try {
      const read = settings.label(label)
      id = read.id ?? undefined
      if (id === undefined) throw new EagreError('bad-data', 'a label has no id')
      held = joins.find(id)
      if (held?.kind === 'sample' && !this.select(held.value.key, { type: 'label', label })) {
        this.counted.labels--
        return
      }
      if (held?.kind !== 'gone') {
        fresh = held === undefined ? newWaiting(reader) : undefined
        found = this.readLabel(read.targets, held?.value ?? fresh!)
      }
    } catch (cause) {
      this.counted.faults++
      const fault = sampleFault(this.options.learner.step, cause)
      this.options.fault(() => ({ ...fault, ...(id !== undefined && { id }) }))
      return
    }
    if (held?.kind === 'gone') {
      if (held.value.joined === true)
        this.report('duplicate', id, 'its event has its label already') // prettier-ignore
      else this.report('late', id, 'its event was given up before its label came')
      return
    }
    if (held === undefined) {
      if (found === 0) return this.report('unknown', id, 'its label has no targets')
      const bytes = overhead + bytesOf(id) + 8 * fresh!.values.length + reader.targets
      joins.hold({ id, kind: 'label', at: now, bytes, value: fresh! })
      return
    }
    if (found === 0) return this.report('duplicate', id, 'it has this label already')
    if (held.kind === 'sample' && reader.complete(held.value.has)) this.learnLate(held, now)
  }

  private readLabel(targets: Fields, into: Waiting): number {
    // A label that is half bad changes nothing.
    const { reader } = this.options
    const { values, has } = this
    copy(into.values, values, reader.width)
    copy(into.has, has, has.length)
    const found = reader.readTargets(targets, values, has, 'the label')
    copy(values, into.values, reader.width)
    copy(has, into.has, has.length)
    return found
  }

  private learnLate({ id, at, value }: Held<Waiting>, now: number): void {
    const { learner, reader } = this.options
    const { values } = this
    const measured = value.values
    copy(measured, values, reader.width)
    // First, so that nothing evicts it meanwhile.
    this.joins!.remember(id, now, joined)
    let outcome: Outcome
    if (value.warm === true) outcome = learner.evaluate(values, measured)
    else if (value.stash === undefined) outcome = learner.learnLate(values, measured)
    else outcome = learner.close(value.stash, values, measured)
    this.room.push(measured)
    this.count(outcome)
    const { loss, learned, fault } = outcome
    const [of, step, waited] = [value.step, learner.step, now - at]
    this.options.joined(
      loss === undefined
        ? { of, step, id, learned, waited }
        : { of, step, id, loss, learned, waited },
    )
    this.stopFor(fault)
  }

  private tell(sample: Sample, id: unknown, outcome: Outcome, step?: number): void {
    this.count(outcome)
    this.options.emit(learnedOf(step ?? this.options.learner.step, sample, id, outcome))
    this.stopFor(outcome.fault)
  }

  /** A sample that cannot be read. */
  private refuse(sample: Sample, cause: unknown): void {
    const { onFault } = this.options.settings
    const step = this.options.nextStep()
    // There is nothing to roll back: no weight has seen it.
    const action = onFault === 'stop' ? 'stop' : 'skip'
    const fault: Fault = { ...sampleFault(step, cause), action }
    this.options.fault(() => fault)
    this.counted.faults++
    this.options.emit({ step, sample, learned: false, fault })
    this.stopFor(fault)
  }

  private count({ learned, fault }: Outcome): void {
    if (learned) this.counted.learned++
    if (fault !== undefined) this.counted.faults++
  }

  private stopFor(fault: Fault | undefined): void {
    if (fault?.action !== 'stop' || this.over) return
    this.stop()
    this.options.ended(new EagreError('fault', faultText(fault), { cause: fault.cause }))
  }

  private drop(item: Item): void {
    const id = item.type === 'event' ? this.idOf(item.sample) : undefined
    this.report('dropped', id, item.type === 'event' ? 'events come faster than they are learned' : 'labels come faster than they are learned') // prettier-ignore
  }

  private idOf(sample: Sample): unknown {
    try {
      return this.options.settings.id?.(sample) ?? undefined
    } catch {
      return undefined
    }
  }

  /** What waited, and will be waited for no more. */
  private lost(held: Held<Waiting>, why: 'expired' | 'evicted'): void {
    this.free(held.value)
    if (held.kind === 'label') {
      return this.report('unknown', held.id, 'there was no event for its label')
    }
    if (!this.over) this.joins!.remember(held.id, held.at, none)
    const message =
      why === 'evicted'
        ? 'there was no room to wait for its label'
        : 'its label did not come in time'
    this.report(why, held.id, message, undefined, held.value.step)
  }

  private free({ values, stash }: Waiting): void {
    const { learner, reader } = this.options
    if (values.length === reader.width + learner.measuredSize) this.room.push(values)
    if (stash !== undefined) learner.abandon(stash)
  }

  private report(
    reason: LostReason,
    id: unknown,
    message: string,
    cause?: unknown,
    step = this.options.learner.step,
  ): void {
    this.counted[reason]++
    this.options.fault(() => ({
      step,
      inputs: Object.create(null),
      message,
      action: 'skip',
      reason,
      ...(id !== undefined && { id }),
      ...(cause !== undefined && { cause }),
    }))
  }
}
