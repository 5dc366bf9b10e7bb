/** Puts a gate in a place of its own and runs it once. */
import type { Gate, ParameterValue } from '../../src/gates/gate.js'
import { compile, scratchOf } from '../../src/kernel/compile.js'
import type { Binding, Executor, Frame, Kernel, Operand } from '../../src/kernel/kernel.js'

export interface Place {
  readonly binding: Binding
  readonly frame: Frame
}

export interface PlaceOptions {
  readonly parameters?: Readonly<Record<string, ParameterValue>>
  /** By port; the values of the frame where it says nothing. */
  readonly memories?: readonly Operand['memory'][]
  /** By port: whether an answer is needed; by default wherever there can be one. */
  readonly needed?: readonly boolean[]
  readonly executor?: Executor
  /** The gradient that arrives. */
  readonly g?: number
}

export interface Result {
  readonly value: number
  /** By port; `none` where no answer was needed or given. */
  readonly gradients: readonly (number | 'none')[]
}

/** A binding for these inputs, and a frame that holds them. */
export function place(gate: Gate, at: readonly number[], options: PlaceOptions = {}): Place {
  const n = at.length
  const operands = at.map((value, port): Operand => {
    const memory = options.memories?.[port] ?? 'values'
    return memory === 'literal' ? { memory, value, shape: [] } : { memory, offset: port, shape: [] }
  })
  const answers = at.map((_, port) => {
    const can = operands[port]!.memory !== 'literal' && portOf(gate, port).gradient
    return can && (options.needed?.[port] ?? true) ? port : -1
  })
  const values = new Float64Array(
    n +
      1 +
      scratchOf(
        gate,
        at.map(() => []),
        [],
        {},
      ),
  ).fill(NaN)
  const weights = new Float64Array(n).fill(NaN)
  at.forEach((value, port) => {
    const { memory } = operands[port]!
    if (memory !== 'literal') (memory === 'values' ? values : weights)[port] = value
  })
  const gradients = new Float64Array(n + 1).fill(unwritten)
  gradients[n] = options.g ?? 1
  const binding = {
    gate,
    parameters: options.parameters ?? {},
    operands,
    shape: [],
    output: n,
    gradient: n,
    answers,
    scratch: n + 1,
  }
  return {
    binding,
    frame: { step: 0, mode: 'learn', seed: 0, turn: 0, values, gradients, weights },
  }
}

/** The value and the gradients of a gate. */
export function run(gate: Gate, at: readonly number[], options: PlaceOptions = {}): Result {
  const { binding, frame } = place(gate, at, options)
  const kernel = compile(binding, options.executor ?? 'interpret')
  return fire(kernel, binding, frame)
}

/** Runs a kernel once, down and up. */
export function fire(kernel: Kernel, binding: Binding, frame: Frame): Result {
  const state = { weights: frame.weights, optimizer: [], updates: 0, gates: new Float64Array(64) }
  kernel.forward(frame, state)
  kernel.backward(frame, state)
  return {
    value: frame.values[binding.output]!,
    gradients: binding.operands.map((_, port) => {
      const gradient = frame.gradients[port]!
      return Object.is(gradient, unwritten) ? 'none' : gradient
    }),
  }
}

export function portOf(gate: Gate, port: number) {
  return gate.ports[Math.min(port, gate.ports.length - 1)]!
}

// A number that no gate computes in these tests: a place that still has it was not written.
const unwritten = -1.2345678901234567e-200
