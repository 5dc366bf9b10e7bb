/** The parts of the page that need no page. */
import { describe, expect, test } from 'vitest'
import { History } from '../../src/remote/history.js'
import type { Point, ShownGraph } from '../../src/remote/protocol.js'
import { parseCsv, parseNdjson } from '../../src/studio/csv.js'
import { decimate } from '../../src/studio/decimate.js'
import { foldedView, groupsOf, unfoldedAtFirst } from '../../src/studio/fold.js'
import { readShared, writeShared } from '../../src/studio/share.js'
import { short } from '../../src/studio/text.js'

const point = (step: number, loss: number): Point => ({
  step,
  epoch: 0,
  loss,
  rate: 1,
  metrics: {},
})

describe('many points', () => {
  const spike = 61_803
  const all = Array.from({ length: 100_000 }, (_, step) => point(step, step === spike ? 1e9 : 1 / (step + 1))) // prettier-ignore

  test('are thinned out in the chart without losing a spike, its first or its last', () => {
    const few = decimate(all, 500)
    expect(few.length).toBeLessThanOrEqual(1001)
    expect(few).toContain(all[spike])
    expect([few[0], few.at(-1)]).toEqual([all[0], all.at(-1)])
    const steps = few.map(({ step }) => step)
    expect(steps).toEqual([...steps].sort((a, b) => a - b))
  })

  test('are kept in bounded room, the spike among them', () => {
    const history = new History()
    for (const one of all) history.add(one)
    expect(history.all.length).toBeLessThan(9000)
    expect(Math.max(...history.all.map(({ loss }) => Number(loss)))).toBe(1e9)
  })
})

describe('folding', () => {
  const node = (name: string, ...from: number[]) => ({
    name,
    type: 'gate' as const,
    shape: [],
    ports: from.map((at) => ({ name: 'a', node: at })),
  })
  const graph: ShownGraph = {
    version: 0,
    name: 'g',
    text: '',
    file: 'g.yaml',
    nodes: [
      node('x'),
      node('h.W'),
      node('h.y.a', 0, 1),
      node('h.y', 2),
      node('o.x', 3),
      node('o', 4),
    ],
    outputs: [5],
    train: { optimizer: 'sgd', learningRate: 1, batch: 1, seed: 0 },
  }
  const groups = groupsOf(graph)

  test('draws what is inside of a module or a formula as one box, with the wires of all of it', () => {
    const { boxes, lines } = foldedView(graph, groups, new Set())
    expect(boxes.map(({ id, inside }) => [id, inside])).toEqual([['x', 0], ['h', 3], ['o', 1]]) // prettier-ignore
    expect(lines.map(({ from, to }) => `${from} → ${to}`)).toEqual(['x → h', 'h → o'])
  })

  test('opens one level after the other', () => {
    const { boxes } = foldedView(graph, groups, new Set(['h']))
    expect(boxes.map(({ id, group }) => [id, group])).toEqual([
      ['x', undefined],
      ['h.W', undefined],
      ['h.y', 'folded'],
      ['o', 'folded'],
    ])
  })

  test('is how large graphs begin', () => {
    expect(unfoldedAtFirst(graph, groups)).toEqual(new Set(['h', 'h.y', 'o']))
    const nodes = Array.from({ length: 61 }, (_, at) => node(`f.${at}`))
    const large = { ...graph, nodes }
    expect(unfoldedAtFirst(large, groupsOf(large))).toEqual(new Set())
  })
})

describe('files that are dropped', () => {
  test('are read as CSV: quotes, line ends, gaps, a byte order mark', () => {
    const text = '\uFEFFa,"b ""c""",d\r\n1,"x, y",\r\n\r\n-2e3,"two\nlines",.5\n'
    expect(parseCsv(text).map((row) => ({ ...row }))).toEqual([
      { a: 1, 'b "c"': 'x, y' },
      { a: -2000, 'b "c"': 'two\nlines', d: 0.5 },
    ])
    expect({ ...parseCsv('1,2\n3,4', false)[1] }).toEqual({ 0: 3, 1: 4 })
    expect({ ...parseCsv('1\t2', ['u', 'v'])[0] }).toEqual({ u: 1, v: 2 })
  })

  test('say what is wrong with them', () => {
    expect(() => parseCsv('')).toThrow('holds no rows')
    expect(() => parseCsv('a\n"b')).toThrow('Quote Not Closed')
    expect(() => parseNdjson('{"a":1}\n[2]')).toThrow('line 2 is no JSON object')
    expect(parseNdjson('{"a":1}\n\n{"a":2}\n')).toEqual([{ a: 1 }, { a: 2 }])
  })
})

test('a shared address holds any graph, and nonsense holds none', async () => {
  const shared = { text: 'a: Ω\n'.repeat(500), file: 'ω.yaml' }
  const hash = await writeShared(shared)
  expect(hash.length).toBeLessThan(300)
  expect(hash).toMatch(/^g=[\w-]+$/)
  expect(await readShared(`#${hash}`)).toEqual(shared)
  for (const wrong of ['', '#g=', '#g=AAAA', `#${hash.slice(0, -9)}`, '#g=!!', '#token=12']) {
    expect(await readShared(wrong)).toBe(undefined)
  }
})

test.each([
  [0, '0'],
  [-0.30950692, '−0.3095'],
  [123456.789, '123500'],
  [-1.7e-15, '−1.7e−15'],
  [2.5e12, '2.5e12'],
  ['NaN', 'NaN'],
  ['-Infinity', '−∞'],
  ['-0', '0'],
  [null, '–'],
] as const)('%s is written as %s', (value, text) => {
  expect(short(value)).toBe(text)
})
