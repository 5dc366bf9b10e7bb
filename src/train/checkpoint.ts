/**
 * Checkpoints as data: plain objects of texts, numbers and lists (long ones typed arrays) that JSON
 * holds without losing a bit. One has the model, and the training run that it is in or was stopped
 * in, if any.
 */
import { EagreError } from '../errors.js'
import type { State } from '../kernel/kernel.js'
import { nameOf } from '../language/name.js'
import { eachMemory, memorySize } from '../network/memory.js'
import type { Wiring } from '../network/wiring.js'
import { show } from '../network/pack.js'
import { figure, figures, Numbers, Part, type Figures, type Portable } from './figures.js'
import { differences, inventoryOf, listed, type Inventory } from './inventory.js'
import { readRun, type Resume } from './savedrun.js'
import type { SavedRun } from './saved.js'
import { readLearn, type ResumeLearn, type SavedLearn } from './savedlearn.js'

/** A graph between two steps. Numbers are in the order of their tensors, row by row. */
export interface Checkpoint {
  readonly kind: 'eagre-checkpoint'
  readonly format: 1
  /** What it is of, so that another graph is told from it. */
  readonly graph: Inventory
  /** Steps of all uses of the graph so far. */
  readonly steps: number
  /** By name. */
  readonly weights: Readonly<Record<string, Figures>>
  /** What stateful gates keep, by name; absent where there are none. */
  readonly memory?: Readonly<Record<string, Figures>>
  /** The past steps that gradients go back to. */
  readonly past?: Figures
  /** The training that goes on from here; absent where nothing has been trained. */
  readonly run?: Portable<SavedRun>
  /** The learning from a stream that goes on from here. */
  readonly learn?: Portable<SavedLearn>
}

/** What `restore` did with each weight. */
export interface Restored {
  /** Has the value that was given. */
  readonly kept: readonly string[]
  /** Has the value that it had: nothing was given for it, or nothing of its shape. */
  readonly fresh: readonly string[]
  /** Was given, and is not in the graph, or has another shape there. */
  readonly dropped: readonly string[]
}

/** Where training and learning from a stream are. */
export interface Runs {
  readonly run?: SavedRun | undefined
  readonly learn?: SavedLearn | undefined
}

/** Where training and learning go on. */
export interface Resumes {
  readonly run?: Resume | undefined
  readonly learn?: ResumeLearn | undefined
}

/** Whether something is meant to be a checkpoint, rather than weights by name. */
export function isCheckpoint(value: unknown): value is Checkpoint {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind
}

const kind = 'eagre-checkpoint'

/** A checkpoint that shares no memory with the graph. */
export function takeCheckpoint(
  wiring: Wiring,
  state: Pick<State, 'weights' | 'gates'>,
  steps: number,
  { run, learn }: Runs,
): Checkpoint {
  return {
    kind,
    format: 1,
    graph: inventoryOf(wiring.plan),
    steps,
    weights: byWeight(wiring, state.weights),
    ...memoryOf(wiring, state.gates),
    // Both as their types say.
    ...(run !== undefined && { run: portable(wiring, run) as Portable<SavedRun> }),
    ...(learn !== undefined && { learn: portable(wiring, learn) as Portable<SavedLearn> }),
  }
}

/** A checkpoint taken apart for a graph, which it has not changed yet. */
export interface Opened {
  readonly weights: Float64Array
  /** 0, as at first, where the checkpoint has nothing for a gate, or is of another one. */
  readonly gates: Float64Array
  readonly steps: number
  readonly resuming: Resumes
  readonly stopped: Runs
  readonly restored: Restored
}

/**
 * Reads a checkpoint. Throws `bad-data` for what is none and, unless `partial`, for one of another
 * graph. `present` are the weights of now, which stay where nothing takes their place.
 */
export function openCheckpoint(
  wiring: Wiring,
  present: Float64Array,
  checkpoint: Checkpoint,
  partial: boolean,
): Opened {
  if (checkpoint.format !== 1) {
    throw new EagreError(
      'bad-data',
      `a checkpoint of format ${show(checkpoint.format)} is unknown; this version reads format 1`,
    )
  }
  const whole = new Part(checkpoint, 'checkpoint')
  const graph = readInventory(whole.field('graph'))
  const clauses = differences(wiring.plan, graph)
  const changed = clauses.length > 0
  if (changed && !partial) {
    throw new EagreError('bad-data', `the checkpoint is of another graph: ${listed(clauses)}`, {
      hint: 'restore(checkpoint, { partial: true }) takes what fits by name and shape',
    })
  }
  const fits = (name: string, index: number) => !changed || sameShape(wiring, graph, name, index)
  const read = (part: Part, base: Float64Array) =>
    readByWeight(wiring, part, base, changed ? fits : undefined)
  const weights = whole.field('weights')
  const names = weights.names()
  const kept: string[] = []
  const fresh: string[] = []
  eachWeight(wiring, (name, index) => {
    if (Object.hasOwn(weights.object(), name) && fits(name, index)) kept.push(name)
    else fresh.push(name)
  })
  const known = new Set(kept)
  const nothing = new Float64Array(wiring.weightsSize).fill(Number.NaN)
  const run = whole.maybe('run', (part) => readRun(part, (inner) => read(inner, nothing)))
  const saved = whole.maybe('learn', (part) => readLearn(part, (inner) => read(inner, nothing)))
  const resume = run && {
    ...{ run, partial, changed },
    unmeasured: wiring.plan.nodes.some(
      (node) => node.type === 'weight' && node.statistic && fresh.includes(node.name),
    ),
  }
  return {
    weights: read(weights, present),
    gates: readGates(wiring, whole, changed ? graph : undefined),
    steps: whole.field('steps').whole(),
    resuming: {
      run: resume,
      // No frame of another graph can be opened again.
      learn: saved && { saved: changed ? { ...saved, versions: undefined } : saved, partial },
    },
    // What is of another graph is not that of this one, until it has gone on.
    stopped: changed ? {} : { run, learn: saved },
    restored: { kept, fresh, dropped: names.filter((name) => !known.has(name)) },
  }
}

