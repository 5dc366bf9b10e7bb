/** Fused runs that are held, watched for a while and taken over by other engines, beside the live network. */
import type { Observable } from 'rxjs'
import { expect, test } from 'vitest'
import { parseGraph, type Graph } from '../../src/graph.js'
import type { EngineName } from '../../src/kernel/enginenames.js'
import { fused } from '../kernel/allowed.js'
import { fc } from '../random.js'
import { VirtualClock } from './clock.js'

// Each step is an epoch, in which kernels do nothing that they need not.
const product = (train: string) => `
weights: { x: 12.3791, y: 1.4782, z: 8.192 }
gates: { f: (x + y) * z }
loss: (144 - f)^2
metrics: [f]
train: { learning_rate: 0.00001${train} }
`
const layer = (train: string) => `
inputs: { x: { shape: [2] } }
weights: { W: [[0.3, -0.2, 0.7], [0.1, 0.5, -0.4]], b: [0, 0.1, -0.1] }
gates: { f: tanh(x @ W + b) }
loss: sum(squared_error(f, 0.3)) + mean(f)
train:
  { learning_rate: 0.01${train}, data: { rows: [{ x: [1, -0.5] }, { x: [0.2, 0.9] }, { x: [-1, 0.1] }] } }
`

type Act = { readonly kind: 'advance' | 'values' | 'gradients'; readonly steps: number; readonly every: number } | { readonly kind: 'move'; readonly to: number } // prettier-ignore

const steps = fc.oneof(
  fc.integer({ min: 1, max: 9 }),
  fc.constantFrom(63, 64, 65, 300, 1000, 16_384, 16_385),
)
const acts = fc.array(
  fc.oneof<fc.Arbitrary<Act>[]>(
    fc.record({
      kind: fc.constantFrom('advance' as const, 'values' as const, 'gradients' as const),
      steps,
      every: fc.constantFrom(1, 2, 50),
    }),
    fc.record({ kind: fc.constant('move' as const), to: fc.nat(2) }),
  ),
  { minLength: 1, maxLength: 6 },
)
const trains = fc.constantFrom(
  ', epochs: 20000',
  ', epochs: 3000, optimizer: adam',
  ', epochs: 3000, schedule: { exponential: { gamma: 0.999 } }',
  ', until: { loss: 0.001, patience: 40 }',
  ', epochs: 4000, until: { patience: 3, restore_best: true }',
)

/** All that is seen of a run to which this is done; only fused ones are moved to other engines. */
function seenOf(text: string, engine: EngineName, script: readonly Act[]) {
  const clock = new VirtualClock()
  const seen: unknown[] = []
  let made = 0
  const begin = (by: EngineName): Graph => {
    const own = parseGraph(text, { clock, engine: by })
    own.pause()
    return own
  }
  const train = () => graph.train().subscribe((report) => seen.push(report))
  let graph = begin(engine)
  let run = train()
  clock.run()
  for (const act of script) {
    if (run.closed) break
    if (act.kind === 'move') {
      const checkpoint = JSON.parse(JSON.stringify(graph.checkpoint()))
      run.unsubscribe()
      made += graph.engine!.steps
      graph = begin(engine === 'live' ? engine : fused[act.to % fused.length]!)
      graph.restore(checkpoint)
      run = train()
    } else {
      const { kind, every } = act
      const messages: Observable<unknown> | undefined =
        kind === 'advance' ? undefined : graph[kind]('f', { every })
      const tap = messages?.subscribe((message) => seen.push(message))
      graph.advance(act.steps)
      clock.run()
      tap?.unsubscribe()
    }
    seen.push(graph.weights(), graph.checkpoint())
  }
  graph.resume()
  clock.run()
  seen.push(graph.weights(), graph.checkpoint())
  return { seen, steps: made + graph.engine!.steps }
}

test.each(fused)(
  '%s: a run that is held, watched and taken over has the bits of the live one',
  (engine) => {
    let made = 0
    fc.assert(
      fc.property(fc.constantFrom(product, layer), trains, acts, (graph, train, script) => {
        const text = graph(train)
        const { seen, steps: here } = seenOf(text, engine, script)
        made += here
        expect(seen).toStrictEqual(seenOf(text, 'live', script).seen)
      }),
      { numRuns: 8 },
    )
    expect(made).toBeGreaterThan(5000)
  },
)

test.each(fused.flatMap((engine) => [2 ** 31, 2 ** 32].map((limit) => [engine, limit] as const)))(
  '%s: goes on over step %d',
  (engine, limit) => {
    const text = product(`, epochs: ${limit + 700}, until: { patience: ${limit} }`)
    const counted = ['epoch', 'bestEpoch', 'step', 'samples', 'learned', 'latest', 'updates', 'steps'] // prettier-ignore
    const ends = [engine, 'live' as const].map((by) => {
      const clock = new VirtualClock()
      const options = { clock, engine: by }
      const first = parseGraph(text, options)
      first.pause()
      first.train().subscribe()
      first.advance(7)
      clock.run()
      const late = JSON.parse(JSON.stringify(first.checkpoint()), (key, value) => {
        return counted.includes(key) && typeof value === 'number' ? value + limit - 500 : value
      })
      const graph = parseGraph(text, options)
      graph.restore(late)
      const seen: unknown[] = []
      graph.values('f', { every: 100 }).subscribe((message) => seen.push(message))
      graph.train().subscribe((report) => seen.push(report))
      clock.run()
      if (by !== 'live') expect(graph.engine!.steps).toBeGreaterThan(1100)
      return [...seen, graph.weights(), graph.checkpoint()]
    })
    expect(ends[0]).toStrictEqual(ends[1])
  },
)
