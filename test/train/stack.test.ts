/** `stack: true`: a batch is one step, and learns what its samples learn one by one. */
import { lastValueFrom, of } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { loadGraph } from '../../src/files/load.js'
import { dense } from '../../src/gates/dense.js'
import type { Gate } from '../../src/gates/gate.js'
import { gates } from '../../src/gates/index.js'
import { parseGraph, type Graph } from '../../src/graph.js'
import { parsePlan } from '../../src/language/parseplan.js'
import type { Nested } from '../../src/language/plan.js'
import type { Fault, GradientMessage, Tensor, ValueMessage } from '../../src/network/message.js'
import { optimizers, schedules } from '../../src/optimizers/index.js'
import type { TrainOptions } from '../../src/train/report.js'
import { VirtualClock } from './clock.js'
import { line, trained, watch } from './run.js'
import { executors, usual } from '../kernel/allowed.js'

const flat = (value: Nested): number[] => (typeof value === 'number' ? [value] : value.flatMap(flat)) // prettier-ignore
const numbers = (graph: Graph) => Object.values(graph.weights()).flatMap(flat)

/** Numbers that are the same but for the order in which they were added up. */
function near(actual: readonly number[], expected: readonly number[], tolerance = 1e-12): void {
  expect(actual.length).toBe(expected.length)
  expected.forEach((number, at) => {
    const distance = Math.abs(actual[at]! - number)
    if (!(distance <= tolerance * Math.max(1, Math.abs(number)))) {
      throw new Error(`${actual[at]} is not ${number}, at ${at}`)
    }
  })
}

const files = ['digits', 'iris', 'diabetes', 'xor', 'logistic', 'line', 'embedding']

test.each(files.flatMap((name) => [1, 2, 5, undefined].map((batch) => [name, batch] as const)))(
  'graphs/%s.yaml learns the same in batches of %s',
  async (name, batch) => {
    const options = {
      epochs: name === 'digits' ? 1 : 2,
      ...(batch && { batch }),
      // Its own is for all rows at once.
      ...(name === 'diabetes' && { learningRate: 0.01 }),
    }
    const run = async (stack: boolean) => {
      const graph = await loadGraph(`graphs/${name}.yaml`)
      return { graph, report: await lastValueFrom(graph.train({ ...options, stack })) }
    }
    const [plain, stacked] = [await run(false), await run(true)]
    // A whole run of updates, each on what the last one left.
    near(numbers(stacked.graph), numbers(plain.graph), 1e-10)
    near([stacked.report.loss], [plain.report.loss], 1e-10)
    near(Object.values(stacked.report.metrics), Object.values(plain.report.metrics), 1e-10)
    near([stacked.report.test?.loss ?? 0], [plain.report.test?.loss ?? 0], 1e-10)
    expect(stacked.report.updates).toBe(plain.report.updates)
    expect(stacked.report.step).toBe(plain.report.updates)
    expect(stacked.report.samples).toBe(plain.report.step)
  },
)

// x = tensor([[.5,-1,2],[1,0,-.5],[-1.5,.25,1],[0,2,-1],[.75,.5,.5]]); t = tensor([0,1,2,1,0])
// o = torch.optim.Adam([W1, b1, W2, b2], lr=.1), in float64
// for epoch in range(2):
//   for a in range(0, 5, 2):
//     o.zero_grad(); F.cross_entropy(tanh(x[a:a+2] @ W1 + b1) @ W2 + b2, t[a:a+2]).backward(); o.step()
test('a classifier of two layers learns what it learns in PyTorch, the last batch smaller', () => {
  const { graph } = trained(`
inputs: { x: { shape: [3] } }
targets: [t]
weights:
  W1: [[.1, -.2, .3, .4], [.5, -.6, .7, -.8], [.9, .1, -.2, .3]]
  b1: { shape: [4], init: zeros }
  W2: [[.3, -.1, .2], [.4, .5, -.6], [-.7, .8, .9], [.1, -.2, .3]]
  b2: { shape: [3], init: zeros }
loss: cross_entropy(tanh(x @ W1 + b1) @ W2 + b2, t)
train:
  epochs: 2
  batch: 2
  stack: true
  optimizer: adam
  learning_rate: 0.1
  data:
    header: [x, t]
    rows:
      - [[.5, -1, 2], 0]
      - [[1, 0, -.5], 1]
      - [[-1.5, .25, 1], 2]
      - [[0, 2, -1], 1]
      - [[.75, .5, .5], 0]
`)
  near(numbers(graph), [
    -0.0032962545900732804, 0.3444075491454177, 0.04229234644028189, 0.22968962761586353,
    0.24418932842312457, -0.5708581815733114, 0.7791711696003747, -0.7705095784535039,
    1.4675129351264085, -0.16627348211322207, -0.3933625601611952, 0.8301099163511754,
    -0.15978357913172436, 0.2172504823835295, 0.06977932116972246, -0.051488024900265064,
    0.5132296836343595, -0.6949331339298757, 0.5031013868679084,
    0.48785006317239354, 0.19101203554425839, -0.2158272850638458,
    -0.5974396708332419, 1.09714344986891, 0.4177570016248832,
    0.3560842853040875, -0.2996755073622857, 0.2903610442715003,
    0.15996358164227764, 0.17934973558594816, -0.3172058539099146,
  ], 1e-11) // prettier-ignore
})

