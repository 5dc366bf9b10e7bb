/** How the operands of an elementwise gate spread over the elements of its output. */
import { EagreError } from '../errors.js'
import { broadcast, type Shape, sizeOf } from '../tensor/shape.js'
import { walkOver, type Walk } from '../tensor/strides.js'
import type { Binding } from './kernel.js'

/**
 * `each`: an element for every element of the output, in the same order. `one`: a single element
 * for all. `strided`: anything else that broadcasts.
 */
export type Spread = 'each' | 'one' | 'strided'

/** By port; absent where there is a single number, and nothing to loop over. */
export function spreadsOf(binding: Binding): readonly Spread[] | undefined {
  const { operands } = binding
  const shape = spanOf(binding)
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
export function walkOf(binding: Binding, spreads: readonly Spread[]): Walk {
  const strided = binding.operands.filter((_, port) => spreads[port] === 'strided')
  return walkOver(
    spanOf(binding),
    strided.map((operand) => operand.shape),
  )
}

/** The shape whose elements are computed: that of the output, unless they are summed up in it. */
export function spanOf(binding: Binding): Shape {
  if (reductionOf(binding) === 'none') return binding.shape
  const shape = broadcast(binding.operands.map((operand) => operand.shape))
  if (shape === undefined) throw new EagreError('internal', 'internal: shapes that do not fit')
  return shape
}

/** What becomes of the elements. */
export function reductionOf({
  gate,
  parameters,
}: Pick<Binding, 'gate' | 'parameters'>): 'none' | 'sum' | 'mean' {
  if (gate.rule.type !== 'pointwise' || !gate.rule.reduction) return 'none'
  const given = parameters['reduction'] ?? gate.parameters.at(-1)!.default
  return given === 'sum' || given === 'mean' ? given : 'none'
}
