import { fc } from '../random.js'
import { describe, expect, test } from 'vitest'
import type { Gate } from '../../src/gates/gate.js'
import { catalogue, type FormulaGateName, pointwise } from '../../src/gates/index.js'
import type { Operand } from '../../src/kernel/kernel.js'
import { type Point, points } from '../gates/points.js'
import { rows } from '../gates/pytorch.js'
import { type PlaceOptions, run } from './place.js'
import { expectSameOfBoth } from './allowed.js'

const names = Object.keys(points) as FormulaGateName[] // its type has no other keys

// Numbers for which formulas are simplified, and those that break simplifications that are not
// exact to the bit.
const extremes = [0, -0, 1, -1, 2, 0.5, 3, Infinity, -Infinity, NaN, 5e-324, -1e308, 1e308, 710]
const anyNumber = fc.oneof(
  fc.double(),
  fc.constantFrom(...extremes),
  fc.double({ min: -30, max: 30, noNaN: true }),
)
const anyMemory = fc.constantFrom<Operand['memory']>('values', 'weights', 'literal')

describe('both executors give the same bits', () => {
  test.each(names)('%s, at its points', (name) => {
    const seen: Point[] = [...points[name].smooth, ...(points[name].kinks ?? [])]
    for (const [gate, at, parameters] of rows) if (gate === name) seen.push({ at, parameters })
    for (const { at, parameters } of seen) {
      expectSame(catalogue[name], at, { parameters, g: 0.3 })
    }
  })

  test.each(names)('%s, at any numbers from any memory', (name) => {
    const gate = catalogue[name]
    const arity = gate.variadic
      ? { minLength: 1, maxLength: 6 }
      : { minLength: gate.ports.length, maxLength: gate.ports.length }
    const inputs = fc.array(fc.tuple(anyNumber, anyMemory, fc.boolean()), arity)
    const parameters = fc.record(
      Object.fromEntries(
        gate.parameters.map(({ name: parameter, default: fallback, words }) => {
          if (words !== undefined) return [parameter, fc.constantFrom(...words)]
          return [parameter, typeof fallback === 'boolean' ? fc.boolean() : anyNumber]
        }),
      ),
    )
    fc.assert(
      fc.property(inputs, parameters, anyNumber, (drawn, chosen, g) => {
        expectSame(
          gate,
          drawn.map(([value]) => value),
          {
            parameters: chosen,
            g,
            memories: drawn.map(([, memory]) => memory),
            needed: drawn.map(([, , needed]) => needed),
          },
        )
      }),
      { numRuns: 300, seed: 17 },
    )
  })

  test('any formula', () => {
    fc.assert(
      fc.property(
        formula,
        formula,
        formula,
        anyNumber,
        anyNumber,
        anyNumber,
        (value, a, b, ...at) => {
          const inputs = ['a', 'b'] as const
          const gate = pointwise({
            doc: '',
            inputs,
            parameters: { c: 1 },
            value,
            gradients: { a, b },
          })
          const parameters = { c: at[2] }
          expectSame(gate, at.slice(0, 2), { parameters })
          expectSame(gate, at.slice(0, 2), { parameters, memories: ['literal', 'values'] })
        },
      ),
      { numRuns: 2000, seed: 23 },
    )
  })
})

describe('a literal is folded into the formula without a change of bits', () => {
  test.each(names)('%s', (name) => {
    const gate = catalogue[name]
    const count = gate.variadic ? 2 : gate.ports.length
    fc.assert(
      fc.property(fc.array(anyNumber, { minLength: count, maxLength: count }), (at) => {
        const plain = run(gate, at, { g: 0.7 })
        for (let literal = 0; literal < count; literal++) {
          const memories = at.map((_, port) => (port === literal ? 'literal' : 'values'))
          const folded = run(gate, at, { g: 0.7, memories })
          expect(folded.value).toBe(plain.value)
          expect(folded.gradients).toEqual(plain.gradients.with(literal, 'none'))
        }
      }),
      { numRuns: 300, seed: 29 },
    )
  })
})

function expectSame(gate: Gate, at: readonly number[], options: PlaceOptions): void {
  // Equal here is Object.is: it tells 0 from -0, and holds for NaN.
  expectSameOfBoth((executor) => run(gate, at, { ...options, executor }))
}

// Small names and few of them, so that formulas share parts.
const { formula } = fc.letrec<{ formula: string }>((tie) => ({
  formula: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('a', 'b', 'c', '0', '1', '2', '-1', '0.5', '3.25'),
    fc
      .tuple(
        tie('formula'),
        fc.constantFrom('+', '-', '*', '/', '^', '<', '<=', '==', '!='),
        tie('formula'),
      )
      .map(([left, sign, right]) => `((${left}) ${sign} (${right}))`),
    fc
      .tuple(fc.constantFrom('exp', 'tanh', 'abs', '-'), tie('formula'))
      .map(([f, x]) => `${f}(${x})`),
    fc.tuple(tie('formula'), tie('formula')).map(([a, b]) => `max(${a}, ${b})`),
    fc
      .tuple(tie('formula'), tie('formula'), tie('formula'))
      .map(([condition, a, b]) => `where(${condition}, ${a}, ${b})`),
    tie('formula').map((x) => `(${x}) * sigmoid(${x})`),
  ),
}))
