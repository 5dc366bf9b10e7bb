/** What a gate computes, for people. */
import type { Gate } from './gate.js'

/** A formula and what it is the formula of. */
export interface Description {
  /** `value`, or `gradient` of a port. */
  readonly of: string
  /** On one line; `none` for a port without gradient. */
  readonly formula: string
}

/** The formulas of a gate: its value, then the gradient of each port. */
export function describeGate(gate: Gate): readonly Description[] {
  const { value, gradients, finish } = gate.rule.text
  const lines = [{ of: 'value', formula: value }]
  if (finish !== undefined) lines.push({ of: 'value, at the end', formula: finish.value })
  if (finish !== undefined) lines.push({ of: 'gradient, at first', formula: finish.gradient })
  for (const { name } of gate.ports) {
    lines.push({ of: `gradient of ${name}`, formula: gradients.get(name) ?? 'none' })
  }
  if (gate.rule.type === 'fold' && gate.rule.reduce !== undefined) {
    const { text } = gate.rule.reduce
    lines.push({ of: 'value, of one tensor', formula: text.value })
    for (const formula of text.gradients.values()) {
      lines.push({ of: 'gradient, of one tensor', formula })
    }
  }
  return lines.map(({ of, formula }) => ({ of, formula: formula.replace(/\s+/g, ' ') }))
}
