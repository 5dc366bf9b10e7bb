/** Training as a caller sees it. */
import { describe, expect, test } from 'vitest'
import type { EagreError } from '../../src/errors.js'
import { parseGraph } from '../../src/graph.js'
import type { Row } from '../../src/language/plan.js'
import type { TrainOptions } from '../../src/train/report.js'
import { VirtualClock } from './clock.js'
import { close, line, product, start, trained, watch } from './run.js'

/** Stochastic gradient descent on `line`, written out. */
function byHand(
  epochs: number,
  batch: number,
  rate: number,
): { w: number; b: number; loss: number } {
  const rows = [
    [1, 3],
    [2, 5],
    [-1, -1],
    [0, 1],
    [3, 7],
  ] as const
  let [w, b, loss] = [0, 0, 0]
  for (let epoch = 0; epoch < epochs; epoch++) {
    loss = 0
    for (let at = 0; at < rows.length; at += batch) {
      let [dw, db] = [0, 0]
      const part = rows.slice(at, at + batch)
      for (const [x, t] of part) {
        const error = w * x + b - t
        loss += error * error
        dw += 2 * error * x
        db += 2 * error
      }
      w -= (rate * dw) / part.length
      b -= (rate * db) / part.length
    }
    loss /= rows.length
  }
  return { w, b, loss }
}

describe('the results of the course', () => {
  test('the gradients of (x + y) * z are 9, 9 and 7', () => {
    const graph = parseGraph('inputs: { x: 2, y: 5, z: 9 }\ngates: { f: (x + y) * z }')
    const { gradients, values, of: node } = graph.step()
    expect(node).toBe('f')
    expect(values.f).toBe(63)
    expect([gradients.x, gradients.y, gradients.z]).toEqual([9, 9, 7])
  })

  test('the loss (144 - f)^2 falls to 0 in 1,000 steps', () => {
    const { graph } = trained(product)
    const { x, y, z } = graph.weights()
    close(x, 13.1042097033, 1e-11)
    close(y, 2.20330970331, 1e-11)
    close(z, 9.40714142997, 1e-11)
    close(graph.step().values.f, 144)
  })

  test('the tanh neuron ends at 0.47499999999999887', () => {
    const { graph, reports } = trained(`
inputs: { x1: 1, x2: 1, x3: -0.02 }
targets: { t: 0.475 }
weights: { w1: 0.1, w2: 0.4 }
gates: { o: tanh(w1 * x1 - w2 * x2 + x3) }
loss: (t - o)^2
train: { epochs: 1000000, learning_rate: 0.001 }
`)
    expect(Math.abs((graph.step().values.o as number) - 0.47499999999999887)).toBeLessThanOrEqual(
      2e-15,
    )
    expect(reports.at(-1)).toMatchObject({
      type: 'done',
      stopped: 'epochs',
      epoch: 1e6,
      step: 1e6,
      updates: 1e6,
    })
  })
})

