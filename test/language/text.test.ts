/** Parameters that take a text, as one writes them in a graph file. */
import { describe, expect, test } from 'vitest'
import { gates } from '../../src/gates/index.js'
import { findNode, parsePlan, printFormula } from '../../src/language/index.js'
import { optimizers, schedules } from '../../src/optimizers/index.js'

const header = 'inputs: { A: { shape: [2, 3] }, B: { shape: [3, 4] } }\n'

function parse(rest: string) {
  return parsePlan(header + rest, { file: 'graph.yaml', gates, optimizers, schedules })
}

function problems(rest: string): string[] {
  const errors = parse(rest).diagnostics.filter(({ severity }) => severity === 'error')
  return errors.map(({ line, column, code, message }) => `${line}:${column} ${code}: ${message}`)
}

describe('a text', () => {
  test.each([
    ['gates:\n  C: einsum(A, B, equation="ij,jk->ik")'],
    ["gates:\n  C: einsum(A, B, equation='ij,jk->ik')"],
    ['gates: { C: \'einsum(A, B, equation="ij,jk->ik")\' }'],
    ['gates:\n  C: { einsum: { a: A, b: B, equation: \'"ij,jk->ik"\' } }'],
  ])('is the value of a parameter in %j', (text) => {
    const { plan } = parse(text)
    expect(problems(text)).toEqual([])
    const node = plan!.nodes[findNode(plan!, 'C')!]!
    expect(node).toMatchObject({ parameters: { equation: 'ij,jk->ik' }, shape: [2, 4] })
    expect(printFormula(plan!, findNode(plan!, 'C')!)).toBe('einsum(A, B, equation="ij,jk->ik")')
  })

  test('stays in a module, and may feed no port of one', () => {
    const product = `modules:
  product:
    inputs: { a: { shape: [n, m] }, b: { shape: [m, k] } }
    gates:
      y: einsum(a, b, equation="ij,jk->ik")
    outputs: [y]
gates:
`
    const { plan } = parse(`${product}  C: product(A, B)`)
    const node = findNode(plan!, 'C.y')!
    expect(printFormula(plan!, node)).toBe('einsum(A, B, equation="ij,jk->ik")')
    expect(problems(`${product}  C: product(A, b="B")`)[0]).toContain('bad-port')
  })

  test.each([
    [
      'einsum(A, B, equation=3)',
      '3:28 bad-parameter: parameter "equation" of "einsum" must be a text in quotes, got 3',
    ],
    [
      'einsum(A, B, equation=ij)',
      '3:28 bad-parameter: parameter "equation" of "einsum" must be a text in quotes, got the word ij',
    ],
    [
      'sum(A, axis="all")',
      '3:18 bad-parameter: parameter "axis" of "sum" must be a whole number, a list of them or all, got a text',
    ],
    [
      'softplus(A, beta="1")',
      '3:23 bad-parameter: parameter "beta" of "softplus" must be a number above 0, got a text',
    ],
    [
      'dropout(A, p=1.5)',
      '3:19 bad-parameter: parameter "p" of "dropout" must be a number from 0 to 1, got 1.5',
    ],
    [
      'dropout(A, p=-0.1)',
      '3:19 bad-parameter: parameter "p" of "dropout" must be a number from 0 to 1, got -0.1',
    ],
    [
      'dropout(A, p=B)',
      '3:19 bad-parameter: parameter "p" of "dropout" must be a number from 0 to 1, got "B"',
    ],
    ['negate(x="A")', '3:15 bad-port: '],
  ])('is asked for, or refused, in %s', (formula, expected) => {
    const [first, ...more] = problems(`gates:\n  C: ${formula}`)
    expect(first).toContain(expected)
    expect(more).toEqual([])
  })
})
