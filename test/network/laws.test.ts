/** The laws of the network, by their numbers; those of training (5, 9, 11) stand in test/train. */
import { Subscriber } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { compile } from '../../src/kernel/compile.js'
import type { Kernel } from '../../src/kernel/kernel.js'
import type { GradientMessage, ValueMessage } from '../../src/network/message.js'
import type { LiveFrame } from '../../src/network/frame.js'
import { bind, type Wiring } from '../../src/network/wiring.js'
import { build, type Build, type Built } from './build.js'
import { usual } from '../kernel/allowed.js'

/** Records messages as `step:value`, with `^` before gradients. */
function record(built: Built, names: readonly string[]): string[] {
  const log: string[] = []
  for (const name of names) {
    const index = built.node(name)
    built.network
      .valuesOf(index)
      .subscribe(({ step, value }: ValueMessage) => log.push(`${step} ${name} ${String(value)}`))
    built.network
      .gradientsOf(index)
      .subscribe(({ step, gradient }: GradientMessage) =>
        log.push(`${step} ^${name} ${String(gradient)}`),
      )
  }
  return log
}

// x ──┬── add ── f ── multiply ── loss
// y ──┘                 │
// z ────────────────────┘
const product: Record<string, Build> = {
  x: 'input',
  y: 'input',
  z: { weight: 9 },
  f: ['add', 'x', 'y'],
  loss: ['multiply', 'f', 'z'],
}

describe('law 1: join by step', () => {
  test('inputs of several steps pair by step number, never by order of arrival', () => {
    const built = build(product, { loss: 'loss' })
    const log = record(built, ['f'])
    const one = built.admit(1)
    const two = built.admit(2)
    built.deliver(two, 'x', 20)
    built.deliver(one, 'x', 1)
    built.deliver(one, 'y', 2)
    built.deliver(two, 'y', 30)
    expect(log).toEqual(['1 f 3', '1 ^f 9', '2 f 50', '2 ^f 9'])
    expect(built.network.pending).toBe(0)
  })

  test('a node that needs nothing late sends its value before the late input comes', () => {
    const built = build(
      {
        x: 'input',
        t: 'target',
        w: { weight: 3 },
        o: ['multiply', 'x', 'w'],
        loss: ['subtract', 't', 'o'],
      },
      { loss: 'loss' },
    )
    const log = record(built, ['o', 'loss', 'w'])
    const frame = built.admit(7)
    built.deliver(frame, 'x', 2)
    expect(log).toEqual(['7 w 3', '7 o 6'])
    built.deliver(frame, 't', 10)
    expect(log.slice(2)).toEqual(['7 loss 4', '7 ^loss 1', '7 ^o -1', '7 ^w -2'])
  })
})

describe('law 2: once per step', () => {
  test('20 stacked diamonds send exactly two messages per wire and step', () => {
    //      ┌── a ──┐
    //  d0 ─┤       ├─ d1 ─ …
    //      └── b ──┘
    const nodes: Record<string, Build> = { d0: { weight: 1 } }
    for (let i = 0; i < 20; i++) {
      nodes[`a${i}`] = ['sin', `d${i}`]
      nodes[`b${i}`] = ['cos', `d${i}`]
      nodes[`d${i + 1}`] = ['add', `a${i}`, `b${i}`]
    }
    const built = build(nodes, { loss: 'd20' })
    const log = record(built, Object.keys(nodes))
    built.run(1)
    built.run(2)
    for (const name of Object.keys(nodes)) {
      for (const step of [1, 2]) {
        expect(log.filter((line) => line.startsWith(`${step} ${name} `))).toHaveLength(1)
        expect(log.filter((line) => line.startsWith(`${step} ^${name} `))).toHaveLength(1)
      }
    }
  })

  test('a jagged diamond waits for its long side', () => {
    const built = build(
      {
        x: { weight: 2 },
        a: ['square', 'x'],
        b: ['square', 'a'],
        loss: ['add', 'x', 'b'],
      },
      { loss: 'loss' },
    )
    const log = record(built, ['x', 'loss'])
    built.run(1)
    expect(log).toEqual(['1 x 2', '1 loss 18', '1 ^loss 1', '1 ^x 33'])
  })
})