describe('epochs and batches', () => {
  test.each([1, 2, 5, 7])('a batch of %i sums its samples and divides by their number', (batch) => {
    const { graph, reports } = trained(line, { batch })
    const wanted = byHand(3, batch, 0.1)
    close(graph.weights().w, wanted.w)
    close(graph.weights().b, wanted.b)
    close(reports.at(-1)!.loss, wanted.loss)
    expect(reports.at(-1)).toMatchObject({ epoch: 3, step: 15, updates: 3 * Math.ceil(5 / batch) })
  })

  test('shuffling is decided by the seed alone', () => {
    const weights = (seed: number) => trained(line, { shuffle: true, seed }).graph.weights()
    expect(weights(1)).toEqual(weights(1))
    expect(weights(1)).not.toEqual(weights(2))
    expect(weights(1)).not.toEqual(trained(line).graph.weights())
  })

  test('a sample without its target is predicted only', () => {
    const rows: Row[] = [{ x: 1, t: 3 }, { x: 2 }, { x: 5 }]
    const { graph, reports } = trained(line, { data: rows, epochs: 1 })
    expect(reports.at(-1)).toMatchObject({ step: 3, updates: 1 })
    close(graph.weights().w, 0.6)
  })

  test('metrics are averaged over the samples of an epoch', () => {
    const { reports } = trained(`${line}metrics: { error: abs(y - t) }`, {
      epochs: 1,
      learningRate: 1e-300,
    })
    close(reports.at(-1)!.metrics.error, (3 + 5 + 1 + 1 + 7) / 5)
  })

  test('a metric may be a weight or an input', () => {
    const text = 'inputs: { x: 5 }\nweights: { w: 1 }\nloss: w^2\nmetrics: [w, x]'
    expect(trained(`${text}\ntrain: { learning_rate: 0.1 }`).reports.at(-1)!.metrics).toEqual({
      w: 1,
      x: 5,
    })
  })

  test('training again starts with a fresh optimizer on the weights of now', () => {
    const text = product.replace('train: { ', 'train: { optimizer: adam, ')
    const once = trained(text, { epochs: 5 })
    const clock = once.clock
    watch(once.graph, clock, { epochs: 5 })
    clock.run()
    const fresh = parseGraph(text, { clock })
    fresh.restore(trained(text, { epochs: 5 }).graph.weights())
    watch(fresh, clock, { epochs: 5 })
    clock.run()
    expect(once.graph.weights()).toEqual(fresh.weights())
  })
})

describe('ends', () => {
  test('until.loss ends after the first epoch whose loss is at most that', () => {
    const { reports } = trained(product.replace('epochs: 1000,', 'until: { loss: 1 },'))
    const last = reports.at(-1)!
    expect(last.stopped).toBe('loss')
    expect(last.loss).toBeLessThanOrEqual(1)
    expect(last.epochs).toBeUndefined()
    const before = trained(product, { epochs: last.epoch - 1 }).reports.at(-1)!
    expect(before.loss).toBeGreaterThan(1)
  })

  test('until.patience ends after that many epochs without a new lowest loss', () => {
    // The rate is too large: the loss rises from the first epoch on.
    const text =
      'weights: { w: 1 }\nloss: w^2\ntrain: { learning_rate: 1.1, until: { patience: 3 } }'
    const { reports, graph } = trained(text)
    expect(reports.at(-1)).toMatchObject({ stopped: 'patience', epoch: 4 })
    close(graph.weights().w, 1.2 ** 4)
  })

  test('restore_best goes back to the weights whose loss was lowest', () => {
    const text =
      'weights: { w: 1 }\nloss: w^2\ntrain: { learning_rate: 1.1, until: { patience: 3, restore_best: true } }'
    expect(trained(text).graph.weights().w).toBe(1)
  })

  test('until.time ends at the first look at the clock after that time', () => {
    const clock = new VirtualClock(1)
    const run = start(product.replace('epochs: 1000,', 'until: { time: 50 },'), {}, {}, clock)
    clock.run()
    expect(run.reports.at(-1)!.stopped).toBe('time')
    expect(run.reports.at(-1)!.elapsed).toBeGreaterThanOrEqual(50)
    expect(run.completed).toBe(true)
  })

  test('unsubscribing stops at the step boundary and leaves nothing scheduled', () => {
    const clock = new VirtualClock(4)
    const run = start(product, {}, {}, clock)
    clock.turn()
    const step = run.reports.at(-1)!.step
    run.unsubscribe()
    expect(clock.waiting).toBe(0)
    expect(run.completed).toBe(false)
    const graph = run.graph
    const again = watch(graph, clock, { epochs: 1 })
    clock.run()
    expect(again.completed).toBe(true)
    expect(step).toBeGreaterThan(0)
  })

  test('a report may end the training from inside its callback', () => {
    const clock = new VirtualClock()
    const graph = parseGraph(product, { clock })
    const steps: number[] = []
    const subscription = graph.train({ every: 10 }).subscribe(({ step }) => {
      steps.push(step)
      if (step === 30) subscription.unsubscribe()
    })
    clock.run()
    expect(steps).toEqual([10, 20, 30])
    expect(clock.waiting).toBe(0)
  })

  test('closing the graph ends training and all taps', () => {
    const clock = new VirtualClock(4)
    const run = start(product, {}, {}, clock)
    let ended = 0
    run.graph.values('f').subscribe({ complete: () => ended++ })
    run.graph.updates('x').subscribe({ complete: () => ended++ })
    run.graph.faults().subscribe({ complete: () => ended++ })
    run.graph.inspect().subscribe({ complete: () => ended++ })
    clock.turn()
    run.graph.close()
    expect(clock.waiting).toBe(0)
    expect(ended).toBe(4)
    expect(run.completed).toBe(true)
    expect(() => run.graph.step()).toThrow('the graph was closed')
  })
})

