/** Gates of tensors, lifted by themselves. */
import { Subject } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { gates } from '../../src/gates/index.js'
import { lift, type GradientInput, type ValueInput } from '../../src/network/lift.js'
import type { Tensor } from '../../src/network/message.js'

const tensor = (shape: number[], ...data: number[]): Tensor => ({
  shape,
  data: Float64Array.from(data),
})

function lifted(gate: string, shapes: number[][], parameters = {}) {
  const inputs = shapes.map(() => new Subject<ValueInput>())
  const answer = new Subject<GradientInput>()
  const node = lift(gates.get(gate)!, parameters, { shapes })(inputs, answer)
  const seen: unknown[] = []
  node.values.subscribe(({ value }) => seen.push(value))
  node.gradients.forEach((stream, port) => {
    stream.subscribe(({ gradient }) => seen.push([port, gradient]))
  })
  node.faults.subscribe(({ message }) => seen.push(message))
  return { inputs, answer, seen }
}

describe('a lifted gate of tensors', () => {
  test('takes and gives tensors, down and up', () => {
    const { inputs, answer, seen } = lifted('matmul', [[2], [2, 3]])
    inputs[0]!.next({ step: 1, value: tensor([2], 1, 2) })
    inputs[1]!.next({ step: 1, value: tensor([2, 3], 1, 2, 3, 4, 5, 6) })
    answer.next({ step: 1, gradient: tensor([3], 1, 0, 2) })
    expect(seen).toEqual([
      tensor([3], 9, 12, 15),
      [1, tensor([2, 3], 1, 0, 2, 2, 0, 4)],
      [0, tensor([2], 7, 16)],
    ])
  })

  test('joins numbers and tensors', () => {
    const { inputs, answer, seen } = lifted('multiply', [[], [2]])
    inputs[1]!.next({ step: 1, value: tensor([2], 3, 4) })
    inputs[0]!.next({ step: 1, value: 10 })
    answer.next({ step: 1, gradient: tensor([2], 1, 1) })
    expect(seen).toEqual([tensor([2], 30, 40), [1, tensor([2], 10, 10)], [0, 7]])
  })

  test('tells of a value that has another shape, and goes on', () => {
    const { inputs, answer, seen } = lifted('sum', [[2]])
    inputs[0]!.next({ step: 1, value: tensor([3], 1, 2, 3) })
    inputs[0]!.next({ step: 2, value: 5 })
    inputs[0]!.next({ step: 3, value: tensor([2], 1, 2) })
    answer.next({ step: 3, gradient: tensor([1], 1) })
    answer.next({ step: 3, gradient: 1 })
    expect(seen).toEqual([
      'input 0 has the shape [3] and not [2]',
      'input 0 has the shape [] and not [2]',
      3,
      'the gradient has the shape [1] and not []',
      [0, tensor([2], 1, 1)],
    ])
  })

  test('is refused where its shapes do not fit', () => {
    expect(() => lifted('matmul', [[2], [3, 4]])).toThrow(
      'lift: "matmul": the inner sizes 2 and 3 differ',
    )
  })
})
