import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endless, faulty, line, neuron, wrong } from './graphs.js'
import { folderWith, run, type World } from './harness.js'

let folder: Awaited<ReturnType<typeof folderWith>>
beforeAll(async () => {
  folder = await folderWith({
    'neuron.yaml': neuron,
    'line.yaml': line,
    'evil.yaml': neuron.replace('name: neuron', 'name: "a\\e[2J\\nb"'),
    'faulty.yaml': faulty,
    'stacked.yaml': `${line.replace('batch: 4', 'batch: 4\n  stack: true')}tests:
  - { train: true, given: { x: 10 }, expect: { line: 21 }, tolerance: 1e-6 }
  - { train: true, given: { x: 10 }, expect: { line: 22 }, tolerance: 1e-6 }
`,
    'wrong.yaml': wrong,
    'endless.yaml': endless,
    'noloss.yaml': 'inputs: { x: 1 }\nweights: { w: 1 }\ngates: { f: w * x }\n',
    'rows.csv': 'x,y\n0,2\n1,5\n',
    'rows.ndjson': '{"x":0,"y":2}\n{"x":1,"y":5}\n',
    'bad.csv': 'x,y\n0,2\n1,five\n',
    'file.yaml': line.replace(/data:\n.*/s, 'data: { file: rows.csv }\n'),
    'split.yaml': line
      .replace('train:', 'metrics:\n  off: mae(line, y)\ntrain:')
      .replace(/data:\n.*/s, 'data: { file: three.csv, split: { test: 0.3 } }\n'),
    'three.csv': 'x,y\n0,2\n1,5\n2,9\n',
  })
})
afterAll(() => folder.remove())

const train = (argv: string[], world: World = {}) =>
  run(['train', ...argv], { cwd: folder.path, ...world })

/** The NDJSON lines, and the last of them. */
async function jsonOf(argv: string[], world: World = {}) {
  const { code, stdout, stderr } = await train([...argv, '--json'], world)
  const lines = stdout.trimEnd().split('\n').map((text) => JSON.parse(text)) // prettier-ignore
  return { code, stderr, lines, done: lines.at(-1) }
}

// The numbers of 100 steps of plain gradient descent, by
//   import math
//   w1, w2 = 0.1, 0.4
//   for _ in range(100):
//       o = math.tanh(w1 - w2 - 0.02); e = (0.475 - o)**2
//       g = -2 * (0.475 - o) * (1 - o*o); w1 -= 0.1 * g; w2 += 0.1 * g
//   print(e, w1, w2, math.tanh(w1 - w2 - 0.02))
const expected = {
  loss: 2.0327615557363078e-25,
  w1: 0.5182537515453529,
  w2: -0.01825375154535266,
  o: 0.47499999999965714,
}

