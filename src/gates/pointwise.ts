/** Declares gates as rows of formulas: what they compute and how it changes with each input. */
import { EagreError } from '../errors.js'
import type { Shape } from '../tensor/shape.js'
import {
  type Gate,
  isMismatch,
  type Mismatch,
  type Parameter,
  type ParameterValue,
  type PointwiseRule,
  type RuleText,
} from './gate.js'
import { parseRow } from './row.js'
import { together } from './together.js'

/** `none` declares that an input has no gradient; it is not zero. */
export interface PointwiseDeclaration<Input extends string> {
  /** One line for the catalogue. */
  readonly doc: string
  /** Where the formula comes from, where it is not common knowledge. */
  readonly source?: string
  /** The ports, in the order positional arguments fill them. */
  readonly inputs: readonly Input[]
  /** The literals of ports for which nothing is written. */
  readonly defaults?: { readonly [I in Input]?: number }
  readonly parameters?: Parameters
  /**
   * Gives it the parameter `reduction`, with this default: all elements, their sum or their
   * mean. Gradients may not use `y` then.
   */
  readonly reduction?: Reduction
  /** How it is computed instead, with some parameters; it keeps state then. */
  readonly instead?: PointwiseRule['instead']
  readonly inputsOnly?: Gate['inputsOnly']
  /** A formula over the inputs, the parameters and the intrinsics. */
  readonly value: string
  /** A formula for each input, over those, `y` (the output) and `g` (the gradient that arrives). */
  readonly gradients: Readonly<Record<Input, string>>
}

/** What becomes of the elements of a loss. */
export type Reduction = (typeof reductions)[number]

const reductions = ['none', 'sum', 'mean'] as const

/** The parameter of losses that says what becomes of their elements. */
export const reductionBy = (standard: Reduction): Parameter => {
  return { name: 'reduction', default: standard, words: reductions }
}

export interface FoldDeclaration {
  readonly doc: string
  readonly source?: string
  /** A formula over `a`, the value so far, and `b`, the next input. */
  readonly value: string
  /** Over `a`, `b`, `y` (their value) and `g`. */
  readonly gradients: { readonly a: string; readonly b: string }
  /** Applied to the last value: over `y` (that value), `n` (the number of inputs) and `g`. */
  readonly finish?: { readonly value: string; readonly gradient: string }
  /** What is computed of a single input that is a tensor, and takes the parameters. */
  readonly reduce?: Gate
}

/** Name → default, or more to say about it. A word reads as its place in `words`. */
export type Parameters = Readonly<Record<string, number | boolean | Omit<Parameter, 'name'>>>

/** A gate that computes each element of its output from the same element of its inputs. */
export function pointwise<const Input extends string>(
  declaration: PointwiseDeclaration<Input>,
): Gate {
  const { doc, source, inputs, value, gradients, reduction, instead, inputsOnly } = declaration
  const defaults: Readonly<Partial<Record<string, number>>> = declaration.defaults ?? {}
  const parameters = Object.entries(declaration.parameters ?? {}).map(parameterOf)
  const declared = Object.entries<string>(gradients).filter(([, formula]) => formula !== 'none')
  const text: RuleText = { value, gradients: new Map(declared) }
  const names = [...inputs, ...parameters.map(({ name }) => name)]
  const output = reduction === undefined ? ['y'] : []
  checkNames([...names, 'y', 'g'])
  const rule = lazily(() => ({
    value: parseRow(value, names),
    gradients: parseAll(text.gradients, [...names, ...output, 'g']),
  }))
  return {
    name: '',
    doc,
    ...(source !== undefined && { source }),
    ports: inputs.map((name) => {
      const literal = defaults[name]
      const port = { name, gradient: text.gradients.has(name) }
      return literal === undefined ? port : { ...port, default: literal }
    }),
    variadic: false,
    parameters: reduction === undefined ? parameters : [...parameters, reductionBy(reduction)],
    rule: {
      type: 'pointwise',
      ...(reduction !== undefined && { reduction: true }),
      ...(instead !== undefined && { instead }),
      get value() {
        return rule().value
      },
      get gradients() {
        return rule().gradients
      },
      text,
    },
    ...(instead !== undefined && { stateful: instead.when }),
    ...(inputsOnly !== undefined && { inputsOnly }),
    shape: (shapes, values) => {
      const shape = together(shapes)
      if (reduction === undefined || isMismatch(shape)) return shape
      return (values['reduction'] ?? reduction) === 'none' ? shape : []
    },
  }
}

/** A gate of any number of inputs that folds an operation of two over them, from the left. */
export function fold(declaration: FoldDeclaration): Gate {
  const { doc, source, value, finish, reduce } = declaration
  const text: RuleText = {
    value,
    gradients: new Map(Object.entries(declaration.gradients)),
    ...(finish !== undefined && { finish }),
  }
  const rule = lazily(() => ({
    value: parseRow(value, ['a', 'b']),
    gradients: parseAll(text.gradients, ['a', 'b', 'y', 'g']),
    ...(finish !== undefined && {
      finish: {
        value: parseRow(finish.value, ['y', 'n']),
        gradient: parseRow(finish.gradient, ['y', 'n', 'g']),
      },
    }),
  }))
  return {
    name: '',
    doc,
    ...(source !== undefined && { source }),
    ports: [
      { name: 'a', gradient: true },
      { name: 'b', gradient: true },
    ],
    variadic: true,
    parameters: reduce?.parameters ?? [],
    rule: {
      type: 'fold',
      get value() {
        return rule().value
      },
      get gradients() {
        return rule().gradients
      },
      get finish() {
        return rule().finish
      },
      ...(reduce?.rule.type === 'tensor' && { reduce: reduce.rule }),
      text,
    },
    shape: reduce === undefined ? together : (shapes, values) => foldedOr(reduce, shapes, values),
  }
}

/** The shape of a fold that reduces where it has a single input. */
function foldedOr(reduce: Gate, shapes: readonly Shape[], values: Values): Shape | Mismatch {
  if (shapes.length === 1) return reduce.shape(shapes, values)
  const given = reduce.parameters.find(({ name, default: none }) => (values[name] ?? none) !== none)
  if (given === undefined) return together(shapes)
  return { mismatch: `${given.name}= is for one input, and there are ${shapes.length}` }
}

type Values = Readonly<Record<string, ParameterValue>>

/** The gates with their keys as their names. */
export function named<Name extends string>(
  rows: Readonly<Record<Name, Gate>>,
): Readonly<Record<Name, Gate>> {
  const entries = Object.entries<Gate>(rows).map(([name, gate]) => [name, { ...gate, name }])
  // `fromEntries` forgets which keys went in.
  const result = Object.fromEntries(entries) as Record<Name, Gate>
  return Object.setPrototypeOf(result, null) as Record<Name, Gate>
}

/** A parameter from its declaration. */
export function parameterOf([name, given]: [string, Parameters[string]]): Parameter {
  return typeof given === 'object' ? { name, ...given } : { name, default: given }
}

function parseAll(formulas: ReadonlyMap<string, string>, names: readonly string[]) {
  return new Map([...formulas].map(([input, text]) => [input, parseRow(text, names)]))
}

// Most programs use a handful of the catalogue, so its formulas are parsed when first asked for.
function lazily<T>(make: () => T): () => T {
  let made: T | undefined
  return () => (made ??= make())
}

function checkNames(names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice === undefined) return
  throw new EagreError('bad-argument', `a gate names "${twice}" twice`, {
    hint: 'ports and parameters share one namespace, in which "y" and "g" are taken',
  })
}
