/** Fused runs compute the bits of the live network, for whatever is trained and however. */
import { fc } from '../random.js'
import { expect, test, vi } from 'vitest'
import type { EngineName } from '../../src/kernel/enginenames.js'
import { catalogue, gates, type GateName } from '../../src/gates/index.js'
import { Graph, parseGraph } from '../../src/graph.js'
import { loadGraph } from '../../src/files/load.js'
import { wire } from '../../src/network/wiring.js'
import type { Plan, PlanNode } from '../../src/language/plan.js'
import type { Shape } from '../../src/tensor/shape.js'
import { isMismatch, type ParameterValue } from '../../src/gates/gate.js'
import { cases as tensorCases } from '../gates/cases.js'
import { points } from '../gates/points.js'
import { portOf } from '../kernel/place.js'
import { readdirSync } from 'node:fs'
import type { Observable, Subscription } from 'rxjs'
import { VirtualClock } from './clock.js'
import { cases, outcome, outcomeOf } from './fusedrandom.js'
import { choices, graphOf, text } from './tensorgraphs.js'
import { fused, generates } from '../kernel/allowed.js'

// All of them take minutes: `EAGRE_RUNS=50000 npx vitest run …` makes as many.
const numRuns = Number(process.env.EAGRE_RUNS ?? 400)
vi.setConfig({ testTimeout: Math.max(180_000, 20 * numRuns) })

test.each(fused)('%s: random runs are those of the live network, bit for bit', (engine) => {
  let steps = 0
  fc.assert(
    fc.property(cases, (one) => {
      const live = outcome(one, 'live')
      const other = outcome(one, engine)
      expect(live.use.steps).toBe(0)
      expect(other.use.engine).toBe(engine)
      steps += other.use.steps
      expect(other.seen).toStrictEqual(live.seen)
    }),
    { numRuns },
  )
  expect(steps).toBeGreaterThan(2 * numRuns)
})

test.each(fused)('%s: random graphs of tensors train to the bits of the live network', (engine) => {
  let steps = 0
  const many = fc.record({
    rows: fc.integer({ min: 1, max: 5 }),
    batch: fc.integer({ min: 1, max: 4 }),
    large: fc.boolean(),
    stack: fc.boolean(),
  })
  fc.assert(
    fc.property(choices, many, (chosen, { rows, batch, large, stack }) => {
      const nodes = graphOf(chosen)
      if (nodes.length === 0) return
      const [live, other] = (['live', engine] as const).map((named) => {
        const clock = new VirtualClock()
        return outcomeOf(
          parseGraph(text(nodes, rows, batch, large), { clock, engine: named }),
          clock,
          {
            epochs: 3,
            stack,
          },
        )
      })
      steps += other!.use.steps
      expect(other!.use.engine).toBe(engine)
      expect(other!.seen).toStrictEqual(live!.seen)
    }),
    { numRuns: Math.ceil(numRuns / 4) },
  )
  expect(steps).toBeGreaterThan(numRuns / 2)
})

interface Call {
  readonly inputs: readonly { readonly shape: Shape; readonly data: readonly number[] }[]
  readonly parameters?: Readonly<Record<string, ParameterValue>>
}

/**
 * A gate whose inputs are weights where they can learn, and the sum of what it gives as the loss. With
 * `large` there are more weights beside it than a run may have that is one function of single numbers.
 */
