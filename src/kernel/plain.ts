/** Lowers gates of single numbers from tables: of each sort one is bound to its place, for all that are alike. */
import type { Binding } from './kernel.js'
import type { Layout } from './lower.js'
import { patternsOf, Straight, type Pattern, type Patterns } from './straight.js'
import { foldedAs, templateOf } from './template.js'

export class Plain {
  private readonly layout: Layout
  private readonly bind: (index: number, answers?: readonly number[]) => Binding
  private readonly known = new Map<number, Patterns>()

  constructor(layout: Layout, bind: (index: number, answers?: readonly number[]) => Binding) {
    this.layout = layout
    this.bind = bind
  }

  /** What such a gate does; absent where it takes its binding to say it. */
  patterns(index: number, answers?: readonly number[]): Patterns | undefined {
    const { kinds, portStart, portNodes, portValues, totals, weightsSize } = this.layout
    const first = portStart[index]!
    const ports = portStart[index + 1]! - first
    // Of what gates of a kind differ by: for each port what feeds it, and whether it is answered.
    let key = kinds[index]!
    if (key <= 0) return undefined
    for (let port = 0; port < ports; port++) {
      const node = portNodes[first + port]!
      const memory = node < 0 ? 3 + foldedAs(portValues[first + port]!) : totals[node]! < weightsSize ? 1 : 0 // prettier-ignore
      key = key * 32 + memory * 2 + (answers && answers[port]! >= 0 ? 1 : 0)
    }
    key = key * 4 + ports
    let patterns = this.known.get(key)
    if (patterns === undefined) {
      const template = templateOf(this.bind(index, answers))
      if (template.type === 'loop') return undefined
      this.known.set(key, (patterns = patternsOf(template)))
    }
    return patterns
  }

  /** What it does in one direction, where it answers to `answers`. */
  straight(index: number, pattern: Pattern, answers: readonly number[] = []): Straight {
    const { portStart, portNodes, portValues, offsets, totals, weightsSize } = this.layout
    const { from, ports, blank } = pattern
    const first = portStart[index]!
    // An array that grows would have room for more.
    const places = blank.slice()
    let values: number[] | undefined
    for (let at = 0; at < from.length; at++) {
      const port = from[at]!
      if (port < 0) places[at] = port === -1 ? offsets[index]! * 4 : totals[index]! * 4 + 2
      else {
        const node = portNodes[first + port]!
        if (node < 0) {
          values ??= []
          values[at] = portValues[first + port]!
          places[at] = -1
        } else places[at] = offsets[node]! * 4 + (totals[node]! < weightsSize ? 1 : 0)
      }
    }
    for (let at = 0; at < ports.length; at++) {
      const answer = ports[at]!
      places[from.length + at] = answer < 0 ? offsets[index]! * 4 : answers[answer]! * 4 + 2
    }
    return new Straight(index, pattern, places, values)
  }
}