/** A tensor for each sample, a shared part, chance, metrics and measures. */
const text = (train: string) => `
inputs: { x: { shape: [3] }, k: }
targets: { t: }
weights: { W: { shape: [3, 2], init: normal, seed: 1 }, v: [0.5, -0.25], b: 0.1, f: { value: 2, frozen: true } }
constants: { c: [1, 2] }
gates:
  s: exp(v) * c
  h: dropout(tanh(x @ W + k), p=0.3)
  y: sum(h * s) + b * f
loss: (y - t)^2 + 0.01 * sum(s^2)
metrics: { off: abs(y - t), bare: b, worst: "rmse(y, t)", fit: "r2(y, t)" }
train:
  learning_rate: 0.05
  ${train}
  data:
    rows: ${JSON.stringify(rows)}
`
const rows = Array.from({ length: 11 }, (_, row) => ({
  x: [0, 1, 2].map((at) => Math.sin(row * 3 + at)),
  k: Math.cos(row),
  t: row % 4,
}))

describe('a stacked batch', () => {
  test.each([
    'epochs: 1',
    'epochs: 3\n  batch: 4\n  shuffle: true',
    'epochs: 3\n  batch: 11',
    'epochs: 3\n  batch: 100',
    'epochs: 4\n  batch: 3\n  optimizer: adam\n  clip: { norm: 0.5 }',
    'epochs: 4\n  batch: 3\n  clip: { value: 0.1 }\n  schedule: { cosine: { t_max: 4 } }',
    'epochs: 3\n  batch: 2\n  schedule: { exponential: { gamma: 0.9 }, per: update }\n  seed: 9',
    'batch: 4\n  shuffle: true\n  until: { patience: 3, restore_best: true }',
    'batch: 4\n  epochs: 50\n  until: { loss: 1 }',
  ])('learns, measures and ends as averaged steps do: %s', (train) => {
    for (const executor of executors) {
      const plain = trained(text(train), {}, { executor })
      const stacked = trained(text(train), { stack: true }, { executor })
      near(numbers(stacked.graph), numbers(plain.graph), 1e-11)
      const [is, was] = [stacked.reports.at(-1)!, plain.reports.at(-1)!]
      expect(Object.keys(is.metrics)).toEqual(['off', 'bare', 'worst', 'fit'])
      near([is.loss, ...Object.values(is.metrics)], [was.loss, ...Object.values(was.metrics)], 1e-11) // prettier-ignore
      const { epoch, updates, learningRate, stopped } = is
      expect({ epoch, updates, learningRate, stopped }).toEqual({
        epoch: was.epoch,
        updates: was.updates,
        learningRate: was.learningRate,
        stopped: was.stopped,
      })
    }
  })

  test('gives the same bits again, whatever executes it, watched or not', () => {
    const train = 'epochs: 3\n  batch: 4\n  stack: true\n  shuffle: true'
    const once = trained(text(train), {}, { executor: 'interpret' }).graph.weights()
    expect(trained(text(train), {}, { executor: usual }).graph.weights()).toEqual(once)
    const clock = new VirtualClock()
    const graph = parseGraph(text(train), { clock })
    graph.inspect().subscribe()
    watch(graph, clock)
    clock.run()
    expect(graph.weights()).toEqual(once)
  })

  test('is one step on every wire, whose messages have the samples as their first axis', () => {
    const clock = new VirtualClock()
    const graph = parseGraph(text('epochs: 2\n  batch: 4\n  stack: true'), { clock })
    const shapes = new Map<string, string[]>()
    const note = (what: string, value: ValueMessage['value'] | GradientMessage['gradient']) => {
      const shape = typeof value === 'object' ? value.shape : []
      shapes.set(what, [...(shapes.get(what) ?? []), value === 'none' ? 'none' : shape.join('×')])
    }
    const owed = new Map<string, number>()
    for (const name of ['x', 'k', 't', 'W', 'v', 'b', 'f', 'c', 's', 'h', 'h.x', 'y', 'loss']) {
      graph.values(name).subscribe(({ step, value }) => {
        note(`${name} down`, value)
        owed.set(`${name} ${step}`, (owed.get(`${name} ${step}`) ?? 0) + 1)
      })
      graph.gradients(name).subscribe(({ step, gradient }) => {
        note(`${name} up`, gradient)
        owed.set(`${name} ${step}`, (owed.get(`${name} ${step}`) ?? 0) - 1)
      })
    }
    watch(graph, clock)
    clock.run()
    const each = (batched: (size: number) => string) => [4, 4, 3, 4, 4, 3].map(batched)
    for (const way of ['down', 'up']) {
      for (const name of ['k', 't', 'y', 'loss']) {
        expect([name, shapes.get(`${name} ${way}`)]).toEqual([name, each((size) => `${size}`)])
      }
      expect(shapes.get(`x ${way}`)).toEqual(each((size) => `${size}×3`))
      for (const name of ['h', 'h.x']) {
        expect(shapes.get(`${name} ${way}`)).toEqual(each((size) => `${size}×2`))
      }
      // What no sample decides is there once.
      for (const [name, shape] of [
        ['W', '3×2'],
        ['v', '2'],
        ['b', ''],
        ['f', ''],
        ['c', '2'],
        ['s', '2'],
      ] as const) {
        // prettier-ignore
        expect([name, shapes.get(`${name} ${way}`)]).toEqual([name, each(() => shape)])
      }
    }
    expect([...owed.values()].every((count) => count === 0)).toBe(true)
    expect(owed.size).toBe(13 * 6)
  })

  test('starts with a gradient of 1 by its size, and its loss is that of each sample', () => {
    const clock = new VirtualClock()
    const graph = parseGraph(line, { clock })
    const seen: unknown[] = []
    graph.gradients('loss').subscribe(({ gradient }) => seen.push(gradient))
    graph.values('loss').subscribe(({ value }) => seen.push(value))
    watch(graph, clock, { epochs: 1, batch: 3, stack: true })
    clock.run()
    const list = (...data: number[]) => ({ shape: [data.length], data: Float64Array.from(data) })
    expect(seen[0]).toEqual(list(9, 25, 1))
    expect(seen[1]).toEqual(list(1 / 3, 1 / 3, 1 / 3))
    expect(seen[3]).toEqual(list(1 / 2, 1 / 2))
  })

  test('of which the loss knows no sample starts with a gradient of 1', () => {
    const plain = 'weights: { w: 3 }\ninputs: [x]\nloss: w^2\nmetrics: { m: x }\n'
    const train = 'train: { batch: 2, stack: true, learning_rate: 0.1, data: { rows: [{ x: 1 }, { x: 2 }, { x: 6 }] } }' // prettier-ignore
    const { graph, reports } = trained(plain + train)
    near([graph.weights()['w'] as number], [3 * 0.8 * 0.8])
    expect(reports.at(-1)).toMatchObject({ loss: (9 + 9 + 2.4 ** 2) / 3, metrics: { m: 3 } })
  })
})

