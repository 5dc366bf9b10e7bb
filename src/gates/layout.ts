/** Gates that only say where elements lie: what goes down comes back up to where it was. */
import { sizeOf, type Shape } from '../tensor/shape.js'
import { stridesOf } from '../tensor/strides.js'
import { axesOf, axisOf, oneAxis, positions, positionsBy } from './axes.js'
import { before, stackedAlong, stackedAsIs } from './batch.js'
import { dense, type Values } from './dense.js'
import { isMismatch, type Mismatch, type TensorLoops, type TensorPlace } from './gate.js'

export const reshape = dense({
  doc: 'The same elements in another shape; -1 stands for the size that is left.',
  inputs: ['x'],
  parameters: { shape: { default: [-1], type: 'integers' } },
  value: 'x in the given shape',
  gradients: { x: 'g in the shape of x' },
  shape: ([x = []], values) => reshaped(x, [values['shape'] ?? -1].flat().map(Number)),
  // The loops look at the number of elements alone.
  stack: stackedAsIs,
  prepare: straight,
})

export const flatten = dense({
  doc: 'The same elements with the axes from start to end, both included, made one.',
  inputs: ['x'],
  parameters: { start: { default: 0, type: 'integer' }, end: { default: -1, type: 'integer' } },
  value: 'x with fewer axes',
  gradients: { x: 'g in the shape of x' },
  shape: ([x = []], { start, end }) => {
    if (x.length === 0) return [1]
    const [from, to] = [axisOf(start, x.length), axisOf(end, x.length)]
    if (typeof from !== 'number') return from
    if (typeof to !== 'number') return to
    if (from > to) return { mismatch: `axis ${from} is behind axis ${to}` }
    return [...x.slice(0, from), sizeOf(x.slice(from, to + 1)), ...x.slice(to + 1)]
  },
  // The loops look at the number of elements alone.
  stack: stackedAsIs,
  prepare: straight,
})

export const transpose = dense({
  doc: 'The axes in another order, by default in reverse.',
  inputs: ['x'],
  parameters: { axes: { default: 'reverse', words: ['reverse'], type: 'integers' } },
  value: 'x with its axes in the given order',
  gradients: { x: 'g with its axes in the order of x' },
  shape: ([x = []], { axes }) => {
    const order = orderOf(axes, x.length)
    return isMismatch(order) ? order : order.map((axis) => x[axis]!)
  },
  stack: ({ batch, inputs: [x = []], shape, parameters }) => {
    const order = orderOf(parameters['axes'], x.length) as readonly number[] // it fits
    return {
      inputs: [before(batch, x)],
      shape: before(batch, shape),
      parameters: { axes: [0, ...order.map((axis) => axis + 1)] },
    }
  },
  prepare: (place) => {
    const { shape } = place.inputs[0]!
    const order = orderOf(place.parameters['axes'], shape.length) as readonly number[] // it fits
    return moves(place, [{ from: positions(shape, order) }])
  },
})

export const slice = dense({
  doc: 'The elements from start up to stop along an axis; negative ones count from the end.',
  inputs: ['x'],
  parameters: {
    axis: oneAxis(0),
    start: { default: 0, type: 'integer' },
    stop: { default: 'end', words: ['end'], type: 'integer' },
    step: { default: 1, minimum: 1, type: 'integer' },
  },
  value: 'x[start], x[start + step], …',
  gradients: { x: 'g where an element was taken, else 0' },
  shape: ([x = []], values) => {
    const axis = axisOf(values['axis'], x.length)
    if (typeof axis !== 'number') return axis
    return x.with(axis, cutOf(x[axis]!, values).count)
  },
  stack: stackedAlong,
  prepare: (place) => {
    const { shape } = place.inputs[0]!
    const axis = axisOf(place.parameters['axis'], shape.length) as number // it fits
    const { start, count, step } = cutOf(shape[axis]!, place.parameters)
    const strides = stridesOf(shape)
    const first = start * strides[axis]!
    const from = positionsBy(shape.with(axis, count), strides.with(axis, step * strides[axis]!))
    return moves(place, [{ from: from.map((at) => at + first) }])
  },
})

export const concat = dense({
  doc: 'Tensors behind one another along an axis.',
  inputs: ['a', 'b'],
  variadic: true,
  parameters: { axis: oneAxis(0) },
  value: 'a, then b, …',
  gradients: { a: 'its part of g', b: 'its part of g' },
  shape: (inputs, values) => {
    const [first = []] = inputs
    const axis = axisOf(values['axis'], first.length)
    if (typeof axis !== 'number') return axis
    const clash = clashOf(inputs, axis)
    if (clash !== undefined) return { mismatch: clash }
    return first.with(axis, inputs.reduce((sum, shape) => sum + shape[axis]!, 0)) // prettier-ignore
  },
  stack: stackedAlong,
  prepare: (place) => {
    const axis = axisOf(place.parameters['axis'], place.shape.length) as number // it fits
    const strides = stridesOf(place.shape)
    let before = 0
    return moves(
      place,
      place.inputs.map(({ shape }) => {
        const first = before * strides[axis]!
        before += shape[axis]!
        return { to: positionsBy(shape, strides).map((at) => at + first) }
      }),
    )
  },
})

