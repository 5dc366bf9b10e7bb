/** The operations of a step as functions in WebAssembly over the memory of the run. */
import type { MatrixPlace, MatrixProduct, Products, RowSums } from '../../gates/gate.js'
import { variablesOf } from '../code.js'
import { tensorPlaceOf } from '../dense.js'
import {
  othersOf,
  type Assign,
  type Call,
  type Direction,
  type Loop,
  type Operation,
} from '../region.js'
import { roll, type Rolled } from '../roll.js'
import { Straight } from '../straight.js'
import type { Training } from '../training.js'
import { Assigns } from './assigns.js'
import type { Calls } from './calls.js'
import type { Binary } from './binary.js'
import { Cells } from './cells.js'
import type { Code } from './code.js'
import type { Layout } from './layout.js'
import { emitLoop, emitSum, type Context } from './loop.js'
import type { Outers } from './outer.js'
import { emitProduct, oriented, panelOf, type Base } from './product.js'
import { emitAnswers, emitLosses, likelihoodOf } from './likelihood.js'
import { flowOf, Rounds } from './rolled.js'
import { emitRowSums } from './rowsums.js'

/**
 * A part of a step: a function of the module, by its index, or one of the host, by its place. A
 * function gets the address of the weights and, where samples are computed together, how many
 * bytes on their frame lies; one that computes `all` of them gets only the weights. One that `fails`
 * returns whether it did, and then nothing of the step counts.
 */
export type Part =
  | {
      readonly type: 'function'
      readonly index: number
      readonly all?: number
      readonly fails?: true
    }
  | { readonly type: 'host'; readonly place: number }

/** Operations that the host runs, on the same memory. */
export type HostOperation = Loop | Call

// Compilers take long over functions that are much longer; shorter ones are called too often.
const perFunction = 200

/** How many numbers of room the products of a run need, of so many samples together. */
export function panelSize({ region }: Training, count = 1): number {
  let most = 0
  for (const operation of othersOf(region)) {
    for (const product of productsOf(operation) ?? []) {
      const rows = Math.max(product.rows, count)
      most = Math.max(most, panelOf(product), panelOf({ ...product, rows }))
    }
  }
  return most
}

/** Operations that no code is made of. */
export function hostOperations({ region }: Training): HostOperation[] {
  return othersOf(region).filter(isForHost)
}

/** Writes functions for operations in order, and says how they and the host share the work. */
export function writeStep(
  binary: Binary,
  calls: Calls,
  layout: Layout,
  training: Training,
  hosted: readonly HostOperation[],
  operations: readonly Operation[],
  outers: Outers,
): Part[] {
  const together = layout.frames.count > 1
  const pieces = split(operations, together ? outers : undefined)
  const cells = new Cells(layout, training.weightsSize)
  const needed = neededOutside(training, pieces, cells)
  return pieces.map((piece): Part => {
    if (!Array.isArray(piece)) return { type: 'host', place: hosted.indexOf(piece) }
    const parameters = together ? (['i32', 'i32'] as const) : (['i32'] as const)
    const contextOf = (code: Code) => {
      return { code, calls, layout, weights: 0, ...(together && { frame: 1 }) }
    }
    const likelihood = likelihoodIn(piece, 'forward')
    if (likelihood !== undefined) {
      const write = (code: Code) => emitLosses(contextOf(code), likelihood)
      return {
        type: 'function',
        index: binary.function({ parameters, result: 'i32' }, write),
        fails: true,
      }
    }
    const index = binary.function({ parameters }, (code) => {
      const context = contextOf(code)
      const writer = new Writer(context, cells, needed, outers)
      writer.writeAll(piece)
    })
    const [first] = piece
    if (!together || first === undefined || !isShared(first, outers)) {
      return { type: 'function', index }
    }
    const all = binary.function({ parameters: ['i32'] }, (code) => {
      new Writer({ code, calls, layout, weights: 0 }, cells, needed, outers).together(first)
    })
    return { type: 'function', index, all }
  })
}

/** Multiplications that one sample takes in products which samples can be computed in together. */
export function sharedWork({ region }: Training, outers: Outers): number {
  let work = 0
  for (const operation of othersOf(region)) {
    if (!isShared(operation, outers)) continue
    for (const { rows, n, inner } of productsOf(operation)!) work += rows * n * inner
  }
  return work
}