describe('turns of the event loop', () => {
  test('a slice ends with the first step that passes the budget', () => {
    // Each look at the clock takes 3 ms: a slice looks once to begin with and then each step.
    const clock = new VirtualClock(3)
    const run = start(product, {}, {}, clock)
    clock.turn()
    expect(run.reports.at(-1)!.step).toBe(4)
    clock.turn()
    expect(run.reports.at(-1)!.step).toBe(8)
  })

  test('pause, advance and resume change no bit of what is learned', () => {
    const clock = new VirtualClock(3)
    const run = start(product, { epochs: 40 }, {}, clock)
    clock.turn()
    run.graph.pause()
    clock.run()
    const paused = run.graph.weights()
    clock.run()
    expect(run.graph.weights()).toEqual(paused)
    run.graph.advance()
    clock.run()
    expect(run.graph.weights()).not.toEqual(paused)
    run.graph.advance(3)
    clock.run()
    expect(run.reports.at(-1)!.step).toBe(8)
    run.graph.resume()
    clock.run()
    expect(run.completed).toBe(true)
    expect(run.graph.weights()).toEqual(trained(product, { epochs: 40 }).graph.weights())
  })

  test('reports come once a slice, each epoch, or every so many steps', () => {
    const every = (option: TrainOptions['every']) =>
      trained(line, { every: option }).reports.map(({ type, step }) => [type, step])
    expect(every('epoch')).toEqual([
      ['progress', 5],
      ['progress', 10],
      ['progress', 15],
      ['done', 15],
    ])
    expect(every(4)).toEqual([
      ['progress', 4],
      ['progress', 8],
      ['progress', 12],
      ['done', 15],
    ])
    expect(every('slice')).toEqual([['done', 15]])
  })
})

describe('clipping and schedules', () => {
  const text = (train: string) =>
    `weights: { a: 3, b: 4 }\nloss: a^2/2 + b^2/2\ntrain: { learning_rate: 1, ${train} }`

  test('clip.norm scales all gradients together, and divides by the norm itself', () => {
    const { graph } = trained(text('clip: { norm: 1 }'))
    close(graph.weights().a, 3 - 3 / 5, 1e-15)
    close(graph.weights().b, 4 - 4 / 5, 1e-15)
  })

  test('clip.value bounds each gradient by itself', () => {
    const { graph } = trained(text('clip: { value: 3.5 }'))
    expect(graph.weights()).toEqual({ a: 0, b: 0.5 })
  })

  test('a schedule ticks once an epoch, or once an update', () => {
    const rates = (per: string) =>
      trained(
        line.replace(
          'learning_rate: 0.1',
          `learning_rate: 0.1\n  schedule: { exponential: { gamma: 0.5 }${per} }`,
        ),
        { every: 5 },
      ).reports.map(({ learningRate }) => learningRate)
    expect(rates('')).toEqual([0.1, 0.05, 0.025])
    expect(rates(', per: update')).toEqual([4, 9, 14].map((tick) => 0.1 * 0.5 ** tick))
  })

  test("a weight's own learning rate replaces the base, and the schedule still applies", () => {
    const { graph } = trained(`
weights: { a: { value: 1, learning_rate: 0.25 }, b: 1, c: { value: 1, frozen: true } }
loss: a + b + c
train: { epochs: 2, learning_rate: 0.5, schedule: { exponential: { gamma: 0.5 } } }
`)
    expect(graph.weights()).toEqual({ a: 1 - 0.25 - 0.125, b: 1 - 0.5 - 0.25, c: 1 })
  })
})