function planOf(
  name: GateName,
  { inputs, parameters = {} }: Call,
  large: boolean,
): Plan | undefined {
  const gate = catalogue[name]
  const given: Record<string, ParameterValue> = {}
  for (const { name: parameter, default: fallback } of gate.parameters) given[parameter] = fallback
  Object.assign(given, parameters)
  const shape = gate.shape(
    inputs.map((input) => input.shape),
    given,
  )
  if (isMismatch(shape)) return undefined
  const nested = (data: readonly number[], [first, ...rest]: Shape): number | number[] => {
    if (first === undefined) return data[0]!
    const size = data.length / first
    return Array.from({ length: first }, (_, at) =>
      nested(data.slice(at * size, (at + 1) * size), rest),
    ) as number[]
  }
  const nodes: PlanNode[] = inputs.map(({ shape: own, data }, port): PlanNode => {
    const type = portOf(gate, port).gradient ? 'weight' : 'constant'
    return { type, name: `p${port}`, shape: own, value: nested(data, own) }
  })
  // Sources of one kind behind one another.
  const order = nodes
    .map((_, port) => port)
    .toSorted(
      (a, b) => Number(nodes[a]!.type === 'constant') - Number(nodes[b]!.type === 'constant'),
    )
  const more = Array.from({ length: large ? 49 : 1 }, (_, at) => at / 50)
  const ports = nodes.map((_, port) => ({ node: 1 + order.indexOf(port) }))
  const sources: PlanNode[] = [
    { type: 'weight', name: 'more', shape: [more.length], value: more },
    ...order.map((port) => nodes[port]!),
  ]
  const count = sources.length
  const defaults = (gate: GateName) =>
    Object.fromEntries(catalogue[gate].parameters.map((one) => [one.name, one.default]))
  const sumOf = (named: string, node: number): PlanNode => {
    return { type: 'gate', name: named, gate: 'sum', shape: [], ports: [{ node }], parameters: defaults('sum') } // prettier-ignore
  }
  return {
    name,
    nodes: [
      ...sources,
      { type: 'gate', name: 'y', gate: name, shape, ports, parameters: given },
      sumOf('own', count),
      sumOf('others', 0),
      {
        type: 'gate',
        name: 'loss',
        gate: 'add',
        shape: [],
        ports: [{ node: count + 1 }, { node: count + 2 }],
        parameters: defaults('add'),
      },
    ],
    loss: count + 3,
    outputs: [count],
    metrics: [],
    tests: [],
    train: {
      epochs: 4, batch: 1, optimizer: { name: 'adamax', parameters: {} }, learningRate: 0.01,
      shuffle: false, seed: 3, onFault: 'skip', budget: 10,
    }, // prettier-ignore
  }
}

const formulaCalls = (Object.keys(points) as (keyof typeof points)[]).flatMap((name) => {
  const { smooth, kinks = [] } = points[name]
  return [...smooth, ...kinks].flatMap(({ at, parameters }): [GateName, Call][] => {
    const own = parameters && { parameters }
    const numbers = at.map((value) => ({ shape: [], data: [value] }))
    // The first is a matrix, the others broadcast to it.
    const tensors = at.map((value, port) => {
      const shape = port === 0 ? [2, 3] : port === 1 ? [3] : []
      return {
        shape,
        data: Array.from({ length: port === 0 ? 6 : port === 1 ? 3 : 1 }, (_, k) => value + k / 8),
      }
    })
    return [
      [name, { inputs: numbers, ...own }],
      [name, { inputs: tensors, ...own }],
    ]
  })
})
const tensorCalls = (Object.keys(tensorCases) as (keyof typeof tensorCases)[]).flatMap((name) => {
  return tensorCases[name].sound.map((call): [GateName, Call] => [name, call])
})

const everyCall = [...formulaCalls, ...tensorCalls].flatMap(([name, call]) => {
  return [false, true].map((large) => [name, call, large] as const)
})

test.each(fused)(
  '%s: every gate of the catalogue trains to the bits of the live network',
  (engine) => {
    const seen = new Set<GateName>()
    for (const [name, call, large] of everyCall) {
      const plan = planOf(name, call, large)
      if (plan === undefined) continue
      const one = { plan, every: 'epoch', perLook: 0 } as const
      const other = outcome(one, engine)
      expect(other.use.engine).toBe(engine)
      if (other.use.steps > 0) seen.add(name)
      expect(other.seen, name).toStrictEqual(outcome(one, 'live').seen)
    }
    expect([...seen].toSorted()).toEqual(Object.keys(catalogue).toSorted())
  },
)

const files: { readonly file: string; readonly keeps: boolean }[] = []
const unrolled: string[] = []
for (const name of readdirSync('graphs').filter((file) => file.endsWith('.yaml'))) {
  const { plan } = await loadGraph(`graphs/${name}`)
  const { delays, stateSize } = wire(plan, gates)
  if (delays.depth > 0) unrolled.push(name)
  else files.push({ file: name, keeps: stateSize > 0 })
}

