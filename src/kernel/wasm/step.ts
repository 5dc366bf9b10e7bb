/** The operations of a step as functions in WebAssembly over the memory of the run. */
import type { Products } from '../../gates/gate.js'
import { variablesOf } from '../code.js'
import { tensorPlaceOf } from '../dense.js'
import { placeOf, type Assign, type Call, type Loop, type Operation } from '../region.js'
import type { Training } from '../training.js'
import type { Calls } from './calls.js'
import type { Binary } from './binary.js'
import type { Layout } from './layout.js'
import { emitLoop, emitSum, type Context } from './loop.js'
import type { Outers } from './outer.js'
import { emitProduct, panelOf, type Base } from './product.js'
import { emitTerms } from './terms.js'

/** A part of a step: a function of the module, by its index, or one of the host, by its place. */
export type Part =
  | { readonly type: 'function'; readonly index: number }
  | { readonly type: 'host'; readonly place: number }

/** Operations that the host runs, on the same memory. */
export type HostOperation = Loop | Call

// Compilers take long over functions that are much longer; shorter ones are called too often.
const perFunction = 400

/** How many numbers of room the products of a run need. */
export function panelSize({ region }: Training): number {
  let most = 0
  for (const operation of [...region.forward, ...region.backward]) {
    for (const product of productsOf(operation) ?? []) most = Math.max(most, panelOf(product))
  }
  return most
}

/** Operations that no code is made of. */
export function hostOperations({ region }: Training): HostOperation[] {
  return [...region.forward, ...region.backward].filter(isForHost)
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
  const pieces = split(operations)
  const needed = neededOutside(training, pieces)
  return pieces.map((piece): Part => {
    if (!Array.isArray(piece)) return { type: 'host', place: hosted.indexOf(piece) }
    const index = binary.function({ parameters: ['i32'] }, (code) => {
      const writer = new Writer({ code, calls, layout, weights: 0 }, needed, outers)
      for (const operation of piece) writer.write(operation)
    })
    return { type: 'function', index }
  })
}

function isForHost(operation: Operation): operation is HostOperation {
  if (operation.type === 'call') return operation.rule?.products === undefined
  return operation.type === 'loop' && operation.template.type === 'loop'
}

function productsOf(operation: Operation): Products['forward'] | undefined {
  if (operation.type !== 'call') return undefined
  const { rule, binding, direction } = operation
  return rule?.products?.(tensorPlaceOf(binding))[direction]
}

function split(operations: readonly Operation[]): (Operation[] | HostOperation)[] {
  const pieces: (Operation[] | HostOperation)[] = []
  let piece: Operation[] = []
  let size = 0
  const flush = () => {
    if (piece.length > 0) pieces.push(piece)
    piece = []
    size = 0
  }
  for (const operation of operations) {
    if (isForHost(operation)) {
      flush()
      pieces.push(operation)
      continue
    }
    piece.push(operation)
    size += operation.type === 'assign' ? operation.targets.length : 50
    if (size >= perFunction) flush()
  }
  flush()
  return pieces
}

/** The cells that must be written to memory; nothing where all are. */
function neededOutside(
  { region, measures, loss, means, shown, ranges }: Training,
  pieces: readonly (Operation[] | HostOperation)[],
): ReadonlySet<string> | undefined {
  const all = [...region.forward, ...region.backward]
  if (measures || !all.every(({ type }) => type === 'assign')) return undefined
  const needed = new Set<string>([loss, ...means, ...shown])
  for (const { start, end } of ranges) for (let at = start; at < end; at++) needed.add(`g${at}`)
  // What the other direction reads is not known here: values may be wanted by gradients.
  const read = new Set<string>()
  for (const { terms } of region.backward as readonly Assign[]) {
    for (const name of variablesOf(terms)) if (name[0] === 'v') needed.add(name)
  }
  for (const piece of pieces) {
    const own = new Set<string>()
    for (const { terms, targets } of piece as readonly Assign[]) {
      for (const name of variablesOf(terms)) if (!own.has(name)) read.add(name)
      for (const target of targets) own.add(target)
    }
  }
  for (const name of read) needed.add(name)
  return needed
}

class Writer {
  private readonly context: Context
  private readonly needed: ReadonlySet<string> | undefined
  private readonly outers: Outers
  /** The locals of cells that were read or written in this function. */
  private readonly known = new Map<string, number>()

  constructor(context: Context, needed: ReadonlySet<string> | undefined, outers: Outers) {
    this.context = context
    this.needed = needed
    this.outers = outers
  }

  write(operation: Operation): void {
    if (operation.type === 'assign') return this.assign(operation)
    // It may write what a local holds.
    this.known.clear()
    if (operation.type === 'sum') return emitSum(this.context, operation)
    if (operation.type === 'loop' && operation.template.type === 'straight') {
      return emitLoop(this.context, operation, operation.template)
    }
    const { code, layout } = this.context
    for (const product of productsOf(operation) ?? []) {
      const { memory, at: target } = product.to
      if (memory === 'gradients' && this.outers.has(target)) continue
      emitProduct(
        code,
        product,
        ({ memory, at }) => this.base(operation as Call, memory, at),
        layout.panel,
      )
    }
  }

  private base({ binding }: Call, memory: number | 'values' | 'gradients', at: number): Base {
    const { layout, weights } = this.context
    if (memory === 'gradients') return { offset: layout.gradients + 8 * at }
    if (memory === 'values' || binding.operands[memory]!.memory === 'values') {
      return { offset: layout.values + 8 * at }
    }
    return { local: weights, offset: 8 * at }
  }

  private assign({ targets, terms }: Assign): void {
    const { code, calls } = this.context
    const locals = targets.map(() => code.local('f64'))
    emitTerms(code, calls, terms, 1, (name) => this.read(name), (index, push) => {
      push()
      code.set(locals[index]!)
    }) // prettier-ignore
    targets.forEach((target, index) => {
      this.known.set(target, locals[index]!)
      if (this.needed !== undefined && !this.needed.has(target)) return
      const { local, offset } = this.place(target)
      if (local === undefined) code.i32(0)
      else code.get(local)
      code.get(locals[index]!).access('f64.store', offset)
    })
  }

  private read(name: string): void {
    const { code } = this.context
    const known = this.known.get(name)
    if (known !== undefined) {
      code.get(known)
      return
    }
    const { local, offset } = this.place(name)
    if (local === undefined) code.i32(0)
    else code.get(local)
    const cell = code.local('f64')
    code.access('f64.load', offset).tee(cell)
    // Not where only one side of a choice would have read it.
    if (code.nesting === 0) this.known.set(name, cell)
  }

  private place(cell: string): Base {
    const { layout, weights } = this.context
    const { memory, offset } = placeOf(cell)
    if (memory === 'w') return { local: weights, offset: 8 * offset }
    const start = { v: layout.values, g: layout.gradients, t: layout.temporaries }[memory]
    return { offset: start + 8 * offset }
  }
}
