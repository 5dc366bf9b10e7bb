/** Where the same gates come again and again, engines that make loops of them compute the bits of the live network. */
import { expect, test } from 'vitest'
import { fc } from '../random.js'
import { Graph, parseGraph } from '../../src/graph.js'
import type { EngineOption } from '../../src/train/engine.js'
import { fused } from '../kernel/allowed.js'
import { repeating, repeatingPlan } from '../kernel/repeating.js'
import { VirtualClock } from './clock.js'
import { outcomeOf } from './fusedrandom.js'

const settings = fc.record({
  batch: fc.integer({ min: 1, max: 4 }),
  optimizer: fc.constantFrom('sgd', 'adam'),
  every: fc.constantFrom('epoch', 'slice' as const),
})

const data = [
  { x0: 0.3, x1: 1, x2: -0.5 },
  { x0: -0.7, x1: 0, x2: 2 },
  { x0: 1.1, x1: 2, x2: 0.1 },
]

test.each(fused)('%s', (engine) => {
  let completed = 0
  fc.assert(
    fc.property(repeating, settings, (shape, { batch, optimizer, every }) => {
      const plan = repeatingPlan(shape)
      const train = { ...plan.train, batch, optimizer: { name: optimizer, parameters: {} } }
      const outcome = (engine: EngineOption) => {
        const clock = new VirtualClock(0)
        return outcomeOf(new Graph({ ...plan, train }, { clock, engine }), clock, { data, every })
      }
      const live = outcome('live')
      const other = outcome(engine)
      if (live.seen.includes('complete')) {
        completed++
        expect(other.use).toMatchObject({ engine, steps: 9 })
      }
      expect(other.seen).toStrictEqual(live.seen)
    }),
    { numRuns: 60 },
  )
  expect(completed).toBeGreaterThan(30)
})

test('wasm: so do the samples of a batch that are computed together', () => {
  const links = Array.from({ length: 40 }, (_, at) => {
    return `  a${at + 1}: b${at} * w${at} + 0.25\n  b${at + 1}: tanh(a${at + 1})\n`
  })
  const text = `
inputs: { x: { shape: [4] } }
targets: { t: 0 }
weights:
  m: { shape: [6, 4], init: xavier_uniform }
${links.map((_, at) => `  w${at}: 0.9`).join('\n')}
gates:
  h: tanh(m @ x)
  b0: sum(h)
${links.join('')}
loss: (b${links.length} - t)^2
train: { epochs: 4, batch: 3, learning_rate: 0.1 }`
  const rows = Array.from({ length: 7 }, (_, at) => {
    return { x: [Math.sin(at), Math.cos(at), at / 7, -1], t: at % 2 }
  })
  const [live, wasm] = (['live', 'wasm'] as const).map((engine) => {
    const clock = new VirtualClock(0)
    return outcomeOf(parseGraph(text, { clock, engine }), clock, { data: rows, every: 'epoch' })
  })
  expect(wasm!.use).toMatchObject({ engine: 'wasm', steps: 28 })
  expect(wasm!.seen).toContain('complete')
  expect(wasm!.seen).toStrictEqual(live!.seen)
})
