/**
 * `kill -9` at random moments: every run that is resumed until it ends prints what one that was
 * never killed prints, to the last bit. `KILLS=1000` kills more often than the 25 times of a test.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { seeded } from '../../src/optimizers/random.js'
import { folderWith } from './harness.js'

const main = new URL('../../dist/cli/main.js', import.meta.url).pathname
const kills = Number(process.env['KILLS'] ?? 25)
const env = { PATH: process.env['PATH'] }

const rows = Array.from({ length: 40 }, (_, at) => `{ x: ${at / 7 - 2}, t: ${Math.sin(at)} }`)
const graph = (units: number, epochs: number) => `name: killed
inputs: [x]
targets: [t]
gates:
  h: dropout(dense(standardize(x) * const, units=${units}, activation=tanh), p=0.1)
  y: mean(h * v)
weights: { v: { shape: [${units}], init: uniform } }
constants: { const: [1] }
loss: (y - t)^2
metrics: { off: abs(y - t), fit: "r2(y, t)" }
train:
  epochs: ${epochs}
  batch: 3
  shuffle: true
  optimizer: adam
  learning_rate: 0.01
  schedule: { cosine: { t_max: ${epochs} } }
  until: { restore_best: true }
  budget: 1ms
  data: { rows: [${rows.join(', ')}], split: { test: 0.2, order: shuffled } }
`

let folder: Awaited<ReturnType<typeof folderWith>>
beforeAll(async () => {
  // A file of JSON, and one with its numbers in binary.
  folder = await folderWith({ 'small.yaml': graph(4, 4000), 'large.yaml': graph(1500, 60) })
})
afterAll(() => folder.remove())

describe.skipIf(!existsSync(main))('a run that is killed', () => {
  test.each([
    ['small', Math.ceil(kills * 0.6)],
    ['large', Math.ceil(kills * 0.4)],
  ])(
    'and resumed ends as if it had not been: %s, %d times',
    async (name, wanted) => {
      const argv = [main, 'train', `${name}.yaml`, '--json']
      const options = { cwd: folder.path, env, encoding: 'utf8' } as const
      const whole = lastLine(execFileSync(process.execPath, argv, options))
      const { uniform } = seeded(Date.now(), 'kills')
      const counts = { killed: 0, ended: 0, whileSaving: 0, resumed: 0, fallen: 0 }
      let ofRun = 0
      while (counts.killed < wanted || ofRun > 0) {
        // At the latest then it may come to its end.
        const mercy = ofRun === 25 || counts.killed === wanted
        const at = `${name}${counts.ended}`
        const path = join(folder.path, at)
        const saved = () => existsSync(path) && readdirSync(path).some((file) => /\d\.(json|bin)$/.test(file)) // prettier-ignore
        const had = saved()
        const saving = ['--checkpoint', at, '--every', '15ms', ...(had ? ['--resume'] : [])]
        const child = spawn(process.execPath, [...argv, ...saving], options)
        let [stdout, stderr] = ['', '']
        child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
        child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
        const closed = once(child, 'close')
        // Some at any moment, most while it trains and saves.
        if (uniform() > 0.15) {
          const begun = () => (had ? stderr.includes('resumed') : saved())
          while (!begun() && child.exitCode === null) await sleep(5)
        }
        const timer = setTimeout(() => mercy || child.kill('SIGKILL'), uniform() * 400)
        const [code, signal] = (await closed) as [number | null, string | null]
        clearTimeout(timer)
        if (stderr.includes('resumed from')) counts.resumed++
        // What is damaged is refused; a crash of the program alone damages nothing.
        if (/is (damaged|cut short|empty)/.test(stderr)) counts.fallen++
        if (signal === 'SIGKILL') {
          counts.killed++
          ofRun++
          if (existsSync(path) && readdirSync(path).some((file) => file.endsWith('.tmp'))) {
            counts.whileSaving++
          }
          continue
        }
        expect({ code, stderr }).toMatchObject({ code: 0 })
        expect(lastLine(stdout)).toBe(whole)
        counts.ended++
        ofRun = 0
      }
      if (process.env['KILLS'] !== undefined) console.log(`${name}: ${JSON.stringify(counts)}`)
      expect(counts.fallen).toBe(0)
    },
    60_000 + kills * 5000,
  )
})

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1)!
}
