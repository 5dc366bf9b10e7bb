/**
 * The way gradients take upstream: from the node whose gradient is given (the seed) to those
 * that somebody wants, and through nothing else (law 8).
 */
import type { Kernel } from '../kernel/kernel.js'
import type { Wiring } from './wiring.js'

/** The nodes that gradients reach from one seed, and what each of them answers. */
export interface Route {
  readonly seed: number
  /** 1 for every node whose gradient is computed. */
  readonly active: Uint8Array
  /** 1 for every node that the seed depends on, but that no gradient reaches: it gets `none`. */
  readonly mute: Uint8Array
  /** How many of a node's uses answer with a gradient. */
  readonly answering: Int32Array
  /** How many nodes are active. */
  readonly size: number
  /** The active ones, in the reverse of the plan's order. */
  readonly order: Int32Array
  /** By gate: the nodes it answers, once for each port, packed from `start[gate]` on. */
  readonly start: Int32Array
  readonly answered: Int32Array
  /**
   * For a node with several uses: where their answers lie, in the plan's order of ports, packed
   * from `sumStart[node]` on. A node with one use has none: the answer is its total.
   */
  readonly sumStart: Int32Array
  readonly sumSlots: Int32Array
  /** By gate: what computes its answers; absent where it has none to give. Made when first asked for. */
  readonly kernels: readonly (Kernel | undefined)[]
  /** By gate with a kernel: where the answers of its ports go, -1 for those not needed. */
  readonly answers: readonly (readonly number[] | undefined)[]
}

/** The nodes to which a gradient flows from the seeds, whether anybody wants it or not. */
export function reachedFrom(wiring: Wiring, ...seeds: readonly number[]): Uint8Array {
  const reached = new Uint8Array(wiring.count)
  for (const seed of seeds) reached[seed] = 1
  for (let index = Math.max(...seeds); index >= wiring.firstGate; index--) {
    if (reached[index] === 0) continue
    eachGradientPort(wiring, index, (node) => {
      reached[node] = 1
    })
  }
  return reached
}

/**
 * Routes gradients from `seed` to the wanted nodes (1 in `wanted`). `kernel` gives a gate's
 * kernel for the places its answers go to, -1 for a port that needs none. `reached` may say that
 * gradients come from other nodes below `seed` too.
 */
export function routeTo(
  wiring: Wiring,
  seed: number,
  wanted: Uint8Array,
  kernel: (index: number, answers: readonly number[]) => Kernel,
  reached = reachedFrom(wiring, seed),
): Route {
  const { count, firstGate, portStart, portNodes, portGradients, portSlots } = wiring
  const active = new Uint8Array(count)
  for (let index = 0; index <= seed; index++) {
    if (reached[index] === 0) continue
    active[index] = wanted[index]!
    // A source has no ports.
    for (let port = portStart[index]!; port < portStart[index + 1]!; port++) {
      if (portGradients[port] === 1 && active[portNodes[port]!] === 1) active[index] = 1
    }
  }

  const answering = new Int32Array(count)
  const start = new Int32Array(count + 1)
  const answered = new Int32Array(portNodes.length)
  let answers = 0
  const allAnswers: (readonly number[] | undefined)[] = Array.from({ length: count })
  const answersPort = new Uint8Array(portNodes.length)
  let size = 0
  for (let index = 0; index < count; index++) {
    start[index] = answers
    if (active[index] === 0) continue
    size++
    if (index < firstGate) continue
    const [first, end] = [portStart[index]!, portStart[index + 1]!]
    for (let port = first; port < end; port++) {
      const node = portNodes[port]!
      if (portGradients[port] === 0 || active[node] === 0) continue
      answersPort[port] = 1
      answered[answers++] = node
      answering[node]!++
    }
    if (answers === start[index]) continue
    const own: number[] = []
    for (let port = first; port < end; port++) {
      own.push(answersPort[port] === 1 ? portSlots[port]! : -1)
    }
    allAnswers[index] = own
  }
  start[count] = answers
  let kernels: readonly (Kernel | undefined)[] | undefined
  return {
    seed,
    active,
    answering,
    size,
    order: orderOf(active, size),
    start,
    answered: answered.slice(0, answers),
    ...sumsOf(wiring, answersPort),
    mute: muteOf(wiring, seed, reached),
    get kernels() {
      return (kernels ??= allAnswers.map((answers, index) => answers && kernel(index, answers)))
    },
    answers: allAnswers,
  }
}

function orderOf(active: Uint8Array, size: number): Int32Array {
  const order = new Int32Array(size)
  let at = size
  for (let index = 0; index < active.length; index++) if (active[index] === 1) order[--at] = index
  return order
}

function muteOf(wiring: Wiring, seed: number, reached: Uint8Array): Uint8Array {
  const { firstGate, portStart, portNodes } = wiring
  const used = new Uint8Array(wiring.count)
  used[seed] = 1
  for (let index = seed; index >= firstGate; index--) {
    if (used[index] === 0) continue
    for (let port = portStart[index]!; port < portStart[index + 1]!; port++) {
      if (portNodes[port]! >= 0) used[portNodes[port]!] = 1
    }
  }
  for (let index = 0; index <= seed; index++) if (reached[index] === 1) used[index] = 0
  return used
}

function sumsOf({ count, useStart, usePorts, portSlots }: Wiring, answersPort: Uint8Array) {
  const sumStart = new Int32Array(count + 1)
  const sumSlots: number[] = []
  for (let index = 0; index < count; index++) {
    sumStart[index] = sumSlots.length
    if (useStart[index + 1]! - useStart[index]! < 2) continue
    for (let use = useStart[index]!; use < useStart[index + 1]!; use++) {
      if (answersPort[usePorts[use]!] === 1) sumSlots.push(portSlots[usePorts[use]!]!)
    }
  }
  sumStart[count] = sumSlots.length
  return { sumStart, sumSlots: Int32Array.from(sumSlots) }
}

/** Calls back for each port that a gradient can leave through. */
export function eachGradientPort(
  { portStart, portNodes, portGradients }: Wiring,
  index: number,
  callback: (node: number, port: number) => void,
): void {
  const first = portStart[index]!
  const end = portStart[index + 1]!
  for (let at = first; at < end; at++) {
    if (portGradients[at] === 1) callback(portNodes[at]!, at - first)
  }
}
