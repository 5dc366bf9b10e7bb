/** Gradient descent on one state: the sum of a batch, clipping, the rate of the day, the update. */
import type { State } from '../kernel/kernel.js'
import type { TrainingMemory } from '../kernel/training.js'
import type { Update } from '../kernel/update.js'
import { nameOf, positionOf } from '../language/name.js'
import type { PlanNode, TrainPlan, WeightNode } from '../language/plan.js'
import type { LiveFrame } from '../network/frame.js'
import type { Fault } from '../network/message.js'
import type { Wiring } from '../network/wiring.js'
import type { Schedule, ScheduleValue } from '../optimizers/schedule.js'
import { clipByNorm, clipByValue } from './clip.js'
import type { SavedDescent } from './saved.js'
import { add, copy, isFiniteIn } from './sums.js'
import { Table } from './table.js'

/** A run of weights that learn at the same rate, as offsets into all weights. */
export interface Range {
  readonly start: number
  readonly end: number
  /** Replaces the base learning rate. */
  readonly rate?: number
}

/** What descent works on. */
export interface DescentOptions {
  readonly wiring: Wiring
  readonly state: State
  readonly plan: TrainPlan
  readonly update: Update
  readonly schedule: Schedule | undefined
  /** 1 for every node that gets a gradient in learning. */
  readonly active: Uint8Array
  /** Steps that are open and may read the weights of now. */
  open(): number
  /**
   * Every step that answers is an update of its own, made before its frame is lent again: so the
   * update is computed from the gradients where they lie.
   */
  readonly direct?: boolean
  /** The model is now and then another one: by `write` and `read`. */
  readonly swapped?: boolean
}

/** The batch that is being gathered, and the update that it ends with. */
export class Descent {
  private readonly options: DescentOptions
  private readonly ranges: readonly Range[]
  /** What learns beside the ranges: tables whose gradients are sparse. */
  private readonly tables: readonly Table[]
  /** Of the batch so far; only where something learns does it mean anything. */
  sum: Float64Array
  /** Room for the next sum, so that a step which turns out not to be finite spoils nothing. */
  private spare: Float64Array | undefined
  /** Where the gradients are that the update is computed from. */
  private gradients: Float64Array
  /** The update has been computed, and is to be committed. */
  private computed = false
  /** Whether all that the update would write is finite. */
  private finite = true
  private updateNumber = 1
  private nextWeights: Float64Array
  private nextSlots: Float64Array[]
  /** A kernel has written `sum` since the tables were last asked which rows they use. */
  private elsewhere = false
  /** Where arrays lie that a kernel has lent. */
  private lender: ArrayBufferLike | undefined
  /** Steps of the batch so far that answered. */
  answered = 0
  private factor = 1
  private tick = -1
  /** Of the schedule: in a run of a single row each step asks for another factor. */
  private readonly parameters: ReadonlyMap<string, ScheduleValue>

  constructor(options: DescentOptions) {
    const { wiring, state, update, active, plan } = options
    this.options = options
    this.parameters = new Map(Object.entries(plan.schedule?.parameters ?? {}))
    // Clipping looks at all gradients.
    const sparse = update.still && plan.clip === undefined && options.swapped !== true
    this.tables = sparse ? tablesOf(wiring, active) : []
    this.ranges = rangesOf(wiring, active, this.tables)
    this.sum = new Float64Array(wiring.weightsSize)
    this.gradients = this.sum
    this.nextWeights = state.weights.slice()
    state.optimizer = update.initial.map((value) =>
      new Float64Array(wiring.weightsSize).fill(value),
    )
    state.updates = 0
    this.nextSlots = state.optimizer.map((slot) => slot.slice())
  }

  get updates(): number {
    return this.options.state.updates
  }

  /** The base learning rate after the schedule, as of the last update. */
  get rate(): number {
    return this.options.plan.learningRate * this.factor
  }

  /** Adds the gradients of a step to the batch, unless one of them is not finite. */
  accumulate(frame: LiveFrame, epoch: number): boolean {
    if (this.elsewhere) this.takeOver()
    if (this.options.direct && this.answered === 0) return this.takeDirectly(frame, epoch)
    const { ranges, tables } = this
    const { gradients } = frame
    if (tables.length > 0 && !this.allFinite(frame)) return false
    const { sum } = this
    if (this.answered === 0) {
      for (const { start, end } of ranges) if (!copy(gradients, sum, start, end)) return false
    } else if (tables.length > 0) {
      // It lies in one place with the tables, and has been found to be finite.
      for (const { start, end } of ranges) add(sum, gradients, sum, start, end)
    } else {
      const next = (this.spare ??= sum.slice())
      for (const { start, end } of ranges) if (!add(sum, gradients, next, start, end)) return false
      this.spare = sum
      this.sum = next
    }
    for (let at = 0; at < tables.length; at++) tables[at]!.add(frame, sum)
    this.answered++
    return true
  }

