/** Reads `train.optimizer`: one of the catalogue with its parameters, or a declaration. */
import type { Expression } from '../formula/syntax.js'
import { intrinsics } from '../gates/intrinsics.js'
import type { Checking } from './context.js'
import type { OptimizerPlan } from './plan.js'
import type { FormulaSpec, Located, OptimizerSpec } from './spec.js'

/** An optimizer, and the learning rate where the graph names none. */
export interface ReadOptimizer {
  readonly plan: OptimizerPlan
  readonly learningRate: number
}

/** The optimizer with its defaults filled in; sgd where there is none. */
export function readOptimizer(checking: Checking, spec: OptimizerSpec | undefined): ReadOptimizer {
  if (spec?.declaration !== undefined) return declared(checking, spec, spec.declaration)
  const name = spec?.name?.value ?? 'sgd'
  const optimizer = checking.optimizers.get(name)
  if (optimizer === undefined) {
    const meant = checking.meant(name, checking.optimizers)
    const range = spec?.name?.range ?? spec?.range ?? { start: 0, end: 0 }
    checking.error('unknown-optimizer', range, { name, ...meant })
    return { plan: { name, parameters: Object.create(null) }, learningRate: defaultRate }
  }
  const parameters = collect(optimizer.parameters)
  const given = new Set<string>()
  for (const { name: key, value } of spec?.parameters ?? []) {
    const standard = optimizer.parameters.get(key.value)
    if (standard === undefined) {
      const meant = checking.meant(key.value, optimizer.parameters)
      const known = [...optimizer.parameters.keys()]
      checking.error('unknown-parameter', key.range, { of: name, name: key.value, known, ...meant })
      continue
    }
    if (given.has(key.value)) {
      checking.error('parameter-twice', key.range, { of: name, name: key.value })
    }
    given.add(key.value)
    checkValue(checking, name, key.value, typeof standard, value)
    parameters[key.value] = value.value
  }
  return { plan: { name, parameters }, learningRate: optimizer.learningRate }
}

/** PyTorch's for most optimizers, for one that is declared without. */
const defaultRate = 0.001

type Values = Record<string, number | boolean>

function collect(entries: Iterable<readonly [string, number | boolean]>): Values {
  const values: Values = Object.create(null)
  for (const [name, value] of entries) values[name] = value
  return values
}

function checkValue(
  checking: Checking,
  of: string,
  name: string,
  type: string,
  { value, range }: Located<number | boolean>,
): void {
  const fits = typeof value === type && (typeof value === 'boolean' || Number.isFinite(value))
  if (fits) return
  const wanted = type === 'boolean' ? 'true or false' : 'a finite number'
  checking.error('bad-parameter', range, { of, name, wanted, got: String(value) })
}

type Declaration = NonNullable<OptimizerSpec['declaration']>

/** What every update may use: the weight, its gradient, the rate, and the number of the update. */
const variables = ['w', 'g', 'rate', 't']

function declared(
  checking: Checking,
  spec: OptimizerSpec,
  { let: lets, state, update }: Declaration,
): ReadOptimizer {
  const name = spec.name?.value ?? 'declared'
  const names = new Set(variables)
  const declare = ({ value, range }: Located<string>) => {
    const why = variables.includes(value) ? 'taken' : names.has(value) ? 'twice' : undefined
    if (why !== undefined) checking.error('line-name', range, { name: value, why })
    names.add(value)
  }
  for (const { name: key, value } of spec.parameters) {
    declare(key)
    checkValue(checking, name, key.value, typeof value.value, value)
  }
  // Lines of `let` come first; they and those of `state` may use the last values of all states.
  for (const { name: key } of state) declare(key)
  for (const line of lets) {
    checkFormula(checking, line.formula, names)
    declare(line.name)
  }
  for (const line of [...state, update]) checkFormula(checking, line.formula, names)
  const parameters = collect(
    spec.parameters.map(({ name: key, value }) => [key.value, value.value]),
  )
  const declaration = {
    parameters,
    ...(lets.length > 0 && { let: texts(lets) }),
    state: texts(state),
    update: update.text,
  }
  return { plan: { name, parameters, declaration }, learningRate: defaultRate }
}

function texts(lines: readonly FormulaSpec[]): Readonly<Record<string, string>> {
  const result: Record<string, string> = Object.create(null)
  for (const { name, text } of lines) result[name.value] = text
  return result
}

function checkFormula(checking: Checking, formula: Expression, names: ReadonlySet<string>): void {
  switch (formula.type) {
    case 'number':
      return
    case 'text':
    case 'list':
      return checking.error('argument-kind', formula.range, {})
    case 'name': {
      const { name, range } = formula
      if (names.has(name)) return
      const fields = { name, known: [...names], ...checking.meant(name, names) }
      return checking.error('unknown-variable', range, fields)
    }
    case 'call': {
      const { gate: name, gateRange, arguments: positional, named } = formula
      const intrinsic = intrinsics.get(name)
      if (intrinsic === undefined) {
        const meant = checking.meant(name, intrinsics)
        checking.error('unknown-intrinsic', gateRange, { name, ...meant })
      } else if (named.length > 0) {
        checking.error('argument-kind', named[0]!.nameRange, {})
      } else if (positional.length !== intrinsic.arity) {
        const fields = { name, wanted: intrinsic.arity, got: positional.length }
        checking.error('argument-count', gateRange, fields)
      }
      for (const argument of positional) checkFormula(checking, argument, names)
    }
  }
}
