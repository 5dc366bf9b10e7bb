import { readFileSync } from 'node:fs'
import { lastValueFrom } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { gates } from '../../src/gates/index.js'
import { parseGraph } from '../../src/graph.js'
import { findNode, nameOf, parsePlan, positionOf, printFormula } from '../../src/language/index.js'
import { libraryModules, libraryText } from '../../src/language/library.js'
import type { Plan } from '../../src/language/plan.js'
import { optimizers, schedules } from '../../src/optimizers/index.js'

type Files = Readonly<Record<string, string>>

function parse(text: string, files?: Files) {
  const readModule = files && ((path: string) => files[path])
  return parsePlan(text, { file: 'graph.yaml', gates, optimizers, schedules, readModule })
}

function planOf(text: string, files?: Files): Plan {
  const { plan, diagnostics } = parse(text, files)
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  return plan!
}

/** `line:column code: message` of the errors. */
function errors(text: string, files?: Files): string[] {
  return parse(text, files)
    .diagnostics.filter(({ severity }) => severity === 'error')
    .map(({ file, line, column, code, message }) => `${file}:${line}:${column} ${code}: ${message}`)
}

const names = ({ nodes }: Plan) => nodes.map((_, index) => nameOf({ nodes }, index))
const shapes = ({ nodes }: Plan) =>
  Object.fromEntries(nodes.map(({ shape }, index) => [nameOf({ nodes }, index), shape]))

describe('a call of a module', () => {
  const text = `
inputs: { x: { shape: [3] } }
gates:
  h: dense(x, units=4, activation=tanh)
  y: dense(relu(dense(h, units=2)), units=1)
`

  test('makes nodes that are named by its path', () => {
    const plan = planOf(text)
    expect(names(plan)).toEqual([
      ...['x', 'h.W', 'h.b', 'y.x.x.W', 'y.x.x.b', 'y.W', 'y.b'],
      ...['h.z.a', 'h.z', 'h.y', 'h'],
      ...['y.x.x.z.a', 'y.x.x.z', 'y.x.x.y', 'y.x.x', 'y.x'],
      ...['y.z.a', 'y.z', 'y.y', 'y'],
    ])
    expect(plan.outputs.map((node) => nameOf(plan, node))).toEqual(['y'])
  })

  test('binds the sizes that arrive', () => {
    expect(shapes(planOf(text))).toMatchObject({
      'h.W': [3, 4],
      'h.b': [4],
      'y.x.x.W': [4, 2],
      'y.W': [2, 1],
      y: [1],
    })
  })

  test('has nodes that are found, printed and placed like others', () => {
    const plan = planOf(text)
    for (const [index, name] of names(plan).entries()) expect(findNode(plan, name)).toBe(index)
    expect(printFormula(plan, findNode(plan, 'h.z')!)).toBe('x @ h.W + h.b')
    expect(printFormula(plan, findNode(plan, 'h')!)).toBe('h.y')
    // The library is another file: the call is what can be shown.
    expect(positionOf(plan, findNode(plan, 'h.W')!)).toEqual({ file: 'graph.yaml', line: 4, column: 6 }) // prettier-ignore
    expect(positionOf(plan, findNode(plan, 'y.x.x.z')!)).toEqual({ file: 'graph.yaml', line: 5, column: 17 }) // prettier-ignore
  })

  test('has its nodes in the module where that is in the graph file', () => {
    const plan = planOf(`modules:
  double: { inputs: [x], gates: { y: x + x } }
inputs: [a]
gates: { f: double(a) }
`)
    expect(positionOf(plan, findNode(plan, 'f.y')!)).toEqual({ file: 'graph.yaml', line: 2, column: 38 }) // prettier-ignore
  })

  test('takes inputs and options in the long form', () => {
    const short = planOf('inputs: { x: { shape: [3] } }\ngates: { h: "dense(x, units=4)" }')
    const long = planOf(
      'inputs: { x: { shape: [3] } }\ngates: { h: { dense: { x: x, units: 4 } } }',
    )
    expect(names(long)).toEqual(names(short))
    expect(shapes(long)).toEqual(shapes(short))
  })

  test('of a module without weights is a gate of the file', () => {
    const graph = parseGraph(`
modules:
  wave: { inputs: [x], options: { speed: 2 }, gates: { y: sin(x * speed) } }
inputs: [x]
gates: { f: "wave(x) + wave(x, speed=3)" }
`)
    const x = 0.7
    const { values } = graph.step({ x })
    expect(values['f']).toBe(Math.sin(x * 2) + Math.sin(x * 3))
    expect(values['f.a']).toBe(Math.sin(x * 2))
    graph.close()
  })

  test('gives its other outputs by path', () => {
    const graph = parseGraph(`
modules:
  split: { inputs: [x], gates: { half: x / 2, third: x / 3 }, outputs: [half, third] }
inputs: [x]
gates: { s: split(x), t: s + s.third }
`)
    expect(graph.step({ x: 6 }).values['t']).toBe(5)
    graph.close()
  })

  test('stands in the loss and in metrics', () => {
    const plan = planOf(`
modules:
  distance: { inputs: [a, b], gates: { d: a - b, y: d * d } }
inputs: [x]
targets: [t]
weights: { w: 1 }
gates: { y: w * x }
loss: distance(y, t)
metrics: { off: "sqrt(distance(y, t))" }
`)
    expect(names(plan)).toContain('loss.d')
    expect(names(plan)).toContain('off.x.d')
    expect(plan.outputs.map((node) => nameOf(plan, node))).toEqual(['y'])
  })
})