export const stack = dense({
  doc: 'Tensors of one shape along a new axis.',
  inputs: ['a', 'b'],
  variadic: true,
  parameters: { axis: oneAxis(0) },
  value: '[a, b, …]',
  gradients: { a: 'its part of g', b: 'its part of g' },
  shape: (inputs, values) => {
    const [first = []] = inputs
    const axis = axisOf(values['axis'], first.length + 1)
    if (typeof axis !== 'number') return axis
    const clash = clashOf(inputs, -1)
    return clash === undefined ? first.toSpliced(axis, 0, inputs.length) : { mismatch: clash }
  },
  stack: (call) => stackedAlong(call, call.shape.length),
  prepare: (place) => {
    const axis = axisOf(place.parameters['axis'], place.shape.length) as number // it fits
    const strides = stridesOf(place.shape)
    return moves(
      place,
      place.inputs.map(({ shape }, port) => {
        const to = positionsBy(shape, strides.toSpliced(axis, 1))
        return { to: to.map((at) => at + port * strides[axis]!) }
      }),
    )
  },
})

/** Where the elements of a port come from and go to, by place in its output part; else in order. */
interface Move {
  readonly from?: Int32Array
  readonly to?: Int32Array
}

function moves(place: TensorPlace, ports: readonly Move[]): TensorLoops {
  const { inputs, output, gradient, answers } = place
  return {
    forward(memories, values) {
      for (let port = 0; port < ports.length; port++) {
        const { from, to } = ports[port]!
        const [memory, offset] = [memories[port]!, inputs[port]!.offset]
        if (from) for (let i = 0; i < from.length; i++) values[output + i] = memory[offset + from[i]!]! // prettier-ignore
        if (to) for (let i = 0; i < to.length; i++) values[output + to[i]!] = memory[offset + i]!
      }
    },
    backward(_, __, gradients) {
      for (let port = 0; port < ports.length; port++) {
        const { from, to } = ports[port]!
        const answer = answers[port]!
        if (answer < 0) continue
        if (from) {
          gradients.fill(0, answer, answer + sizeOf(inputs[port]!.shape))
          for (let i = 0; i < from.length; i++) gradients[answer + from[i]!] = gradients[gradient + i]! // prettier-ignore
        }
        if (to) for (let i = 0; i < to.length; i++) gradients[answer + i] = gradients[gradient + to[i]!]! // prettier-ignore
      }
    },
  }
}

/** Everything stays where it is. */
function straight({ inputs, shape, output, gradient, answers }: TensorPlace): TensorLoops {
  const { offset } = inputs[0]!
  const size = sizeOf(shape)
  const answer = answers[0]!
  return {
    forward([x], values) {
      for (let i = 0; i < size; i++) values[output + i] = x![offset + i]!
    },
    backward(_, __, gradients) {
      for (let i = 0; i < size; i++) gradients[answer + i] = gradients[gradient + i]!
    },
  }
}

function reshaped(x: Shape, wanted: readonly number[]): Shape | Mismatch {
  const size = sizeOf(x)
  const open = wanted.filter((one) => one === -1).length
  if (wanted.some((one) => one < -1)) return { mismatch: 'a size is from 0 on, or -1 for the rest' }
  if (open > 1) return { mismatch: 'only one size can be -1' }
  const known = sizeOf(wanted.filter((one) => one !== -1))
  const rest = size / known
  if (open === 0 && known === size) return wanted
  if (open === 1 && known > 0 && Number.isInteger(rest)) {
    return wanted.map((one) => (one === -1 ? rest : one))
  }
  return { mismatch: `${size} elements do not fill the shape [${wanted.join(', ')}]` }
}

function orderOf(axes: Values[string] | undefined, rank: number): readonly number[] | Mismatch {
  const all = Array.from({ length: rank }, (_, axis) => axis)
  if (!Array.isArray(axes)) {
    return typeof axes === 'number' ? orderOf([axes], rank) : all.toReversed()
  }
  const sorted = axesOf(axes, rank)
  if (isMismatch(sorted)) return sorted
  if (sorted.length < rank) return { mismatch: `name all ${rank} axes` }
  return axes.map((axis: number) => (axis < 0 ? axis + rank : axis))
}

function cutOf(size: number, { start, stop, step }: Values) {
  const place = (at: number) => Math.min(size, Math.max(0, at < 0 ? at + size : at))
  const from = place(Number(start))
  const to = typeof stop === 'number' ? place(stop) : size
  return {
    start: from,
    step: Number(step),
    count: Math.max(0, Math.ceil((to - from) / Number(step))),
  }
}

/** What is in the way of shapes that must be the same but for one axis. */
function clashOf(inputs: readonly Shape[], but: number): string | undefined {
  const [first = []] = inputs
  for (const shape of inputs) {
    if (shape.length !== first.length) {
      return `one has ${first.length} axes and another ${shape.length}`
    }
    const wrong = shape.findIndex((size, axis) => axis !== but && size !== first[axis])
    if (wrong >= 0) return `the sizes ${first[wrong]} and ${shape[wrong]} of axis ${wrong} differ`
  }
  return undefined
}
