/**
 * Einstein's summation: products of any number of tensors, summed over any of their axes. Each
 * number is `0 + p1 + p2 + …` in the order of the letters: those of the result, then the others
 * as they first occur. A gradient is the same kind of sum, with `g` in place of its input. More
 * than two inputs are contracted from the left, two at a time: see chain.ts.
 */
import { before } from './batch.js'
import { chain, pairsOf } from './chain.js'
import { contract, tensorIn } from './contract.js'
import { dense } from './dense.js'
import { type Equation, equationOf } from './equation.js'
import { isMismatch, type ParameterValue, type TensorLoops, type TensorPlace } from './gate.js'

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
  scratch: (inputs, _, { equation }) => {
    const found = equationOf(textOf(equation), inputs) as Equation // its shapes fit by then
    // The partial products, and their gradients.
    return 2 * pairsOf(found, inputs).reduce((sum, { size }, at, all) => (at === all.length - 1 ? sum : sum + size), 0) // prettier-ignore
  },
  prepare: (place) => {
    // The shapes were found to fit when the gate's own shape was asked for.
    const shapes = place.inputs.map((input) => input.shape)
    const equation = equationOf(textOf(place.parameters['equation']), shapes) as Equation
    return place.inputs.length > 2 ? chain(place, equation) : single(place, equation)
  },
})

/** One contraction of one or two inputs. */
function single(place: TensorPlace, { terms: letters, result, ...rest }: Equation): TensorLoops {
  const { inputs, shape, output, gradient, answers } = place
  const extents = [...rest.letters].map((letter) => rest.sizes.get(letter)!)
  const terms = inputs.map(({ shape: own, offset }, port) => {
    return tensorIn(rest.letters, letters[port]!, own, offset)
  })
  const forward = contract(extents, tensorIn(rest.letters, result, shape, output), terms)
  const arriving = tensorIn(rest.letters, result, shape, gradient)
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
        if (memories.length > 1) factors[1] = memories[1 - port]!
        run(gradients, factors)
      }
    },
  }
}

/** A letter that is free for an axis. */
function unused(letters: string): string | undefined {
  return [...'zyxwvutsrqponmlkjihgfedcbaZYXWVUTSRQPONMLKJIHGFEDCBA'].find((letter) => !letters.includes(letter)) // prettier-ignore
}

function textOf(value: ParameterValue | undefined): string {
  return typeof value === 'string' ? value : ''
}
