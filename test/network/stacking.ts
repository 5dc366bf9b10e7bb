/** A gate on the samples of a batch at once, beside the same gate on one sample after the other. */
import { type Gate, isMismatch, type ParameterValue } from '../../src/gates/gate.js'
import { compile } from '../../src/kernel/compile.js'
import type { Executor, Frame } from '../../src/kernel/kernel.js'
import type { Plan, PlanNode, PlanPort } from '../../src/language/plan.js'
import { placeIn, stackWiring } from '../../src/network/stack.js'
import { bind, wire, type Wiring } from '../../src/network/wiring.js'
import type { Shape } from '../../src/tensor/shape.js'
import { portOf } from '../kernel/place.js'
import { planOf } from './build.js'

/** What feeds a port: an input with the data of each sample, or one constant, weight or literal. */
export interface Feed {
  readonly kind: 'input' | 'constant' | 'weight' | 'literal'
  readonly shape: Shape
  /** By sample; all have the first where it is no input. */
  readonly data: readonly (readonly number[])[]
}

interface Outcome {
  /** By sample. */
  readonly values: readonly (readonly number[])[]
  /** By port: by sample where it is an input, else the sum over all samples and that of the sizes. */
  readonly answers: readonly (readonly (readonly number[])[] | undefined)[]
  readonly magnitudes: readonly (readonly number[] | undefined)[]
}

interface Stacking {
  readonly gate: Gate
  readonly feeds: readonly Feed[]
  readonly batch: number
  readonly parameters: Readonly<Record<string, ParameterValue>>
  readonly executor: Executor
  /** By element of the output of all samples. */
  readonly g: (element: number) => number
}

/** Both ways, and whether the gate took all samples at once. */
export function stackedAndNot(given: Stacking): {
  readonly stacked: Outcome
  readonly plain: Outcome
  readonly atOnce: boolean
} {
  const { gate, batch } = given
  const sample = wire(planFor(given), new Map([[gate.name, gate]]))
  const whole = stackWiring(sample, batch)
  const ports = given.feeds.map((_, port) => port)
  const size = sample.sizes.at(-1)!
  const nodes = nodesOf(given.feeds)

  const together = runAll(given, whole, nodes, [...Array(batch).keys()])
  const answerOf = (frame: Frame, port: number, at: number) => {
    const { total, size: own } = placeIn(whole, nodes.get(port)!, at)
    return [...frame.gradients.slice(total, total + own)]
  }
  const answered = (port: number) => {
    return nodes.has(port) && portOf(gate, port).gradient
  }
  const isInput = (port: number) => given.feeds[port]!.kind === 'input'
  const output = (frame: Frame, at: number) => {
    const { offset } = placeIn(whole, whole.count - 1, at)
    return [...frame.values.slice(offset, offset + size)]
  }
  const stacked: Outcome = {
    values: [...Array(batch).keys()].map((at) => output(together, at)),
    answers: ports.map((port) => {
      if (!answered(port)) return undefined
      return isInput(port) ? [...Array(batch).keys()].map((at) => answerOf(together, port, at)) : [answerOf(together, port, 0)] // prettier-ignore
    }),
    magnitudes: [],
  }

  const singles = [...Array(batch).keys()].map((at) => runAll(given, sample, nodes, [at]))
  const answerAlone = (frame: Frame, port: number) => {
    const total = sample.totals[nodes.get(port)!]!
    return [...frame.gradients.slice(total, total + sample.sizes[nodes.get(port)!]!)]
  }
  const offset = sample.offsets.at(-1)!
  const summed = (port: number, of: (x: number) => number) => {
    const all = singles.map((frame) => answerAlone(frame, port))
    return all[0]!.map((_, i) => all.reduce((sum, one) => sum + of(one[i]!), 0))
  }
  const plain: Outcome = {
    values: singles.map((frame) => [...frame.values.slice(offset, offset + size)]),
    answers: ports.map((port) => {
      if (!answered(port)) return undefined
      return isInput(port) ? singles.map((frame) => answerAlone(frame, port)) : [summed(port, (x) => x)] // prettier-ignore
    }),
    magnitudes: ports.map((port) => {
      return answered(port) && !isInput(port) ? summed(port, Math.abs) : undefined
    }),
  }
  return { stacked, plain, atOnce: whole.stack!.calls[whole.count - 1] !== undefined }
}