describe('one writer', () => {
  test('a second training fails with busy and the first goes on', () => {
    const clock = new VirtualClock(4)
    const first = start(line, {}, {}, clock)
    const second = watch(first.graph, clock)
    expect(second.error?.code).toBe('busy')
    expect(() => first.graph.restore({ w: 1, b: 1 })).toThrow('training')
    clock.run()
    expect(first.completed).toBe(true)
    expect(watch(first.graph, clock).error).toBeUndefined()
  })

  test('step from inside a callback throws busy', () => {
    const graph = parseGraph(product)
    let code: unknown
    graph.values('f').subscribe(() => {
      try {
        graph.step()
      } catch (error) {
        code = (error as EagreError).code
      }
    })
    graph.step()
    expect(code).toBe('busy')
  })
})

describe('weights', () => {
  test('restore puts all of them, and refuses what does not fit without changing anything', () => {
    const graph = parseGraph(product)
    graph.restore({ x: 1, y: 2, z: 3 })
    expect(graph.weights()).toEqual({ x: 1, y: 2, z: 3 })
    const refused = (weights: Record<string, unknown>) => {
      try {
        graph.restore(weights)
      } catch (error) {
        const { message, hint } = error as EagreError
        return `${message}; ${hint}`
      }
      return undefined
    }
    expect(refused({ x: 1, y: 2 })).toContain('there is no value for the weight "z"')
    expect(refused({ x: 1, y: 2, zz: 3, z: 3 })).toContain('did you mean "z"?')
    expect(refused({ x: 1, y: 2, z: Number.NaN })).toContain('"z" must be a finite number, got NaN')
    expect(graph.weights()).toEqual({ x: 1, y: 2, z: 3 })
    graph.restore({ y: 5 }, { partial: true })
    expect(graph.weights()).toEqual({ x: 1, y: 5, z: 3 })
  })
})

test('names that objects have of themselves are ordinary names', () => {
  const graph = parseGraph(
    'weights: { __proto__: 2, constructor: 3 }\ngates: { toString: __proto__ * constructor }\nloss: toString',
  )
  const { values, gradients } = graph.step()
  expect(values.toString).toBe(6)
  expect(gradients.__proto__).toBe(3)
  expect(gradients.constructor).toBe(2)
  expect(Object.keys(graph.weights())).toEqual(['__proto__', 'constructor'])
})

test('a node that does not exist is an error with a suggestion', () => {
  const graph = parseGraph(product)
  expect(() => graph.values('ff')).toThrow('the graph has no node "ff"')
  try {
    graph.gradients('los')
  } catch (error) {
    expect((error as EagreError).hint).toBe('did you mean "loss"?')
  }
})

test('inspect tells everything in the order in which it happens', () => {
  const clock = new VirtualClock()
  const graph = parseGraph('weights: { w: 2 }\nloss: w^2\ntrain: { learning_rate: 0.25 }', {
    clock,
  })
  const log: string[] = []
  graph.inspect().subscribe((event) => {
    if (event.type === 'report') log.push(`report ${event.report.type}`)
    else if (event.type === 'engine') log.push(`engine ${event.engine}`)
    else if (event.type === 'fault') log.push('fault')
    else if (event.type === 'update') log.push(`update ${event.node} ${String(event.value)}`)
    else if (event.type === 'value') log.push(`value ${event.node} ${String(event.value)}`)
    else if (event.type === 'gradient') log.push(`gradient ${event.node} ${String(event.gradient)}`)
    else if (event.type === 'lifecycle') log.push(`${event.run} ${event.event}`)
  })
  watch(graph, clock)
  clock.run()
  expect(log).toEqual([
    'train start',
    `engine ${graph.chosenEngine()!.engine}`,
    'value w 2',
    'value loss 4',
    'gradient loss 1',
    'gradient w 4',
    'update w 1',
    'report done',
    'train end',
  ])
})
