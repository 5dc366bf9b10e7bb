/**
 * `kill -9` at random moments: every run that is resumed until it ends prints what one that was
 * never killed prints, to the last bit. `KILLS=1000` kills more often than the 25 times of a test.
 * As a process takes long to start, most runs share one with nine others.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { seeded } from '../../src/optimizers/random.js'
import { folderWith, learnedLine } from './harness.js'

const main = new URL('../../dist/cli/main.js', import.meta.url).pathname
const manyOf = {
  trains: [new URL('killed.mjs', import.meta.url).pathname, 'small.yaml', '10'],
  learns: [new URL('killedlearn.mjs', import.meta.url).pathname, '10', '400'],
}
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

const { uniform } = seeded(Date.now(), 'kills')

describe.skipIf(!existsSync(main))('a run that is killed', () => {
  test.each([
    ['small', Math.ceil(kills / 5)],
    ['large', Math.ceil(kills / 10)],
  ])(
    'and resumed by the command ends as if it had not been: %s, %d times',
    async (name, wanted) => {
      const argv = [main, 'train', `${name}.yaml`, '--json']
      const whole = learnedLine(execFileSync(process.execPath, argv, options()))
      const counts = { killed: 0, ended: 0, whileSaving: 0, resumed: 0, fallen: 0 }
      let ofRun = 0
      while (counts.killed < wanted || ofRun > 0) {
        // At the latest then it may come to its end.
        const mercy = ofRun === 25 || counts.killed === wanted
        const at = `${name}${counts.ended}`
        const path = join(folder.path, at)
        const had = saved(path)
        const saving = ['--checkpoint', at, '--every', '15ms', ...(had ? ['--resume'] : [])]
        const begun = ({ stderr }: Output) => (had ? stderr.includes('resumed') : saved(path))
        const { code, killed, stdout, stderr } = await life([...argv, ...saving], begun, mercy)
        if (stderr.includes('resumed from')) counts.resumed++
        // What is damaged is refused; a crash of the program alone damages nothing.
        if (/is (damaged|cut short|empty)/.test(stderr)) counts.fallen++
        if (killed) {
          counts.killed++
          ofRun++
          if (unsaved(path)) counts.whileSaving++
          continue
        }
        expect({ code, stderr }).toMatchObject({ code: 0 })
        expect(learnedLine(stdout)).toBe(whole)
        counts.ended++
        ofRun = 0
      }
      if (process.env['KILLS'] !== undefined) console.log(`${name}: ${JSON.stringify(counts)}`)
      expect(counts.fallen).toBe(0)
    },
    60_000 + kills * 5000,
  )

  test.each(['trains', 'learns'] as const)(
    'with nine others ends as if it had not been: one that %s',
    async (what) => {
      const argv = (at: string) => [...manyOf[what], at]
      const whole = execFileSync(process.execPath, argv(`whole${what}`), options())
      const counts = { killed: 0, ended: 0, whileSaving: 0 }
      let ofRun = 0
      const wanted = Math.ceil(kills / 10) * 10
      while (counts.killed < wanted || ofRun > 0) {
        const mercy = ofRun === 250 || counts.killed === wanted
        const at = `${what}${counts.ended}`
        const begun = ({ stdout }: Output) => stdout.includes('going')
        const { code, killed, stdout, stderr } = await life(argv(at), begun, mercy)
        if (killed) {
          counts.killed += 10
          ofRun += 10
          for (let run = 0; run < 10; run++) {
            if (unsaved(join(folder.path, at, `${run}`))) counts.whileSaving++
          }
          continue
        }
        expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
        expect(stdout).toBe(whole)
        counts.ended += 10
        ofRun = 0
      }
      if (process.env['KILLS'] !== undefined) console.log(`${what}: ${JSON.stringify(counts)}`)
    },
    60_000 + kills * 5000,
  )
})

interface Output {
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program until it ends or is killed: some at any moment, most after `begun`. */
async function life(argv: readonly string[], begun: (output: Output) => boolean, mercy: boolean) {
  const child = spawn(process.execPath, argv, options())
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text))
  const closed = once(child, 'close')
  if (uniform() > 0.15) while (!begun(output) && child.exitCode === null) await sleep(5)
  const timer = setTimeout(() => mercy || child.kill('SIGKILL'), uniform() * 400)
  const [code, signal] = (await closed) as [number | null, string | null]
  clearTimeout(timer)
  return { ...output, code, killed: signal === 'SIGKILL' }
}

function options() {
  return { cwd: folder.path, env, encoding: 'utf8' } as const
}

function saved(path: string): boolean {
  return existsSync(path) && readdirSync(path).some((file) => /\d\.(json|bin)$/.test(file))
}

/** Whether it was killed while it wrote a file. */
function unsaved(path: string): boolean {
  return existsSync(path) && readdirSync(path).some((file) => file.endsWith('.tmp'))
}
