/** What gates keep from one learn step to the next, by the names of their nodes. */
import { EagreError } from '../errors.js'
import { nameOf } from '../language/name.js'
import { fillParts, hintFor, list, type Part } from './named.js'
import type { Wiring } from './wiring.js'

/** Calls back with every gate that keeps something: its name, where in `state.gates`, how many numbers. */
export function eachMemory(
  { plan, kept, keptSizes }: Wiring,
  callback: (name: string, start: number, size: number) => void,
): void {
  for (let index = 0; index < keptSizes.length; index++) {
    const size = keptSizes[index]!
    if (size > 0) callback(nameOf(plan, index), kept[index]!, size)
  }
}

/** How much of `state.gates` gates keep; behind it are the past steps that gradients go back to. */
export function memorySize(wiring: Wiring): number {
  let end = 0
  eachMemory(wiring, (_, start, size) => (end = start + size))
  return end
}

/** What each gate keeps, as numbers in the gate's own order. */
export function readMemory(wiring: Wiring, gates: Float64Array): Record<string, number[]> {
  const memory: Record<string, number[]> = Object.create(null)
  eachMemory(wiring, (name, start, size) => {
    memory[name] = [...gates.subarray(start, start + size)]
  })
  return memory
}

/**
 * What gates keep with the given lists in place of the present; past steps, which belong to the
 * present, are gone. Throws `bad-data` for a name of a gate that keeps nothing, a list that does
 * not fit, and, unless `partial`, one that is missing.
 */
export function replacedMemory(
  wiring: Wiring,
  present: Float64Array,
  given: Readonly<Record<string, unknown>>,
  partial: boolean,
): Float64Array {
  const parts: Part[] = []
  eachMemory(wiring, (name, offset, size) => parts.push({ name, offset, shape: [size] }))
  const next = present.slice()
  next.fill(0, memorySize(wiring))
  const { missing, unknown } = fillParts(parts, given, next, {
    all: 'memory',
    one: (name) => `the memory of the gate "${name}"`,
    give: 'give what graph.memory() gave: lists of numbers by name of the gate',
  })
  const [stranger] = unknown
  if (stranger !== undefined) {
    throw new EagreError('bad-data', `the graph has no gate "${stranger}" that keeps something`, {
      hint: hintFor(parts, stranger, 'those that do are'),
    })
  }
  if (missing.length > 0 && !partial) {
    throw new EagreError('bad-data', `there is no memory for the gate ${list(missing)}`, {
      hint: 'restore(weights, { memory, partial: true }) keeps the present one of what is missing',
    })
  }
  return next
}
