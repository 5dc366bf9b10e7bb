/** Gates that remember, in training: what they keep, when they go on, and what goes back through time. */
import { fc } from '../random.js'
import { of } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { gates } from '../../src/gates/index.js'
import { parseGraph, type Graph } from '../../src/graph.js'
import { parsePlan } from '../../src/language/index.js'
import { optimizers, schedules } from '../../src/optimizers/index.js'
import { VirtualClock } from './clock.js'
import { start, watch } from './run.js'

/** A graph whose node `y` is this formula of the inputs x and r, with as many samples as there are x. */
function series(formula: string, xs: readonly number[], epochs = 1, rs: readonly number[] = []) {
  const rows = xs.map((x, at) => `{ x: ${x}, r: ${rs[at] ?? 0} }`)
  return `
inputs: [x, r]
weights: { w: 0 }
gates:
  y: ${formula}
  used: x + r
loss: (w - 1)^2 + 0 * y
train: { epochs: ${epochs}, data: { rows: [${rows.join(', ')}] } }
`
}

/** What y was in each learn step. */
function seen(text: string): number[] {
  const clock = new VirtualClock()
  const graph = parseGraph(text, { clock })
  const values: number[] = []
  graph.values('y').subscribe(({ mode, value }) => {
    if (mode === 'learn') values.push(value as number)
  })
  watch(graph, clock).clock.run()
  return values
}

const numbers = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 12 }) // prettier-ignore

describe('a gate that remembers gives what a plain loop gives', () => {
  test('window: the last values, newest first', () => {
    fc.assert(
      fc.property(numbers, fc.integer({ min: 1, max: 5 }), (xs, size) => {
        const weights = Array.from({ length: size }, (_, at) => 10 ** at)
        const text = series(`sum(window(x, size=${size}) * k)`, xs)
        const got = seen(`${text}constants: { k: [${weights.join(', ')}] }\n`)
        const expected = xs.map((_, at) => {
          return weights.reduce((sum, k, back) => sum + (at >= back ? xs[at - back]! : 0) * k, 0)
        })
        expect(got).toEqual(expected)
      }),
      { numRuns: 30 },
    )
  })

  test('ewma: the recursion of pandas, by alpha, span and half-life', () => {
    const ways: [string, number][] = [['alpha=0.3', 0.3], ['span=4', 0.4], ['half_life=2', 1 - Math.SQRT1_2]] // prettier-ignore
    fc.assert(
      fc.property(numbers, fc.constantFrom(...ways), (xs, [how, alpha]) => {
        let y = xs[0]!
        const expected = xs.map((x, at) => (y = at === 0 ? x : (1 - alpha) * y + alpha * x))
        seen(series(`ewma(x, ${how})`, xs)).forEach((value, at) => {
          expect(Math.abs(value - expected[at]!)).toBeLessThanOrEqual(1e-12 * 1e3)
        })
      }),
      { numRuns: 30 },
    )
  })

  test('standardize: the mean and deviation of all values so far, by two passes', () => {
    const twoPass = (xs: readonly number[]) => {
      const mean = xs.reduce((sum, x) => sum + x, 0) / xs.length
      const variance = xs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / xs.length
      return { mean, scale: variance === 0 ? 1 : Math.sqrt(variance) }
    }
    const whole = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(whole, fc.constantFrom('before', 'after'), (xs, update) => {
        const got = seen(series(`standardize(x, update=${update})`, xs))
        xs.forEach((x, at) => {
          const so = xs.slice(0, update === 'before' ? at + 1 : at)
          const { mean, scale } = so.length === 0 ? { mean: 0, scale: 1 } : twoPass(so)
          expect(Math.abs(got[at]! - (x - mean) / scale)).toBeLessThan(1e-10)
        })
      }),
      { numRuns: 60 },
    )
  })

  test('standardize: does not lose the spread of values far from 0', () => {
    const got = seen(
      series('standardize(x, update=before)', [1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16]),
    )
    // numpy: ((x - x.mean()) / x.std())[-1] of these numbers less 1e9
    expect(got[3]).toBeCloseTo(1.2649110640673518, 12)
  })

  test('previous: the value a step ago, the initial one at first and where reset is not 0', () => {
    const xs = [3, 1, 4, 1, 5]
    expect(seen(series('previous(x)', xs))).toEqual([0, 3, 1, 4, 1])
    expect(seen(series('previous(x, r, initial=-7)', xs, 1, [0, 0, 1, 0, -2]))).toEqual([-7, 3, -7, 4, -7]) // prettier-ignore
  })

  test('previous: around a cycle it counts', () => {
    expect(seen(series('previous(y, r, initial=10) + x', [1, 2, 3, 4], 1, [0, 0, 1, 0]))).toEqual([11, 13, 13, 17]) // prettier-ignore
  })
})