  /**
   * One update from the batch so far. Writes nothing where a result is not finite, and says
   * where; nor where no step of the batch answered.
   */
  update(epoch: number): undefined | 'empty' | Omit<Fault, 'step' | 'action'> {
    if (this.answered === 0) return 'empty'
    if (this.elsewhere) this.takeOver()
    if (!this.computed) {
      this.average()
      this.compute(this.sum, epoch)
    }
    this.answered = 0
    this.computed = false
    const failed = this.finite ? undefined : this.brokenAt(this.firstBroken())
    if (failed === undefined) this.commit()
    for (const table of this.tables) table.clear(this.sum)
    return failed
  }

  /** Computes the update of a single step without a copy of its gradients. */
  private takeDirectly(frame: LiveFrame, epoch: number): boolean {
    // Plain sgd makes a weight that is not finite of every gradient that is not.
    const { still } = this.options.update
    if (!still && !this.allFinite(frame)) return false
    for (const table of this.tables) table.add(frame, undefined)
    this.compute(frame.gradients, epoch)
    if (!this.finite && still && !this.allFinite(frame)) {
      for (const table of this.tables) table.clear(this.sum)
      return false
    }
    this.answered = 1
    this.computed = true
    return true
  }

  private allFinite(frame: LiveFrame): boolean {
    const { gradients } = frame
    for (const { start, end } of this.ranges) if (!isFiniteIn(gradients, start, end)) return false
    for (const table of this.tables) if (!table.finite(frame)) return false
    return true
  }

  /** Makes the sum of the batch its mean, within the bounds there are. */
  private average(): void {
    const { sum, ranges, tables, answered } = this
    const { clip } = this.options.plan
    if (answered > 1) {
      for (const { start, end } of ranges) for (let i = start; i < end; i++) sum[i]! /= answered
      for (const table of tables) table.divide(sum, answered)
    }
    if (clip?.value !== undefined) clipByValue(sum, ranges, clip.value)
    if (clip?.norm !== undefined) clipByNorm(sum, ranges, clip.norm)
  }

  /** Writes the next weights to the room for them. */
  private compute(gradients: Float64Array, epoch: number): void {
    const { state, plan } = this.options
    this.gradients = gradients
    this.updateNumber = state.updates + 1
    this.setFactor(plan.schedule?.per === 'update' ? state.updates : epoch)
    this.finite = true
    for (const { start, end, rate } of this.ranges) {
      this.eta = (rate ?? plan.learningRate) * this.factor
      this.run(start, end)
    }
    for (const table of this.tables) {
      this.eta = (table.rate ?? plan.learningRate) * this.factor
      // Only `w - 0` is w: with a negative rate -0 would become 0, with an infinite one all is NaN.
      if (!(this.eta >= 0 && this.eta < Infinity)) table.addAll()
      table.update(state.weights, this.nextWeights, this.run)
    }
  }

  /** Of the weights that are being computed. */
  private eta = 0
  private readonly run = (start: number, end: number): void => {
    const { state, update } = this.options
    const { gradients, nextWeights, nextSlots, eta, updateNumber } = this
    const finite = update.run(state.weights, gradients, nextWeights, state.optimizer, nextSlots, start, end, eta, updateNumber) // prettier-ignore
    if (!finite) this.finite = false
  }

  /** Begins with other weights. */
  startFrom(weights: Float64Array): void {
    this.replaceWeights(weights)
    // What does not learn is in both arrays from the start.
    this.nextWeights = weights.slice()
  }

  /** Numbers that `write` writes: the counters, the weights, the optimizer, what gates keep, a batch. */
  get recordSize(): number {
    const { state, plan } = this.options
    const size = state.weights.length
    const batch = plan.batch > 1 ? size : 0
    return 2 + size * (1 + state.optimizer.length) + state.gates.length + batch
  }

