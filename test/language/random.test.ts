import { fc } from '../random.js'
import { expect, it } from 'vitest'
import { gates } from '../../src/gates/index.js'
import { printFormula } from '../../src/language/formula.js'
import { findNode, nameOf } from '../../src/language/name.js'
import type { Plan } from '../../src/language/plan.js'
import { printPlan } from '../../src/language/print.js'
import { check, type Short, type ShortGate } from './specs.js'

// Few names, so that they collide, and some that are traps.
const name = fc.constantFrom('a', 'b', 'c', 'd', 'x', 'w', 't', 'loss', '__proto__', 'constructor')
const dotted = fc.tuple(name, fc.constantFrom('', '.x', '.a', '.b.a')).map(([a, b]) => a + b)
const gate = fc.constantFrom(...gates.keys(), 'tahn', 'toString', '__proto__')

const formula = fc.letrec<{ formula: string }>((tie) => ({
  formula: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    dotted,
    fc.constantFrom('1', '-2', '0.5'),
    fc.tuple(tie('formula'), fc.constantFrom('+', '-', '*', '/', '^', '@'), tie('formula')).map(
      ([a, sign, b]) => `(${a}) ${sign} (${b})`, // prettier-ignore
    ),
    fc.tuple(gate, fc.array(tie('formula'), { maxLength: 3 })).map(
      ([called, ports]) => `${called}(${ports.join(', ')})`, // prettier-ignore
    ),
    fc
      .tuple(gate, fc.constantFrom('x', 'a', 'c', 'delta', 'min', 'approximate'), tie('formula'))
      .map(([called, key, value]) => `${called}(x, ${key}=${value})`),
  ),
})).formula

const long: fc.Arbitrary<ShortGate> = fc
  .tuple(gate, fc.dictionary(fc.constantFrom('x', 'a', 'b', 'min', 'delta'), formula))
  .map(([called, ports]) => ({ gate: called, ports }))

const short: fc.Arbitrary<Short> = fc.record({
  inputs: fc.array(name, { maxLength: 2 }),
  targets: fc.array(name, { maxLength: 1 }),
  weights: fc.array(name, { maxLength: 2 }),
  constants: fc.array(name, { maxLength: 1 }),
  gates: fc.array(fc.tuple(name, fc.oneof(formula, long)), { maxLength: 5 }),
  loss: fc.option(formula, { nil: undefined }),
  outputs: fc.option(fc.array(dotted, { maxLength: 2 }), { nil: undefined }),
  metrics: fc.array(fc.tuple(dotted), { maxLength: 2 }),
}) as fc.Arbitrary<Short>

it('makes of any spec a plan or errors, and never throws', () => {
  fc.assert(
    fc.property(short, (given) => {
      const { plan, problems } = check(given)
      const errors = problems.filter((problem) => problem.includes(' error '))
      expect(plan === undefined).toBe(errors.length > 0)
      if (plan !== undefined) expectSound(plan)
    }),
    { numRuns: 2000 },
  )
})

// Gates over names that exist, so that most of these become plans.
const sound = fc
  .array(fc.tuple(fc.nat(5), fc.nat(100), fc.nat(100), fc.nat(100)), { minLength: 1, maxLength: 8 })
  .map((rows): Short => {
    const gates = rows.map(([kind, ...uses], index) => {
      const names = ['x', 'w', 'c', ...rows.slice(0, index).map((_, before) => `g${before}`)]
      const [a, b, c] = uses.map((use) => names[use % names.length]!)
      const formulas = [
        `${a} * ${b} - ${c}`,
        `tanh((${a} + ${b})^2)`,
        `huber(${a} / ${b}, -${c}, delta=3)`,
        `where(${a} < ${b}, ${c}, max(${a}, 2))`,
        `-(${a} - (${b} - ${c}))`,
        `${a}`,
      ]
      return [`g${index}`, formulas[kind]!] as const
    })
    // In any order of the file.
    const shuffled = gates.toSorted((a, b) => a[1].localeCompare(b[1]))
    return { inputs: ['x'], weights: ['w'], constants: ['c'], gates: shuffled, loss: 'g0 - 1' }
  })

it('makes plans whose formulas, printed, make the same plan', () => {
  fc.assert(
    fc.property(sound, (given) => {
      const { plan, problems } = check(given)
      expect(problems.filter((problem) => problem.includes(' error '))).toEqual([])
      expectSound(plan!)
      const gates = given.gates!.map(([key]) => {
        return [key, printFormula(plan!, findNode(plan!, key)!)] as const
      })
      expect(printPlan(check({ ...given, gates }).plan!)).toBe(printPlan(plan!))
    }),
    { numRuns: 500 },
  )
})

function expectSound(plan: Plan): void {
  expect(JSON.parse(JSON.stringify(plan)).nodes.length).toBe(plan.nodes.length)
  const groups = plan.nodes.map(({ type }) => ['input', 'target', 'weight', 'constant', 'gate'].indexOf(type)) // prettier-ignore
  expect(groups).toEqual(groups.toSorted((a, b) => a - b))
  for (const [index, node] of plan.nodes.entries()) {
    expect(findNode(plan, nameOf(plan, index))).toBe(index)
    if (node.type !== 'gate') continue
    const delays = gates.get(node.gate)?.delays !== undefined
    for (const [at, port] of node.ports.entries()) {
      if ('node' in port && !(delays && at === 0)) expect(port.node).toBeLessThan(index)
    }
    if (node.feeds !== undefined) expect(node.feeds.node).toBeGreaterThan(index)
  }
}
