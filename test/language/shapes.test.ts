import { describe, expect, test } from 'vitest'
import { gates } from '../../src/gates/index.js'
import { columnsOf } from '../../src/language/from.js'
import { nameOf } from '../../src/language/name.js'
import { parsePlan } from '../../src/language/parseplan.js'
import { optimizers, schedules } from '../../src/optimizers/index.js'

function plan(text: string) {
  return parsePlan(text, { file: 'graph.yaml', gates, optimizers, schedules })
}

function shapes(text: string): Record<string, readonly number[]> {
  const { plan: made, diagnostics } = plan(text)
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  return Object.fromEntries(made!.nodes.map(({ shape }, index) => [nameOf(made!, index), shape]))
}

function problems(text: string): string[] {
  return plan(text).diagnostics.map(({ line, column, code, message, hint }) => {
    return `${line}:${column} ${code}: ${message}${hint === undefined ? '' : ` (${hint})`}`
  })
}

const header = `inputs: { x: { shape: [64] } }
weights: { W: { shape: [64, 32], init: zeros }, V: { shape: [32, 10], init: zeros } }
`

describe('shapes', () => {
  test('are found through a formula', () => {
    const found = shapes(`${header}gates: { h: relu(x @ W), y: sum(h @ V), z: h / 2 - y }`)
    expect(found).toEqual({
      ...{ x: [64], W: [64, 32], V: [32, 10], h: [32], 'h.x': [32] },
      ...{ y: [], 'y.x': [10], z: [32], 'z.a': [32] },
    })
  })

  test('are those of the lists that values are', () => {
    const text = `inputs: { a: [1, 2], b: 3, c: { shape: [2, 2], default: 1 }, d: [[]] }
constants: { k: [[[1], [2]]] }
gates: { y: sum(a) + b + sum(c) + sum(k) + sum(d) }`
    expect(shapes(text)).toMatchObject({ a: [2], b: [], c: [2, 2], d: [1, 0], k: [1, 2, 1] })
    expect(plan(text).plan!.nodes[2]).toMatchObject({ default: [[1, 1], [1, 1]] }) // prettier-ignore
  })

  test('that differ are told at the operator, with the names of both nodes', () => {
    expect(problems(`${header}gates: { y: x @ V }`)).toContain(
      '3:15 shape-mismatch: x: [64], V: [32, 10]: the inner sizes 64 and 32 differ',
    )
    expect(problems(`${header}gates: { y: 1 + x @ W @ W }`)).toContain(
      '3:23 shape-mismatch: y.b.a: [32], W: [64, 32]: the inner sizes 32 and 64 differ',
    )
  })

  test('that nobody knows lead to no second complaint', () => {
    const text = `${header}gates: { y: x @ V, z: y + x, u: tahn(x), v: u @ W }`
    expect(problems(text).map((problem) => problem.split(':')[1])).toEqual([
      '15 shape-mismatch',
      '33 unknown-gate',
    ])
    const ragged = 'weights: { w: [[1], [2, 3]], v: [1, 2] }\ngates: { y: w + v }'
    expect(problems(ragged).map((problem) => problem.split(':')[1])).toEqual(['21 ragged-list'])
  })

  test.each([
    ['inputs: { x: { shape: [1000000, 1000000] } }', '1:23 too-many-elements'],
    ['weights: { w: { shape: [1e9, 1e9, 1e9], init: zeros } }', '1:24 too-many-elements'],
    ['constants: { c: { shape: [9007199254740991], value: 1 } }', '1:26 too-many-elements'],
    [`inputs: { x: { from: 0..999999999999 } }`, '1:22 bad-range'],
    [
      `inputs: { x: { shape: [1000000, 1] }, y: { shape: [1000000] } }\ngates: { z: x * y }`,
      '2:15 too-many-elements',
    ],
  ])('%s is refused before it is made', (text, expected) => {
    expect(problems(text).map((problem) => problem.split(': ')[0])).toContain(expected)
  })

  test('have at most 16 axes, in lists too', () => {
    const list = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
    expect(problems(`constants: { c: ${list(16)} }\ngates: { y: sum(c) }`)).toEqual([])
    expect(problems(`constants: { c: ${list(17)} }\ngates: { y: sum(c) }`)).toEqual([
      '1:17 out-of-range: "c" must be lists at most 16 deep, got 17',
    ])
  })

  test('of classes are those of a number, with a class as the default', () => {
    const text = (value: string) =>
      `inputs: { x: { classes: [cat, dog], default: ${value} } }\ngates: { y: x * 2 }`
    expect(plan(text('dog')).plan!.nodes[0]).toMatchObject({ default: 1, shape: [] })
    expect(plan(text('0')).plan!.nodes[0]).toMatchObject({ default: 0 })
    expect(problems(text('cow'))).toEqual([
      '1:46 wrong-kind: "default" must be a number, got "cow"',
    ])
  })

  test('may be empty, with a default of no numbers', () => {
    const { plan: made } = plan(
      'inputs: { x: { shape: [2, 0], default: 1 } }\ngates: { y: sum(x) }',
    )
    expect(made!.nodes[0]).toMatchObject({ default: [[], []] })
  })

  test('of the loss is that of a number', () => {
    expect(problems(`${header}loss: x @ W`)).toContain(
      '3:7 loss-shape: "loss" must be one number, and this has the shape [32] (take the mean: mean(…))',
    )
  })
})

