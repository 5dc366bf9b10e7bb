/** Steps and reports as pages show them. */
import type { GraphEvent } from '../graph.js'
import { nameOf } from '../language/name.js'
import type { Nested, Plan } from '../language/plan.js'
import type { Value } from '../network/message.js'
import type { TrainReport } from '../train/report.js'
import type { Point, Snapshot } from './protocol.js'
import { numeral, shown } from './shown.js'

/** All messages of one step, and the order in which they were sent. */
export function waveOf(plan: Plan, events: readonly GraphEvent[], version: number): Snapshot {
  const number = new Map(plan.nodes.map((_, index) => [nameOf(plan, index), index]))
  const values: Snapshot['values'][number][] = plan.nodes.map(() => null)
  const gradients: Snapshot['gradients'][number][] = plan.nodes.map(() => null)
  const wave = { down: [] as number[], up: [] as number[], updated: [] as number[] }
  let step = 0
  for (const event of events) {
    if (event.type === 'value') {
      const index = number.get(event.node)!
      values[index] = shown(event.value)
      wave.down.push(index)
      step = event.step
    } else if (event.type === 'gradient') {
      const index = number.get(event.node)!
      gradients[index] = shown(event.gradient)
      wave.up.push(index)
    } else if (event.type === 'update') {
      const index = number.get(event.node)!
      values[index] = shown(event.value)
      wave.updated.push(index)
    }
  }
  const loss = plan.loss === undefined ? null : values[plan.loss]!
  const number_ = typeof loss === 'object' ? null : loss
  return { version, step, values, gradients, loss: number_, wave }
}

/** A report as a point of the charts. */
export function pointOf({ step, epoch, loss, learningRate, metrics, test }: TrainReport): Point {
  return {
    step,
    epoch,
    loss: numeral(loss),
    rate: numeral(learningRate),
    metrics: numerals(metrics),
    ...(test && { test: numerals({ loss: test.loss, ...test.metrics }) }),
  }
}

function numerals(values: Readonly<Record<string, number>>): Point['metrics'] {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, numeral(value)]))
}

/** What is known by a name, shown; null where nothing is. */
export function orNull<V, S>(
  found: Readonly<Record<string, V>>,
  name: string,
  show: (value: V) => S,
): S | null {
  const value = found[name]
  return value === undefined ? null : show(value)
}

/** The elements of a nested list, row by row. */
export function numbersOf(value: Nested): number[] {
  return typeof value === 'number' ? [value] : value.flatMap(numbersOf)
}

/** A tensor as a nested list. */
export function nested(value: Value): Nested {
  if (typeof value === 'number') return value
  const { shape, data } = value
  const read = (axis: number, at: number): Nested => {
    if (axis === shape.length) return data[at]!
    const size = shape.slice(axis + 1).reduce((product, length) => product * length, 1)
    return Array.from({ length: shape[axis]! }, (_, index) => read(axis + 1, at + index * size))
  }
  return read(0, 0)
}
