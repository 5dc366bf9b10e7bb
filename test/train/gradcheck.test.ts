import { expect, test } from 'vitest'
import { gradcheck, richardson } from '../../src/train/gradcheck.js'

test.each([
  ['exp', Math.exp, 1, Math.E],
  ['sin', Math.sin, 2, Math.cos(2)],
  ['x^3', (x: number) => x ** 3, -5, 75],
  ['1/x', (x: number) => 1 / x, 0.1, -100],
] as const)('the derivative of %s is found to 1e-9', (_, f, x, wanted) => {
  const { value, error } = richardson(f, x)
  expect(Math.abs(value - wanted)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(wanted)))
  expect(error).toBeLessThan(1e-7 * Math.max(1, Math.abs(wanted)))
})

const check = (f: (x: number) => number, value: number, gradient: number | undefined) =>
  gradcheck([{ name: 'x', value, gradient }], ({ value: x }) => f(x))[0]!.status

test('a right gradient passes and a wrong one does not', () => {
  expect(check((x) => x * x, 3, 6)).toBe('ok')
  expect(check((x) => x * x, 3, 6.0001)).toBe('wrong')
  expect(check((x) => x * x, 3, -6)).toBe('wrong')
})

test('no gradient is right where the function does not change, and wrong where it does', () => {
  expect(check(() => 4, 3, undefined)).toBe('ok')
  expect(check((x) => x, 3, undefined)).toBe('wrong')
})

test('a convention at a kink is told apart from a mistake', () => {
  expect(check(Math.abs, 0, 1)).toBe('kink')
  expect(check(Math.abs, 1, -1)).toBe('wrong')
})
