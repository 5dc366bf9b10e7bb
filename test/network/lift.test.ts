/** One node by itself, in virtual time. */
import {
  NEVER,
  Observable,
  Subject,
  defer,
  map,
  of,
  range,
  take,
  throwError,
  type Subscription,
} from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { describe, expect, test } from 'vitest'
import { gates } from '../../src/gates/index.js'
import type { Kernel } from '../../src/kernel/kernel.js'
import {
  lift,
  type GradientInput,
  type LiftFault,
  type ValueInput,
} from '../../src/network/lift.js'
import { none, type GradientMessage, type ValueMessage } from '../../src/network/message.js'

const multiply = gates.get('multiply')!
const square = gates.get('square')!

function marbles(run: (helpers: Parameters<Parameters<TestScheduler['run']>[0]>[0]) => void): void {
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(run)
}

const value = (step: number, of: number): ValueInput => ({ step, value: of })
const gradient = (step: number, of: number | 'none'): GradientInput => ({ step, gradient: of })
const down = (step: number, of: number): ValueMessage => ({ step, mode: 'learn', value: of })
const up = (step: number, of: number | 'none'): GradientMessage => ({
  step,
  mode: 'learn',
  gradient: of,
})

describe('lift', () => {
  test('joins its inputs by step and answers each of them once', () => {
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const a = hot('     -a-b----|', { a: value(1, 2), b: value(2, 3) })
      const b = hot('     ---c-d--|', { c: value(1, 5), d: value(2, 7) })
      const g = hot('     ----e-f-|', { e: gradient(1, 1), f: gradient(2, 10) })
      const values = '    ---u-v--|'
      const da = '        ----w-x-|'
      const db = '        ----y-z-|'
      const subscribed = '^-------!'
      const lifted = lift(multiply)([a, b], g)
      expectObservable(lifted.values).toBe(values, { u: down(1, 10), v: down(2, 21) })
      expectObservable(lifted.gradients[0]!).toBe(da, { w: up(1, 5), x: up(2, 70) })
      expectObservable(lifted.gradients[1]!).toBe(db, { y: up(1, 2), z: up(2, 30) })
      expectSubscriptions(a.subscriptions).toBe(subscribed)
      expectSubscriptions(b.subscriptions).toBe(subscribed)
      expectSubscriptions(g.subscriptions).toBe(subscribed)
    })
  })

  test('pairs steps that arrive out of order', () => {
    marbles(({ hot, expectObservable }) => {
      const a = hot('  -a-b---|', { a: value(2, 3), b: value(1, 2) })
      const b = hot('  --c-d--|', { c: value(1, 5), d: value(2, 7) })
      const values = ' ---uv--|'
      const lifted = lift(multiply)([a, b])
      expectObservable(lifted.values).toBe(values, {
        u: { ...down(1, 10) },
        v: { ...down(2, 21) },
      })
    })
  })

  test('a gradient that comes before the value waits for it', () => {
    marbles(({ hot, expectObservable }) => {
      const x = hot('  ---a--|', { a: value(1, 4) })
      const g = hot('  -b----|', { b: gradient(1, 3) })
      const lifted = lift(square)([x], g)
      expectObservable(lifted.values).toBe('      ---u--|', { u: down(1, 16) })
      expectObservable(lifted.gradients[0]!).toBe('---v--|', { v: up(1, 24) })
    })
  })

  test('none goes up as none', () => {
    marbles(({ hot, expectObservable }) => {
      const x = hot('  -a----|', { a: value(1, 4) })
      const g = hot('  ---b--|', { b: gradient(1, none) })
      const lifted = lift(square)([x], g)
      expectObservable(lifted.gradients[0]!).toBe('---v--|', { v: up(1, none) })
      expectObservable(lifted.values).toBe('      -u----|', { u: down(1, 16) })
    })
  })

  test('a port without a gradient answers none', () => {
    marbles(({ hot, expectObservable }) => {
      const x = hot('  -a----|', { a: value(1, 4) })
      const g = hot('  ---b--|', { b: gradient(1, 2) })
      const lifted = lift(gates.get('stop_gradient')!)([x], g)
      expectObservable(lifted.gradients[0]!).toBe('---v--|', { v: up(1, none) })
    })
  })

  test('steps that are still open when the gradients end are answered with none', () => {
    marbles(({ hot, expectObservable }) => {
      const x = hot('  -a-------|', { a: value(1, 4) })
      const g = hot<GradientInput>('----|')
      const lifted = lift(square)([x], g)
      expectObservable(lifted.gradients[0]!).toBe('----(v|)', { v: up(1, none) })
    })
  })

  test('an answer that came before the gradients ended reaches the value that comes after', () => {
    marbles(({ hot, cold, expectObservable }) => {
      const x = hot('  -a-b--|', { a: value(1, 4), b: value(2, 5) })
      const g = cold(' (b|)', { b: gradient(1, 3) })
      const lifted = lift(square)([x], g)
      expectObservable(lifted.values).toBe('      -u-w--|', { u: down(1, 16), w: down(2, 25) })
      expectObservable(lifted.gradients[0]!).toBe('-(v|)', { v: up(1, 24) })
    })
  })

  test('a step that lacks an input when all inputs end is answered with none', () => {
    marbles(({ hot, expectObservable }) => {
      const a = hot('-a---|', { a: value(1, 4) })
      const b = hot<ValueInput>('---|')
      const g = hot<GradientInput>('-------')
      const lifted = lift(multiply)([a, b], g)
      expectObservable(lifted.values).toBe('      -----|')
      expectObservable(lifted.gradients[0]!).toBe('-----(v|)', { v: up(1, none) })
    })
  })

  test('faults are told after the gradients have ended', () => {
    const a = new Subject<ValueInput>()
    const faults: string[] = []
    lift(square)([a], of()).faults.subscribe(({ message }) => faults.push(message))
    a.next({ step: 1, value: { shape: [1], data: new Float64Array(1) } })
    expect(faults).toEqual(['input 0 has the shape [1] and not []'])
  })

  test('an input that sends everything at once can be left in the middle', () => {
    let made = 0
    const endless = range(0, 1e6).pipe(map((step) => value(step, made++)))
    const seen: number[] = []
    lift(square)([endless])
      .values.pipe(take(2))
      .subscribe(({ step }) => seen.push(step))
    expect(seen).toEqual([0, 1])
    expect(made).toBe(2)
  })

  test('whoever comes after the end subscribes to nothing any more', () => {
    let subscribed = 0
    const source = defer(() => {
      subscribed++
      return of(value(1, 2))
    })
    const { values } = lift(square)([source])
    let completed = 0
    values.subscribe({ complete: () => completed++ })
    values.subscribe({ complete: () => completed++ })
    expect([subscribed, completed]).toEqual([1, 2])
  })

  test('an input that fails at once keeps the next from being subscribed to', () => {
    let subscribed = 0
    const second = defer(() => {
      subscribed++
      return NEVER
    })
    const error = new Error('first')
    let seen: unknown
    lift(multiply)([throwError(() => error), second]).values.subscribe({
      error: (cause) => (seen = cause),
    })
    expect(seen).toBe(error)
    expect(subscribed).toBe(0)
  })

  test('an error of an input goes to all outputs and ends the other subscriptions', () => {
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const a = hot('    -a-#', { a: value(1, 2) })
      const b = hot('    --b----', { b: value(1, 5) })
      const g = hot<GradientInput>('-------')
      const lifted = lift(multiply)([a, b], g)
      expectObservable(lifted.values).toBe('      --u#', { u: down(1, 10) })
      expectObservable(lifted.gradients[0]!).toBe('---#')
      expectSubscriptions(b.subscriptions).toBe(' ^--!')
      expectSubscriptions(g.subscriptions).toBe(' ^--!')
    })
  })

  test('leaving the outputs leaves the inputs', () => {
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const x = hot('  -a-b-c--', { a: value(1, 1), b: value(2, 2), c: value(3, 3) })
      const lifted = lift(square)([x])
      expectObservable(lifted.values, '^---!').toBe('-a-b-', { a: down(1, 1), b: down(2, 4) })
      expectSubscriptions(x.subscriptions).toBe('    ^---!')
    })
  })

  test('never ends where an input never ends', () => {
    marbles(({ hot, expectObservable }) => {
      const a = hot('-a|', { a: value(1, 2) })
      const b = hot<ValueInput>('---')
      expectObservable(lift(multiply)([a, b]).values).toBe('---')
    })
  })

  test('a subscriber may leave in the middle of a message', () => {
    const a = new Subject<ValueInput>()
    const seen: number[] = []
    const { values } = lift(square)([a])
    const subscription: Subscription = values.subscribe(({ step }) => {
      seen.push(step)
      subscription.unsubscribe()
    })
    a.next(value(1, 2))
    a.next(value(2, 2))
    expect(seen).toEqual([1])
    expect(a.observed).toBe(false)
  })

  test('a kernel that throws is a fault of its step, which is answered with none', () => {
    const kernel: Kernel = {
      forward: ({ values }) => {
        if (values[0] === 0) throw new Error('zero')
        values[1] = 1 / values[0]!
      },
      backward: ({ values, gradients }) => {
        gradients[0] = -gradients[1]! * values[1]! * values[1]!
      },
    }
    const x = new Subject<ValueInput>()
    const g = new Subject<GradientInput>()
    const lifted = lift({ kernel, inputs: 1 })([x], g)
    const values: ValueMessage[] = []
    const gradients: GradientMessage[] = []
    const faults: LiftFault[] = []
    lifted.values.subscribe((message) => values.push(message))
    lifted.gradients[0]!.subscribe((message) => gradients.push(message))
    lifted.faults.subscribe((fault) => faults.push(fault))
    x.next(value(1, 0))
    x.next(value(2, 4))
    g.next(gradient(2, 16))
    expect(values).toEqual([down(2, 0.25)])
    expect(gradients).toEqual([up(1, none), up(2, -1)])
    expect(faults.map(({ step, cause }) => [step, (cause as Error).message])).toEqual([[1, 'zero']])
  })

  test('what is sent twice for a step is reported and changes nothing', () => {
    const a = new Subject<ValueInput>()
    const b = new Subject<ValueInput>()
    const lifted = lift(multiply)([a, b])
    const values: unknown[] = []
    const faults: string[] = []
    lifted.values.subscribe(({ value: of }) => values.push(of))
    lifted.faults.subscribe(({ message }) => faults.push(message))
    a.next(value(1, 2))
    a.next(value(1, 3))
    b.next(value(1, 5))
    expect(values).toEqual([10])
    expect(faults).toEqual(['input 0 came twice for step 1'])
  })

  test('predictions pass through and are kept by nobody', () => {
    const x = new Subject<ValueInput>()
    const g = new Subject<GradientInput>()
    const lifted = lift(square)([x], g)
    const log: unknown[] = []
    lifted.values.subscribe((message) => log.push(message))
    lifted.gradients[0]!.subscribe((message) => log.push(message))
    x.next({ step: 1, value: 3, mode: 'predict' })
    x.complete()
    expect(log).toEqual([{ step: 1, value: 9, mode: 'predict' }])
  })

  test('reads defaults for ports without an input, and takes parameters', () => {
    const clamp = gates.get('clamp')!
    const log: unknown[] = []
    const of = (x: number) =>
      new Observable<ValueInput>((subscriber) => subscriber.next(value(1, x)))
    lift(clamp)([of(5)]).values.subscribe(({ value: y }) => log.push(y))
    lift(clamp)([of(5), of(0), of(1)]).values.subscribe(({ value: y }) => log.push(y))
    lift(gates.get('leaky_relu')!, { negative_slope: 0.5 })([of(-4)]).values.subscribe(
      ({ value: y }) => log.push(y),
    )
    expect(log).toEqual([5, 1, -2])
    expect(() => lift(multiply, { nope: 1 })([of(1), of(2)])).toThrow(
      '"multiply" has no parameter "nope"',
    )
    expect(() => lift(clamp)([])).toThrow('needs an input for its port "x"')
    expect(() => lift(gates.get('add')!)([])).toThrow('one input is the least')
  })
})
