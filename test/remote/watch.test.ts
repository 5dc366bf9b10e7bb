/** Pages that watch a graph which the application runs. */
import { describe, expect, test } from 'vitest'
import { gates } from '../../src/gates/index.js'
import { parseGraph, type TrainReport } from '../../src/index.js'
import type { Event } from '../../src/remote/protocol.js'
import { Watch } from '../../src/remote/watch.js'

const line = `name: line
inputs: { x: 1 }
targets: { t: 3 }
weights: { w: 0.5 }
gates:
  y: w * x
loss: (t - y)^2
train: { epochs: 1000000, learning_rate: 0.000001 }
`

function train(graph: ReturnType<typeof parseGraph>): Promise<TrainReport> {
  return new Promise((resolve, reject) => {
    let last: TrainReport
    graph.train().subscribe({
      next: (report) => (last = report),
      error: reject,
      complete: () => resolve(last),
    })
  })
}

describe('a graph that is watched', () => {
  test('learns the same bits, and shows whole steps of it', async () => {
    const alone = parseGraph(line, { engine: 'interpret' })
    await train(alone)
    const graph = parseGraph(line, { engine: 'interpret' })
    const watch = new Watch(graph, gates)
    const events: Event[] = []
    const leave = watch.join((event) => events.push(event))
    await train(graph)
    expect(graph.weights()).toEqual(alone.weights())
    const snapshots = events.flatMap((event) => (event.type === 'snapshot' ? [event.snapshot] : []))
    expect(snapshots.length).toBeGreaterThan(0)
    for (const { values, gradients, loss } of snapshots) {
      // x, t, w, y, loss.a, loss: of one step, with the w of before its update or after it.
      expect(values).toHaveLength(6)
      expect(gradients[5]).toBe(1)
      expect(values[3]).not.toBe(null)
      expect(loss).toBe((3 - Number(values[3])) ** 2)
    }
    leave()
    watch.close()
  })

  test('tells the losses that training reports, those of before a page came too', async () => {
    const text = line.replace('1000000', '5')
    const graph = parseGraph(text)
    const watch = new Watch(graph, gates)
    const last = await train(graph)
    const events: Event[] = []
    watch.join((event) => events.push(event))
    const told = events.flatMap((event) => (event.type === 'points' ? event.points : []))
    expect(told.at(-1)).toMatchObject({ step: 5, epoch: 5, loss: last.loss, rate: 0.000001 })
    expect(events).toContainEqual(
      expect.objectContaining({ status: expect.objectContaining({ epoch: 5, updates: 5 }) }),
    )
    watch.close()
  })

  test('is tapped only while somebody looks, and keeps no process alive', async () => {
    const graph = parseGraph(line, { engine: 'interpret' })
    const watch = new Watch(graph, gates)
    const events: Event[] = []
    watch.join((event) => events.push(event))()
    await train(graph)
    expect(events.some(({ type }) => type === 'snapshot')).toBe(false)
    watch.close()
  })

  test('shows any sample of a batch that runs as one step', async () => {
    const rows = '[{ x: 1, t: 0 }, { x: 2, t: 0 }, { x: 4, t: 0 }]'
    const text = line.replace(/train:.*/, `train: { batch: 3, stack: true, epochs: 3, data: { rows: ${rows} } }`) // prettier-ignore
    const graph = parseGraph(text)
    const watch = new Watch(graph, gates)
    const events: Event[] = []
    watch.join((event) => events.push(event))
    await new Promise((resolve) => setTimeout(resolve, 150)) // it looks ten times a second
    await train(graph)
    const last = () => events.flatMap((event) => (event.type === 'snapshot' ? [event.snapshot] : [])).at(-1)! // prettier-ignore
    expect(last()).toMatchObject({ batch: 3, sample: 0 })
    expect(last().values[0]).toBe(1)
    expect(await watch.handle({ type: 'pick', sample: 2 })).toEqual({ ok: true })
    expect(last()).toMatchObject({ batch: 3, sample: 2 })
    expect(last().values[0]).toBe(4)
    expect(await watch.handle({ type: 'tensor', node: 0, of: 'value' })).toEqual({ ok: true, data: 4 }) // prettier-ignore
    expect(await watch.handle({ type: 'pick', sample: -1 })).toMatchObject({ ok: false })
    watch.close()
  })

  test('is changed by no command', async () => {
    const graph = parseGraph(line, { engine: 'interpret' })
    const watch = new Watch(graph, gates)
    for (const type of ['step', 'play', 'epoch', 'restart'] as const) {
      expect(await watch.handle({ type })).toMatchObject({ ok: false })
    }
    expect(await watch.handle({ type: 'apply', text: line })).toMatchObject({ ok: false })
    expect(await watch.handle({ type: 'weights' })).toEqual({ ok: true, weights: { w: 0.5 } })
    expect(await watch.handle({ type: 'check', text: 'gates: 3' })).toMatchObject({ ok: false })
    watch.close()
  })
})
