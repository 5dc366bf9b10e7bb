/** Nothing dies of faults, and nothing is left over: the short form of test/bench/soak.bench.ts. */
import { Observable, Subject, from } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { dense } from '../../src/gates/dense.js'
import { parseGraph, gates, type Fault, type Sample } from '../../src/index.js'
import { VirtualClock } from './clock.js'

const text = `
inputs: [x]
targets: [t]
weights: { w: 0 }
gates: { y: fuse(w * x) }
loss: (y - t)^2
train: { learning_rate: 0.01 }
learn: { id: id }
`

describe('10,000 throws', () => {
  test('from gates, taps, samples, labels and functions end no stream', () => {
    let blows = 0
    const fuse = dense({
      doc: 'The identity, that blows at 13.',
      inputs: ['x'],
      value: 'x',
      gradients: { x: 'g' },
      shape: ([x = []]) => x,
      prepare: ({ inputs, output, gradient, answers }) => ({
        forward([x], values) {
          const value = x![inputs[0]!.offset]!
          if (value > 13) throw new Error('blown')
          values[output] = value
        },
        backward(_memories, _values, gradients) {
          gradients[answers[0]!] = gradients[gradient]!
        },
      }),
    })
    const all = Object.fromEntries([...gates, ['fuse', fuse]])
    const graph = parseGraph(text, { gates: all, clock: new VirtualClock() })
    const faults: Fault[] = []
    graph.faults().subscribe((fault) => void faults.push(fault))
    graph.faults().subscribe(() => {
      throw new Error('even who listens for faults')
    })
    const [events, labels] = [new Subject<Sample>(), new Subject<unknown>()]
    const id = (event: { id: unknown }) => {
      if (event.id === 'bad') throw new Error('no id')
      return event.id
    }
    let out = 0
    let learned = 0
    events.pipe(graph.learn({ id, labels, pending: 50, budget: 1e9 })).subscribe((one) => {
      out++
      if (one.learned) learned++
    })
    const rounds = 2000
    for (let n = 0; n < rounds; n++) {
      graph.values('y').subscribe(() => {
        blows++
        throw new Error('a tap')
      })
      events.next({ id: n, x: 1, t: 1 })
      events.next({
        id: n,
        get x(): number {
          throw new Error('a sample')
        },
      })
      events.next({ id: 'bad', x: 1 })
      events.next({ id: n, x: 1e9, t: 1 })
      events.next({ id: n, x: 1, t: Number.MAX_VALUE })
      labels.next(n % 2 === 0 ? null : { id: n })
    }
    expect(blows).toBe(rounds)
    expect(out).toBe(5 * rounds)
    expect(learned).toBe(rounds)
    expect(faults.length).toBeGreaterThanOrEqual(6 * rounds)
    const before = out
    events.next({ id: 'last', x: 1, t: 1 })
    expect(out).toBe(before + 1)
    labels.complete()
    events.complete()
    graph.close()
  })
})

describe('starting and stopping', () => {
  test('leaves no subscription, no timer and no step behind', () => {
    const clock = new VirtualClock()
    const graph = parseGraph(text.replace('fuse(w * x)', 'w * x'), { clock })
    let live = 0
    const source = <T>(values: readonly T[]) =>
      new Observable<T>((subscriber) => {
        live++
        const inner = from(values).subscribe((value) => subscriber.next(value))
        return () => {
          live--
          inner.unsubscribe()
        }
      })
    const open = { values: 0, answers: 0 }
    graph.values('w').subscribe(({ mode }) => (open.values += mode === 'learn' ? 1 : 0))
    graph.gradients('w').subscribe(() => open.answers++)
    for (let cycle = 0; cycle < 1000; cycle++) {
      const late = cycle % 2 === 0 ? 'stash' : 'recompute'
      const labels = source([{ id: 1, t: 1 }])
      const learning = source([
        { id: 1, x: 1 },
        { id: 2, x: 1 },
        { id: 3, x: 1, t: 1 },
      ])
        .pipe(graph.learn({ labels, late }))
        .subscribe()
      expect(live).toBe(2)
      learning.unsubscribe()
      expect(live).toBe(0)
      expect(clock.waiting).toBe(0)
      expect(open.answers).toBe(open.values)
    }
  })
})
