/**
 * What is done with each event and each label of a run that learns: an event is predicted, and
 * learned from or held until its label comes; a label is joined to its event by id. One at a time.
 */
import { EagreError } from '../errors.js'
import { sampleFault } from '../network/fault.js'
import type { Fault, LostReason } from '../network/message.js'
import { bytesOf, Joins, overhead, type Held } from './joins.js'
import { learnedOf } from './learned.js'
import type { Outcome, Stash } from './learner.js'
import { copy, joined, keyOf, newWaiting, none } from './learnparts.js'
import type { Item, LearnRunOptions, Waiting } from './learnparts.js'
import type { Sample } from './predict.js'
import type { Fields } from './source.js'

/** The run that the items are of. */
export interface ItemsRun {
  readonly over: boolean
  /** The labels have ended, and none of them waits for its turn. */
  readonly labelsOver: boolean
  /** Labels that may be pulled although as many wait already as there may. */
  credit: number
  /** Puts an item back until its model is there. */
  wait(item: Item, loading: Promise<void>): void
  /** A fault ends the run. */
  fail(fault: Fault): void
}

export class Items {
  readonly joins: Joins<Waiting> | undefined
  readonly counted = {
    ...{ events: 0, learned: 0, faults: 0, labels: 0, expired: 0, evicted: 0 },
    ...{ duplicate: 0, late: 0, unknown: 0, dropped: 0 },
  }
  private readonly options: LearnRunOptions
  private readonly run: ItemsRun
  // What is worked on: inputs and targets, and which of the targets are there.
  private readonly values: Float64Array
  private readonly has: Uint8Array
  private readonly present: Uint8Array
  /** For samples that wait: of those that wait no more. */
  private readonly room: Float64Array[] = []
  /** Of the event that is worked on. */
  private key: unknown

  constructor(options: LearnRunOptions, run: ItemsRun) {
    this.options = options
    this.run = run
    const { settings, reader, weightsBytes } = options
    this.values = new Float64Array(reader.width)
    this.has = new Uint8Array(reader.targets)
    this.present = new Uint8Array(reader.targets)
    if (settings.labels === undefined) return
    const { pending, memory, ttl } = settings
    this.joins = new Joins({
      ...{ pending, memory, ttl },
      sharedBytes: weightsBytes,
      gone: (held, why) => this.lost(held, why),
    })
  }

  /** An event: predicted, and learned from where its targets are there. */
  take(sample: Sample): void {
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
    this.run.credit++
    const now = joins === undefined ? 0 : clock.now()
    if (joins !== undefined) values.fill(0) // what is kept shows nothing of the one before
    joins?.expire(now)
    if (this.run.over) return
    const has = this.present
    for (let at = 0; at < has.length; at++) has[at] = 0
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
    if (
      joins === undefined ||
      id === undefined ||
      this.run.labelsOver ||
      known?.kind === 'sample'
    ) {
      const outcome = learner.predict(values, undefined, 0, warm)
      if (known?.kind === 'sample') this.report('duplicate', id, 'an event with its id waits already') // prettier-ignore
      return this.tell(sample, id, outcome)
    }
    this.await(sample, id, has.slice(), now, warm)
  }

  /** Makes the model of a key the present one; false where the item must wait for that. */
  private select(key: unknown, item: Item): boolean {
    const loading = this.options.models?.use(key)
    if (loading === undefined) return true
    this.run.wait(item, loading)
    return false
  }

  /** Another model is on its way: that of a queued item is asked for as well. */
  foresee(item: Item): void {
    const { settings, models } = this.options
    try {
      if (item.type === 'event') models?.fetch(keyOf(settings, item.sample))
      else {
        const held = this.joins!.find(settings.label(item.label).id)
        if (held?.kind === 'sample') models?.fetch(held.value.key)
      }
    } catch {} // told in its turn
  }

  /** The model of an item cannot be had: the item is lost and told. */
  lose(item: Item, cause: unknown): void {
    if (item.type === 'event') this.refuse(item.sample, cause)
    else this.options.fault(() => sampleFault(this.options.learner.step, cause))
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
    if (this.run.over) {
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

  /** A label: learned from where its event waits for it. */
  join(label: unknown): void {
    const { settings, reader, clock } = this.options
    const joins = this.joins!
    this.counted.labels++
    const now = clock.now()
    joins.expire(now)
    if (this.run.over) return
    let id: unknown
    let held: Held<Waiting> | undefined
    let fresh: Waiting | undefined
    let found = 0
    let empty = false
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
        empty = found === 0 && !reader.hasTargets(read.targets)
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
    if (empty) return this.report('unknown', id, 'its label has no targets')
    if (held === undefined) {
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
    if (fault?.action === 'stop') this.run.fail(fault)
  }

  /** What the queue had no room for. */
  drop(item: Item): void {
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
  lost(held: Held<Waiting>, why: 'expired' | 'evicted'): void {
    this.free(held.value)
    if (held.kind === 'label') {
      return this.report('unknown', held.id, 'there was no event for its label')
    }
    if (!this.run.over) this.joins!.remember(held.id, held.at, none)
    const message =
      why === 'evicted'
        ? 'there was no room to wait for its label'
        : 'its label did not come in time'
    this.report(why, held.id, message, undefined, held.value.step)
  }

  /** Takes back what a sample that waits no more has held. */
  free({ values, stash }: Waiting): void {
    const { learner, reader } = this.options
    if (values.length === reader.width + learner.measuredSize) this.room.push(values)
    if (stash !== undefined) learner.abandon(stash)
  }

  /** Counts what was lost, and tells why. */
  report(
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
