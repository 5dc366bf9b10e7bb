/** The catalogue of gates: what the families export, under the names they export it by. */
import * as activation from './activation.js'
import * as arithmetic from './arithmetic.js'
import * as comparison from './comparison.js'
import * as exponential from './exponential.js'
import type { Gate } from './gate.js'
import * as loss from './loss.js'
import { named } from './pointwise.js'
import * as rounding from './rounding.js'
import * as selection from './selection.js'
import * as trigonometric from './trigonometric.js'

/** Every built-in gate by its name. */
export const catalogue = named({
  ...arithmetic,
  ...exponential,
  ...trigonometric,
  ...activation,
  ...comparison,
  ...selection,
  ...rounding,
  ...loss,
})

/** The families that the catalogue is made of, for listings of it. */
export const families: Readonly<Record<string, Readonly<Record<string, Gate>>>> = {
  arithmetic,
  exponential,
  trigonometric,
  activation,
  comparison,
  selection,
  rounding,
  loss,
}

export type GateName = keyof typeof catalogue

/** The catalogue as the checker and the network take it. */
export const gates: ReadonlyMap<string, Gate> = new Map(Object.entries(catalogue))

export { operatorGates } from '../formula/parse.js'
export { describeGate } from './describe.js'
export { fold, named, pointwise } from './pointwise.js'
export type { FoldDeclaration, Parameters, PointwiseDeclaration } from './pointwise.js'
export type { Gate, Parameter, ParameterValue, Port } from './gate.js'
