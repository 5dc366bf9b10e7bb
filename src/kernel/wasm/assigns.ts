/** Assignments in WebAssembly: numbers stay in locals, and are in memory where others look for them. */
import type { Assign } from '../region.js'
import { Straight } from '../straight.js'
import type { Cells } from './cells.js'
import type { Context } from './loop.js'
import { emitTerms } from './terms.js'

/**
 * Writes one after the other. In a loop a cell goes on by a `step` of slots with each round; outside
 * all steps are 0.
 */
export class Assigns {
  protected readonly context: Context
  protected readonly cells: Cells
  /** By slot: 1 where it must be in memory, as all must where this is absent. */
  protected readonly needed: Uint8Array | undefined
  /** How many blocks are open around what is always computed. */
  protected nesting = 0

  constructor(context: Context, cells: Cells, needed: Uint8Array | undefined) {
    this.context = context
    this.cells = cells
    this.needed = needed
  }

  /** `steps` are those of the places of a `Straight`. All terms are computed before the first is written. */
  write(assign: Assign, steps?: readonly number[]): void {
    const { cells } = this
    const { code, calls } = this.context
    const straight = assign instanceof Straight ? assign : undefined
    const pattern = straight?.pattern
    const terms = (pattern ?? assign).terms
    const stepOf = (which: number) => (steps === undefined ? 0 : steps[which]! / 4)
    const read = (name: string) => {
      if (straight === undefined) return this.read(cells.slotOf(name), 0)
      const which = straight.pattern.read.indexOf(name)
      const place = straight.place(which)
      if (place < 0) code.f64(straight.value(which))
      else this.read(cells.slot(place), stepOf(which))
    }
    const first = code.local('f64')
    for (let at = 1; at < terms.length; at++) code.local('f64')
    emitTerms(code, calls, terms, 1, read, (index, push) => {
      push()
      code.set(first + index)
    }, pattern) // prettier-ignore
    for (let at = 0; at < terms.length; at++) {
      const slot = straight ? cells.slot(straight.target(at)) : cells.slotOf(assign.targets[at]!)
      const step = straight ? stepOf(straight.pattern.read.length + at) : 0
      this.know(slot, step, first + at)
      if (!this.isNeeded(slot, step)) continue
      const offset = this.address(slot, step)
      code.get(first + at).access('f64.store', offset)
    }
  }

  private read(slot: number, step: number): void {
    const { code } = this.context
    const known = this.local(slot, step)
    if (known >= 0) {
      code.get(known)
      return
    }
    const cell = code.local('f64')
    code.access('f64.load', this.address(slot, step)).tee(cell)
    // Not where only one side of a choice would have read it.
    if (code.nesting === this.nesting) this.know(slot, step, cell)
  }

  /** The local that holds a cell; -1 where none is known. */
  protected local(slot: number, _step: number): number {
    return this.cells.local(slot)
  }

  protected know(slot: number, _step: number, local: number): void {
    this.cells.know(slot, local)
  }

  protected isNeeded(slot: number, _step: number): boolean {
    return this.needed === undefined || this.needed[slot] === 1
  }

  /** Pushes where the address of a cell begins, and returns how far behind that it is. */
  protected address(slot: number, _step: number): number {
    const { code, weights, frame } = this.context
    const offset = this.cells.weightOffset(slot)
    if (offset < 0) {
      code.beyond(frame, 0)
      return 8 * slot
    }
    code.get(weights)
    return 8 * offset
  }
}
