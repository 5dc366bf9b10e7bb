/** What pages ask of a model, without pages. */
import { describe, expect, test } from 'vitest'
import { gates } from '../../src/gates/index.js'
import { Graph, parseGraph } from '../../src/index.js'
import type { Event, Status } from '../../src/remote/protocol.js'
import { Session } from '../../src/remote/session.js'

const line = `name: line
inputs: { x: 1 }
targets: { t: 1 }
weights: { w: 0.5, b: 0 }
gates:
  y: w * x + b
loss: (t - y)^2
train:
  epochs: 40
  learning_rate: 0.05
  optimizer: { sgd: { momentum: 0.9 } }
  data: { rows: [{ x: 1, t: 3 }, { x: 2, t: 5 }, { x: 3, t: 7 }] }
`

function open(text: string, readonly = false) {
  const events: Event[] = []
  const session = new Session({
    text,
    file: 'line.yaml',
    gates,
    readonly,
    open: (source, change) => {
      const graph = parseGraph(source)
      return change === undefined ? graph : new Graph(change(graph.plan), {}, graph.warnings)
    },
    rows: async ({ plan: { train } }) => {
      return train.data !== undefined && 'rows' in train.data ? train.data.rows : undefined
    },
  })
  const leave = session.join((event) => events.push(event))
  const last = <T extends Event['type']>(type: T) =>
    events.filter((event): event is Extract<Event, { type: T }> => event.type === type).at(-1)!
  const status = (): Status => last('status').status
  return { session, events, last, status, leave }
}

async function weightsOf(session: Session) {
  const answer = await session.handle({ type: 'weights' })
  return answer.ok ? (answer.weights as Record<string, number>) : {}
}

/** The weights of the library after so many steps. */
async function after(steps: number, rate?: number, text = line) {
  const graph = parseGraph(text)
  if (steps === 0) return graph.weights()
  graph.pause()
  await new Promise<void>((resolve) => {
    const options = rate === undefined ? {} : { learningRate: rate }
    const run = graph
      .train({ every: steps > 1000 ? steps : 1, ...options })
      .subscribe(({ step }) => {
        if (step < steps) return
        run.unsubscribe()
        resolve()
      })
    graph.advance(steps)
  })
  return graph.weights()
}

