import { describe, expect, it } from 'vitest'
import { letters } from '../../src/language/expand.js'
import { printFormula } from '../../src/language/formula.js'
import { findNode, nameOf, positionOf } from '../../src/language/name.js'
import type { Plan } from '../../src/language/plan.js'
import { check, type Short } from './specs.js'

const sources = { inputs: ['x', 'y', 'z'], targets: ['t'] }

function planOf(short: Short): Plan {
  const { plan, problems } = check({ ...sources, ...short })
  if (plan === undefined) throw new Error(problems.join('\n'))
  return plan
}

function printed(formula: string): string {
  const plan = planOf({ gates: [['f', formula]] })
  return printFormula(plan, findNode(plan, 'f')!)
}

describe('names', () => {
  const plan = planOf({ gates: [['o', 'tanh(x * y - y * z + z)']], loss: '(t - o)^2' })

  it('call the gates inside a formula by the ports they feed', () => {
    const names = plan.nodes.map((_, index) => nameOf(plan, index))
    expect(names).toEqual(
      ['x', 'y', 'z', 't', 'o.x.a.a', 'o.x.a.b', 'o.x.a', 'o.x', 'o', 'loss.a', 'loss'], // prettier-ignore
    )
  })

  it('find the node they are built from', () => {
    for (const index of plan.nodes.keys()) expect(findNode(plan, nameOf(plan, index))).toBe(index)
  })

  it.each(['q', 'o.y', 'o.x.a.a.a', 'x.x', 'o.', '.o', '', 'o.x.b', '__proto__'])(
    'find nothing called "%s"',
    (name) => expect(findNode(plan, name)).toBeUndefined(),
  )

  it('do not take a declared gate for a part of the gate that it feeds', () => {
    const two = planOf({ gates: [['a', 'tanh(x)'], ['b', 'tanh(a)']] }) // prettier-ignore
    expect(findNode(two, 'b.x')).toBeUndefined()
  })

  it('reach a gate 100,000 formulas deep in a plan', () => {
    const inner = { type: 'gate', shape: [], gate: 'tanh', parameters: {} } as const
    const depth = 100_000
    const chain: Plan = {
      ...plan,
      nodes: [
        ...Array.from({ length: depth }, (_, index) => ({
          ...inner,
          feeds: { node: index + 1, port: 'x' },
          ports: [index === 0 ? { value: 1 } : { node: index - 1 }],
        })),
        { ...inner, name: 'top', ports: [{ node: depth - 1 }] },
      ],
    }
    const name = `top${'.x'.repeat(depth)}`
    expect(nameOf(chain, 0)).toBe(name)
    expect(findNode(chain, name)).toBe(0)
  })

  it('of ports run a to z, then aa', () => {
    expect([0, 25, 26, 51, 52, 701, 702].map(letters)).toEqual(['a', 'z', 'aa', 'az', 'ba', 'zz', 'aaa']) // prettier-ignore
  })
})

describe('positions', () => {
  it('point to declarations, and into formulas', () => {
    const plan = planOf({ gates: [['o', 'tanh(x * y)']] })
    const place = (name: string) => positionOf(plan, findNode(plan, name)!)
    expect(place('x')).toEqual({ file: 'graph.yaml', line: 1, column: 1 })
    expect(place('o')).toEqual({ file: 'graph.yaml', line: 5, column: 4 })
    expect(place('o.x')).toEqual({ file: 'graph.yaml', line: 5, column: 9 })
  })

  it('are unknown for a plan without a source', () => {
    const { source: _, ...plan } = planOf({ gates: [['o', 'tanh(x)']] })
    expect(positionOf(plan, 0)).toBeUndefined()
  })
})

describe('printFormula', () => {
  it.each([
    'tanh(x * y - y * z + z)',
    'x - (y - z)',
    'x - y - z',
    'x * (y + z)',
    'x / (y * z)',
    'x * y / z',
    '(x + y)^2',
    'x^y^z',
    '(x^y)^z',
    '-x^2',
    '(-x)^2',
    '2^-x',
    '-(x + y)',
    '-(x * y)',
    '-x * y',
    '--x',
    'x - -2',
    'x * -2',
    '(-2)^x',
    '(x < y) == z',
    'x + 1 < y * 2',
    'where(x > 0, y, -y)',
    'huber(x, t, delta=2)',
    'clamp(x, max=3)',
    'clamp(x, 1, 3)',
    'gelu(x, approximate=tanh)',
    'add(x, y, z)',
    'x',
    'x + 1e-7',
  ])('prints "%s" as it is written', (formula) => expect(printed(formula)).toBe(formula))

  it.each([
    ['((x)) + (y * z)', 'x + y * z'],
    ['add(multiply(x, y), z)', 'x * y + z'],
    ['identity(x)', 'x'],
    ['huber(x, t, delta=1)', 'huber(x, t)'],
    ['clamp(min=0, x=y)', 'clamp(y, 0)'],
    ['add(x)', 'add(x)'],
  ])('prints "%s" as "%s"', (formula, text) => expect(printed(formula)).toBe(text))

  it('names inner gates that other formulas use', () => {
    const plan = planOf({ gates: [['o', 'tanh(x * y)'], ['p', 'o.x + 1']] }) // prettier-ignore
    expect(printFormula(plan, findNode(plan, 'p')!)).toBe('o.x + 1')
  })

  it('shortens a sum of very many', () => {
    const inputs = Array.from({ length: 1000 }, (_, index) => `x${index}`)
    const plan = planOf({ inputs, gates: [['s', { gate: 'add', ports: inputs }]] })
    expect(printFormula(plan, findNode(plan, 's')!)).toMatch(/^add\(x0, .*, x13, …, x999\)$/)
  })

  it('prints the name of what is no gate', () => {
    expect(printFormula(planOf({ gates: [['o', 'tanh(x)']] }), 0)).toBe('x')
  })
})
