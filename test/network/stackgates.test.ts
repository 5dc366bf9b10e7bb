/** Every gate takes a batch as it takes its samples one by one. */
import { describe, expect, test } from 'vitest'
import { type Gate, isMismatch, type ParameterValue } from '../../src/gates/gate.js'
import { dense } from '../../src/gates/dense.js'
import { catalogue, formulaGates, tensorGates } from '../../src/gates/index.js'
import type { Shape } from '../../src/tensor/shape.js'
import { sizeOf } from '../../src/tensor/shape.js'
import { cases } from '../gates/cases.js'
import { points, type Point } from '../gates/points.js'
import { differences, stackedAndNot, varied, type Feed } from './stacking.js'
import { executors, usual } from '../kernel/allowed.js'

const runs = [
  [1, usual],
  [2, 'interpret'],
  [5, usual],
] as const
const g = (element: number) => 0.5 + ((element * 7) % 5) / 4

/** All ways to have some ports stacked, the others a weight or a constant. */
function mixtures(ports: number): readonly (readonly Feed['kind'][])[] {
  // Beyond a few ports one of a kind will do.
  const masks = ports <= 3 ? Array.from({ length: 2 ** ports - 1 }, (_, at) => at + 1) : [1, 2 ** ports - 1] // prettier-ignore
  return masks.flatMap((mask) => {
    return (['weight', 'constant'] as const).map((other) => {
      return Array.from({ length: ports }, (_, port) => (mask & (1 << port) ? 'input' : other))
    })
  })
}

function wrong(
  gate: Gate,
  feeds: readonly Omit<Feed, 'kind'>[],
  parameters: Readonly<Record<string, ParameterValue>>,
): unknown[] {
  const found: unknown[] = []
  for (const kinds of mixtures(feeds.length)) {
    const mixed = feeds.map((feed, port): Feed => ({ ...feed, kind: kinds[port]! }))
    for (const [batch, executor] of runs) {
      const both = stackedAndNot({ gate, feeds: mixed, batch, parameters, executor, g })
      const all = differences(both)
      if (all.length > 0) found.push({ kinds, batch, executor, first: all[0] })
    }
  }
  return found
}

describe.each(Object.keys(cases) as (keyof typeof cases)[])('%s of tensors', (name) => {
  const gate = catalogue[name]
  test('takes a batch as it takes its samples', () => {
    for (const { inputs, parameters = {} } of cases[name].sound) {
      const feeds = inputs.map(({ shape, data }, port) => ({
        shape,
        data: Array.from({ length: 5 }, (_, sample) => varied(gate, port, data, sample)),
      }))
      expect(wrong(gate, feeds, parameters)).toEqual([])
    }
  })
})

describe.each(Object.keys(formulaGates) as (keyof typeof formulaGates)[])('%s', (name) => {
  const gate = catalogue[name]
  const { smooth, kinks = [] } = points[name]
  const all: readonly Point[] = [...smooth, ...kinks]

  test('takes a batch of numbers as it takes them', () => {
    for (const [at, { at: values, parameters = {} }] of all.entries()) {
      // The other samples are other points with as many inputs.
      const others = all.filter((other) => other.at.length === values.length)
      const feeds = values.map((_, port) => ({
        shape: [],
        data: Array.from({ length: 5 }, (__, sample) => {
          return [sample === 0 ? values[port]! : others[(at + sample) % others.length]!.at[port]!]
        }),
      }))
      expect(wrong(gate, feeds, parameters)).toEqual([])
    }
  })

  test('takes a batch of tensors that broadcast as it takes them', () => {
    for (const { at: values, parameters = {} } of [smooth[0]!, smooth.at(-1)!]) {
      const others = all.filter((other) => other.at.length === values.length)
      for (const shapes of broadcasts) {
        const feeds = values.map((_, port) => {
          const shape = shapes[port % shapes.length]!
          return {
            shape,
            data: Array.from({ length: 5 }, (__, sample) => {
              return Array.from({ length: sizeOf(shape) }, (___, element) => {
                return others[(element + sample) % others.length]!.at[port]!
              })
            }),
          }
        })
        // Nothing is the greatest of nothing.
        if (isMismatch(gate.shape(shapes.slice(0, values.length), parameters))) continue
        for (const reduction of reductionsOf(gate)) {
          expect(wrong(gate, feeds, { ...parameters, ...reduction })).toEqual([])
        }
      }
    }
  })

  test('takes a batch beside a literal', () => {
    const { at: values, parameters = {} } = smooth[0]!
    if (values.length < 2) return
    const feeds = values.map((value, port): Feed => ({
      kind: port === 0 ? 'input' : 'literal',
      shape: port === 0 ? [2] : [],
      data: Array.from({ length: 5 }, (_, sample) => {
        return port === 0 ? [value + sample / 16, value] : [value]
      }),
    }))
    for (const executor of executors) {
      const both = stackedAndNot({ gate, feeds, batch: 5, parameters, executor, g })
      expect(differences(both)).toEqual([])
    }
  })
})

