import { describe, expect, test } from 'vitest'
import { EagreError } from '../../src/errors.js'
import type { InputNode, Plan, Row } from '../../src/language/plan.js'
import { Dataset, readSample } from '../../src/train/data.js'
import { SampleReader } from '../../src/train/reader.js'

function planOf(...sources: Omit<InputNode, 'shape'>[]): Plan {
  return {
    name: 'test',
    nodes: [
      ...sources.map((source) => ({ shape: [], ...source })),
      { type: 'weight', name: 'w', value: 1, shape: [] },
    ],
    outputs: [],
    metrics: [],
    train: {
      batch: 1,
      optimizer: { name: 'sgd', parameters: {} },
      learningRate: 0.1,
      shuffle: false,
      seed: 0,
      onFault: 'stop',
      budget: 10,
    },
    tests: [],
  }
}

const plan = planOf(
  { type: 'input', name: 'x', default: 10 },
  { type: 'input', name: 'y' },
  { type: 'target', name: 't', default: 30 },
)

/** What callers pass need not be what the types say. */
const rows = (...list: unknown[]) => list as Row[]

function rowsOf(data: Dataset): [number[], boolean][] {
  return Array.from({ length: data.length }, (_, row) => {
    const values = new Float64Array(3).fill(-1)
    data.read(row, values)
    return [[...values], data.complete(row)]
  })
}

function problem(make: () => unknown): string {
  try {
    make()
  } catch (error) {
    if (error instanceof EagreError) return `${error.code}: ${error.message} (${error.hint})`
    throw error
  }
  return 'no problem'
}

describe('a data set', () => {
  test('holds inputs, then targets, in the order of the plan', () => {
    const data = new Dataset(
      plan,
      rows({ t: 3, y: 2, x: 1 }, { x: 4, y: 5, t: 6, other: 'ignored' }),
    )
    expect(rowsOf(data)).toEqual([
      [[1, 2, 3], true],
      [[4, 5, 6], true],
    ])
    expect(data.inputs).toBe(2)
  })

  test('a row whose target is missing or null is not complete, whatever the default', () => {
    const data = new Dataset(
      plan,
      rows({ x: 1, y: 2 }, { x: 1, y: 2, t: null }, { x: 1, y: 2, t: 0 }),
    )
    expect(rowsOf(data).map(([, complete]) => complete)).toEqual([false, false, true])
    expect(rowsOf(data)[0]![0].slice(0, 2)).toEqual([1, 2])
  })

  test('without data there is one sample, of the defaults', () => {
    const full = planOf(
      { type: 'input', name: 'x', default: 10 },
      { type: 'target', name: 't', default: 3 },
    )
    const data = new Dataset(full, undefined)
    const values = new Float64Array(2)
    data.read(0, values)
    expect([data.length, data.complete(0), ...values]).toEqual([1, true, 10, 3])
  })

  test('a graph of weights alone has one sample of nothing', () => {
    const data = new Dataset(planOf(), undefined)
    expect([data.length, data.inputs, data.complete(0)]).toEqual([1, 0, true])
  })

  test.each<[string, () => unknown, string]>([
    [
      'a default that is missing where there is no data',
      () => new Dataset(plan, undefined),
      'bad-data: there is no data, and the input "y" has no default (give it a default, or the graph rows under train.data)',
    ],
    [
      'no rows',
      () => new Dataset(plan, []),
      'bad-data: the training data has no rows (give at least one sample)',
    ],
    [
      'a missing input: its default does not count',
      () => new Dataset(plan, rows({ x: 1, y: 2 }, { y: 2, t: 3 })),
      'bad-data: row 2 has no value for the input "x" (give every sample a number called "x")',
    ],
    [
      'an input of another spelling',
      () => new Dataset(plan, rows({ X: 1, y: 2 })),
      'bad-data: row 1 has no value for the input "x" (it has "X"; name it "x")',
    ],
    [
      'a number that is not finite',
      () => new Dataset(plan, rows({ x: Number.NaN, y: 2 })),
      'bad-data: row 1: the input "x" must be a finite number, got NaN (repair it, or leave it out with its sample)',
    ],
    [
      'a text',
      () => new Dataset(plan, rows({ x: 1, y: 2, t: '3' })),
      'bad-data: row 1: the target "t" must be a finite number, got "3" (write 3 without quotes)',
    ],
    [
      'a long text',
      () => new Dataset(plan, rows({ x: 'a'.repeat(100), y: 2 })),
      `bad-data: row 1: the input "x" must be a finite number, got "${'a'.repeat(40)}…" (use a number)`,
    ],
    [
      'true',
      () => new Dataset(plan, rows({ x: true, y: 2 })),
      'bad-data: row 1: the input "x" must be a finite number, got true (write 1 for true)',
    ],
    [
      'a list',
      () => new Dataset(plan, rows({ x: [1], y: 2 })),
      'bad-data: row 1: the input "x" must be a finite number, got a list (use a number)',
    ],
    [
      'a row that is none',
      () => new Dataset(plan, rows({ x: 1, y: 2 }, [1, 2])),
      'bad-data: row 2 must be an object, got a list (give the values by name: { x: 1, y: 2 })',
    ],
    [
      'a row that is nothing',
      () => new Dataset(plan, rows(null)),
      'bad-data: row 1 must be an object, got null (give the values by name: { x: 1, y: 2 })',
    ],
  ])('refuses %s', (_, make, message) => {
    expect(problem(make)).toBe(message)
  })

  test('names that every object has are ordinary names', () => {
    const odd = planOf({ type: 'input', name: 'constructor' }, { type: 'input', name: '__proto__' })
    const good: Row = JSON.parse('{ "constructor": 1, "__proto__": 2 }')
    const values = new Float64Array(2)
    new Dataset(odd, [good]).read(0, values)
    expect([...values]).toEqual([1, 2])
    expect(problem(() => new Dataset(odd, rows({})))).toMatch(
      'no value for the input "constructor"',
    )
    expect(problem(() => new Dataset(odd, rows({ constructor: 1 })))).toMatch(
      'no value for the input "__proto__"',
    )
  })
})

