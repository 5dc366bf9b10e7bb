import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readLines, readRows, type Columns, type DataFormat } from '../../src/files/data.js'

const xy: Columns = { names: ['x', 'y'], required: new Set(['x', 'y']) }
const onlyX: Columns = { names: ['x', 'y'], required: new Set(['x']) }

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eagre-data-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function read(format: DataFormat, content: string | Uint8Array, columns = xy, size = 7) {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }
  const lines = []
  for await (const line of readLines('in', chunks(), format, columns)) {
    lines.push('row' in line ? [line.line, { ...line.row }] : [line.line, line.problem])
  }
  return lines
}

async function file(name: string, content: string) {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

test.each([
  ['plain', 'x,y\n1,2\n3,4\n'],
  ['CRLF', 'x,y\r\n1,2\r\n3,4\r\n'],
  ['a byte order mark', '\uFEFFx,y\n1,2\n3,4'],
  ['quotes', '"x","y"\n"1","2"\n3,"4"'],
  ['blanks around cells', ' x , "y" \n "1" , 2\n3,4 \n'],
  ['other columns, in another order', 'id,y,x\nfoo,2,1\n"b, ""c""",4,3\n'],
  ['scientific notation', 'x,y\n1e0,+20e-1\n3.,.04E2\n'],
])('CSV with %s is read', async (_, text) => {
  expect(await read('csv', text)).toEqual([
    [2, { x: 1, y: 2 }],
    [3, { x: 3, y: 4 }],
  ])
})

test('CSV lines are counted through blank lines and quoted line breaks', async () => {
  expect(await read('csv', 'note,x,y\n\n\na,1,2\n"b\nc",3,4\n\n"d\ne",5,z')).toEqual([
    [4, { x: 1, y: 2 }],
    [5, { x: 3, y: 4 }],
    [8, 'column "y" (3) is "z", no number'],
  ])
})

test('CSV without a header takes the columns in order, or under the names given', async () => {
  expect(await read('csv', '1,2\n', { ...xy, header: false })).toEqual([[1, { x: 1, y: 2 }]])
  expect(await read('csv', '1,2,3\n', { ...xy, header: ['y', 'z', 'x'] })).toEqual([
    [1, { x: 3, y: 1 }],
  ])
})

test('bad CSV lines are told with their number, and reading goes on', async () => {
  const text = 'x,y\n1\n1,2,3\n1,\n0x10,1\n"1,5",1\n1e400,1\n1"2,3\n"1"2,3\n7,8\n'
  expect(await read('csv', text)).toEqual([
    [2, '1 cell, but 2 columns'],
    [3, '3 cells, but 2 columns'],
    [4, 'column "y" (2) is empty'],
    [5, 'column "x" (1) is "0x10", no number'],
    [6, 'column "x" (1) is "1,5", no number; decimals are written with a point'],
    [7, 'column "x" (1) is 1e400, too large'],
    [8, 'column "x" (1) is "1\\"2", no number'],
    [9, 'column "x" (1) is "\\"1\\"2", no number'],
    [10, { x: 7, y: 8 }],
  ])
})

test('a quote that is never closed is a bad line, not a silent end', async () => {
  expect(await read('csv', 'x,y\n1,2\n"3,4\n5,6\n')).toEqual([
    [2, { x: 1, y: 2 }],
    [4, 'a quote opened here or above is never closed'],
  ])
})

test('a row that never ends is one bad line, however long it goes on', async () => {
  const long = `x,y\n1,2\n"${'3'.repeat(17_000_000)}`
  expect(await read('csv', long, xy, 16_384)).toEqual([
    [2, { x: 1, y: 2 }],
    [3, 'a quote opened here or above is never closed'],
  ])
})

test('an empty CSV cell of a column that may be missing is left out', async () => {
  expect(await read('csv', 'x,y\n1,\n', onlyX)).toEqual([[2, { x: 1 }]])
  expect(await read('csv', 'x\n1\n', onlyX)).toEqual([[2, { x: 1 }]])
})

test('names of the object prototype are ordinary columns', async () => {
  const names = ['__proto__', 'constructor']
  const columns = { names, required: new Set(names) }
  for (const [format, text] of [
    ['csv', '__proto__,constructor\n1,2\n'],
    ['ndjson', '{"__proto__":1,"constructor":2}\n'],
  ] as const) {
    const [line] = await read(format, text, columns)
    expect(Object.entries(line![1] as object)).toEqual([
      ['__proto__', 1],
      ['constructor', 2],
    ])
  }
  expect(await read('ndjson', '{}', columns)).toEqual([[1, 'field "__proto__" is missing']])
})

test.each([
  ['plain', '{"x":1,"y":2}\n{"x":3,"y":4,"id":"a"}\n'],
  ['CRLF and no end', '{"x":1,"y":2}\r\n{"x":3,"y":4}'],
  ['a byte order mark', '\uFEFF{"x":1,"y":2}\n {"x":3,"y":4} \n'],
])('NDJSON with %s is read', async (_, text) => {
  for (const size of [1, 5, 1000]) {
    expect(await read('ndjson', text, xy, size)).toEqual([
      [1, { x: 1, y: 2 }],
      [2, { x: 3, y: 4 }],
    ])
  }
})

test('bad NDJSON lines are told with their number, and reading goes on', async () => {
  const bad = [
    '{"x":1',
    '[1,2]',
    'null',
    '{"x":1}',
    '{"x":"1","y":2}',
    '{"x":"NaN","y":2}',
    '{"x":1e400,"y":2}',
    `{"x":${'['.repeat(50_000)}${']'.repeat(50_000)},"y":2}`,
    '{"x":null,"y":2}',
  ]
  expect(await read('ndjson', `\n${bad.join('\n')}\n{"x":1,"y":2}`, xy, 65536)).toEqual([
    [2, expect.stringContaining('this is no JSON')],
    [3, 'expected an object like {"x": 1}, got [1,2]'],
    [4, 'expected an object like {"x": 1}, got null'],
    [5, 'field "y" is missing'],
    [6, 'field "x" is "1", no number'],
    [7, 'field "x" is "NaN", no number'],
    [8, 'field "x" is "Infinity", no number'],
    [9, 'field "x" is a list that holds something else, no number'],
    [10, 'field "x" is null, no number'],
    [11, { x: 1, y: 2 }],
  ])
})

test('an NDJSON line that is not UTF-8 is one bad line', async () => {
  const bytes = new Uint8Array([0x22, 0xff, 0x22, 10, ...new TextEncoder().encode('{"x":1,"y":2}')])
  expect(await read('ndjson', bytes)).toEqual([
    [1, 'this line is not UTF-8'],
    [2, { x: 1, y: 2 }],
  ])
})

test('tensors in NDJSON stay nested lists', async () => {
  expect(await read('ndjson', '{"x":[[1,2],[3,4]],"y":0}')).toEqual([
    [1, { x: [[1, 2], [3, 4]], y: 0 }], // prettier-ignore
  ])
})

test('a file is read whole, or not at all with file, line and column named', async () => {
  expect(await readRows(await file('a.csv', 'x,y\n1,2\n'), xy)).toEqual([{ x: 1, y: 2 }])
  expect(await readRows(await file('a.tsv', 'x\ty\n1\t2\n'), xy)).toEqual([{ x: 1, y: 2 }])
  expect(await readRows(await file('a.jsonl', '{"x":1,"y":2}'), xy)).toEqual([{ x: 1, y: 2 }])
  const bad = await file('b.csv', 'x,y\n1,2\n1,z\n')
  await expect(readRows(bad, xy)).rejects.toMatchObject({
    code: 'bad-data',
    message: `${bad}:3: column "y" (2) is "z", no number`,
  })
})

test('a missing column is told once, with the columns that there are', async () => {
  await expect(readRows(await file('c.csv', 'x,Y1\n1,2\n'), xy)).rejects.toMatchObject({
    code: 'bad-data',
    message: expect.stringContaining('there is no column "y"'),
    hint: 'the columns are "x", "Y1"',
  })
  const learning = { ...xy, header: true }
  await expect(readRows(await file('c.csv', '1,2\n3,4\n'), learning)).rejects.toMatchObject({
    hint: 'the first line holds numbers; `header: false` says that it names nothing',
  })
  // No key of the graph speaks of the samples that are predicted from.
  await expect(readRows(await file('c.csv', '1,2\n3,4\n'), xy)).rejects.toMatchObject({
    hint: 'the first line holds numbers: put a line with the names of the columns above it',
  })
  await expect(readRows(await file('c.csv', 'x,y,x\n1,2,3\n'), xy)).rejects.toMatchObject({
    message: expect.stringContaining('there are two columns "x"'),
  })
})

test('a file of unknown kind, an empty one and a missing one are errors in words', async () => {
  await expect(readRows('data.xlsx', xy)).rejects.toMatchObject({ code: 'bad-data' })
  await expect(readRows(await file('d.csv', ''), xy)).rejects.toMatchObject({
    message: expect.stringContaining('holds no rows'),
  })
  await expect(readRows(join(folder, 'no.csv'), xy)).rejects.toMatchObject({
    code: 'io',
    message: expect.stringContaining('there is no such file'),
  })
})

const byNumber: Columns = {
  names: ['0', '1', '3'],
  required: new Set(['0', '1', '3']),
  texts: new Set(['3']),
  numbered: true,
}

test('columns go by number, with a header and without', async () => {
  const columns = { ...byNumber, header: false }
  expect(await read('csv', '1,2,-,cat\n3,4,-, 5 \n', columns)).toEqual([
    [1, { 0: 1, 1: 2, 3: 'cat' }],
    [2, { 0: 3, 1: 4, 3: '5' }],
  ])
  expect(await read('csv', 'a,b,c,d\n1,2,-,cat\n', byNumber)).toEqual([
    [2, { 0: 1, 1: 2, 3: 'cat' }],
  ])
  await expect(read('csv', '1,2,3\n', columns)).rejects.toMatchObject({
    message: 'in: there is no column "3"',
    hint: 'the columns are 0 to 2',
  })
})

test('texts are read as they are, and are not empty', async () => {
  const columns = { names: ['kind'], required: new Set(['kind']), texts: new Set(['kind']) }
  expect(await read('csv', 'kind,n\n1e3,x\n"a, b",x\n,x\n', columns)).toEqual([
    [2, { kind: '1e3' }],
    [3, { kind: 'a, b' }],
    [4, 'column "kind" (1) is empty'],
  ])
  expect(await read('ndjson', '{"kind":"a"}\n{"kind":5}\n{"kind":[]}\n', columns)).toEqual([
    [1, { kind: 'a' }],
    [2, { kind: '5' }],
    [3, 'field "kind" is a list that holds something else, no text'],
  ])
})

test('a path leads into an event', async () => {
  const columns = { names: ['request.size', 'x'], required: new Set(['request.size', 'x']) }
  const lines = '{"request":{"size":3},"x":[[1],[2]]}\n{"request":{},"x":1}\n{"request":3,"x":1}'
  expect(await read('ndjson', lines, columns)).toEqual([
    [1, { 'request.size': 3, x: [[1], [2]] }],
    [2, 'field "request.size" is missing'],
    [3, 'field "request.size" is missing'],
  ])
})