describe('a session', () => {
  test('makes single steps, with every message of them in order', async () => {
    const { session, last, status } = open(line)
    await session.handle({ type: 'step' })
    const { snapshot } = last('snapshot')
    const { nodes, loss } = last('graph').graph
    const names = (indexes: readonly number[]) => indexes.map((index) => nodes[index]!.name)
    expect(names(snapshot.wave!.down)).toEqual(['x', 't', 'w', 'b', 'y.a', 'y', 'loss.a', 'loss'])
    expect(names(snapshot.wave!.up).slice(0, 3)).toEqual(['loss', 'loss.a', 'y'])
    expect(names(snapshot.wave!.updated)).toEqual(['w', 'b'])
    expect(snapshot.gradients[loss!]).toBe(1)
    expect(status()).toMatchObject({ step: 1, updates: 1, activity: 'paused' })
    expect(await weightsOf(session)).toEqual(await after(1))
    session.close()
  })

  test('has the mean of the losses where a batch is one step', async () => {
    const { session, last } = open(
      line.replace('epochs: 40', 'epochs: 40\n  batch: 3\n  stack: true'),
    )
    await session.handle({ type: 'step' })
    // y = x / 2, t = 3, 5, 7.
    expect(last('snapshot').snapshot.loss).toBe((2.5 ** 2 + 4 ** 2 + 5.5 ** 2) / 3)
    session.close()
  })

  test('shows one sample of a batch that is one step, and the one that is asked for', async () => {
    const text = line.replace('epochs: 40', 'epochs: 40\n  batch: 3\n  stack: true')
    const { session, last } = open(text)
    await session.handle({ type: 'step' })
    const at = (name: string) => last('graph').graph.nodes.findIndex((node) => node.name === name)
    const { snapshot } = last('snapshot')
    expect(snapshot).toMatchObject({ batch: 3, sample: 0 })
    expect(snapshot.values[at('y')]).toBe(0.5)
    expect(await session.handle({ type: 'pick', sample: 2 })).toEqual({ ok: true })
    const third = last('snapshot').snapshot
    expect(third).toMatchObject({ batch: 3, sample: 2, loss: snapshot.loss })
    // y = x / 2 at x = 3, t = 7; the loss of each answers to a third.
    expect(third.values[at('y')]).toBe(1.5)
    expect(third.values[at('t')]).toBe(7)
    expect(third.gradients[at('loss')]).toBeCloseTo(1 / 3, 15)
    expect(third.gradients[at('y')]).toBeCloseTo((-2 * 5.5) / 3, 14)
    expect(await session.handle({ type: 'tensor', node: at('y'), of: 'value' })).toEqual({ ok: true, data: 1.5 }) // prettier-ignore
    expect(await session.handle({ type: 'pick', sample: -1 })).toMatchObject({ ok: false })
    session.close()
  })

  test('shows steps of the run while it plays, with the numbers that they had', async () => {
    const text = line.replace('epochs: 40', 'epochs: 1000000000').replace('0.05', '0.0001')
    const { session, events, last } = open(text)
    await session.handle({ type: 'play' })
    const made = () => events.flatMap((event) => event.type === 'snapshot' && event.snapshot.made ? [event.snapshot] : []) // prettier-ignore
    await expect.poll(() => made().length).toBeGreaterThan(3)
    await session.handle({ type: 'pause' })
    const at = (name: string) => last('graph').graph.nodes.findIndex((node) => node.name === name)
    for (const { step: number, values, gradients, loss } of made().slice(0, 2)) {
      // Two probes came before: at the start, and when its rows were there.
      const step = number - 2
      const [x, t] = [1 + (step % 3), 3 + 2 * (step % 3)]
      expect([values[at('x')], values[at('t')]]).toEqual([x, t])
      const { w, b } = (await after(step, undefined, text)) as { w: number; b: number }
      const y = w * x + b
      expect([values[at('y')], loss]).toEqual([y, (t - y) ** 2])
      expect(gradients[at('y')]).toBeCloseTo(-2 * (t - y), 12)
    }
    // What stands there when it waits is a probe on the weights of now.
    expect(last('snapshot').snapshot.made).toBe(false)
    session.close()
  })

  test('takes what is typed in for the inputs it is for', async () => {
    const text = `inputs: { a: { from: [p, q] }, b: 1 }
targets: { kind: { classes: [red, green] } }
weights: { w: [1, 1] }
gates:
  y: dot(w, a) + b
loss: (y - kind)^2
train: { data: { rows: [{ p: 1, q: 2, b: 3, kind: green }] } }
`
    const { session, last } = open(text)
    const value = (name: string) => {
      const { nodes } = last('graph').graph
      return last('snapshot').snapshot.values[nodes.findIndex((node) => node.name === name)]
    }
    await expect.poll(() => value('y')).toBe(6)
    expect(await session.handle({ type: 'sample', sample: { a: [10, 20] } })).toEqual({ ok: true })
    expect([value('y'), value('b'), value('kind')]).toEqual([33, 3, 1])
    await session.handle({ type: 'sample', sample: { kind: 'red' } })
    expect([value('y'), value('kind')]).toEqual([33, 0])
    const wrong = await session.handle({ type: 'sample', sample: { kind: 'blue' } })
    expect(wrong).toMatchObject({ ok: false, message: expect.stringContaining('"blue" is no class') }) // prettier-ignore
    expect([value('y'), value('kind')]).toEqual([33, 0])
    await session.handle({ type: 'sample', sample: null })
    expect([value('y'), value('kind')]).toEqual([6, 1])
    session.close()
  })

  test('plays to the end of its epochs as the library does', async () => {
    const { session, status } = open(line)
    await session.handle({ type: 'play' })
    await expect.poll(() => status().activity).toBe('ended')
    expect(status()).toMatchObject({ step: 120, epoch: 40, stopped: 'epochs' })
    expect(await weightsOf(session)).toEqual(await after(120))
    session.close()
  })

  test('makes an epoch and waits', async () => {
    const { session, status } = open(line)
    await session.handle({ type: 'epoch' })
    await expect.poll(() => status()).toMatchObject({ activity: 'paused', epoch: 1 })
    session.close()
  })

  test('goes on at another rate, and the optimizer keeps what it knows', async () => {
    const { session, status } = open(line)
    for (let step = 0; step < 4; step++) await session.handle({ type: 'step' })
    await session.handle({ type: 'rate', value: 0.05 })
    for (let step = 0; step < 3; step++) await session.handle({ type: 'step' })
    expect(status().step).toBe(7)
    expect(await weightsOf(session)).toEqual(await after(7))
    await session.handle({ type: 'rate', value: 0.001 })
    await session.handle({ type: 'step' })
    expect(status()).toMatchObject({ step: 8, learningRate: 0.001 })
    expect(await weightsOf(session)).not.toEqual(await after(8))
    session.close()
  })

  test('sets, freezes and resets a weight while it goes on', async () => {
    const { session, last, status } = open(line)
    await session.handle({ type: 'step' })
    await session.handle({ type: 'weight', name: 'w', value: 9 })
    expect(await weightsOf(session)).toMatchObject({ w: 9 })
    await session.handle({ type: 'step' })
    expect(status().step).toBe(2)
    await session.handle({ type: 'freeze', name: 'w', frozen: true })
    const frozen = (await weightsOf(session))['w']
    await session.handle({ type: 'step' })
    expect(await weightsOf(session)).toMatchObject({ w: frozen })
    expect(last('graph').graph.nodes.find(({ name }) => name === 'w')).toMatchObject({
      frozen: true,
    })
    await session.handle({ type: 'reset', name: 'w' })
    expect(await weightsOf(session)).toMatchObject({ w: 0.5 })
    session.close()
  })

  test('tells what becomes of weights before an edit, and keeps what fits', async () => {
    const { session } = open(line)
    await session.handle({ type: 'weight', name: 'w', value: 2 })
    const text = line.replace('b: 0 }', 'c: 7 }').replace('+ b', '+ c')
    const changes = [
      { name: 'w', change: 'kept' },
      { name: 'c', change: 'new' },
      { name: 'b', change: 'dropped' },
    ]
    expect(await session.handle({ type: 'preview', text })).toEqual({
      ok: true,
      diagnostics: [],
      changes,
    })
    expect(await weightsOf(session)).toEqual({ w: 2, b: 0 })
    expect(await session.handle({ type: 'apply', text })).toEqual({ ok: true, changes })
    expect(await weightsOf(session)).toEqual({ w: 2, c: 7 })
    session.close()
  })

  test('explains the gradient of each port', async () => {
    const { session } = open('inputs: { x: 2, y: 5, z: 9 }\ngates:\n  f: (x + y) * z\n')
    const answer = await session.handle({ type: 'explain', node: 4 })
    expect(answer).toEqual({
      ok: true,
      parts: [
        { port: 'a', from: 'f.a', derivative: 9, answer: 9 },
        { port: 'b', from: 'z', derivative: 7, answer: 7 },
      ],
    })
    session.close()
  })

  test('answers what is wrong in words, and goes on', async () => {
    const { session, status } = open(line)
    expect(await session.handle({ type: 'apply', text: 'gates: 3' })).toMatchObject({ ok: false })
    expect(await session.handle({ type: 'weight', name: 'w', value: [1, 2] })).toMatchObject({ ok: false }) // prettier-ignore
    expect(await session.handle({ type: 'weight', name: 'nope', value: 1 })).toMatchObject({ ok: false }) // prettier-ignore
    await session.handle({ type: 'step' })
    expect(status().step).toBe(1)
    session.close()
  })

  test('that is read only lets nobody change it', async () => {
    const { session } = open(line, true)
    expect(await session.handle({ type: 'step' })).toMatchObject({ ok: false })
    expect(await session.handle({ type: 'weights' })).toMatchObject({ ok: true })
    session.close()
  })

  test('shows a tensor as a picture of its elements', async () => {
    const { session, last } = open('inputs: { x: [[1, 2], [3, -4]] }\ngates:\n  y: x * 2\n')
    expect(last('snapshot').snapshot.values[1]).toEqual({
      shape: [2, 2],
      rows: 2,
      columns: 2,
      cells: [2, 4, 6, -8],
      least: -8,
      most: 6,
    })
    session.close()
  })
})
