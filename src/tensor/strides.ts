/** How loops over a tensor find their way through the memory of others: pure functions, no data. */
import type { Shape } from './shape.js'

/** How far apart neighbours along each axis lie, in row-major order. */
export function stridesOf(shape: Shape): number[] {
  const strides: number[] = Array.from(shape, () => 1)
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = strides[axis + 1]! * shape[axis + 1]!
  }
  return strides
}

/** The strides of a tensor that is broadcast to a shape: 0 along axes on which it repeats. */
export function stridesIn(shape: Shape, tensor: Shape): number[] {
  const own = stridesOf(tensor)
  const missing = shape.length - tensor.length
  return shape.map((_, axis) => {
    return axis < missing || tensor[axis - missing] === 1 ? 0 : own[axis - missing]!
  })
}

/** Nested loops over the elements of a shape, in row-major order. */
export interface Walk {
  /** The sizes of the loops, outermost first. Never empty. */
  readonly extents: readonly number[]
  /**
   * By operand and loop: what to add to its position at the end of each round, where the loops
   * inside have left it.
   */
  readonly steps: readonly (readonly number[])[]
}

/** As few loops as walk over `shape` and the operands that are broadcast to it. */
export function walkOver(shape: Shape, operands: readonly Shape[]): Walk {
  const strides = operands.map((operand) => stridesIn(shape, operand))
  return walkBy(shape, strides)
}

/** As few loops as walk over `shape` with these strides, by operand and axis. */
export function walkBy(shape: Shape, strides: readonly (readonly number[])[]): Walk {
  const extents: number[] = []
  const merged = strides.map((): number[] => [])
  for (let axis = 0; axis < shape.length; axis++) {
    const extent = shape[axis]!
    if (extent === 1) continue
    const last = extents.length - 1
    const joins =
      last >= 0 && strides.every((own, index) => merged[index]![last] === own[axis]! * extent)
    if (joins) extents[last]! *= extent
    else extents.push(extent)
    strides.forEach((own, index) => {
      if (joins) merged[index]![last] = own[axis]!
      else merged[index]!.push(own[axis]!)
    })
  }
  if (extents.length === 0) {
    extents.push(1)
    for (const own of merged) own.push(0)
  }
  const steps = merged.map((own) => {
    return own.map((stride, loop) => {
      return loop === own.length - 1 ? stride : stride - extents[loop + 1]! * own[loop + 1]!
    })
  })
  return { extents, steps }
}

/** Goes along a walk one element at a time, where the loops cannot be written out. */
export class Walker {
  /** Where the operands are now. */
  readonly at: number[]
  private readonly start: readonly number[]
  private readonly walk: Walk
  private readonly counters: Int32Array

  constructor(walk: Walk, start: readonly number[]) {
    this.walk = walk
    this.start = start
    this.at = [...start]
    this.counters = new Int32Array(walk.extents.length)
  }

  /** Back to the first element. */
  reset(): void {
    for (let index = 0; index < this.at.length; index++) this.at[index] = this.start[index]!
    this.counters.fill(0)
  }

  /** On to the next element. */
  next(): void {
    const { at, counters, walk } = this
    const { extents, steps } = walk
    for (let loop = extents.length - 1; loop >= 0; loop--) {
      for (let index = 0; index < at.length; index++) {
        // What stays may be a number itself: -0 and 0 would be 0.
        const step = steps[index]![loop]!
        if (step !== 0) at[index]! += step
      }
      if (++counters[loop]! < extents[loop]!) return
      counters[loop] = 0
    }
  }
}
