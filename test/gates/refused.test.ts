/** What tensor gates refuse, as one reads it: the diagnostic of a graph file. */
import { describe, expect, test } from 'vitest'
import { quoteText } from '../../src/formula/token.js'
import type { ParameterValue } from '../../src/gates/gate.js'
import { catalogue, gates } from '../../src/gates/index.js'
import { parsePlan } from '../../src/language/index.js'
import { optimizers, schedules } from '../../src/optimizers/index.js'
import { cases } from './cases.js'

const names = Object.keys(cases) as (keyof typeof cases)[] // its type has no other keys

describe.each(names)('%s', (name) => {
  const typeOf = (key: string) => {
    return catalogue[name].parameters.find((parameter) => parameter.name === key)!.type
  }
  const wrong = cases[name].wrong.map(([shapes, mismatch, parameters]) => {
    return { shapes, mismatch, parameters: parameters ?? {} }
  })

  // Dropout takes any shape: its wrong parameters are in language/text.test.ts.
  test('is tried with at least three that do not fit', () => {
    expect(wrong.length).toBeGreaterThanOrEqual(name === 'dropout' ? 0 : 3)
  })

  test.each(wrong)('of $shapes $parameters is told at the gate', (one) => {
    const { shapes, mismatch, parameters } = one
    // A default that stands for what is missing cannot be written.
    const written = Object.entries(parameters).filter(([key, value]) => {
      return (
        value !== catalogue[name].parameters.find((parameter) => parameter.name === key)!.default
      )
    })
    const given = [
      ...shapes.map((_, port) => `x${port}`),
      ...written.map(([key, value]) => {
        const quoted = typeOf(key) === 'text' ? quoteText(String(value)) : textOf(value)
        return `${key}=${quoted}`
      }),
    ]
    const lines = [
      'inputs:',
      ...shapes.map((shape, port) => `  x${port}: { shape: [${shape.join(', ')}] }`),
      'gates:',
      `  y: negate(${name}(${given.join(', ')}))`,
    ]
    const options = { gates, optimizers, schedules, file: 'wrong.yaml' }
    const { plan, diagnostics } = parsePlan(lines.join('\n'), options)
    expect(plan).toBeUndefined()
    const inputs = shapes.map((shape, port) => `x${port}: [${shape.join(', ')}]`).join(', ')
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toMatchObject([
      {
        code: 'shape-mismatch',
        line: lines.length,
        column: 13,
        endColumn: 13 + name.length,
        message: `${inputs}: ${mismatch}`,
      },
    ])
  })
})

function textOf(value: ParameterValue): string {
  return typeof value === 'object' ? `[${value.join(', ')}]` : String(value)
}