describe('a sample to probe', () => {
  test('takes what is missing from the defaults', () => {
    const { present, values } = readSample(plan, { y: 2 })
    expect([present, ...values]).toEqual([[0, 1, 2], 10, 2, 30])
  })

  test('may do without a target that has no default, not without an input', () => {
    const bare = planOf({ type: 'input', name: 'x' }, { type: 'target', name: 't' })
    expect(readSample(bare, { x: 1 }).present).toEqual([0])
    expect(problem(() => readSample(bare, { t: 1 }))).toBe(
      'bad-data: the sample has no value for the input "x" (give every sample a number called "x")',
    )
  })

  test('a wrong value is refused although there is a default', () => {
    expect(problem(() => readSample(plan, { x: '1', y: 2 }))).toMatch('got "1"')
    expect(problem(() => readSample(plan, { x: 1, y: 2, t: Infinity }))).toMatch(
      'the target "t" must be a finite number, got Infinity',
    )
  })
})

describe('a sample to predict from', () => {
  test('must have every input; a default does not count, and targets are not looked at', () => {
    const reader = new SampleReader(plan)
    expect(reader.count).toBe(2)
    expect([...reader.predicting({ x: 1, y: 2, t: 'later' })]).toEqual([1, 2, 0])
    expect(problem(() => reader.predicting({ y: 2 }))).toMatch(
      'the sample has no value for the input "x"',
    )
  })

  test('may be an event, whose fields are on its prototype', () => {
    class Moved {
      get x() {
        return 5
      }
      y = 6
    }
    const event: object = new Moved()
    // Its fields are what the reading is about.
    const sample = event as Record<string, unknown>
    expect([...new SampleReader(plan).predicting(sample)]).toEqual([5, 6, 0])
  })

  test.each([undefined, null, 3, 'x', [1, 2]])('refuses %j', (sample) => {
    const wrong = sample as unknown as Record<string, unknown> // as a caller without types may
    expect(problem(() => new SampleReader(plan).predicting(wrong))).toMatch(
      /^bad-data: the sample must be an object, got /,
    )
  })
})
