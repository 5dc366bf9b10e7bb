/** Runs that are stopped and go on from a checkpoint, beside one that is never stopped. */
import { expect } from 'vitest'
import { Graph, parseGraph, type GraphOptions } from '../../src/graph.js'
import type { Plan } from '../../src/language/plan.js'
import type { Checkpoint } from '../../src/train/checkpoint.js'
import type { TrainOptions } from '../../src/train/report.js'
import { VirtualClock } from './clock.js'

/** All that a run tells, in order: reports, updates and losses with their step numbers. */
export type Told = readonly unknown[]

export interface Taken {
  readonly checkpoint: Checkpoint
  /** How much had been told by then. */
  readonly told: number
}

export interface Whole {
  readonly plan: Plan
  readonly told: Told
  readonly taken: readonly Taken[]
  readonly last: Checkpoint
}

/** When checkpoints are taken: after each turn of the event loop (a step), or in callbacks. */
export type When = 'turns' | 'reports' | 'updates'

const each = 20 // more than the budget passes with each look at the clock: a slice is one step

/** A run from its beginning to its end, and checkpoints of it on the way. */
export function whole(
  text: string,
  options: TrainOptions,
  when: readonly When[],
  graphOptions: GraphOptions = {},
): Whole {
  const clock = new VirtualClock(each)
  const graph = parseGraph(text, { clock, ...graphOptions })
  const taken: Taken[] = []
  const told: unknown[] = []
  const take = (at: When) => {
    if (!when.includes(at)) return
    taken.push({ checkpoint: graph.checkpoint(), told: told.length })
  }
  listen(graph, told, take)
  train(graph, options, told, take)
  take('turns')
  while (clock.turn()) take('turns')
  return { plan: graph.plan, told, taken, last: graph.checkpoint() }
}

/** Goes on from a checkpoint in another graph, and expects what the whole run had still to tell. */
export function expectResumed(
  options: TrainOptions,
  { plan, told, last }: Whole,
  taken: Taken,
  graphOptions: GraphOptions = {},
): void {
  const clock = new VirtualClock(each)
  const graph = new Graph(plan, { clock, ...graphOptions })
  const retold: unknown[] = []
  graph.restore(JSON.parse(JSON.stringify(taken.checkpoint)) as Checkpoint)
  expect(plain(graph.checkpoint())).toEqual(plain(taken.checkpoint))
  listen(graph, retold, () => {})
  train(graph, options, retold, () => {})
  clock.run()
  // What is done tells its last report again.
  const done = taken.checkpoint.run?.todo === 'done'
  expect(retold).toEqual(done ? told.slice(-2) : told.slice(taken.told))
  expect(plain(graph.checkpoint())).toEqual(plain(last))
}

function listen(graph: Graph, told: unknown[], take: (at: When) => void): void {
  graph.values('loss').subscribe((message) => void told.push(message))
  const learning = graph.plan.nodes.filter(({ type, ...node }) => type === 'weight' && !('frozen' in node)) // prettier-ignore
  for (const node of learning) {
    graph.updates(node.name!).subscribe((message) => {
      told.push(bits(message))
      // Not before the last one has been told: what has happened is not told again.
      if (node === learning.at(-1)) take('updates')
    })
  }
}

function train(
  graph: Graph,
  options: TrainOptions,
  told: unknown[],
  take: (at: When) => void,
): void {
  graph.train(options).subscribe({
    next: ({ elapsed: _, ...report }) => {
      told.push(report)
      take('reports')
    },
    error: (error: unknown) => void told.push(String(error)),
    complete: () => void told.push('complete'),
  })
}

/** As text, without the time; -0 and 0 are two things. */
export function plain(checkpoint: Checkpoint): unknown {
  const { run } = checkpoint
  return JSON.parse(JSON.stringify({ ...checkpoint, run: run && { ...run, elapsed: 0 } }))
}

function bits(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (Object.is(part, -0) ? '-0' : part))
}
