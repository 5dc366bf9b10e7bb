/** Puts together what one run of learning from a stream needs. */
import { Observable, type ObservableInput, type Subscriber } from 'rxjs'
import { EagreError } from '../errors.js'
import { compileUpdate } from '../kernel/update.js'
import { nameOf } from '../language/name.js'
import { schedules } from '../optimizers/index.js'
import { seeded } from '../optimizers/random.js'
import type { Fault } from '../network/message.js'
import { show } from '../network/pack.js'
import type { Wiring } from '../network/wiring.js'
import { replacedWeights } from '../network/weights.js'
import { Descent } from './descent.js'
import { LearnRun } from './learn.js'
import type { Joined, Learned } from './learned.js'
import { Learner } from './learner.js'
import type { Sample } from './predict.js'
import type { KeySettings, LearnSettings } from './learnoptions.js'
import { Models } from './models.js'
import { Progressive, type Watcher } from './progressive.js'
import { SampleReader } from './reader.js'
import { continuedLearn, type ResumeLearn, type SavedLearn } from './savedlearn.js'
import { optimizerOf, type Session } from './session.js'
import { settingsOf } from './settings.js'
import { hashOf } from './source.js'

/** Whom a run tells what happens. */
export interface LearnListener {
  readonly watchers: ReadonlySet<Watcher>
  nextStep(): number
  updated(): void
  fault(fault: () => Fault): void
  emit(learned: Learned): void
  joined(joined: Joined): void
  /** The run is over, by itself or with an error. Not called after `stop`. */
  ended(error?: unknown): void
}

/** The graph that learns. */
export interface LearnHost extends Omit<LearnListener, 'emit' | 'ended'> {
  session(): Session
  /** Where the run goes on that a checkpoint was taken of. */
  resuming(): ResumeLearn | undefined
  /** Makes somebody the one that writes the weights. Throws `busy` where there is another one. */
  claim(writer: Subscriber<Learned>): void
  release(writer: Subscriber<Learned>): void
  /** A run is about to start. */
  started(run: LearnRun): void
}

/** What comes of events: a run for each subscription, that ends with it. */
export function learnedFrom(
  host: LearnHost,
  settings: LearnSettings,
  events: ObservableInput<Sample>,
): Observable<Learned> {
  return new Observable<Learned>((subscriber) => {
    const ended = (error?: unknown) => {
      // First, so that the callback may learn again.
      host.release(subscriber)
      if (error === undefined) subscriber.complete()
      else subscriber.error(error)
    }
    // Before it starts: a source may send all at once, and the subscriber have enough of it midway.
    subscriber.add(() => host.release(subscriber))
    try {
      host.claim(subscriber)
      const emit = (learned: Learned) => subscriber.next(learned)
      const run = learningFor(host.session(), settings, host.resuming(), {
        ...host,
        emit,
        ended,
      })
      host.started(run)
      run.start(events)
    } catch (error) {
      ended(error)
    }
  })
}

