/** Chooses what executes a training run, and says why. */
import { EagreError } from '../errors.js'
import { engineNames, type EngineName } from '../kernel/enginenames.js'
import { preferredEngines } from '../kernel/engines.js'
import { measureRegion } from '../kernel/lower.js'
import type { StartKernel, Training } from '../kernel/training.js'
import type { Prepared } from './prepared.js'

/** What a caller may ask for. */
export type EngineOption = (typeof engineNames)[number]

/** What executes a run, and why. */
export interface EngineChoice {
  readonly engine: EngineName
  /** One clause, as `12 gates`. */
  readonly reason: string
}

/** A choice, with what begins its kernel where there is one. */
export interface ChosenEngine extends EngineChoice {
  readonly start?: StartKernel
}

/** What executes a run, why, and how many of its steps were made in a kernel so far. */
export interface EngineUse extends EngineChoice {
  readonly steps: number
  /** How many rows were evaluated in it, held back ones and those that are standardized by. */
  readonly evaluated: number
  /** How many steps that somebody watched were made in a kernel from which all can be sent. */
  readonly watched: number
}

/**
 * Chooses among what is or can be made for a run over so many rows; `steps` is how many it has at
 * most.
 * Throws `bad-argument` for an engine that was named and cannot be: nothing falls back in silence.
 */
export function chooseEngine(
  asked: EngineOption,
  made: Prepared,
  rows: number,
  steps = Number.POSITIVE_INFINITY,
): ChosenEngine {
  if (!engineNames.includes(asked)) {
    throw new EagreError('bad-argument', `train: there is no engine "${asked}"`, {
      hint: `take one of ${engineNames.join(', ')}`,
    })
  }
  if (asked === 'live') return { engine: 'live', reason: 'asked for' }
  // To lower a large graph takes as long as many steps of it.
  const { single = 0 } = made
  if (asked === 'auto' && single >= fewNumbers && steps < fewSteps) {
    return { engine: 'live', reason: shortRun(steps, gatesText(single)) }
  }
  const { training } = made
  if (typeof training === 'string') {
    if (asked === 'auto') return { engine: 'live', reason: training }
    throw impossible(asked, training)
  }
  const size = sizeText(training)
  if (asked !== 'auto') {
    const start = made.by(asked)
    if (typeof start === 'string') throw impossible(asked, start)
    return { engine: asked, reason: `asked for, ${size}`, start }
  }
  const preferred = preferredEngines(training, rows, steps)
  const short = shortness(training, steps)
  if (short !== undefined) {
    // To begin a kernel that is there already takes no longer than a few steps of the network.
    for (const engine of preferred) {
      const start = made.kept(engine)
      if (start !== undefined) return { engine, reason: `${size}, made for a run before`, start }
    }
    return { engine: 'live', reason: short }
  }
  const refusals: string[] = []
  const { scalar } = measureRegion(training.region)
  for (const engine of preferred) {
    if (engine === 'javascript' && scalar > mostGenerated) {
      refusals.push(`javascript: engines optimize no more than ${count(mostGenerated)} gates`)
      continue
    }
    const start = made.by(engine)
    if (typeof start !== 'string') return { engine, reason: [size, ...refusals].join('; '), start }
    refusals.push(`${engine}: ${start}`)
  }
  return { engine: 'live', reason: refusals.join('; ') }
}

// To make a kernel takes as long as the network takes for so many numbers of a small graph, and for
// so many steps of a large one: 10 µs a gate were measured, and 0.1 µs a gate less in each step.
const fewNumbers = 5000
const fewSteps = 200
const largeGraph = 600
// Generated JavaScript of 10,000 gates and more never settles.
const mostGenerated = 4000

/** Why a kernel would not be worth making. */
function shortness({ region }: Training, steps: number): string | undefined {
  const { scalar, tensor } = measureRegion(region)
  if (steps * (region.forward.length + region.backward.length) < fewNumbers) return shortRun(steps)
  if (scalar > largeGraph && steps < fewSteps && tensor < scalar) {
    return shortRun(steps, sizeText({ region }))
  }
  return undefined
}

function shortRun(steps: number, of?: string): string {
  const run = `a run of ${count(steps)} ${steps === 1 ? 'step' : 'steps'}`
  return of === undefined ? run : `${run} of ${of}`
}

/** A whole number with commas. The platform's own way may take milliseconds to get ready. */
function count(number: number): string {
  return String(number).replace(/\B(?=(?:\d{3})+$)/g, ',')
}

function impossible(engine: EngineName, why: string): EagreError {
  return new EagreError('bad-argument', `train: the engine "${engine}" cannot be used: ${why}`, {
    hint: 'take "auto"',
  })
}

function gatesText(gates: number): string {
  return `${count(gates)} ${gates === 1 ? 'gate' : 'gates'}`
}

/** As `12 gates` or `40 gates of numbers, 3 of tensors`. */
function sizeText({ region }: Pick<Training, 'region'>): string {
  const { scalar, tensor } = measureRegion(region)
  if (tensor === 0) return gatesText(scalar)
  const of = `${count(tensor)} of tensors`
  return scalar === 0 ? `gates: ${of}` : `${gatesText(scalar)} of numbers, ${of}`
}
