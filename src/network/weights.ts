/** Weights and values between flat memory and what people hold: numbers, lists, tensors. */
import { EagreError } from '../errors.js'
import type { State } from '../kernel/kernel.js'
import { nameOf } from '../language/name.js'
import type { ConstantNode, Nested, WeightNode } from '../language/plan.js'
import { sizeOf, type Shape } from '../tensor/shape.js'
import { initializers } from '../optimizers/initializers.js'
import { seeded } from '../optimizers/random.js'
import type { Value } from './message.js'
import { fillParts, hintFor, list, type Part } from './named.js'
import { writeNested, type Wiring } from './wiring.js'

/** A model as the plan has it, before any update. */
export function initialState(wiring: Wiring): State {
  const weights = new Float64Array(wiring.weightsSize)
  eachWeight(wiring, (node, offset) => writeInitial(node, weights, offset))
  return { weights, optimizer: [], updates: 0, gates: new Float64Array(wiring.stateSize) }
}

/** Writes what a weight or a constant is at first: its value, or what its initializer draws. */
export function writeInitial(
  { name, shape, value = 0, init }: WeightNode | ConstantNode,
  memory: Float64Array,
  offset: number,
): void {
  const drawn = init && initializers.get(init.name)
  if (init === undefined) writeNested(value, memory, offset)
  else if (drawn === undefined) {
    throw new EagreError('bad-argument', `the plan names an initializer "${init.name}"`)
  } else {
    const place = memory.subarray(offset, offset + sizeOf(shape))
    drawn.draw(place, shape, init.parameters, seeded(init.seed, name))
  }
}

/** A value that its receiver may keep. */
export function readValue(memory: Float64Array, offset: number, shape: Shape): Value {
  if (shape.length === 0) return memory[offset]!
  return { shape, data: memory.slice(offset, offset + sizeOf(shape)) }
}

/** All weights by name. */
export function readWeights(wiring: Wiring, memory: Float64Array): Record<string, Nested> {
  const weights: Record<string, Nested> = Object.create(null)
  eachWeight(wiring, ({ name, shape }, offset) => {
    weights[name] = readNested(memory, offset, shape)
  })
  return weights
}

/**
 * The weights with the given ones in place of the present. Throws `bad-data` for a name that
 * the graph does not have, a value that does not fit, and, unless `partial`, one that is missing.
 */
export function replacedWeights(
  wiring: Wiring,
  present: Float64Array,
  given: Readonly<Record<string, unknown>>,
  partial: boolean,
): Float64Array {
  const parts: Part[] = []
  eachWeight(wiring, ({ name, shape }, offset) => parts.push({ name, offset, shape }))
  const next = present.slice()
  const { missing, unknown } = fillParts(parts, given, next, {
    all: 'weights',
    one: (name) => `the weight "${name}"`,
    give: 'give the weights by name: { w: 1 }',
  })
  const [stranger] = unknown
  if (stranger !== undefined) {
    const shared = wiring.plan.aliases?.[stranger]
    if (shared === undefined) {
      throw new EagreError('bad-data', `the graph has no weight "${stranger}"`, {
        hint: hintFor(parts, stranger, 'its weights are'),
      })
    }
    const owner = nameOf(wiring.plan, shared)
    throw new EagreError('bad-data', `"${stranger}" is not a weight of its own: it is "${owner}"`, {
      hint: `give "${owner}"`,
    })
  }
  if (missing.length > 0 && !partial) {
    throw new EagreError('bad-data', `there is no value for the weight ${list(missing)}`, {
      hint: 'restore(weights, { partial: true }) keeps the present value of what is missing',
    })
  }
  return next
}

function eachWeight(
  { plan, offsets }: Wiring,
  callback: (node: WeightNode, offset: number) => void,
): void {
  plan.nodes.forEach((node, index) => {
    if (node.type === 'weight') callback(node, offsets[index]!)
  })
}

/** A tensor that lies in memory, as a nested list. */
export function readNested(memory: Float64Array, offset: number, shape: Shape): Nested {
  const [first, ...rest] = shape
  if (first === undefined) return memory[offset]!
  const size = sizeOf(rest)
  return Array.from({ length: first }, (_, at) => readNested(memory, offset + at * size, rest))
}
