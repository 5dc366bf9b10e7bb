/** From a plan to flat tables: who feeds whom, and where in a frame everything lies. */
import type { Gate, StackedCall } from '../gates/gate.js'
import { EagreError } from '../errors.js'
import type { Binding, Operand } from '../kernel/kernel.js'
import { isPlain, keptBy, scratchOf } from '../kernel/compile.js'
import { delaysIn, type Delays } from './delays.js'
import { layOutSparse, type SparseNode } from './sparse.js'
import { nameOf } from '../language/name.js'
import type { GateNode, Nested, Plan } from '../language/plan.js'
import { scalar, type Shape, sizeOf } from '../tensor/shape.js'

/**
 * Node numbers are those of the plan. Lists by node are packed behind one another: those of
 * node `i` stand from `start[i]` up to `start[i + 1]`.
 */
export interface Wiring {
  readonly plan: Plan
  readonly gates: ReadonlyMap<string, Gate>
  readonly count: number
  /** Nodes below this number are sources, the others gates. */
  readonly firstGate: number
  /** Nodes below this number are inputs and targets; they fill the values of a frame from 0 on. */
  readonly firstFixed: number
  /** Elements of a node's value. */
  readonly sizes: Int32Array
  /** Where a node's value lies: in the weights for a weight, else in the values of the frame. */
  readonly offsets: Int32Array
  readonly valuesSize: number
  readonly weightsSize: number
  readonly gradientsSize: number
  /**
   * Where a node's gradient arrives. The weights' come first and lie as the weights do, so that
   * `gradients.subarray(0, weightsSize)` is the gradient of all weights.
   */
  readonly totals: Int32Array
  readonly portStart: Int32Array
  /** What feeds a port within a step; -1 for a literal, and for a delayed port. */
  readonly portNodes: Int32Array
  /** The numbers of literals, by port. */
  readonly portValues: Float64Array
  /** 1 for every port of `portNodes` that a gradient can leave through. */
  readonly portGradients: Uint8Array
  /** Where the answer of a port goes: its own place, or the node's total where it is the only use. */
  readonly portSlots: Int32Array
  readonly useStart: Int32Array
  /** The ports that use a node, in the plan's order, as positions in `portNodes`; and their gates. */
  readonly usePorts: Int32Array
  readonly useNodes: Int32Array
  /** How many of a gate's ports are fed by something that comes anew with each step. */
  readonly waiting: Int32Array
  /** By gate of single numbers: those above 0 that are the same differ by their ports alone. */
  readonly kinds: Int32Array
  /** Where a gate's saved intermediate results lie in the values. */
  readonly scratch: Int32Array
  /** Where what a gate keeps lies in `state.gates`, and how much that is. */
  readonly kept: Int32Array
  readonly keptSizes: Int32Array
  readonly delays: Delays
  /** How long `state.gates` is: what the gates keep, then the past steps that gradients go back to. */
  readonly stateSize: number
  /** Where in the values a gate lists the rows of its sparse answer; -1 where it has none. */
  readonly listed: Int32Array
  /** By node: what is known of a gradient that is sparse. */
  readonly sparse: readonly (SparseNode | undefined)[]
  /** Where a step is a whole batch. */
  readonly stack?: Stack
}

/** What a wiring for whole batches knows of the samples in them. Made by `stackWiring`. */
export interface Stack {
  /** How many samples there are. */
  readonly batch: number
  /** The wiring of one sample. */
  readonly sample: Wiring
  /** By node: 1 where there is a value for each sample, behind one another; else there is one for all. */
  readonly stacked: Uint8Array
  /** By stacked gate: how it takes all samples at once; absent where it takes one after the other. */
  readonly calls: readonly (StackedCall | undefined)[]
}

/**
 * Lays out a plan. `gates` must know every gate the plan names. With `stack` the shapes of the
 * plan are those of a whole batch.
 */
