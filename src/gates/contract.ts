/** Sums of products over loops that go through one or two tensors by strides. */
import { type Shape, sizeOf } from '../tensor/shape.js'
import { stridesOf, walkBy } from '../tensor/strides.js'

/** Where a tensor begins in its memory, and how far apart its elements lie for each loop. */
export interface Tensor {
  readonly start: number
  readonly size: number
  /** By loop; 0 where it repeats. */
  readonly strides: readonly number[]
}

/** The tensor that an input is, whose axes have these letters, in loops over `letters`. */
export function tensorIn(letters: string, own: string, shape: Shape, start: number): Tensor {
  const strides = stridesOf(shape)
  const along = [...letters].map((letter) => {
    // Along a diagonal one goes over several axes at once; an axis of size 1 repeats.
    return strides.reduce((sum, stride, axis) => {
      return own[axis] === letter && shape[axis] !== 1 ? sum + stride : sum
    }, 0)
  })
  return { strides: along, start, size: sizeOf(shape) }
}

/** `target[…] = sum of the products of the factors`, all in the memories given, in their order. */
export type Contraction = (memory: Float64Array, factors: readonly Float64Array[]) => void

/** The sum over loops of these extents, outermost first. It allocates nothing when it runs. */
export function contract(
  extents: readonly number[],
  target: Tensor,
  factors: readonly Tensor[],
): Contraction {
  const { extents: loops, steps } = walkBy(
    extents,
    [target, ...factors].map(({ strides }) => strides),
  )
  const last = loops.length - 1
  const inner = loops[last]!
  const rounds = loops.slice(0, last).reduce((product, extent) => product * extent, 1)
  const stepBy = steps.map((own) => Int32Array.from(own))
  const counters = new Int32Array(loops.length)
  const at = new Int32Array(1 + factors.length)
  const starts = [target, ...factors].map(({ start }) => start)
  const innermost = factors.length === 1 ? one : two
  const strides = Int32Array.from(steps, (own) => own[last]!)
  return (memory, memories) => {
    memory.fill(0, target.start, target.start + target.size)
    if (inner === 0) return
    for (let index = 0; index < at.length; index++) at[index] = starts[index]!
    counters.fill(0)
    for (let round = 0; round < rounds; round++) {
      innermost(memory, memories, at, strides, inner)
      // On to the next round, and out of the loops that have ended.
      for (let loop = last - 1; loop >= 0; loop--) {
        for (let index = 0; index < at.length; index++) at[index]! += stepBy[index]![loop]!
        if (++counters[loop]! < loops[loop]!) break
        counters[loop] = 0
      }
    }
  }
}

type Innermost = (
  memory: Float64Array,
  memories: readonly Float64Array[],
  at: Int32Array,
  strides: Int32Array,
  count: number,
) => void

const one: Innermost = (memory, [x], at, strides, count) => {
  let to = at[0]!
  let from = at[1]!
  const toBy = strides[0]!
  const by = strides[1]!
  for (let i = 0; i < count; i++, to += toBy, from += by) memory[to]! += x![from]!
  at[0] = to
  at[1] = from
}

const two: Innermost = (memory, [x, y], at, strides, count) => {
  let to = at[0]!
  let left = at[1]!
  let right = at[2]!
  const toBy = strides[0]!
  const leftBy = strides[1]!
  const rightBy = strides[2]!
  for (let i = 0; i < count; i++, to += toBy, left += leftBy, right += rightBy) {
    memory[to]! += x![left]! * y![right]!
  }
  at[0] = to
  at[1] = left
  at[2] = right
}