  /** Writes all that is of the model: for a descent that is `swapped`, between two steps. */
  write(memory: Float64Array, at: number): void {
    const { state, plan } = this.options
    memory[at++] = state.updates
    memory[at++] = this.answered
    at = put(state.weights, memory, at)
    for (const slot of state.optimizer) at = put(slot, memory, at)
    at = put(state.gates, memory, at)
    if (plan.batch > 1) put(this.sum, memory, at)
  }

  /** Goes on with another model, from what `write` wrote. A step that is open keeps the weights it reads. */
  read(memory: Float64Array, at: number): void {
    const { state, plan, open } = this.options
    if (open() > 0) state.weights = state.weights.slice()
    state.updates = memory[at++]!
    this.answered = memory[at++]!
    this.computed = false
    // What does not learn is in both arrays.
    take(memory, at, this.nextWeights)
    at = take(memory, at, state.weights)
    for (const slot of state.optimizer) at = take(memory, at, slot)
    at = take(memory, at, state.gates)
    if (plan.batch > 1) take(memory, at, this.sum)
  }

  /** Puts other weights in place of the present ones. */
  replaceWeights(weights: Float64Array): void {
    this.options.state.weights = weights.slice()
  }

  /** The optimizer and the batch as they are, without copies of the slots. */
  save(): SavedDescent {
    const { answered, tick } = this
    const { plan, state, update } = this.options
    const slots: Record<string, Float64Array> = Object.create(null)
    update.names.forEach((name, at) => {
      slots[name] = state.optimizer[at]!
    })
    return {
      optimizer: plan.optimizer.name,
      slots,
      updates: state.updates,
      tick,
      answered,
      // A step that is still open may add to it.
      ...(answered > 0 && { sum: this.gathered() }),
    }
  }

  /** The sum of the batch so far. */
  private gathered(): Float64Array {
    const { sum, gradients, ranges, tables } = this
    if (!this.computed) return sum.slice()
    // Of a single step that was taken directly there is none.
    const single = new Float64Array(sum.length)
    for (const { start, end } of [...ranges, ...tables]) copy(gradients, single, start, end)
    return single
  }

  /** Goes on from what `save` gave; a slot that is not in it begins afresh, as does one that is NaN. */
  load({ slots, updates, tick, answered, sum }: SavedDescent): void {
    const { state, update } = this.options
    state.optimizer.forEach((slot, at) => {
      const name = update.names[at]!
      const saved = Object.hasOwn(slots, name) ? slots[name]! : []
      for (let at = 0; at < saved.length; at++) if (saved[at] === saved[at]) slot[at] = saved[at]!
    })
    state.updates = updates
    this.nextSlots = state.optimizer.map((slot) => slot.slice())
    this.answered = answered
    // A batch that was begun is given up.
    for (const table of this.tables) table.clear(this.sum)
    if (sum !== undefined) {
      this.sum.set(sum)
      for (const table of this.tables) table.addAll()
    }
    if (tick >= 0) this.setFactor(tick)
  }

  // The arrays of before the update become the room for the next one, unless a step that is
  // still open reads them.
  private commit(): void {
    const { state, open } = this.options
    const weights = state.weights
    const slots = state.optimizer
    state.weights = this.nextWeights
    state.optimizer = this.nextSlots
    state.updates = this.updateNumber
    this.nextWeights = open() === 0 ? weights : state.weights.slice()
    this.nextSlots = slots
    for (const table of this.tables) table.swapped(state.weights)
  }

  /** A kernel has changed weights and slots in place; so many updates have been made now. */
  moved(updates: number): void {
    this.options.state.updates = updates
    for (const table of this.tables) table.forget()
  }

  /** Goes on with arrays that may be a kernel's; its own become the room for the next ones. */
  adopt({ weights, slots, sum }: Pick<TrainingMemory, 'weights' | 'slots' | 'sum'>): void {
    const { state } = this.options
    const before = this.lender
    if (weights !== state.weights) {
      if (state.weights.buffer !== before) this.nextWeights = state.weights
      state.weights = weights
      this.lender = weights.buffer
      for (const table of this.tables) table.forget()
    }
    if (slots !== state.optimizer) {
      if (state.optimizer[0]?.buffer !== before) this.nextSlots = state.optimizer
      state.optimizer = slots
    }
    if (sum !== this.sum) {
      if (this.sum.buffer !== before) this.spare = this.sum
      this.sum = sum
    }
    // One that has no memory of its own adds to the sum by `accumulate`.
    if (this.tables.length > 0 && sum.buffer === weights.buffer) this.elsewhere = true
  }

