/** einsum of three and more inputs beside one nest of loops over all letters, written down plainly. */
import { fc } from '../random.js'
import { describe, expect, test } from 'vitest'
import { pairsOf } from '../../src/gates/chain.js'
import { type Equation, equationOf } from '../../src/gates/equation.js'
import { catalogue } from '../../src/gates/index.js'
import { runTensors, tensor, type Tensor } from '../kernel/tensors.js'

const { einsum } = catalogue

/** The sum of products over all values of all letters; `at` says what each letter is. */
function eachProduct(
  equation: string,
  inputs: readonly Tensor[],
  visit: (at: ReadonlyMap<string, number>) => void,
): void {
  const { letters, sizes } = equationOf(equation, inputs.map(({ shape }) => shape)) as Equation // prettier-ignore
  const at = new Map<string, number>()
  const loop = (depth: number): void => {
    if (depth === letters.length) return visit(at)
    for (let i = 0; i < sizes.get(letters[depth]!)!; i++) {
      at.set(letters[depth]!, i)
      loop(depth + 1)
    }
  }
  loop(0)
}

function placeOf(letters: string, shape: readonly number[], at: ReadonlyMap<string, number>) {
  return [...letters].reduce((place, letter, axis) => {
    return place * shape[axis]! + (shape[axis] === 1 ? 0 : at.get(letter)!)
  }, 0)
}

/** The value and the gradients for `g`, by the definition. */
function plainly(equation: string, inputs: readonly Tensor[], g: (place: number) => number) {
  const [left, result] = equation.split('->') as [string, string]
  const terms = left.split(',')
  const { sizes } = equationOf(equation, inputs.map(({ shape }) => shape)) as Equation // prettier-ignore
  const shape = [...result].map((letter) => sizes.get(letter)!)
  const value = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 0)
  const gradients = inputs.map(({ data }) => data.map(() => 0))
  eachProduct(equation, inputs, (at) => {
    const places = inputs.map((input, port) => placeOf(terms[port]!, input.shape, at))
    const to = placeOf(result, shape, at)
    value[to]! += inputs.reduce((product, input, port) => product * input.data[places[port]!]!, 1)
    inputs.forEach((_, port) => {
      gradients[port]![places[port]!]! += inputs.reduce((product, { data }, other) => {
        return other === port ? product : product * data[places[other]!]!
      }, g(to))
    })
  })
  return { value, gradients }
}

const near = (actual: readonly number[] | 'none', expected: readonly number[]) => {
  expect(actual.length).toBe(expected.length)
  expected.forEach((x, at) => {
    expect(Math.abs((actual[at] as number) - x)).toBeLessThanOrEqual(1e-11 * Math.max(1, Math.abs(x))) // prettier-ignore
  })
}

const g = (place: number) => Math.sin(place + 1)

describe('einsum of three and more inputs', () => {
  test('is the sum of products over all letters, and so are its gradients', () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 5, maxLength: 5 })
    const term = fc.array(fc.constantFrom(...'abcde'), { maxLength: 3 })
    const terms = fc.array(term, { minLength: 3, maxLength: 5 })
    const ones = fc.array(fc.boolean(), { minLength: 15, maxLength: 15 })
    const order = fc.shuffledSubarray([...'abcde'])
    fc.assert(
      fc.property(sizes, terms, ones, order, (all, given, one, asked) => {
        let at = 0
        const shapes = given.map((letters) => {
          // Along a diagonal all sizes are the same; other axes of size 1 repeat.
          const repeats = new Map(letters.map((letter) => [letter, one[at++ % one.length]!]))
          return letters.map((letter) => (repeats.get(letter) ? 1 : all['abcde'.indexOf(letter)]!))
        })
        const known = new Set(given.flat())
        const result = asked.filter((letter) => known.has(letter)).join('')
        const equation = `${given.map((letters) => letters.join('')).join()}->${result}`
        const inputs = shapes.map((shape, port) => tensor(shape, port + 1))
        const expected = plainly(equation, inputs, g)
        const found = runTensors(einsum, inputs, {
          parameters: { equation },
          g: expected.value.map((_, place) => g(place)),
        })
        near(found.value, expected.value)
        expected.gradients.forEach((each, port) => near(found.gradients[port]!, each))
      }),
      { numRuns: 600 },
    )
  })

  test('answers whoever asks with the same bits', () => {
    const inputs = [[2, 3], [3, 4], [4, 2], [2]].map((shape, port) => tensor(shape, port + 1))
    const parameters = { equation: 'ab,bc,cd,d->a' }
    const all = runTensors(einsum, inputs, { parameters })
    for (const port of inputs.keys()) {
      const needed = inputs.map((_, other) => other === port)
      const { gradients } = runTensors(einsum, inputs, { parameters, needed })
      expect(gradients).toEqual(all.gradients.map((each, at) => (at === port ? each : 'none')))
    }
  })

  test('sums over a letter as soon as nothing later has it', () => {
    const shapes = [[5, 6], [6, 7], [7, 8], [8, 9]] // prettier-ignore
    const { terms, result, ...rest } = equationOf('ab,bc,cd,de->ae', shapes) as Equation
    const pairs = pairsOf({ terms, result, ...rest }, shapes)
    expect(pairs.map(({ kept, letters, shape }) => [kept, letters, shape])).toEqual([
      ['ac', 'acb', [5, 7]],
      ['ad', 'adc', [5, 8]],
      ['ae', 'aed', [5, 9]],
    ])
  })

  test('costs as much as the products of its pairs: one nest of loops would take minutes', () => {
    const inputs = Array.from({ length: 5 }, (_, port) => tensor([60, 60], port + 1, -0.1, 0.1))
    const chain = runTensors(einsum, inputs, { parameters: { equation: 'ab,bc,cd,de,ef->af' } })
    let product = inputs[0]!
    for (const next of inputs.slice(1)) {
      const { shape, value } = runTensors(catalogue.matmul, [product, next])
      product = { shape, data: value }
    }
    near(chain.value, product.data)
  })
})
