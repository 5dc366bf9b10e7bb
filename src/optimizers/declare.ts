/** Declares optimizers in the language that graph files are written in. */
import { EagreError } from '../errors.js'
import { parseRow } from '../gates/row.js'
import type { Line, Optimizer } from './optimizer.js'

/** An optimizer as text. A graph file can say the same under `train.optimizer`. */
export interface OptimizerDeclaration {
  readonly doc?: string
  /** Where the formulas come from. */
  readonly source?: string
  readonly parameters?: Readonly<Record<string, number | boolean>>
  /** Used where a graph names no learning rate. */
  readonly learningRate?: number
  /** Names for parts, in order, for this update only. */
  readonly let?: Readonly<Record<string, string>>
  /**
   * What is kept until the next update, in order, each line seeing those above as new. Its own
   * name in a line is its last value: 0 before the first update, or as `initial` says.
   */
  readonly state?: Readonly<Record<string, string>>
  readonly initial?: Readonly<Record<string, string>>
  /** The new weight. */
  readonly update: string
}

/**
 * An optimizer from formulas over `w` (the weight), `g` (its gradient), `rate`, `t` (the number
 * of this update, from 1), the parameters and the names declared. Throws `bad-argument` for a
 * name that is taken and, when first used, for a formula that uses anything else.
 */
export function optimizer(declaration: OptimizerDeclaration): Optimizer {
  const { doc = '', source, parameters = {}, learningRate = 0.001, update } = declaration
  const texts = [
    ...Object.entries(declaration.let ?? {}).map(([name, text]) => ['let', name, text] as const),
    ...Object.entries(declaration.state ?? {}).map(
      ([name, text]) => ['state', name, text] as const,
    ),
  ]
  const initial = declaration.initial ?? {}
  checkNames([...variables, ...Object.keys(parameters), ...texts.map(([, name]) => name)])
  let parsed: { lines: readonly Line[]; update: Line['formula'] } | undefined
  const parse = () => {
    const names = [...variables, ...Object.keys(parameters)]
    const states = Object.keys(declaration.state ?? {})
    const lines = texts.map(([type, name, text]): Line => {
      // A line may use the last values of all states, and what stands above it.
      const formula = parseRow(text, [...names, ...states])
      if (type === 'let') names.push(name)
      const first = Object.hasOwn(initial, name) ? initial[name] : undefined
      const start = first === undefined ? undefined : parseRow(first, Object.keys(parameters))
      return { type, name, formula, ...(start !== undefined && { initial: start }) }
    })
    return { lines, update: parseRow(update, [...names, ...states]) }
  }
  const rows = () => (parsed ??= parse())
  return {
    name: '',
    doc,
    ...(source !== undefined && { source }),
    parameters: new Map(Object.entries(parameters)),
    learningRate,
    get lines() {
      return rows().lines
    },
    get update() {
      return rows().update
    },
  }
}

const variables = ['w', 'g', 'rate', 't'] as const

function checkNames(names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice === undefined) return
  throw new EagreError('bad-argument', `an optimizer names "${twice}" twice`, {
    hint: `parameters and lines share one namespace, in which ${variables.join(', ')} are taken`,
  })
}
