/** Reads a training run out of a checkpoint, and makes it fit what it goes on with. */
import { EagreError } from '../errors.js'
import type { GeneratorState } from '../optimizers/random.js'
import type { Part } from './figures.js'
import { listed } from './inventory.js'
import { changedSettings } from './settings.js'
import type {
  RunIdentity,
  SavedDescent,
  SavedMeans,
  SavedOptions,
  SavedRun,
  SavedStatistics,
} from './saved.js'

/** `weights` reads an array as long as all weights, NaN for those that are not there. Throws `bad-data` for what does not make a run. */
export function readRun(part: Part, weights: (part: Part) => Float64Array): SavedRun {
  const whole = (name: string) => part.field(name).whole()
  const data = part.field('data')
  return {
    options: readOptions(part.field('options')),
    settings: record(part.field('settings'), (setting) => setting.text()),
    data: {
      rows: data.field('rows').whole(1),
      heldBack: data.field('heldBack').whole(),
      hash: data.field('hash').text(),
    },
    measuring: part.maybe('measuring', (row) => row.whole()),
    level: whole('level'),
    statistics: part.maybe('statistics', readStatistics),
    testing: part.maybe('testing', (row) => row.whole()),
    testMeans: part.maybe('testMeans', readMeans),
    lastTest: part.maybe('lastTest', (test) => ({
      loss: test.field('loss').number(),
      metrics: record(test.field('metrics'), (metric) => metric.number()),
    })),
    untold: part.field('untold').flag(),
    todo: part.maybe('todo', (todo) => todo.one('step', 'epoch', 'done')),
    ending: part.maybe('ending', (why) => why.one('epochs', 'loss', 'patience', 'time')),
    lastWords: part.field('lastWords').flag(),
    position: whole('position'),
    epoch: whole('epoch'),
    step: whole('step'),
    samples: whole('samples'),
    learned: whole('learned'),
    latest: whole('latest'),
    inBatch: whole('inBatch'),
    means: part.maybe('means', readMeans),
    lastLoss: part.field('lastLoss').number(),
    bestLoss: part.field('bestLoss').number(),
    bestEpoch: whole('bestEpoch'),
    elapsed: part.field('elapsed').number(),
    generator: readGenerator(part.field('generator')),
    descent: readDescent(part.field('descent'), weights),
    bestWeights: part.maybe('bestWeights', weights),
    epochWeights: part.maybe('epochWeights', weights),
    lastWeights: part.maybe('lastWeights', weights),
  }
}

/** A run to go on with, and how much of it has to be as it was. */
export interface Resume {
  readonly run: SavedRun
  /** Takes what fits of a checkpoint that is of something else. */
  readonly partial: boolean
  /** The graph is another one. */
  readonly changed: boolean
  /** Weights that hold statistics of the rows and have none yet: they are measured. */
  readonly unmeasured: boolean
}

/**
 * The run as it goes on with these settings and rows. Where they are others it throws `bad-data`
 * with the difference; if `partial`, the epoch that it was in begins anew.
 */
export function continued(resume: Resume, now: RunIdentity, optimizer: string): SavedRun {
  const { run, partial, changed, unmeasured } = resume
  const clauses = changedSettings(run.settings, now.settings)
  const { rows, heldBack, hash } = now.data
  if (rows !== run.data.rows) clauses.push(`the data had ${run.data.rows} rows and have ${rows}`)
  else if (heldBack !== run.data.heldBack || hash !== run.data.hash) {
    clauses.push('the rows of the data are others than they were')
  }
  if (clauses.length > 0 && !partial) {
    throw new EagreError('bad-data', `train: the checkpoint does not fit: ${listed(clauses)}`, {
      hint: 'go on with what training began with; restore(checkpoint, { partial: true }) takes what fits',
    })
  }
  if (clauses.length === 0 && !changed) return run
  const { descent } = run
  const same = descent.optimizer === optimizer
  return {
    ...run,
    ...now,
    ...{ position: 0, inBatch: 0, level: 1, means: undefined, testMeans: undefined },
    ...{ untold: false, testing: undefined, lastTest: undefined, statistics: undefined },
    // Of other data or another graph the losses cannot be compared.
    ...{ bestLoss: Number.POSITIVE_INFINITY, bestEpoch: run.epoch, bestWeights: undefined },
    epochWeights: undefined,
    measuring: unmeasured ? 0 : undefined,
    todo: unmeasured ? undefined : run.todo === 'done' || run.lastWords ? 'done' : 'epoch',
    lastWords: false,
    descent: {
      ...{ optimizer, answered: 0, sum: undefined },
      slots: same ? descent.slots : {},
      updates: same ? descent.updates : 0,
      tick: same ? descent.tick : -1,
    },
  }
}

function readOptions(part: Part): SavedOptions {
  const every = part.maybe('every', (one) =>
    typeof one.value === 'number' ? one.whole(1) : one.one('slice', 'epoch'),
  )
  return {
    epochs: part.maybe('epochs', (one) => one.whole(1)),
    batch: part.maybe('batch', (one) => one.whole(1)),
    stack: part.maybe('stack', (one) => one.flag()),
    learningRate: part.maybe('learningRate', (one) => one.number()),
    shuffle: part.maybe('shuffle', (one) => one.flag()),
    seed: part.maybe('seed', (one) => one.whole(Number.MIN_SAFE_INTEGER)),
    every,
  }
}

export function readDescent(part: Part, weights: (part: Part) => Float64Array): SavedDescent {
  return {
    optimizer: part.field('optimizer').text(),
    slots: record(part.field('slots'), weights),
    updates: part.field('updates').whole(),
    tick: part.field('tick').whole(-1),
    answered: part.field('answered').whole(),
    sum: part.maybe('sum', weights),
  }
}

export function readMeans(part: Part): SavedMeans {
  const numbers = (of: Part) => [...of.numbers()]
  return {
    count: part.field('count').whole(),
    sums: numbers(part.field('sums')),
    tallies: part.field('tallies').list().map(numbers),
    lastCount: part.field('lastCount').whole(),
    lastSums: numbers(part.field('lastSums')),
    lastTallies: numbers(part.field('lastTallies')),
  }
}

function readStatistics(part: Part): SavedStatistics {
  const lists = (name: string) =>
    part
      .field(name)
      .list()
      .map((list) => [...list.numbers()])
  return { count: part.field('count').whole(), means: lists('means'), squares: lists('squares') }
}

function readGenerator(part: Part): GeneratorState {
  const words = part.numbers(4)
  const whole = words.every((word) => Number.isInteger(word) && word >= 0 && word < 2 ** 32)
  if (!whole || words.every((word) => word === 0)) throw part.wrong('the state of a generator')
  return [words[0]!, words[1]!, words[2]!, words[3]!]
}

export function record<T>(part: Part, read: (part: Part) => T): Record<string, T> {
  const values: Record<string, T> = Object.create(null)
  for (const name of part.names()) values[name] = read(part.field(name))
  return values
}