/** Whether it is rows of the samples times matrices that are the same for all of them. */
function isShared(operation: Operation | Rolled, outers: Outers): operation is Call {
  if (operation.type !== 'call') return false
  const products = productsOf(operation)
  return (
    products !== undefined &&
    products.every((product) => {
      const { rows, n, x, b } = oriented(product)
      if (isOuter(product, outers)) return true
      const own = (memory: number | string) => {
        return typeof memory === 'string' || operation.binding.operands[memory]!.memory === 'values' // prettier-ignore
      }
      return rows === 1 && n > 1 && own(x.memory) && !own(b.memory)
    })
  )
}

function isOuter({ to }: MatrixProduct, outers: Outers): boolean {
  return to.memory === 'gradients' && outers.has(to.at)
}

function isForHost(operation: Operation | Rolled): operation is HostOperation {
  if (operation.type === 'call') {
    if (operation.rule?.products !== undefined || rowSumsOf(operation) !== undefined) return false
    return likelihoodOf(operation) === undefined
  }
  return operation.type === 'loop' && operation.template.type === 'loop'
}

function productsOf(operation: Operation): Products['forward'] | undefined {
  if (operation.type !== 'call') return undefined
  const { rule, binding, direction } = operation
  return rule?.products?.(tensorPlaceOf(binding))[direction]
}

/** What becomes a function, and what the host runs. */
type Piece = (Operation | Rolled)[] | HostOperation

/** With `outers` what samples are computed together in is a piece of its own. */
function split(operations: readonly Operation[], outers?: Outers): Piece[] {
  const pieces: Piece[] = []
  let piece: (Operation | Rolled)[] = []
  let size = 0
  const flush = () => {
    if (piece.length > 0) pieces.push(piece)
    piece = []
    size = 0
  }
  for (const operation of roll(operations)) {
    if (isForHost(operation)) {
      flush()
      pieces.push(operation)
      continue
    }
    const fails = likelihoodIn([operation], 'forward') !== undefined
    if (fails || (outers !== undefined && isShared(operation, outers))) {
      flush()
      pieces.push([operation])
      continue
    }
    piece.push(operation)
    size += sizeOf(operation)
    if (size >= perFunction) flush()
  }
  flush()
  return pieces
}

/** What may fail is a piece of its own. */
function likelihoodIn([operation]: readonly (Operation | Rolled)[], direction: Direction) {
  if (operation?.type !== 'call' || operation.direction !== direction) return undefined
  return likelihoodOf(operation)
}

/** How many numbers an operation computes, or what it counts as. */
function sizeOf(operation: Operation | Rolled): number {
  if (operation.type === 'rolled') return operation.body.reduce((sum, one) => sum + sizeOf(one), 0)
  if (operation.type !== 'assign') return 50
  return (operation instanceof Straight ? operation.pattern.terms : operation.targets).length
}

/** The slots that must be written to memory, 1 each; nothing where all are. */
function neededOutside(
  { region, measures, loss, means, shown, ranges }: Training,
  pieces: readonly Piece[],
  cells: Cells,
): Uint8Array | undefined {
  if (measures || othersOf(region).length > 0) return undefined
  const needed = new Uint8Array(cells.count)
  for (const cell of [loss, ...means, ...shown]) needed[cells.slotOf(cell)] = 1
  for (const { start, end } of ranges) {
    needed.fill(1, cells.slot(start * 4 + 2), cells.slot(start * 4 + 2) + end - start)
  }
  // What the other direction reads is not known here: values may be wanted by gradients.
  for (const assign of region.backward as readonly Assign[]) {
    markRead(assign, cells, needed, true)
  }
  for (const piece of pieces) {
    cells.forget()
    for (const assign of piece as readonly (Assign | Rolled)[]) {
      if (assign.type === 'rolled') {
        const { loads, carried } = flowOf(assign, cells)
        for (const { slot, step } of loads.values()) {
          for (let round = 0; round < assign.count; round++) needed[slot + round * step] = 1
        }
        for (const { slot } of carried.values()) needed[slot] = 1
        continue
      }
      markRead(assign, cells, needed, false)
      if (assign instanceof Straight) {
        const { length } = assign.pattern.terms
        for (let at = 0; at < length; at++) cells.know(cells.slot(assign.target(at)), 0)
      } else for (const target of assign.targets) cells.know(cells.slotOf(target), 0)
    }
  }
  return needed
}

