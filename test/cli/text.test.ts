import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { asGithub, asJson, asText } from '../../src/cli/diagnostics.js'
import { Curve, plotLoss } from '../../src/cli/plot.js'
import { duration, group, progressLine } from '../../src/cli/progress.js'
import { tableLines, widthOf } from '../../src/cli/table.js'
import { EagreError, type Diagnostic } from '../../src/errors.js'
import { explain } from '../../src/cli/failure.js'
import type { TrainReport } from '../../src/train/report.js'
import { contextOf, type Output } from '../../src/cli/io.js'
import { fakeContext, fakeIo } from './harness.js'

const typo: Diagnostic = {
  file: 'graphs/typo.yaml',
  line: 9,
  column: 6,
  endLine: 9,
  endColumn: 10,
  severity: 'error',
  code: 'unknown-gate',
  message: 'there is no gate "tahn"',
  hint: 'did you mean "tanh"?',
}
const plain = fakeContext().colors.stdout
const text = `${'#\n'.repeat(7)}gates:\n  o: tahn(w1 * x1)\n`

test('a diagnostic shows its place, the lines and the hint', () => {
  expect(`\n${asText([typo], new Map([[typo.file, text]]), plain)}\n`).toBe(`
graphs/typo.yaml:9:6 error unknown-gate: there is no gate "tahn"
  8 | gates:
> 9 |   o: tahn(w1 * x1)
    |      ^^^^
  did you mean "tanh"?
`)
})

test('a diagnostic without a text, or on the command line, is told without lines', () => {
  expect(asText([typo], new Map(), plain)).toBe(
    'graphs/typo.yaml:9:6 error unknown-gate: there is no gate "tahn"\n  did you mean "tanh"?',
  )
  expect(asText([{ ...typo, file: '--set gates.o=tahn(x)' }], new Map(), plain)).toContain(
    '--set gates.o=tahn(x) error unknown-gate',
  )
})

