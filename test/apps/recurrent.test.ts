/** A recurrent cell that learns online what only its memory can tell it. */
import { readFileSync } from 'node:fs'
import { from, lastValueFrom, toArray } from 'rxjs'
import { expect, test } from 'vitest'
import { parseGraph } from '../../src/graph.js'
import { seeded } from '../../src/optimizers/random.js'

test('learns to tell the value of two steps ago, which a cell without a past cannot', async () => {
  const generator = seeded(3, 'coin')
  const xs = Array.from({ length: 6000 }, () => generator.below(2) * 2 - 1)
  const events = xs.map((x, at) => ({ x, t: xs[at - 2] ?? 0 }))
  const text = readFileSync('graphs/recurrent.yaml', 'utf8')
  const run = async (graph: string) => {
    const learned = await lastValueFrom(
      from(events).pipe(parseGraph(graph).learn({ budget: 1000 }), toArray()),
    )
    const wrong = learned.map((one, at) => {
      return 'outputs' in one ? (Number(one.outputs['y']) - events[at]!.t) ** 2 : NaN
    })
    return wrong.slice(-500).reduce((sum, error) => sum + error / 500, 0)
  }
  expect(await run(text)).toBeLessThan(0.2)
  // Coins tell nothing of one another.
  const without = text.replace('previous(h, shape=[8], unroll=4) @ Wh', '0 * (b @ Wh)')
  expect(await run(without)).toBeGreaterThan(0.9)
})