describe('law 3: fan-out adds', () => {
  test('a gate that uses one node twice counts it twice', () => {
    const square = build({ x: { weight: 3 }, loss: ['multiply', 'x', 'x'] }, { loss: 'loss' })
    const log = record(square, ['x'])
    square.run(1)
    expect(log).toEqual(['1 x 3', '1 ^x 6'])
    const zero = build({ x: { weight: 3 }, loss: ['subtract', 'x', 'x'] }, { loss: 'loss' })
    const zeros = record(zero, ['x'])
    zero.run(1)
    expect(zeros).toEqual(['1 x 3', '1 ^x 0'])
  })

  test('uses add up in the order of the plan: the last bits are those of that order', () => {
    // Gradients 1e16, 1 and -1e16 give 0 from the left and 1 in any other grouping.
    const built = build(
      {
        x: { weight: 1 },
        a: ['multiply', 'x', 1e16],
        b: ['multiply', 'x', 1],
        c: ['multiply', 'x', -1e16],
        ab: ['add', 'a', 'b'],
        loss: ['add', 'ab', 'c'],
      },
      { loss: 'loss' },
    )
    const log = record(built, ['x'])
    built.run(1)
    expect(log.at(-1)).toBe('1 ^x 0')
  })
})

describe('law 4: one answer each', () => {
  test('a use without a gradient answers none, and none is not zero', () => {
    const built = build(
      {
        x: { weight: 2 },
        w: { weight: 5 },
        s: ['stop_gradient', 'x'],
        loss: ['multiply', 's', 'w'],
      },
      { loss: 'loss' },
    )
    const log = record(built, ['x', 's', 'w'])
    built.run(1)
    expect(log.filter((line) => line.includes('^')).sort()).toEqual([
      '1 ^s 5',
      '1 ^w 2',
      '1 ^x none',
    ])
  })

  test('a skipped step answers none on every wire and leaves nothing pending', () => {
    const built = build(product, { loss: 'loss' })
    const log = record(built, ['x', 'f', 'z', 'loss'])
    const done: LiveFrame[] = []
    const frame = built.admit(1, 'learn', (finished) => void done.push(finished))
    built.deliver(frame, 'x', 1)
    built.network.skip(frame)
    built.network.run()
    expect(log).toEqual(['1 x 1', '1 z 9', '1 ^loss none', '1 ^f none', '1 ^z none', '1 ^x none'])
    expect(done).toHaveLength(1)
    expect(built.network.pending).toBe(0)
  })

  test('predictions are owed no answer', () => {
    const built = build(product, { loss: 'loss' })
    const log = record(built, ['f', 'loss'])
    built.run(1, { x: 1, y: 2 }, 'predict')
    expect(log).toEqual(['1 f 3', '1 loss 27'])
    expect(built.network.pending).toBe(0)
  })
})

