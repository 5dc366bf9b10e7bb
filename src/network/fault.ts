/** Finds where a number stopped being finite, and words a fault. */
import { EagreError } from '../errors.js'
import { printFormula } from '../language/formula.js'
import { nameOf, positionOf } from '../language/name.js'
import type { Fault, Value } from './message.js'
import type { Failure, LiveFrame } from './frame.js'
import { placeIn } from './stack.js'
import { readValue } from './weights.js'
import type { Wiring } from './wiring.js'

/** Where in a step a number first arose that is not finite. */
export interface NonFinite {
  readonly node: number
  readonly direction: 'forward' | 'backward'
  readonly value: number
}

/**
 * Where the value of `end`, which is not finite, comes from: the first node to fire from which
 * only values that are not finite lead there. What is not used, and the untaken side of a
 * `where`, is not to blame. In a step of a whole batch it is looked for in one sample.
 */
export function firstNonFiniteValue(
  wiring: Wiring,
  frame: LiveFrame,
  end: number,
  sample = 0,
): NonFinite {
  const { firstGate, portStart, portNodes, plan } = wiring
  const valueOf = (node: number) => {
    const memory = plan.nodes[node]!.type === 'weight' ? frame.weights : frame.values
    const { offset, size } = placeIn(wiring, node, sample)
    return nonFinite(memory, offset, size)
  }
  const guilty = new Uint8Array(wiring.count)
  guilty[end] = 1
  let first = end
  for (let node = end; node >= 0; node--) {
    if (guilty[node] === 0) continue
    first = node
    if (node < firstGate) continue
    for (let port = portStart[node]!; port < portStart[node + 1]!; port++) {
      const from = portNodes[port]!
      if (from >= 0 && valueOf(from) !== undefined) guilty[from] = 1
    }
  }
  return { node: first, direction: 'forward', value: valueOf(first) ?? Number.NaN }
}

/** The first node, on the way up, that answered with a gradient that is not finite. */
export function firstNonFiniteGradient(wiring: Wiring, frame: LiveFrame): NonFinite | undefined {
  const route = frame.route
  if (route === undefined) return undefined
  for (let node = wiring.count - 1; node >= 0; node--) {
    if (route.active[node] === 0) continue
    const size = wiring.sizes[node]!
    const value = nonFinite(frame.gradients, wiring.totals[node]!, size)
    if (value === undefined) continue
    // The gate that gave it is to blame, unless it is the sum of all answers that overflowed.
    for (let use = wiring.useStart[node + 1]! - 1; use >= wiring.useStart[node]!; use--) {
      const gate = wiring.useNodes[use]!
      if (route.active[gate] === 0) continue
      const slot = wiring.portSlots[wiring.usePorts[use]!]!
      const answer = nonFinite(frame.gradients, slot, size)
      if (answer !== undefined) return { node: gate, direction: 'backward', value: answer }
    }
    return { node, direction: 'backward', value }
  }
  // What came from past steps alone.
  for (let node = 0; node < wiring.firstGate; node++) {
    if (frame.circuit.past?.route.active[node] !== 1) continue
    const value = nonFinite(frame.gradients, wiring.totals[node]!, wiring.sizes[node]!)
    if (value !== undefined) return { node, direction: 'backward', value }
  }
  return undefined
}

/** A fault at a number that is not finite; `failed` are the samples of a whole batch that have it. */
export function nonFiniteFault(
  wiring: Wiring,
  frame: LiveFrame,
  { node, direction, value }: NonFinite,
  action: Fault['action'],
  failed?: Failed,
): Fault {
  const name = nameOf(wiring.plan, node)
  const what =
    direction === 'forward' ? `the value of "${name}"` : `a gradient that "${name}" answers`
  return at(wiring, frame, node, `${what} is ${value}`, action, failed)
}

/** A fault of a gate that threw. */
export function thrownFault(
  wiring: Wiring,
  frame: LiveFrame,
  { node, direction, cause }: Failure,
  action: Fault['action'],
  failed?: Failed,
): Fault {
  const reason = cause instanceof Error ? cause.message : String(cause)
  const when = direction === 'forward' ? 'computing its value' : 'computing its gradient'
  const message = `"${nameOf(wiring.plan, node)}" failed while ${when}: ${reason}`
  return { ...at(wiring, frame, node, message, action, failed), cause }
}

