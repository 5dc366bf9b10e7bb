/** What a step does once its loss has come: the gradient goes up, or the step is skipped. */
import { firstNonFiniteValue, nonFinite, nonFiniteFault } from './fault.js'
import type { LiveFrame } from './frame.js'
import type { Fault } from './message.js'
import type { Network } from './network.js'

/** Answers the seed of a step with 1 as soon as it is there, unless a learn step's is not finite. */
export function settle(network: Network, frame: LiveFrame, action: Fault['action']): void {
  if (!network.arrived(frame)) return
  const { seed } = frame.route!
  const { wiring } = frame.circuit
  const size = wiring.sizes[seed]!
  const sound = nonFinite(frame.values, wiring.offsets[seed]!, size) === undefined
  // What a batch lowers is the mean of the losses of its samples.
  if (sound || frame.mode !== 'learn') return network.answer(frame, 1 / size)
  // Which samples of a batch are to blame is found by whoever gathered it.
  if (wiring.stack === undefined) {
    const where = firstNonFiniteValue(wiring, frame, seed)
    frame.fault = nonFiniteFault(wiring, frame, where, action)
  }
  network.skip(frame)
}