describe('parameters of gates', () => {
  const read = (call: string) => {
    const { plan: made } = plan(`inputs: { x: { shape: [2, 3, 4] } }\ngates: { y: "${call}" }`)
    const node = made?.nodes.at(-1)
    return node?.type === 'gate' ? { ...node.parameters, shape: node.shape } : undefined
  }

  test('may be whole numbers, lists of them, or left out', () => {
    expect(read('sum(x)')).toMatchObject({ axis: 'all', shape: [] })
    expect(read('sum(x, axis=-1)')).toMatchObject({ axis: -1, shape: [2, 3] })
    expect(read('sum(x, axis=[0, 2])')).toMatchObject({ axis: [0, 2], shape: [3] })
    expect(read('sum(x, axis=1, keepdims=true)')).toMatchObject({ shape: [2, 1, 4] })
  })

  test.each([
    ['sum(x, axis=0.5)', 'got 0.5'],
    ['sum(x, axis=[0.5])', 'got a list'],
    ['sum(x, axis=[[1]])', 'got a list'],
    ['sum(x, axis=[x])', 'got a list'],
    ['sum(x, axis=x + 1)', 'got a formula'],
    ['sum(x, axis=al)', 'got "al" (did you mean "all"?)'],
  ])('and not %s', (call, got) => {
    const text = `inputs: { x: { shape: [2, 3, 4] } }\ngates: { y: "${call}" }`
    expect(problems(text)).toEqual([
      `2:${text.split('\n')[1]!.indexOf('axis=') + 6} bad-parameter: parameter "axis" of "sum" must be a whole number, a list of them or all, ${got}`,
    ])
  })
})

describe('columns', () => {
  test.each([
    ['x', 'x'],
    ['request.size', 'request.size'],
    ['0..3', ['0', '1', '2', '3']],
    ['5..5', ['5']],
    ['p9..p11', ['p9', 'p10', 'p11']],
    ['p01..p03', ['p01', 'p02', 'p03']],
    ['a1b0 .. a1b1', ['a1b0', 'a1b1']],
  ])('%s are those', (text, expected) => {
    expect(columnsOf(text, undefined)).toEqual(expected)
  })

  test('between names are those of the header', () => {
    expect(columnsOf('b..d', ['a', 'b', 'c', 'd'])).toEqual(['b', 'c', 'd'])
    expect(columnsOf('d..b', ['a', 'b', 'c', 'd'])).toBeUndefined()
    expect(columnsOf('b..d', undefined)).toBeUndefined()
  })

  test.each(['3..1', 'a1..b3', 'p08..p12', '..', '1..', '..2', '0..1000000'])(
    '%s are none',
    (text) => {
      expect(columnsOf(text, undefined)).toBeUndefined()
    },
  )
})