test('what is kept begins afresh with each epoch', () => {
  const text = series('previous(y) + x', [1, 2, 3], 2)
  expect(seen(text)).toEqual([1, 3, 6, 1, 3, 6])
})

const recurrent = (unroll: number, rest = '') => `
inputs: [x, r]
targets: [t]
weights: { w: 0.5, u: 0.3, v: 0.7 }
gates:
  h: tanh(w * x + u * previous(h, r, unroll=${unroll}))
  y: v * h
loss: (y - t)^2
train: { epochs: 2, learning_rate: 0.1, data: { rows: [${rows.map(({ x, t, r = 0 }) => `{ x: ${x}, t: ${t}, r: ${r} }`).join(', ')}] } }
${rest}`
const rows: { x: number; t: number; r?: number }[] = [
  { x: 1, t: 0.5 },
  { x: 0.5, t: 0.2 },
  { x: -1, t: 0.1 },
  { x: 2, t: 0.4 },
]

/*
 * import torch
 * torch.set_default_dtype(torch.float64)
 * rows = [(1, 0.5), (0.5, 0.2), (-1, 0.1), (2, 0.4)]
 * def run(unroll):
 *     w = [torch.tensor(0.5), torch.tensor(0.3), torch.tensor(0.7)]
 *     for epoch in range(2):
 *         past, h = [], torch.tensor(0.)
 *         for x, t in rows:
 *             past.append((x, [p.clone() for p in w], h))
 *             part = past[-(unroll + 1):]
 *             copies = [[p.clone().requires_grad_() for p in ws] for _, ws, _ in part]
 *             y = part[0][2]
 *             for (x_, _, _), c in zip(part, copies): y = torch.tanh(c[0] * x_ + c[1] * y)
 *             ((copies[-1][2] * y - t) ** 2).backward()
 *             g = [sum(c[i].grad for c in copies if c[i].grad is not None) for i in range(3)]
 *             h, w = y.detach(), [p - 0.1 * q for p, q in zip(w, g)]
 *     return [float(p) for p in w]
 * for unroll in range(4): print(run(unroll))
 */
const torch: readonly (readonly number[])[] = [
  [0.4352747997956621, 0.327871659034923, 0.6610275428484814],
  [0.4436007581827538, 0.3374509676479812, 0.6599518154891479],
  [0.448112532542886, 0.3373248065700422, 0.6589211208998337],
  [0.44799397637235916, 0.33732280637283885, 0.6589360690286857],
]