describe('rows without their targets', () => {
  const some = rows.map(({ t, ...row }, at) => ([1, 4, 5, 10].includes(at) ? row : { ...row, t }))

  test.each([2, 3, 7, 20])(
    'are predicted, each by itself, and not learned from: batch %d',
    (batch) => {
      // prettier-ignore
      const steps: string[] = []
      const run = (stack: boolean) => {
        const clock = new VirtualClock()
        const graph = parseGraph(text('epochs: 2'), { clock })
        if (stack) {
          graph.values('k').subscribe(({ mode, value }) => {
            steps.push(mode === 'learn' ? `learn ${(value as Tensor).shape[0]}` : mode)
          })
        }
        const { reports } = watch(graph, clock, { data: some, batch, stack, every: 1 })
        clock.run()
        return { graph, reports }
      }
      const [plain, stacked] = [run(false), run(true)]
      near(numbers(stacked.graph), numbers(plain.graph), 1e-11)
      const [is, was] = [stacked.reports.at(-1)!, plain.reports.at(-1)!]
      near([is.loss], [was.loss])
      expect([is.samples, is.updates]).toEqual([was.samples, was.updates])
      // 7 of 11 rows an epoch are learned from.
      expect(steps.filter((step) => step === 'predict')).toHaveLength(8)
      expect(steps.length).toBe(2 * (Math.ceil(7 / batch) + 4))
      expect([is.step, is.steps]).toEqual([steps.length, steps.length])
      expect(stacked.reports.map(({ step }) => step)).toEqual(steps.map((_, at) => at + 1))
    },
  )
})

