/** What is left out while learning, so that nothing relies on one element alone. */
import { sizeOf } from '../tensor/shape.js'
import { dense } from './dense.js'

export const dropout = dense({
  doc: 'Zeroes each element with probability p in learn steps and scales the others by 1/(1-p).',
  source: 'Srivastava et al. 2014, JMLR 15, 1929',
  inputs: ['x'],
  parameters: { p: { default: 0.5, minimum: 0, maximum: 1 } },
  value: 'learn steps: x * (0 with probability p, else 1 / (1 - p)); predictions, probes: x',
  gradients: { x: 'g * the same factor' },
  shape: ([x = []]) => x,
  scratch: ([x = []]) => sizeOf(x),
  draws: true,
  prepare: ({ inputs, parameters, output, scratch, gradient, answers }) => {
    const [{ shape, offset }, answer] = [inputs[0]!, answers[0]!]
    const size = sizeOf(shape)
    const p = Number(parameters['p'])
    const scale = 1 / (1 - p)
    // Of 2^32 equally likely draws, those below are left out: for p = 1 all of them.
    const below = p * 2 ** 32
    return {
      forward([x], values, chance) {
        for (let i = 0; i < size; i++) {
          const factor = chance === undefined ? 1 : chance.bits() < below ? 0 : scale
          values[scratch + i] = factor
          values[output + i] = x![offset + i]! * factor
        }
      },
      backward(_, values, gradients) {
        for (let i = 0; i < size; i++) {
          gradients[answer + i] = gradients[gradient + i]! * values[scratch + i]!
        }
      },
    }
  },
})