/** Samples of a whole batch that failed. */
export interface Failed {
  /** Where they are in the frame; the first is shown. */
  readonly samples: readonly number[]
  /** The same samples by their numbers in the batch as it was gathered, and how many it had. */
  readonly numbers: readonly number[]
  readonly of: number
}

/** A fault of a sample that cannot be read: one that does not fit, or whose properties throw. */
export function sampleFault(step: number, error: unknown): Fault {
  const cause = error instanceof EagreError ? undefined : error // that one says it all
  return {
    step,
    inputs: Object.create(null),
    message: error instanceof Error ? error.message : String(error),
    ...(cause !== undefined && { cause }),
    action: 'skip',
  }
}

/** A fault of a subscriber that threw; `of` is what it subscribed to. */
export function subscriberFault(
  step: number,
  of: string,
  node: string | undefined,
  cause: unknown,
): Fault {
  const what = node === undefined ? `${of}()` : `${of}("${node}")`
  const reason = cause instanceof Error ? cause.message : String(cause)
  return {
    step,
    ...(node !== undefined && { node }),
    inputs: Object.create(null),
    message: `a subscriber of ${what} threw and was unsubscribed: ${reason}`,
    cause,
    action: 'unsubscribe',
  }
}

/** One sentence with everything a fault knows, for an error message. */
export function faultText(fault: Fault): string {
  return `step ${fault.step}: ${whatText(fault)}`
}

/** The same without the step. */
export function whatText({ formula, position, inputs, message }: Fault): string {
  const place = position ? ` at ${position.file}:${position.line}:${position.column}` : ''
  const values = Object.entries(inputs).map(([name, value]) => `${name} = ${show(value)}`)
  const from = values.length > 0 ? ` with ${values.join(', ')}` : ''
  return `${message}${formula ? `, in "${formula}"${place}` : place}${from}`
}

function at(
  wiring: Wiring,
  frame: LiveFrame,
  node: number,
  message: string,
  action: Fault['action'],
  failed?: Failed,
): Fault {
  const { plan } = wiring
  const gate = plan.nodes[node]!.type === 'gate'
  const position = positionOf(plan, node)
  return {
    step: frame.step,
    node: nameOf(plan, node),
    ...(gate && { formula: printFormula(plan, node) }),
    ...(position && { position }),
    ...(failed && { samples: failed.numbers }),
    inputs: inputsOf(wiring, frame, node, failed?.samples[0]),
    message:
      failed === undefined || failed.of === 1 ? message : `${message}, for ${samplesText(failed)}`,
    action,
  }
}

/** As `sample 3 of 32`; people count from 1. */
function samplesText({ numbers, of }: Failed): string {
  if (numbers.length === of) return `all ${of} samples`
  const shown = numbers.slice(0, 8).map((number) => number + 1)
  const more = numbers.length > shown.length ? ', …' : ''
  return `${numbers.length === 1 ? 'sample' : 'samples'} ${shown.join(', ')}${more} of ${of}`
}

function inputsOf(
  wiring: Wiring,
  frame: LiveFrame,
  node: number,
  sample = 0,
): Record<string, Value> {
  const inputs: Record<string, Value> = Object.create(null)
  // A sum of 20,000 inputs is not made clearer by all of them.
  const end = Math.min(wiring.portStart[node + 1]!, wiring.portStart[node]! + 20)
  for (let port = wiring.portStart[node]!; port < end; port++) {
    const from = wiring.portNodes[port]!
    if (from < 0) continue
    const memory = wiring.plan.nodes[from]!.type === 'weight' ? frame.weights : frame.values
    const { shape, offset } = placeIn(wiring, from, sample)
    inputs[nameOf(wiring.plan, from)] = readValue(memory, offset, shape)
  }
  return inputs
}

function show(value: Value): string {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : `${value}`
  return `[${Array.from(value.data.subarray(0, 4)).join(', ')}${value.data.length > 4 ? ', …' : ''}]`
}

/** The first number from `offset` on that is not finite. */
export function nonFinite(memory: Float64Array, offset: number, size: number): number | undefined {
  for (let i = offset; i < offset + size; i++) if (!Number.isFinite(memory[i]!)) return memory[i]!
  return undefined
}