test('steps can be made one batch at a time, and asked between', () => {
  const clock = new VirtualClock()
  const graph = parseGraph(text('epochs: 1\n  batch: 4\n  stack: true'), { clock })
  const expected = trained(text('epochs: 1\n  batch: 4\n  stack: true')).graph.weights()
  const seen: number[] = []
  graph.updates('b').subscribe(({ update }) => seen.push(update))
  graph.pause()
  watch(graph, clock)
  for (const made of [1, 2, 3]) {
    graph.advance()
    clock.run()
    expect(seen).toHaveLength(made)
    expect(graph.step({ x: [1, 2, 3], k: 0, t: 1 }).values['y']).toEqual(expect.any(Number))
    of({ x: [1, 2, 3], k: 0 }).pipe(graph.predict()).subscribe((prediction) => {
      expect('outputs' in prediction).toBe(true)
    }) // prettier-ignore
  }
  graph.resume()
  clock.run()
  expect(graph.weights()).toEqual(expected)
})

test('rows that are held back are tested one by one', async () => {
  const graph = await loadGraph('graphs/digits.yaml')
  let tested = 0
  graph.values('loss').subscribe(({ mode, value }) => {
    if (mode === 'predict' && typeof value === 'number') tested++
  })
  const report = await lastValueFrom(graph.train({ epochs: 1, stack: true }))
  expect(tested).toBe(359)
  expect(report.test!.metrics['accuracy']).toBeGreaterThan(0.7)
})

test('the plan says so only where it is so', () => {
  const { plan } = parseGraph(text('batch: 2\n  stack: true'))
  expect(plan.train).toMatchObject({ batch: 2, stack: true })
  expect(parseGraph(text('batch: 2\n  stack: false')).plan.train).not.toHaveProperty('stack')
  expect(parseGraph(text('batch: 2')).plan.train).not.toHaveProperty('stack')
})

test('what is standardized is measured before, and then stacked', () => {
  const source = (stack: boolean) =>
    text(`epochs: 2\n  batch: 4\n  stack: ${stack}`)
      .replace('tanh(x @ W', 'tanh(standardize(x) @ W')
      .replace('+ k)', '+ standardize(k * k))')
  const [stacked, plain] = [trained(source(true)), trained(source(false))]
  near(numbers(stacked.graph), numbers(plain.graph), 1e-11)
  const scales = Object.keys(stacked.graph.weights()).filter((name) => name.endsWith('.scale'))
  expect(scales).toHaveLength(2)
  const first = parseGraph(source(true)).weights()
  for (const name of scales) {
    expect(stacked.graph.weights()[name]).toEqual(plain.graph.weights()[name])
    expect(stacked.graph.weights()[name]).not.toEqual(first[name])
  }
  expect(stacked.reports.at(-1)!.updates).toBe(6)
})

test('a caller has the last word', () => {
  const stacks = text('batch: 5\n  stack: true')
  expect(trained(stacks).reports.at(-1)).toMatchObject({ step: 3, samples: 11 })
  expect(trained(stacks, { stack: false }).reports.at(-1)).toMatchObject({ step: 11, samples: 11 })
  expect(trained(stacks, { batch: 11 }).reports.at(-1)).toMatchObject({ step: 1, samples: 11 })
})

