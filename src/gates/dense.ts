/** Declares gates that move data: a shape, loops over flat memory, and words for people. */
import type { Shape } from '../tensor/shape.js'
import type { Gate, Mismatch, ParameterValue, TensorRule } from './gate.js'
import { parameterOf, type Parameters } from './pointwise.js'

/** Complete, by name. */
export type Values = Readonly<Record<string, ParameterValue>>

export interface DenseDeclaration<Input extends string> {
  /** One line for the catalogue. */
  readonly doc: string
  readonly source?: string
  /** The ports, in the order positional arguments fill them. */
  readonly inputs: readonly Input[]
  /** The literals of ports for which nothing is written. */
  readonly defaults?: { readonly [I in Input]?: number }
  /** Takes any number of inputs like the declared ones. */
  readonly variadic?: boolean
  readonly parameters?: Parameters
  /** What it computes, in words or signs; nothing reads it but people. */
  readonly value: string
  /** The same for each gradient, given `g`; `none` declares that an input has none. */
  readonly gradients: Readonly<Record<Input, string>>
  shape(inputs: readonly Shape[], parameters: Values): Shape | Mismatch
  readonly prepare: TensorRule['prepare']
  readonly products?: TensorRule['products']
  readonly sums?: TensorRule['sums']
  readonly likelihood?: TensorRule['likelihood']
  readonly scratch?: TensorRule['scratch']
  readonly draws?: true
  readonly sparse?: TensorRule['sparse']
  readonly stack?: TensorRule['stack']
  readonly keeps?: TensorRule['keeps']
  readonly delays?: Gate['delays']
}

/** A gate that moves data instead of computing element by element. */
export function dense<const Input extends string>(declaration: DenseDeclaration<Input>): Gate {
  const {
    doc,
    source,
    inputs,
    parameters = {},
    value,
    gradients,
    prepare,
    products,
    sums,
    likelihood,
    scratch,
    draws,
    sparse,
    stack,
    keeps,
    delays,
  } = declaration
  const defaults: Readonly<Partial<Record<string, number>>> = declaration.defaults ?? {}
  const declared = Object.entries<string>(gradients).filter(([, text]) => text !== 'none')
  const text = { value, gradients: new Map(declared) }
  return {
    name: '',
    doc,
    ...(source !== undefined && { source }),
    ports: inputs.map((name) => {
      const literal = defaults[name]
      const port = { name, gradient: text.gradients.has(name) }
      return literal === undefined ? port : { ...port, default: literal }
    }),
    variadic: declaration.variadic ?? false,
    parameters: Object.entries(parameters).map(parameterOf),
    rule: {
      type: 'tensor',
      prepare,
      ...(products !== undefined && { products }),
      ...(sums !== undefined && { sums }),
      ...(likelihood !== undefined && { likelihood }),
      ...(scratch !== undefined && { scratch }),
      ...(draws && { draws }),
      ...(sparse !== undefined && { sparse }),
      ...(stack !== undefined && { stack }),
      ...(keeps !== undefined && { keeps }),
      text,
    },
    ...(keeps !== undefined && { stateful: true }),
    ...(delays !== undefined && { delays }),
    shape: declaration.shape,
  }
}