describe('options', () => {
  const apply = `modules:
  apply: { inputs: [x], options: { f: , to: 1 }, gates: { y: f(x * to) } }
  inner: { inputs: [x], gates: { y: x + 1 } }
`

  test('that name a gate or a module are called', () => {
    const graph = parseGraph(`${apply}inputs: [x]
gates: { a: "apply(x, f=exp)", b: "apply(x, f=inner, to=3)" }
`)
    const { values } = graph.step({ x: 2 })
    expect([values['a'], values['b']]).toEqual([Math.exp(2), 7])
    graph.close()
  })

  test('are handed on to modules inside', () => {
    const plan = planOf(`modules:
  two: { inputs: { x: { shape: [n] } }, options: { units: , f: tanh }, gates: { h: "dense(x, units=units, activation=f)", y: "dense(h, units=n)" } }
inputs: { x: { shape: [5] } }
gates: { y: "two(x, units=3, f=relu)" }
`)
    expect(shapes(plan)).toMatchObject({ 'y.h.W': [5, 3], 'y.y.W': [3, 5], y: [5] })
    expect(plan.nodes[findNode(plan, 'y.h.y')!]).toMatchObject({ gate: 'relu' })
  })

  test('and sizes are parameters of gates', () => {
    const plan = planOf(`modules:
  rows: { inputs: { x: { shape: [n, m] } }, options: { at: }, gates: { flat: "reshape(x, shape=[n, m, 1])", y: "mean(flat, axis=at) * n" } }
inputs: { x: { shape: [2, 3] } }
gates: { y: "rows(x, at=0)" }
`)
    expect(shapes(plan)).toMatchObject({ 'y.flat': [2, 3, 1], y: [3, 1] })
    expect(plan.nodes[findNode(plan, 'y.n')!]).toMatchObject({ type: 'constant', value: 2 })
  })
})