test.each(unrolled)(
  'gradients go back in time in %s: its steps are left to the network, and that is said',
  async (file) => {
    const graph = await loadGraph(`graphs/${file}`)
    const row = Object.fromEntries(
      graph.plan.nodes.flatMap((node) => {
        return node.type === 'input' || node.type === 'target' ? [[node.name, 0.5]] : []
      }),
    )
    await graph.train({ epochs: 1, data: [row, row] }).forEach(() => {})
    expect(graph.engine).toMatchObject({ engine: 'live', steps: 0 })
    expect(graph.engine!.reason).toBe('gradients go back to steps before')
  },
)

const ways = files.flatMap(({ file, keeps }) => {
  return fused.flatMap((engine) => (keeps ? [false] : [false, true]).map((stack) => [file, engine, stack] as const)) // prettier-ignore
})

test.each(ways)(
  '%s by %s (stacked: %s) trains to the bits of the live network',
  async (file, engine, stack) => {
    const seen = await Promise.all(
      (['live', engine] as const).map(async (named) => {
        const graph = await loadGraph(`graphs/${file}`, { engine: named })
        const reports: unknown[] = []
        await graph.train({ epochs: 3, every: 'epoch', stack }).forEach((report) => {
          reports.push({ ...report, elapsed: 0 })
        })
        if (named !== 'live') expect(graph.engine!.steps).toBeGreaterThan(0)
        return [reports, graph.weights()]
      }),
    )
    expect(seen[1]).toStrictEqual(seen[0])
  },
)

const watched = fc.array(
  fc.record({
    what: fc.constantFrom(
      'values' as const,
      'gradients' as const,
      'updates' as const,
      'leave' as const,
    ),
    node: fc.nat(),
    after: fc.integer({ min: 0, max: 3 }),
    every: fc.constantFrom(1, 1, 2, 3, 7),
  }),
  { minLength: 1, maxLength: 12 },
)

test.each(fused)(
  '%s: taps that come and go see what the live network sends, and change no bit',
  (engine) => {
    let steps = 0
    fc.assert(
      fc.property(cases, watched, ({ plan, rows, perLook }, script) => {
        const run = (named: EngineName) => {
          const clock = new VirtualClock(perLook)
          const graph = new Graph(plan, { clock, engine: named })
          const log: unknown[] = []
          const taps: Subscription[] = []
          let next = 0
          let waits = script[0]!.after
          const act = () => {
            while (waits-- <= 0 && next < script.length) {
              const { what, node, every } = script[next++]!
              waits = script[next]?.after ?? 0
              const { name = 'loss', type } = plan.nodes[node % plan.nodes.length]!
              if (what === 'leave') taps.splice(node % (taps.length || 1), 1)[0]?.unsubscribe()
              else if (what !== 'updates' || type === 'weight') {
                const tell = (message: unknown) => log.push([what, name, message])
                const stream: Observable<unknown> =
                  what === 'updates' ? graph.updates(name) : graph[what](name, { every })
                taps.push(stream.subscribe(tell))
              }
            }
          }
          graph.faults().subscribe(({ message, step }) => log.push([step, message]))
          // A report after each step: the same places in every engine.
          graph
            .train({ data: rows!, every: 1, epochs: 4 })
            .subscribe({ next: act, error: () => {} })
          clock.run()
          log.push(graph.weights())
          return { log, use: graph.engine! }
        }
        const [live, other] = [run('live'), run(engine)]
        steps += other.use.steps
        expect(other.log).toStrictEqual(live.log)
      }),
      { numRuns },
    )
    expect(steps).toBeGreaterThan(numRuns)
  },
)

test.each(fused)('%s: a table that is read in several places learns to the same bits', (engine) => {
  const text = `
inputs: { i: { shape: [2] }, j: { shape: [3] } }
targets: [t]
weights: { T: { shape: [6, 3], init: normal }, w: 0.5 }
gates: { y: 'sum(embedding(T, i)) * w + sum(tanh(embedding(T, j)))' }
loss: (t - y)^2
train: { epochs: 5, batch: 2, optimizer: sgd, learning_rate: 0.05 }`
  const data = [0, 1, 2, 3, 4].map((k) => ({ i: [k % 6, 2], j: [5, k, (k + 2) % 6], t: k / 3 }))
  const [live, other] = (['live', engine] as const).map((named) => {
    const clock = new VirtualClock()
    return outcomeOf(parseGraph(text, { clock, engine: named }), clock, { data })
  })
  expect(other!.use).toMatchObject({ engine, steps: 25 })
  expect(other!.seen).toStrictEqual(live!.seen)
})