export function wire(plan: Plan, gates: ReadonlyMap<string, Gate>, stack?: Stack): Wiring {
  const count = plan.nodes.length
  const isGate = (node: { type: string }) => node.type === 'gate'
  const firstGate = firstIndex(plan, isGate)
  const firstFixed = firstIndex(plan, (node) => node.type !== 'input' && node.type !== 'target')
  const sizes = new Int32Array(count)
  const single = new Uint8Array(count)
  // Nodes are looked at once where that is enough: there may be very many, far from one another.
  const named = plan.nodes.map((node, index) => {
    const { shape } = node
    single[index] = shape.length === 0 ? 1 : 0
    sizes[index] = shape.length === 0 ? 1 : sizeOf(shape)
    return node.type === 'gate' ? gateOf(gates, node) : undefined
  })
  const delays = delaysIn(plan, gates, named)
  const { portStart, portNodes, portValues, portGradients } = portsOf(plan, named, delays)
  const { useStart, usePorts, useNodes } = usesOf(count, firstGate, portStart, portNodes)

  const offsets = new Int32Array(count)
  const scratch = new Int32Array(count)
  const isWeight = new Uint8Array(count)
  const kinds = new Int32Array(count)
  const known = new Map<Gate, number>()
  const kept = new Int32Array(count)
  const keptSizes = new Int32Array(count)
  let keptSize = 0
  let valuesSize = 0
  let weightsSize = 0
  for (let index = 0; index < count; index++) {
    const node = plan.nodes[index]!
    isWeight[index] = node.type === 'weight' ? 1 : 0
    if (node.type === 'weight') {
      offsets[index] = weightsSize
      weightsSize += sizes[index]!
      continue
    }
    offsets[index] = valuesSize
    valuesSize += sizes[index]!
    if (node.type === 'gate') {
      scratch[index] = valuesSize
      kept[index] = keptSize
      const own = named[index]!
      // It saves nothing and keeps nothing; in large graphs most gates are like that.
      const [first, end] = [portStart[index]!, portStart[index + 1]!]
      let all = stack === undefined && single[index] === 1 && isPlain(own, end - first)
      for (let port = first; port < end; port++) {
        if (portNodes[port]! >= 0 && single[portNodes[port]!] === 0) all = false
      }
      if (all) {
        let kind = known.get(own)
        if (kind === undefined) known.set(own, (kind = known.size + 1))
        kinds[index] = kind
        continue
      }
      const { gate, inputs, shape, parameters, samples } = placeOf(plan, gates, index, stack)
      valuesSize += (samples?.count ?? 1) * scratchOf(gate, inputs, shape, parameters)
      keptSizes[index] = keptBy(gate, inputs, shape, parameters)
      keptSize += keptSizes[index]!
    }
  }

  const totals = new Int32Array(count)
  let gradientsSize = weightsSize
  for (let index = 0; index < count; index++) {
    if (isWeight[index] === 1) totals[index] = offsets[index]!
    else {
      totals[index] = gradientsSize
      gradientsSize += sizes[index]!
    }
  }
  const portSlots = new Int32Array(portNodes.length)
  for (let port = 0; port < portNodes.length; port++) {
    const node = portNodes[port]!
    if (node < 0) continue
    if (useStart[node + 1]! - useStart[node]! === 1) portSlots[port] = totals[node]!
    else {
      portSlots[port] = gradientsSize
      gradientsSize += sizes[node]!
    }
  }

  const sparse = layOutSparse(
    {
      sizes,
      firstGate,
      portStart,
      portNodes,
      portSlots,
      totals,
      sparse: (index) => {
        if (stack === undefined && named[index]!.rule.type !== 'tensor') return undefined
        const { gate, inputs, samples } = placeOf(plan, gates, index, stack)
        const { rule } = gate
        // What takes one sample after the other answers with a sum of all of them.
        if (rule.type !== 'tensor' || rule.sparse === undefined || samples !== undefined) return undefined // prettier-ignore
        // What is added from past steps is in rows that no list has.
        if (delays.depth > 0) return undefined
        const { port, rows } = rule.sparse
        return { port, ...rows(inputs) }
      },
      answering: (node) => {
        let answering = 0
        for (let use = useStart[node]!; use < useStart[node + 1]!; use++) {
          answering += portGradients[usePorts[use]!]!
        }
        return answering
      },
    },
    valuesSize,
  )
  valuesSize = sparse.end
  const past = delays.depth > 0 ? 2 + delays.depth * (valuesSize + weightsSize) : 0
  const stateSize = keptSize + past
  for (const size of [valuesSize, gradientsSize, stateSize]) checkSize(size, stack)
  const waiting = new Int32Array(count)
  for (let index = firstGate; index < count; index++) {
    for (let port = portStart[index]!; port < portStart[index + 1]!; port++) {
      if (comesWithStep(portNodes[port]!, firstFixed, firstGate)) waiting[index]!++
    }
  }
  return {
    plan, gates, count, firstGate, firstFixed, sizes, offsets, valuesSize, weightsSize,
    gradientsSize, totals, portStart, portNodes, portValues, portGradients, portSlots, useStart, usePorts,
    useNodes, waiting, kinds, scratch, kept, keptSizes, delays, stateSize, listed: sparse.listed, sparse: sparse.nodes,
    ...(stack && { stack }),
  } // prettier-ignore
}