  /** Goes on with a batch of a kernel, which does not say which rows of a table are in it; or begins one behind it. */
  private takeOver(): void {
    this.elsewhere = false
    for (const table of this.tables) {
      table.addAll()
      if (this.answered === 0) table.clear(this.sum)
    }
  }

  /** Takes everything into memory of its own again. */
  own(): void {
    const { state } = this.options
    const { lender } = this
    if (lender === undefined) return
    const owned = (array: Float64Array) => (array.buffer === lender ? array.slice() : array)
    state.weights = owned(state.weights)
    state.optimizer = state.optimizer.map(owned)
    this.nextWeights = owned(this.nextWeights)
    this.nextSlots = this.nextSlots.map(owned)
    this.sum = owned(this.sum)
    this.gradients = owned(this.gradients)
    this.spare &&= owned(this.spare)
    this.lender = undefined
  }

  /** The factor of the learning rate at a tick of the schedule, which becomes that of now. */
  setFactor(tick: number): number {
    const { schedule, plan } = this.options
    if (schedule === undefined || tick === this.tick) return this.factor
    this.tick = tick
    this.factor = schedule.factor(tick, this.parameters, plan.learningRate)
    return this.factor
  }

  private firstBroken(): number {
    let first = this.firstBrokenInRanges()
    for (const table of this.tables) {
      const broken = table.firstBroken(this.nextWeights)
      if (broken >= 0 && (first < 0 || broken < first)) first = broken
    }
    return first
  }

  private firstBrokenInRanges(): number {
    const { nextWeights, nextSlots } = this
    for (const { start, end } of this.ranges) {
      for (let i = start; i < end; i++) if (nextWeights[i]! - nextWeights[i]! !== 0) return i
      for (const slot of nextSlots) {
        for (let i = start; i < end; i++) if (slot[i]! - slot[i]! !== 0) return i
      }
    }
    return -1
  }

  private brokenAt(offset: number): Omit<Fault, 'step' | 'action'> {
    const { wiring, state } = this.options
    const { plan, offsets, sizes } = wiring
    const index = plan.nodes.findIndex(
      ({ type }, at) =>
        type === 'weight' && offsets[at]! <= offset && offset < offsets[at]! + sizes[at]!,
    )
    const name = nameOf(plan, index)
    const position = positionOf(plan, index)
    const inputs: Record<string, number> = Object.create(null)
    inputs[name] = state.weights[offset]!
    inputs.gradient = this.gradients[offset]!
    const value = this.nextWeights[offset]!
    const what = Number.isFinite(value)
      ? 'what the optimizer keeps for it is not finite'
      : `it would be ${value}`
    return {
      node: name,
      ...(position && { position }),
      inputs,
      message: `the update of "${name}" failed: ${what}`,
    }
  }
}

/** The weights that learn and whose gradients are sparse. */
function tablesOf({ plan, offsets, sparse }: Wiring, active: Uint8Array): Table[] {
  return plan.nodes.flatMap((node, index) => {
    const rows = sparse[index]
    if (rows === undefined || !learns(node, index, active)) return []
    return [new Table(index, rows, offsets[index]!, node.learningRate)]
  })
}

function learns(node: PlanNode, index: number, active: Uint8Array): node is WeightNode {
  return node.type === 'weight' && node.frozen !== true && active[index] === 1
}

/** The weights that learn but those in tables; neighbours with the same rate in one run. */
export function rangesOf(
  { plan, offsets, sizes }: Wiring,
  active: Uint8Array,
  without: readonly Table[],
): Range[] {
  const ranges: { start: number; end: number; rate: number | undefined }[] = []
  plan.nodes.forEach((node, index) => {
    if (!learns(node, index, active)) return
    const start = offsets[index]!
    if (without.some((table) => table.start === start)) return
    const end = start + sizes[index]!
    const last = ranges.at(-1)
    if (last !== undefined && last.end === start && last.rate === node.learningRate) {
      last.end = end
    } else ranges.push({ start, end, rate: node.learningRate })
  })
  return ranges
}

// For a few elements a loop is faster than the call of a built-in.
function put(from: Float64Array, to: Float64Array, at: number): number {
  for (let i = 0; i < from.length; i++) to[at + i] = from[i]!
  return at + from.length
}

function take(from: Float64Array, at: number, to: Float64Array): number {
  for (let i = 0; i < to.length; i++) to[i] = from[at + i]!
  return at + to.length
}
