/** One training run in one engine after the other. */
import { beforeAll, describe, expect, test } from 'vitest'
import { bundled, engines } from '../house/engines.js'

/** By hash.ts. They change with what a graph computes, and with nothing else. */
const hashes = `
live: 10000 samples, 0 steps in a kernel, f372de54
interpret: 10000 samples, 10000 steps in a kernel, f372de54
javascript: 10000 samples, 10000 steps in a kernel, f372de54
wasm: 10000 samples, 10000 steps in a kernel, f372de54
live, stacked: 10000 samples, 0 steps in a kernel, 4f714361
`.trim()

describe('10,000 steps with tanh, softmax and adam end in the same bits in', () => {
  let script = ''
  beforeAll(async () => {
    script = await bundled('test/train/hash.ts')
  }, 60_000)

  for (const { name, missing, run } of engines()) {
    const title = missing === undefined ? name : `${name} (skipped: ${missing})`
    test.skipIf(missing !== undefined)(title, { timeout: 300_000 }, () => {
      expect(run(script)).toBe(hashes)
    })
  }

  test('Node where no code may be generated, save that of the generator', () => {
    const own = engines().find(({ name }) => name === `Node ${process.versions.node.split('.')[0]}`)
    const flags = ['--disallow-code-generation-from-strings']
    const [live, interpret, , wasm, stacked] = hashes.split('\n')
    const lines = own!.run(script, flags).split('\n')
    expect(lines[2]).toMatch(/the engine "javascript" cannot be used: code generation is forbidden/)
    expect(lines.toSpliced(2, 1)).toEqual([live, interpret, wasm, stacked])
  })
})
