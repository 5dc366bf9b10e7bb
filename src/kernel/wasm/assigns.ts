/** Assignments in WebAssembly: numbers stay in locals, and are in memory where others look for them. */
import type { Assign } from '../region.js'
import { Straight } from '../straight.js'
import type { Cells } from './cells.js'
import type { Context } from './loop.js'
import { gaps, recordingOf } from './recorded.js'

/**
 * Writes one after the other. In a loop a cell goes on by a `step` of slots with each round; outside
 * all steps are 0.
 */
export class Assigns {
  protected readonly context: Context
  protected readonly cells: Cells
  /** By slot: 1 where it must be in memory, as all must where this is absent. */
  protected readonly needed: Uint8Array | undefined

  constructor(context: Context, cells: Cells, needed: Uint8Array | undefined) {
    this.context = context
    this.cells = cells
    this.needed = needed
  }

  /** It will be written: what is read again stays in a local. */
  expect(assign: Assign): void {
    const { cells } = this
    const straight = assign instanceof Straight ? assign : undefined
    const recording = recordingOf(straight?.pattern ?? assign)
    for (const { kind, value } of recording.gaps) {
      if (kind !== gaps.variable) continue
      const place = straight?.place(value) ?? 0
      if (place < 0) continue
      cells.reads[straight ? cells.slot(place) : cells.slotOf(recording.read[value]!)]!++
    }
  }

  /** `steps` are those of the places of a `Straight`. No term reads what another one writes. */
  write(assign: Assign, steps?: readonly number[]): void {
    const { cells } = this
    const { code, calls } = this.context
    const straight = assign instanceof Straight ? assign : undefined
    const { gaps: all, locals, read } = recordingOf(straight?.pattern ?? assign)
    const stepOf = (which: number) => (steps === undefined ? 0 : steps[which]! / 4)
    const first = code.local('f64', locals)
    for (const { bytes, kind, value, name, always } of all) {
      code.raw(bytes)
      if (kind === gaps.variable) {
        const place = straight?.place(value) ?? 0
        if (place < 0) code.f64(straight!.value(value))
        else {
          const slot = straight ? cells.slot(place) : cells.slotOf(read[value]!)
          this.read(slot, stepOf(value), always)
        }
      } else if (kind === gaps.call) calls.call(code, name)
      else if (kind !== gaps.target && kind !== gaps.result) code.numbered(kind, first + value)
      else {
        const slot = straight ? cells.slot(straight.target(value)) : cells.slotOf(assign.targets[value]!) // prettier-ignore
        const step = stepOf(read.length + value)
        const needed = this.isNeeded(slot, step)
        if (kind === gaps.target) {
          // The value comes on top of it.
          if (needed) this.offset = this.address(slot, step)
          continue
        }
        const again = this.isRead(slot)
        if (again) this.know(slot, step, first + value)
        if (needed) {
          if (again) code.tee(first + value)
          code.access('f64.store', this.offset)
        } else if (again) code.set(first + value)
        else code.op('drop')
      }
    }
  }

  /** Of the target whose value is computed. */
  private offset = 0

  private read(slot: number, step: number, always: boolean): void {
    const { code } = this.context
    const known = this.local(slot, step)
    const again = this.isRead(slot, 1)
    if (known >= 0) {
      code.get(known)
      return
    }
    code.access('f64.load', this.address(slot, step))
    // Not where only one side of a choice would have read it.
    if (!always || !again) return
    const cell = code.local('f64')
    code.tee(cell)
    this.know(slot, step, cell)
  }

  /** Whether a slot is read further on, after so many reads. */
  protected isRead(slot: number, now = 0): boolean {
    return (this.cells.reads[slot]! -= now) > 0
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
