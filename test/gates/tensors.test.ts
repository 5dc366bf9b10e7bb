import { describe, expect, test } from 'vitest'
import { type Gate, isMismatch, type ParameterValue } from '../../src/gates/gate.js'
import { catalogue, tensorGates } from '../../src/gates/index.js'
import { compile } from '../../src/kernel/compile.js'
import { portOf } from '../kernel/place.js'
import { placeTensors, resultOf, runTensors, tensor } from '../kernel/tensors.js'
import { type Case, cases } from './cases.js'
import { slope } from './differences.js'
import { expectSameOfBoth } from '../kernel/allowed.js'

const names = Object.keys(cases) as (keyof typeof cases)[] // its type has no other keys

describe('a gate of tensors', () => {
  test('has cases', () => {
    const others = ['mean', 'max', 'min']
    expect([...Object.keys(tensorGates), ...others].toSorted()).toEqual(names.toSorted())
  })

  describe.each(names)('%s', (name) => {
    const gate = catalogue[name]

    test.each(cases[name].sound.map((one) => [labelOf(one), one] as const))(
      'has the slopes that finite differences find, over %s',
      (_, one) => expect(wrongSlopes(gate, one)).toEqual([]),
    )

    test('gives the same whatever executes it, whatever memory it reads, whoever asks', () => {
      for (const { inputs, parameters = {} } of cases[name].sound) {
        const g = tensor(runTensors(gate, inputs, { parameters }).shape, 5).data
        const plain = runTensors(gate, inputs, { parameters, g })
        expectSameOfBoth((executor) => runTensors(gate, inputs, { parameters, g, executor }))
        const memories = inputs.map(() => 'weights' as const)
        expect(runTensors(gate, inputs, { parameters, g, memories })).toEqual(plain)
        for (const port of inputs.keys()) {
          const needed = inputs.map((__, other) => other === port)
          const gradients = plain.gradients.map((all, at) => (at === port ? all : 'none'))
          const result = runTensors(gate, inputs, { parameters, g, needed })
          expect(result).toEqual({ ...plain, gradients })
        }
      }
    })

    test('owns nothing: one kernel serves many frames', () => {
      for (const { inputs, parameters = {} } of cases[name].sound) {
        // Indices stay as they are: they must be whole.
        const others = inputs.map((input, port) => {
          if (!portOf(gate, port).gradient) return input
          return { ...input, data: input.data.map((x) => x * 0.5 + 0.25) }
        })
        const one = placeTensors(gate, inputs, { parameters })
        const two = placeTensors(gate, others, { parameters })
        const kernel = compile(one.binding, 'interpret')
        const state = {
          weights: one.frame.weights,
          optimizer: [],
          updates: 0,
          gates: new Float64Array(64),
        }
        kernel.forward(one.frame, state)
        kernel.forward(two.frame, state)
        kernel.backward(one.frame, state)
        kernel.backward(two.frame, state)
        for (const [frame, given] of [
          [one.frame, inputs],
          [two.frame, others],
        ] as const) {
          // prettier-ignore
          expect(resultOf(one.binding, frame, given)).toEqual(runTensors(gate, given, { parameters })) // prettier-ignore
        }
      }
    })

    test('answers exactly the ports that it declares to have a gradient', () => {
      for (const { inputs, parameters = {} } of cases[name].sound) {
        const { gradients } = runTensors(gate, inputs, { parameters })
        gradients.forEach((answer, port) => {
          expect(answer !== 'none').toBe(portOf(gate, port).gradient)
        })
      }
    })

    const wrong = cases[name].wrong.map(([shapes, mismatch, parameters]) => {
      return { shapes, mismatch, parameters: parameters ?? {} }
    })
    test.each(wrong)('refuses $shapes: $mismatch', ({ shapes, mismatch, parameters }) => {
      expect(gate.shape(shapes, complete(gate, parameters))).toEqual({ mismatch })
    })
  })
})

describe('the check of slopes', () => {
  const half: Gate = {
    ...catalogue.sum,
    rule: {
      type: 'tensor',
      text: { value: '', gradients: new Map() },
      prepare: (place) => {
        const rule = catalogue.sum.rule
        const loops = rule.type === 'tensor' ? rule.prepare(place) : undefined
        return {
          forward: loops!.forward,
          backward(memories, values, gradients) {
            loops!.backward(memories, values, gradients)
            gradients[place.answers[0]! + 1]! *= 1.00000001
          },
        }
      },
    },
  }
  test('finds the element whose gradient is wrong', () => {
    const wrong = wrongSlopes(half, { inputs: [tensor([2, 3])] })
    expect(wrong).toMatchObject([{ port: 0, element: 1 }])
  })
})

/** The elements whose gradient is not what finite differences of a fixed projection say. */
function wrongSlopes(gate: Gate, { inputs, parameters = {} }: Case) {
  const { shape } = runTensors(gate, inputs, { parameters })
  if (isMismatch(shape)) throw new Error('no case for slopes')
  const g = tensor(shape, 77, 0.5, 1.5).data
  const { gradients } = runTensors(gate, inputs, { parameters, g })
  const wrong: unknown[] = []
  gradients.forEach((all, port) => {
    if (all === 'none') return
    inputs[port]!.data.forEach((x, element) => {
      const f = (moved: number) => {
        const changed = inputs.map((input, at) => {
          return at === port ? { ...input, data: input.data.with(element, moved) } : input
        })
        const { value } = runTensors(gate, changed, { parameters })
        return value.reduce((sum, y, at) => sum + y * g[at]!, 0)
      }
      const rule = all[element]!
      const differences = slope(f, x, x === 0 ? 0.1 : Math.abs(x) / 16)
      // Rounding of the projection limits what differences can tell of small slopes.
      const tolerance = 1e-9 * Math.max(1, Math.abs(rule), Math.abs(differences))
      if (Math.abs(rule - differences) <= tolerance) return
      wrong.push({ port, element, rule, differences })
    })
  })
  return wrong
}

function complete(gate: Gate, given: Readonly<Record<string, ParameterValue>>) {
  const all: Record<string, ParameterValue> = {}
  for (const { name, default: fallback } of gate.parameters) all[name] = fallback
  return { ...all, ...given }
}

function labelOf({ inputs, parameters = {} }: Case): string {
  const shapes = inputs.map(({ shape }) => `[${shape.join(', ')}]`).join(', ')
  return `${shapes} ${JSON.stringify(parameters)}`
}
