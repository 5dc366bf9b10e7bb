/** Steps and reports as pages show them. */
import type { GraphEvent } from '../graph.js'
import { nameOf } from '../language/name.js'
import type { Nested, Plan } from '../language/plan.js'
import type { Value } from '../network/message.js'
import type { StepResult } from '../network/probe.js'
import type { TrainReport } from '../train/report.js'
import { readNested } from '../network/weights.js'
import type { Restored } from '../train/checkpoint.js'
import type { Point, Snapshot, WeightChange } from './protocol.js'
import { figure } from '../train/figures.js'
import { shown } from './shown.js'

/**
 * All messages of one step, and the order in which they were sent. Of a batch that runs as one
 * step the values and gradients of one sample, `chosen` from 0, as far as there are so many.
 */
export function waveOf(
  plan: Plan,
  events: readonly GraphEvent[],
  version: number,
  chosen = 0,
): Snapshot {
  const number = new Map(plan.nodes.map((_, index) => [nameOf(plan, index), index]))
  const values: Snapshot['values'][number][] = plan.nodes.map(() => null)
  const gradients: Snapshot['gradients'][number][] = plan.nodes.map(() => null)
  const wave = { down: [] as number[], up: [] as number[], updated: [] as number[] }
  let step = 0
  let loss: Snapshot['loss'] = null
  let batch = 1
  const pick = (value: Value, index: number) => {
    if (isStacked(value, plan, index)) batch = value.shape[0]!
    return shown(ofSample(value, plan, index, chosen))
  }
  for (const event of events) {
    if (event.type === 'value') {
      const index = number.get(event.node)!
      values[index] = pick(event.value, index)
      wave.down.push(index)
      step = event.step
      if (index === plan.loss) loss = figure(meanOf(event.value))
    } else if (event.type === 'gradient') {
      const index = number.get(event.node)!
      gradients[index] = event.gradient === 'none' ? 'none' : pick(event.gradient, index)
      wave.up.push(index)
    } else if (event.type === 'update') {
      const index = number.get(event.node)!
      values[index] = shown(event.value)
      wave.updated.push(index)
    }
  }
  const sample = Math.min(chosen, batch - 1)
  return { version, step, made: true, values, gradients, loss, wave, ...(batch > 1 && { batch, sample }) } // prettier-ignore
}

type Stacked = Extract<Value, object>

/** Whether a message has the samples of a batch as an axis before those of its node. */
function isStacked(value: Value, plan: Plan, index: number): value is Stacked {
  return typeof value === 'object' && value.shape.length > plan.nodes[index]!.shape.length
}

/** The part of one sample, of a message that may hold a batch of them; the last one where there are fewer. */
function ofSample(value: Value, plan: Plan, index: number, chosen: number): Value {
  if (!isStacked(value, plan, index)) return value
  const [batch = 1, ...shape] = value.shape
  const size = value.data.length / batch
  const from = Math.min(chosen, batch - 1) * size
  const data = value.data.subarray(from, from + size)
  return shape.length === 0 ? data[0]! : { shape, data }
}

/** A batch that runs as one step has a loss for each of its samples, in order. */
function meanOf(value: Value): number {
  if (typeof value === 'number') return value
  return value.data.reduce((sum, one) => sum + one, 0) / value.data.length
}

/**
 * One whole value or gradient that a step has sent, of the sample `chosen`; of an update the weight
 * that it left. Absent where nothing was sent, or `none`.
 */
export function sentBy(
  events: readonly GraphEvent[],
  plan: Plan,
  index: number,
  of: 'value' | 'gradient',
  chosen: number,
): Nested | undefined {
  if (plan.nodes[index] === undefined) return undefined
  const name = nameOf(plan, index)
  const sent = events.findLast((event) => 'node' in event && event.node === name && (event.type === of || (of === 'value' && event.type === 'update'))) // prettier-ignore
  const data = sent?.type === 'gradient' ? sent.gradient : sent?.type === 'value' || sent?.type === 'update' ? sent.value : undefined // prettier-ignore
  if (data === undefined || data === 'none') return undefined
  return nested(ofSample(data, plan, index, chosen))
}

/** A sample that was computed without a step of the run, by the names of the nodes. */
export function probed(
  { values, gradients, loss }: Pick<StepResult, 'values' | 'gradients' | 'loss'>,
  names: readonly { readonly name: string }[],
): Pick<Snapshot, 'made' | 'values' | 'gradients' | 'loss'> {
  return {
    made: false,
    values: names.map(({ name }) => orNull(values, name, (value) => shown(value))),
    gradients: names.map(({ name }) => orNull(gradients, name, (value) => shown(value))),
    loss: loss === undefined ? null : figure(loss),
  }
}

/** Single numbers of a picture, by node; absent where there is none, or a tensor. */
export function numbersIn(
  list: Snapshot['gradients'] | undefined,
): (node: number) => number | undefined {
  return (node) => {
    const value = list?.[node]
    return value === undefined || value === null || typeof value === 'object' || value === 'none'
      ? undefined
      : Number(value)
  }
}

/** A report as a point of the charts. */
export function pointOf({ step, epoch, loss, learningRate, metrics, test }: TrainReport): Point {
  return {
    step,
    epoch,
    loss: figure(loss),
    rate: figure(learningRate),
    metrics: numerals(metrics),
    ...(test && { test: numerals({ loss: test.loss, ...test.metrics }) }),
  }
}

function numerals(values: Readonly<Record<string, number>>): Point['metrics'] {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, figure(value)]))
}

/** What is known by a name, shown; null where nothing is. */
function orNull<V, S>(
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

/** A value as a nested list. */
export function nested(value: Value): Nested {
  return typeof value === 'number' ? value : readNested(value.data, 0, value.shape)
}

/** What `restore` did with the weights of a graph that takes the place of another. */
export function changesOf({ kept, fresh, dropped }: Restored): WeightChange[] {
  const all = (names: readonly string[], change: WeightChange['change']) =>
    names.map((name): WeightChange => ({ name, change }))
  const reset = new Set(fresh.filter((name) => dropped.includes(name)))
  return [
    ...all(kept, 'kept'),
    ...fresh.map((name): WeightChange => ({ name, change: reset.has(name) ? 'reset' : 'new' })),
    ...all(
      dropped.filter((name) => !reset.has(name)),
      'dropped',
    ),
  ]
}
