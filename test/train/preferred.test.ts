/** With `EAGRE_ENGINE` tests train by that engine where nothing else is asked for, and so does this one. */
import { expect, test } from 'vitest'
import { engineNames } from '../../src/kernel/enginenames.js'
import { parseGraph } from '../../src/graph.js'
import { VirtualClock } from './clock.js'

const named = process.env['EAGRE_ENGINE']

test(`a run of one step is left to ${named ?? 'the network'}`, () => {
  const clock = new VirtualClock()
  const text = 'weights: { w: 3 }\nloss: w^2\ntrain: { learning_rate: 0.25 }'
  const [graph, live] = [parseGraph(text, { clock }), parseGraph(text, { clock, engine: 'live' })]
  for (const each of [graph, live]) each.train().subscribe()
  clock.run()
  const engine = named ?? 'live'
  expect(engineNames).toContain(engine)
  expect(graph.engine).toMatchObject({ engine, steps: engine === 'live' ? 0 : 1 })
  expect(graph.weights()).toEqual(live.weights())
  expect(live.engine).toMatchObject({ engine: 'live', steps: 0 })
})
