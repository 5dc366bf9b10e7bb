/** Random graphs against a tape, finite differences, and themselves in another order of delivery. */
import { fc } from '../random.js'
import { expect, test } from 'vitest'
import type { GradientMessage, ValueMessage } from '../../src/network/message.js'
import { build, type Build } from './build.js'
import { opNames, tape, type Op } from './tape.js'
import { executors } from '../kernel/allowed.js'

interface Dag {
  readonly sources: readonly number[]
  readonly ops: readonly Op[]
}

const arity: Record<string, number> = {
  subtract: 2,
  divide: 2,
  negate: 1,
  square: 1,
  tanh: 1,
  sin: 1,
  cos: 1,
  exp: 1,
  sigmoid: 1,
}

// Thousandths: the arithmetic of subnormal numbers has no bits to compare.
const small = fc.integer({ min: -2000, max: 2000 }).map((n) => n / 1000)

/** Diamonds, repeated ports (`x * x`, `x - x`), literals, unused branches, variadic gates. */
const dags: fc.Arbitrary<Dag> = fc
  .record({
    sources: fc.array(small, { minLength: 1, maxLength: 5 }),
    picks: fc.array(
      fc.record({
        gate: fc.constantFrom(...opNames),
        ports: fc.array(fc.nat(), { minLength: 4, maxLength: 4 }),
        width: fc.integer({ min: 1, max: 4 }),
        literal: fc.option(small, {
          freq: 5,
          nil: undefined,
        }),
      }),
      { minLength: 1, maxLength: 24 },
    ),
  })
  .map(({ sources, picks }) => ({
    sources,
    ops: picks.map(({ gate, ports, width, literal }, at): Op => {
      const known = sources.length + at
      const chosen: (number | { literal: number })[] = ports
        .slice(0, arity[gate] ?? width)
        // Mostly recent nodes, so that graphs are deep.
        .map((port) => (port % 3 === 0 ? port % known : known - 1 - (port % Math.min(known, 3))))
      if (literal !== undefined && chosen.length > 1) chosen[0] = { literal }
      return { gate, ports: chosen }
    }),
  }))

const tame = ({ sources, ops }: Dag) => {
  const { values, magnitudes } = tape(sources, ops)
  return [...values, ...magnitudes].every((x) => Number.isFinite(x) && Math.abs(x) < 1e8)
}

const name = (node: number) => `n${node}`

function graphOf({ sources, ops }: Dag, type: 'weight' | 'input'): Record<string, Build> {
  const nodes: Record<string, Build> = {}
  sources.forEach((weight, at) => {
    nodes[name(at)] = type === 'input' ? 'input' : { weight }
  })
  ops.forEach(({ gate, ports }, at) => {
    nodes[name(sources.length + at)] = [
      gate,
      ...ports.map((port) => (typeof port === 'number' ? name(port) : port.literal)),
    ]
  })
  return nodes
}

/** Messages of all wires, as text, in their order. */
function watch(built: ReturnType<typeof build>, count: number): string[] {
  const log: string[] = []
  for (let node = 0; node < count; node++) {
    built.network
      .valuesOf(node)
      .subscribe(({ step, value }: ValueMessage) => log.push(`${step} ${node} ${String(value)}`))
    built.network
      .gradientsOf(node)
      .subscribe(({ step, gradient }: GradientMessage) =>
        log.push(`${step} ^${node} ${String(gradient)}`),
      )
  }
  return log
}

for (const executor of executors) {
  test(`${executor}: values and gradients are those of a tape on 10,000 random graphs`, () => {
    fc.assert(
      fc.property(dags.filter(tame), (dag) => {
        const count = dag.sources.length + dag.ops.length
        const built = build(graphOf(dag, 'weight'), { loss: name(count - 1), executor })
        const values = new Map<number, unknown>()
        const gradients = new Map<number, unknown>()
        const twice: number[] = []
        for (let node = 0; node < count; node++) {
          built.network.valuesOf(node).subscribe(({ value }) => {
            if (values.has(node)) twice.push(node)
            values.set(node, value)
          })
          built.network.gradientsOf(node).subscribe(({ gradient }) => {
            if (gradients.has(node)) twice.push(node)
            gradients.set(node, gradient)
          })
        }
        built.run(1)
        const wanted = tape(dag.sources, dag.ops)
        const wrong: string[] = []
        const compare = (what: string, got: unknown, oracle: number, bound: number) => {
          if (Math.abs((got as number) - oracle) <= bound) return
          wrong.push(`${what} is ${String(got)}, of the tape ${oracle}`)
        }
        for (let node = 0; node < count; node++) {
          const value = wanted.values[node]!
          compare(name(node), values.get(node), value, 1e-12 * Math.max(1, Math.abs(value)))
          // No gradient has come where none is due.
          const bound = 1e-13 * Math.max(1, wanted.magnitudes[node]!)
          const known = gradients.has(node)
          compare(`^${name(node)}`, known ? gradients.get(node) : 0, wanted.gradients[node]!, known ? bound : 0) // prettier-ignore
        }
        expect(wrong).toEqual([])
        expect(twice).toEqual([])
        expect(built.network.pending).toBe(0)
      }),
      { numRuns: 10_000 },
    )
  })
}

