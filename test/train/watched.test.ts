/** Steps that somebody watches are made in kernels too, and are told as the live network tells them. */
import { fc } from '../random.js'
import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { takeWhile, type Observable, type Subscription } from 'rxjs'
import { loadGraph } from '../../src/files/load.js'
import { gates } from '../../src/gates/index.js'
import { dense, parseGraph, pointwise, type Graph, type TrainOptions } from '../../src/index.js'
import type { EngineName } from '../../src/kernel/enginenames.js'
import { fused } from '../kernel/allowed.js'
import { VirtualClock } from './clock.js'
import { choices, graphOf, text } from './tensorgraphs.js'

type Log = unknown[]

/** Tells every message of every node that has a name, in the order in which they come. */
function watchAll(graph: Graph, log: Log): Subscription[] {
  return graph.plan.nodes.flatMap(({ name }) => {
    if (name === undefined) return []
    const watch = (what: string, messages: Observable<unknown>) =>
      messages.subscribe((message) => log.push([what, name, message]))
    return [watch('value', graph.values(name)), watch('gradient', graph.gradients(name))]
  })
}

/** All that is told of a run, with what executed it. */
function told(graph: Graph, clock: VirtualClock, options: TrainOptions = {}, log: Log = []) {
  watchAll(graph, log)
  graph.faults().subscribe(({ step, message, action }) => log.push([step, message, action]))
  graph.train(options).subscribe({ error: (error: Error) => log.push(error.message) })
  clock.run()
  log.push(graph.weights())
  return { log, use: graph.engine! }
}

const files = readdirSync('graphs').filter((file) => file.endsWith('.yaml'))

test.each(
  files.flatMap((file) =>
    fused.flatMap((engine) => [false, true].map((stack) => [file, engine, stack] as const)),
  ),
)('%s by %s (stacked: %s): every value and gradient', async (file, engine, stack) => {
  const of = async (named: EngineName) => {
    const graph = await loadGraph(`graphs/${file}`, { engine: named })
    const log: Log = []
    watchAll(graph, log)
    const reports = graph.train({ epochs: 3, every: 1, stack, batch: 4 })
    await reports.pipe(takeWhile(({ step }) => step < 12)).forEach(() => {})
    return { log, use: graph.engine! }
  }
  let other: Awaited<ReturnType<typeof of>>
  try {
    other = await of(engine)
  } catch (error) {
    // What cannot be fused, or stacked, is refused.
    return expect((error as Error).message).toMatch(/^train: /)
  }
  expect(other.log).toStrictEqual((await of('live')).log)
  expect(other.log.length).toBeGreaterThan(0)
  expect(other.use).toMatchObject({ engine, steps: 0 })
  if (file !== 'embedding.yaml') expect(other.use.watched).toBeGreaterThan(0)
})

test.each(fused)('%s: random graphs of tensors', (engine) => {
  let steps = 0
  const many = fc.record({
    rows: fc.integer({ min: 1, max: 4 }),
    batch: fc.integer({ min: 1, max: 3 }),
    stack: fc.boolean(),
  })
  fc.assert(
    fc.property(choices, many, (chosen, { rows, batch, stack }) => {
      const nodes = graphOf(chosen)
      if (nodes.length === 0) return
      const [live, other] = (['live', engine] as const).map((named) => {
        const clock = new VirtualClock()
        const graph = parseGraph(text(nodes, rows, batch, false), { clock, engine: named })
        return told(graph, clock, { epochs: 2, stack })
      })
      steps += other!.use.watched
      expect(live!.use.watched).toBe(0)
      expect(other!.log).toStrictEqual(live!.log)
    }),
    { numRuns: 60 },
  )
  expect(steps).toBeGreaterThan(60)
})

