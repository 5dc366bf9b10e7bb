import { describe, expect, it } from 'vitest'
import { gates } from '../../src/gates/index.js'
import { pointwise } from '../../src/gates/pointwise.js'
import { findNode, nameOf } from '../../src/language/name.js'
import { parsePlan } from '../../src/language/parseplan.js'
import type { Plan } from '../../src/language/plan.js'
import { printPlan } from '../../src/language/print.js'
import { optimizers, schedules } from '../../src/optimizers/index.js'
import { check, type Short } from './specs.js'

const catalogue = { gates, optimizers, schedules, file: 'folder/neuron.yaml' }

function parsed(text: string, options = catalogue): Plan {
  const { plan, diagnostics } = parsePlan(text, options)
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  return plan!
}

function codes(text: string): string[] {
  return parsePlan(text, catalogue).diagnostics.map(
    ({ line, column, code }) => `${line}:${column} ${code}`,
  )
}

describe('the plan', () => {
  it('has sources as the file has them, then gates after what they use, loss and metrics last', () => {
    const plan = parsed(`
targets: { t: 0.475 }
gates:
  late: o * k
  o: tanh(w1 * x1 - w2 * x2 + 0.5)
loss: huber(o, t, delta=2)
weights: { w2: 0.4, w1: { value: 0.1, learning_rate: 0.5 }, f: { value: 2, frozen: true } }
constants: { k: -0 }
inputs: { x1: 1, x2: }
metrics: { miss: abs(t - o), share: f * o }
train: { epochs: 3, optimizer: { adam: { beta2: 0.9 } }, until: { time: 2s, restore_best: true } }
tests:
  - { given: { x2: 1 }, expect: { o: 1 }, gradients: { x1: 2, t: none }, tolerance: 0.1 }
  - { name: other, given: [{ x1: 1 }, { x1: 2 }], of: late, train: true }
`)
    expect(printPlan(plan)).toMatchInlineSnapshot(`
      "graph neuron
      input x1 = 1
      input x2
      target t = 0.475
      weight w2 = 0.4
      weight w1 = 0.1 rate 0.5
      weight f = 2 frozen
      constant k = -0
      gate o.x.a.a = multiply(w1, x1)
      gate o.x.a.b = multiply(w2, x2)
      gate o.x.a = subtract(o.x.a.a, o.x.a.b)
      gate o.x = add(o.x.a, 0.5)
      gate o = tanh(o.x)
      gate late = multiply(o, k)
      gate loss = huber(o, t, delta=2, reduction=none)
      gate miss.x = subtract(t, o)
      gate miss = abs(miss.x)
      gate share = multiply(f, o)
      loss loss
      outputs late
      metrics miss share
      train adam beta1 0.9 beta2 0.9 eps 1e-8 weight_decay 0 amsgrad false rate 0.001 epochs 3 batch 1 until time 2000 until restoreBest true
      test "test 1"; given x2 1; expect o 1; gradient x1 2; gradient t none; tolerance 0.1
      test "other"; train; given x1 1; given x1 2; of late"
    `)
  })

  it('is plain data that survives JSON', () => {
    const plan = parsed('inputs: { x: 1 }\nweights: { w: 1 }\ngates: { o: w * gelu(x) }\nloss: o')
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan)
  })

  it('is the same whatever the order of gates in the file says of who comes first', () => {
    const gates = ['a: x + 1', 'b: a * 2', 'c: a - b']
    const [forth, back] = [gates, gates.toReversed()].map((lines) =>
      parsed(`inputs: [x]\ngates:\n  ${lines.join('\n  ')}\n`),
    )
    const names = (plan: Plan) => plan.nodes.map((_, index) => nameOf(plan, index))
    expect(names(forth!)).toEqual(['x', 'a', 'b', 'c'])
    expect(names(back!)).toEqual(names(forth!))
  })

  it('takes its name from the file where it says none', () => {
    expect(parsed('gates: {}').name).toBe('neuron')
    expect(parsed('name: other\ngates: {}').name).toBe('other')
  })

  it('has literals in ports that have a default', () => {
    const plan = parsed('inputs: [x]\ngates: { o: "clamp(x, max=3)" }')
    expect(plan.nodes[1]).toMatchObject({
      ports: [{ node: 0 }, { value: -Infinity }, { value: 3 }],
    })
  })

  it('gives ports by name and in order the same meaning', () => {
    const forms = [
      'where(x > 0, y, 2)',
      'where(a=y, condition=x > 0, b=2)',
      'where(x > 0, b=2, a=y)',
    ]
    const [first, ...others] = forms.map((form) => {
      const plan = parsed(`inputs: [x, y]\ngates: { o: "${form}" }`)
      return printPlan(plan)
    })
    for (const other of others) expect(other).toBe(first)
    const long = parsed('inputs: [x, y]\ngates: { o: { where: { condition: x > 0, b: 2, a: y } } }')
    expect(printPlan(long)).toBe(first)
  })

  it('lets names of inner gates stand wherever a name can', () => {
    const plan = parsed(`
inputs: [x]
targets: [t]
gates: { o: tanh(x * 2), p: o.x + o.x }
loss: (t - o)^2
outputs: [o.x]
metrics: [loss.a]
tests: [{ of: o.x, expect: { o.x: 1, loss.a: 1 } }]
`)
    const inner = findNode(plan, 'o.x')!
    expect(plan.outputs).toEqual([inner])
    expect(plan.metrics).toEqual([findNode(plan, 'loss.a')])
    expect(plan.tests[0]!.of).toBe(inner)
    expect(plan.nodes[findNode(plan, 'p')!]).toMatchObject({
      ports: [{ node: inner }, { node: inner }],
    })
  })

  it('takes gates and optimizers of the application by their names', () => {
    const twice = { ...pointwise({ doc: '', inputs: ['x'], value: '2 * x', gradients: { x: '2 * g' } }), name: 'twice' } // prettier-ignore
    const own = { ...catalogue, gates: new Map([...gates, ['__proto__', twice]]) }
    const plan = parsed('inputs: [x]\ngates: { o: __proto__(x) }', own)
    expect(plan.nodes[1]).toMatchObject({ gate: '__proto__' })
  })
})

