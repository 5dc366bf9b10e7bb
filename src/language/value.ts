/** Reads numbers and nested lists of numbers. */
import type { Checking } from './context.js'
import type { Nested } from './plan.js'
import type { NestedSpec } from './spec.js'

/** The value of a node; it has to be finite, and a number as long as all shapes are scalar. */
export function readNested(checking: Checking, name: string, spec: NestedSpec): Nested {
  if ('items' in spec) {
    checking.error('not-yet', spec.range, { what: 'a list of numbers as a value' })
    return 0
  }
  const { value, range } = spec
  if (!Number.isFinite(value)) checking.error('not-finite', range, { name, value })
  return value
}

/** What a test expects; it may be infinite or NaN. */
export function readExpected(checking: Checking, spec: NestedSpec): Nested {
  if (!('items' in spec)) return spec.value
  checking.error('not-yet', spec.range, { what: 'a list of numbers as a value' })
  return 0
}
