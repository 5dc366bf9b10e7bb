import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gates } from '../../src/gates/index.js'
import { line, neuron, wrong } from './graphs.js'
import { folderWith, run, type World } from './harness.js'

const product = `inputs: { x: -2, y: 5, z: -4 }
gates:
  sum: x + y
  f: sum * z
outputs: [f]
`
const warned = `inputs: { x: 1 }
weights: { w: 1, idle: 2 }
gates:
  f: w * x
loss: f^2
`
const tested = `${neuron}  - name: gradients
    given: { x1: 2, w1: 0.5 }
    expect: { o: 0.5227 }
    gradients: { w1: 0, t: 1 }
    tolerance: 1e-3
  - name: it learns
    train: true
    expect: { o: 0.475 }
    tolerance: 1e-9
`
const importable = `
const rule = { type: 'pointwise', text: { value: 'x', gradients: new Map() } }
export const gates = { mine: { name: '', doc: 'My own.', ports: [{ name: 'x', gradient: true }],
  variadic: false, parameters: [], rule, shape: ([shape]) => shape } }
`

// What an application would import from "eagre".
const gatesUrl = new URL('../../src/gates/index.ts', import.meta.url).href

let folder: Awaited<ReturnType<typeof folderWith>>
beforeAll(async () => {
  folder = await folderWith({
    'neuron.yaml': neuron,
    'line.yaml': line,
    'wrong.yaml': wrong,
    'warned.yaml': warned,
    'product.yaml': product,
    'tested.yaml': tested,
    'infinite.yaml': 'weights: { w: 0 }\nloss: log(w)\ntests: [{ gradients: { w: none } }]\n',
    'mine.mjs': importable,
    'lies.mjs': `import { pointwise } from '${gatesUrl}'
export const gates = {
  lies: pointwise({ doc: 'Lies.', inputs: ['x'], value: 'x * x', gradients: { x: 'g * x' } }),
}
`,
    'empty.mjs': 'export const gate = {}',
    'throws.mjs': 'throw new Error("no luck")',
    'binary.yaml': Uint8Array.of(0xff, 0xfe, 0x00),
    'w.json': '{"format":1,"kind":"eagre-weights","weights":{"a":2,"b":1}}',
    'samples.csv': 'id,x\na,1\nb,2\n',
  })
})
afterAll(() => folder.remove())

const at = (argv: string[], world: World = {}) => run(argv, { cwd: folder.path, ...world })
const lines = (text: string) => text.trimEnd().split('\n')

