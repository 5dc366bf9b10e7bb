/** Takes the kernel of one sample to each sample of a batch: for gates that know no better way. */
import { sizeOf } from '../tensor/shape.js'
import type { Binding, Frame, Kernel, Operand, Samples, State } from './kernel.js'
import { scratchOf } from './template.js'

/**
 * Copies what belongs to a sample into a frame of its own, in which the kernel runs, and copies
 * out what it gives. What the weights hold is read where it lies.
 */
export class Each {
  private readonly binding: Binding
  private readonly samples: Samples
  private readonly inner: Kernel
  private readonly box: Box
  private readonly size: number
  private readonly saved: number
  private readonly scratch: number
  /** By port: where in the box the operand and its answer lie; -1 for those that need no copy. */
  private readonly inputs: readonly number[]
  private readonly answers: readonly number[]
  private readonly sizes: readonly number[]

  /** `compile` makes the kernel of one sample. */
  constructor(binding: Binding, compile: (one: Binding) => Kernel) {
    const { samples, ...rest } = binding
    this.binding = binding
    this.samples = samples ?? { count: 1, stacked: [] }
    const { gate, operands, shape, parameters, answers } = binding
    const shapes = operands.map((operand) => operand.shape)
    this.size = sizeOf(shape)
    this.saved = scratchOf(gate, shapes, shape, parameters)
    this.sizes = shapes.map(sizeOf)
    this.scratch = this.size
    let [values, gradients] = [this.size + this.saved, this.size]
    this.inputs = operands.map(({ memory }, port) => {
      return memory === 'values' ? (values += this.sizes[port]!) - this.sizes[port]! : -1
    })
    this.answers = answers.map((answer, port) => {
      return answer < 0 ? -1 : (gradients += this.sizes[port]!) - this.sizes[port]!
    })
    this.box = {
      step: 0,
      seed: 0,
      turn: 0,
      mode: 'predict',
      values: new Float64Array(values),
      gradients: new Float64Array(gradients),
      weights: new Float64Array(0),
    }
    this.inner = compile({
      ...rest,
      operands: operands.map((operand, port): Operand => {
        return operand.memory === 'values' ? { ...operand, offset: this.inputs[port]! } : operand
      }),
      output: 0,
      scratch: this.scratch,
      gradient: 0,
      answers: this.answers,
    })
  }

  kernel(): Kernel {
    const { count } = this.samples
    const { answers, output, gradient, scratch } = this.binding
    const { box, size, saved } = this
    const owes = answers.some((answer) => answer >= 0)
    const forward = (frame: Frame, state: State) => {
      for (let sample = 0; sample < count; sample++) {
        this.load(frame, sample, sample === 0)
        this.inner.forward(box, state)
        copy(box.values, 0, frame.values, output + sample * size, size)
        copy(box.values, this.scratch, frame.values, scratch + sample * saved, saved)
      }
    }
    const backward = (frame: Frame, state: State) => {
      if (!owes) return
      for (let sample = 0; sample < count; sample++) {
        this.load(frame, sample, sample === 0)
        copy(frame.values, output + sample * size, box.values, 0, size)
        copy(frame.values, scratch + sample * saved, box.values, this.scratch, saved)
        copy(frame.gradients, gradient + sample * size, box.gradients, 0, size)
        this.inner.backward(box, state)
        this.answer(frame.gradients, sample)
      }
    }
    return { forward, backward }
  }

  /** Whether one sample cannot be computed: something throws. Changes nothing of the frame. */
  throws(frame: Frame, state: State, sample: number, direction: 'forward' | 'backward'): boolean {
    try {
      this.forward(frame, state, sample)
      if (direction === 'backward') this.backward(frame, state, sample)
      return false
    } catch {
      return true
    }
  }

  /** Whether all that one sample answers is finite. Changes nothing of the frame. */
  answersFinite(frame: Frame, state: State, sample: number): boolean {
    this.forward(frame, state, sample)
    this.backward(frame, state, sample)
    return this.box.gradients.subarray(this.size).every(Number.isFinite)
  }

  private forward(frame: Frame, state: State, sample: number): void {
    this.load(frame, sample, true)
    this.inner.forward(this.box, state)
  }

  private backward(frame: Frame, state: State, sample: number): void {
    const { box, size } = this
    copy(frame.gradients, this.binding.gradient + sample * size, box.gradients, 0, size)
    this.inner.backward(box, state)
  }

  /** Copies what a sample has, and with `shared` what all have. */
  private load(frame: Frame, sample: number, shared: boolean): void {
    const { box, sizes, inputs, samples } = this
    const { operands } = this.binding
    box.step = frame.step
    box.mode = frame.mode
    box.seed = frame.seed
    box.turn = frame.turns?.[sample] ?? frame.turn
    box.weights = frame.weights
    for (let port = 0; port < operands.length; port++) {
      const operand = operands[port]!
      const own = samples.stacked[port]!
      if (operand.memory !== 'values' || (!own && !shared)) continue
      const size = sizes[port]!
      const from = operand.offset + (own ? sample * size : 0)
      copy(frame.values, from, box.values, inputs[port]!, size)
    }
  }

  /** What all samples share is answered with the sum. */
  private answer(gradients: Float64Array, sample: number): void {
    const { box, sizes, answers, samples } = this
    for (let port = 0; port < answers.length; port++) {
      const to = this.binding.answers[port]!
      if (to < 0) continue
      const from = answers[port]!
      const size = sizes[port]!
      if (samples.stacked[port]) copy(box.gradients, from, gradients, to + sample * size, size)
      else if (sample === 0) copy(box.gradients, from, gradients, to, size)
      else for (let i = 0; i < size; i++) gradients[to + i]! += box.gradients[from + i]!
    }
  }
}

/** A frame that is not lent to anybody. */
interface Box extends Frame {
  weights: Float64Array
}

function copy(
  from: Float64Array,
  start: number,
  to: Float64Array,
  place: number,
  size: number,
): void {
  for (let i = 0; i < size; i++) to[place + i] = from[start + i]!
}