describe('modules that nobody calls', () => {
  const messages = (modules: string) => errors(`modules:\n${modules}inputs: [q]\ngates: { f: q }\n`)

  test('are looked through for gates and names that nobody knows', () => {
    expect(messages('  a: { inputs: [x], gates: { y: tahn(x) } }\n')).toEqual([
      'graph.yaml:2:33 unknown-gate: there is no gate "tahn"',
    ])
    expect(messages('  a: { inputs: [x], gates: { y: tanh(z) } }\n')).toEqual([
      'graph.yaml:2:38 unknown-node: there is no node "z"',
    ])
  })

  test('may not call themselves, over others or not', () => {
    const circle =
      '  a: { inputs: [x], gates: { y: b(x) } }\n  b: { inputs: [x], gates: { y: a(x) } }\n'
    expect(messages(circle).map((message) => message.split(':').slice(1, 3).join())).toEqual([
      '2,33 module-cycle',
      '3,33 module-cycle',
    ])
  })

  test('are sound where their options are gates, words and sizes', () => {
    const sound = `  a:
    inputs: { x: { shape: [n] } }
    options: { act: tanh, axis: -1, red: mean }
    weights: { W: { shape: [n], init: ones } }
    gates:
      h: dense(x, units=n, activation=act, init=normal)
      e: 'einsum(x, x, equation="i,i->")'
      y: act(softmax(h * W, axis=axis)) + n + mse_loss(x, h, reduction=mean) + h.W + e
`
    expect(messages(sound)).toEqual([])
  })
})

describe('shared weights', () => {
  test('are the weights of the other call, also of modules inside', () => {
    const plan = planOf(`modules:
  mlp: { inputs: { x: { shape: [n] } }, gates: { h: "dense(x, units=3)", y: "dense(h, units=n)" } }
inputs: { a: { shape: [2] }, b: { shape: [2] } }
gates: { p: "mlp(b, weights=q)", q: mlp(a), y: p - q }
`)
    expect(names(plan).filter((name) => /\.[Wb]$/.test(name))).toEqual(['q.h.W', 'q.h.b', 'q.y.W', 'q.y.b']) // prettier-ignore
    expect(printFormula(plan, findNode(plan, 'p.h.z')!)).toBe('b @ q.h.W + q.h.b')
  })

  test('get the gradients of both', () => {
    const graph = parseGraph(`
modules:
  scale: { inputs: [x], weights: { k: 3 }, gates: { y: k * x } }
inputs: [a, b]
gates: { p: scale(a), q: "scale(b, weights=p)" }
loss: p + q
`)
    expect(graph.step({ a: 5, b: 7 }).gradients['p.k']).toBe(12)
    graph.close()
  })

  test('are found under both names, and restored under that of their owner', () => {
    const graph = parseGraph(`
modules:
  scale: { inputs: [x], weights: { k: 3 }, gates: { y: k * x } }
inputs: { a: 5, b: 7 }
gates: { p: scale(a), q: "scale(b, weights=p)", r: "scale(b, weights=q)" }
loss: (p + q + r)^2
tests: [{ expect: { q.k: 3, r.k: 3 }, gradients: { q.k: 2166 } }]
train: { epochs: 1, learning_rate: 0.001 }
`)
    const seen: unknown[] = []
    for (const name of ['p.k', 'q.k', 'r.k']) {
      graph.gradients(name).subscribe(({ gradient }) => seen.push(gradient))
      graph.updates(name).subscribe(({ update }) => seen.push(update))
    }
    graph.step()
    expect(seen).toEqual([2166, 2166, 2166])
    expect(Object.keys(graph.weights())).toEqual(['p.k'])
    expect(() => graph.restore({ 'r.k': 1 })).toThrow(/"r.k" is not a weight of its own: it is "p.k"/) // prettier-ignore
    graph.close()
  })

  test('have one shape', () => {
    const text = `inputs: { a: { shape: [2] }, b: { shape: [3] } }
gates:
  p: dense(a, units=4)
  q: dense(b, units=4, weights=p)
`
    expect(errors(text)).toEqual([
      'graph.yaml:4:32 shared-shape: the shared weight "p.W" has the shape [2, 4], and here it would be [3, 4]',
    ])
  })
})