describe('train', () => {
  test('ends with loss, outputs and weights in full precision on stdout', async () => {
    const { code, stdout, stderr } = await train(['neuron.yaml'])
    expect(code).toBe(0)
    expect(stderr).toMatch(/^neuron: 100 epochs, 100 steps, 100 updates in [\d.]+ m?s\n$/)
    const [loss, outputs, o, weights, w1, w2] = stdout.split('\n')
    expect([outputs, weights]).toEqual(['outputs', 'weights'])
    const number = (text: string | undefined) => Number(text?.split(/\s+/).at(-1))
    expect(number(loss)).toBeCloseTo(expected.loss, 12)
    expect(number(o)).toBeCloseTo(expected.o, 12)
    expect(number(w1)).toBeCloseTo(expected.w1, 12)
    expect(number(w2)).toBeCloseTo(expected.w2, 12)
  })

  test('--json prints epoch lines and one last line with everything', async () => {
    const { code, lines, done, stderr } = await jsonOf(['neuron.yaml'])
    expect(code).toBe(0)
    expect(stderr).toBe('')
    expect(lines).toHaveLength(101)
    expect(lines[0]).toEqual({ type: 'epoch', epoch: 1, step: 1, loss: expect.any(Number) })
    expect(lines[0].loss).toBeCloseTo((0.475 - Math.tanh(0.1 - 0.4 - 0.02)) ** 2, 14)
    expect(lines[99]).toMatchObject({ type: 'epoch', epoch: 100, step: 100 })
    expect(Object.keys(done)).toEqual([
      'type',
      'epochs',
      'steps',
      'updates',
      'loss',
      'weights',
      'outputs',
      'stopped',
      'engine',
    ])
    expect(done).toMatchObject({
      type: 'done',
      epochs: 100,
      steps: 100,
      updates: 100,
      weights: { w1: expect.closeTo(expected.w1, 12), w2: expect.closeTo(expected.w2, 12) },
      outputs: { o: expect.closeTo(expected.o, 12) },
      stopped: 'epochs',
      engine: { engine: 'live', reason: 'a run of 100 steps', steps: 0 },
    })
  })

  test('--engine names what executes the steps', async () => {
    const { done } = await jsonOf(['neuron.yaml', '--engine', 'interpret'])
    expect(done.engine).toEqual({
      engine: 'interpret',
      reason: 'asked for, 7 gates',
      steps: 100,
      evaluated: 0,
      watched: 0,
    })
    expect(done.weights).toEqual((await jsonOf(['neuron.yaml'])).done.weights)
  })

  test('the same command prints the same bytes', async () => {
    const argv = ['line.yaml', '--set', 'train.shuffle=true', '--json']
    expect((await train(argv)).stdout).toBe((await train(argv)).stdout)
  })

  test('outputs are those of the last sample with the final weights', async () => {
    const { done } = await jsonOf(['line.yaml'])
    expect(done.weights.a).toBeCloseTo(2, 6)
    expect(done.weights.b).toBeCloseTo(1, 6)
    expect(done.outputs.line).toBe(done.weights.a * -1 + done.weights.b)
    expect(done).toMatchObject({ epochs: 500, steps: 2000, updates: 500 })
  })

  test('--epochs and --set change the run, earlier than the checks', async () => {
    const set = ['--set', 'train.learning_rate=0.05', '--set', 'weights.a=7']
    const { done } = await jsonOf(['line.yaml', '--epochs', '1', ...set])
    expect(done.epochs).toBe(1)
    expect(done.updates).toBe(1)
    // The mean gradient at a = 7, b = 0 over the rows.
    const gradient = (-1 * 0 + 2 * 1 * 4 + 2 * 2 * 9 + 2 * -1 * -6) / 4
    expect(done.weights.a).toBeCloseTo(7 - 0.05 * gradient, 12)
  })

  test('--set stacks batches, and the report counts steps and samples', async () => {
    const stack = ['line.yaml', '--epochs', '3', '--set', 'train.stack=true']
    const { done, lines } = await jsonOf([...stack, '--set', 'train.batch=3'])
    expect(done).toMatchObject({ epochs: 3, steps: 6, samples: 12, updates: 6 })
    expect(lines).toHaveLength(4)
    const { stderr } = await train([...stack, '--set', 'train.batch=3'])
    expect(stderr).toMatch(/^line: 3 epochs, 6 steps of 12 samples, 6 updates in [\d.]+ m?s\n$/)
    const bad = await train(['line.yaml', '--set', 'train.stack=3'])
    expect([bad.code, bad.stderr]).toEqual([78, expect.stringContaining('wrong-kind')])
  })

  test('the tests of a graph file train in stacked batches too', async () => {
    const { code, stdout, stderr } = await run(['test', 'stacked.yaml'], { cwd: folder.path })
    expect(code).toBe(1)
    expect(stdout + stderr).toContain('1 passed')
    expect(stdout + stderr).toContain('1 failed')
  })

  test('what is wrong with --set is told as a mistake of --set', async () => {
    const bad = await train(['line.yaml', '--set', 'train.learning_rate=fast'])
    expect(bad).toMatchObject({ code: 78, stdout: '' })
    expect(bad.stderr).toMatch(/^--set train\.learning_rate=fast error [a-z-]+: /)
    const key = await train(['line.yaml', '--set', 'train.learn_rate=1'])
    expect(key.code).toBe(78)
    expect(key.stderr).toMatch(/^--set train\.learn_rate=1 error unknown-key: .*learning_rate/s)
    const form = await train(['line.yaml', '--set', 'train.epochs'])
    expect(form).toMatchObject({ code: 2, stderr: expect.stringContaining('PATH=VALUE') })
    const path = await train(['line.yaml', '--set', 'train.epochs.x=1'])
    expect(path).toMatchObject({ code: 2, stderr: expect.stringContaining('it has no "x"') })
  })

  test('a mistake of the file stays where it is, whatever --set adds above it', async () => {
    const { code, stderr } = await train(['wrong.yaml', '--set', 'inputs.y=1'])
    expect(code).toBe(78)
    expect(stderr).toContain('wrong.yaml:4:6 error unknown-gate')
    expect(stderr).toContain('> 4 |   o: tahn(w1 * x)\n    |      ^^^^\n')
  })

  test('rows that are held back are told beside the others, on every line', async () => {
    const { code, lines, done } = await jsonOf(['split.yaml', '--epochs', '3'])
    expect(code).toBe(0)
    expect(lines.map(({ type, step }) => [type, step])).toEqual([
      ['epoch', 2],
      ['epoch', 4],
      ['epoch', 6],
      ['done', undefined],
    ])
    const { a, b } = done.weights
    const off = 2 * a + b - 9
    expect(done.test).toEqual({
      loss: expect.closeTo(off ** 2, 12),
      metrics: { off: expect.closeTo(Math.abs(off), 12) },
    })
    expect(lines[2].test).toEqual(done.test)
    expect(lines[0].test.loss).toBeGreaterThan(done.test.loss)
    expect(done.metrics).toEqual({ off: expect.any(Number) })
    expect(done.steps).toBe(6)

    const { stdout } = await train(['split.yaml', '--epochs', '3'])
    expect(stdout).toMatch(
      /^loss {4}[\d.]+\nmetrics\n {2}off {3}[\d.]+\ntest\n {2}loss {2}[\d.]+\n {2}off /,
    )
    expect(stdout).toContain(`test\n  loss  ${done.test.loss}\n  off   ${done.test.metrics.off}\n`)
  })

  test('rows of --data are held back like those of the file', async () => {
    const { done } = await jsonOf(['split.yaml', '--data', 'rows.csv'])
    expect(done.steps).toBe(500)
    expect(done.test.loss).toBeCloseTo((done.weights.a + done.weights.b - 5) ** 2, 12)
  })

  test('data comes from a file, named by the graph or by --data', async () => {
    for (const argv of [
      ['file.yaml'],
      ['line.yaml', '--data', 'rows.csv'],
      ['line.yaml', '--data', 'rows.ndjson'],
    ]) {
      const { code, done } = await jsonOf(argv)
      expect(code).toBe(0)
      expect(done.weights.a).toBeCloseTo(3, 5)
      expect(done.weights.b).toBeCloseTo(2, 5)
      expect(done.outputs.line).toBe(done.weights.a + done.weights.b)
    }
  })

  test('the data file of a graph is beside the graph, wherever one stands', async () => {
    const { code } = await run(['train', join(folder.path, 'file.yaml')], { cwd: '/' })
    expect(code).toBe(0)
  })

  test('bad data is told with file, line and column, exit 65', async () => {
    const { code, stdout, stderr } = await train(['line.yaml', '--data', 'bad.csv'])
    expect(code).toBe(65)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^error: bad\.csv:3: column "y" \(2\) is "five", no number\n$/)
  })

  test('--save writes weights that --weights starts from', async () => {
    const first = await jsonOf(['neuron.yaml', '--save', 'w.json'])
    expect(first.stderr).toBe('weights saved to w.json\n')
    const saved = JSON.parse(await readFile(join(folder.path, 'w.json'), 'utf8'))
    expect(saved).toEqual({
      format: 1,
      kind: 'eagre-weights',
      graph: 'neuron',
      weights: first.done.weights,
    })
    const second = await jsonOf(['neuron.yaml', '--weights', 'w.json', '--epochs', '100'])
    const whole = await jsonOf(['neuron.yaml', '--epochs', '200'])
    expect(second.done.weights).toEqual(whole.done.weights)
  })

  test('weights that do not fit are bad data', async () => {
    await train(['neuron.yaml', '--save', 'w.json'])
    const { code, stderr } = await train(['line.yaml', '--weights', 'w.json'])
    expect(code).toBe(65)
    expect(stderr).toContain('the graph has no weight "w1"')
  })

  test('a folder that --save cannot write to is told before training', async () => {
    const { code, stderr } = await train(['endless.yaml', '--save', 'no/w.json'])
    expect(code).toBe(2)
    expect(stderr).toBe('error: cannot write no/w.json: there is no such file or folder\n')
    const folder = await train(['endless.yaml', '--save', '.'])
    expect(folder).toMatchObject({ code: 2, stderr: 'error: cannot write .: it is a folder\n' })
  })

  test('an interruption saves, summarizes and ends with 130', async () => {
    const { code, done } = await jsonOf(['endless.yaml', '--save', 'i.json'], {
      interruptible: (interrupt) => setTimeout(interrupt, 100),
    })
    expect(code).toBe(130)
    expect(done.stopped).toBe('interrupted')
    expect(done.steps).toBeGreaterThan(0)
    expect(done.steps).toBe(done.updates)
    const saved = JSON.parse(await readFile(join(folder.path, 'i.json'), 'utf8'))
    expect(saved.weights).toEqual(done.weights)
  })

  test('a fault names node, formula, place, step and values, and keeps the weights', async () => {
    const { code, stdout, stderr } = await train(['faulty.yaml', '--save', 'f.json'])
    expect(code).toBe(1)
    expect(stdout).toBe('')
    // After the first step w is 1 - 1 * 10.
    for (const part of ['"h"', 'log(w * x)', 'faulty.yaml:4:6', 'step 1', '-9']) {
      expect(stderr).toContain(part)
    }
    expect(stderr).not.toContain('    at ')
    const saved = JSON.parse(await readFile(join(folder.path, 'f.json'), 'utf8'))
    expect(saved.weights).toEqual({ w: -9 })
  })

  test('--plot shows the loss within 80 columns', async () => {
    const { code, stdout } = await train(['neuron.yaml', '--plot'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/\nloss over 100 points, logarithmic\n.*┤/s)
    for (const text of stdout.split('\n')) expect(text.length).toBeLessThanOrEqual(80)
    const json = await train(['neuron.yaml', '--plot', '--json'])
    expect(json.stderr).toContain('loss over 100 points')
    expect(() =>
      json.stdout
        .trimEnd()
        .split('\n')
        .map((text) => JSON.parse(text)),
    ).not.toThrow()
  })

  test('on a terminal it shows a bar that does not wrap', async () => {
    const { stderr, stdout } = await train(['neuron.yaml'], { terminals: ['stdout', 'stderr'] })
    expect(stderr).toContain('epoch 100/100')
    // oxlint-disable-next-line no-control-regex
    const shown = stderr.replace(/\x1b\[?[\d;?]*[A-Za-z0-9]/g, '\n').split(/[\n\r]/)
    for (const text of shown) expect(text.length).toBeLessThan(80)
    expect(stdout).toContain('weights')
  })

  test('a row that is skipped in each epoch is told once, and how often', async () => {
    const rows = '[{ x: 1, t: 1 }, { x: -1, t: 2 }, { x: 2, t: 1 }, { x: -3, t: 1 }]'
    const text = (formula: string, epochs: number) => `inputs: [x]
targets: [t]
weights: { w: 1 }
gates: { y: ${formula} }
loss: (y - t)^2
train: { on_fault: skip, epochs: ${epochs}, learning_rate: 0.01, data: { rows: ${rows} } }
`
    const files = await folderWith({
      'same.yaml': text('w * log(x)', 5),
      'other.yaml': text('w * log(x * w)', 50),
    })
    const world = { cwd: files.path }
    const same = (await run(['train', 'same.yaml'], world)).stderr.split('\n')
    expect(same.slice(0, 3)).toEqual([
      'skipped step 1: the value of "y.b" is NaN, in "log(x)" at same.yaml:4:17 with x = -1',
      'skipped step 3: the value of "y.b" is NaN, in "log(x)" at same.yaml:4:17 with x = -3',
      '10 steps skipped, 2 of them shown',
    ])
    // Where the weights are in it, too, they all differ.
    const other = (await run(['train', 'other.yaml'], world)).stderr.split('\n')
    expect(other.slice(0, 20).every((line) => line.startsWith('skipped step '))).toBe(true)
    expect(other.slice(20, 22)).toEqual([
      'the others that are skipped are counted only',
      '100 steps skipped, 20 of them shown',
    ])
    await files.remove()
  })

  test('a step that fails is skipped where the graph says so, and told', async () => {
    const set = ['--set', 'train.on_fault=skip', '--set', 'train.epochs=3']
    const { code, done, stderr } = await jsonOf(['faulty.yaml', ...set])
    expect(code).toBe(0)
    expect(done).toMatchObject({ steps: 3, updates: 1, weights: { w: -9 } })
    expect(stderr.match(/^skipped step .*"h".*faulty\.yaml:4:6.*$/gm)).toHaveLength(1)
    expect(stderr).toContain('\n2 steps skipped, 1 of them shown\n')
  })

  test('a name that would move the cursor does not', async () => {
    const { code, stderr } = await train(['evil.yaml'])
    expect(code).toBe(0)
    expect(stderr).toMatch(/^a\uFFFD\[2J b: 100 epochs, /)
  })

  test('a graph without a loss is a usage error', async () => {
    const { code, stderr } = await train(['noloss.yaml'])
    expect(code).toBe(2)
    expect(stderr).toMatch(/^error: train: the graph has no loss/)
  })

  test('where a fault is told, --set has not moved it', async () => {
    const { stderr } = await train(['faulty.yaml', '--set', 'inputs.z=1', '--set', 'train.seed=1'])
    expect(stderr).toContain('faulty.yaml:4:6')
  })

  test('a graph that is wrong, missing, a folder or without a loss is told in words', async () => {
    expect(await train(['wrong.yaml'])).toMatchObject({
      code: 78,
      stdout: '',
      stderr: expect.stringContaining('did you mean "tanh"?'),
    })
    expect(await train(['nope.yaml'])).toEqual({
      code: 2,
      stdout: '',
      stderr: 'error: cannot read nope.yaml: there is no such file or folder\n',
    })
    expect(await train(['.'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('it is a folder'),
    })
  })
})