function planFor({ gate, feeds, parameters }: Stacking): Plan {
  const complete: Record<string, ParameterValue> = {}
  for (const { name, default: fallback } of gate.parameters) complete[name] = fallback
  Object.assign(complete, parameters)
  const shape = gate.shape(
    feeds.map((feed) => feed.shape),
    complete,
  )
  if (isMismatch(shape)) throw new Error(shape.mismatch)
  const numbers = nodesOf(feeds)
  const ports = feeds.map((feed, port): PlanPort => {
    return feed.kind === 'literal' ? { value: feed.data[0]![0]! } : { node: numbers.get(port)! }
  })
  const sources = [...numbers.keys()].map((port): PlanNode => {
    const { kind, shape: own } = feeds[port]!
    const base = { name: `n${port}`, shape: own }
    if (kind === 'input') return { ...base, type: 'input' }
    return { ...base, type: kind === 'weight' ? 'weight' : 'constant', value: 0 }
  })
  const nodes: PlanNode[] = [
    ...sources,
    { type: 'gate', name: 'y', gate: gate.name, ports, parameters: complete, shape },
  ]
  return { ...planOf({}), nodes }
}

/** The nodes that feed ports, by port and in their order: inputs, weights, constants. */
function nodesOf(feeds: readonly Feed[]): ReadonlyMap<number, number> {
  const kinds = ['input', 'weight', 'constant']
  const ports = feeds.flatMap(({ kind }, port) => (kind === 'literal' ? [] : [port]))
  const rank = (port: number) => kinds.indexOf(feeds[port]!.kind)
  const sorted = ports.toSorted((a, b) => rank(a) - rank(b))
  return new Map(sorted.map((port, node) => [port, node]))
}

/** Runs the gate for these samples in a frame of this wiring, twice: stores must not add up. */
function runAll(
  { gate, feeds, executor, g }: Stacking,
  wiring: Wiring,
  nodes: ReadonlyMap<number, number>,
  samples: readonly number[],
): Frame {
  const last = wiring.count - 1
  // A sparse answer begins as 0, and so does the list of its rows.
  const before = wiring.listed[last]! >= 0 ? 0 : unwritten
  const frame: Frame = {
    step: 0,
    mode: 'learn',
    seed: 7,
    turn: 10 + samples[0]!,
    turns: Float64Array.from(samples, (sample) => 10 + sample),
    values: new Float64Array(wiring.valuesSize).fill(before),
    gradients: new Float64Array(wiring.gradientsSize).fill(before),
    weights: new Float64Array(wiring.weightsSize).fill(unwritten),
  }
  for (const [port, node] of nodes) {
    const { kind, data } = feeds[port]!
    samples.forEach((sample, at) => {
      const { offset } = placeIn(wiring, node, at)
      const memory = kind === 'weight' ? frame.weights : frame.values
      memory.set(kind === 'input' ? data[sample]! : data[0]!, offset)
    })
  }
  samples.forEach((sample, at) => {
    const { total, size } = placeIn(wiring, last, at)
    for (let i = 0; i < size; i++) frame.gradients[total + i] = g(sample * size + i)
  })
  const answers = feeds.map((_, port) => {
    return nodes.has(port) && portOf(gate, port).gradient ? wiring.totals[nodes.get(port)!]! : -1
  })
  const kernel = compile(bind(wiring, last, answers), executor)
  const state = { weights: frame.weights, optimizer: [], updates: 0, gates: new Float64Array(64) }
  for (let round = 0; round < 2; round++) {
    kernel.forward(frame, state)
    kernel.backward(frame, state)
  }
  return frame
}

/** Where two numbers are further apart than 1e-12 of the magnitude, or of the greater one. */
function apart(a: number, b: number, magnitude = 0): boolean {
  if (Object.is(a, b) || a === b) return false
  return !(Math.abs(a - b) <= 1e-12 * Math.max(magnitude, Math.abs(a), Math.abs(b)))
}

/** What of a stacked outcome is not that of the samples one by one. */
export function differences({ stacked, plain }: { stacked: Outcome; plain: Outcome }): unknown[] {
  const wrong: unknown[] = []
  plain.values.forEach((all, sample) => {
    all.forEach((value, at) => {
      const got = stacked.values[sample]![at]!
      if (apart(got, value)) wrong.push({ sample, at, got, value })
    })
  })
  plain.answers.forEach((samples, port) => {
    samples?.forEach((all, sample) => {
      all.forEach((answer, at) => {
        const got = stacked.answers[port]![sample]![at]!
        if (apart(got, answer, plain.magnitudes[port]?.[at])) {
          wrong.push({ port, sample, at, got, answer })
        }
      })
    })
  })
  return wrong
}

/** Each element of other samples moves a little, and indices trade places. */
export function varied(gate: Gate, port: number, data: readonly number[], sample: number) {
  if (sample === 0 || data.length === 0) return data
  if (!portOf(gate, port).gradient) {
    return data.map((_, at) => data[(at + sample) % data.length]!)
  }
  return data.map((x, at) => x * (1 + 0.01 * sample) + 0.003 * ((at + sample) % 3))
}

const unwritten = -1.2345678901234567e-200