test('an engine that is named and cannot be is an error, and auto says what it takes and why', () => {
  const clock = new VirtualClock()
  const recurrent = parseGraph(
    `
inputs: [x]
weights: { w: 1 }
gates: { h: w * previous(h) + x }
loss: h^2
train: { data: { rows: [{ x: 1 }, { x: 2 }] } }`,
    { clock, engine: 'javascript' },
  )
  let message = ''
  recurrent.train().subscribe({ error: (error: Error) => (message = error.message) })
  expect(message).toBe(
    'train: the engine "javascript" cannot be used: gradients go back to steps before',
  )
  const long = parseGraph('weights: { w: 1 }\nloss: w^2\ntrain: { epochs: 100000 }')
  const { engine, reason } = long.chosenEngine()!
  expect(engine).toBe(generates ? 'javascript' : 'wasm')
  if (generates) expect(reason).toBe('1 gate')
  else expect(reason).toMatch(/^1 gate; javascript: code generation is forbidden here/)
  const mixed = parseGraph(
    'weights: { w: [1, 2], b: 1 }\nloss: mean(w) + b\ntrain: { epochs: 100000 }',
  )
  expect(mixed.chosenEngine()).toEqual({ engine: 'wasm', reason: '1 gate of numbers, 1 of tensors' }) // prettier-ignore
  const short = parseGraph('weights: { w: 1 }\nloss: w^2')
  expect(short.chosenEngine()).toEqual({ engine: 'live', reason: 'a run of 1 step' })
})

test('the engine "javascript" is refused where no code may be generated, and only there', () => {
  const graph = parseGraph('weights: { w: 1 }\nloss: w^2', { engine: 'javascript' })
  if (generates) expect(graph.chosenEngine()).toMatchObject({ engine: 'javascript' })
  else
    expect(() => graph.chosenEngine()).toThrow(/cannot be used: code generation is forbidden here/)
})

test.each(fused)(
  '%s: a tap on every n-th step leaves the steps between to the kernel',
  (engine) => {
    const clock = new VirtualClock()
    const graph = parseGraph('weights: { w: 3 }\nloss: w^2\ntrain: { epochs: 10000 }', {
      clock,
      engine,
    })
    const [all, some] = [
      parseGraph('weights: { w: 3 }\nloss: w^2\ntrain: { epochs: 10000 }', {
        clock,
        engine: 'live',
      }),
      graph,
    ]
    const every: unknown[] = []
    const sampled: unknown[] = []
    all.values('loss').subscribe((message) => message.step % 1000 === 0 && every.push(message))
    some.values('loss', { every: 1000 }).subscribe((message) => sampled.push(message))
    all.train().subscribe()
    some.train().subscribe()
    clock.run()
    expect(sampled).toHaveLength(10)
    expect(sampled).toStrictEqual(every)
    expect(graph.engine).toMatchObject({ engine, steps: 9990 })
    expect(() => graph.values('loss', { every: 0 })).toThrow(
      'every must be a whole number from 1, got 0',
    )
  },
)

test('a short run is made in the kernel of a run before, where there is one', async () => {
  const graph = parseGraph('weights: { w: 1 }\nloss: (w - 2)^2\ntrain: { learning_rate: 0.01 }')
  const use = async (epochs: number) => {
    await graph.train({ epochs }).forEach(() => {})
    return graph.engine
  }
  expect(await use(10)).toMatchObject({ engine: 'live', reason: 'a run of 10 steps', steps: 0 })
  const { engine } = (await use(5000))!
  expect(engine).not.toBe('live')
  expect(await use(10)).toMatchObject({
    engine,
    reason: '2 gates, made for a run before',
    steps: 10,
  })
  const other = parseGraph('weights: { w: 1 }\nloss: (w - 2)^2\ntrain: { learning_rate: 0.01 }')
  for (const epochs of [10, 5000, 10]) {
    await other.train({ epochs, engine: 'live' }).forEach(() => {})
  }
  expect(graph.weights()).toStrictEqual(other.weights())
})
