/** What the gates that move data have in common when they take all samples of a batch at once. */
import type { Shape } from '../tensor/shape.js'
import { axesOf } from './axes.js'
import { isMismatch, type SampleCall, type StackedCall } from './gate.js'

/** The shape of one sample with the axis of the batch before it. */
export function before(batch: number, shape: Shape): Shape {
  return [batch, ...shape]
}

/** The same with all parameters as they are: those that name no axis. */
export function stackedAsIs({
  batch,
  stacked,
  inputs,
  shape,
  parameters,
}: SampleCall): StackedCall | undefined {
  // prettier-ignore
  if (stacked.includes(false)) return undefined
  return {
    inputs: inputs.map((input) => before(batch, input)),
    shape: before(batch, shape),
    parameters,
  }
}

/** The same along axes that are one further on; `rank` is that of what `axis` counts in. */
export function stackedAlong(
  call: SampleCall,
  rank = call.inputs[0]!.length,
): StackedCall | undefined {
  // prettier-ignore
  const whole = stackedAsIs(call)
  const { axis } = call.parameters
  const axes = axesOf(axis, rank)
  if (whole === undefined || isMismatch(axes)) return undefined
  const moved = axes.map((one) => one + 1)
  // One axis stays a number; all of them, or of a number none, are a list.
  return {
    ...whole,
    parameters: { ...whole.parameters, axis: typeof axis === 'number' ? moved[0]! : moved },
  }
}
