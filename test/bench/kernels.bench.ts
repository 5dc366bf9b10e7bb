/**
 * What one kernel costs, down and up, beside the same arithmetic written by hand. Prints
 * nanoseconds and their ratio, each pair measured in turn in one run.
 */
import { catalogue, type GateName } from '../../src/gates/index.js'
import { compile } from '../../src/kernel/compile.js'
import type { Frame, Kernel, State } from '../../src/kernel/kernel.js'
import { place } from '../kernel/place.js'

type Hand = (frame: Frame) => void

// Inputs stand at 0, 1, …; the output and its gradient behind them.
const cases: readonly {
  readonly gate: GateName
  readonly at: readonly number[]
  readonly literal?: number
  readonly forward: Hand
  readonly backward: Hand
}[] = [
  {
    gate: 'multiply',
    at: [0.3, 0.7],
    forward: ({ values }) => {
      values[2] = values[0]! * values[1]!
    },
    backward: ({ values, gradients }) => {
      gradients[0] = gradients[2]! * values[1]!
      gradients[1] = gradients[2]! * values[0]!
    },
  },
  {
    gate: 'add',
    at: [0.3, 0.7],
    forward: ({ values }) => {
      values[2] = values[0]! + values[1]!
    },
    backward: ({ gradients }) => {
      gradients[0] = gradients[2]!
      gradients[1] = gradients[2]!
    },
  },
  {
    gate: 'tanh',
    at: [0.3],
    forward: ({ values }) => {
      values[1] = Math.tanh(values[0]!)
    },
    backward: ({ values, gradients }) => {
      gradients[0] = gradients[1]! * (1 - values[1]! * values[1]!)
    },
  },
  {
    gate: 'relu',
    at: [0.3],
    forward: ({ values }) => {
      values[1] = Math.max(values[0]!, 0)
    },
    backward: ({ values, gradients }) => {
      gradients[0] = values[0]! <= 0 ? 0 : gradients[1]!
    },
  },
  {
    gate: 'power',
    at: [0.3, 2],
    literal: 1,
    forward: ({ values }) => {
      values[2] = values[0]! * values[0]!
    },
    backward: ({ values, gradients }) => {
      gradients[0] = gradients[2]! * (2 * values[0]!)
    },
  },
]

const state: State = {
  weights: new Float64Array(0),
  optimizer: [],
  updates: 0,
  gates: new Float64Array(0),
}
// Many kernels of one gate in turn, as a network calls them: the call is never inlined.
const copies = 64
const turns = 500

const measured = cases.map(({ gate, at, literal, forward, backward }) => {
  const memories = at.map((_, port) => (port === literal ? 'literal' : 'values'))
  const { binding, frame } = place(catalogue[gate], at, { memories })
  const many = (make: () => Kernel) => Array.from({ length: copies }, make)
  const byHand = many(() => ({
    forward: (lent) => forward(lent),
    backward: (lent) => backward(lent),
  }))
  const generated = many(() => compile(binding, 'javascript'))
  const interpreted = many(() => compile(binding, 'interpret'))
  return { gate, frame, variants: { 'by hand': byHand, generated, interpreted } }
})

// The places that call kernels must have seen all of them before, as those of a network have.
for (const { frame, variants } of measured) {
  for (const kernels of Object.values(variants)) all(kernels, frame)
}
for (const { gate, frame, variants } of measured) report(gate, frame, variants)

const inputs = Array.from({ length: 20_000 }, (_, index) => 1 + index / 1e9)
for (const gate of ['add', 'multiply', 'max'] as const) {
  for (const executor of ['javascript', 'interpret'] as const) {
    const { binding, frame } = place(catalogue[gate], inputs)
    const kernel = compile(binding, executor)
    const nanoseconds = best(() => once(kernel, frame)) / inputs.length
    console.log(`${gate} of 20,000, ${executor}: ${nanoseconds.toFixed(1)} ns an input`)
  }
}

function report(name: string, frame: Frame, variants: Record<string, readonly Kernel[]>): void {
  const entries = Object.entries(variants)
  const times = new Map<string, number>()
  for (let round = 0; round < 5; round++) {
    for (const [variant, kernels] of entries) {
      const time = best(() => all(kernels, frame)) / (copies * turns)
      times.set(variant, Math.min(time, times.get(variant) ?? Infinity))
    }
  }
  const hand = times.get('by hand')!
  const cells = [...times].map(([variant, time]) => {
    return `${variant} ${time.toFixed(1)} ns (${(time / hand).toFixed(2)})`
  })
  console.log(`${name.padEnd(10)} ${cells.join('   ')}`)
}

function all(kernels: readonly Kernel[], frame: Frame): void {
  for (let turn = 0; turn < turns; turn++) {
    for (const kernel of kernels) once(kernel, frame)
  }
}

function once(kernel: Kernel, frame: Frame): void {
  kernel.forward(frame, state)
  kernel.backward(frame, state)
}

/** The shortest of some runs, in nanoseconds. */
function best(run: () => void): number {
  let shortest = Infinity
  for (let trial = 0; trial < 20; trial++) {
    const start = performance.now()
    run()
    shortest = Math.min(shortest, (performance.now() - start) * 1e6)
  }
  return shortest
}
