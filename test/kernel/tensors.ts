/** Puts a gate of tensors in a place of its own and runs it once. */
import { type Gate, isMismatch, type ParameterValue } from '../../src/gates/gate.js'
import { compile, scratchOf } from '../../src/kernel/compile.js'
import type { Binding, Executor, Kernel, Mode, Operand } from '../../src/kernel/kernel.js'
import { type Shape, sizeOf } from '../../src/tensor/shape.js'
import { portOf } from './place.js'

export interface Tensor {
  readonly shape: Shape
  readonly data: readonly number[]
}

export interface TensorOptions {
  readonly parameters?: Readonly<Record<string, ParameterValue>>
  readonly memories?: readonly Operand['memory'][]
  readonly needed?: readonly boolean[]
  readonly executor?: Executor
  /** `learn` by default. */
  readonly mode?: Mode
  /** The gradient that arrives; ones by default. */
  readonly g?: readonly number[]
}

export interface TensorResult {
  readonly shape: Shape
  readonly value: readonly number[]
  /** By port; `none` where no answer was needed or given. */
  readonly gradients: readonly (readonly number[] | 'none')[]
}

/** The output and the gradients of a gate. It runs twice: stores must not add to the first run. */
export function runTensors(
  gate: Gate,
  inputs: readonly Tensor[],
  options: TensorOptions = {},
): TensorResult {
  const { binding, frame } = placeTensors(gate, inputs, options)
  const kernel = compile(binding, options.executor ?? 'interpret')
  const state = { weights: frame.weights, optimizer: [], updates: 0, gates: new Float64Array(64) }
  const before = [frame.values.slice(), frame.weights.slice()]
  let result: TensorResult | undefined
  for (let round = 0; round < 2; round++) {
    kernel.forward(frame, state)
    kernel.backward(frame, state)
    result = resultOf(binding, frame, inputs)
  }
  // Inputs are read and nothing is written beside the places that are a gate's own.
  const own = inputs.reduce((sum, { data }) => sum + data.length, 0) + margin
  for (let index = 0; index < own; index++) {
    for (const [at, memory] of [frame.values, frame.weights].entries()) {
      if (!Object.is(memory[index], before[at]![index])) throw new Error(`it wrote at ${index}`)
    }
  }
  return result!
}

/** A binding for these inputs, and a frame that holds them. */
export function placeTensors(gate: Gate, inputs: readonly Tensor[], options: TensorOptions = {}) {
  const shapes = inputs.map(({ shape }) => shape)
  const parameters: Record<string, ParameterValue> = {}
  for (const { name, default: fallback } of gate.parameters) parameters[name] = fallback
  Object.assign(parameters, options.parameters)
  const shape = gate.shape(shapes, parameters)
  if (isMismatch(shape)) throw new Error(shape.mismatch)
  let used = margin
  const offsets = inputs.map(({ data }) => (used += data.length) - data.length)
  const output = used
  const scratch = output + sizeOf(shape) + margin
  const room = scratchOf(gate, shapes, shape, parameters)
  const values = new Float64Array(scratch + room + margin).fill(unwritten)
  const weights = new Float64Array(output).fill(unwritten)
  const gradients = new Float64Array(output + sizeOf(shape) + margin).fill(unwritten)
  const operands = inputs.map(({ shape: own, data }, port): Operand => {
    const memory = options.memories?.[port] ?? 'values'
    if (memory === 'literal') return { memory, value: data[0]!, shape: [] }
    ;(memory === 'values' ? values : weights).set(data, offsets[port])
    return { memory, offset: offsets[port]!, shape: own }
  })
  const answers = inputs.map((_, port) => {
    const can = operands[port]!.memory !== 'literal' && portOf(gate, port).gradient
    return can && (options.needed?.[port] ?? true) ? offsets[port]! : -1
  })
  gradients.set(options.g ?? new Float64Array(sizeOf(shape)).fill(1), output)
  const binding: Binding = {
    gate, parameters, operands, shape, output, gradient: output, answers, scratch,
  } // prettier-ignore
  const frame = {
    step: 0,
    mode: options.mode ?? 'learn',
    seed: 0,
    turn: 0,
    values,
    gradients,
    weights,
  }
  return { binding, frame }
}

export type Frame = ReturnType<typeof placeTensors>['frame']

export function resultOf(binding: Binding, frame: Frame, inputs: readonly Tensor[]): TensorResult {
  const { shape, output, answers } = binding
  const { values, gradients } = frame
  let used = margin
  const edges = [gradients.slice(0, margin), gradients.slice(-margin)]
  if (edges.some((edge) => edge.some((number) => number !== unwritten))) throw new Error('overrun')
  return {
    shape,
    value: [...values.slice(output, output + sizeOf(shape))],
    gradients: inputs.map(({ data }, port) => {
      const offset = used
      used += data.length
      const own = gradients.slice(offset, used)
      if (answers[port]! >= 0) return [...own]
      if (own.some((number) => number !== unwritten)) throw new Error(`port ${port} was answered`)
      return 'none'
    }),
  }
}

export type { Kernel }

/** A tensor with numbers of its own in it, the same for the same seed. */
export function tensor(shape: Shape, seed = 1, low = -2, high = 2): Tensor {
  let state = (seed * 2654435761) >>> 0
  const data = Array.from({ length: sizeOf(shape) }, () => {
    // xorshift32
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return low + ((high - low) * state) / 2 ** 32
  })
  return { shape, data }
}

/** Nested lists as a tensor. */
export function nested(value: Nested): Tensor {
  const shape: number[] = []
  for (let at: Nested | undefined = value; Array.isArray(at); at = at[0]) shape.push(at.length)
  const flat = (item: Nested): number[] => (typeof item === 'number' ? [item] : item.flatMap(flat))
  return { shape, data: flat(value) }
}

export type Nested = number | readonly Nested[]

const margin = 3
const unwritten = -1.2345678901234567e-200
