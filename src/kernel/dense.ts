/** Runs the loops of gates that move data; every executor does it this way. */
import type { TensorPlace, TensorRule } from '../gates/gate.js'
import type { Binding, Frame, Kernel, State } from './kernel.js'
import { Stream } from './stream.js'

/** The kernel of a gate in its place. */
export function dense(rule: TensorRule, binding: Binding): Kernel {
  const { operands, answers } = binding
  const loops = rule.prepare(tensorPlaceOf(binding))
  const stream = rule.draws ? new Stream(binding.path ?? '') : undefined
  const kinds = operands.map((operand) => operand.memory)
  const none: Float64Array = new Float64Array(0)
  // Belongs to this kernel; what stands in it is of the frame that ran last.
  const memories = operands.map((operand): Float64Array => {
    return operand.memory === 'literal' ? Float64Array.of(operand.value) : none
  })
  const load = (frame: Frame) => {
    for (let port = 0; port < kinds.length; port++) {
      const kind = kinds[port]
      if (kind === 'values') memories[port] = frame.values
      else if (kind === 'weights') memories[port] = frame.weights
    }
  }
  const forward = (frame: Frame, { gates }: State) => {
    load(frame)
    if (stream === undefined || frame.mode !== 'learn') {
      return loops.forward(memories, frame.values, undefined, gates)
    }
    stream.restart(frame.seed, frame.turn)
    loops.forward(memories, frame.values, stream, gates)
  }
  const owes = answers.some((answer) => answer >= 0)
  const backward = (frame: Frame) => {
    if (!owes) return
    load(frame)
    loops.backward(memories, frame.values, frame.gradients)
  }
  if (rule.keeps === undefined) return { forward, backward }
  const advance = (frame: Frame, { gates }: State) => {
    load(frame)
    loops.advance?.(memories, frame.values, gates)
  }
  return { forward, backward, advance }
}

/** A binding as the loops of a tensor gate see it. */
export function tensorPlaceOf(binding: Binding): TensorPlace {
  const { operands, shape, output, gradient, answers, scratch, kept, listed } = binding
  return {
    inputs: operands.map((operand) => {
      return { shape: operand.shape, offset: operand.memory === 'literal' ? 0 : operand.offset }
    }),
    parameters: complete(binding),
    shape,
    output,
    scratch,
    kept: kept ?? 0,
    ...(listed !== undefined && { listed }),
    gradient,
    answers,
  }
}

function complete({ gate, parameters }: Binding) {
  const all: Record<string, (typeof parameters)[string]> = Object.create(null)
  for (const { name, default: fallback } of gate.parameters) {
    all[name] = parameters[name] ?? fallback
  }
  return all
}