describe('law 6: one run queue', () => {
  test('ready nodes fire in the order of the plan going down and in its reverse going up', () => {
    const nodes: Record<string, Build> = { x: 'input', w: { weight: 2 } }
    for (const name of ['a', 'b', 'c']) nodes[name] = ['multiply', 'x', 'w']
    nodes.loss = ['add', 'c', 'b', 'a']
    const built = build(nodes, { loss: 'loss' })
    const log = record(built, Object.keys(nodes))
    built.run(1, { x: 3 })
    expect(log.map((line) => line.split(' ')[1])).toEqual([
      ...['x', 'w', 'a', 'b', 'c', 'loss'],
      ...['^loss', '^c', '^b', '^a', '^w', '^x'],
    ])
  })

  test('a chain of 100,000 gates works', () => {
    const nodes: Record<string, Build> = { n0: { weight: 0.5 } }
    for (let i = 1; i <= 100_000; i++) nodes[`n${i}`] = ['negate', `n${i - 1}`]
    const built = build(nodes, { loss: 'n100000' })
    const log = record(built, ['n0', 'n100000'])
    built.run(1)
    expect(log).toEqual(['1 n0 0.5', '1 n100000 0.5', '1 ^n100000 1', '1 ^n0 1'])
  })

  test('a sum of 20,000 inputs works', () => {
    const nodes: Record<string, Build> = {}
    const names = Array.from({ length: 20_000 }, (_, i) => `w${i}`)
    for (const name of names) nodes[name] = { weight: 1 }
    nodes.loss = ['add', ...names]
    const built = build(nodes, { loss: 'loss' })
    const log = record(built, ['loss', 'w0', 'w19999'])
    built.run(1)
    expect(log.sort()).toEqual(
      ['1 loss 20000', '1 w0 1', '1 w19999 1', '1 ^loss 1', '1 ^w0 1', '1 ^w19999 1'].sort(),
    )
  })

  test('a subscriber that pushes new samples from inside a callback reorders nothing', () => {
    const built = build(product, { loss: 'loss' })
    const log = record(built, ['f', 'loss'])
    built.network.valuesOf(built.node('f')).subscribe(({ step }) => {
      if (step < 3) built.run(step + 1, { x: step + 1, y: 0 }, 'predict')
    })
    built.run(1, { x: 1, y: 0 })
    expect(log).toEqual([
      ...['1 f 1', '1 loss 9', '1 ^loss 1', '1 ^f 9'],
      ...['2 f 2', '2 loss 18', '3 f 3', '3 loss 27'],
    ])
  })
})

describe('law 7: watching changes nothing', () => {
  test('a tap opened during a step sees from the next step on', () => {
    const built = build(product, { loss: 'loss' })
    const seen: number[] = []
    const first = built.network.valuesOf(built.node('f')).subscribe(() => {
      built.network.valuesOf(built.node('loss')).subscribe(({ step }) => seen.push(step))
      first.unsubscribe()
    })
    built.run(1, { x: 1, y: 1 })
    expect(seen).toEqual([])
    built.run(2, { x: 1, y: 1 })
    expect(seen).toEqual([2])
  })

  test('a subscriber that throws loses its subscription and is reported; the others go on', () => {
    const errors: unknown[] = []
    const built = build(product, {
      loss: 'loss',
      threw: (what, node, error) => errors.push([what, node, error]),
    })
    const error = new Error('tap')
    let calls = 0
    const bad = built.network.valuesOf(built.node('f')).subscribe(() => {
      calls++
      throw error
    })
    const log = record(built, ['f'])
    built.run(1, { x: 1, y: 1 })
    built.run(2, { x: 1, y: 2 })
    expect(calls).toBe(1)
    expect(bad.closed).toBe(true)
    expect(errors).toEqual([['values', built.node('f'), error]])
    expect(log).toEqual(['1 f 2', '1 ^f 9', '2 f 3', '2 ^f 9'])
  })

  test('a Subscriber that throws out of its own methods fails no step', () => {
    class Thrower extends Subscriber<ValueMessage> {
      override next(): void {
        throw new Error('own')
      }
    }
    const errors: unknown[] = []
    const built = build(product, {
      loss: 'loss',
      threw: (_what, _node, error) => errors.push((error as Error).message),
    })
    const thrower = new Thrower()
    built.network.valuesOf(built.node('f')).subscribe(thrower)
    const log = record(built, ['f'])
    built.run(1, { x: 1, y: 1 })
    built.run(2, { x: 1, y: 2 })
    expect(errors).toEqual(['own'])
    expect(thrower.closed).toBe(true)
    expect(log).toEqual(['1 f 2', '1 ^f 9', '2 f 3', '2 ^f 9'])
  })

  test('every wire of a chain of 50,000 gates can be tapped', () => {
    const nodes: Record<string, Build> = { n0: { weight: 0.5 } }
    for (let i = 1; i <= 50_000; i++) nodes[`n${i}`] = ['negate', `n${i - 1}`]
    const built = build(nodes, { loss: 'n50000', executor: 'interpret' })
    const log = record(built, Object.keys(nodes))
    built.run(1)
    expect(log).toHaveLength(2 * 50_001)
  })
})

