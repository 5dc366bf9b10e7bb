/** The parts of the page that need no page. */
import { describe, expect, test } from 'vitest'
import type { Row } from '../../src/language/plan.js'
import { History } from '../../src/remote/history.js'
import type { Point, ShownGraph } from '../../src/remote/protocol.js'
import {
  columnsFrom,
  firstColumn,
  firstColumns,
  mappedRows,
  strangers,
} from '../../src/studio/columns.js'
import { parseCsv, parseNdjson } from '../../src/studio/csv.js'
import { decimate } from '../../src/studio/decimate.js'
import { foldedView, groupsOf, unfoldedAtFirst } from '../../src/studio/fold.js'
import { cellOf, parseCell, parseNested, parseNumber, withCell } from '../../src/studio/nested.js'
import { readLook, readShared, writeShared } from '../../src/studio/share.js'
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
  const shared = {
    text: 'a: Ω\n'.repeat(500),
    file: 'ω.yaml',
    unfolded: ['h', 'h.y'],
    panel: '',
    logarithmic: true,
    rate: 0.003,
    speed: 20,
    frozen: { w: true },
  }
  const hash = await writeShared(shared)
  expect(hash.length).toBeLessThan(400)
  expect(hash).toMatch(/^g=[\w-]+$/)
  expect(await readShared(`#${hash}`)).toEqual(shared)
  for (const wrong of ['', '#g=', '#g=AAAA', `#${hash.slice(0, -9)}`, '#g=!!', '#token=12']) {
    expect(await readShared(wrong)).toBe(undefined)
  }
})

test('an address is taken for what is right in it', async () => {
  const text = { text: '', file: 'f' }
  const wrong = { ...text, rate: -1, speed: '9', frozen: { w: 1 }, unfolded: [1], panel: 3 }
  expect(await readShared(`#${await writeShared(wrong as never)}`)).toEqual(text)
  const look = { unfolded: ['h'], panel: 'data', logarithmic: false }
  const hash = `#${await writeShared(look)}`
  expect(await readLook(hash)).toEqual(look)
  expect(await readShared(hash)).toBe(undefined)
})

describe('tensors that are typed in', () => {
  test('must have their shape, and what is wrong is said with its place', () => {
    expect(parseNested('[[1, 2], [3, -4e1]]', [2, 2])).toEqual({ value: [[1, 2], [3, -40]] }) // prettier-ignore
    const wrong = (text: string, shape: readonly number[]) =>
      (parseNested(text, shape) as { wrong: string }).wrong
    expect(wrong('[1, 2', [2])).toMatch(/^this is no JSON: /)
    expect(wrong('[[1, 2], [3]]', [2, 2])).toBe('[1] must be a list of 2, got one of 1')
    expect(wrong('[[1, 2], [3, "4"]]', [2, 2])).toBe('[1, 1] must be a number, got the string "4"')
    expect(wrong('3', [2])).toBe('it must be a list of 2, got the number 3')
    expect(wrong('[null]', [1])).toBe('[0] must be a number, got null')
  })

  test('are changed in one cell', () => {
    const value = [[1, 2], [3, 4]] // prettier-ignore
    expect(parseCell('1, 0', [2, 2])).toEqual({ value: [1, 0] })
    expect(parseCell('[1 0]', [2, 2])).toEqual({ value: [1, 0] })
    for (const text of ['', '1', '2, 0', '0, -1', '0, 0.5', 'a, b', '0, 0, 0']) {
      expect(parseCell(text, [2, 2])).toEqual({ wrong: `a cell is 0 to 1, 0 to 1, got "${text}"` })
    }
    expect(cellOf(value, [1, 0])).toBe(3)
    expect(withCell(value, [1, 0], 9)).toEqual([[1, 2], [9, 4]]) // prettier-ignore
    expect(value[1]![0]).toBe(3)
  })

  test('hold numbers, and an empty field is none', () => {
    expect(parseNumber(' \u22121.5e3 ')).toEqual({ value: -1500 })
    for (const text of ['', 'x', '1/2', 'Infinity', 'NaN']) {
      expect(parseNumber(text)).toEqual({ wrong: `"${text}" is no number` })
    }
  })
})

describe('the columns of a file', () => {
  const columns = ['id', 'a', 'b', 'c', 'Kind']
  const flower = { name: 'flower', from: ['b', 'c'] }

  test('go to the inputs that name them, else to those of a similar name, else from a first one on', () => {
    expect(firstColumn(flower, columns)).toBe('b')
    expect(columnsFrom(flower, 'b', columns)).toEqual(['b', 'c'])
    expect(columnsFrom(flower, 'a', columns)).toEqual(['a', 'b'])
    expect(columnsFrom(flower, 'Kind', columns)).toEqual(['Kind'])
    expect(firstColumn({ name: 'kind' }, columns)).toBe('Kind')
    expect(firstColumn({ name: 'x' }, columns)).toBe('id')
    // What no name tells goes to columns of its own, for as long as there are some.
    expect(firstColumns([{ name: 'x' }, { name: 't' }], ['a', 'b'])).toEqual({ x: 'a', t: 'b' })
    expect(firstColumns([{ name: 'x' }, { name: 'A' }], ['a', 'b'])).toEqual({ x: 'b', A: 'a' })
    expect(firstColumns([{ name: 'x' }, { name: 't' }], ['a'])).toEqual({ x: 'a', t: 'a' })
    const pair = { name: 'p', from: ['no', 'yes'] }
    expect(firstColumns([pair, { name: 't' }], ['a', 'b', 'c'])).toEqual({ p: 'a', t: 'c' })
    // A column elsewhere in the file, in the order that the graph wants.
    expect(columnsFrom({ name: 'f', from: ['c', 'a'] }, 'c', columns)).toEqual(['c', 'a'])
  })

  test('are called as the graph calls them', () => {
    const rows = [{ id: 1, a: 2, b: 3, Kind: 'red' }]
    const parts = [
      { node: flower, taken: ['a', 'b'] },
      { node: { name: 'kind' }, taken: ['Kind'] },
      { node: { name: '__proto__' }, taken: ['id'] },
      { node: { name: 'gone' }, taken: ['c'] },
    ]
    const [row] = mappedRows(rows, parts)
    expect(Object.entries(row!)).toEqual([['b', 2], ['c', 3], ['kind', 'red'], ['__proto__', 1]]) // prettier-ignore
  })

  test('may hold texts that are no classes', () => {
    const rows: Row[] = [{ k: 'red' }, { k: 'blue' }, {}, { k: 7 }]
    expect(strangers(['red', '7'], 'k', rows)).toEqual(['blue'])
  })
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
