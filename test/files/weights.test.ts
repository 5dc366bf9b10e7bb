import { mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { json, nest, readNested } from '../../src/files/json.js'
import { loadSaved, loadWeights, saveWeights } from '../../src/files/weights.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eagre-weights-'))
})
afterAll(() => rm(folder, { recursive: true }))

test('JSON keeps every number, and names of the object prototype', () => {
  const named: Record<string, unknown> = Object.create(null)
  named['__proto__'] = 1
  named['b'] = undefined
  expect(json(named)).toBe('{"__proto__":1}')
  expect(json([NaN, Infinity, -Infinity, -0, 0.1, 1e21, 5e-324])).toBe(
    '["NaN","Infinity","-Infinity",-0,0.1,1e+21,5e-324]',
  )
  expect(json({ a: { shape: [2, 2], data: Float64Array.of(1, -0, NaN, 4) } })).toBe(
    '{"a":[[1,-0],["NaN",4]]}',
  )
  expect(
    json(
      {
        a: [
          [1, 2],
          [3, 4],
        ],
        b: {},
        c: [],
      },
      2,
    ),
  ).toBe(
    // prettier-ignore
    '{\n  "a": [\n    [1, 2],\n    [3, 4]\n  ],\n  "b": {},\n  "c": []\n}',
  )
  expect(nest({ shape: [], data: Float64Array.of(7) })).toBe(7)
})

test('what JSON wrote is read back the same', () => {
  const values = [NaN, Infinity, [-Infinity, [-0, 0.1]]]
  expect(readNested(JSON.parse(json(values)))).toEqual(values)
  expect(readNested(['1'])).toBeUndefined()
  expect(readNested([null])).toBeUndefined()
})

test('weights go to a file and come back with the same bits', async () => {
  const path = join(folder, 'w.json')
  const weights = { w: 0.1 + 0.2, z: -0, m: [[1, 2], [NaN, 1e-320]] } // prettier-ignore
  await saveWeights(path, 'g', weights)
  const loaded = await loadWeights(path)
  expect({ ...loaded }).toEqual(weights)
  expect(Object.is(loaded['z'], -0)).toBe(true)
  expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({
    format: 1,
    kind: 'eagre-weights',
    graph: 'g',
  })
  expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([])
})

test('what gates keep goes with the weights, and a file without it is as ever', async () => {
  const path = join(folder, 'm.json')
  await saveWeights(path, 'g', { w: 1 }, path, { 'y.x': [3, -0, 0.1 + 0.2] })
  const { weights, memory } = await loadSaved(path)
  expect({ ...weights }).toEqual({ w: 1 })
  expect({ ...memory }).toEqual({ 'y.x': [3, -0, 0.1 + 0.2] })
  await saveWeights(path, 'g', { w: 1 }, path, {})
  expect((await loadSaved(path)).memory).toBeUndefined()
})

test('a weights file that is a link stays one', async () => {
  await writeFile(join(folder, 'real.json'), '')
  await symlink('real.json', join(folder, 'link.json'))
  await saveWeights(join(folder, 'link.json'), 'g', { w: 1 })
  expect(await readlink(join(folder, 'link.json'))).toBe('real.json')
  expect({ ...(await loadWeights(join(folder, 'real.json'))) }).toEqual({ w: 1 })
})

test('saving into a folder that is not there is an error in words', async () => {
  await expect(saveWeights(join(folder, 'no/w.json'), 'g', {})).rejects.toMatchObject({
    code: 'io',
    message: expect.stringMatching(/^cannot write .*there is no such file or folder$/),
  })
})

test.each([
  ['{', 'is not JSON'],
  ['[]', 'no weights file'],
  ['{"w": 1}', 'no weights file'],
  ['{"kind":"eagre-weights","format":2,"weights":{}}', 'format 2 is unknown'],
  ['{"kind":"eagre-weights","format":1,"weights":{"w":"x"}}', 'weight "w" holds something'],
  ['{"kind":"eagre-weights","format":1,"weights":{"w":null}}', 'weight "w" holds something'],
  ['{"kind":"eagre-weights","format":1,"weights":{},"memory":[]}', '"memory" is not an object'],
  ['{"kind":"eagre-weights","format":1,"weights":{},"memory":{"m":1}}', 'the memory of "m" is no'],
  [
    '{"kind":"eagre-weights","format":1,"weights":{},"memory":{"m":[[1]]}}',
    'the memory of "m" is no',
  ],
])('%s is bad data', async (content, message) => {
  const path = join(folder, 'bad.json')
  await writeFile(path, content)
  await expect(loadWeights(path)).rejects.toMatchObject({
    code: 'bad-data',
    message: expect.stringContaining(message),
  })
})
