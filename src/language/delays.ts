/** Ports through which a value comes a learn step later: a cycle through one is none. */
import type { Gate } from '../gates/gate.js'

/** Whether what feeds this port of a gate is waited for only when the step is over. */
export function isDelayed(
  gates: ReadonlyMap<string, Gate>,
  { gate }: { readonly gate: string },
  port: number,
): boolean {
  return port === 0 && gates.get(gate)?.delays !== undefined
}
