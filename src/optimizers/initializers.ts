/**
 * The catalogue of initializers, by PyTorch's names (torch.nn.init): how the first values of a
 * weight are drawn. With `x @ W`, W is [in, out]: fan_in is the last axis but one, fan_out the
 * last.
 */
import { cos, log, sin } from '../gates/elementary.js'
import { sizeOf, type Shape } from '../tensor/shape.js'
import type { Generator } from './random.js'

export type InitializerValue = number | string

export interface InitializerParameter {
  readonly name: string
  /** Without one the parameter must be given. */
  readonly default?: InitializerValue
  /** The words it takes, when it takes words. */
  readonly words?: readonly string[]
}

export interface Initializer {
  /** One line for the catalogue. */
  readonly doc: string
  readonly parameters: readonly InitializerParameter[]
  /** Why it cannot fill this shape with these parameters, in one clause. */
  refusal?(shape: Shape, values: Values): string | undefined
  /** Fills all of `into`, row by row. */
  draw(into: Float64Array, shape: Shape, values: Values, generator: Generator): void
}

type Values = Readonly<Record<string, InitializerValue>>

const gain: InitializerParameter = { name: 'gain', default: 1 }
const kaiming: readonly InitializerParameter[] = [
  { name: 'a', default: 0 },
  { name: 'mode', default: 'fan_in', words: ['fan_in', 'fan_out'] },
  {
    name: 'nonlinearity',
    default: 'leaky_relu',
    words: ['linear', 'sigmoid', 'tanh', 'relu', 'leaky_relu', 'selu'],
  },
]

const rows: Readonly<Record<string, Initializer>> = {
  zeros: {
    doc: 'All 0.',
    parameters: [],
    draw: (into) => void into.fill(0),
  },
  ones: {
    doc: 'All 1.',
    parameters: [],
    draw: (into) => void into.fill(1),
  },
  constant: {
    doc: 'All the same number.',
    parameters: [{ name: 'value' }],
    draw: (into, _shape, values) => void into.fill(number(values, 'value')),
  },
  uniform: {
    doc: 'Uniform between a and b.',
    parameters: [
      { name: 'a', default: 0 },
      { name: 'b', default: 1 },
    ],
    refusal: (_shape, values) =>
      number(values, 'a') <= number(values, 'b') ? undefined : '"a" is above "b"',
    draw: (into, _shape, values, generator) =>
      uniform(into, number(values, 'a'), number(values, 'b'), generator),
  },
  normal: {
    doc: 'Normal around mean with the standard deviation std.',
    parameters: [
      { name: 'mean', default: 0 },
      { name: 'std', default: 1 },
    ],
    refusal: (_shape, values) => (number(values, 'std') >= 0 ? undefined : '"std" is below 0'),
    draw: (into, _shape, values, generator) =>
      normal(into, number(values, 'mean'), number(values, 'std'), generator),
  },
  /** Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010. */
  xavier_uniform: {
    doc: 'Uniform within gain * sqrt(6 / (fan_in + fan_out)).',
    parameters: [gain],
    refusal: needsMatrix,
    draw: (into, shape, values, generator) => {
      const [inward, outward] = fans(shape)
      const bound = number(values, 'gain') * Math.sqrt(6 / (inward + outward))
      uniform(into, -bound, bound, generator)
    },
  },
  /** Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010. */
  xavier_normal: {
    doc: 'Normal with the standard deviation gain * sqrt(2 / (fan_in + fan_out)).',
    parameters: [gain],
    refusal: needsMatrix,
    draw: (into, shape, values, generator) => {
      const [inward, outward] = fans(shape)
      normal(into, 0, number(values, 'gain') * Math.sqrt(2 / (inward + outward)), generator)
    },
  },
  /** He, Zhang, Ren, Sun, "Delving deep into rectifiers", 2015. */
  kaiming_uniform: {
    doc: 'Uniform within gain * sqrt(3 / fan), with the gain of the nonlinearity.',
    parameters: kaiming,
    refusal: needsMatrix,
    draw: (into, shape, values, generator) => {
      const bound = Math.sqrt(3) * kaimingDeviation(shape, values)
      uniform(into, -bound, bound, generator)
    },
  },
  /** He, Zhang, Ren, Sun, "Delving deep into rectifiers", 2015. */
  kaiming_normal: {
    doc: 'Normal with the standard deviation gain / sqrt(fan), with the gain of the nonlinearity.',
    parameters: kaiming,
    refusal: needsMatrix,
    draw: (into, shape, values, generator) =>
      normal(into, 0, kaimingDeviation(shape, values), generator),
  },
  /** Saxe, McClelland, Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks", 2013. */
  orthogonal: {
    doc: 'A random matrix with orthonormal rows or columns, whichever are fewer, times gain.',
    parameters: [gain],
    refusal: (shape) => {
      const [long, short] = sides(shape)
      const large = long * short * short > mostWork
      return needsMatrix(shape) ?? (large ? 'that would take too long to make' : undefined)
    },
    draw: (into, shape, values, generator) =>
      orthogonal(into, shape, number(values, 'gain'), generator),
  },
  eye: {
    doc: 'The identity matrix; 0 beyond the diagonal of one that is not square.',
    parameters: [],
    refusal: (shape) => (shape.length === 2 ? undefined : 'it takes exactly two axes'),
    draw: (into, shape) => {
      const [height = 0, width = 0] = shape
      into.fill(0)
      for (let at = 0; at < Math.min(height, width); at++) into[at * width + at] = 1
    },
  },
}

