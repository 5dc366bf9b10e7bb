/** How the operands of an elementwise gate spread over the elements of its output. */
import { sizeOf } from '../tensor/shape.js'
import { walkOver, type Walk } from '../tensor/strides.js'
import type { Binding } from './kernel.js'

/**
 * `each`: an element for every element of the output, in the same order. `one`: a single element
 * for all. `strided`: anything else that broadcasts.
 */
export type Spread = 'each' | 'one' | 'strided'

/** By port; absent where the output is a single number, for which there is nothing to loop over. */
export function spreadsOf({ shape, operands }: Binding): readonly Spread[] | undefined {
  if (shape.length === 0) return undefined
  const size = sizeOf(shape)
  if (size === 1) return undefined
  return operands.map((operand) => {
    const own = sizeOf(operand.shape)
    if (own === size) return 'each'
    return own === 1 ? 'one' : 'strided'
  })
}

/** The loops over the operands that are `strided`; a single one where none is. */
export function walkOf({ shape, operands }: Binding, spreads: readonly Spread[]): Walk {
  const strided = operands.filter((_, port) => spreads[port] === 'strided')
  return walkOver(
    shape,
    strided.map((operand) => operand.shape),
  )
}
