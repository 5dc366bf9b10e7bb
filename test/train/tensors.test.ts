import { lastValueFrom, of, toArray } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { parseGraph } from '../../src/graph.js'
import type { Tensor, Value } from '../../src/network/message.js'
import { initializers } from '../../src/optimizers/initializers.js'
import { seeded } from '../../src/optimizers/random.js'
import { executors } from '../kernel/allowed.js'

const text = `
inputs: { x: { shape: [2], default: [1, 2] } }
targets: { t: 0.5 }
weights: { W: [[1, 2, 3], [4, 5, 6]], b: { shape: [3], init: zeros } }
gates: { h: x @ W + b, y: sum(h) }
loss: (y - t)^2
outputs: [h, y]
train: { learning_rate: 0.001 }
`

const tensor = (shape: number[], ...data: number[]) => ({ shape, data: Float64Array.from(data) })

describe('a graph of tensors', () => {
  test('tells every value and gradient with its shape', () => {
    const { values, gradients, loss } = parseGraph(text).step()
    expect(values['W']).toEqual(tensor([2, 3], 1, 2, 3, 4, 5, 6))
    expect(values['h']).toEqual(tensor([3], 9, 12, 15))
    expect(values['y']).toBe(36)
    expect(loss).toBe(35.5 ** 2)
    // d loss / d y = 71
    expect(gradients['h']).toEqual(tensor([3], 71, 71, 71))
    expect(gradients['b']).toEqual(tensor([3], 71, 71, 71))
    expect(gradients['W']).toEqual(tensor([2, 3], 71, 71, 71, 142, 142, 142))
    expect(gradients['x']).toEqual(tensor([2], 71 * 6, 71 * 15))
  })

  test('takes lists, typed arrays and tensors in its samples', async () => {
    const graph = parseGraph(text)
    const samples = [{ x: [1, 2] }, { x: Float64Array.of(1, 2) }, { x: tensor([2], 1, 2) }]
    const predictions = await lastValueFrom(of(...samples).pipe(graph.predict(), toArray()))
    for (const prediction of predictions) {
      expect(prediction).toMatchObject({ outputs: { h: tensor([3], 9, 12, 15), y: 36 } })
    }
  })

  test('gives its weights as nested lists and takes them back', async () => {
    const graph = parseGraph(text)
    await lastValueFrom(graph.train())
    const weights = graph.weights()
    expect(weights['W']).toEqual([
      [1 - 0.071, 2 - 0.071, 3 - 0.071],
      [4 - 0.142, 5 - 0.142, 6 - 0.142],
    ])
    const other = parseGraph(text)
    other.restore(weights)
    expect(other.weights()).toEqual(weights)
    other.restore({ b: Float64Array.of(1, 2, 3) }, { partial: true })
    expect(other.weights()['b']).toEqual([1, 2, 3])
  })

  test.each([
    [{ W: [[1, 2, 3]] }, 'the weight "W" must have the shape [2, 3], got a list of 1'],
    [{ W: [[1, 2, 3], [4, 5]] }, 'the weight "W" must have the shape [2, 3], got a list of 2'], // prettier-ignore
    [{ W: 1 }, 'the weight "W" must have the shape [2, 3], got 1'],
    [{ b: [1, 2, null] }, 'the weight "b" must hold finite numbers, got null'],
    [{ b: Float64Array.of(1, 2) }, 'the weight "b" must have the shape [3], got 2 numbers'],
  ])('refuses %j as weights and keeps its own', (weights, message) => {
    const graph = parseGraph(text)
    const before = graph.weights()
    expect(() => graph.restore(weights, { partial: true })).toThrow(message)
    expect(graph.weights()).toEqual(before)
  })

  test('lets taps keep what they get, and change it, without changing a bit', async () => {
    const plain = parseGraph(text)
    await lastValueFrom(plain.train({ epochs: 3 }))
    const graph = parseGraph(text)
    const seen: Tensor[] = []
    const spoil = (value: Value | 'none') => {
      if (typeof value !== 'object') throw new Error(`expected a tensor, got ${value}`)
      seen.push({ shape: value.shape, data: value.data.slice() })
      value.data.fill(1e6)
    }
    graph.values('h').subscribe(({ value }) => spoil(value))
    graph.values('W').subscribe(({ value }) => spoil(value))
    graph.gradients('W').subscribe(({ gradient }) => spoil(gradient))
    graph.updates('W').subscribe(({ value }) => spoil(value))
    await lastValueFrom(graph.train({ epochs: 3 }))
    expect(graph.weights()).toEqual(plain.weights())
    expect(seen).toHaveLength(12)
    expect(seen.map(({ shape }) => shape).slice(0, 4)).toEqual([[2, 3], [3], [2, 3], [2, 3]])
    expect(seen[2]).toEqual(tensor([2, 3], 71, 71, 71, 142, 142, 142))
  })

  test('gives the same bits with either executor', async () => {
    const weights = await Promise.all(
      executors.map(async (executor) => {
        const graph = parseGraph(text, { executor })
        await lastValueFrom(graph.train({ epochs: 20 }))
        return graph.weights()
      }),
    )
    for (const other of weights) expect(other).toEqual(weights[0])
  })

  test('names the node, the step and the tensors of a fault', async () => {
    const graph = parseGraph(text.replace('sum(h)', 'sum(log(h - 12))'))
    await expect(lastValueFrom(graph.train())).rejects.toThrow(
      'step 0: the value of "y.x" is NaN, in "log(h - 12)" at graph.yaml:5:31 with y.x.x = [-3, 0, 3]',
    )
  })

  test('has gradients of one number only', () => {
    const graph = parseGraph(text)
    expect(() => graph.step({}, { of: 'h' })).toThrow('step: "h" has the shape [3]')
    expect(graph.step({}, { of: 'y' }).gradients['h']).toEqual(tensor([3], 1, 1, 1))
  })

  test('learns from defaults, rows of lists and columns alike', async () => {
    const trained = async (inputs: string, rows?: Record<string, unknown>[]) => {
      const graph = parseGraph(text.replace(/inputs:.*/, `inputs: ${inputs}`))
      await lastValueFrom(graph.train(rows === undefined ? {} : { data: rows }))
      return graph.weights()
    }
    const expected = await trained('{ x: [1, 2] }')
    expect(await trained('{ x: { shape: [2] } }', [{ x: Float64Array.of(1, 2), t: 0.5 }])).toEqual(
      expected,
    )
    expect(await trained('{ x: { from: p3..p4 } }', [{ p3: 1, p4: 2, t: 0.5 }])).toEqual(expected)
    expect(await trained('{ x: { from: [b, a] } }', [{ a: 2, b: 1, t: 0.5 }])).toEqual(expected)
  })
})