const broadcasts: readonly (readonly Shape[])[] = [
  [[3], [3]],
  [[2, 3], [3]],
  [[], [2]],
  [[3], []],
  [
    [2, 1],
    [1, 3],
  ],
  [[3], [2, 1, 3]],
  [[1], [1, 1]],
  [[0], [1]],
]

function reductionsOf({ parameters }: Gate): readonly Record<string, ParameterValue>[] {
  const has = parameters.some(({ name }) => name === 'reduction')
  return has ? ['none', 'sum', 'mean'].map((reduction) => ({ reduction })) : [{}]
}

describe('at once', () => {
  const takes = (
    gate: Gate,
    shapes: readonly Shape[],
    kinds: readonly Feed['kind'][],
    parameters = {},
  ) => {
    // prettier-ignore
    const feeds = shapes.map((shape, port): Feed => {
      const data = Array.from({ length: 2 }, () => Array.from({ length: sizeOf(shape) }, () => 0))
      return { kind: kinds[port]!, shape, data }
    })
    return stackedAndNot({ gate, feeds, batch: 2, parameters, executor: 'interpret', g }).atOnce
  }

  test('every gate of the catalogue takes what is stacked throughout, but for those that draw', () => {
    for (const name of Object.keys(tensorGates) as (keyof typeof tensorGates)[]) {
      // Those that keep state take no batch at all.
      if (catalogue[name].stateful) continue
      const one = cases[name].sound[0]!
      const shapes = one.inputs.map(({ shape }) => shape)
      // An embedding has one table, and a loss one set of weights of classes.
      const alone = name === 'embedding' ? 0 : name === 'cross_entropy' ? 2 : -1
      const kinds = shapes.map((_, port) => (port === alone ? 'weight' : 'input'))
      expect([name, takes(catalogue[name], shapes, kinds, one.parameters)]).toEqual([
        name,
        name !== 'dropout',
      ])
    }
  })

  test('rows of a batch times a matrix of weights are one product', () => {
    expect(takes(catalogue.matmul, [[3], [3, 4]], ['input', 'weight'])).toBe(true)
    expect(takes(catalogue.matmul, [[2, 3], [3, 4]], ['input', 'weight'])).toBe(true) // prettier-ignore
  })
})

describe('a gate of an application', () => {
  const twist: Gate = {
    ...dense({
      doc: '',
      inputs: ['a', 'b'],
      value: 'a[n - 1 - i] * b[0]',
      gradients: { a: '', b: '' },
      shape: ([a = []]) => a,
      scratch: () => 1,
      prepare: ({ inputs, shape, output, scratch, gradient, answers }) => {
        const size = sizeOf(shape)
        const [x, w] = inputs as [(typeof inputs)[0], (typeof inputs)[0]] // it has two ports
        return {
          forward([a, b], values) {
            values[scratch] = b![w.offset]!
            for (let i = 0; i < size; i++) {
              values[output + i] = a![x.offset + size - 1 - i]! * b![w.offset]!
            }
          },
          backward([a], values, gradients) {
            let sum = 0
            for (let i = 0; i < size; i++) {
              const g = gradients[gradient + i]!
              sum += g * a![x.offset + size - 1 - i]!
              if (answers[0]! >= 0) gradients[answers[0]! + size - 1 - i] = g * values[scratch]!
            }
            if (answers[1]! >= 0) gradients[answers[1]!] = sum
          },
        }
      },
    }),
    name: 'twist',
  }

  test('that knows nothing of batches is applied to one sample after the other', () => {
    const feeds = [
      { shape: [3], data: Array.from({ length: 5 }, (_, at) => [at, at + 1, at * 0.7]) },
      { shape: [1], data: Array.from({ length: 5 }, (_, at) => [at / 3 + 1]) },
    ]
    expect(wrong(twist, feeds, {})).toEqual([])
  })
})
