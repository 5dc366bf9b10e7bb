/** Weights and values between flat memory and what people hold: numbers, lists, tensors. */
import { EagreError } from '../errors.js'
import type { State } from '../kernel/kernel.js'
import type { Nested, WeightNode } from '../language/plan.js'
import { suggest } from '../language/suggest.js'
import { sizeOf, type Shape } from '../tensor/shape.js'
import type { Value } from './message.js'
import { writeNested, type Wiring } from './wiring.js'

/** A model as the plan has it, before any update. */
export function initialState(wiring: Wiring): State {
  const weights = new Float64Array(wiring.weightsSize)
  eachWeight(wiring, (node, offset) => writeNested(node.value, weights, offset))
  return { weights, optimizer: [], updates: 0 }
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
  if (typeof given !== 'object' || given === null) {
    throw new EagreError('bad-data', `the weights must be an object, got ${show(given)}`, {
      hint: 'give the weights by name: { w: 1 }',
    })
  }
  const next = present.slice()
  const names = new Set<string>()
  const missing: string[] = []
  eachWeight(wiring, ({ name, shape }, offset) => {
    names.add(name)
    if (!Object.hasOwn(given, name)) missing.push(name)
    else writeChecked(name, given[name], shape, next, offset)
  })
  for (const name of Object.keys(given)) {
    if (names.has(name)) continue
    const near = suggest(name, [...names])
    throw new EagreError('bad-data', `the graph has no weight "${name}"`, {
      hint: near === undefined ? `its weights are ${list([...names])}` : `did you mean "${near}"?`,
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

function readNested(memory: Float64Array, offset: number, shape: Shape): Nested {
  const [first, ...rest] = shape
  if (first === undefined) return memory[offset]!
  const size = sizeOf(rest)
  return Array.from({ length: first }, (_, at) => readNested(memory, offset + at * size, rest))
}

function writeChecked(
  name: string,
  value: unknown,
  shape: Shape,
  memory: Float64Array,
  offset: number,
): void {
  const [first, ...rest] = shape
  if (first === undefined) {
    if (typeof value === 'number' && Number.isFinite(value)) {
      memory[offset] = value
      return
    }
    throw new EagreError(
      'bad-data',
      `the weight "${name}" must be a finite number, got ${show(value)}`,
    )
  }
  if (!Array.isArray(value) || value.length !== first) {
    throw new EagreError(
      'bad-data',
      `the weight "${name}" must have the shape [${shape.join(', ')}]`,
    )
  }
  const size = sizeOf(rest)
  value.forEach((item, at) => writeChecked(name, item, rest, memory, offset + at * size))
}

function show(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return `${value}`
  if (typeof value === 'string') return `"${value}"`
  if (value == null) return String(value)
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 10).map((name) => `"${name}"`)
  return names.length > 10 ? `${shown.join(', ')}, …` : shown.join(', ')
}
