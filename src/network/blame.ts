/** Finds which samples of a batch are to blame where their common step failed. */
import { sampled } from '../kernel/compile.js'
import type { Each } from '../kernel/each.js'
import type { Executor, State } from '../kernel/kernel.js'
import {
  firstNonFiniteGradient,
  firstNonFiniteValue,
  nonFinite,
  nonFiniteFault,
  thrownFault,
  type Failed,
} from './fault.js'
import type { LiveFrame } from './frame.js'
import type { Fault } from './message.js'
import { placeIn } from './stack.js'
import { bindSamples } from './wiring.js'

/** What it takes to look at a failed step again. */
export interface Blaming {
  readonly state: State
  readonly executor: Executor
  readonly action: Fault['action']
  /** By sample of the step: its number in the batch as it was gathered, which had `of`. */
  readonly numbers: readonly number[]
  readonly of: number
}

/** What failed, and for which samples of the step: for all where it is not for some alone. */
export interface Blamed {
  readonly fault: Fault
  readonly samples: readonly number[]
}

/** A gate threw. Those samples are to blame for which it throws again. */
export function blameThrow(frame: LiveFrame, context: Blaming): Blamed {
  const { wiring } = frame.circuit
  const failure = frame.failure!
  const { node, direction } = failure
  const gate = gateAlone(frame, node, context)
  const failed = failedOf(frame, context, (sample) => {
    return gate?.throws(frame, context.state, sample, direction) === true
  })
  const fault = thrownFault(wiring, frame, failure, context.action, failed)
  return { fault, samples: failed.samples }
}

/** The loss is not finite for some samples, or for all. */
export function blameLoss(frame: LiveFrame, loss: number, context: Blaming): Blamed {
  const { wiring } = frame.circuit
  const failed = failedOf(frame, context, (sample) => {
    const { offset, size } = placeIn(wiring, loss, sample)
    return nonFinite(frame.values, offset, size) !== undefined
  })
  const where = firstNonFiniteValue(wiring, frame, loss, failed.samples[0])
  const fault = nonFiniteFault(wiring, frame, where, context.action, failed)
  return { fault, samples: failed.samples }
}

/** A gradient is not finite. */
export function blameGradient(frame: LiveFrame, context: Blaming): Blamed {
  const { wiring } = frame.circuit
  const where = firstNonFiniteGradient(wiring, frame)
  if (where === undefined) throw new Error('internal: a gradient was not finite and then it was')
  const { totals, sizes } = wiring
  // It is the sum of all answers to the node that overflowed, or else what the node answers.
  const sum = nonFinite(frame.gradients, totals[where.node]!, sizes[where.node]!) !== undefined
  const gate = sum ? undefined : gateAlone(frame, where.node, context)
  const failed = failedOf(frame, context, (sample) => {
    if (gate !== undefined) return !gate.answersFinite(frame, context.state, sample)
    const { total, size } = placeIn(wiring, where.node, sample)
    return nonFinite(frame.gradients, total, size) !== undefined
  })
  const fault = nonFiniteFault(wiring, frame, where, context.action, failed)
  return { fault, samples: failed.samples }
}

/** A gate by itself, for one sample after the other, where it is one that samples differ in. */
function gateAlone(frame: LiveFrame, node: number, { executor }: Blaming): Each | undefined {
  const { wiring } = frame.circuit
  if (wiring.stack?.stacked[node] !== 1 || node < wiring.firstGate) return undefined
  const ports = wiring.portStart[node + 1]! - wiring.portStart[node]!
  const answers = frame.route?.answers[node] ?? Array.from({ length: ports }, () => -1)
  return sampled(bindSamples(wiring, node, answers), executor)
}

/** The samples that something is true for; all where it is for none. */
function failedOf(
  frame: LiveFrame,
  { numbers, of }: Blaming,
  guilty: (sample: number) => boolean,
): Failed {
  const all = Array.from({ length: frame.circuit.wiring.stack?.batch ?? 1 }, (_, at) => at)
  const found = all.filter(guilty)
  const samples = found.length > 0 ? found : all
  return { samples, numbers: samples.map((sample) => numbers[sample]!), of }
}
