/** How `standardize` runs along with a stream: its mean and variance are those of the values so far. */
import { sizeOf } from '../tensor/shape.js'
import type { ParameterValue, TensorRule } from './gate.js'

/** The words of its parameter `update`. */
export const updates = ['train', 'before', 'after'] as const

/** Whether it runs along, rather than holding what training measures before it begins. */
export function runsAlong(update: ParameterValue | undefined): boolean {
  return update === 'before' || update === 'after'
}

/**
 * Keeps the count, the means and the sums of squares by Welford's method; the variance is that of
 * all values so far, divided by their number. `before` counts the present value first, in every
 * step; `after` does not. In both only learn steps are kept. What has never varied has scale 1.
 */
export const running: TensorRule = {
  type: 'tensor',
  keeps: ([x = []]) => 1 + 2 * sizeOf(x),
  // For each element the slope.
  scratch: ([x = []]) => sizeOf(x),
  text: {
    value: '(x - mean) / scale',
    gradients: new Map([['x', 'g * (1 - (1 + y * y) / n) / scale before, g / scale after']]),
  },
  prepare: ({ inputs, parameters, output, scratch, kept, gradient, answers }) => {
    const [{ shape, offset }, answer] = [inputs[0]!, answers[0]!]
    const size = sizeOf(shape)
    const first = parameters['update'] === 'before'
    const [means, squares] = [kept + 1, kept + 1 + size]
    return {
      forward([x], values, _, state) {
        const count = state[kept]!
        const n = first ? count + 1 : count
        for (let i = 0; i < size; i++) {
          const value = x![offset + i]!
          let mean = state[means + i]!
          let square = state[squares + i]!
          if (first) {
            const off = value - mean
            mean += off / n
            square += off * (value - mean)
          }
          const scale = square === 0 ? 1 : Math.sqrt(square / n)
          const y = (value - mean) / scale
          values[output + i] = y
          // The value moves its own mean and scale, where it is counted first.
          values[scratch + i] = (first ? 1 - (square === 0 ? 1 : 1 + y * y) / n : 1) / scale
        }
      },
      backward(_, values, gradients) {
        for (let i = 0; i < size; i++) {
          gradients[answer + i] = gradients[gradient + i]! * values[scratch + i]!
        }
      },
      advance([x], _, state) {
        const n = ++state[kept]!
        for (let i = 0; i < size; i++) {
          const off = x![offset + i]! - state[means + i]!
          state[means + i]! += off / n
          state[squares + i]! += off * (x![offset + i]! - state[means + i]!)
        }
      },
    }
  },
}