/** Marks what an assignment reads: of `values` all, else what is in no local. */
function markRead(assign: Assign, cells: Cells, needed: Uint8Array, values: boolean): void {
  const mark = (slot: number) => {
    if (values ? cells.isValue(slot) : cells.local(slot) < 0) needed[slot] = 1
  }
  if (!(assign instanceof Straight)) {
    for (const name of variablesOf(assign.terms)) mark(cells.slotOf(name))
    return
  }
  const { length } = assign.pattern.read
  for (let index = 0; index < length; index++) {
    const place = assign.place(index)
    if (place >= 0) mark(cells.slot(place))
  }
}

function rowSumsOf({ rule, binding }: Call): RowSums | undefined {
  return binding.operands[0]!.memory === 'literal'
    ? undefined
    : rule?.sums?.(tensorPlaceOf(binding))
}

class Writer {
  private readonly context: Context
  private readonly cells: Cells
  private readonly needed: Uint8Array | undefined
  private readonly outers: Outers
  private readonly assigns: Assigns

  constructor(context: Context, cells: Cells, needed: Uint8Array | undefined, outers: Outers) {
    this.context = context
    this.cells = cells
    this.needed = needed
    this.outers = outers
    this.assigns = new Assigns(context, cells, needed)
    cells.forget()
  }

  writeAll(operations: readonly (Operation | Rolled)[]): void {
    for (const one of operations) if (one.type === 'assign') this.assigns.expect(one)
    for (const one of operations) this.write(one)
  }

  private write(operation: Operation | Rolled): void {
    const { cells, context, needed } = this
    if (operation.type === 'assign') return this.assigns.write(operation)
    if (operation.type === 'rolled') return new Rounds(context, cells, needed, operation).loop()
    // It may write what a local holds.
    this.cells.forget()
    if (operation.type === 'sum') return emitSum(this.context, operation)
    if (operation.type === 'loop' && operation.template.type === 'straight') {
      return emitLoop(this.context, operation, operation.template)
    }
    // All other loops are for the host.
    const call = operation as Call
    const likelihood = likelihoodIn([call], 'backward')
    if (likelihood !== undefined) return emitAnswers(context, likelihood)
    const sums = rowSumsOf(call)
    if (sums !== undefined) {
      return emitRowSums(context, sums, this.base(call, 0, sums.x), call.direction)
    }
    const { code, layout } = this.context
    for (const product of productsOf(call) ?? []) {
      if (isOuter(product, this.outers)) continue
      const baseOf = ({ memory, at }: MatrixPlace) => this.base(call, memory, at)
      emitProduct(code, product, baseOf, layout.panel)
    }
  }

  /** The products of all samples: their rows lie a frame apart. */
  together(operation: Call): void {
    const { code, layout } = this.context
    const { count, stride } = layout.frames
    const apart = <Place extends MatrixPlace>(place: Place) => ({ ...place, rowStep: stride / 8 })
    for (const given of productsOf(operation) ?? []) {
      if (isOuter(given, this.outers)) continue
      const product = oriented(given)
      const all = { ...product, rows: count, x: apart(product.x), to: apart(product.to) }
      const baseOf = ({ memory, at }: MatrixPlace) => this.base(operation, memory, at)
      emitProduct(code, all, baseOf, layout.panel)
    }
  }

  private base({ binding }: Call, memory: number | 'values' | 'gradients', at: number): Base {
    const { layout, weights, frame } = this.context
    const own = frame === undefined ? {} : { local: frame }
    if (memory === 'gradients') return { ...own, offset: layout.gradients + 8 * at }
    if (memory === 'values' || binding.operands[memory]!.memory === 'values') {
      return { ...own, offset: layout.values + 8 * at }
    }
    return { local: weights, offset: 8 * at }
  }
}