describe('a batch with a sample that fails', () => {
  const failing = (train: string, y = 'w * log(x)') => `
inputs: [x]
targets: [t]
weights: { w: 1 }
gates: { y: "${y}" }
loss: (y - t)^2
train: { batch: 4, stack: true, learning_rate: 0.1, ${train} }
`
  const data = [1, 2, -3, 4, 5, -6, -7, 8, 9].map((x) => ({ x, t: 1 }))

  function run(source: string, given: readonly object[] = data, options: TrainOptions = {}) {
    const clock = new VirtualClock()
    const graph = parseGraph(source, { clock })
    const faults: Fault[] = []
    graph.faults().subscribe((fault) => void faults.push(fault))
    const { reports } = watch(graph, clock, { data: given as never, ...options })
    clock.run()
    return { graph, faults, reports }
  }

  test('that is skipped learns from the others as averaged steps do', () => {
    const skip = failing('epochs: 2, on_fault: skip')
    const stacked = run(skip)
    const plain = run(skip, data, { stack: false })
    near(numbers(stacked.graph), numbers(plain.graph))
    near([stacked.reports.at(-1)!.loss], [plain.reports.at(-1)!.loss])
    expect(stacked.reports.at(-1)).toMatchObject({ updates: 6, samples: 18 })
    expect(stacked.faults.map(({ samples }) => samples)).toEqual([[2], [1, 2], [2], [1, 2]])
    expect(stacked.faults[1]).toMatchObject({
      node: 'y.b',
      formula: 'log(x)',
      position: { line: 5, column: 18 },
      inputs: { x: -6 },
      message: 'the value of "y.b" is NaN, for samples 2, 3 of 4',
      action: 'skip',
    })
  })

  test('is told to those who watch: none for the step that failed, then the others', () => {
    const clock = new VirtualClock()
    const graph = parseGraph(failing('on_fault: skip'), { clock })
    const seen: string[] = []
    graph.gradients('y').subscribe(({ step, gradient }) => {
      seen.push(`${step} ${typeof gradient === 'object' ? gradient.shape.join() : gradient}`)
    })
    watch(graph, clock, { data })
    clock.run()
    expect(seen).toEqual(['0 none', '1 3', '2 none', '3 2', '4 1'])
  })

  test('that stops ends the run before the update, and says which it was', () => {
    const clock = new VirtualClock()
    const graph = parseGraph(failing('epochs: 2'), { clock })
    const state = watch(graph, clock, { data })
    clock.run()
    expect(state.error).toMatchObject({
      code: 'fault',
      message:
        'step 0: the value of "y.b" is NaN, for sample 3 of 4, in "log(x)" at graph.yaml:5:18 with x = -3',
    })
    expect(graph.weights()).toEqual({ w: 1 })
  })

  test('in its gradient is named with the gate that answers it', () => {
    // The slope of the root is infinite at 0.
    const given = [4, 0, 9, 0].map((x) => ({ x, t: 1 }))
    const root = failing('on_fault: skip', 'sqrt(x * w)')
    const { graph, faults } = run(root, given)
    expect(faults).toMatchObject([
      { node: 'y', samples: [1, 3], message: 'a gradient that "y" answers is -Infinity, for samples 2, 4 of 4' }, // prettier-ignore
    ])
    near(numbers(graph), numbers(run(root, given, { stack: false }).graph))
  })

  test('in the gradient of what all share is found too', () => {
    const given = [1, 0, 4].map((x) => ({ x, t: 1 }))
    // d/dw w^x is infinite at w = 0 for 0 < x < 1.
    const power = failing('on_fault: skip', 'w^(x / 2)').replace('w: 1', 'w: 0')
    const { graph, faults } = run(power, given)
    const plain = run(power, given, { stack: false })
    expect(faults.map(({ node, samples }) => ({ node, samples }))).toEqual([{ node: 'y', samples: [0] }]) // prettier-ignore
    expect(plain.faults.map(({ node }) => node)).toEqual(['y'])
    near(numbers(graph), numbers(plain.graph))
  })

  test('which a gate refuses is found by what the gate throws', () => {
    const table = (train: string) => `
inputs: [i]
targets: [t]
weights: { T: [[1, 2], [3, 4]] }
gates: { y: "sum(embedding(T, i))" }
loss: (y - t)^2
train: { batch: 4, stack: true, learning_rate: 0.1, ${train} }
`
    const given = [0, 1, 7, 1, 2, 0].map((i) => ({ i, t: 1 }))
    const { graph, faults } = run(table('on_fault: skip'), given)
    expect(faults).toMatchObject([
      { node: 'y.x', samples: [2], inputs: { i: 7 }, message: '"y.x" failed while computing its value: there is no row 7: they are 0 to 1, for sample 3 of 4' }, // prettier-ignore
      { samples: [0], inputs: { i: 2 } },
    ])
    near(numbers(graph), numbers(run(table('on_fault: skip'), given, { stack: false }).graph))
  })

  test('of which every sample fails makes no update', () => {
    const { graph, faults, reports } = run(failing('on_fault: skip'), [{ x: -1, t: 1 }, { x: -2, t: 1 }]) // prettier-ignore
    expect(faults).toMatchObject([{ samples: [0, 1], message: expect.stringContaining('for all 2 samples') as string }]) // prettier-ignore
    expect(graph.weights()).toEqual({ w: 1 })
    expect(reports.at(-1)).toMatchObject({ updates: 0, step: 1, samples: 2 })
  })

  test('keeps the chance of the others', () => {
    const chance = failing('on_fault: skip, epochs: 3', 'dropout(w * log(x), p=0.4)')
    near(numbers(run(chance).graph), numbers(run(chance, data, { stack: false }).graph))
  })

  test('in an update is what it is without stack', () => {
    const huge = failing('on_fault: skip, clip: { value: 1e308 }', 'w * x').replace('0.1', '1e308')
    const given = [{ x: 1e100, t: 0 }]
    const { faults } = run(huge, given)
    const plain = run(huge, given, { stack: false })
    expect(faults).toHaveLength(1)
    expect(faults.map(({ message }) => message)).toEqual(plain.faults.map(({ message }) => message))
  })
})

