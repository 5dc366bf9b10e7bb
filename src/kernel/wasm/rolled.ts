/** Operations that repeat, as a loop in WebAssembly. */
import type { Rolled } from '../roll.js'
import { Assigns } from './assigns.js'
import type { Cells } from './cells.js'
import type { Context } from './loop.js'

/** What rounds read that they have not computed themselves, each with its key: a slot, and its step. */
export interface Flow {
  /** What is read in memory, in each round. */
  readonly loads: ReadonlyMap<string, Repeated>
  /** What is read there by the first round only: for each other it is what `from` was in the one before. */
  readonly carried: ReadonlyMap<string, Repeated & { readonly from: string }>
}

/** A slot in the first round, and how many slots on it lies in the next one. */
interface Repeated {
  readonly slot: number
  readonly step: number
}

/** Finds what rounds read of memory and of one another. */
export function flowOf({ body, steps }: Rolled, cells: Cells): Flow {
  const written = new Set<string>()
  const loads = new Map<string, Repeated>()
  const carried = new Map<string, Repeated & { readonly from: string }>()
  body.forEach(({ pattern, places }, index) => {
    places.forEach((place, which) => {
      if (place < 0) return
      const slot = cells.slot(place)
      const step = steps[index]![which]! / 4
      const key = keyOf(slot, step)
      // What is read comes before what is computed.
      if (which >= pattern.read.length) written.add(key)
      else if (!written.has(key)) loads.set(key, { slot, step })
    })
  })
  for (const [key, { slot, step }] of loads) {
    const from = keyOf(slot + step, step)
    if (step === 0 || !written.has(from)) continue
    loads.delete(key)
    carried.set(key, { slot, step, from })
  }
  return { loads, carried }
}

function keyOf(slot: number, step: number): string {
  return `${slot}:${step}`
}

/** A local that goes on by so many bytes with each round. */
interface Pointer {
  readonly local: number
  readonly bytes: number
}

/** Cells that are not needed outside are in locals from where they are computed to where they are read. */
export class Rounds extends Assigns {
  private readonly rolled: Rolled
  private readonly known = new Map<string, number>()
  /** By what they begin with, and their steps. */
  private readonly pointers = new Map<string, Pointer>()

  constructor(context: Context, cells: Cells, needed: Uint8Array | undefined, rolled: Rolled) {
    super(context, cells, needed)
    this.rolled = rolled
  }

  loop(): void {
    const { cells, context, known, rolled } = this
    const { code } = context
    const { body, count, steps } = rolled
    body.forEach(({ places }, index) => {
      places.forEach((place, which) => {
        if (place >= 0) this.pointer(cells.slot(place), steps[index]![which]! / 4)
      })
    })
    const carried = [...flowOf(rolled, cells).carried].map(([key, { slot, step, from }]) => {
      const local = code.local('f64')
      code.access('f64.load', this.address(slot, step)).set(local)
      known.set(key, local)
      return { local, from }
    })
    const counter = code.local('i32')
    code.i32(count).set(counter)
    code.loop((again) => {
      body.forEach((operation, index) => this.write(operation, steps[index]))
      for (const { local, from } of carried) code.get(known.get(from)!).set(local)
      for (const { local, bytes } of this.pointers.values()) {
        if (bytes !== 0) code.get(local).i32(bytes).op('i32.add').set(local)
      }
      code.get(counter).i32(1).op('i32.sub').tee(counter).brIf(again)
    })
  }

  protected override local(slot: number, step: number): number {
    return this.known.get(keyOf(slot, step)) ?? -1
  }

  protected override isRead(): boolean {
    return true
  }

  protected override know(slot: number, step: number, local: number): void {
    this.known.set(keyOf(slot, step), local)
  }

  protected override isNeeded(slot: number, step: number): boolean {
    const { needed, rolled } = this
    if (needed === undefined) return true
    for (let round = 0; round < rolled.count; round++) {
      if (needed[slot + round * step] === 1) return true
    }
    return false
  }

  protected override address(slot: number, step: number): number {
    this.context.code.get(this.pointer(slot, step).local)
    const offset = this.cells.weightOffset(slot)
    // Addresses do not go below 0: what goes down begins with its last cell.
    const lowest = step < 0 ? (this.rolled.count - 1) * step : 0
    return 8 * ((offset < 0 ? slot : offset) + lowest)
  }

  private pointer(slot: number, step: number): Pointer {
    const { cells, context, pointers, rolled } = this
    const { code, weights, frame } = context
    const base = cells.weightOffset(slot) < 0 ? frame : weights
    const key = `${base}:${step}`
    let pointer = pointers.get(key)
    if (pointer === undefined) {
      pointer = { local: code.local('i32'), bytes: 8 * step }
      pointers.set(key, pointer)
      code.beyond(base, Math.max(0, -8 * step * (rolled.count - 1))).set(pointer.local)
    }
    return pointer
  }
}
