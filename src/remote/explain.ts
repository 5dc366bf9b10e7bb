/** How a gate passes its gradient on, with the numbers of one step. */
import type { Gate } from '../gates/gate.js'
import { compile } from '../kernel/compile.js'
import type { Frame, State } from '../kernel/kernel.js'
import { nameOf } from '../language/name.js'
import type { Plan } from '../language/plan.js'
import { figure } from '../train/figures.js'
import type { Explained } from './protocol.js'

/**
 * The derivative and the answer of each port of a gate of single numbers; nothing for other
 * nodes, where a value is missing, and for ports through which no gradient goes.
 */
export function explained(
  plan: Plan,
  index: number,
  gates: ReadonlyMap<string, Gate>,
  valueOf: (node: number) => number | undefined,
  arriving: number | undefined,
): readonly Explained[] {
  const node = plan.nodes[index]
  const gate = node?.type === 'gate' ? gates.get(node.gate) : undefined
  if (node?.type !== 'gate' || gate === undefined || gate.rule.type === 'tensor') return []
  const inputs = node.ports.map((port) => ('node' in port ? valueOf(port.node) : port.value))
  const shaped = node.ports.some(
    (port) => 'node' in port && plan.nodes[port.node]!.shape.length > 0,
  )
  if (shaped || node.shape.length > 0 || inputs.includes(undefined)) return []
  const count = inputs.length
  const owes = node.ports.map((port, at) => {
    const declared = gate.ports[Math.min(at, gate.ports.length - 1)]!
    return 'node' in port && declared.gradient
  })
  const kernel = compile(
    {
      gate,
      parameters: node.parameters,
      operands: inputs.map((_, at) => ({ memory: 'values', offset: at, shape: [] })),
      shape: [],
      output: count,
      gradient: 0,
      answers: owes.map((owed, at) => (owed ? at + 1 : -1)),
      scratch: count + 1,
    },
    'interpret',
  )
  const frame: Frame = {
    step: 0,
    seed: 0,
    turn: 0,
    mode: 'probe',
    values: new Float64Array(2 * count + 1),
    gradients: new Float64Array(count + 1),
    weights: new Float64Array(0),
  }
  frame.values.set(inputs as number[]) // none is missing
  const state = {
    weights: frame.weights,
    optimizer: [],
    updates: 0,
    gates: new Float64Array(64),
  } as unknown as State // no gate here has a state
  const answersTo = (gradient: number) => {
    frame.gradients[0] = gradient
    kernel.forward(frame, state)
    kernel.backward(frame, state)
    return frame.gradients.slice(1)
  }
  const derivatives = answersTo(1)
  const answers = answersTo(arriving ?? Number.NaN)
  return node.ports.flatMap((port, at) => {
    if (!('node' in port) || !owes[at]) return []
    const name = gate.ports[Math.min(at, gate.ports.length - 1)]!.name
    return [
      {
        port: name,
        from: nameOf(plan, port.node),
        derivative: figure(derivatives[at]!),
        answer: figure(answers[at]!),
      },
    ]
  })
}