function memoryOf(wiring: Wiring, gates: Float64Array): Pick<Checkpoint, 'memory' | 'past'> {
  if (wiring.stateSize === 0) return {}
  const memory: Record<string, Figures> = Object.create(null)
  eachMemory(wiring, (name, start, size) => {
    memory[name] = figures(gates, start, start + size)
  })
  const end = memorySize(wiring)
  return { memory, ...(end < gates.length && { past: figures(gates, end) }) }
}

/** What gates keep; of another graph, `saved`, that of gates which are there as they were. */
function readGates(wiring: Wiring, whole: Part, saved: Inventory | undefined): Float64Array {
  const gates = new Float64Array(wiring.stateSize)
  const memory = whole.maybe('memory', (part) => part)
  if (memory === undefined) return gates
  const given = memory.object()
  eachMemory(wiring, (name, start, size) => {
    const fits = saved === undefined || sameFormula(wiring, saved, name)
    if (saved !== undefined && !(fits && Object.hasOwn(given, name))) return
    gates.set(memory.field(name).numbers(size), start)
  })
  const start = memorySize(wiring)
  if (saved === undefined && start < gates.length) {
    gates.set(whole.field('past').numbers(gates.length - start), start)
  }
  return gates
}

/** Whether the formula that a node stands in is what it was, and its shape. */
function sameFormula({ plan }: Wiring, { nodes }: Inventory, name: string): boolean {
  const present = inventoryOf(plan).nodes
  for (let end = name.length; end > 0; end = name.lastIndexOf('.', end - 1)) {
    const owner = name.slice(0, end)
    if (Object.hasOwn(present, owner)) return Object.hasOwn(nodes, owner) && nodes[owner] === present[owner] // prettier-ignore
  }
  return false
}

function readInventory(part: Part): Inventory {
  const nodes: Record<string, string> = Object.create(null)
  const field = part.field('nodes')
  for (const name of field.names()) nodes[name] = field.field(name).text()
  return { name: part.field('name').text(), hash: part.field('hash').text(), nodes }
}

function sameShape({ plan }: Wiring, saved: Inventory, name: string, index: number): boolean {
  const { shape } = plan.nodes[index]!
  const start = shape.length === 0 ? 'weight' : `weight [${shape.join(', ')}]`
  const line = Object.hasOwn(saved.nodes, name) ? saved.nodes[name]! : ''
  return line === start || (line.startsWith(`${start} `) && !line.startsWith(`${start} [`))
}

/** All weights in one array; without `fits` all have to be there, else the others are as in `base`. */
function readByWeight(
  wiring: Wiring,
  part: Part,
  base: Float64Array,
  fits: ((name: string, index: number) => boolean) | undefined,
): Float64Array {
  const all = base.slice()
  const given = part.object()
  eachWeight(wiring, (name, index) => {
    if (fits !== undefined && !(Object.hasOwn(given, name) && fits(name, index))) return
    all.set(part.field(name).numbers(wiring.sizes[index]), wiring.offsets[index])
  })
  return all
}

function byWeight(wiring: Wiring, all: Float64Array): Record<string, Figures> {
  const lists: Record<string, Figures> = Object.create(null)
  eachWeight(wiring, (name, index) => {
    const start = wiring.offsets[index]!
    lists[name] = figures(all, start, start + wiring.sizes[index]!)
  })
  return lists
}

function portable(wiring: Wiring, value: unknown): unknown {
  if (typeof value === 'number') return figure(value)
  if (value instanceof Numbers) return value
  if (value instanceof Float64Array) return byWeight(wiring, value)
  if (Array.isArray(value)) return value.map((item) => portable(wiring, item))
  if (typeof value !== 'object' || value === null) return value
  const copy: Record<string, unknown> = Object.create(null)
  for (const [name, field] of Object.entries(value)) {
    if (field !== undefined) copy[name] = portable(wiring, field)
  }
  return copy
}

function eachWeight({ plan }: Wiring, callback: (name: string, index: number) => void): void {
  plan.nodes.forEach(({ type }, index) => {
    if (type === 'weight') callback(nameOf(plan, index), index)
  })
}
