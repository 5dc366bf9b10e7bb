/** Gates over classes and indices. An index has no gradient. */
import { EagreError } from '../errors.js'
import { sizeOf, type Shape } from '../tensor/shape.js'
import { axisOf, countRows, oneAxis, positionsBy, rowsOf } from './axes.js'
import { before, stackedAlong, stackedAsIs } from './batch.js'
import { dense, type Values } from './dense.js'
import * as elementary from './elementary.js'
import type { Mismatch } from './gate.js'
import { reductionBy } from './pointwise.js'
import { logOfSum } from './rowwise.js'
import { sparseRows } from './sparse.js'

export const cross_entropy = dense({
  doc: 'Loss of logits against the index of the right class, along an axis: -log(softmax)[target].',
  inputs: ['prediction', 'target', 'weights'],
  defaults: { weights: 1 },
  parameters: {
    axis: oneAxis(-1),
    label_smoothing: { default: 0, minimum: 0, maximum: 1 },
    reduction: reductionBy('none'),
  },
  value: `(1 - label_smoothing) * -weights[target] * log_softmax(prediction)[target]
    + label_smoothing / classes * sum of -weights * log_softmax(prediction)`,
  gradients: {
    prediction: 'g * (softmax(prediction) * the weight of all classes - that of each class)',
    target: 'none',
    weights: 'none',
  },
  shape: ([prediction = [], target = [], weights = []], { axis, reduction }) => {
    const along = axisOf(axis, prediction.length)
    if (typeof along !== 'number') return along
    const rest = prediction.toSpliced(along, 1)
    const classes = prediction[along]!
    if (classes === 0) return { mismatch: 'there are no classes' }
    const fits = rest.length === target.length && rest.every((size, at) => size === target[at])
    if (!fits) {
      return { mismatch: `the target must have the shape ${textOf(rest)}, one class for each row` }
    }
    if (weights.length > 1 || (weights.length === 1 && weights[0] !== classes)) {
      return { mismatch: `the weights must be one number or have the shape [${classes}]` }
    }
    return reduction === 'none' ? rest : []
  },
  stack: ({ stacked: [prediction, target, weights], inputs, ...call }) => {
    // With a reduction, or where something is the same for all samples, they go one by one.
    if (call.parameters['reduction'] !== 'none' || !prediction || !target || weights) return undefined // prettier-ignore
    const [x, t, w] = inputs as [Shape, Shape, Shape] // it has three ports
    const found = stackedAlong({ ...call, stacked: [true, true], inputs: [x, t] })
    return found && { ...found, inputs: [...found.inputs, w] }
  },
  likelihood: ({ inputs, parameters, output, scratch, gradient, answers }) => {
    const [prediction, target, weights] = inputs as [Input, Input, Input] // it has three ports
    const { shape } = prediction
    const { axis, label_smoothing: smoothing, reduction } = parameters
    const along = shape.length - 1
    const plain = smoothing === 0 && reduction === 'none' && weights.shape.length === 0
    if (!plain || axisOf(axis, shape.length) !== along) return undefined
    return {
      rows: sizeOf(target.shape),
      classes: shape[along]!,
      logits: prediction.offset,
      target: target.offset,
      loss: output,
      log: scratch,
      gradient,
      answer: answers[0]!,
    }
  },
  // The logarithm of the sum of the exponentials of each row.
  scratch: ([prediction = []], _, { axis }) => countRows(prediction, axis),
  prepare: ({ inputs, parameters, output, scratch, gradient, answers }) => {
    const [prediction, target, weights] = inputs as [Input, Input, Input] // it has three ports
    const { rows, along } = rowsOf(prediction.shape, parameters['axis'])
    const classes = along.length
    const smoothing = Number(parameters['label_smoothing'])
    const each = weights.shape.length
    const { reduction } = parameters
    const weight = (memory: Float64Array, index: number) => memory[weights.offset + each * index]!
    // The mean is that of PyTorch: weighted by the class that is right.
    const divisor = (t: Float64Array, w: Float64Array) => {
      if (reduction !== 'mean') return 1
      let all = 0
      for (let row = 0; row < rows.length; row++) {
        all += weight(w, indexOf(t[target.offset + row]!, classes, 'class'))
      }
      return all
    }
    return {
      forward([x, t, w], values) {
        let sum = 0
        for (let row = 0; row < rows.length; row++) {
          const at = prediction.offset + rows[row]!
          const right = indexOf(t![target.offset + row]!, classes, 'class')
          const log = logOfSum(x!, at, along)
          values[scratch + row] = log
          let loss = (1 - smoothing) * weight(w!, right) * (log - x![at + along[right]!]!)
          if (smoothing > 0) {
            let all = 0
            for (let i = 0; i < classes; i++) all += weight(w!, i) * (log - x![at + along[i]!]!)
            loss += (smoothing / classes) * all
          }
          if (reduction === 'none') values[output + row] = loss
          else sum += loss
        }
        if (reduction !== 'none') values[output] = sum / divisor(t!, w!)
      },
      backward([x, t, w], values, gradients) {
        const divided = divisor(t!, w!)
        for (let row = 0; row < rows.length; row++) {
          const at = prediction.offset + rows[row]!
          const to = answers[0]! + rows[row]!
          const right = indexOf(t![target.offset + row]!, classes, 'class')
          const g = gradients[gradient + (reduction === 'none' ? row : 0)]! / divided
          const own = (1 - smoothing) * weight(w!, right)
          let all = 0
          if (smoothing > 0) for (let i = 0; i < classes; i++) all += weight(w!, i)
          all = own + (smoothing / classes) * all
          const log = values[scratch + row]!
          for (let i = 0; i < classes; i++) {
            let share = smoothing > 0 ? (smoothing / classes) * weight(w!, i) : 0
            if (i === right) share += own
            const probability = elementary.exp(x![at + along[i]!]! - log)
            gradients[to + along[i]!] = g * (probability * all - share)
          }
        }
      },
    }
  },
})