describe('law 8: lazy gradients', () => {
  test('a gradient is computed where a weight needs it or a tap wants it, and nowhere else', () => {
    const built = build(product, { loss: 'loss' })
    const active = () => [...built.network.learnRoute().active]
    expect(active()).toEqual([0, 0, 1, 0, 1])
    const tap = built.network.gradientsOf(built.node('x')).subscribe()
    expect(active()).toEqual([1, 0, 1, 1, 1])
    tap.unsubscribe()
    expect(active()).toEqual([0, 0, 1, 0, 1])
  })

  test('a node with no path to the loss has no gradient', () => {
    const built = build({ ...product, side: ['square', 'x'] }, { loss: 'loss' })
    const log = record(built, ['side'])
    built.run(1, { x: 2, y: 2 })
    expect(log).toEqual(['1 side 4'])
  })
})

describe('law 10: faults stay local', () => {
  /** The kernels of the plan, one of which throws when its input is 13. */
  const fragile = (node: number, direction: 'forward' | 'backward') => ({
    kernel(wiring: Wiring, index: number, answers: readonly number[]): Kernel {
      const whole = compile(bind(wiring, index, answers), usual)
      if (index !== node) return whole
      const broken: Kernel = {
        forward: (frame, state) => whole.forward(frame, state),
        backward: (frame, state) => whole.backward(frame, state),
      }
      broken[direction] = (frame, state) => {
        if (frame.values[0] === 13) throw new Error('thirteen')
        whole[direction](frame, state)
      }
      return broken
    },
  })
  const nodes: Record<string, Build> = {
    x: 'input',
    w: { weight: 2 },
    f: ['square', 'x'],
    loss: ['multiply', 'f', 'w'],
  }

  test.each(['forward', 'backward'] as const)(
    'a gate that throws going %s ends its step with none, and the next step works',
    (direction) => {
      const built = build(nodes, { loss: 'loss', ...fragile(3, direction) })
      const log = record(built, ['f', 'w'])
      const failures: unknown[] = []
      for (const [step, x] of [1, 13, 3].entries()) {
        const frame = built.admit(step, 'learn', ({ failure }) => void failures.push(failure?.node))
        built.deliver(frame, 'x', x)
      }
      expect(failures).toEqual([undefined, built.node('loss'), undefined])
      const step = (at: number) => log.filter((line) => line.startsWith(`${at} `))
      expect(step(1)).toEqual(['1 w 2', '1 f 169', '1 ^f none', '1 ^w none'])
      expect(step(2)).toEqual(['2 w 2', '2 f 9', '2 ^f 2', '2 ^w 9'])
    },
  )

  test('a fault in a gradient computed only for a tap skips nothing', () => {
    const faults: unknown[] = []
    const built = build(nodes, {
      loss: 'loss',
      failedForTap: (_frame, { node, direction }) => faults.push([node, direction]),
      ...fragile(2, 'backward'),
    })
    const log = record(built, ['x', 'w'])
    const failures: unknown[] = []
    for (const [step, x] of [13, 3].entries()) {
      const frame = built.admit(step, 'learn', ({ failure }) => void failures.push(failure))
      built.deliver(frame, 'x', x)
    }
    expect(failures).toEqual([undefined, undefined])
    expect(faults).toEqual([[built.node('f'), 'backward']])
    expect(log).toEqual([
      '0 x 13',
      '0 w 2',
      '0 ^w 169',
      '0 ^x none',
      '1 x 3',
      '1 w 2',
      '1 ^w 9',
      '1 ^x 12',
    ])
  })
})
