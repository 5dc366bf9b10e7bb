/** Steps: their slope is 0 wherever they have one. */
import { pointwise } from './pointwise.js'

export const floor = pointwise({
  doc: 'The greatest integer that is not above x; slope 0 everywhere.',
  inputs: ['x'],
  value: 'floor(x)',
  gradients: { x: '0' },
})

export const ceil = pointwise({
  doc: 'The least integer that is not below x; slope 0 everywhere.',
  inputs: ['x'],
  value: 'ceil(x)',
  gradients: { x: '0' },
})

export const round = pointwise({
  doc: 'The nearest integer, the even one of two; slope 0 everywhere.',
  inputs: ['x'],
  value: 'round(x)',
  gradients: { x: '0' },
})
