/** Reports a hash of many results of each elementary function, as lines of name and number. */
import * as functions from '../../../src/gates/elementary/functions.js'
import { Draw, ranges } from './draw.js'

declare const report: (text: string) => void

const count = 100_000
const results = new Float64Array(count)
const words = new Uint32Array(results.buffer)

const all: Readonly<Record<string, (...values: number[]) => number>> = functions

for (const [name, f] of Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1))) {
  const draw = new Draw(4)
  const tables = ranges[name]!
  for (let i = 0; i < count; i++) {
    const values = tables.map((table) => (i % 4 ? draw.argument(table) : draw.pattern()))
    const y = f(...values)
    // Engines may choose the bits of NaN.
    results[i] = Number.isNaN(y) ? 42 : y
  }
  report(`${name} ${hash()}`)
}

/** FNV-1a (Fowler, Noll, Vo) over words. */
function hash(): string {
  let state = 0x811c9dc5
  for (const word of words) state = Math.imul(state ^ word ^ (word >>> 15), 0x01000193)
  return (state >>> 0).toString(16).padStart(8, '0')
}
