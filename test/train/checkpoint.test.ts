/** What a checkpoint may be taken from, put into and refused for. */
import { fc } from '../random.js'
import { describe, expect, test } from 'vitest'
import type { EagreError } from '../../src/errors.js'
import { parseGraph, type Graph } from '../../src/graph.js'
import type { Checkpoint } from '../../src/train/checkpoint.js'
import type { TrainOptions } from '../../src/train/report.js'
import { VirtualClock } from './clock.js'
import { plain } from './resume.js'
import { line, start, trained, watch } from './run.js'

const adam = line.replace('epochs: 3', 'epochs: 3\n  optimizer: adam\n  shuffle: true\n  batch: 2')

/** After so many steps of one turn each. */
function after(steps: number, text = adam, options: TrainOptions = {}): Checkpoint {
  const { graph, clock } = start(text, options, {}, new VirtualClock(20))
  for (let step = 0; step < steps; step++) clock.turn()
  return graph.checkpoint()
}

function restored(text: string, checkpoint: unknown, options: { partial?: boolean } = {}) {
  const clock = new VirtualClock()
  const graph = parseGraph(text, { clock })
  const said = graph.restore(checkpoint as Checkpoint, options)
  return { graph, clock, said }
}

function refusal(run: () => unknown): EagreError {
  try {
    run()
  } catch (error) {
    return error as EagreError
  }
  return expect.fail('it was not refused')
}

describe('a checkpoint', () => {
  test('of a graph that was never trained has its weights and no run', () => {
    const checkpoint = parseGraph(line).checkpoint()
    expect(checkpoint).toEqual({
      kind: 'eagre-checkpoint',
      format: 1,
      graph: {
        name: 'graph',
        hash: expect.stringMatching(/^[0-9a-f]{32}$/),
        nodes: {
          x: 'input',
          t: 'target',
          w: 'weight',
          b: 'weight',
          y: 'gate = w * x + b',
          loss: 'gate = (y - t)^2',
        },
      },
      steps: 0,
      weights: { w: [0], b: [0] },
    })
    const { graph, clock } = restored(line, { ...checkpoint, weights: { w: [1], b: [2] } })
    const run = watch(graph, clock)
    clock.run()
    expect(run.reports.at(-1)).toMatchObject({ epoch: 3, step: 15 })
  })

  test('is plain data that JSON holds, and shares nothing with the graph', () => {
    const { graph, clock } = start(adam, {}, {}, new VirtualClock(20))
    for (let turn = 0; turn < 4; turn++) clock.turn()
    const checkpoint = graph.checkpoint()
    const text = JSON.stringify(checkpoint)
    expect(JSON.parse(text)).toEqual(checkpoint)
    clock.run()
    expect(JSON.stringify(checkpoint)).toBe(text)
    expect(structuredClone(checkpoint)).toEqual(checkpoint)
  })

  test('is not taken inside of a step', () => {
    const { graph, clock } = start(adam)
    let error: EagreError | undefined
    graph.values('loss').subscribe(() => (error ??= refusal(() => graph.checkpoint())))
    clock.run()
    expect(error).toMatchObject({ code: 'busy', message: 'checkpoint: called from inside a step' })
  })

  test('is taken while training is paused, and has where it is', () => {
    const { graph, clock } = start(adam)
    graph.pause()
    graph.advance(4)
    clock.run()
    expect(graph.checkpoint().run).toMatchObject({ step: 4, epoch: 0, position: 4 })
  })

  test('of training that was stopped has where it stopped, until it is trained anew', () => {
    const run = start(adam, {}, {}, new VirtualClock(20))
    for (let turn = 0; turn < 4; turn++) run.clock.turn()
    const running = run.graph.checkpoint()
    run.unsubscribe()
    expect(plain(run.graph.checkpoint())).toEqual(plain(running))
    run.graph.restore(run.graph.weights())
    expect(run.graph.checkpoint().run).toBeUndefined()
    expect(watch(run.graph, run.clock).graph.checkpoint().run).toMatchObject({ step: 0, epoch: 0 })
  })

  test('of training that was stopped inside of a step is that before the step', () => {
    const whole = trained(adam).graph
    for (let stop = 0; stop < 15; stop++) {
      const run = start(adam)
      run.graph.values('y').subscribe(({ step }) => void (step === stop && run.unsubscribe()))
      run.clock.run()
      const { graph, clock } = restored(adam, run.graph.checkpoint())
      expect(graph.checkpoint().run).toMatchObject({ step: stop })
      const rest = watch(graph, clock)
      clock.run()
      expect(rest.completed).toBe(true)
      expect(graph.weights()).toEqual(whole.weights())
    }
  })

  test('of a closed graph is an error', () => {
    const graph = parseGraph(line)
    graph.close()
    expect(refusal(() => graph.checkpoint()).code).toBe('closed')
  })

  test('is put back while nothing trains only', () => {
    const { graph } = start(adam)
    expect(refusal(() => graph.restore(after(2))).code).toBe('busy')
  })

  test('restored is what is taken again', () => {
    const checkpoint = after(7)
    const { graph } = restored(adam, checkpoint)
    expect(graph.checkpoint()).toEqual(checkpoint)
  })

  test('restores a graph that has trained something else meanwhile', () => {
    const checkpoint = after(7)
    const { graph, clock } = trained(adam, { epochs: 50, seed: 3 })
    graph.restore(checkpoint)
    watch(graph, clock)
    clock.run()
    expect(graph.weights()).toEqual(trained(adam).graph.weights())
  })

  test('is used up by the training that goes on from it', () => {
    const { graph, clock } = restored(adam, after(7))
    watch(graph, clock)
    clock.run()
    const weights = graph.weights()
    const again = watch(graph, clock)
    clock.run()
    expect(again.reports.at(-1)!.step).toBe(15)
    expect(graph.weights()).not.toEqual(weights)
  })
})

