/** Specs written in a test: a short form is turned into text and, with places in it, into a spec. */
import { parseFormula } from '../../src/formula/parse.js'
import type { Expression, Range } from '../../src/formula/syntax.js'
import { gates } from '../../src/gates/index.js'
import { checkSpec } from '../../src/language/check.js'
import { position, lineStarts, toDiagnostic } from '../../src/language/problem.js'
import type { GateSpec, Located, LongForm, Spec } from '../../src/language/spec.js'
import { optimizers, schedules } from '../../src/optimizers/index.js'

/** A formula, or a gate with its ports in order or by name. */
export type ShortGate =
  | string
  | { readonly gate: string; readonly ports: readonly string[] | Readonly<Record<string, string>> }

export interface Short {
  readonly inputs?: readonly string[]
  readonly targets?: readonly string[]
  readonly weights?: readonly string[]
  readonly constants?: readonly string[]
  readonly gates?: readonly (readonly [name: string, gate: ShortGate])[]
  readonly loss?: ShortGate
  readonly outputs?: readonly string[]
  readonly metrics?: readonly (readonly [name: string, formula?: string])[]
}

/** The spec and the text its ranges point into: one line a name, formulas after a colon. */
export function specOf(short: Short, more: Partial<Spec> = {}): { spec: Spec; text: string } {
  const pieces: string[] = []
  let length = 0
  const write = (text: string): Range => {
    const start = length
    pieces.push(text)
    length += text.length
    return { start, end: length }
  }
  const name = (value: string, after = '\n'): Located<string> => {
    const range = write(value)
    write(after)
    return { value, range }
  }
  const formula = (text: string): Expression => {
    const { start } = write(text)
    write('\n')
    const { expression, problems } = parseFormula(text)
    if (expression === undefined) throw new Error(`"${text}": ${problems[0]?.message}`)
    return shifted(expression, start)
  }
  const gate = (key: string, short: ShortGate): GateSpec => {
    const located = name(key, ': ')
    if (typeof short === 'string') return { name: located, body: formula(short) }
    const called = name(short.gate, ' ')
    const list = Array.isArray(short.ports)
    const body: LongForm = {
      type: 'long',
      gate: called,
      positional: list ? (short.ports as readonly string[]).map(formula) : [],
      named: list
        ? []
        : Object.entries(short.ports).map(([port, text]) => ({
            name: name(port, ': '),
            value: formula(text),
          })),
      range: { start: called.range.start, end: length },
    }
    return { name: located, body }
  }
  const one = { value: 1, range: { start: 0, end: 0 } }
  const spec: Spec = {
    modules: [],
    use: [],
    inputs: (short.inputs ?? []).map((key) => ({ name: name(key), default: one })),
    targets: (short.targets ?? []).map((key) => ({ name: name(key), default: one })),
    weights: (short.weights ?? []).map((key) => ({ name: name(key), value: one })),
    constants: (short.constants ?? []).map((key) => ({ name: name(key), value: one })),
    gates: (short.gates ?? []).map(([key, body]) => gate(key, body)),
    ...(short.loss !== undefined && { loss: gate('loss', short.loss) }),
    ...(short.outputs && { outputs: short.outputs.map((key) => name(key)) }),
    metrics: (short.metrics ?? []).map(([key, text]) =>
      text === undefined ? { name: name(key) } : { name: name(key, ': '), formula: formula(text) },
    ),
    train: {},
    tests: [],
    ...more,
  }
  return { spec, text: pieces.join('') }
}

/** Checks a short spec with the built-in catalogues. */
export function check(short: Short, more: Partial<Spec> = {}) {
  const { spec, text } = specOf(short, more)
  const file = 'graph.yaml'
  const { plan, problems } = checkSpec(spec, { gates, optimizers, schedules, file, text })
  const starts = lineStarts(text)
  const source = { file, text }
  const told = problems.map((problem) => {
    const { line, column } = position(starts, problem.range.start)
    const { message, hint } = toDiagnostic(problem, source)
    const { code, severity } = problem
    return `${line}:${column} ${severity} ${code}: ${message}${hint ? ` (${hint})` : ''}`
  })
  return { plan, problems: told }
}

function shifted(expression: Expression, by: number): Expression {
  const move = ({ start, end }: Range): Range => ({ start: start + by, end: end + by })
  const range = move(expression.range)
  switch (expression.type) {
    case 'number':
    case 'name':
    case 'text':
      return { ...expression, range }
    case 'list':
      return { ...expression, range, items: expression.items.map((item) => shifted(item, by)) }
    case 'call': {
      const named = expression.named.map(({ name, nameRange, value }) => ({
        name,
        nameRange: move(nameRange),
        value: shifted(value, by),
      }))
      const positional = expression.arguments.map((argument) => shifted(argument, by))
      const gateRange = move(expression.gateRange)
      return { ...expression, range, gateRange, arguments: positional, named }
    }
  }
}