describe('gradients go back through time', () => {
  test.each([0, 1, 2, 3])('as PyTorch takes them through %i steps', (unroll) => {
    const { graph, clock } = start(recurrent(unroll))
    clock.run()
    Object.values(graph.weights()).forEach((weight, at) => {
      expect(weight).toBeCloseTo(torch[unroll]![at]!, 14)
    })
  })

  test('the sum over copies of the weights in a graph written out by hand, bit for bit', () => {
    const run = start(recurrent(2))
    const told: Record<string, number[]> = { w: [], u: [], v: [] }
    const before: Record<string, number>[] = []
    for (const name of ['w', 'u', 'v']) {
      run.graph.gradients(name).subscribe(({ gradient }) => told[name]!.push(gradient as number))
    }
    before.push(run.graph.weights() as Record<string, number>)
    run.graph.updates('v').subscribe(() => before.push(run.graph.weights() as Record<string, number>)) // prettier-ignore
    run.clock.run()
    // The third step of the first epoch: two steps before it, each on the weights that it had.
    const [a, b, c] = before
    const byHand = parseGraph(`
weights:
  { w0: ${a!['w']}, u0: ${a!['u']}, w1: ${b!['w']}, u1: ${b!['u']}, w2: ${c!['w']}, u2: ${c!['u']}, v2: ${c!['v']} }
constants: { x0: 1, x1: 0.5, x2: -1, zero: 0 }
gates:
  h0: tanh(w0 * x0 + u0 * zero)
  h1: tanh(w1 * x1 + u1 * h0)
  h2: tanh(w2 * x2 + u2 * h1)
loss: (v2 * h2 - 0.1)^2
`).step().gradients as Record<string, number>
    expect(told['w']![2]).toBe(byHand['w2']! + (byHand['w1']! + byHand['w0']!))
    expect(told['u']![2]).toBe(byHand['u2']! + (byHand['u1']! + byHand['u0']!))
    expect(told['v']![2]).toBe(byHand['v2'])
  })

  test('not beyond a reset', () => {
    const text = recurrent(3)
    const cut = text.replace('{ x: -1, t: 0.1, r: 0 }', '{ x: -1, t: 0.1, r: 1 }')
    expect(cut).not.toBe(text)
    const told: number[] = []
    const run = start(cut)
    run.graph.gradients('w').subscribe(({ gradient }) => told.push(gradient as number))
    const weights: Record<string, number>[] = []
    run.graph.updates('w').subscribe(() => weights.push(run.graph.weights() as Record<string, number>)) // prettier-ignore
    run.clock.run()
    const { w, v } = weights[1]!
    // One step by itself.
    const alone = parseGraph(`
weights: { w: ${w}, v: ${v} }
loss: (v * tanh(w * -1 + 0) - 0.1)^2
`)
    expect(told[2]).toBeCloseTo(alone.step().gradients['w'] as number, 15)
  })

  test('to weights that nothing of the present step leads to', () => {
    const text = `
inputs: [x]
targets: [t]
weights: { w: 2, k: 0.5 }
gates:
  y: k * previous(w * x)
loss: (y - t)^2
train: { learning_rate: 0.1, data: { rows: [{ x: 3, t: 1 }, { x: 5, t: 2 }] } }
`
    const { graph, clock } = start(text)
    const told: unknown[] = []
    graph.gradients('w').subscribe(({ gradient }) => told.push(gradient))
    expect(graph.warnings).toEqual([])
    clock.run()
    // Step 2: y = 0.5 * (2 * 3) = 3, dy = 2 * (3 - 2) = 2, dw = 2 * 0.5 * 3.
    expect(graph.weights()['w']).toBe(2 - 0.1 * 3)
    expect(told.at(-1)).toBe(3)
  })

  test('through tensors, several delays and several uses, as finite differences of the unrolled graph say', () => {
    const text = `
inputs: { x: { shape: [2] } }
targets: [t]
weights:
  A: [[0.3, -0.2, 0.5], [0.1, 0.4, -0.6]]
  B: [[0.2, 0.1, -0.3], [-0.5, 0.3, 0.2], [0.4, -0.1, 0.6]]
  c: [0.1, -0.2, 0.3]
gates:
  q: previous(h * c, shape=[3], unroll=3)
  h: tanh(x @ A + previous(h, shape=[3], unroll=2) @ B + q * c)
  y: sum(h * c)
loss: (y - t)^2
train: { learning_rate: 1e-300, data: { rows: [${[1, 2, 3, 4, 5].map((at) => `{ x: [${Math.sin(at)}, ${Math.cos(3 * at)}], t: ${at / 7} }`).join(', ')}] } }
`
    const { graph, clock } = start(text)
    const told: Record<string, number[][]> = { A: [], B: [], c: [] }
    for (const name of ['A', 'B', 'c']) {
      graph.gradients(name).subscribe(({ gradient }) => {
        told[name]!.push(typeof gradient === 'object' ? [...gradient.data] : [])
      })
    }
    clock.run()
    // The weights hardly move: copies of one set. What a delay of 2 or 3 steps cuts is held fixed.
    const initial = graph.weights() as unknown as { A: number[][]; B: number[][]; c: number[] }
    const run = (w: typeof initial, from: typeof initial, last: number) => {
      let h = [0, 0, 0]
      const of = (at: number, weights: typeof initial, before: number[], hc: number[]) => {
        const x = [Math.sin(at + 1), Math.cos(3 * (at + 1))]
        return [0, 1, 2].map((j) => {
          const a = x.reduce((sum, xi, i) => sum + xi * weights.A[i]![j]!, 0)
          const b = before.reduce((sum, hi, i) => sum + hi * weights.B[i]![j]!, 0)
          return Math.tanh(a + b + hc[j]! * weights.c[j]!)
        })
      }
      const past = [h]
      let fixedHc = [0, 0, 0]
      for (let at = 0; at <= last; at++) {
        const hc = fixedHc
        h = of(at, from, past[at]!, hc)
        past.push(h)
        fixedHc = h.map((value, j) => value * from.c[j]!)
      }
      // A path of the last steps through both delays: depth 2 for h, 3 for h * c.
      const steps = (at: number, back: number): { h: number[]; hc: number[] } => {
        if (at < 0) return { h: [0, 0, 0], hc: [0, 0, 0] }
        const free = steps(at - 1, back + 1)
        const fixed = { h: past[at]!, hc: at === 0 ? [0, 0, 0] : past[at]!.map((value, j) => value * from.c[j]!) } // prettier-ignore
        const before = back < 2 ? free.h : fixed.h
        const hc = back < 3 ? free.hc : fixed.hc
        if (back > 3) return { h: past[at + 1]!, hc: past[at + 1]!.map((value, j) => value * from.c[j]!) } // prettier-ignore
        const now = of(at, w, before, hc)
        return { h: now, hc: now.map((value, j) => value * w.c[j]!) }
      }
      const { hc } = steps(last, 0)
      return (hc.reduce((sum, value) => sum + value, 0) - (last + 1) / 7) ** 2
    }
    for (const last of [0, 1, 2, 3, 4]) {
      for (const name of ['A', 'B', 'c'] as const) {
        const flat = (initial[name] as (number | number[])[]).flat()
        flat.forEach((_, at) => {
          const moved = (by: number) => {
            const copy = structuredClone(initial)
            const row = name === 'c' ? copy.c : copy[name][Math.floor(at / 3)]!
            row[name === 'c' ? at : at % 3]! += by
            return run(copy, initial, last)
          }
          const slope = (8 * (moved(1e-4) - moved(-1e-4)) - (moved(2e-4) - moved(-2e-4))) / 12e-4
          expect(told[name]![last]![at], `${name}[${at}] in step ${last}`).toBeCloseTo(slope, 9)
        })
      }
    }
  })
})

