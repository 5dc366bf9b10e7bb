/**
 * Metrics of a stream: each prediction is scored before it is learned from (progressive, or
 * prequential, validation), over all events and over the last ones.
 */
import { Observable } from 'rxjs'
import { EagreError } from '../errors.js'
import type { LiveFrame } from '../network/frame.js'
import type { Wiring } from '../network/wiring.js'
import { Means, type MeansOptions } from './means.js'
import { Recent } from './recent.js'
import type { SavedScores } from './savedlearn.js'

/** What has become of the events and labels of a run. */
export interface LearnCounts {
  /** Events that came, save those that were dropped. */
  readonly events: number
  readonly learned: number
  /** Events that had a fault: bad ones, and steps that failed. */
  readonly faults: number
  readonly labels: number
  /** Events that wait for their label now, and labels that wait for their event. */
  readonly waiting: number
  readonly early: number
  readonly expired: number
  readonly evicted: number
  readonly duplicate: number
  readonly late: number
  readonly unknown: number
  readonly dropped: number
  /** What waits for its turn. */
  readonly queued: number
  /** Bytes that those that wait for labels take, roughly. */
  readonly memory: number
  readonly updates: number
}

/** Scores of some predictions. */
export interface Scores {
  /** How many have been scored. */
  readonly samples: number
  /** The mean loss; NaN where nothing was scored, as are the metrics. */
  readonly loss: number
  readonly metrics: Readonly<Record<string, number>>
}

/** How well a graph predicts that learns from a stream. */
export interface LearnMetrics extends Scores {
  /** The last step. */
  readonly step: number
  /** Of the last predictions, where a window was asked for. */
  readonly window?: Scores
  readonly counts: LearnCounts
}

/** How often metrics come, and over what. */
export interface MetricsOptions {
  /** Once a turn of the event loop in which something was scored (the default), or every so many scores. */
  readonly every?: 'slice' | number
  /** How many of the last predictions are scored apart. */
  readonly window?: number
}

/** Who is told. */
export interface Watcher extends MetricsOptions {
  next(metrics: LearnMetrics): void
}

/** Metrics for as long as somebody is subscribed; complete with `life`. Throws `bad-argument`. */
export function watched(
  watchers: Set<Watcher>,
  life: Observable<unknown>,
  options: MetricsOptions,
): Observable<LearnMetrics> {
  const { every, window } = metricsOptions(options)
  return new Observable<LearnMetrics>((subscriber) => {
    const next = (metrics: LearnMetrics) => subscriber.next(metrics)
    const watcher: Watcher = { every, next, ...(window !== undefined && { window }) }
    watchers.add(watcher)
    subscriber.add(() => watchers.delete(watcher))
    subscriber.add(life.subscribe({ complete: () => subscriber.complete() }))
  })
}

function metricsOptions({ every = 'slice', window }: MetricsOptions) {
  const check = (name: string, value: unknown) => {
    if (Number.isSafeInteger(value) && (value as number) >= 1) return // just asked
    const got = typeof value === 'string' ? `"${value}"` : String(value)
    throw new EagreError(
      'bad-argument',
      `metrics: ${name} must be a whole number from 1, got ${got}`,
    )
  }
  if (every !== 'slice') check('every', every)
  if (window !== undefined) check('window', window)
  return { every, window }
}

/** Scores that make exact ranks; with more of them, scores are rounded to 12 significant bits. */
export const exactScores = 10_000

/** The scores of one run. */
export class Progressive {
  private readonly wiring: Wiring
  private readonly options: MeansOptions
  private readonly means: Means
  private readonly watchers: ReadonlySet<Watcher>
  private readonly recents = new Map<Watcher, Recent>()
  private readonly counts: () => LearnCounts
  private samples = 0
  private untold = 0
  /** Something was scored in this step. */
  private fresh = false
  private step = 0

  constructor(
    wiring: Wiring,
    options: MeansOptions,
    watchers: ReadonlySet<Watcher>,
    counts: () => LearnCounts,
  ) {
    this.wiring = wiring
    this.options = options
    this.means = new Means(wiring, { ...options, exact: exactScores })
    this.watchers = watchers
    this.counts = counts
  }

  /** A prediction beside its targets. */
  add(frame: LiveFrame): void {
    this.samples++
    this.untold++
    this.fresh = true
    this.step = frame.step
    this.means.add(frame)
    for (const watcher of this.watchers) {
      if (watcher.window !== undefined) this.recentOf(watcher, watcher.window).add(frame)
    }
  }

  /** Between two steps: those are told who count. */
  stepped(): void {
    if (!this.fresh) return
    this.fresh = false
    for (const watcher of this.watchers) {
      const { every } = watcher
      if (typeof every === 'number' && this.samples % every === 0) {
        watcher.next(this.now(watcher))
      }
    }
  }

  /** A turn of the event loop is over: those are told who count turns, unless nothing was scored or lost. */
  turned(lost = false): void {
    if (this.untold === 0 && !(lost && this.samples > 0)) return
    this.untold = 0
    for (const watcher of this.watchers) {
      if (typeof watcher.every !== 'number') watcher.next(this.now(watcher))
    }
  }

  /** The metrics of now. */
  now(watcher?: Watcher): LearnMetrics {
    const { samples, step } = this
    const recent = watcher && this.recents.get(watcher)
    return {
      step,
      samples,
      loss: this.means.loss,
      metrics: this.means.metrics(true),
      ...(watcher?.window !== undefined && { window: recent?.scores() ?? nothing }),
      counts: this.counts(),
    }
  }

  /** The scores of all predictions so far; windows, which belong to who watches, begin empty. */
  save(): SavedScores {
    return { of: this.names, samples: this.samples, means: this.means.save() }
  }

  /** Goes on from what `save` gave, unless that is of other metrics. */
  load({ of, samples, means }: SavedScores): void {
    const { names } = this
    if (of.length !== names.length || of.some((name, at) => name !== names[at])) return
    if (this.means.load(means)) this.samples = samples
  }

  /** What is scored, and how. */
  private get names(): readonly string[] {
    const { metrics, measures } = this.options
    return [...metrics.keys(), ...measures.map(({ name, measure }) => `${name}: ${measure}`)]
  }

  private recentOf(watcher: Watcher, size: number): Recent {
    let recent = this.recents.get(watcher)
    if (recent === undefined) {
      // Those that have gone are forgotten.
      for (const known of this.recents.keys()) {
        if (!this.watchers.has(known)) this.recents.delete(known)
      }
      recent = new Recent(this.wiring, this.options, size)
      this.recents.set(watcher, recent)
    }
    return recent
  }
}

const nothing: Scores = { samples: 0, loss: Number.NaN, metrics: Object.create(null) }