describe.each(fused)('%s', (engine) => {
  const both = (run: (engine: EngineName) => { log: Log; watched: number }) => {
    const [live, other] = [run('live'), run(engine)]
    expect(other.log).toStrictEqual(live.log)
    expect(live.watched).toBe(0)
    expect(other.watched).toBeGreaterThan(0)
    return live.log
  }

  test('a gate that throws, forward or backward, in some of the steps', () => {
    for (const way of ['forward', 'backward'] as const) {
      const log = both((named) => {
        const fragile = dense({
          doc: 'Twice its input, unless that is above 1.',
          inputs: ['x'],
          value: '2 * x',
          gradients: { x: '2 * g' },
          shape: () => [],
          prepare: ({ inputs, output, gradient, answers }) => {
            const mustBe = (size: number) => {
              if (size > 1) throw new Error('too large')
            }
            return {
              forward([x], values) {
                if (way === 'forward') mustBe(x![inputs[0]!.offset]!)
                values[output] = 2 * x![inputs[0]!.offset]!
              },
              backward([x], _, gradients) {
                if (way === 'backward') mustBe(x![inputs[0]!.offset]!)
                gradients[answers[0]!] = 2 * gradients[gradient]!
              },
            }
          },
        })
        const clock = new VirtualClock()
        const graph = parseGraph(
          `
inputs: [a]
weights: { w: 0.5, u: 0.1 }
gates: { h: tanh(w * a), f: fragile(a * w), y: f * h + u }
loss: y^2
train: { on_fault: skip, epochs: 3, learning_rate: 0.01, data: { rows: [{ a: 1 }, { a: 4 }, { a: 0.3 }] } }`,
          { clock, engine: named, gates: { ...Object.fromEntries(gates), fragile } },
        )
        const { log, use } = told(graph, clock)
        return { log, watched: use.watched }
      })
      expect(JSON.stringify(log)).toContain('too large')
    }
  })

  test('numbers that are not finite, forward or backward', () => {
    for (const formula of ['log(w * a)', 'sqrt(max(w * a, 0)) * 1']) {
      const log = both((named) => {
        const clock = new VirtualClock()
        const graph = parseGraph(
          `
inputs: [a]
weights: { w: 0.5 }
gates: { y: "${formula}" }
loss: y
train: { on_fault: skip, epochs: 3, learning_rate: 0.01, data: { rows: [{ a: 1 }, { a: 0 }, { a: 0.3 }] } }`,
          { clock, engine: named },
        )
        const { log, use } = told(graph, clock)
        return { log, watched: use.watched }
      })
      expect(JSON.stringify(log)).toContain('"skip"')
    }
  })

  test.each(['throw', 'leave', 'open', 'close', 'stop'] as const)(
    'a subscriber that does something in the middle of a step: %s',
    (what) => {
      both((named) => {
        const clock = new VirtualClock()
        const log: Log = []
        const graph = parseGraph(
          `
inputs: [a]
weights: { w: 0.5, u: -0.3 }
gates: { h: tanh(w * a), k: h * u, y: k + h }
loss: (y - 1)^2
train: { epochs: 4, learning_rate: 0.1, data: { rows: [{ a: 1 }, { a: 0.3 }] } }`,
          { clock, engine: named },
        )
        const tell = (name: string) => (message: unknown) => log.push([name, message])
        graph.faults().subscribe(({ step, message }) => log.push([step, message]))
        for (const stream of ['values', 'gradients'] as const) {
          let count = 0
          const messages: Observable<unknown> = graph[stream]('h')
          const act = messages.subscribe((message) => {
            log.push([stream, message])
            if (++count !== 3) return
            if (what === 'throw') throw new Error('mine')
            if (what === 'leave') act.unsubscribe()
            if (what === 'open') {
              graph.values('y').subscribe(tell('new y'))
              graph.gradients('w').subscribe(tell('new w'))
            }
            if (what === 'close') graph.close()
            if (what === 'stop') training.unsubscribe()
          })
          graph.values('k').subscribe(tell('k'))
          graph.gradients('k').subscribe(tell("k'"))
        }
        const training = graph.train().subscribe({ error: (error: Error) => log.push(error.message) }) // prettier-ignore
        clock.run()
        log.push(graph.weights())
        return { log, watched: graph.engine!.watched }
      })
    },
  )

  test('taps on all that a gate of its own formula computes', () => {
    both((named) => {
      const cube = pointwise({
        doc: 'x^3',
        inputs: ['x'],
        value: 'x * x * x',
        gradients: { x: '3 * g * x * x' },
      })
      const clock = new VirtualClock()
      const graph = parseGraph(
        'weights: { w: 1.5 }\ngates: { y: cube(w) }\nloss: y^2\ntrain: { epochs: 5, learning_rate: 0.001 }',
        { clock, engine: named, gates: { ...Object.fromEntries(gates), cube } },
      )
      const { log, use } = told(graph, clock)
      return { log, watched: use.watched }
    })
  })
})

test('auto makes the kernel once there have been steps enough to pay for it', () => {
  const clock = new VirtualClock()
  const graph = parseGraph(
    'weights: { w: 3 }\ngates: { y: tanh(w) }\nloss: y^2\ntrain: { epochs: 100000 }',
    { clock },
  )
  let count = 0
  graph.values('y').subscribe(() => count++)
  graph.train().subscribe()
  clock.run()
  expect(count).toBe(100_000)
  expect(graph.engine).toMatchObject({ steps: 0, watched: 98_000 })
})