describe('what gates keep goes on with learn steps alone', () => {
  test('a probe and a prediction read it and change nothing', () => {
    const { graph, clock } = start(recurrent(2))
    clock.run()
    const before = [graph.step({ x: 1, r: 0, t: 0 }).values['h'], predicted(graph)]
    for (let again = 0; again < 3; again++) {
      expect(graph.step({ x: 1, r: 0, t: 0 }).values['h']).toBe(before[0])
      expect(predicted(graph)).toBe(before[1])
    }
    expect(before[0]).not.toBe(parseGraph(recurrent(2)).step({ x: 1, r: 0, t: 0 }).values['h'])
  })

  test('a probe that is to advance goes on as a learn step does, and learns nothing', () => {
    const text = `
inputs: [x]
gates: { m: previous(y), y: 0.5 * m + x * w, s: 'standardize(x, update=before)' }
weights: { w: 1 }
loss: (y + s)^2
`
    const graph = parseGraph(text)
    const seen = [1, 2, 3].map((x) => graph.step({ x }, { advance: true }).values)
    expect(seen.map(({ y }) => y)).toEqual([1, 2.5, 4.25])
    expect(seen.map(({ s }) => s)).toEqual([0, 1, expect.closeTo(Math.sqrt(1.5), 14)])
    const before = graph.memory()
    expect(graph.step({ x: 7 }).values['y']).toBe(0.5 * 4.25 + 7)
    expect(graph.memory()).toEqual(before)
    expect(graph.weights()).toEqual({ w: 1 })
  })

  test('predictions between learn steps change no bit', () => {
    const plain = start(recurrent(2))
    plain.clock.run()
    const disturbed = start(recurrent(2))
    disturbed.graph.updates('w').subscribe(() => {
      predicted(disturbed.graph)
    })
    disturbed.clock.run()
    expect(disturbed.graph.weights()).toEqual(plain.graph.weights())
  })

  test('a step that is skipped leaves it as it was', () => {
    const text = series('previous(x)', [3, 1, 4, 1, 5]).replace('0 * y', '0 * y + 0 * log(x - 1)')
    const skipping = text.replace('epochs: 1,', 'epochs: 1, on_fault: skip,')
    expect(seen(skipping)).toEqual([0, 3, 3, 4, 4])
  })

  test('a held-back part goes on from the rows before it, and changes nothing', () => {
    const rest = series('previous(y) + x', [1, 2, 3, 4, 5, 6], 2)
    const { graph, clock } = start(rest.replace(/\] \} \}\n$/, '], split: { test: 0.5 } } }\n'))
    const values: unknown[] = []
    graph.values('y').subscribe(({ mode, value }) => values.push(`${mode} ${String(value)}`))
    clock.run()
    const epoch = ['learn 1', 'learn 3', 'learn 6', 'predict 10', 'predict 15', 'predict 21']
    expect(values.slice(-6)).toEqual(epoch)
    expect(graph.step({ x: 0, r: 0 }).values['y']).toBe(6)
  })
})

