/**
 * Einstein's summation: products of any number of tensors, summed over any of their axes. Each
 * number is `0 + p1 + p2 + …` in the order of the letters: those of the result, then the others
 * as they first occur. A gradient is the same kind of sum, with `g` in place of its input.
 */
import { sizeOf } from '../tensor/shape.js'
import { stridesOf } from '../tensor/strides.js'
import { before } from './batch.js'
import { contract, type Tensor } from './contract.js'
import { dense } from './dense.js'
import { type Equation, equationOf } from './equation.js'
import { isMismatch, type ParameterValue } from './gate.js'

export const einsum = dense({
  doc: 'Products of elements, summed over axes that the equation names by letters: "ij,jk->ik".',
  source: 'torch.einsum, without "..."',
  inputs: ['a', 'b'],
  variadic: true,
  parameters: { equation: { default: '', type: 'text' } },
  value: 'the sum, over the letters that are not in the result, of the products of all inputs',
  gradients: { a: 'the einsum of g and the other inputs', b: 'the same' },
  shape: (inputs, { equation }) => {
    const found = equationOf(textOf(equation), inputs)
    return isMismatch(found) ? found : [...found.result].map((letter) => found.sizes.get(letter)!)
  },
  stack: ({ batch, stacked, inputs, shape, parameters }) => {
    const { terms, result, letters } = equationOf(textOf(parameters['equation']), inputs) as Equation // prettier-ignore
    const letter = unused(letters)
    if (letter === undefined) return undefined
    const moved = terms.map((term, port) => (stacked[port] ? letter + term : term))
    return {
      inputs: inputs.map((input, port) => (stacked[port] ? before(batch, input) : input)),
      shape: before(batch, shape),
      parameters: { equation: `${moved.join(',')}->${letter}${result}` },
    }
  },
  prepare: ({ inputs, parameters, shape, output, gradient, answers }) => {
    // The shapes were found to fit when the gate's own shape was asked for.
    const shapes = inputs.map((input) => input.shape)
    const equation = equationOf(textOf(parameters['equation']), shapes) as Equation
    const extents = [...equation.letters].map((letter) => equation.sizes.get(letter)!)
    const tensorOf = (letters: string, own: readonly number[], start: number): Tensor => {
      return { strides: along(equation.letters, letters, own), start, size: sizeOf(own) }
    }
    const terms = inputs.map((input, port) => {
      return tensorOf(equation.terms[port]!, input.shape, input.offset)
    })
    const forward = contract(extents, tensorOf(equation.result, shape, output), terms)
    const arriving = tensorOf(equation.result, shape, gradient)
    const backward = answers.map((start, port) => {
      if (start < 0) return undefined
      const others = terms.filter((_, other) => other !== port)
      return contract(extents, { ...terms[port]!, start }, [arriving, ...others])
    })
    const factors: Float64Array[] = []
    return {
      forward(memories, values) {
        forward(values, memories)
      },
      backward(memories, _, gradients) {
        for (let port = 0; port < backward.length; port++) {
          const run = backward[port]
          if (run === undefined) continue
          factors[0] = gradients
          let at = 1
          for (let other = 0; other < memories.length; other++) {
            if (other !== port) factors[at++] = memories[other]!
          }
          run(gradients, factors)
        }
      },
    }
  },
})

/** How far one goes in a tensor for each letter: along a diagonal over several axes at once. */
function along(letters: string, own: string, shape: readonly number[]): number[] {
  const strides = stridesOf(shape)
  return [...letters].map((letter) => {
    return strides.reduce((sum, stride, axis) => {
      // An axis of size 1 repeats.
      return own[axis] === letter && shape[axis] !== 1 ? sum + stride : sum
    }, 0)
  })
}

/** A letter that is free for an axis. */
function unused(letters: string): string | undefined {
  return [...'zyxwvutsrqponmlkjihgfedcbaZYXWVUTSRQPONMLKJIHGFEDCBA'].find((letter) => !letters.includes(letter)) // prettier-ignore
}

function textOf(value: ParameterValue | undefined): string {
  return typeof value === 'string' ? value : ''
}
