/** The programs of this folder, as a user runs them. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const run = (name: string) =>
  execFileSync(process.execPath, [fileURLToPath(new URL(name, import.meta.url))], {
    encoding: 'utf8',
  })
const number = (text: string, pattern: RegExp) => Number(pattern.exec(text)?.[1])

test('latency: predictions go out at once, and get better when the answers are back', () => {
  const told = run('latency.mjs')
  expect(number(told, /^(\d+) predictions/)).toBe(6000)
  expect(number(told, /(\d+) labels never came/)).toBeGreaterThan(20)
  const first = number(told, /first 1000: ([\d.]+)/)
  const last = number(told, /last 1000: ([\d.]+)/)
  // The noise alone has a mean error of 0.025 s.
  expect(last).toBeLessThan(0.06)
  expect(first).toBeGreaterThan(5 * last)
})

test('clicks: tables of hashed texts learn who likes what', () => {
  const told = run('clicks.mjs')
  const blind = number(told, /rate: ([\d.]+)/)
  expect(number(told, /last 5000: ([\d.]+)/)).toBeLessThan(blind - 0.04)
  expect(number(told, /AUC ([\d.]+)/)).toBeGreaterThan(0.7)
})

test('recurrent: a memory tells what the present does not', () => {
  const told = run('recurrent.mjs')
  expect(number(told, /first 20: ([\d.]+)/)).toBeGreaterThan(0.5)
  expect(number(told, /last 500: ([\d.]+)/)).toBeLessThan(0.2)
})