describe('grad', () => {
  test('shows formula, value and gradient of every node, aligned within 80 columns', async () => {
    const { code, stdout, stderr } = await at(['grad', 'product.yaml'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(`\n${stdout}`).toBe(`
node  formula  value  d f
x     input       -2   -4
y     input        5   -4
z     input       -4    3
sum   x + y        3   -4
f     sum * z    -12    1
`)
  })

  test.each([
    ['x=2', 'x=3'],
    ['x=2', 'y=1', 'x=2'],
  ])('takes a name once: %s %s', async (...values) => {
    const { code, stdout, stderr } = await at(['grad', 'product.yaml', ...values])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain('"x" is given twice')
  })

  test('--json holds all values, and gradients of what flows to the node', async () => {
    const { stdout } = await at(['grad', 'product.yaml', '--json'])
    expect(JSON.parse(stdout)).toEqual({
      of: 'f',
      values: { x: -2, y: 5, z: -4, sum: 3, f: -12 },
      gradients: { x: -4, y: -4, z: 3, sum: -4, f: 1 },
    })
    const of = JSON.parse((await at(['grad', 'product.yaml', '--of', 'sum', '--json'])).stdout)
    expect(of).toMatchObject({ of: 'sum', gradients: { x: 1, y: 1, sum: 1 } })
    expect(Object.keys(of.gradients)).not.toContain('z')
  })

  test('name=value sets inputs, targets and weights, negative ones too', async () => {
    const argv = ['grad', 'neuron.yaml', 'x1=2', 'w1=-5e-1', 't=+.25', '--json']
    const { values } = JSON.parse((await at(argv)).stdout)
    expect(values).toMatchObject({ x1: 2, w1: -0.5, t: 0.25, w2: 0.4 })
    expect(values.o).toBeCloseTo(Math.tanh(2 * -0.5 - 0.4 - 0.02), 14)
  })

  test('long formulas give way, so that the table fits the terminal', async () => {
    const set = ['--set', 'gates.o=tanh(w1 * x1 - w2 * x2 + x3 + x1 * x2 * x3 - x2 * x3 + 1)']
    for (const [columns, terminals] of [
      [60, ['stdout']],
      [300, []],
    ] as const) {
      const { stdout } = await at(['grad', 'neuron.yaml', ...set], { columns, terminals })
      const widths = lines(stdout).map((text) => text.length)
      expect(Math.max(...widths)).toBe(columns === 60 ? 60 : 80)
      expect(stdout).toContain('…')
    }
  })

  test.each([
    [['x9=1'], 'the graph has no input, target or weight "x9"', 'did you mean'],
    [['x1'], '"x1": expected name=value', ''],
    [['x1=abc'], '"abc" is no number', ''],
    [['o=1'], 'no input, target or weight "o"', ''],
    [['--of', 'q'], '"q"', ''],
  ])('%j is a usage error', async (argv, message, hint) => {
    const { code, stdout, stderr } = await at(['grad', 'neuron.yaml', ...argv])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(message)
    expect(stderr).toContain(hint)
  })

  test('without defaults it takes the first row of the data, or asks for values', async () => {
    const { stdout, stderr } = await at(['grad', 'line.yaml', '--json'])
    expect(JSON.parse(stdout).values).toMatchObject({ x: 0, y: 1 })
    expect(stderr).toBe('the sample is the first row of train.data\n')
    expect(await at(['grad', 'line.yaml', 'y=1'])).toMatchObject({
      code: 2,
      stderr: 'error: no value for "x", which has no default\n  for example: x=1\n',
    })
    expect(await at(['grad', 'line.yaml', 'x=1'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the loss needs the target "y"'),
    })
    expect((await at(['grad', 'line.yaml', 'x=1', '--of', 'line'])).code).toBe(0)
  })
})

describe('run', () => {
  test('predicts from CSV files, by default NDJSON or CSV from stdin', async () => {
    const predictions = '{"line":3}\n{"line":5}\n'
    const weights = ['--weights', 'w.json']
    for (const [argv, stdin] of [
      [['samples.csv'], ''],
      [[], 'id,x\na,1\nb,2\n'],
      [['-'], '{"x":1}\n{"x":2,"y":7,"z":"?"}\n'],
      [['--format', 'ndjson'], '{"x":1}\r\n\r\n{"x":2}'],
    ] as const) {
      const result = await at(['run', 'line.yaml', ...argv, ...weights], { stdin })
      expect(result).toEqual({ code: 0, stdout: predictions, stderr: '' })
    }
  })

  test('bad lines are told with their number and skipped, exit 65', async () => {
    const stdin = '{"x":1}\n{"x":"a"}\nnope\n{"y":1}\n{"x":2}\n'
    const { code, stdout, stderr } = await at(['run', 'line.yaml', '--weights', 'w.json'], {
      stdin,
    })
    expect(code).toBe(65)
    expect(stdout).toBe('{"line":3}\n{"line":5}\n')
    expect(lines(stderr)).toEqual([
      'stdin:2: field "x" is "a", no number; skipped',
      expect.stringMatching(/^stdin:3: this is no JSON: .*; skipped$/),
      'stdin:4: field "x" is missing; skipped',
      '3 bad lines skipped',
    ])
  })

  test('a CSV without the inputs is bad data at once', async () => {
    const { code, stdout, stderr } = await at(['run', 'line.yaml'], { stdin: 'a,b\n1,2\n' })
    expect({ code, stdout }).toEqual({ code: 65, stdout: '' })
    expect(stderr).toBe('error: stdin: there is no column "x"\n  the columns are "a", "b"\n')
  })

  test('no samples make no predictions', async () => {
    expect(await at(['run', 'line.yaml'])).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  test('a prediction comes before the next sample is there', async () => {
    const seen: string[] = []
    let tell: (() => void) | undefined
    async function* slowly() {
      for (const x of [1, 2, 3]) {
        yield new TextEncoder().encode(`{"x":${x}}\n`)
        await new Promise<void>((resolve) => {
          tell = resolve
        })
      }
    }
    const { fakeIo } = await import('./harness.js')
    const { cli } = await import('../../src/cli/cli.js')
    const { io } = fakeIo({ cwd: folder.path, stdin: slowly() })
    const write = io.stdout.write.bind(io.stdout)
    io.stdout.write = ((text: string) => {
      seen.push(text)
      tell?.()
      return write(text)
    }) as typeof write
    expect(await cli(['run', 'line.yaml', '--weights', 'w.json'], io)).toBe(0)
    expect(seen).toEqual(['{"line":3}\n', '{"line":5}\n', '{"line":7}\n'])
  })
})

describe('check', () => {
  test('a good file says so on stderr and nothing on stdout', async () => {
    expect(await at(['check', 'neuron.yaml', 'line.yaml'])).toEqual({
      code: 0,
      stdout: '',
      stderr: 'no mistakes in 2 files\n',
    })
  })

  test('a mistake is told with its lines on stdout, exit 78', async () => {
    const { code, stdout, stderr } = await at(['check', 'wrong.yaml', 'neuron.yaml'])
    expect(code).toBe(78)
    expect(`\n${stdout}`).toContain(`
wrong.yaml:4:6 error unknown-gate: there is no gate "tahn"
  3 | gates:
> 4 |   o: tahn(w1 * x)
    |      ^^^^
  did you mean "tanh"?
`)
    expect(stderr).toBe('1 error in 2 files\n')
  })

  test('warnings alone are no failure', async () => {
    const { code, stdout, stderr } = await at(['check', 'warned.yaml'])
    expect(code).toBe(0)
    expect(stdout).toContain('warned.yaml:2:18 warning no-path-to-loss')
    expect(stderr).toBe('1 warning in 1 file\n')
  })

  test('--format json is an array of diagnostics, empty where there are none', async () => {
    const { code, stdout } = await at(['check', 'wrong.yaml', '--format', 'json'])
    expect(code).toBe(78)
    expect(JSON.parse(stdout)).toEqual([
      {
        file: 'wrong.yaml',
        line: 4,
        column: 6,
        endLine: 4,
        endColumn: 10,
        severity: 'error',
        code: 'unknown-gate',
        message: 'there is no gate "tahn"',
        hint: 'did you mean "tanh"?',
      },
    ])
    expect((await at(['check', 'neuron.yaml', '--format', 'json'])).stdout).toBe('[]\n')
  })

  test('--format github annotates', async () => {
    const { stdout } = await at(['check', 'wrong.yaml', '--format', 'github'])
    expect(stdout).toMatch(/^::error file=wrong\.yaml,line=4,endLine=4,col=6,endColumn=10,title=/)
  })

  test('- is stdin', async () => {
    const { code, stdout } = await at(['check', '-'], { stdin: wrong })
    expect(code).toBe(78)
    expect(stdout).toContain('-:4:6 error unknown-gate')
  })

  test('a missing file is told, the others are checked all the same', async () => {
    const { code, stdout, stderr } = await at(['check', 'nope.yaml', 'wrong.yaml'])
    expect(code).toBe(2)
    expect(stdout).toContain('unknown-gate')
    expect(stderr).toContain('cannot read nope.yaml: there is no such file')
  })

  test('bytes that are no text are a diagnostic', async () => {
    const { code, stdout, stderr } = await at(['check', 'binary.yaml'])
    expect(code).toBe(78)
    expect(stdout).toMatch(/^binary\.yaml:1:1 error /)
    expect(stderr).toBe('1 error in 1 file\n')
  })
})

describe('test', () => {
  test('prints a line per test with what was expected and what came', async () => {
    const { code, stdout, stderr } = await at(['test', 'tested.yaml', 'neuron.yaml'])
    expect(code).toBe(1)
    const [first, second, ...more] = lines(stdout)
    expect(first).toBe('ok   tested.yaml: one step, by hand')
    expect(second).toBe('FAIL tested.yaml: gradients')
    // tanh(0.58) = 0.52266, to 1e-3 as expected.
    expect(more[0]).toMatch(/^ {7}gradient of w1: expected 0, got 0\.13/)
    expect(more[1]).toMatch(/^ {7}gradient of t: expected 1, got -0\.09/)
    expect(more.slice(2)).toEqual([
      'ok   tested.yaml: it learns',
      'ok   neuron.yaml: one step, by hand',
    ])
    expect(stderr).toBe('3 passed, 1 failed\n')
    expect((await at(['test', 'neuron.yaml'])).code).toBe(0)
  })

  test('what is not finite is told without quotes', async () => {
    const { stdout } = await at(['test', 'infinite.yaml'])
    expect(stdout).toContain('gradient of w: expected none, got Infinity\n')
  })

  test('a wrong file does not keep the others from being tested', async () => {
    const { code, stdout, stderr } = await at(['test', 'wrong.yaml', 'neuron.yaml'])
    expect(code).toBe(78)
    expect(stdout).toBe('ok   neuron.yaml: one step, by hand\n')
    expect(stderr).toContain('unknown-gate')
  })
})

describe('gradcheck', () => {
  test('confirms right gradients, weight by weight and input by input', async () => {
    const { code, stdout, stderr } = await at(['gradcheck', 'neuron.yaml'])
    expect(code).toBe(0)
    const rows = lines(stdout).map((text) => text.split(/ {2,}/))
    expect(rows[0]).toEqual(['node', 'gradient', 'difference', 'error'])
    expect(rows.slice(1).map(([name]) => name)).toEqual(['x1', 'x2', 'x3', 't', 'w1', 'w2'])
    expect(rows.slice(1).every((row) => row.at(-1) === 'same')).toBe(true)
    expect(stderr).toBe('6 as the differences say\n')
  })

  test('finds a wrong one, exit 1', async () => {
    const argv = ['gradcheck', 'neuron.yaml', '--import', 'lies.mjs']
    const { code, stdout, stderr } = await at([...argv, '--set', 'gates.o=lies(w1 * x1) + w2'])
    expect(code).toBe(1)
    expect(stdout).toMatch(/^w1 .*WRONG$/m)
    expect(stdout).toMatch(/^w2 .*same$/m)
    expect(stderr).toContain('2 WRONG')
  })

  test('tells kinks and what has no gradient by declaration', async () => {
    const argv = ['gradcheck', 'product.yaml', 'x=0', 'z=0', '--json']
    const formula = 'gates.f=relu(x) + stop_gradient(z) + sum'
    const { code, stdout } = await at([...argv, '--set', formula])
    expect(code).toBe(0)
    const { of, gradients } = JSON.parse(stdout)
    expect(of).toBe('f')
    const verdicts = gradients.map((check: { name: string; verdict: string }) => [
      check.name,
      check.verdict,
    ])
    expect(verdicts).toEqual([
      ['x', 'kink'],
      ['y', 'same'],
      ['z', 'none'],
    ])
  })
})

describe('graph', () => {
  test('Mermaid has numbered nodes, so that names cannot break it', async () => {
    const { code, stdout } = await at(['graph', 'product.yaml'])
    expect(code).toBe(0)
    expect(lines(stdout).slice(0, 8)).toEqual([
      'flowchart LR',
      '  n0(["x"])',
      '  n1(["y"])',
      '  n2(["z"])',
      '  n3("sum<br/>x + y")',
      '  n4("f<br/>sum * z")',
      '  n0 --> n3',
      '  n1 --> n3',
    ])
  })

  test('DOT is one digraph', async () => {
    const { stdout } = await at(['graph', 'product.yaml', '--format', 'dot'])
    expect(stdout).toMatch(/^digraph "product" \{\n {2}rankdir=LR\n/)
    expect(stdout).toContain('  n4 [label="f\\nsum * z", shape=box]\n')
    expect(stdout).toContain('  n3 -> n4\n')
    expect(stdout).toMatch(/\n}\n$/)
  })

  test('JSON lists nodes and wires by name', async () => {
    const { stdout } = await at(['graph', 'product.yaml', '--format', 'json'])
    const drawing = JSON.parse(stdout)
    expect(drawing).toMatchObject({ name: 'product', outputs: ['f'] })
    expect(drawing.nodes[3]).toEqual({
      name: 'sum',
      type: 'gate',
      gate: 'add',
      formula: 'x + y',
      parameters: {},
      shape: [],
    })
    expect(drawing.wires).toContainEqual({ from: 'z', to: 'f', port: 1 })
  })
})

describe('gates', () => {
  test('lists what metrics call beside them', async () => {
    const { stdout } = await at(['gates'])
    expect(stdout).toContain('\nmetrics\n  accuracy(prediction, target) ')
    expect(await at(['gates', 'f1'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^f1\(prediction, target\)\n {2}The harmonic mean .*\n/),
    })
    expect(JSON.parse((await at(['gates', 'r2', '--json'])).stdout)).toMatchObject({
      name: 'r2',
      family: 'metrics',
    })
    expect((await at(['gates', 'acuracy'])).stderr).toContain('accuracy')
  })

  test('lists every gate once, under its family, within 80 columns', async () => {
    const { code, stdout } = await at(['gates'])
    expect(code).toBe(0)
    for (const name of gates.keys()) {
      expect(stdout.match(new RegExp(`^  ${name}\\(`, 'gm')) ?? []).toHaveLength(1)
    }
    expect(stdout).toMatch(/^arithmetic\n/)
    for (const text of lines(stdout)) expect(text.length).toBeLessThanOrEqual(80)
  })

  test('explains one', async () => {
    const { stdout } = await at(['gates', 'leaky_relu'])
    expect(stdout).toContain('leaky_relu(x, negative_slope=0.01)')
    expect(stdout).toContain('\n  ports          x\n')
    expect(stdout).toContain('\n  parameters     negative_slope: 0.01 by default\n')
    expect(stdout).toMatch(/\n {2}value {10}where.+\n {2}gradient of x {2}where.+\n/)
  })

  test('a misspelled one is a usage error with a suggestion', async () => {
    expect(await at(['gates', 'tahn'])).toEqual({
      code: 2,
      stdout: '',
      stderr: 'error: there is no gate "tahn"\n  did you mean "tanh"?\n',
    })
    expect((await at(['gates', 'toString'])).code).toBe(2)
  })

  test('--json is data', async () => {
    const all = JSON.parse((await at(['gates', '--json'])).stdout)
    expect(all.map(({ name }: { name: string }) => name)).toEqual([...gates.keys()])
    const { stdout } = await at(['gates', 'add', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ name: 'add', family: 'arithmetic', variadic: true })
  })

  test('--import brings gates of one own', async () => {
    const { stdout } = await at(['gates', '--import', 'mine.mjs'])
    expect(stdout).toMatch(/\nimported\n {2}mine\(x\) +My own\.\n$/)
  })

  test.each([
    ['empty.mjs', 'exports neither "gates" nor "optimizers"'],
    ['throws.mjs', 'no luck'],
    ['nope.mjs', 'nope.mjs'],
  ])('importing %s is told in words', async (file, message) => {
    const { code, stderr } = await at(['gates', '--import', file])
    expect(code).toBe(2)
    expect(stderr).toContain(message)
    expect(stderr).not.toContain('    at ')
  })
})

test('schema prints the JSON Schema', async () => {
  const { code, stdout } = await at(['schema'])
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ $schema: 'http://json-schema.org/draft-07/schema#' })
})

describe('init', () => {
  test('writes a graph that checks, tests and trains, and never overwrites', async () => {
    const { code, stdout, stderr } = await at(['init'])
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
    expect(stderr).toContain('wrote model.yaml')
    expect(await at(['check', 'model.yaml'])).toMatchObject({ code: 0, stdout: '' })
    expect((await at(['test', 'model.yaml'])).code).toBe(0)
    expect((await at(['train', 'model.yaml'])).code).toBe(0)
    const again = await at(['init', 'model'])
    expect(again).toMatchObject({ code: 2, stderr: 'error: cannot write model.yaml: it exists already\n' }) // prettier-ignore
    expect((await at(['init', 'other.yml'])).code).toBe(0)
    await access(join(folder.path, 'other.yml'))
    const text = await readFile(join(folder.path, 'other.yml'), 'utf8')
    expect(parse(text)).toHaveProperty('tests')
    expect(text).toContain('eagre train other.yml')
  })
})