describe('outputs by default', () => {
  const outputsOf = (gates: string, rest = '') => {
    const plan = parsed(`inputs: [x]\ntargets: [t]\nweights: { w: 1 }\ngates: ${gates}\n${rest}`)
    return plan.outputs.map((index) => nameOf(plan, index))
  }

  it.each([
    // x ─ h ─ o          the last of a chain
    ['{ h: w * x, o: tanh(h) }', '', ['o']],
    // h ─┬─ o            both ends of a fork
    //    └─ p
    ['{ h: w * x, o: tanh(h), p: h * 2 }', '', ['o', 'p']],
    // o ─ e ─ t          what feeds a gate that knows a target
    ['{ o: w * x, e: t - o }', 'loss: e^2', ['o']],
    // also from inside the formula of one
    ['{ o: w * x, e: t - tanh(o) }', 'loss: e^2', ['o']],
    // the loss is no output, though it knows no target
    ['{ o: w * x }', 'loss: (o - 3)^2', ['o']],
    // nor is a metric
    ['{ o: w * x }', 'metrics: { m: o * 2 }', ['o']],
    // a gate whose inside is used elsewhere still ends
    ['{ o: tanh(w * x), p: o.x * 2 }', '', ['o', 'p']],
  ])('of %s %s are %j', (gates, rest, outputs) => {
    expect(outputsOf(gates, rest)).toEqual(outputs)
  })

  it('are none where nothing but the loss is computed', () => {
    expect(parsed('weights: { x: 1, y: 2 }\nloss: (1 - x)^2 + 100 * (y - x^2)^2').outputs).toEqual(
      [],
    )
  })
})

