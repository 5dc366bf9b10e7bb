import { describe, expect, test } from 'vitest'
import { gradcheck, richardson } from '../../src/train/gradcheck.js'

describe('richardson', () => {
  const smooth: [string, (x: number) => number, number, number][] = [
    ['exp', Math.exp, 1, Math.E],
    ['exp far out', Math.exp, 20, Math.exp(20)],
    ['sin', Math.sin, 2, Math.cos(2)],
    ['sin at a top', Math.sin, Math.PI / 2, 0],
    ['a line', (x) => 3 * x - 7, 1000, 3],
    ['a constant', () => 5, 0.3, 0],
    ['log near its end', Math.log, 1e-4, 1e4],
    ['log very near its end', Math.log, 1e-9, 1e9],
    ['tanh where it is flat', Math.tanh, 9, 1 / Math.cosh(9) ** 2],
    ['a fast wave', (x) => Math.sin(300 * x), 0.1, 300 * Math.cos(30)],
    ['a kink near by', (x) => Math.max(0, x), 1e-4, 1],
    ['a kink near by, on the flat side', (x) => Math.max(0, x), -1e-4, 0],
    ['a large number', (x) => 1e200 * x * x, 2, 4e200],
  ]
  test.each(smooth)('%s', (_, f, x, slope) => {
    const { value, error } = richardson(f, x)
    expect(Math.abs(value - slope)).toBeLessThanOrEqual(10 * error)
    expect(error).toBeLessThanOrEqual(1e-8 * Math.max(1e-3, Math.abs(slope)))
  })

  test('knows that it does not know', () => {
    expect(richardson(Math.sqrt, 0).error).toBe(Infinity)
    expect(richardson((x) => Number(x > 0), 0).error).toBeGreaterThan(1)
    expect(richardson(() => Number.NaN, 1)).toEqual({ value: Number.NaN, error: Infinity })
  })
})

describe('gradcheck', () => {
  // a^2 * b + relu(c), with a stop_gradient on d.
  const f = (v: ReadonlyMap<string, number>) =>
    v.get('a')! ** 2 * v.get('b')! + Math.max(0, v.get('c')!) + v.get('d')!
  const at = new Map([
    ['a', 3],
    ['b', -0.5],
    ['c', 0],
    ['d', 1],
    ['unused', 7],
  ])
  const check = (gradients: Readonly<Record<string, number | 'none'>>) =>
    gradcheck({
      at,
      gradients: new Map(Object.entries(gradients)),
      evaluate: (name, x) => f(new Map(at).set(name, x)),
    })
  const verdicts = (gradients: Parameters<typeof check>[0]) =>
    check(gradients).map(({ name, verdict, ok }) => `${name} ${verdict}${ok ? '' : '!'}`)

  test('right gradients are the same; a kink and a declared none are told apart', () => {
    expect(verdicts({ a: -3, b: 9, c: 0, d: 'none' })).toEqual([
      'a same',
      'b same',
      'c kink',
      'd none',
      'unused same',
    ])
  })

  test('a slope below the rounding inside a saturated graph is not called wrong', () => {
    const y = (x: number) => Math.tanh(7.5 * x + 0.1)
    const slope = 2 * (y(1) - 1) * (1 - y(1) ** 2) * 7.5
    const checked = gradcheck({
      at: new Map([['x', 1]]),
      gradients: new Map([['x', slope]]),
      evaluate: (_, x) => (y(x) - 1) ** 2,
    })
    expect(checked[0]).toMatchObject({ verdict: 'same', ok: true })
  })

  test('a wrong gradient is found', () => {
    expect(verdicts({ a: -3.00001, b: 4.5, c: 1.5, d: 0, unused: 1e-3 })).toEqual([
      'a different!',
      'b different!',
      'c different!',
      'd different!',
      'unused different!',
    ])
  })

  test('a gradient of the wrong sign, a missing one and one that is not finite are found', () => {
    expect(verdicts({ a: 3, c: -0.1, d: Number.NaN, unused: Infinity })).toEqual([
      'a different!',
      'b different!',
      'c different!',
      'd different!',
      'unused different!',
    ])
  })

  test('says what it compared', () => {
    const [a] = check({ a: -2 })
    expect(a).toMatchObject({ name: 'a', analytic: -2 })
    expect(a!.numeric).toBeCloseTo(-3, 9)
    expect(a!.error).toBeLessThan(1e-9)
  })

  test('small gradients are compared relative to themselves', () => {
    const tiny = (gradient: number) =>
      gradcheck({
        at: new Map([['w', 2]]),
        gradients: new Map([['w', gradient]]),
        evaluate: (_, x) => 1e-12 * x * x,
      })[0]!.verdict
    expect(tiny(4e-12)).toBe('same')
    expect(tiny(4.1e-12)).toBe('different')
  })

  test('where the derivative cannot be told, it says so', () => {
    const [step] = gradcheck({
      at: new Map([['w', 0]]),
      gradients: new Map([['w', 0]]),
      evaluate: (_, x) => Math.sqrt(x),
    })
    expect(step).toMatchObject({ verdict: 'unsure', ok: false })
  })

  test('every corner of a fold of kinks is between its sides', () => {
    for (const slope of [-1, -0.3, 0, 1]) {
      const [corner] = gradcheck({
        at: new Map([['w', 1]]),
        gradients: new Map([['w', slope]]),
        evaluate: (_, x) => Math.abs(x - 1) + x * 0,
      })
      expect(corner!.ok).toBe(true)
    }
  })
})