/** A run that has not started yet, or that goes on from a checkpoint. Throws `bad-data`. */
export function learningFor(
  session: Session,
  settings: LearnSettings,
  resume: ResumeLearn | undefined,
  listener: LearnListener,
): LearnRun {
  const { network, fused, executor, optimizers, clock, active } = session
  const { wiring, state } = network
  const { train } = settings
  const optimizer = optimizerOf(train, optimizers)
  const { metrics: _, ...identity } = settingsOf(wiring.plan, { ...train, data: undefined })
  // Before anything of the state changes.
  const saved = resume && continuedLearn(resume, identity, train.optimizer.name)
  const descent = new Descent({
    wiring,
    state,
    plan: train,
    update: compileUpdate(optimizer, train.optimizer.parameters, executor),
    schedule: train.schedule && schedules.get(train.schedule.name),
    active,
    open: () => network.pending,
    direct: train.batch === 1 && train.clip === undefined,
    ...(settings.keys && { swapped: true }),
  })
  const { plan } = wiring
  const scores = {
    loss: plan.loss!, // who may learn has been asked for a loss
    measures: plan.measures ?? [],
    metrics: new Map(plan.metrics.map((index) => [nameOf(plan, index), index])),
  }
  const progressive: Progressive = new Progressive(
    wiring,
    scores,
    listener.watchers,
    () => run.counts,
  )
  const learner = new Learner({
    network,
    fused,
    descent,
    batch: train.batch,
    seed: train.seed,
    onFault: settings.onFault,
    nextStep: listener.nextStep,
    updated: listener.updated,
    fault: (fault) => listener.fault(() => fault),
    scored: (frame) => progressive.add(frame),
  })
  const models = settings.keys && modelsFor(session, settings, settings.keys, descent, learner, listener) // prettier-ignore
  const run: LearnRun = new LearnRun({
    settings,
    learner,
    ...(models && { models }),
    reader: new SampleReader(plan),
    progressive,
    clock,
    generator: seeded(train.seed, 'overflow'),
    identity,
    ...frameSizes(wiring, models !== undefined),
    updates: () => descent.updates,
    busy: () => network.busy,
    nextStep: listener.nextStep,
    emit: listener.emit,
    joined: listener.joined,
    fault: listener.fault,
    ended: listener.ended,
  })
  if (saved !== undefined) {
    if (!(fits(models, saved) || resume?.partial === true)) {
      throw new EagreError('bad-data', 'learn: the models of the checkpoint are not of such keys', {
        hint: 'go on with what learning began with; restore(checkpoint, { partial: true }) leaves them out',
      })
    }
    run.load(saved)
  }
  return run
}

/** Takes the saved models, if there are any; false where they are not for such a run. */
function fits(models: Models | undefined, { models: saved }: SavedLearn): boolean {
  if (saved === undefined || models === undefined) return saved === models
  return models.load(saved)
}

/** A model for each key. Throws `bad-data` for a prior that does not fit. */
function modelsFor(
  { network, clock }: Session,
  { train }: LearnSettings,
  { maxKeys, idle, store, prior }: KeySettings,
  descent: Descent,
  learner: Learner,
  listener: LearnListener,
): Models {
  const { wiring, state } = network
  const { plan, sizes, keptSizes } = wiring
  // What a record holds, and in which order.
  const layout = plan.nodes.map(({ type }, index) => {
    if (type === 'weight') return `${nameOf(plan, index)} ${sizes[index]}`
    return type === 'gate' && keptSizes[index]! > 0 ? `${nameOf(plan, index)} ${keptSizes[index]}` : '' // prettier-ignore
  })
  const fingerprint = hashOf([train.optimizer.name, train.batch > 1, ...layout].join('\n'), 2 ** 32)
  const weights = replacedWeights(wiring, state.weights, prior ?? {}, true)
  const failed = (key: unknown, cause: unknown) => {
    const message = `the model of the key ${show(key)} could not be stored: ${cause instanceof Error ? cause.message : String(cause)}` // prettier-ignore
    listener.fault(() => ({ step: learner.step, inputs: {}, message, cause, action: 'skip' }))
  }
  return new Models({ state, descent, learner, clock, fingerprint, maxKeys, idle, store, failed }, weights) // prettier-ignore
}

/**
 * Bytes of a frame, and of the weights that frames share. Which frames do where each key has its
 * weights depends on when models come and go, also through a checkpoint: there each counts its own.
 */
function frameSizes(wiring: Wiring, keyed: boolean) {
  const frame = 8 * (wiring.valuesSize + wiring.gradientsSize + 3 * wiring.count)
  const weights = 8 * wiring.weightsSize
  return keyed
    ? { frameBytes: frame + weights, weightsBytes: 0 }
    : { frameBytes: frame, weightsBytes: weights }
}