test('the tape itself agrees with finite differences', () => {
  fc.assert(
    fc.property(dags.filter(tame), (dag) => {
      const { gradients, magnitudes } = tape(dag.sources, dag.ops)
      dag.sources.forEach((source, at) => {
        const shifted = (h: number) =>
          tape(
            dag.sources.map((x, i) => (i === at ? x + h : x)),
            dag.ops,
          ).values.at(-1)!
        const difference = (h: number) => (shifted(h) - shifted(-h)) / (2 * h)
        const coarse = difference(2e-4)
        const fine = difference(1e-4)
        const numeric = (4 * fine - coarse) / 3
        // Where the two steps disagree the function is too wild for differences to say anything.
        if (!(Math.abs(fine - coarse) <= 1e-5 * Math.max(1, Math.abs(fine)))) return
        expect(Math.abs(numeric - gradients[at]!)).toBeLessThan(
          1e-4 * Math.max(1, magnitudes[at]!, Math.abs(source)),
        )
      })
    }),
    { numRuns: 2_000 },
  )
})

test('several steps in flight, delivered in any order, send the same messages as one by one', () => {
  const cases = dags.filter(tame).chain((dag) => {
    const deliveries = [1, 2, 3].flatMap((step) =>
      dag.sources.map((_, source) => ({ step, source })),
    )
    return fc.record({
      dag: fc.constant(dag),
      order: fc.shuffledSubarray(deliveries, { minLength: deliveries.length }),
    })
  })
  fc.assert(
    fc.property(cases, ({ dag, order }) => {
      const count = dag.sources.length + dag.ops.length
      const run = (deliveries: typeof order) => {
        const built = build(graphOf(dag, 'input'), { loss: name(count - 1) })
        const log = watch(built, count)
        const frames = new Map([1, 2, 3].map((step) => [step, built.admit(step)]))
        for (const { step, source } of deliveries) {
          built.deliver(frames.get(step)!, name(source), dag.sources[source]! / step)
        }
        expect(built.network.pending).toBe(0)
        return log.sort()
      }
      const inOrder = [1, 2, 3].flatMap((step) =>
        dag.sources.map((_, source) => ({ step, source })),
      )
      expect(run(order)).toEqual(run(inOrder))
    }),
    { numRuns: 1_000 },
  )
})

test('a step whose sources come at once sends what it sends where they come one by one, in that order', () => {
  const cases = dags.filter(tame).chain((dag) => {
    const count = dag.sources.length + dag.ops.length
    const nodes = Array.from({ length: count }, (_, node) => node)
    return fc.record({
      dag: fc.constant(dag),
      inputs: fc.integer({ min: 1, max: dag.sources.length }),
      values: fc.subarray(nodes, { minLength: 1 }),
      gradients: fc.subarray(nodes),
      modes: fc.array(fc.constantFrom('learn' as const, 'predict' as const), { minLength: 1, maxLength: 4 }),
    })
  }) // prettier-ignore
  let told = 0
  fc.assert(
    fc.property(cases, ({ dag, inputs, values, gradients, modes }) => {
      const graph = graphOf(dag, 'weight')
      for (let at = 0; at < inputs; at++) graph[name(at)] = 'input'
      const run = (atOnce: boolean) => {
        const built = build(graph, { loss: name(dag.sources.length + dag.ops.length - 1) })
        const { network } = built
        const log: string[] = []
        const tell = (node: number, what: unknown) => log.push(`${node} ${String(what)}`)
        for (const node of values) {
          network.valuesOf(node).subscribe(({ value }) => void tell(node, value))
        }
        for (const node of gradients) {
          network.gradientsOf(node).subscribe(({ gradient }) => void tell(~node, gradient))
        }
        modes.forEach((mode, step) => {
          const frame = built.admit(step, mode, () => log.push('done'))
          for (let at = 0; at < inputs; at++) frame.values[at] = dag.sources[at]! / (step + 1)
          if (atOnce) network.deliverRange(frame, 0, inputs)
          else for (let at = 0; at < inputs; at++) network.deliver(frame, at)
          network.run()
        })
        expect(network.pending).toBe(0)
        return log
      }
      const log = run(true)
      told += log.length
      expect(log).toEqual(run(false))
    }),
    { numRuns: 1_000 },
  )
  expect(told).toBeGreaterThan(3_000)
})
