/** The catalogue of gates: what the families export, under the names they export it by. */
import * as activation from './activation.js'
import * as arithmetic from './arithmetic.js'
import * as chance from './chance.js'
import * as classes from './classes.js'
import * as comparison from './comparison.js'
import * as distribution from './distribution.js'
import * as einsum from './einsum.js'
import * as exponential from './exponential.js'
import type { Gate } from './gate.js'
import * as layout from './layout.js'
import * as loss from './loss.js'
import * as memory from './memory.js'
import { named } from './pointwise.js'
import * as product from './product.js'
import * as reduction from './reduction.js'
import * as rounding from './rounding.js'
import * as selection from './selection.js'
import * as trigonometric from './trigonometric.js'

/** The gates that are formulas over numbers, by name. */
export const formulaGates = named({
  ...arithmetic,
  ...exponential,
  ...trigonometric,
  ...activation,
  ...comparison,
  ...selection,
  ...rounding,
  ...loss,
})

/** The gates that move data, by name. */
export const tensorGates = named({
  ...product,
  ...einsum,
  ...reduction,
  ...distribution,
  ...classes,
  ...layout,
  ...chance,
  ...memory,
})

/** Every built-in gate by its name. */
export const catalogue = named({ ...formulaGates, ...tensorGates })

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
  product: { ...product, ...einsum },
  reduction,
  distribution,
  classes,
  layout,
  chance,
  memory,
}

export type GateName = keyof typeof catalogue
export type FormulaGateName = keyof typeof formulaGates
export type TensorGateName = keyof typeof tensorGates

/** The catalogue as the checker and the network take it. */
export const gates: ReadonlyMap<string, Gate> = new Map(Object.entries(catalogue))

export { operatorGates } from '../formula/parse.js'
export { describeGate } from './describe.js'
export { fold, named, pointwise } from './pointwise.js'
export type { FoldDeclaration, Parameters, PointwiseDeclaration } from './pointwise.js'
export { dense } from './dense.js'
export type { DenseDeclaration } from './dense.js'
export { isMismatch, isStateful } from './gate.js'
export type {
  Chance,
  Delay,
  Gate,
  Mismatch,
  Parameter,
  ParameterValue,
  Port,
  TensorLoops,
  TensorPlace,
  TensorRule,
} from './gate.js'
