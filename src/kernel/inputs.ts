/** What a binding brings to its template: numbers of parameters, and the places of many inputs. */
import type { Binding, Frame, Operand } from './kernel.js'
import { numberOf, readBy } from './template.js'

/** The parameters of a binding, as formulas read them. */
export function parametersOf({ gate, parameters }: Binding): readonly number[] {
  return readBy(gate).map(({ name }, index) => numberOf(gate, index, parameters[name]))
}

/** The operands of a long fold, as flat lists. */
export interface Inputs {
  /** 0 for the values of the frame, 1 for the weights, 2 for a literal. */
  readonly memories: Uint8Array
  readonly offsets: Int32Array
  readonly literals: Float64Array
  /** `at` says where the operands are now. */
  read(frame: Frame, index: number, at: ArrayLike<number>): number
}

export function inputsOf(operands: readonly Operand[]): Inputs {
  const memories = Uint8Array.from(operands, ({ memory }) => kinds[memory])
  const offsets = Int32Array.from(operands, (operand) => {
    return operand.memory === 'literal' ? 0 : operand.offset
  })
  const literals = Float64Array.from(operands, (operand) => {
    return operand.memory === 'literal' ? operand.value : 0
  })
  const read = (frame: Frame, index: number, at: ArrayLike<number>) => {
    const memory = memories[index]
    if (memory === 0) return frame.values[at[index]!]!
    return memory === 1 ? frame.weights[at[index]!]! : literals[index]!
  }
  return { memories, offsets, literals, read }
}

const kinds = { values: 0, weights: 1, literal: 2 } as const
