/** Gates of tensors against PyTorch's numbers: oracle.py makes them. */
import { describe, expect, test } from 'vitest'
import type { ParameterValue } from '../../src/gates/gate.js'
import { catalogue, gates } from '../../src/gates/index.js'
import { runTensors, tensor, type Tensor } from '../kernel/tensors.js'
import oracle from './torch.json' with { type: 'json' }
import { usual } from '../kernel/allowed.js'

interface Given {
  readonly shape: readonly number[]
  readonly data: readonly (number | string)[]
}

interface Row {
  readonly gate: string
  readonly inputs: readonly Given[]
  readonly parameters: Readonly<Record<string, ParameterValue>>
  readonly g: readonly number[]
  readonly value: Given
  readonly gradients: readonly ((number | string)[] | null)[]
}

const rows = oracle.rows as unknown as readonly Row[] // every row has other parameters
const label = ({ gate, inputs, parameters }: Row) => {
  return `${gate} of ${inputs.map(({ shape }) => `[${shape.join()}]`).join(', ')} ${JSON.stringify(parameters)}`
}

describe("PyTorch's value and gradients", () => {
  test.each(rows.map((row) => [label(row), row] as const))('%s', (_, row) => {
    const { gate, inputs, parameters, g, value, gradients } = row
    const result = runTensors(gates.get(gate)!, inputs.map(read), { parameters, g })
    expect(result.shape).toEqual(value.shape)
    near(result.value, numbers(value.data))
    gradients.forEach((expected, port) => {
      const answer = result.gradients[port]!
      // PyTorch has no gradient of 0 elements where we have none to give.
      if (expected === null) expect(answer).toBe('none')
      else near(answer as readonly number[], numbers(expected))
    })
  })

  test.each(oracle.nets.map((net) => [net.target.shape, net] as const))(
    'a perceptron with layer norm and cross entropy, batch %j',
    (_, net) => {
      const [x, w1, b1, w2, b2] = net.inputs.map(read) as [Tensor, Tensor, Tensor, Tensor, Tensor]
      const target = read(net.target)
      const { matmul, add, tanh, layer_norm, cross_entropy, sum } = catalogue
      const run = (gate: typeof add, ...inputs: Tensor[]) => {
        const { shape, value } = runTensors(gate, inputs, { executor: usual })
        return { gate, inputs, y: { shape, data: value } }
      }
      const back = ({ gate, inputs }: ReturnType<typeof run>, g: readonly number[]) => {
        const { gradients } = runTensors(gate, inputs, { g, executor: usual })
        return gradients as readonly (readonly number[])[] // looked at where there is one
      }
      const p1 = run(matmul, x, w1)
      const s1 = run(add, p1.y, b1)
      const h = run(tanh, s1.y)
      const n = run(layer_norm, h.y)
      const p2 = run(matmul, n.y, w2)
      const s2 = run(add, p2.y, b2)
      const losses = run(cross_entropy, s2.y, target, { shape: [], data: [1] })
      const loss = run(sum, losses.y)
      expect(loss.y.shape).toEqual([])
      near(loss.y.data, [net.loss])

      const [gLosses] = back(loss, [1])
      const [gS2] = back(losses, gLosses!)
      const [gP2, gB2] = back(s2, gS2!)
      const [gN, gW2] = back(p2, gP2!)
      const [gH] = back(n, gN!)
      const [gS1] = back(h, gH!)
      const [gP1, gB1] = back(s1, gS1!)
      const [gX, gW1] = back(p1, gP1!)
      const all = [gX!, gW1!, gB1!, gW2!, gB2!]
      all.forEach((answer, port) => near(answer, net.gradients[port]!))
    },
  )
})

describe('an index that is none stops the step', () => {
  const table = tensor([3, 2])
  test.each([3, -1, 0.5, NaN])('%d', (index) => {
    const at = { shape: [1], data: [index] }
    const range = `${index}: they are 0 to 2`
    expect(() => runTensors(catalogue.embedding, [table, at])).toThrow(`no row ${range}`)
    expect(() => runTensors(catalogue.gather, [tensor([3]), at])).toThrow(`no index ${range}`)
    const one = { shape: [], data: [1] }
    expect(() => runTensors(catalogue.cross_entropy, [tensor([1, 3]), at, one])).toThrow(
      `no class ${range}`,
    )
    const parameters = { classes: 3 }
    expect(() => runTensors(catalogue.one_hot, [at], { parameters })).toThrow(`no index ${range}`)
  })
})

test('a product is 0 plus its products from the left, whatever its shape', () => {
  const [m, k, n] = [3, 11, 6]
  const [a, b] = [tensor([m, k], 1, -1e3, 1e3), tensor([k, n], 2)]
  const g = tensor([m, n], 3).data
  const { value, gradients } = runTensors(catalogue.matmul, [a, b], { g })
  const sum = (count: number, term: (index: number) => number) => {
    let total = 0
    for (let index = 0; index < count; index++) total += term(index)
    return total
  }
  const at = (index: number, width: number) => [Math.floor(index / width), index % width] as const
  value.forEach((y, index) => {
    const [i, j] = at(index, n)
    expect(y).toBe(sum(k, (p) => a.data[i * k + p]! * b.data[p * n + j]!))
  })
  const [da, db] = gradients as readonly (readonly number[])[] // both ports have one
  da!.forEach((answer, index) => {
    const [i, p] = at(index, k)
    expect(answer).toBe(sum(n, (j) => g[i * n + j]! * b.data[p * n + j]!))
  })
  db!.forEach((answer, index) => {
    const [p, j] = at(index, n)
    expect(answer).toBe(sum(m, (i) => a.data[i * k + p]! * g[i * n + j]!))
  })
  // A row and a column of it are the same numbers.
  const row = runTensors(catalogue.matmul, [{ shape: [k], data: a.data.slice(0, k) }, b])
  expect(row.value).toEqual(value.slice(0, n))
  const column = { shape: [k], data: Array.from({ length: k }, (_, p) => b.data[p * n]!) }
  const products = runTensors(catalogue.matmul, [a, column])
  expect(products.value).toEqual(Array.from({ length: m }, (_, i) => value[i * n]))
})

function read({ shape, data }: Given): Tensor {
  return { shape, data: numbers(data) }
}

function numbers(data: readonly (number | string)[]): number[] {
  return data.map(Number)
}

function near(actual: readonly number[], expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length)
  expected.forEach((number, index) => {
    if (Number.isFinite(number)) {
      const distance = Math.abs(actual[index]! - number)
      expect(distance).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(number)))
    } else expect(actual[index]).toBe(number)
  })
}
