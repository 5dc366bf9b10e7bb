import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fileStore } from '../../src/files/store.js'

const folder = async () => join(await mkdtemp(join(tmpdir(), 'store-')), 'models')

test('gives back the bits of each record, whatever the key is called', async () => {
  const path = await folder()
  const store = fileStore(path)
  const keys = ['a', '', '..', 'a/b', 'ä€😀', '\ud800', 'x'.repeat(5000), 1, '1', -0.5, '__proto__']
  expect(await store.get('a')).toBeUndefined()
  for (const [at, key] of keys.entries()) await store.put(key, Float64Array.of(at, -0, 1e-320, NaN))
  for (const [at, key] of keys.entries()) {
    expect(await store.get(key)).toEqual(Float64Array.of(at, -0, 1e-320, NaN))
  }
  expect(await readdir(path)).toHaveLength(keys.length)
  // In another process.
  expect(await fileStore(path).get('a')).toEqual(Float64Array.of(0, -0, 1e-320, NaN))
  await expect(store.get({})).rejects.toThrow('a key is object')
})

test('refuses a file that is cut at any byte or has any bit flipped', async () => {
  const path = await folder()
  const store = fileStore(path)
  await store.put('a', Float64Array.of(1, 2, 3))
  const [file] = await readdir(path)
  const whole = await readFile(join(path, file!))
  for (let length = 0; length < whole.length; length++) {
    await writeFile(join(path, file!), whole.subarray(0, length))
    await expect(store.get('a')).rejects.toThrow('damaged')
  }
  for (let bit = 0; bit < whole.length * 8; bit += 5) {
    const flipped = Uint8Array.from(whole)
    flipped[bit >> 3]! ^= 1 << (bit & 7)
    await writeFile(join(path, file!), flipped)
    await expect(store.get('a')).rejects.toThrow('damaged')
  }
})