describe('modules in modules', () => {
  test('that contain themselves are a cycle, printed with its path', () => {
    const text = `modules:
  a: { inputs: [x], gates: { y: b(x) } }
  b: { inputs: [x], gates: { y: a(x) } }
inputs: [x]
gates: { f: a(x) }
`
    expect(errors(text)).toEqual([
      'graph.yaml:3:33 module-cycle: a module cannot contain itself: a -> b -> a, in b called at line 2, in a called at line 5',
    ])
  })

  test('do not grow without bound', () => {
    const levels = Array.from({ length: 60 }, (_, level) =>
      `  m${level}: { inputs: [x], gates: { y: m${level + 1}(x) + m${level + 1}(x) } }`,
    ) // prettier-ignore
    const text = `modules:\n${levels.join('\n')}\n  m60: { inputs: [x], gates: { y: -x } }\ninputs: [x]\ngates: { f: m0(x) }\n`
    expect(errors(text)[0]).toMatch(
      /module-size: modules nest more than 100 deep, or make more than/,
    )
  })
})

describe('problems', () => {
  test('in a module say where it was called, once', () => {
    const text = `modules:
  bad: { inputs: [x], gates: { y: tahn(x) } }
inputs: [x]
gates:
  f: bad(x)
  g: bad(f)
`
    expect(errors(text)).toEqual([
      'graph.yaml:2:35 unknown-gate: there is no gate "tahn", in bad called at line 5',
    ])
  })

  test('of shapes in a module from elsewhere point into its file', () => {
    const files = { 'lib.yaml': 'modules:\n  two: { inputs: [x], weights: { W: { shape: [2, 2], init: eye } }, gates: { y: x @ W } }\n' } // prettier-ignore
    const text = `use: [lib.yaml]
inputs: { x: { shape: [3] } }
gates: { f: two(x) }
`
    expect(errors(text, files)).toEqual([
      'lib.yaml:2:83 shape-mismatch: x: [3], f.W: [2, 2]: the inner sizes 3 and 2 differ, in two called at line 3',
    ])
  })

  test('of nodes outside cannot be hidden: a module sees only its own', () => {
    const text = `modules: { m: { inputs: [x], gates: { y: x * w } } }
inputs: [x]
weights: { w: 1 }
gates: { f: m(x) }
`
    expect(errors(text)).toEqual([
      'graph.yaml:1:46 unknown-node: there is no node "w", in m called at line 4',
    ])
  })
})

test('a long chain of modules is checked in linear time and without recursion', () => {
  const calls = Array.from({ length: 3000 }, (_, at) => `  h${at}: dense(${at === 0 ? 'x' : `h${at - 1}`}, units=2)\n`) // prettier-ignore
  const plan = planOf(`inputs: { x: { shape: [3] } }\ngates:\n${calls.toReversed().join('')}`)
  expect(shapes(plan)).toMatchObject({ 'h0.W': [3, 2], 'h2999.W': [2, 2] })
})

describe('use', () => {
  const files = {
    'lib/a.yaml':
      'use: [b.yaml, ../c.yaml]\nmodules: { a: { inputs: [x], gates: { y: b(x) + c(x) } } }\n',
    'lib/b.yaml': 'use: [a.yaml]\nmodules: { b: { inputs: [x], gates: { y: x + 1 } } }\n',
    'c.yaml': 'modules: { c: { inputs: [x], gates: { y: x * 2 } } }\n',
  }

  test('brings the modules of files, and of those that they use', () => {
    const graph = parseGraph('use: [lib/a.yaml]\ninputs: [x]\ngates: { f: a(x) }\n', {
      readModule: (path) => files[path as keyof typeof files],
    })
    expect(graph.step({ x: 5 }).values['f']).toBe(16)
    graph.close()
  })

  test('says which file cannot be read', () => {
    const text = 'use: [lib/a.yaml, d.yaml]\ninputs: [x]\ngates: { f: a(x) }\n'
    expect(errors(text, files)).toEqual([
      'graph.yaml:1:19 use-missing: the file "d.yaml" cannot be read',
    ])
    expect(errors(text)[0]).toBe(
      'graph.yaml:1:7 use-missing: "lib/a.yaml" cannot be used here: nobody reads files for this graph',
    )
  })
})