/** Numbers that a step may hold, down as well as up: two gigabytes each. */
const most = 2 ** 28

// The shapes are bounded, but what a fold saves for many inputs and the answers of many uses is
// the product of two sizes.
function checkSize(size: number, stack: Stack | undefined): void {
  if (size <= most) return
  throw new EagreError(
    'bad-argument',
    `one step needs ${size} numbers, at most ${most} are possible`,
    {
      hint:
        stack === undefined
          ? 'use large tensors in fewer places, or fold fewer at once'
          : `take smaller batches than ${stack.batch}, or train without stack`,
    },
  )
}

/** Whether a node sends a message of its own each step, rather than being there from the start. */
export function comesWithStep(node: number, firstFixed: number, firstGate: number): boolean {
  return (node >= 0 && node < firstFixed) || node >= firstGate
}

/** The gate a node of the plan names. */
export function gateOf(gates: ReadonlyMap<string, Gate>, node: GateNode): Gate {
  const gate = gates.get(node.gate)
  if (gate === undefined) {
    throw new EagreError(
      'bad-argument',
      `the plan names a gate "${node.gate}" that was not passed in`,
      {
        hint: 'pass the gates that the graph was parsed with',
      },
    )
  }
  return gate
}

/** Everything the kernel of gate `index` is made from; `answers` by port, -1 for those not needed. */
export function bind(wiring: Wiring, index: number, answers: readonly number[]): Binding {
  const { plan, offsets } = wiring
  const { gate, inputs, shape, parameters, samples } = placeOf(plan, wiring.gates, index, wiring.stack) // prettier-ignore
  const operands = (plan.nodes[index] as GateNode).ports.map((port, at): Operand => {
    if ('value' in port) return { memory: 'literal', value: port.value, shape: [] }
    const memory = plan.nodes[port.node]!.type === 'weight' ? 'weights' : 'values'
    return { memory, offset: offsets[port.node]!, shape: inputs[at]! }
  })
  const draws = gate.rule.type === 'tensor' && gate.rule.draws
  return {
    gate,
    parameters,
    operands,
    shape,
    output: offsets[index]!,
    gradient: wiring.totals[index]!,
    answers,
    scratch: wiring.scratch[index]!,
    kept: wiring.kept[index]!,
    listed: wiring.listed[index]! >= 0 && samples === undefined ? wiring.listed[index] : undefined,
    path: draws ? nameOf(plan, index) : undefined,
    samples,
  }
}

/** As `bind`, for a stacked gate that is to take one sample after the other. */
export function bindSamples(wiring: Wiring, index: number, answers: readonly number[]): Binding {
  const { stack, ...rest } = wiring
  if (stack === undefined) return bind(wiring, index, answers)
  return bind({ ...rest, stack: { ...stack, calls: [] } }, index, answers)
}