test('control characters of a file do not reach the terminal, and long lines are cut', () => {
  const long = `${'a'.repeat(5000)}\x1b[31m\0bad${'b'.repeat(5000)}`
  const diagnostic = { ...typo, file: 'f', line: 1, endLine: 1, column: 5001, endColumn: 5005 }
  const shown = asText([{ ...diagnostic, message: 'a\x1b[0m' }], new Map([['f', long]]), plain)
  // oxlint-disable-next-line no-control-regex
  expect(shown).not.toMatch(/[\0-\x08\x1b]/)
  expect(Math.max(...shown.split('\n').map((line) => line.length))).toBeLessThan(220)
  const [, line, carets] = shown.split('\n')
  expect(line!.slice(carets!.indexOf('^'))).toMatch(/^\uFFFD\[31/)
})

test('a range over several lines is marked to the end of its first', () => {
  const diagnostic = { ...typo, file: 'f', line: 1, column: 3, endLine: 3, endColumn: 2 }
  expect(asText([diagnostic], new Map([['f', 'abcdef\nx\ny']]), plain)).toContain(
    '> 1 | abcdef\n    |   ^^^^\n',
  )
})

test('JSON has every field of every diagnostic', () => {
  const { hint: _, ...bare } = typo
  expect(JSON.parse(asJson([typo, bare]))).toEqual([typo, { ...bare, hint: null }])
})

test('GitHub annotations escape what would end them', () => {
  const hostile = { ...typo, file: 'a,b:c%.yaml', message: '100%\nor: so' }
  expect(asGithub([hostile])).toBe(
    '::error file=a%2Cb%3Ac%25.yaml,line=9,endLine=9,col=6,endColumn=10,title=unknown-gate' +
      '::100%25%0Aor: so; did you mean "tanh"?',
  )
})

test.each([
  ['unknown-node', 2],
  ['bad-argument', 2],
  ['io', 2],
  ['bad-data', 65],
  ['invalid-graph', 78],
  ['fault', 1],
] as const)('an error %s ends with %i and its words', async (code, exitCode) => {
  const { io, written } = fakeIo({})
  const error = new EagreError(code, 'it is wrong', { hint: 'do this' })
  expect(await explain(error, contextOf(io))).toBe(exitCode)
  expect(written.stderr.join('')).toBe('error: it is wrong\n  do this\n')
})

test.each([new TypeError('x is not a function'), new EagreError('busy', 'x is not a function')])(
  'a mistake of our own is told as one, with the stack only when asked',
  async (error) => {
    for (const [env, stack] of [
      [{}, false],
      [{ EAGRE_DEBUG: '1' }, true],
    ] as const) {
      const { io, written } = fakeIo({ env })
      expect(await explain(error, contextOf(io))).toBe(1)
      const said = written.stderr.join('')
      expect(said).toMatch(/^internal: x is not a function\n.*\bPlease report it\b/)
      expect(said.includes('    at ')).toBe(stack)
    }
  },
)

test('colors are for terminals, NO_COLOR and FORCE_COLOR decide otherwise', () => {
  const colored = (world: Parameters<typeof fakeContext>[0]) =>
    fakeContext(world).colors.stdout.red('x') !== 'x'
  const terminals = ['stdout'] as const
  expect(colored({})).toBe(false)
  expect(colored({ terminals })).toBe(true)
  expect(colored({ terminals, env: { TERM: 'dumb' } })).toBe(false)
  expect(colored({ terminals, env: { NO_COLOR: '1' } })).toBe(false)
  expect(colored({ terminals, env: { NO_COLOR: '' } })).toBe(true)
  expect(colored({ env: { FORCE_COLOR: '1' } })).toBe(true)
  expect(colored({ terminals, env: { FORCE_COLOR: '0' } })).toBe(false)
  expect(colored({ env: { FORCE_COLOR: '1', NO_COLOR: '1' } })).toBe(false)
})

test('a table is aligned, and cut to the width by its column that shrinks', () => {
  const columns = [
    { title: 'node', align: 'left' },
    { title: 'formula', align: 'left', shrinks: true },
    { title: 'value', align: 'right' },
  ] as const
  const rows = [
    ['x', 'input', '1'],
    ['変数', 'tanh(a * b - c * d + e)', '-0.25'],
  ]
  expect([...tableLines(columns, rows, 80)]).toEqual([
    'node  formula                  value',
    'x     input                        1',
    '変数  tanh(a * b - c * d + e)  -0.25',
  ])
  const narrow = [...tableLines(columns, rows, 25)]
  expect(narrow).toEqual([
    'node  formula       value',
    'x     input             1',
    '変数  tanh(a * b …  -0.25',
  ])
})

test('the width of text counts cells', () => {
  expect(['abc', '変数', 'e\u0301', 'ä', '한글'].map(widthOf)).toEqual([3, 4, 1, 1, 4])
})

const report: TrainReport = {
  type: 'progress',
  epoch: 123_456,
  epochs: 1_000_000,
  step: 123_456_000,
  steps: 1_000_000_000,
  samples: 123_456_000,
  updates: 1,
  loss: 1.23456e-5,
  metrics: {},
  learningRate: 0.1,
  elapsed: 1,
}

test('a progress line tells epoch, loss, speed and time left, and never wraps', () => {
  expect(progressLine(report, 812_345, 99)).toBe(
    '███░░░░░░░░░░░░░░░░░░░░░░░░  epoch 123,456/1,000,000  loss 1.235e-5  812k steps/s  17 min 59 s left',
  )
  for (const columns of [20, 40, 60, 80, 200]) {
    expect(progressLine(report, 812_345, columns).length).toBeLessThanOrEqual(columns)
  }
  const { epochs: _, steps: __, ...open } = report
  expect(progressLine({ ...open, loss: NaN }, 0.5, 80)).toBe('epoch 123,456  loss -  0.50 steps/s')
  const test = { loss: 0.25, metrics: {} }
  expect(progressLine({ ...open, test }, 50, 80)).toBe(
    'epoch 123,456  loss 1.235e-5  test 2.500e-1  50 steps/s',
  )
})

test('durations and counts are in words that one can read', () => {
  expect([0.0004, 0.021, 0.0996, 9.96, 59.6, 3599, 7261, 90_000, Infinity].map(duration)).toEqual([
    '1 ms',
    '21 ms',
    '0.1 s',
    '10 s',
    '1 min 0 s',
    '59 min 59 s',
    '2 h 1 min',
    '1 d 1 h',
    '-',
  ])
  expect([1, 999, 1000, 1234567].map(group)).toEqual(['1', '999', '1,000', '1,234,567'])
})

test('a curve keeps its shape at any length', () => {
  const curve = new Curve(100)
  for (let index = 0; index < 10_000; index++) curve.add(index)
  expect(curve.values.length).toBeLessThan(100)
  expect(curve.values.length).toBeGreaterThan(40)
  const gaps = curve.values.slice(1).map((value, index) => value - curve.values[index]!)
  expect(new Set(gaps).size).toBe(1)
})

test('a plot of the loss fits the width and becomes logarithmic over decades', () => {
  const falling = Array.from({ length: 500 }, (_, index) => 10 ** (-index / 50))
  const plot = plotLoss(falling, 60)
  expect(plot).toMatch(/^loss over 500 points, logarithmic\n/)
  for (const line of plot.split('\n')) expect(line.length).toBeLessThanOrEqual(60)
  expect(plot).toContain('1.00e+0')
  expect(plotLoss([1, 1e-9, 0], 60)).toMatch(/^loss over 3 points, logarithmic\n.*1\.00e-9/s)
  expect(plotLoss([1, -1e-9, 0], 60)).toMatch(/^loss over 3 points\n/)
  expect(plotLoss([0, 0], 60)).toMatch(/^loss over 2 points\n/)
  expect(plotLoss([3, 2, 1], 60)).toMatch(/^loss over 3 points\n/)
  expect(plotLoss([1], 60)).toContain('1.00e+0')
  expect(plotLoss([], 60)).toBe('no epoch has ended: there is no loss to plot')
})

test('many that wait for a slow output wait together', async () => {
  const { io } = fakeIo({})
  let release = () => {}
  const stdout: Output = new Writable({
    highWaterMark: 1,
    write(_chunk, _encoding, done) {
      release = done
    },
  })
  const { print } = contextOf({ ...io, stdout })
  const all = Array.from({ length: 50 }, () => print('text'))
  expect(stdout.listenerCount('drain')).toBe(1)
  const timer = setInterval(() => release(), 0)
  await Promise.all(all)
  clearInterval(timer)
  expect(stdout.listenerCount('drain')).toBe(0)
})