describe('the library', () => {
  test('is the file that one can read', () => {
    const file = new URL('../../graphs/modules/layers.yaml', import.meta.url)
    expect(libraryText).toBe(readFileSync(file, 'utf8'))
    expect([...libraryText.matchAll(/^ {2}(\w+):$/gm)].map(([, name]) => name)).toEqual(libraryModules) // prettier-ignore
  })

  test('is overridden by modules of the file', () => {
    const plan = planOf(`modules: { dense: { inputs: [x], gates: { y: 2 * x } } }
inputs: [x]
gates: { f: dense(x) }
`)
    expect(names(plan)).toEqual(['x', 'f.y', 'f'])
  })

  test('has modules that all work', () => {
    const plan = planOf(`
inputs: { i: 0, x: { shape: [3, 4] } }
gates:
  e: embed(i, rows=10, width=6)
  l: linear(x, units=2)
  s: scale_shift(x)
  n: normalize(x)
  a: attention(x, x, l)
  f: sum(e) + sum(s) + sum(n) + sum(a) + sum(a.shares)
`)
    expect(shapes(plan)).toMatchObject({
      'e.W': [10, 6],
      e: [6],
      l: [3, 2],
      's.scale': [4],
      'n.y.shift': [4],
      n: [3, 4],
      a: [3, 2],
      'a.shares': [3, 3],
    })
  })

  test('attends like the formula', () => {
    const graph = parseGraph(`
inputs: { q: { shape: [1, 2], default: [[1, 2]] }, k: { shape: [2, 2], default: [[1, 0], [0, 1]] }, v: { shape: [2, 1], default: [[10], [20]] } }
gates: { y: "attention(q, k, v)" }
`)
    const [a, b] = [Math.exp(1 / Math.SQRT2), Math.exp(2 / Math.SQRT2)]
    const { values } = graph.step()
    expect(Number((values['y'] as { data: Float64Array }).data[0])).toBeCloseTo((10 * a + 20 * b) / (a + b), 12) // prettier-ignore
    graph.close()
  })
})

describe('a network of dense()', () => {
  const rest = `loss: mean((y - t)^2)
train:
  epochs: 20
  batch: 2
  shuffle: true
  seed: 3
  optimizer: adam
  learning_rate: 0.05
  data:
    rows:
      - { x: [0, 0], t: [0] }
      - { x: [0, 1], t: [1] }
      - { x: [1, 0], t: [1] }
      - { x: [1, 1], t: [0] }
`
  const inputs = 'inputs: { x: { shape: [2] } }\ntargets: { t: { shape: [1] } }\n'

  test('learns bit for bit like the same graph written out', async () => {
    const modules = parseGraph(`${inputs}gates:
  h: dense(x, units=5, activation=tanh)
  y: dense(h, units=1)
${rest}`)
    const nested = (name: string) => JSON.stringify(modules.weights()[name])
    const written = parseGraph(`${inputs}weights:
  W1: ${nested('h.W')}
  b1: ${nested('h.b')}
  W2: ${nested('y.W')}
  b2: ${nested('y.b')}
gates:
  h: tanh(x @ W1 + b1)
  y: h @ W2 + b2
${rest}`)
    const first = modules.weights()['h.W']
    await Promise.all([lastValueFrom(modules.train()), lastValueFrom(written.train())])
    const { 'h.W': W1, 'h.b': b1, 'y.W': W2, 'y.b': b2 } = modules.weights()
    expect(W1).not.toEqual(first)
    expect({ ...written.weights() }).toEqual({ W1, b1, W2, b2 })
    modules.close()
    written.close()
  })
})
