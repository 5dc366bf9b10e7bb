/** Random graphs of single numbers with random ways of training them, for comparing engines. */
import { fc } from '../random.js'
import { gates } from '../../src/gates/index.js'
import { Graph } from '../../src/graph.js'
import type { Plan, PlanNode, PlanPort, TrainPlan } from '../../src/language/plan.js'
import { optimizers } from '../../src/optimizers/index.js'
import type { EngineOption, EngineUse } from '../../src/train/engine.js'
import type { TrainOptions } from '../../src/train/report.js'
import { VirtualClock } from './clock.js'

/** A plan, the rows to train it on, and what the caller says. */
export interface Case {
  readonly plan: Plan
  readonly rows?: readonly Readonly<Record<string, number | null>>[]
  readonly every: NonNullable<TrainOptions['every']>
  /** What passes each time somebody looks at the clock. */
  readonly perLook: number
}

// Every gate that takes numbers and gives one.
const scalarGates = [...gates.values()].filter(({ rule, ports }) => {
  return rule.type !== 'tensor' && ports.length > 0
})

const numbers = fc.oneof(
  fc.integer({ min: -2000, max: 2000 }).map((n) => n / 1000),
  fc.constantFrom(0, -0, 1, -1, 2, 0.5, 1e-300, -1e-310),
)
const wild = fc.constantFrom(1e200, -1e308, 1e16)

const nodesOf = fc.record({
  weights: fc.array(
    fc.record({
      value: numbers,
      frozen: fc.constantFrom(true, false, false, false),
      rate: fc.constantFrom(undefined, undefined, 0.01, 1),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  constants: fc.array(numbers, { maxLength: 2 }),
  picks: fc.array(
    fc.record({
      gate: fc.constantFrom(...scalarGates),
      ports: fc.array(fc.nat(), { minLength: 6, maxLength: 6 }),
      width: fc.integer({ min: 1, max: 6 }),
      literal: fc.option(numbers, { freq: 4, nil: undefined }),
    }),
    { minLength: 2, maxLength: 20 },
  ),
})

const settings = fc.record({
  epochs: fc.integer({ min: 1, max: 7 }),
  batch: fc.integer({ min: 1, max: 5 }),
  optimizer: fc.constantFrom(...optimizers.values()),
  learningRate: fc.constantFrom(0.001, 0.1, 10),
  schedule: fc.constantFrom<TrainPlan['schedule'][]>(
    undefined,
    { name: 'exponential', per: 'epoch', parameters: { gamma: 0.9 } },
    { name: 'cosine', per: 'update', parameters: { t_max: 5, eta_min: 0 } },
  ),
  shuffle: fc.boolean(),
  seed: fc.integer({ min: 0, max: 5 }),
  clip: fc.constantFrom<TrainPlan['clip'][]>(undefined, { value: 0.5 }, { norm: 0.7 }, { value: 1, norm: 1e-200 }), // prettier-ignore
  until: fc.constantFrom<TrainPlan['until'][]>(
    undefined,
    { loss: 0.1 },
    { patience: 2 },
    { loss: 1e-9, patience: 1, restoreBest: true },
  ),
  onFault: fc.constantFrom('stop' as const, 'skip' as const, 'skip' as const),
})

const rowsOf = fc.array(
  fc.record({
    x: fc.oneof({ arbitrary: numbers, weight: 12 }, { arbitrary: wild, weight: 1 }),
    z: numbers,
    t: fc.option(numbers, { freq: 6 }),
  }),
  { minLength: 1, maxLength: 6 },
)

export const cases: fc.Arbitrary<Case> = fc
  .record({
    graph: nodesOf,
    settings,
    rows: rowsOf,
    every: fc.constantFrom<Case['every']>('slice', 'epoch', 1, 2, 3),
    perLook: fc.constantFrom(0, 3, 11),
    metric: fc.boolean(),
    measure: fc.constantFrom(true, false, false, false),
  })
  .map(({ graph, settings: chosen, rows, every, perLook, metric, measure }) => {
    const nodes: PlanNode[] = [
      { type: 'input', name: 'x', shape: [] },
      { type: 'input', name: 'z', shape: [] },
      { type: 'target', name: 't', shape: [] },
    ]
    graph.weights.forEach(({ value, frozen, rate }, at) => {
      const own = { name: `w${at}`, shape: [], value, frozen }
      nodes.push({ type: 'weight', ...own, ...(rate !== undefined && { learningRate: rate }) })
    })
    graph.constants.forEach((value, at) => {
      nodes.push({ type: 'constant', name: `c${at}`, shape: [], value })
    })
    for (const { gate, ports, width, literal } of graph.picks) {
      const known = nodes.length
      const count = gate.variadic ? width : gate.ports.length
      const feeds = ports.slice(0, count).map((port): PlanPort => {
        return { node: port % 3 === 0 ? port % known : known - 1 - (port % Math.min(known, 4)) }
      })
      if (literal !== undefined && count > 1) feeds[ports[0]! % count] = { value: literal }
      nodes.push({ type: 'gate', name: `n${known}`, gate: gate.name, shape: [], ports: feeds, parameters: {} }) // prettier-ignore
    }
    const last = nodes.length - 1
    // Squared, so that most losses have something to lower.
    nodes.push({ type: 'gate', name: 'd', gate: 'subtract', shape: [], ports: [{ node: last }, { node: 2 }], parameters: {} }) // prettier-ignore
    nodes.push({ type: 'gate', name: 'loss', gate: 'multiply', shape: [], ports: [{ node: last + 1 }, { node: last + 1 }], parameters: {} }) // prettier-ignore
    const { epochs, optimizer, schedule, clip, until, ...rest } = chosen
    const train: TrainPlan = {
      ...rest,
      epochs,
      optimizer: { name: optimizer.name, parameters: Object.fromEntries(optimizer.parameters) },
      ...(schedule && { schedule }),
      ...(clip && { clip }),
      ...(until && { until }),
      budget: 10,
    }
    const plan: Plan = {
      name: 'random',
      nodes,
      loss: last + 2,
      outputs: [last],
      metrics: metric ? [last, 3] : [],
      ...(measure && { measures: [{ name: 'mae', measure: 'mae', prediction: last, target: 2 }] }),
      train,
      tests: [],
    }
    return { plan, rows, every, perLook }
  })

/** Everything that can be seen of a run, with numbers to the last bit. */
export interface Outcome {
  readonly seen: readonly unknown[]
  readonly use: EngineUse
}

/** Trains a case. */
export function outcome({ plan, rows, every, perLook }: Case, engine: EngineOption): Outcome {
  const clock = new VirtualClock(perLook)
  return outcomeOf(new Graph(plan, { clock, engine }), clock, {
    ...(rows && { data: rows }),
    every,
  })
}

/** Trains a graph. */
export function outcomeOf(graph: Graph, clock: VirtualClock, options: TrainOptions): Outcome {
  const seen: unknown[] = []
  graph.faults().subscribe((fault) => seen.push({ ...fault, cause: undefined }))
  graph.train(options).subscribe({
    next: (report) => seen.push(report),
    error: (error: Error) => seen.push(error.message),
    complete: () => seen.push('complete'),
  })
  clock.run()
  seen.push(graph.weights(), graph.checkpoint())
  return { seen, use: graph.engine! }
}
