/** Training that is watched, asked and held at random learns the same bits (laws 4, 6 and 7). */
import { fc } from '../random.js'
import { of, type Subscription } from 'rxjs'
import { expect, test } from 'vitest'
import type { EagreError } from '../../src/errors.js'
import { parseGraph, type Graph } from '../../src/graph.js'
import { VirtualClock } from './clock.js'
import { trained } from './run.js'
import { executors } from '../kernel/allowed.js'

const text = `
inputs: [x]
targets: [t]
weights: { w: 0.3, b: 0.1, f: { value: 0.7, frozen: true } }
constants: { c: 1.5 }
gates:
  s: stop_gradient(w)
  h: tanh(w * x + b * f) * c + s
  k: where(h > 0, h^2, h / 3)
loss: (k - t)^2 + abs(h) + x * 0
train:
  epochs: 10
  batch: 3
  shuffle: true
  learning_rate: 0.01
  optimizer: adam
  data: { rows: [{ x: 1, t: 3 }, { x: 2, t: 5 }, { x: -1, t: 2 }, { x: 0.3, t: 1 }] }
`
const names = ['x', 't', 'w', 'b', 'f', 'c', 's', 'h', 'h.a', 'k', 'loss', 'loss.a']

/** What somebody does to a graph that trains, from inside a callback or not. */
const act: Record<
  string,
  (graph: Graph, node: string, taps: Subscription[], go: () => void) => void
> = {
  values: (graph, node, taps, go) => void taps.push(graph.values(node).subscribe(go)),
  gradients: (graph, node, taps, go) => void taps.push(graph.gradients(node).subscribe(go)),
  thrower: (graph, node) => {
    graph.values(node).subscribe(() => {
      throw new Error('tap')
    })
  },
  leave: (_graph, node, taps) =>
    taps.splice(names.indexOf(node) % (taps.length || 1), 1)[0]?.unsubscribe(),
  predict: (graph) => void of({ x: 2 }).pipe(graph.predict()).subscribe(),
  probe: (graph, node) => ask(() => graph.step({ x: 1, t: 1 }, { of: node })),
  half: (graph) => ask(() => graph.step({ x: 1 })),
  hold: (graph) => {
    graph.pause()
    graph.resume()
  },
}

function ask(probe: () => unknown): void {
  try {
    probe()
  } catch (error) {
    if ((error as EagreError).code !== 'busy') throw error
  }
}

const acts = fc.array(
  fc.record({ kind: fc.constantFrom(...Object.keys(act)), node: fc.constantFrom(...names) }),
  { minLength: 5, maxLength: 60 },
)

test.each(executors)(
  '%s: no tap, prediction, probe or pause changes a bit, and every value is answered once',
  (executor) => {
    const wanted = trained(text, {}, { executor }).graph.weights()
    fc.assert(
      fc.property(acts, (script) => {
        const clock = new VirtualClock(1)
        const graph = parseGraph(text, { clock, executor })
        const owed = new Map<string, number>()
        for (const node of names) {
          const count = (step: number, by: number) =>
            owed.set(`${node} ${step}`, (owed.get(`${node} ${step}`) ?? 0) + by)
          graph
            .values(node)
            .subscribe(({ step, mode }) => void (mode === 'learn' && count(step, 1)))
          graph
            .gradients(node)
            .subscribe(({ step, mode }) => void (mode === 'learn' && count(step, -1)))
        }
        const taps: Subscription[] = []
        let at = 0
        const go = () => {
          const next = script[at++]
          if (next !== undefined) act[next.kind]!(graph, next.node, taps, go)
        }
        graph.updates('w').subscribe(go)
        graph.train({ every: 5 }).subscribe(go)
        clock.run()
        expect(graph.weights()).toEqual(wanted)
        expect([...owed].filter(([, count]) => count !== 0)).toEqual([])
        expect(owed.size).toBe(names.length * 40)
      }),
      { numRuns: 200 },
    )
  },
)
