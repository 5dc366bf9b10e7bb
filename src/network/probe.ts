/** What a probe or a prediction found, by name. */
import { EagreError } from '../errors.js'
import { nameOf } from '../language/name.js'
import type { Plan } from '../language/plan.js'
import { nodeNamed } from './find.js'
import { none, type None, type Value } from './message.js'
import type { LiveFrame } from './frame.js'
import { readValue } from './weights.js'
import type { Wiring } from './wiring.js'

/** How a probe is made. */
export interface StepOptions {
  /** The node whose gradient is 1: by default the loss, else the only output. */
  readonly of?: string
  /** What stateful gates keep goes on, as after a learn step; else a probe leaves it as it is. */
  readonly advance?: boolean
}

/** One probe. Objects have a null prototype: a node may be called anything. */
export interface StepResult {
  readonly step: number
  /** The node whose gradient is 1; absent where the graph has no loss and several outputs. */
  readonly of?: string
  /** Every node that could be computed; those that need a missing target are left out. */
  readonly values: Readonly<Record<string, Value>>
  /**
   * Nodes from which nothing flows to `of` are left out; a node that is only used where no
   * gradient comes back (`stop_gradient`, a comparison) is `none`.
   */
  readonly gradients: Readonly<Record<string, Value | None>>
  /** Absent where the graph has none, or a target is missing. */
  readonly loss?: number
}

/** Reads the result off a frame. `present` are the sources that were delivered. */
export function probeResult(
  wiring: Wiring,
  frame: LiveFrame,
  present: readonly number[],
  of: number | undefined,
): StepResult {
  const { plan, offsets, firstFixed } = wiring
  const given = new Set(present)
  const fired = (index: number) =>
    index < firstFixed ? given.has(index) : frame.waiting[index]! === 0
  const values: Record<string, Value> = Object.create(null)
  plan.nodes.forEach(({ type, shape }, index) => {
    if (!fired(index)) return
    const memory = type === 'weight' ? frame.weights : frame.values
    values[nameOf(plan, index)] = readValue(memory, offsets[index]!, shape)
  })
  const loss = plan.loss === undefined ? undefined : values[nameOf(plan, plan.loss)]
  return {
    step: frame.step,
    ...(of !== undefined && { of: nameOf(plan, of) }),
    values,
    gradients: of !== undefined && fired(of) ? gradientsOf(wiring, frame) : Object.create(null),
    ...(typeof loss === 'number' && { loss }),
  }
}

/** An object that has nothing but what is written to it, and is made faster than `Object.create(null)`. */
const Outputs = function () {} as unknown as new () => Record<string, Value> // what `new` makes of it
Outputs.prototype = Object.create(null)

/** The outputs of a prediction, off its frame. */
export function outputsOf(wiring: Wiring, frame: LiveFrame): Record<string, Value> {
  const { plan, offsets } = wiring
  const outputs = new Outputs()
  for (let at = 0; at < plan.outputs.length; at++) {
    const index = plan.outputs[at]!
    const { type, shape } = plan.nodes[index]!
    const memory = type === 'weight' ? frame.weights : frame.values
    outputs[nameOf(plan, index)] = readValue(memory, offsets[index]!, shape)
  }
  return outputs
}

function gradientsOf(wiring: Wiring, frame: LiveFrame): Record<string, Value | None> {
  const { plan, totals } = wiring
  const { active, mute } = frame.route!
  const gradients: Record<string, Value | None> = Object.create(null)
  plan.nodes.forEach(({ shape }, index) => {
    if (mute[index] === 1 || frame.muted?.has(index)) gradients[nameOf(plan, index)] = none
    else if (active[index] === 1) {
      gradients[nameOf(plan, index)] = readValue(frame.gradients, totals[index]!, shape)
    }
  })
  return gradients
}

/** What a probe starts from where nobody says: the loss, else the only output. */
export function defaultSeed({ loss, outputs, nodes }: Plan): number | undefined {
  if (loss !== undefined || outputs.length !== 1) return loss
  return nodes[outputs[0]!]!.shape.length === 0 ? outputs[0] : undefined
}

/** The node whose gradient is 1: of a list there is no one gradient. */
export function seedNamed(plan: Plan, name: string): number {
  const index = nodeNamed(plan, name)
  const { shape } = plan.nodes[index]!
  if (shape.length === 0) return index
  throw new EagreError('bad-argument', `step: "${name}" has the shape [${shape.join(', ')}]`, {
    hint: 'gradients are those of one number: take mean(…) or sum(…) of it',
  })
}
