/** How a gate takes all samples of a batch in one go. */
import type { Gate, SampleCall, StackedCall } from '../gates/gate.js'
import type { Shape } from '../tensor/shape.js'
import { reductionOf } from './spread.js'

/**
 * The call in place of one for each sample; nothing where the gate is to be applied to one
 * sample after the other. `call` is what it does for one sample.
 */
export function stackedCall(gate: Gate, call: SampleCall): StackedCall | undefined {
  const { rule } = gate
  if (rule.type === 'tensor') return rule.stack?.(call)
  if (rule.type === 'fold' && rule.reduce !== undefined && call.inputs.length === 1) {
    // With the axis of the batch a number is a tensor too, and its reduction one over no axes.
    return rule.reduce.stack?.(call)
  }
  const { parameters, inputs } = call
  if (reductionOf({ gate, parameters }) === 'none') return elementwise(call)
  // One number is its own sum and mean.
  if (inputs.some(({ length }) => length > 0)) return undefined
  return elementwise({ ...call, parameters: { ...parameters, reduction: 'none' } })
}

/**
 * Broadcasting does it: the samples lie along one more axis, so that what has fewer axes than
 * the output gets axes of size 1 behind that one.
 */
function elementwise({ batch, stacked, inputs, shape, parameters }: SampleCall): StackedCall {
  const lifted = (own: Shape): Shape => {
    const missing = Array.from({ length: shape.length - own.length }, () => 1)
    return [batch, ...missing, ...own]
  }
  return {
    inputs: inputs.map((own, port) => (stacked[port] ? lifted(own) : own)),
    shape: [batch, ...shape],
    parameters,
  }
}
