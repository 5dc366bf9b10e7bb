import { expect, test } from 'vitest'
import { loadGraph } from '../../src/files/load.js'
import { parseGraph } from '../../src/graph.js'
import { readFileSync } from 'node:fs'
import { cancel, heard, speech } from './echo.js'

const text = readFileSync('graphs/echo.yaml', 'utf8')
const lms = text.replace(' / (power + 0.01)', '').replace('0.5 }', '0.005 }')

/** The textbook's loop (Haykin, Adaptive Filter Theory), for the same signals. */
function byHand(length: number, last: number, rate: number, normalised: boolean): number {
  const x = speech(length)
  const t = heard(x)
  const h = Array.from({ length: 16 }, () => 0)
  const rest = x.map((_, at) => {
    const u = h.map((__, back) => x[at - back] ?? 0)
    const e = t[at]! - h.reduce((sum, w, back) => sum + w * u[back]!, 0)
    const power = normalised ? u.reduce((sum, value) => sum + value * value, 0) + 0.01 : 1
    u.forEach((value, back) => (h[back]! += (rate * e * value) / power))
    return e
  })
  const of = (signal: readonly number[]) => signal.slice(-last).reduce((sum, v) => sum + v * v, 0)
  return 10 * Math.log10(of(t) / of(rest))
}

test('NLMS takes the echo away by more than 40 dB, as the loop of the textbook does', async () => {
  const found = await cancel(await loadGraph('graphs/echo.yaml'), 800, 200)
  expect(found).toBeGreaterThan(40)
  expect(Math.abs(found - byHand(800, 200, 0.5, true))).toBeLessThan(1e-6)
})

test('LMS takes it away more slowly', async () => {
  const found = await cancel(parseGraph(lms), 4000, 500)
  const expected = byHand(4000, 500, 0.005, false)
  expect(found).toBeGreaterThan(20)
  expect(Math.abs(found - expected)).toBeLessThan(1e-6)
})
