import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { runTests } from '../../src/cli/tests.js'
import { loadGraph } from '../../src/files/load.js'
import { run } from './harness.js'

const folder = new URL('../../graphs/', import.meta.url).pathname
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'))

describe.each(files)('graphs/%s', (file) => {
  test('has nothing wrong with it, not even a warning', async () => {
    expect(await run(['check', file], { cwd: folder })).toMatchObject({ code: 0, stdout: '' })
  })

  test('has tests, and they pass', async () => {
    const results = []
    for await (const result of runTests(() => loadGraph(folder + file))) results.push(result)
    expect(results).not.toEqual([])
    expect(results.filter(({ failures }) => failures.length > 0)).toEqual([])
  })

  test('has gradients that the differences confirm', async () => {
    expect(await run(['gradcheck', file], { cwd: folder })).toMatchObject({ code: 0 })
  })

  test('names its schema for the editor', async () => {
    expect(await readFile(folder + file, 'utf8')).toMatch(
      /^# yaml-language-server: \$schema=(\.\/)?graph\.schema\.json\n/,
    )
  })
})