export const one_hot = dense({
  doc: 'A vector for each index: 1 at its place and 0 elsewhere.',
  inputs: ['index'],
  parameters: { classes: { default: 0, minimum: 0, type: 'integer' } },
  value: '1 where the place is index, else 0',
  gradients: { index: 'none' },
  shape: ([index = []], { classes }) => {
    return classes === 0 ? { mismatch: 'say how many classes there are: classes=10' } : [...index, Number(classes)] // prettier-ignore
  },
  stack: stackedAsIs,
  prepare: ({ inputs, parameters, shape, output }) => {
    const { offset, shape: indices } = inputs[0]!
    const [count, all] = [sizeOf(indices), sizeOf(shape)]
    const classes = Number(parameters['classes'])
    return {
      forward([index], values) {
        values.fill(0, output, output + all)
        for (let row = 0; row < count; row++) {
          values[output + row * classes + indexOf(index![offset + row]!, classes, 'index')] = 1
        }
      },
      backward() {},
    }
  },
})

export const embedding = dense({
  doc: 'The rows of a table that the indices name.',
  inputs: ['table', 'index'],
  value: 'table[index]',
  gradients: { table: 'g in the rows that were used, else 0', index: 'none' },
  shape: ([table = [], index = []]) => {
    if (table.length === 0) return { mismatch: 'a table has rows, and a number has none' }
    return [...index, ...table.slice(1)]
  },
  sparse: {
    port: 0,
    rows: ([table = [], index = []]) => {
      return { width: sizeOf(table.slice(1)), most: Math.min(table[0] ?? 0, sizeOf(index)) }
    },
  },
  stack: ({ batch, stacked: [tables], inputs, shape, parameters }) => {
    if (tables) return undefined
    const [table, index] = inputs as [Shape, Shape] // it has two ports
    return { inputs: [table, before(batch, index)], shape: before(batch, shape), parameters }
  },
  prepare: (place) => {
    const { inputs, output, gradient, answers } = place
    const [table, index] = inputs as [Input, Input] // it has two ports
    const [rows = 0, ...rest] = table.shape
    const width = sizeOf(rest)
    const count = sizeOf(index.shape)
    const used = sparseRows(place, 0, rows, width)
    return {
      forward([x, at], values) {
        for (let row = 0; row < count; row++) {
          const from = table.offset + indexOf(at![index.offset + row]!, rows, 'row') * width
          const to = output + row * width
          for (let i = 0; i < width; i++) values[to + i] = x![from + i]!
        }
      },
      backward([, at], values, gradients) {
        const answer = answers[0]!
        used.clear(values, gradients)
        for (let row = 0; row < count; row++) {
          const named = indexOf(at![index.offset + row]!, rows, 'row')
          used.add(values, named)
          const to = answer + named * width
          const from = gradient + row * width
          for (let i = 0; i < width; i++) gradients[to + i]! += gradients[from + i]!
        }
      },
    }
  },
})

