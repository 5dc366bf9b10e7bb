/** Small plans written by hand, and a network around them. */
import type { Gate } from '../../src/gates/gate.js'
import { gates as builtin } from '../../src/gates/index.js'
import type { Executor, Kernel, Mode } from '../../src/kernel/kernel.js'
import type { Plan, PlanNode, PlanPort } from '../../src/language/plan.js'
import type { LiveFrame } from '../../src/network/frame.js'
import { Network, type NetworkOptions } from '../../src/network/network.js'
import { initialState } from '../../src/network/weights.js'
import { wire, type Wiring } from '../../src/network/wiring.js'
import { usual } from '../kernel/allowed.js'

/** `'input'`, `'target'`, `{ weight: 1 }`, `{ constant: 1 }`, or a gate with what feeds its ports. */
export type Build =
  | 'input'
  | 'target'
  | { readonly weight: number; readonly frozen?: boolean }
  | { readonly constant: number }
  | readonly [gate: string, ...ports: (string | number)[]]

/** Nodes in the plan's order, sources first. */
export function planOf(
  nodes: Readonly<Record<string, Build>>,
  options: { readonly loss?: string; readonly outputs?: readonly string[] } = {},
): Plan {
  const names = Object.keys(nodes)
  const numbers = new Map(names.map((name, index) => [name, index]))
  const find = (name: string) => numbers.get(name)!
  return {
    name: 'built',
    nodes: names.map((name): PlanNode => {
      const build = nodes[name]!
      const base = { name, shape: [] }
      if (build === 'input' || build === 'target') return { ...base, type: build }
      if ('weight' in build)
        return { ...base, type: 'weight', value: build.weight, frozen: build.frozen }
      if ('constant' in build) return { ...base, type: 'constant', value: build.constant }
      const [gate, ...ports] = build
      return {
        ...base,
        type: 'gate',
        gate,
        ports: ports.map((port): PlanPort =>
          typeof port === 'number' ? { value: port } : { node: find(port) },
        ),
        parameters: {},
      }
    }),
    ...(options.loss !== undefined && { loss: find(options.loss) }),
    outputs: (options.outputs ?? []).map(find),
    metrics: [],
    train: {
      epochs: 1,
      batch: 1,
      optimizer: {
        name: 'sgd',
        parameters: { momentum: 0, dampening: 0, weight_decay: 0, nesterov: false },
      },
      learningRate: 0.001,
      shuffle: false,
      seed: 0,
      onFault: 'stop',
      budget: 10,
    },
    tests: [],
  }
}

export interface Built {
  readonly plan: Plan
  readonly network: Network
  /** The number of a node. */
  node(name: string): number
  /** Admits a step that awaits all inputs and targets (only inputs when predicting). */
  admit(step: number, mode?: Mode, done?: (frame: LiveFrame) => void): LiveFrame
  /** Delivers one source and works. */
  deliver(frame: LiveFrame, name: string, value: number): void
  /** Admits a step and delivers everything. */
  run(step: number, values?: Readonly<Record<string, number>>, mode?: Mode): void
}

/** A network whose loss answers 1 as soon as it has come. */
export function build(
  nodes: Readonly<Record<string, Build>>,
  options: {
    readonly loss?: string
    readonly outputs?: readonly string[]
    readonly executor?: Executor
    readonly gates?: ReadonlyMap<string, Gate>
    kernel?(wiring: Wiring, index: number, answers: readonly number[]): Kernel
  } & Partial<Omit<NetworkOptions, 'kernel'>> = {},
): Built {
  const plan = planOf(nodes, options)
  const wiring = wire(plan, options.gates ?? builtin)
  const wanted = Uint8Array.from(plan.nodes, (node) =>
    node.type === 'weight' && !node.frozen ? 1 : 0,
  )
  const learning = plan.loss === undefined ? undefined : { seed: plan.loss, wanted }
  const network: Network = new Network(wiring, initialState(wiring), learning, {
    executor: options.executor ?? usual,
    settled:
      options.settled ?? ((frame) => void (network.arrived(frame) && network.answer(frame, 1))),
    threw:
      options.threw ??
      ((_what, _node, error) => {
        throw error
      }),
    failedForTap: options.failedForTap ?? (() => {}),
    ...(options.kernel && {
      kernel: (index: number, answers: readonly number[]) =>
        options.kernel!(wiring, index, answers),
    }),
  })
  const numbers = new Map(Object.keys(nodes).map((name, index) => [name, index]))
  const node = (name: string) => numbers.get(name)!
  const admit = (step: number, mode: Mode = 'learn', done = (_: LiveFrame) => {}) => {
    const sources = plan.nodes.filter(
      ({ type }) => type === 'input' || (type === 'target' && mode !== 'predict'),
    )
    const route =
      mode === 'predict'
        ? undefined
        : mode === 'probe'
          ? network.fullRoute(plan.loss!)
          : network.learnRoute()
    return network.admit(step, mode, sources.length, route, done)
  }
  const deliver = (frame: LiveFrame, name: string, value: number) => {
    frame.values[wiring.offsets[node(name)]!] = value
    network.deliver(frame, node(name))
    network.run()
  }
  const run = (
    step: number,
    values: Readonly<Record<string, number>> = {},
    mode: Mode = 'learn',
  ) => {
    const frame = admit(step, mode)
    for (const [name, value] of Object.entries(values)) {
      frame.values[wiring.offsets[node(name)]!] = value
      network.deliver(frame, node(name))
    }
    network.run()
  }
  return { plan, network, node, admit, deliver, run }
}