describe('what a graph of such gates may not do', () => {
  const errors = (text: string) => {
    const { diagnostics } = parsePlan(text, { gates, optimizers, schedules, file: 'm.yaml' })
    return diagnostics
      .filter(({ severity }) => severity === 'error')
      .map(({ line, column, code, message }) => `${line}:${column} ${code}: ${message}`)
  }
  const text = `
inputs: [x]
weights: { w: 1 }
gates:
  y: w * ewma(x, alpha=0.5)
loss: y^2
`
  test('shuffle its samples', () => {
    expect(errors(`${text}train: { shuffle: true }\n`)).toEqual([
      '7:19 keeps-state: "shuffle" draws their order, and "ewma", the node "y.b", keeps what was before',
    ])
    const split =
      'train: { data: { rows: [{ x: 1 }, { x: 2 }], split: { test: 0.5, order: shuffled } } }'
    expect(errors(`${text}${split}\n`)).toEqual([
      '7:73 keeps-state: a shuffled split takes some of them out, and "ewma", the node "y.b", keeps what was before',
    ])
    const { error } = start(text, { shuffle: true })
    expect(error?.message).toBe('train: shuffle brings out of order what gates keep')
  })

  test('run along with what learns', () => {
    const along = (formula: string) => text.replace('w * ewma(x, alpha=0.5)', formula)
    expect(errors(along('w * standardize(x, update=before)'))).toEqual([])
    expect(errors(along('standardize(w * x, update=before)'))).toEqual([
      '5:6 inputs-only: "standardize" runs along with inputs only, and "y.x" depends on the weight "w"',
    ])
    expect(errors(along('standardize(x + previous(w * x), update=after)'))).toEqual([
      '5:6 inputs-only: "standardize" runs along with inputs only, and "y.x" depends on the weight "w"',
    ])
  })

  test('go round a cycle without a delay, or with another shape', () => {
    const cycle = (formula: string) => text.replace('w * ewma(x, alpha=0.5)', formula)
    expect(errors(cycle('w * previous(y) + x'))).toEqual([])
    expect(errors(cycle('w * previous(x, y)'))).toEqual(['5:6 cycle: a cycle: y -> y'])
    expect(
      errors(cycle('sum(previous(x * k))').replace('weights', 'constants: { k: [1, 2] }\nweights')),
    ).toContain(
      // prettier-ignore
      '6:10 delayed-shape: "y.x.x" has the shape [2], and a step later it is declared as []',
    )
  })
})

function predicted(graph: Graph): unknown {
  let found: unknown
  of({ x: 1, r: 0 })
    .pipe(graph.predict())
    .subscribe((prediction) => {
      found = 'outputs' in prediction ? prediction.outputs['y'] : prediction.fault
    })
  return found
}

describe('what gates keep, by name', () => {
  const text = `
inputs: [x]
gates:
  a: window(x, size=3)
  y: sum(a) + ewma(x, alpha=0.5)
weights: { w: 1 }
loss: (w * y)^2
train: { epochs: 1, learning_rate: 1e-6, data: { rows: [{ x: 1 }, { x: 2 }, { x: 4 }] } }
`
  const run = start(text)
  run.clock.run()
  const { graph } = run
  const kept = { a: [4, 2], 'y.b': [1, 2.75] }

  test('goes with the weights into another graph, which predicts the same', () => {
    expect(graph.memory()).toEqual(kept)
    const other = parseGraph(text)
    expect(other.memory()).toEqual({ a: [0, 0], 'y.b': [0, 0] })
    other.restore(graph.weights(), { memory: graph.memory() })
    expect(other.memory()).toEqual(kept)
    expect(other.step({ x: 8 }).values['y']).toBe(14 + 5.375)
    // Without it gates keep what they have; with `partial` those that are not named.
    other.restore(graph.weights())
    other.restore({}, { memory: { a: [7, 7] }, partial: true })
    expect(other.memory()).toEqual({ ...kept, a: [7, 7] })
  })

  test.each<[string, unknown, string]>([
    ['a gate that is missing', { a: [1, 2] }, 'there is no memory for the gate "y.b"'],
    ['a gate that keeps nothing', { ...kept, y: [1] }, 'the graph has no gate "y" that keeps something'], // prettier-ignore
    ['too few numbers', { ...kept, a: [1] }, 'the memory of the gate "a" must'],
    ['no number', { ...kept, a: [1, 'x'] }, 'the memory of the gate "a" must'],
    ['no object', 7, 'the memory must be an object, got 7'],
  ])('%s is refused, and nothing is changed', (_, memory, message) => {
    const other = parseGraph(text)
    const changed = { w: 9 }
    expect(() =>
      other.restore(changed, { memory: memory as Record<string, unknown> }),
    ).toThrowError(message)
    expect(other.weights()).toEqual({ w: 1 })
    expect(other.memory()).toEqual({ a: [0, 0], 'y.b': [0, 0] })
  })
})