describe('training that goes on', () => {
  const last = (text: string, checkpoint: unknown, options: TrainOptions = {}) => {
    const { graph, clock } = restored(text, checkpoint)
    const run = watch(graph, clock, options)
    clock.run()
    return { ...run, error: run.error, graph, report: run.reports.at(-1) }
  }

  test('may take more epochs, and ends as one run of all', () => {
    for (const steps of [0, 3, 14, 15, 16]) {
      const { report, graph } = last(adam, after(steps), { epochs: 9 })
      expect(report).toMatchObject({ epoch: 9, step: 45, stopped: 'epochs' })
      expect(graph.weights()).toEqual(trained(adam, { epochs: 9 }).graph.weights())
    }
  })

  test('goes on from the last weights where the best had come back', () => {
    const text = adam
      .replace('batch: 2', 'batch: 2\n  until: { restore_best: true }')
      .replace('learning_rate: 0.1', 'learning_rate: 2')
    const whole = trained(text, { epochs: 9 }).graph
    const ended = after(40, text)
    expect(ended.run).toMatchObject({ todo: 'done', epoch: 3 })
    expect(ended.run!.lastWeights).not.toEqual(ended.weights)
    expect(last(text, ended, { epochs: 9 }).graph.weights()).toEqual(whole.weights())
  })

  test('goes on where the loss that ended it is not low enough any more', () => {
    const text = (loss: number) =>
      adam.replace('epochs: 3', `epochs: 400\n  until: { loss: ${loss} }`)
    const ended = trained(text(2)).graph.checkpoint()
    expect(ended.run).toMatchObject({ ending: 'loss' })
    const { report, graph } = last(text(0.01), ended)
    expect(report!.loss).toBeLessThan(0.01)
    expect(graph.weights()).toEqual(trained(text(0.01)).graph.weights())
  })

  test('goes on where its time was over and there is more of it', () => {
    const text = (time: string) => adam.replace('batch: 2', `batch: 2\n  until: { time: ${time} }`)
    const { graph: short } = start(text('100ms'), { epochs: 20 }, {}, new VirtualClock(20))
    const clock = new VirtualClock(20)
    const run = watch(parseGraph(text('100ms'), { clock }), clock, { epochs: 20 })
    clock.run()
    short.close()
    expect(run.reports.at(-1)).toMatchObject({ stopped: 'time' })
    const again = last(text('100ms'), run.graph.checkpoint())
    expect(again.report).toMatchObject({ stopped: 'time', step: run.reports.at(-1)!.step })
    const { report, graph } = last(text('1h'), run.graph.checkpoint())
    expect(report).toMatchObject({ stopped: 'epochs', step: 100 })
    expect(graph.weights()).toEqual(trained(adam, { epochs: 20 }).graph.weights())
  })

  test('has no fewer epochs than it has made', () => {
    const { error } = last(adam, after(12), { epochs: 2 })
    expect(error).toMatchObject({
      code: 'bad-argument',
      message: 'train: 2 epochs have passed in the checkpoint',
    })
  })

  test('has the options of before where none are given, and refuses others', () => {
    const options = { batch: 3, learningRate: 0.02, seed: 5, shuffle: false, epochs: 4 }
    const checkpoint = after(7, adam, options)
    expect(last(adam, checkpoint).graph.weights()).toEqual(trained(adam, options).graph.weights())
    const { error } = last(adam, checkpoint, { batch: 2, seed: 6 })
    expect(error).toMatchObject({
      code: 'bad-data',
      message:
        'train: the checkpoint does not fit: train.batch was 3 and is 2; train.seed was 5 and is 6',
    })
    expect(error!.hint).toContain('partial: true')
  })

  test.each<[string, (text: string) => string, string]>([
    ['the optimizer', (text) => text.replace('adam', '{ adam: { beta1: 0.8 } }'), 'train.optimizer was {"name":"adam"'], // prettier-ignore
    ['a schedule', (text) => `${text}  schedule: { cosine: { t_max: 5 } }\n`, 'train.schedule was not there and is {'], // prettier-ignore
    ['clipping', (text) => `${text}  clip: { norm: 1 }\n`, 'train.clip was not there'],
    ['restore_best', (text) => `${text}  until: { restore_best: true }\n`, 'train.until.restore_best was not there and is true'], // prettier-ignore
    ['more rows', (text) => `${text}      - { x: 1, t: 2 }\n`, 'the data had 5 rows and have 6'],
    ['other rows', (text) => text.replace('x: 3', 'x: 4'), 'the rows of the data are others'],
    ['rows in another order', (text) => text.replace(/( *- { x: 1.*\n)(.*\n)/, '$2$1'), 'the rows of the data are others'], // prettier-ignore
  ])('refuses %s that changed', (_, change, message) => {
    const changed = change(adam.replace(/(  data:[\s\S]*)/, '$1'))
    expect(changed).not.toBe(adam)
    const { error, graph, completed } = last(changed, after(7))
    expect(completed).toBe(false)
    expect(error).toMatchObject({ code: 'bad-data', message: expect.stringContaining(message) })
    // Nothing is lost: with what is right it goes on.
    expect(graph.checkpoint().run).toMatchObject({ step: 7 })
  })

  test.each<[string, (text: string) => string]>([
    ['epochs', (text) => text.replace('epochs: 3', 'epochs: 4')],
    ['budget', (text) => `${text}  budget: 5\n`],
    ['on_fault', (text) => `${text}  on_fault: skip\n`],
    ['patience', (text) => `${text}  until: { patience: 100 }\n`],
    ['first values', (text) => text.replace('w: 0', 'w: 9')],
  ])('takes no notice of %s', (_, change) => {
    const { completed } = last(change(adam), after(7))
    expect(completed).toBe(true)
  })
})

describe('a checkpoint of another graph', () => {
  const module = `
inputs: { x: { shape: [3] } }
weights: { W: { shape: [3, 2], init: uniform }, b: [0, 0], v: 1 }
gates:
  h: tanh(x @ W + b)
  y: sum(h) * v
loss: y^2
train: { epochs: 4, optimizer: adam, learning_rate: 0.1, data: { rows: [{ x: [1, 2, 3] }, { x: [2, 0, 1] }] } }
`
  const checkpoint = () => after(5, module)

  test.each<[string, [string, string][], string]>([
    ['a formula', [['tanh', 'relu']], 'the gate "h" was tanh(x @ W + b) and is relu(x @ W + b)'],
    ['a weight that is new', [['v: 1', 'v: 1, u: 2'], ['* v', '* v + u']], 'the gate "y" was sum(h) * v and is sum(h) * v + u; the weight "u" is new'], // prettier-ignore
    ['a weight that is gone', [[', v: 1', ''], [' * v', '']], 'the weight "v" is no more; the gate "y" was sum(h) * v and is sum(h)'], // prettier-ignore
    ['shapes', [['[3, 2]', '[3, 4]'], ['[0, 0]', '[0, 0, 0, 0]']], 'the weight "W" had the shape [3, 2] and has [3, 4]; the weight "b" had the shape [2] and has [4]; the gate "h" had the shape [2] and has [4]'], // prettier-ignore
    ['another type', [['v: 1 }', '}\nconstants: { v: 1 }']], '"v" was a weight and is a constant'],
    ['a frozen weight', [['v: 1', 'v: { value: 1, frozen: true }']], 'the weight "v" was plain and is frozen'], // prettier-ignore
    ['a rate', [['v: 1', 'v: { value: 1, learning_rate: 0.5 }']], 'the weight "v" was plain and is learning_rate 0.5'], // prettier-ignore
    ['an order', [['b: [0, 0], v: 1', 'v: 1, b: [0, 0]']], 'its nodes stand in another order, or are wired otherwise'], // prettier-ignore
  ])('is refused for %s', (_, changes, message) => {
    const changed = changes.reduce((text, [from, to]) => text.replace(from, to), module)
    const graph = parseGraph(changed)
    const before = graph.weights()
    const error = refusal(() => graph.restore(checkpoint()))
    expect(error.code).toBe('bad-data')
    expect(error.message).toBe(`the checkpoint is of another graph: ${message}`)
    expect(error.hint).toContain('partial: true')
    expect(graph.weights()).toEqual(before)
  })

  test('of thousands of differences some are named', () => {
    const many = (prefix: string) =>
      `weights: { ${Array.from({ length: 50 }, (_, at) => `${prefix}${at}: 1`).join(', ')} }\nloss: ${prefix}0^2`
    const error = refusal(() => parseGraph(many('a')).restore(parseGraph(many('b')).checkpoint()))
    expect(error.message).toMatch(/the weight "b5" is no more; and 95 more$/)
  })

  test('is taken with what gates keep whose formulas are the same, on request', () => {
    const remembers = `
inputs: [x]
weights: { w: 1 }
gates:
  s: standardize(x, update=before)
  m: previous(s) + ewma(x, alpha=0.5)
  y: w * window(x, size=3)
loss: sum(y * m)^2
train: { epochs: 1, learning_rate: 1e-6, data: { rows: [{ x: 1 }, { x: 2 }, { x: 4 }] } }
`
    const run = start(remembers)
    run.clock.run()
    const memory = run.graph.memory()
    expect(memory).toEqual({
      s: [3, expect.closeTo(7 / 3, 14), expect.closeTo(14 / 3, 14)],
      'm.a': [1, expect.closeTo(1.3363, 4)],
      'm.b': [1, 2.75],
      'y.b': [4, 2],
    })
    const taken = plain(run.graph.checkpoint())
    const whole = restored(remembers, taken)
    expect(whole.graph.memory()).toEqual(memory)
    const other = remembers.replace('0.5', '0.25').replace('size=3', 'size=4')
    const { graph } = restored(other, taken, { partial: true })
    expect(graph.memory()).toEqual({
      ...{ s: memory['s'], 'm.a': [0, 0], 'm.b': [0, 0], 'y.b': [0, 0, 0] },
    })
  })

  test('is taken as far as names and shapes are the same, on request', () => {
    const changed = module
      .replace('W: { shape: [3, 2]', 'W: { shape: [2, 3]')
      .replace('x @ W', 'x @ transpose(W)')
      .replace('v: 1', 'c: 3')
      .replace('* v', '* c')
    const saved = checkpoint()
    const graph = parseGraph(changed, { clock: new VirtualClock() })
    const { W, c } = graph.weights()
    expect(graph.restore(saved, { partial: true })).toEqual({
      kept: ['b'],
      fresh: ['W', 'c'],
      dropped: ['W', 'v'],
    })
    // As many numbers, but of another shape.
    expect(graph.weights()).toEqual({ W, c, b: saved.weights['b'] })
  })

  test('goes on with the optimizer of what was kept, in the epoch that it was in', () => {
    const saved = checkpoint()
    const { graph, clock } = restored(module.replace('v: 1', 'v: 1, u: 2').replace('* v', '* v + u'), saved, { partial: true }) // prettier-ignore
    const reports: number[] = []
    const gradients = new Map<string, number>()
    for (const name of ['u', 'v']) {
      graph
        .gradients(name)
        .subscribe(({ gradient }) => void gradients.set(name, gradient as number)) // scalars
    }
    const seen: { t: unknown; [moment: string]: unknown }[] = []
    graph.updates('u').subscribe(() => {
      const { updates: t, slots } = graph.checkpoint().run!.descent
      seen.push({ t, u: slots['m']!['u']![0], v: slots['m']!['v']![0] })
      if (seen.length > 1) return
      // The moment of v goes on from what it was; that of u begins at 0.
      const was = saved.run!.descent.slots['m']!['v']![0] as number
      expect(was).not.toBe(0)
      expect(seen[0]!['v']).toBeCloseTo(0.9 * was + 0.1 * gradients.get('v')!, 12)
      expect(seen[0]!['u']).toBeCloseTo(0.1 * gradients.get('u')!, 12)
    })
    graph.train({ every: 1 }).subscribe(({ epoch }) => void reports.push(epoch))
    clock.run()
    // Five steps are two epochs and a half; the third begins anew.
    expect(seen.map(({ t }) => t)).toEqual([6, 7, 8, 9])
    expect(reports).toEqual([2, 3, 3, 4])
  })

  test('measures anew what is new to be standardized', () => {
    const measured = line.replace('w * x', 'w * standardize(x)')
    const { graph, clock } = restored(measured, after(7, line), { partial: true })
    watch(graph, clock)
    clock.run()
    const x = [1, 2, -1, 0, 3]
    const mean = x.reduce((sum, value) => sum + value) / 5
    expect(graph.weights()['y.a.b.mean']).toBeCloseTo(mean, 12)
  })

  test('goes on with other rows from the epoch that it was in', () => {
    const more = `${adam}      - { x: 4, t: 9 }\n`
    const { graph, clock } = restored(more, after(7), { partial: true })
    const run = watch(graph, clock, { every: 1 })
    clock.run()
    expect(run.completed).toBe(true)
    expect(run.reports.map(({ epoch }) => epoch).filter((epoch) => epoch === 1)).toHaveLength(5)
    expect(run.reports.at(-1)).toMatchObject({ epoch: 3, step: 7 + 12, stopped: 'epochs' })
  })

  test('goes on with another optimizer from its first update', () => {
    const { graph, clock } = restored(adam.replace('adam', 'adamax'), after(7), { partial: true })
    const run = watch(graph, clock)
    clock.run()
    expect(run.reports.at(-1)).toMatchObject({ epoch: 3, updates: 6 })
  })
})

describe('what is no checkpoint', () => {
  test('of a later format is refused', () => {
    const error = refusal(() => restored(adam, { ...after(3), format: 2 }))
    expect(error.message).toBe('a checkpoint of format 2 is unknown; this version reads format 1')
  })

  test('names the place', () => {
    const checkpoint = structuredClone(after(3)) as unknown as Record<string, any> // oxlint-disable-line typescript/no-explicit-any
    checkpoint['run'].descent.slots.m.w = [1, 2]
    expect(refusal(() => restored(adam, checkpoint)).message).toBe(
      'checkpoint.run.descent.slots.m.w must be 1 numbers, got a list of 2',
    )
  })

  test('with any part missing or of another kind is refused, or does no harm', () => {
    const text = adam
      .replace('w * x', 'w * standardize(x)')
      .replace('batch: 2', 'batch: 2\n  until: { restore_best: true }')
      .replace('data:', 'data:\n    split: { test: 0.4 }')
      .replace('train:', 'metrics: { worst: "rmse(y, t)" }\ntrain:')
    const checkpoints = [0, 2, 4, 7, 9, 40].map((steps) => after(steps, text))
    const wrong = fc.constantFrom<unknown>(
      ...[
        undefined,
        null,
        -1,
        0.5,
        1e300,
        '',
        'NaN',
        true,
        [],
        [[]],
        {},
        3,
        { w: [1] },
        [1, 2, 3, 4],
      ],
    )
    let refused = 0
    fc.assert(
      fc.property(fc.constantFrom(...checkpoints), fc.nat(), wrong, (checkpoint, place, value) => {
        const changed = structuredClone(checkpoint) as unknown as Record<string, unknown>
        const places = placesIn(changed)
        const [owner, key] = places[place % places.length]!
        owner[key] = value
        const graph: Graph = parseGraph(text, { clock: new VirtualClock(20) })
        const before = graph.weights()
        try {
          graph.restore(changed)
        } catch (error) {
          refused++
          expect(['bad-data', 'bad-argument']).toContain((error as EagreError).code)
          expect(graph.weights()).toEqual(before)
          return
        }
        const clock = new VirtualClock(20)
        const again = parseGraph(text, { clock })
        again.restore(changed)
        const run = watch(again, clock)
        for (let turn = 0; turn < 200 && clock.turn(); turn++);
        const code = run.error?.code
        if (code !== undefined) expect(['bad-data', 'bad-argument', 'fault']).toContain(code)
      }),
      { numRuns: 1000 },
    )
    expect(refused).toBeGreaterThan(300)
  })
})

/** Every field and item of a value. */
function placesIn(value: unknown): [Record<string, unknown>, string][] {
  if (typeof value !== 'object' || value === null) return []
  const owner = value as Record<string, unknown>
  return Object.keys(owner).flatMap((key) => [[owner, key], ...placesIn(owner[key])])
}
