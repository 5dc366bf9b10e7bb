/** Gates that remember: what they give depends on the learn steps before. */
import { sizeOf } from '../tensor/shape.js'
import { dense, type Values } from './dense.js'
import * as elementary from './elementary.js'
import type { Mismatch } from './gate.js'

export const previous = dense({
  doc: 'The value of x a learn step ago, also around a cycle; afresh where reset is not 0.',
  source: 'Werbos 1990, doi:10.1109/5.58337',
  inputs: ['x', 'reset'],
  defaults: { reset: 0 },
  parameters: {
    initial: 0,
    shape: { default: [], type: 'integers', minimum: 0 },
    unroll: { default: 1, type: 'integer', minimum: 0 },
  },
  value: 'x of the last learn step; initial in the first one and where reset is not 0',
  // Within the step; that a step earlier gets g is what `delays` says.
  gradients: { x: 'none', reset: 'none' },
  shape: ([, reset = []], { shape }) => {
    return reset.length > 0 ? { mismatch: 'reset is one number for all of x' } : shapeOf(shape)
  },
  delays: { unroll: ({ unroll }) => Number(unroll) },
  scratch: () => 1,
  keeps: (_, shape) => 1 + sizeOf(shape),
  prepare: ({ inputs, parameters, shape, output, scratch, kept }) => {
    const [x, reset] = [inputs[0]!.offset, inputs[1]!.offset]
    const size = sizeOf(shape)
    const initial = Number(parameters['initial'])
    return {
      forward([, resets], values, _, state) {
        const goesOn = state[kept] === 1 && resets![reset] === 0
        values[scratch] = goesOn ? 1 : 0
        for (let i = 0; i < size; i++) values[output + i] = goesOn ? state[kept + 1 + i]! : initial
      },
      backward() {},
      advance([xs], _, state) {
        state[kept] = 1
        for (let i = 0; i < size; i++) state[kept + 1 + i] = xs![x + i]!
      },
    }
  },
})

export const window = dense({
  doc: 'The last size values, those of this step and of learn steps before, newest first.',
  inputs: ['x'],
  parameters: { size: { default: 0, type: 'integer', minimum: 0 } },
  value: '[x, x a step ago, …]; 0 before the first one',
  gradients: { x: 'g[0]: nothing goes back to steps before' },
  shape: ([x = []], { size }) => {
    return size === 0 ? { mismatch: 'say how many values there are: size=8' } : [Number(size), ...x]
  },
  keeps: ([x = []], [size = 1]) => (size - 1) * sizeOf(x),
  prepare: ({ inputs, shape, output, kept, gradient, answers }) => {
    const [{ offset, shape: one }, answer] = [inputs[0]!, answers[0]!]
    const size = sizeOf(one)
    const rest = sizeOf(shape) - size
    return {
      forward([x], values, _, state) {
        for (let i = 0; i < size; i++) values[output + i] = x![offset + i]!
        for (let i = 0; i < rest; i++) values[output + size + i] = state[kept + i]!
      },
      backward(_, __, gradients) {
        for (let i = 0; i < size; i++) gradients[answer + i] = gradients[gradient + i]!
      },
      advance([x], _, state) {
        for (let i = rest - 1; i >= size; i--) state[kept + i] = state[kept + i - size]!
        for (let i = 0; i < Math.min(size, rest); i++) state[kept + i] = x![offset + i]!
      },
    }
  },
})

export const ewma = dense({
  doc: 'Exponentially weighted moving average: the first value, then alpha of the new one each time.',
  source: 'pandas, ewm(adjust=False)',
  inputs: ['x'],
  parameters: {
    alpha: { default: 0, minimum: 0, maximum: 1 },
    span: { default: 0, minimum: 0 },
    half_life: { default: 0, minimum: 0 },
  },
  value: '(1 - alpha) * y a step ago + alpha * x; alpha = 2 / (span + 1) = 1 - 2^(-1 / half_life)',
  gradients: { x: 'g * alpha, in the first step g' },
  shape: ([x = []], values) => {
    const alpha = alphaOf(values)
    return typeof alpha === 'number' ? x : alpha
  },
  scratch: () => 1,
  keeps: (_, shape) => 1 + sizeOf(shape),
  prepare: ({ inputs, parameters, shape, output, scratch, kept, gradient, answers }) => {
    const [{ offset }, answer] = [inputs[0]!, answers[0]!]
    const size = sizeOf(shape)
    const alpha = Number(alphaOf(parameters))
    const next = (state: Float64Array, x: Float64Array, i: number) => {
      const value = x[offset + i]!
      return state[kept] === 0 ? value : (1 - alpha) * state[kept + 1 + i]! + alpha * value
    }
    return {
      forward([x], values, _, state) {
        values[scratch] = state[kept] === 0 ? 1 : alpha
        for (let i = 0; i < size; i++) values[output + i] = next(state, x!, i)
      },
      backward(_, values, gradients) {
        for (let i = 0; i < size; i++) {
          gradients[answer + i] = gradients[gradient + i]! * values[scratch]!
        }
      },
      advance([x], _, state) {
        for (let i = 0; i < size; i++) state[kept + 1 + i] = next(state, x!, i)
        state[kept] = 1
      },
    }
  },
})

function shapeOf(shape: Values[string] | undefined): readonly number[] {
  return [shape ?? []].flat().map(Number)
}

function alphaOf({ alpha, span, half_life: halfLife }: Values): number | Mismatch {
  const given = [alpha, span, halfLife].filter((one) => Number(one) > 0)
  if (given.length !== 1) {
    return { mismatch: 'say how fast it forgets, once: alpha=0.1, span=19 or half_life=6.6' }
  }
  if (Number(alpha) > 0) return Number(alpha)
  if (Number(span) > 0) {
    return Number(span) < 1 ? { mismatch: 'a span is from 1 on' } : 2 / (Number(span) + 1)
  }
  return -elementary.expm1(-Math.LN2 / Number(halfLife))
}