/** A gate as it is applied in its place: in a batch not always as the plan has it. */
function placeOf(
  plan: Plan,
  gates: ReadonlyMap<string, Gate>,
  index: number,
  stack: Stack | undefined,
): Place {
  const node = plan.nodes[index] as GateNode // only called for gates
  const gate = gateOf(gates, node)
  const { parameters } = node
  if (stack === undefined || stack.stacked[index] === 0) {
    return { gate, inputs: shapesOf(plan, node), shape: node.shape, parameters }
  }
  const call = stack.calls[index]
  if (call !== undefined) return { gate, ...call }
  const { nodes } = stack.sample.plan
  const stacked = node.ports.map((port) => 'node' in port && stack.stacked[port.node] === 1)
  return {
    gate,
    inputs: shapesOf(stack.sample.plan, node),
    shape: nodes[index]!.shape,
    parameters,
    samples: { count: stack.batch, stacked },
  }
}

type Place = Required<StackedCall> & Pick<Binding, 'samples'>

/** The shapes of what feeds the ports of a gate. */
export function shapesOf(plan: Plan, node: GateNode): readonly Shape[] {
  return node.ports.map((port) => ('value' in port ? scalar : plan.nodes[port.node]!.shape))
}

/** Writes a number or nested list into memory, row by row. */
export function writeNested(value: Nested, memory: Float64Array, offset: number): number {
  if (typeof value === 'number') {
    memory[offset] = value
    return offset + 1
  }
  return value.reduce<number>((at, item) => writeNested(item, memory, at), offset)
}

function firstIndex(plan: Plan, matches: (node: { type: string }) => boolean): number {
  const index = plan.nodes.findIndex(matches)
  return index < 0 ? plan.nodes.length : index
}

function portsOf({ nodes }: Plan, named: readonly (Gate | undefined)[], delays: Delays) {
  const portStart = new Int32Array(nodes.length + 1)
  for (let index = 0; index < nodes.length; index++) {
    const node = nodes[index]!
    portStart[index + 1] = portStart[index]! + (node.type === 'gate' ? node.ports.length : 0)
  }
  const portNodes = new Int32Array(portStart[nodes.length]!)
  const portValues = new Float64Array(portNodes.length)
  const portGradients = new Uint8Array(portNodes.length)
  for (let index = 0; index < nodes.length; index++) {
    const node = nodes[index]!
    if (node.type !== 'gate') continue
    const { ports: declared } = named[index]!
    const first = portStart[index]!
    for (let at = 0; at < node.ports.length; at++) {
      const port = node.ports[at]!
      if ('value' in port) {
        portNodes[first + at] = -1
        portValues[first + at] = port.value
        continue
      }
      portNodes[first + at] = port.node
      // A variadic gate's further ports are like its last.
      if (declared[Math.min(at, declared.length - 1)]!.gradient) portGradients[first + at] = 1
    }
  }
  // Within a step nothing comes through a delayed port, and nothing goes back.
  for (const { node } of delays.all) {
    portNodes[portStart[node]!] = -1
    portGradients[portStart[node]!] = 0
  }
  return { portStart, portNodes, portValues, portGradients }
}

function usesOf(count: number, firstGate: number, portStart: Int32Array, portNodes: Int32Array) {
  const useStart = new Int32Array(count + 1)
  for (const node of portNodes) if (node >= 0) useStart[node + 1]!++
  for (let index = 0; index < count; index++) useStart[index + 1]! += useStart[index]!
  const usePorts = new Int32Array(useStart[count]!)
  const useNodes = new Int32Array(useStart[count]!)
  const filled = useStart.slice()
  for (let index = firstGate; index < count; index++) {
    for (let port = portStart[index]!; port < portStart[index + 1]!; port++) {
      const node = portNodes[port]!
      if (node < 0) continue
      const use = filled[node]!++
      usePorts[use] = port
      useNodes[use] = index
    }
  }
  return { useStart, usePorts, useNodes }
}