describe('a weight that is drawn', () => {
  const drawn = (weight: string, seed = '') =>
    parseGraph(`
weights: { W: ${weight} }
gates: { y: W * 2 }
outputs: [y]
${seed === '' ? '' : `targets: { t: 1 }\nloss: (mean(y) - t)^2\ntrain: { seed: ${seed} }`}
`)

  test('is the same for the same seed, and is not in the plan', () => {
    const graph = drawn('{ shape: [2, 3], init: xavier_uniform, seed: 7 }')
    const expected = new Float64Array(6)
    initializers.get('xavier_uniform')!.draw(expected, [2, 3], { gain: 1 }, seeded(7, 'W'))
    expect((graph.weights()['W'] as number[][]).flat()).toEqual([...expected])
    expect(graph.plan.nodes[0]).toMatchObject({
      type: 'weight',
      shape: [2, 3],
      init: { name: 'xavier_uniform', parameters: { gain: 1 }, seed: 7 },
    })
    expect(graph.plan.nodes[0]).not.toHaveProperty('value')
  })

  test('takes its seed from train without one of its own', () => {
    const weight = '{ shape: [2], init: { normal: { std: 0.5 } } }'
    const seeded3 = '{ shape: [2], init: { normal: { std: 0.5 } }, seed: 3 }'
    expect(drawn(weight, '3').weights()).toEqual(drawn(seeded3).weights())
    expect(drawn(weight, '3').weights()).not.toEqual(drawn(weight, '4').weights())
  })

  test('may be one number for all elements', () => {
    expect(drawn('{ shape: [2, 2], value: 3 }').weights()).toEqual({ W: [[3, 3], [3, 3]] }) // prettier-ignore
  })
})
