/** Gates of single numbers from tables: of each sort one is bound to its place, for all that are alike. */
import { execute } from './compile.js'
import type { Binding, Executor, Kernel } from './kernel.js'
import type { Layout } from './lower.js'
import { patternsOf, Room, Straight, type Pattern, type Patterns } from './straight.js'
import { foldedAs, templateOf, type StraightTemplate } from './template.js'

/** What gates that are alike have in common. */
interface Sort {
  readonly template: StraightTemplate
  readonly patterns: Patterns
  /** Of one of them after the other. */
  readonly binding: Moving<Binding>
  readonly operands: Moving<{ offset: number; value: number }>[]
}

type Moving<T> = { -readonly [Key in keyof T]: T[Key] }

export class Plain {
  private readonly layout: Layout
  private readonly bind: (index: number, answers: readonly number[]) => Binding
  private readonly room = new Room()
  private readonly known = new Map<number, Sort>()

  /** `bind` puts a gate in its place, for each sort once. */
  constructor(layout: Layout, bind: (index: number, answers: readonly number[]) => Binding) {
    this.layout = layout
    this.bind = bind
  }

  /** What such a gate does by direction; absent where it takes its binding to say it. */
  patterns(index: number, answers: readonly number[]): Patterns | undefined {
    return this.sortOf(index, answers)?.patterns
  }

  /** What runs it; absent as above. */
  kernel(index: number, answers: readonly number[], executor: Executor): Kernel | undefined {
    const sort = this.sortOf(index, answers)
    if (sort === undefined) return undefined
    const { portStart, portNodes, portValues, offsets, totals } = this.layout
    const { binding, operands, template } = sort
    for (let port = 0, at = portStart[index]!; port < operands.length; port++, at++) {
      const node = portNodes[at]!
      if (node < 0) operands[port]!.value = portValues[at]!
      else operands[port]!.offset = offsets[node]!
    }
    binding.output = offsets[index]!
    binding.gradient = totals[index]!
    binding.answers = answers
    return execute(template, binding, executor)
  }

  private sortOf(index: number, answers: readonly number[]): Sort | undefined {
    const { kinds, portStart, portNodes, portValues, totals, weightsSize } = this.layout
    const first = portStart[index]!
    const ports = portStart[index + 1]! - first
    // Of what gates of a kind differ by: for each port what feeds it, and whether it is answered.
    let key = kinds[index]!
    if (key <= 0) return undefined
    for (let port = 0; port < ports; port++) {
      const node = portNodes[first + port]!
      const memory = node < 0 ? 3 + foldedAs(portValues[first + port]!) : totals[node]! < weightsSize ? 1 : 0 // prettier-ignore
      key = key * 32 + memory * 2 + (answers[port]! >= 0 ? 1 : 0)
    }
    key = key * 4 + ports
    let sort = this.known.get(key)
    if (sort === undefined) {
      const binding = this.bind(index, answers)
      const template = templateOf(binding) as StraightTemplate // it has no more than two inputs to fold
      const operands = binding.operands as unknown as Sort['operands'] // they are ours, and have one of the two
      this.known.set(key, (sort = { template, patterns: patternsOf(template), binding, operands }))
    }
    return sort
  }

  /** What it does in one direction. */
  straight(index: number, pattern: Pattern, answers: readonly number[]): Straight {
    const { portStart, portNodes, portValues, offsets, totals, weightsSize } = this.layout
    const { from, ports } = pattern
    const first = portStart[index]!
    const start = this.room.take(from.length + ports.length)
    const { table } = this.room
    let values: number[] | undefined
    for (let at = 0; at < from.length; at++) {
      const port = from[at]!
      if (port < 0) table[start + at] = port === -1 ? offsets[index]! * 4 : totals[index]! * 4 + 2
      else {
        const node = portNodes[first + port]!
        if (node < 0) {
          values ??= []
          values[at] = portValues[first + port]!
          table[start + at] = -1
        } else table[start + at] = offsets[node]! * 4 + (totals[node]! < weightsSize ? 1 : 0)
      }
    }
    for (let at = 0; at < ports.length; at++) {
      const answer = ports[at]!
      table[start + from.length + at] = answer < 0 ? offsets[index]! * 4 : answers[answer]! * 4 + 2
    }
    return new Straight(index, pattern, table, start, values)
  }
}