export const gather = dense({
  doc: 'For each place of the index the element at that place, moved along the axis to the index.',
  inputs: ['x', 'index'],
  parameters: { axis: oneAxis(0) },
  value: 'x[i, index[i, j]] for axis 1, and so on',
  gradients: { x: 'g at the elements that were used, else 0', index: 'none' },
  shape: ([x = [], index = []], values) => gathered(x, index, values),
  // A row is a single element.
  sparse: {
    port: 0,
    rows: ([x = [], index = []]) => ({ width: 1, most: Math.min(sizeOf(x), sizeOf(index)) }),
  },
  stack: stackedAlong,
  prepare: (place) => {
    const { inputs, parameters, output, gradient, answers } = place
    const [x, index] = inputs as [Input, Input] // it has two ports
    // The place of each index but for the axis, and how far apart elements along it lie.
    const axis = axisOf(parameters['axis'], x.shape.length) as number // the shapes fit
    const step = sizeOf(x.shape.slice(axis + 1))
    const strides = x.shape.map((_, at) => (at === axis ? 0 : sizeOf(x.shape.slice(at + 1))))
    const starts = positionsBy(index.shape, strides)
    const size = x.shape[axis]!
    const used = sparseRows(place, 0, sizeOf(x.shape), 1)
    return {
      forward([from, at], values) {
        for (let to = 0; to < starts.length; to++) {
          const along = indexOf(at![index.offset + to]!, size, 'index') * step
          values[output + to] = from![x.offset + starts[to]! + along]!
        }
      },
      backward([, at], values, gradients) {
        const answer = answers[0]!
        used.clear(values, gradients)
        for (let from = 0; from < starts.length; from++) {
          const along = indexOf(at![index.offset + from]!, size, 'index') * step
          const element = starts[from]! + along
          used.add(values, element)
          gradients[answer + element]! += gradients[gradient + from]!
        }
      },
    }
  },
})

type Input = { readonly shape: Shape; readonly offset: number }

function gathered(x: Shape, index: Shape, { axis }: Values): Shape | Mismatch {
  const along = axisOf(axis, x.length)
  if (typeof along !== 'number') return along
  if (x.length !== index.length) {
    return { mismatch: `the index must have ${x.length} axes, and has ${index.length}` }
  }
  const wrong = index.findIndex((size, at) => at !== along && size > x[at]!)
  if (wrong < 0) return index
  return { mismatch: `the sizes ${x[wrong]} and ${index[wrong]} of axis ${wrong} do not fit` }
}

/** The index that a number is; a number that is none stops the step. */
function indexOf(value: number, size: number, what: string): number {
  if (value >= 0 && value < size && Number.isInteger(value)) return value
  const range = size === 0 ? 'there is none' : `they are 0 to ${size - 1}`
  throw new EagreError('bad-data', `there is no ${what} ${value}: ${range}`)
}

function textOf(shape: Shape): string {
  return `[${shape.join(', ')}]`
}