/** Every initializer by name. */
export const initializers: ReadonlyMap<string, Initializer> = new Map(Object.entries(rows))

/** Multiplications that an initializer may take. */
const mostWork = 5e9

// Whoever checked the parameters made sure that the numbers are numbers.
function number(values: Values, name: string): number {
  return Number(values[name])
}

function needsMatrix(shape: Shape): string | undefined {
  return shape.length >= 2 ? undefined : 'it takes two axes or more, [in, out]'
}

/** fan_in and fan_out. */
function fans(shape: Shape): readonly [number, number] {
  return [shape.at(-2)!, shape.at(-1)!]
}

function kaimingDeviation(shape: Shape, values: Values): number {
  const [inward, outward] = fans(shape)
  const fan = values['mode'] === 'fan_out' ? outward : inward
  return gainOf(String(values['nonlinearity']), number(values, 'a')) / Math.sqrt(fan)
}

/** torch.nn.init.calculate_gain. */
function gainOf(nonlinearity: string, slope: number): number {
  switch (nonlinearity) {
    case 'tanh':
      return 5 / 3
    case 'relu':
      return Math.SQRT2
    case 'leaky_relu':
      return Math.sqrt(2 / (1 + slope * slope))
    case 'selu':
      return 3 / 4
    default:
      return 1
  }
}

function uniform(into: Float64Array, low: number, high: number, generator: Generator): void {
  for (let at = 0; at < into.length; at++) into[at] = low + (high - low) * generator.uniform()
}

/** Box and Muller, 1958: two draws make two numbers. */
function normal(into: Float64Array, mean: number, std: number, generator: Generator): void {
  for (let at = 0; at < into.length; at += 2) {
    // 1 - u lies in (0, 1], where the logarithm is finite.
    const radius = std * Math.sqrt(-2 * log(1 - generator.uniform()))
    const angle = 2 * Math.PI * generator.uniform()
    into[at] = mean + radius * cos(angle)
    if (at + 1 < into.length) into[at + 1] = mean + radius * sin(angle)
  }
}

/** The sides of a shape as a matrix of its first axis by all others: the longer, the shorter. */
function sides(shape: Shape): readonly [number, number] {
  const height = shape[0] ?? 1
  const width = sizeOf(shape.slice(1))
  return [Math.max(height, width), Math.min(height, width)]
}

/** Orthonormal vectors by modified Gram-Schmidt, each cleared twice of those before it. */
function orthogonal(into: Float64Array, shape: Shape, gain: number, generator: Generator): void {
  const [long, short] = sides(shape)
  const vectors = Array.from({ length: short }, () => {
    const vector = new Float64Array(long)
    normal(vector, 0, 1, generator)
    return vector
  })
  vectors.forEach((vector, index) => {
    for (let pass = 0; pass < 2; pass++) {
      for (let other = 0; other < index; other++) {
        const before = vectors[other]!
        const along = dot(vector, before)
        for (let at = 0; at < long; at++) vector[at]! -= along * before[at]!
      }
    }
    const length = Math.sqrt(dot(vector, vector))
    for (let at = 0; at < long; at++) vector[at]! /= length
  })
  const wide = (shape[0] ?? 1) === short
  vectors.forEach((vector, index) => {
    for (let at = 0; at < long; at++) {
      into[wide ? index * long + at : at * short + index] = gain * vector[at]!
    }
  })
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let at = 0; at < a.length; at++) sum += a[at]! * b[at]!
  return sum
}
