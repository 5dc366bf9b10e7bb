/** The laws that show in training, by their numbers; each runs under both executors. */
import { from, map, of, range, take, type Observable } from 'rxjs'
import { describe, expect, test } from 'vitest'
import type { EagreError } from '../../src/errors.js'
import { parseGraph, type GraphOptions, type Sample } from '../../src/graph.js'
import type { Row } from '../../src/language/plan.js'
import type { TrainOptions } from '../../src/train/report.js'
import { VirtualClock } from './clock.js'
import * as training from './run.js'
import { line, watch, type Run } from './run.js'
import { executors, usual } from '../kernel/allowed.js'

describe.each(executors)('%s', (executor) => {
  const parse = (text: string, options: GraphOptions = {}) =>
    parseGraph(text, { executor, ...options })
  const start = (
    text: string,
    options: TrainOptions = {},
    graphOptions: GraphOptions = {},
    clock = new VirtualClock(),
  ) => training.start(text, options, { executor, ...graphOptions }, clock)
  const trained = (text: string, options: TrainOptions = {}, graphOptions: GraphOptions = {}) =>
    training.trained(text, options, { executor, ...graphOptions })

  describe('law 5: weights move last', () => {
    test('gradients of a batch are all those of the weights it began with', () => {
      const clock = new VirtualClock()
      const graph = parse(line, { clock })
      const seen: unknown[] = []
      graph.values('w').subscribe(({ value }) => seen.push(value))
      graph.updates('w').subscribe(({ value }) => seen.push(['update', value]))
      watch(graph, clock, { batch: 3, epochs: 1 })
      clock.run()
      const [first, second] = seen.filter(Array.isArray).map((entry) => (entry as unknown[])[1])
      expect(seen).toEqual([0, 0, 0, ['update', first], first, first, ['update', second]])
    })
  })

  describe('law 7: watching changes nothing', () => {
    test('taps that come, go, throw and ask for gradients change no bit', () => {
      const plain = trained(line, { epochs: 50 }).graph.weights()
      const clock = new VirtualClock(2)
      const run = start(line, { epochs: 50 }, {}, clock)
      const names = ['x', 't', 'w', 'b', 'y', 'y.a', 'loss', 'loss.a']
      for (let turn = 0; clock.turn(); turn++) {
        const name = names[turn % names.length]!
        const tap: Observable<unknown> =
          turn % 2 ? run.graph.values(name) : run.graph.gradients(name)
        tap.subscribe(() => {
          if (turn % 3 === 0) throw new Error('tap')
        })
      }
      expect(run.graph.weights()).toEqual(plain)
    })

    test('predictions between steps change no bit', () => {
      const plain = trained(line, { epochs: 20 }).graph.weights()
      const clock = new VirtualClock(2)
      const run = start(line, { epochs: 20 }, {}, clock)
      const outputs: unknown[] = []
      // From a callback in the middle of a step, too: it is made when the step is over.
      run.graph.values('y').subscribe(({ mode }) => {
        if (mode !== 'learn') return
        of({ x: 1 })
          .pipe(run.graph.predict())
          .subscribe((prediction) => outputs.push(prediction))
      })
      clock.run()
      expect(run.graph.weights()).toEqual(plain)
      expect(outputs).toHaveLength(100)
    })
  })

  describe('law 9: time and chance come from the scheduler', () => {
    const shuffling = { epochs: 20, shuffle: true, batch: 2, seed: 7 }

    test('same file, data and seed give the same bits, however the run is cut into slices', () => {
      const wanted = trained(line, shuffling)
      for (const perLook of [0, 0.5, 3, 20]) {
        const run = start(line, shuffling, {}, new VirtualClock(perLook))
        run.clock.run()
        expect(run.graph.weights()).toEqual(wanted.graph.weights())
        expect(run.reports.at(-1)!.loss).toBe(wanted.reports.at(-1)!.loss)
      }
    })

    test('interpreted and generated kernels learn the same bits', () => {
      const text = line.replace('w * x + b', 'tanh(w * x) * exp(b / 3) + sigmoid(b)')
      const other = trained(text, shuffling, { executor: usual }).graph.weights()
      expect(trained(text, shuffling).graph.weights()).toEqual(other)
    })
  })

  describe('law 10: faults', () => {
    const root = `
inputs: [x]
targets: [t]
weights: { w: 1 }
gates: { y: w * log(x) }
loss: (y - t)^2
train: { learning_rate: 0.1, ON_FAULT }
`.replace('ON_FAULT', 'on_fault: stop')
    const rows = [
      { x: 2, t: 1 },
      { x: 0, t: 1 },
      { x: 3, t: 1 },
    ]

    test('the first number that is not finite stops training, with its node, formula, place and inputs', () => {
      const run = start(root, { data: rows }, { file: 'root.yaml' })
      const faults: unknown[] = []
      run.graph.faults().subscribe((fault) => faults.push(fault))
      run.clock.run()
      expect(run.error?.code).toBe('fault')
      expect(run.error?.message).toBe(
        'step 1: the value of "y.b" is -Infinity, in "log(x)" at root.yaml:5:17 with x = 0',
      )
      expect(faults).toMatchObject([
        {
          step: 1,
          node: 'y.b',
          formula: 'log(x)',
          position: { file: 'root.yaml', line: 5, column: 17 },
          inputs: { x: 0 },
          action: 'stop',
        },
      ])
      const once = trained(root, { data: rows.slice(0, 1) })
      expect(run.graph.weights()).toEqual(once.graph.weights())
    })

    test('whoever hears that a fault ended the training may use the graph', () => {
      const clock = new VirtualClock()
      const graph = parse(root, { clock })
      let value: unknown
      graph.train({ data: rows }).subscribe({
        error: () => {
          value = graph.step({ x: Math.E }).values.y
        },
      })
      clock.run()
      expect(value).toBe(graph.weights().w)
    })

    test('on_fault: skip goes on as if the sample had not been there', () => {
      const skip = root.replace('on_fault: stop', 'on_fault: skip, batch: 3')
      const run = trained(skip, { data: rows })
      expect(run.completed).toBe(true)
      const without = trained(skip, { data: [rows[0]!, rows[2]!] })
      expect(run.graph.weights()).toEqual(without.graph.weights())
      expect(run.reports.at(-1)!.loss).toBe(without.reports.at(-1)!.loss)
    })

    test('a gradient that is not finite is blamed on the gate that answered it', () => {
      const run = trained('weights: { w: 0 }\nloss: sqrt(w)\ntrain: { learning_rate: 0.1 }')
      expect(run.error?.message).toContain('a gradient that "loss" answers is Infinity')
      expect(run.graph.weights()).toEqual({ w: 0 })
    })

    test('an update that is not finite is caught before a weight is written', () => {
      const run = trained(
        'weights: { w: 1e308, v: 1 }\nloss: v - 1.7e308 * w\ntrain: { learning_rate: 1e308 }'.replace(
          '1.7e308 * w',
          'w * 1e-300',
        ),
      )
      expect(run.error).toBeUndefined()
      const bad = trained(
        'weights: { w: 1.7e308, v: 1 }\nloss: v - w * 10\ntrain: { learning_rate: 1e307 }'.replace(
          'w * 10',
          'w * 1',
        ),
      )
      expect(bad.error?.message).toContain('the update of "w" failed: it would be Infinity')
      expect(bad.graph.weights()).toEqual({ w: 1.7e308, v: 1 })
    })

    test('what does not make the loss infinite is not to blame', () => {
      const text = `
inputs: { x: -1 }
weights: { w: 1e200 }
gates:
  unused: log(x)
  s: where(x > 0, log(x), w)
outputs: [unused, s]
loss: s^2
train: { learning_rate: 0.1 }`
      expect(trained(text).error?.message).toContain('the value of "loss" is Infinity')
    })

    test('the fault of an update has the number of the step that it followed', () => {
      const text =
        'weights: { w: 1.7e308 }\nloss: 0 - w\ntrain: { learning_rate: 1e307, on_fault: skip, epochs: 2 }'
      const graph = parse(text)
      const clock = new VirtualClock()
      const again = parse(text, { clock })
      again.step()
      again.step()
      const steps: number[] = []
      again.faults().subscribe(({ step }) => steps.push(step))
      watch(again, clock)
      clock.run()
      expect(steps).toEqual([2, 3])
      expect(again.weights()).toEqual(graph.weights())
    })

    test('restore_best goes back to the best weights where a fault stops the run', () => {
      const text = (epochs: number) => `
weights: { w: 1 }
loss: 0 - exp(w)
train: { learning_rate: 1, epochs: ${epochs}, until: { restore_best: true } }`
      const run = trained(text(30))
      expect(run.error?.code).toBe('fault')
      expect(run.graph.weights()).toEqual(trained(text(3)).graph.weights())
    })

    test('a sample whose property throws is a fault, and predictions go on', () => {
      const graph = parse(line)
      const bad: Sample = {
        get x() {
          throw new Error('getter')
        },
      }
      const results: unknown[] = []
      from<Sample[]>([{ x: 1 }, bad, { x: 2 }])
        .pipe(graph.predict())
        .subscribe((prediction) =>
          results.push('outputs' in prediction ? prediction.outputs.y : prediction.fault.message),
        )
      expect(results).toEqual([0, 'getter', 0])
    })

    test('a bad sample is a fault of its own, and predictions go on in order', () => {
      const graph = parse(line)
      const results: unknown[] = []
      from<Sample[]>([{ x: 1 }, { x: 'one' }, {}, { x: 2 }])
        .pipe(graph.predict())
        .subscribe((prediction) =>
          results.push('outputs' in prediction ? prediction.outputs.y : prediction.fault.message),
        )
      expect(results).toEqual([
        0,
        'the sample: the input "x" must be a finite number, got "one"',
        'the sample has no value for the input "x"',
        0,
      ])
    })
  })

  describe('law 11: stop means stop', () => {
    test('leaving in the middle of a step ends the run with that step and frees what it held', () => {
      const clock = new VirtualClock()
      const run = start(line, {}, {}, clock)
      const seen: string[] = []
      run.graph.values('y').subscribe(({ step }) => {
        seen.push(`y ${step}`)
        if (step === 1) run.unsubscribe()
      })
      run.graph.gradients('loss').subscribe(({ step }) => seen.push(`loss ${step}`))
      run.graph.updates('w').subscribe(({ update }) => seen.push(`update ${update}`))
      clock.run()
      expect(seen).toEqual(['y 0', 'loss 0', 'update 1', 'y 1', 'loss 1'])
      expect(clock.waiting).toBe(0)
      expect(() => run.graph.restore({ w: 1, b: 1 })).not.toThrow()
    })

    test('a run may begin in the callback that ends another, or that leaves it', () => {
      const clock = new VirtualClock()
      const graph = parse(line, { clock })
      const log: string[] = []
      const train = (name: string, complete: () => void) =>
        graph.train({ epochs: 1 }).subscribe({
          error: (error: EagreError) => log.push(error.code),
          complete: () => {
            log.push(name)
            complete()
          },
        })
      train('first', () => void train('second', () => {}))
      clock.run()
      const left = train('never', () => {})
      graph.values('y').subscribe(() => {
        if (left.closed) return
        left.unsubscribe()
        train('third', () => {})
      })
      clock.run()
      expect(log).toEqual(['first', 'second', 'third'])
      expect(clock.waiting).toBe(0)
    })

    test('a run that is left or closed while its data are read never begins', async () => {
      const text = line.slice(0, line.indexOf('    rows:')) + '    file: rows.csv'
      const clock = new VirtualClock()
      let deliver = (_: Row[]) => {}
      const read = new Promise<Row[]>((resolve) => (deliver = resolve))
      const [first, second] = [0, 1].map(() =>
        start(text, {}, { readData: () => read }, clock),
      ) as [Run, Run]
      first.unsubscribe()
      second.graph.close()
      expect(second.completed).toBe(true)
      deliver([{ x: 1, t: 3 }])
      await read
      await Promise.resolve()
      expect(clock.waiting).toBe(0)
      expect(first.graph.weights()).toEqual({ w: 0, b: 0 })
    })

    test('a prediction that is left asks for no further sample', () => {
      const graph = parse(line)
      const made: number[] = []
      graph.values('y').subscribe(({ step }) => made.push(step))
      const outputs: unknown[] = []
      range(1, 1000)
        .pipe(
          map((x) => ({ x })),
          graph.predict(),
          take(2),
        )
        .subscribe(({ step }) => outputs.push(step))
      expect(outputs).toEqual([0, 1])
      expect(made).toEqual([0, 1])
    })

    test('taps complete with the graph, those that come later at once', () => {
      const graph = parse(line)
      let ended = 0
      const complete = () => ended++
      graph.values('y').subscribe({ complete })
      graph.close()
      graph.close()
      graph.values('y').subscribe({ complete })
      graph.gradients('w').subscribe({ complete })
      graph.updates('w').subscribe({ complete })
      graph.inspect().subscribe({ complete })
      expect(ended).toBe(5)
    })
  })
})