describe('training', () => {
  const start = 'weights: { w: 1 }\nloss: w^2\n'

  it('has a plan where the file says nothing of it', () => {
    const { epochs, batch, learningRate, seed, shuffle, onFault, budget, optimizer } = parsed(start).train // prettier-ignore
    expect({ epochs, batch, seed, shuffle, onFault, budget }).toEqual({
      epochs: 1,
      batch: 1,
      seed: 0,
      shuffle: false,
      onFault: 'stop',
      budget: 10,
    })
    expect(optimizer.name).toBe('sgd')
    expect(learningRate).toBe(optimizers.get('sgd')!.learningRate)
  })

  it('has no limit of epochs where it stops by itself', () => {
    expect(parsed(`${start}train: { until: { loss: 0.1 } }`).train.epochs).toBeUndefined()
    expect(parsed(`${start}train: { epochs: 5, until: { loss: 0.1 } }`).train.epochs).toBe(5)
  })

  it('takes the learning rate of the optimizer where there is none', () => {
    expect(parsed(`${start}train: { optimizer: adadelta }`).train.learningRate).toBe(1)
    expect(
      parsed(`${start}train: { optimizer: adadelta, learning_rate: 2 }`).train.learningRate,
    ).toBe(2)
  })

  it('keeps a declared optimizer as formulas', () => {
    const { optimizer } = parsed(`${start}train:
  optimizer:
    parameters: { beta: 0.9 }
    let: { d: g + beta * w }
    state: { m: beta * m + d }
    update: w - rate * m`).train
    expect(optimizer.declaration).toEqual({
      parameters: Object.assign(Object.create(null), { beta: 0.9 }),
      let: Object.assign(Object.create(null), { d: 'g + beta * w' }),
      state: Object.assign(Object.create(null), { m: 'beta * m + d' }),
      update: 'w - rate * m',
    })
  })
})

describe('numbers of a spec made by hand', () => {
  const at = (value: number) => ({ value, range: { start: 0, end: 1 } })
  const name = { value: 'w', range: { start: 0, end: 1 } }

  it.each([NaN, Infinity, -Infinity])('cannot be %s', (value) => {
    const { problems } = check(
      { gates: [['o', 'w * 2']] },
      { weights: [{ name, value: at(value) }] },
    )
    expect(problems).toEqual([`1:1 error not-finite: "w" must be finite, got ${value}`])
  })

  it.each([
    ['epochs', [0, -1, 1.5, NaN, Infinity]],
    ['batch', [0, -1, 1.5, NaN, Infinity]],
    ['learningRate', [0, -1, NaN, Infinity]],
    ['seed', [-1, 1.5, NaN]],
    ['budget', [0, -1, NaN, Infinity]],
  ])('make sense as %s', (key, values) => {
    for (const value of values) {
      const train = { range: at(0).range, [key]: at(value) }
      const { problems } = check({ weights: ['w'], loss: 'w^2' }, { train })
      expect(problems).toHaveLength(1)
      expect(problems[0]).toMatch(/^1:1 error out-of-range: /)
    }
  })
})

describe('what follows from a mistake is not another one', () => {
  it('where a formula is broken', () => {
    const text = 'inputs: { x: 1 }\nweights: { w: 1 }\ngates:\n  a: w * * x\n  b: a + a.x\nloss: b'
    expect(codes(text)).toEqual(['4:10 formula-syntax'])
  })

  it('where a key is misspelled', () => {
    expect(codes('input: { x: 1 }\ngates: { o: tanh(x) }')).toEqual(['1:1 unknown-key'])
  })

  it('where a gate is misspelled, but what stands in its ports may be one', () => {
    expect(codes('inputs: { x: 1 }\ngates: { o: "tahn(x, q * p, r, mode=word)" }')).toEqual([
      '2:14 unknown-gate',
      '2:22 unknown-node',
      '2:26 unknown-node',
      '2:29 unknown-node',
    ])
    expect(codes('gates: { o: delayed(o) }')).toEqual(['1:13 unknown-gate'])
  })

  it('where a name is misspelled, its owner is not called unused', () => {
    expect(codes('inputs: { first: 1 }\ngates: { o: tanh(frist) }')).toEqual(['2:18 unknown-node'])
  })
})