describe('gates whose samples come one after the other', () => {
  const before: Gate = {
    ...dense({
      doc: '',
      inputs: ['x'],
      value: '',
      gradients: { x: '' },
      shape: ([x = []]) => x,
      prepare: () => ({ forward() {}, backward() {} }),
    }),
    stateful: true,
  }
  const all = new Map([...gates, ['before', { ...before, name: 'before' }]])
  const source = (stack: string) => `
inputs: { x: 1 }
targets: { t: 0 }
weights: { w: 1 }
gates: { y: w * before(x + 1) }
loss: (y - t)^2
train: { batch: 2${stack} }
`

  test('are refused with the place of the key', () => {
    const { diagnostics } = parsePlan(source(', stack: true'), { file: 'g.yaml', gates: all, optimizers, schedules }) // prettier-ignore
    expect(diagnostics).toMatchObject([
      {
        code: 'cannot-stack',
        severity: 'error',
        line: 7,
        column: 27,
        endColumn: 31,
        message:
          'a batch cannot run as one step: "before", the node "y.b", takes the samples one after the other',
        hint: 'leave "stack" out',
      },
    ])
  })

  test('are refused where the caller says so', () => {
    expect(trained(source(''), { stack: true }, { gates: all }).error).toMatchObject({
      code: 'bad-argument',
      message:
        'train: stack runs the samples of a batch at once, and "before" (the node "y.b") takes them one after the other',
    })
    expect(trained(source(', stack: false'), {}, { gates: all }).error).toBeUndefined()
  })
})

test.each(['yes', 1])('train({ stack: %j }) is refused', (stack) => {
  expect(trained(line, { stack: stack as never }).error).toMatchObject({
    code: 'bad-argument',
    message: `train: stack must be true or false, got ${stack}`,
  })
})

test.each([
  ['1', '9:10 wrong-kind'],
  ['yes', '9:10 wrong-kind'],
  ['{ batch: 3 }', '9:10 wrong-kind'],
])('stack: %s is refused', (value, expected) => {
  const source = line.replace('epochs: 3', `stack: ${value}`)
  const { diagnostics } = parsePlan(source, { file: 'g.yaml', gates, optimizers, schedules })
  expect(diagnostics.map((one) => `${one.line}:${one.column} ${one.code}`)).toEqual([expected])
})

test('a batch that no step can hold is refused before memory is asked for', () => {
  const { error } = trained(
    `
inputs: { x: { shape: [1000] } }
weights: { v: { shape: [1000, 1000], init: zeros } }
gates: { y: x * v }
loss: mean(y)
train: { batch: 1000, stack: true }
`,
    { data: Array.from({ length: 1000 }, () => ({ x: new Float64Array(1000) })) as never },
  )
  expect(error).toMatchObject({ code: 'bad-argument', message: expect.stringContaining('at most') as string }) // prettier-ignore
})
