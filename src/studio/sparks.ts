/** The last values of each weight, as little lines. */
import type { ShownGraph, Snapshot } from '../remote/protocol.js'

const most = 80
const width = 112
const height = 18

export class Sparks {
  private readonly seen = new Map<number, number[]>()

  constructor({ nodes }: ShownGraph) {
    nodes.forEach(({ type, shape }, index) => {
      if (type === 'weight' && shape.length === 0) this.seen.set(index, [])
    })
  }

  add({ values }: Snapshot): void {
    for (const [node, line] of this.seen) {
      const value = Number(values[node])
      if (!Number.isFinite(value) || values[node] === null) continue
      line.push(value)
      if (line.length > most) line.shift()
    }
  }

  /** The line of a weight as a path, from its least to its greatest value. */
  path(node: number): string {
    const line = this.seen.get(node)
    if (line === undefined || line.length < 2) return ''
    const least = Math.min(...line)
    const range = Math.max(...line) - least || 1
    return line
      .map((value, at) => {
        const x = (at / Math.max(line.length - 1, 12)) * width
        const y = height - ((value - least) / range) * height
        return `${at === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`
      })
      .join('')
  }
}