it('shapes that do not fit together are told of the gate', () => {
  const picky = { ...pointwise({ doc: '', inputs: ['x'], value: 'x', gradients: { x: 'g' } }), name: 'picky', shape: () => ({ mismatch: 'it never fits' }) } // prettier-ignore
  const own = { ...catalogue, gates: new Map([...gates, ['picky', picky]]) }
  const { plan, diagnostics } = parsePlan('inputs: [x]\ngates: { o: picky(x) }', own)
  expect(plan).toBeUndefined()
  expect(diagnostics).toMatchObject([{ code: 'shape-mismatch', line: 2, column: 13 }])
})

describe('graphs of any size', () => {
  const range = (count: number) => Array.from({ length: count }, (_, index) => index)

  it('a chain of 100,000 gates in the wrong order is put in order', () => {
    const count = 100_000
    const gates = range(count).map((i) => [`g${i}`, i === count - 1 ? 'tanh(x)' : `tanh(g${i + 1})`] as const) // prettier-ignore
    const { plan } = check({ inputs: ['x'], gates })
    expect(plan!.nodes.length).toBe(count + 1)
    expect(nameOf(plan!, 1)).toBe(`g${count - 1}`)
    expect(plan!.outputs).toEqual([count])
  })

  it('a cycle of 100,000 gates is told in one line', () => {
    const count = 100_000
    const gates = range(count).map((i) => [`g${i}`, `tanh(g${(i + 1) % count})`] as const)
    const { problems } = check({ gates })
    expect(problems).toEqual([
      '1:5 error cycle: a cycle: g0 -> g99999 -> g99998 -> g99997 -> g99996 -> g99995 -> g99994 -> g99993 -> g99992 -> g99991 -> g99990 -> g99989 -> … -> g0 (a gate cannot wait for what waits for it; previous(…) is the value of the step before)',
    ])
  })

  it('100,000 cycles are told by 20 of them and their number', () => {
    const gates = range(100_000).map((i) => [`g${i}`, `tanh(g${i})`] as const)
    const { problems } = check({ gates })
    expect(problems).toHaveLength(21)
    expect(problems[20]).toBe('1:5 error more-problems: and 99980 more cycles')
  })

  it('a sum of 20,000 inputs names its ports by letters', () => {
    const inputs = range(20_000).map((i) => `x${i}`)
    const ports = inputs.map((name) => `tanh(${name})`)
    const { plan } = check({ inputs, gates: [['s', { gate: 'add', ports }]] } satisfies Short)
    expect(plan!.nodes.length).toBe(40_001)
    expect(nameOf(plan!, 39_999)).toBe('s.acof')
    expect(findNode(plan!, 's.acof')).toBe(39_999)
  })

  it('100,000 misspelled names are all told', () => {
    const gates = range(100_000).map((i) => [`g${i}`, `tanh(q${i})`] as const)
    expect(check({ gates }).problems).toHaveLength(100_000)
  })
})

it('a wrong number, duration or boolean hides no name that is wrong', () => {
  const text = 'weights: { w: yes, v: { value: 1, frozen: 3 } }\nloss: w * nope\n'
  expect(codes(text)).toEqual(['1:15 wrong-kind', '1:43 wrong-kind', '2:11 unknown-node'])
  // Here the name itself is lost.
  expect(codes('weights: [w]\nloss: w * w\n')).toEqual(['1:10 wrong-kind'])
})

it('a row or a test of the wrong kind hides no name that is wrong', () => {
  const text = 'inputs: [x]\nloss: x * nope\ntrain: { data: { rows: [3, { y: 1 }] } }\ntests: [3]\n'
  expect(codes(text)).toEqual([
    '2:11 unknown-node',
    '3:25 wrong-kind',
    '3:28 missing-column',
    '3:30 extra-column',
    '4:9 wrong-kind',
  ])
})

it('the lines of an optimizer are checked although its update or a parameter is wrong', () => {
  const optimizer = '{ parameters: { a: yes }, state: { m: a * bb }, update: w + }'
  expect(codes(`weights: { w: 1 }\nloss: w^2\ntrain: { optimizer: ${optimizer} }\n`)).toEqual([
    '3:40 wrong-kind',
    '3:63 unknown-variable',
    '3:79 formula-syntax',
  ])
})
