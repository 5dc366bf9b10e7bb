/** `eagre learn` and `eagre tap`. */
import { afterAll, describe, expect, test } from 'vitest'
import { execFileSync } from 'node:child_process'
import { open, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { liveLine, scoreLine } from '../../src/cli/scoreboard.js'
import { folderWith, run } from './harness.js'

const graph = `
inputs: [x]
targets: [t]
weights: { w: 0 }
gates: { y: w * x }
loss: (y - t)^2
metrics:
  mae: mae(y, t)
train: { learning_rate: 0.25, epochs: 4, data: { rows: [{ x: 1, t: 1 }, { x: 2, t: 2 }] } }
learn: { id: key }
`
const folder = await folderWith({
  'line.yaml': graph,
  'memory.yaml': graph
    .replace('{ y: w * x }', '\n  y: w * standardize(x, update=before) + mean(window(x, size=2))')
    .replace('0.25', '0.01'),
  'keys.yaml': graph.replace('id: key', 'key: device'),
  'labels.csv': 'key,t\nb,1\n\na,1\nc,9\n',
  'bad.yaml': graph.replace('key', '[key]'),
  'stop.yaml': graph.replace('id: key', 'on_fault: stop'),
})
afterAll(() => folder.remove())
const eagre = (argv: readonly string[], stdin = '', more = {}) =>
  run(argv, { cwd: folder.path, stdin, ...more })
const lines = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)

describe('learn', () => {
  test('predicts from events and learns from each, NDJSON or CSV', async () => {
    const ndjson = '{"x":1,"t":1}\n{"x":1,"t":1}\n{"x":2}\n'
    const csv = 'key,x,t\na,1,1\nb,1,1\nc,2,\n'
    const told = [
      { step: 0, outputs: { y: 0 }, loss: 1, learned: true },
      { step: 1, outputs: { y: 0.5 }, loss: 0.25, learned: true },
      { step: 2, outputs: { y: 1.5 }, learned: false },
    ]
    const first = await eagre(['learn', 'line.yaml'], ndjson)
    expect(first).toMatchObject({ code: 0, stderr: '' })
    expect(lines(first.stdout)).toEqual(told)
    const second = await eagre(['learn', 'line.yaml'], csv)
    expect(lines(second.stdout)).toEqual(
      told.map((one, at) => ({ ...one, id: ['a', 'b', 'c'][at] })),
    )
  })

  test('gives ids back as they were written, and finds their labels however those are written', async () => {
    const events = ['7', '"7.50"', '"007"', '2.5'].map((id) => `{"x":1,"key":${id}}\n`).join('')
    await writeFile(join(folder.path, 'ids.csv'), 'key,t\n7,1\n007,1\n2.5,1\n7.50,1\n')
    const { stdout, stderr, code } = await eagre(
      ['learn', 'line.yaml', '--labels', 'ids.csv', '--metrics'],
      events,
    )
    expect(code).toBe(0)
    expect(lines(stdout).map((one) => (one as { id: unknown }).id)).toEqual([7, '7.50', '007', 2.5])
    expect(stderr).toContain('4 scored')
  })

  test('goes on with saved weights and what gates kept, as if it had never ended', async () => {
    const row = (x: number) => `{"x":${x},"t":${3 * x}}\n`
    const [first, rest] = [[1, 4, 2].map(row).join(''), [5, 3, 9].map(row).join('')]
    const whole = await eagre(['learn', 'memory.yaml'], first + rest)
    await eagre(['learn', 'memory.yaml', '--save', 'kept.json'], first)
    const again = await eagre(['learn', 'memory.yaml', '--weights', 'kept.json'], rest)
    const outputs = (text: string) =>
      lines(text).map((line) => (line as { outputs: object }).outputs)
    expect(outputs(again.stdout)).toEqual(outputs(whole.stdout).slice(3))
    expect(whole).toMatchObject({ code: 0, stderr: '' })
  })

  test('saves every so many events once the last of them has been learned from', async () => {
    const rows = '{"x":1,"t":1}\n'.repeat(3)
    await eagre(['learn', 'line.yaml', '--checkpoint', 'every', '--every', '2'], rows)
    const saved = await Promise.all(
      [1, 2, 3].map((n) => readFile(join(folder.path, 'every', `0000000${n}.json`), 'utf8')),
    )
    const seen = saved.map((one) => /"events":"?(\d+)/.exec(one)?.[1])
    expect(seen).toEqual([undefined, '2', '3'])
  })

  test('has a model for each key that the file names, also after a checkpoint', async () => {
    const csv = (rows: string) => `device,x,t\n${rows}`
    const first = await eagre(
      ['learn', 'keys.yaml', '--checkpoint', 'keys'],
      csv('07,1,1\n7,1,3\n'),
    )
    expect(lines(first.stdout)).toEqual([
      { step: 0, key: '07', outputs: { y: 0 }, loss: 1, learned: true },
      { step: 1, key: '7', outputs: { y: 0 }, loss: 9, learned: true },
    ])
    const more = ['--checkpoint', 'keys', '--resume']
    const again = await eagre(['learn', 'keys.yaml', ...more], csv('7,1,\n07,1,\n8,1,\n'))
    const outputs = lines(again.stdout).map((line) => (line as { outputs: object }).outputs)
    expect(outputs).toEqual([{ y: 1.5 }, { y: 0.5 }, { y: 0 }])
    expect(again).toMatchObject({ code: 0 })
  })

  test('joins labels of a file by id', async () => {
    const events = ['a', 'b'].map((key) => `{"key":"${key}","x":1}\n`).join('')
    const save = ['--save', 'weights.json']
    const done = await eagre(['learn', 'line.yaml', '--labels', 'labels.csv', ...save], events)
    expect(lines(done.stdout)).toHaveLength(2)
    // When no event waits any more, nothing is read further.
    expect(done).toMatchObject({ code: 0, stderr: 'weights saved to weights.json\n' })
    const { weights } = JSON.parse(await readFile(join(folder.path, 'weights.json'), 'utf8')) as {
      weights: { w: number }
    }
    expect(weights.w).toBe(0.75)
  })

  test('says how well it predicts', async () => {
    const events = '{"x":1,"t":1}\n{"x":1,"t":1}\n'
    const plain = await eagre(['learn', 'line.yaml', '--metrics'], events)
    expect(plain.stderr).toBe('2 scored  loss 0.625  mae 0.75\n')
    const live = await eagre(['learn', 'line.yaml', '--metrics', '--window', '1'], events, {
      terminals: ['stderr'],
    })
    expect(live.stderr).toMatch(/\r\S*2 scored {2}loss 0.625 {2}mae 0.75 {2}\(last 1: loss 0.25 {2}mae 0.5\)\n$/) // prettier-ignore
  })

  test('refuses a window of metrics that nobody would see', async () => {
    const done = await eagre(['learn', 'line.yaml', '--window', '5'], '{"x":1,"t":1}\n')
    expect(done).toMatchObject({ code: 2, stdout: '' })
    expect(done.stderr).toBe('error: --window needs --metrics\n  show them: --metrics --window 5\n')
  })

  test('shows whole scores alone in a live line, those of the window first', () => {
    const none = { events: 0, learned: 0, faults: 0, labels: 0, early: 0, duplicate: 0, late: 0 }
    const more = {
      expired: 0,
      evicted: 0,
      unknown: 0,
      dropped: 0,
      queued: 0,
      memory: 0,
      updates: 0,
    }
    const counts = { ...none, ...more, waiting: 1234 }
    const scores = { loss: 0.123_456, metrics: { accuracy: 0.987_65, log_loss: Number.NaN } }
    const window = { ...scores, samples: 1000, loss: 2 }
    const wide = '12,000 scored  loss 0.1235  accuracy 0.9877  log_loss -  1,234 waiting'
    const recent = '12,000 scored  (last 1,000: loss 2  accuracy 0.9877  log_loss -)  1,234 waiting'
    const metrics = { samples: 12_000, step: 12_000, counts, ...scores }
    for (let width = 17; width <= 180; width++) {
      for (const [one, whole] of [
        [metrics, wide],
        [{ ...metrics, window }, recent],
      ] as const) {
        const line = liveLine(one, width)
        expect(line.length).toBeLessThanOrEqual(width)
        if (line === scoreLine(one)) continue
        if (!line.endsWith('…')) expect(line).toBe(whole)
        else expect(whole.startsWith(line.slice(0, -1))).toBe(true)
      }
    }
    expect(liveLine(metrics, wide.length)).toBe(wide)
    expect(liveLine({ ...metrics, window }, 77)).toBe(`${recent.slice(0, 64)}  …`)
    expect(liveLine({ ...metrics, window }, 200)).toBe(scoreLine({ ...metrics, window }))
  })

  test('writes over no line of a terminal but its own', async () => {
    const text = graph.replace('mae: mae', `${'long_'.repeat(20)}name: mae`)
    await writeFile(join(folder.path, 'long.yaml'), text)
    async function* events() {
      yield new TextEncoder().encode('{"x":1,"t":1}\n')
      await new Promise((resolve) => setTimeout(resolve, 20))
      yield new TextEncoder().encode('none\n{"x":1,"t":1}\n')
    }
    const terminals = ['stdout', 'stderr'] as const
    const at = { cwd: folder.path, stdin: events(), terminals, env: { NO_COLOR: '1' } }
    const { stderr } = await run(['learn', 'long.yaml', '--metrics'], at)
    const [before, after] = stderr.replaceAll('\x1b[2K', '').split(/(?<=skipped\n)/)
    // The short line is cleared before what is said, and before predictions on the same terminal.
    expect(before).toMatch(/\r1 scored {2}loss 1 {2}…\rstdin:2: [^\r]+skipped\n$/)
    for (const line of before!.split('\r').slice(1, -1)) expect(line.length).toBeLessThan(78)
    expect(after).toMatch(/2 scored {2}loss 0.625 {2}\w+name 0.75\n1 skipped\n$/)
  })

  test('skips what is bad, and says where', async () => {
    const events = 'no\n{"x":"no","t":1}\n{"x":1,"t":1}\n'
    const done = await eagre(['learn', 'line.yaml', '--format', 'ndjson'], events)
    expect(done.code).toBe(65)
    expect(lines(done.stdout)).toHaveLength(1)
    expect(done.stderr).toMatch(/stdin:1: .*skipped\nstdin:2: .*skipped\n2 skipped\n$/)
  })

  test('goes on from a checkpoint as if it had never stopped', async () => {
    const events = Array.from({ length: 6 }, (_, n) => `{"x":${n % 3},"t":1}\n`)
    const whole = await eagre(['learn', 'line.yaml'], events.join(''))
    const first = await eagre(
      ['learn', 'line.yaml', '--checkpoint', 'run'],
      events.slice(0, 3).join(''),
    )
    const second = await eagre(
      ['learn', 'line.yaml', '--checkpoint', 'run', '--resume'],
      events.slice(3).join(''),
    )
    expect([first.code, second.code]).toEqual([0, 0])
    expect(first.stderr).toMatch(/checkpoint saved to run/)
    expect(first.stdout + second.stdout).toBe(whole.stdout)
  })

  test('ends with 130 where it is interrupted, and saves', async () => {
    let interrupt = () => {}
    async function* events() {
      yield new TextEncoder().encode('{"x":1,"t":1}\n')
      await new Promise((resolve) => setTimeout(resolve, 20))
      interrupt()
      await new Promise(() => {})
    }
    const done = await run(['learn', 'line.yaml', '--save', 'cut.json'], {
      cwd: folder.path,
      stdin: events(),
      interruptible: (callback) => (interrupt = callback),
    })
    expect(done.code).toBe(130)
    expect(await readFile(join(folder.path, 'cut.json'), 'utf8')).toMatch(/"w": 0.5/)
  })

  test('goes on from a checkpoint with what waits for labels', async () => {
    const pipe = join(folder.path, 'later.ndjson')
    execFileSync('mkfifo', [pipe])
    // Open for writing as well: its end does not come before this closes it.
    const labels = await open(pipe, 'r+')
    let interrupt = () => {}
    async function* events() {
      yield new TextEncoder().encode('{"key":"a","x":1}\n{"key":"b","x":1}\n')
      await new Promise((resolve) => setTimeout(resolve, 20))
      interrupt()
      await new Promise(() => {})
    }
    const first = await run(
      ['learn', 'line.yaml', '--labels', 'later.ndjson', '--checkpoint', 'wait'],
      {
        cwd: folder.path,
        stdin: events(),
        interruptible: (callback) => (interrupt = callback),
      },
    )
    await labels.close()
    expect(first.code).toBe(130)
    const argv = ['learn', 'line.yaml', '--labels', 'labels.csv', '--checkpoint', 'wait']
    const then = await eagre([...argv, '--resume', '--save', 'joined.json'])
    expect(then.stderr).toMatch(/^resumed from wait\/\d+\.json: 2 events were seen\n/)
    // Both labels were for them; nothing was left to wait for the third.
    const w = JSON.parse(await readFile(join(folder.path, 'joined.json'), 'utf8')) as object
    expect(w).toMatchObject({ weights: { w: 0.75 } })
    const again = await eagre([...argv, '--resume'])
    expect(again.stderr).toMatch(/: 2 events and [23] labels were seen\n/)
  })

  test('tells where no event has the id that labels are joined by', async () => {
    const argv = ['learn', 'line.yaml', '--labels', 'labels.csv', '--id', 'order']
    const done = await eagre(argv, '{"key":"a","x":1}\n{"key":"b","x":1}\n')
    expect(done.stderr).toMatch(/^2 of 2 events had no "order" to join labels by$/m)
  })

  test('does not learn what could not be saved', async () => {
    const done = await eagre(['learn', 'line.yaml', '--save', 'none/w.json'], '{"x":1,"t":1}\n')
    expect(done).toMatchObject({ code: 2, stdout: '' })
    expect(done.stderr).toMatch(/^error: cannot write none\/w.json: there is no such file/)
  })

  test('answers wrong usage and wrong graphs as the other commands do', async () => {
    expect((await eagre(['learn', 'none.yaml'])).code).toBe(2)
    expect((await eagre(['learn', 'bad.yaml'])).code).toBe(78)
    const none = await eagre(['learn', 'stop.yaml', '--labels', 'labels.csv'], '{"x":1}\n')
    expect(none.code).toBe(2)
    expect(none.stderr).toMatch(/there is no "id"/)
  })

  test.each([
    ['none.csv', /^error: cannot read none.csv: there is no such file/],
    ['.', /^error: cannot read .: it is a folder/],
    ['9999', /^error: cannot read descriptor 9999: /],
    ['0', /^error: events and labels cannot both come from stdin\n {2}name a file/],
    ['-', /^error: events and labels cannot both come from stdin\n {2}name a file/],
  ])('predicts nothing where the labels cannot be read: %s', async (labels, told) => {
    const done = await eagre(['learn', 'line.yaml', '--labels', labels], '{"key":"a","x":1}\n')
    expect(done).toMatchObject({ code: 2, stdout: '' })
    expect(done.stderr).toMatch(told)
  })

  test('tells with a resumed checkpoint how many events it has seen', async () => {
    const events = '{"x":1,"t":1}\n'.repeat(3)
    await eagre(['learn', 'line.yaml', '--checkpoint', 'seen'], events)
    const again = await eagre(['learn', 'line.yaml', '--checkpoint', 'seen', '--resume'], events)
    expect(again.stderr).toMatch(/^resumed from seen\/\d+\.json: 3 events were seen\n/)
    await eagre(['learn', 'line.yaml', '--checkpoint', 'one'], '{"x":1,"t":1}\n')
    const one = await eagre(['learn', 'line.yaml', '--checkpoint', 'one', '--resume'], events)
    expect(one.stderr).toMatch(/^resumed from one\/\d+\.json: 1 event was seen\n/)
  })
})

describe('tap', () => {
  test('prints values and gradients of nodes while the graph trains', async () => {
    const done = await eagre(['tap', 'line.yaml', 'y', 'w', '--gradients', '--every', '2'])
    expect(done.code).toBe(0)
    expect(lines(done.stdout).slice(0, 4)).toEqual([
      { step: 0, node: 'w', mode: 'learn', value: 0 },
      { step: 0, node: 'y', mode: 'learn', value: 0 },
      { step: 0, node: 'y', mode: 'learn', gradient: -2 },
      { step: 0, node: 'w', mode: 'learn', gradient: -2 },
    ])
    expect(lines(done.stdout)).toHaveLength(4 * 4)
  })

  test('or learns from events', async () => {
    const done = await eagre(['tap', 'line.yaml', 'y', '--learn'], '{"x":1,"t":1}\n{"x":1,"t":1}\n')
    expect(lines(done.stdout)).toMatchObject([{ value: 0 }, { value: 0.5 }])
  })

  test.each([
    [['--learn', '--epochs', '3'], /--epochs is for training, not for --learn/],
    [['--learn', '--data', 'rows.csv'], /--data is for training, not for --learn/],
    [['--format', 'csv'], /--format is for --learn/],
  ])('refuses options that would do nothing: %j', async (options, told) => {
    const done = await eagre(['tap', 'line.yaml', 'y', ...options])
    expect(done).toMatchObject({ code: 2, stdout: '' })
    expect(done.stderr).toMatch(told)
  })

  test('says what is skipped, and learns from the rest', async () => {
    const events = '{"device":"a","x":1,"t":1}\n{"x":1,"t":1}\nnone\n{"device":"a","x":1,"t":1}\n'
    const done = await eagre(['tap', 'keys.yaml', 'y', '--learn'], events)
    expect(done.code).toBe(65)
    expect(done.stderr).toMatch(/^step \d+: the sample has no key; skipped\nstdin:3: .*skipped\n2 skipped\n$/) // prettier-ignore
    expect(lines(done.stdout)).toMatchObject([{ value: 0 }, { value: 0.5 }])
    await writeFile(join(folder.path, 'far.csv'), 'x,t\n1,1\n1e200,1\n')
    const skip = ['--set', 'train.on_fault=skip']
    const far = await eagre(['tap', 'line.yaml', 'y', '--data', 'far.csv', ...skip])
    expect(far.code).toBe(0)
    expect(far.stderr).toMatch(/^skipped step 1: .*Infinity.*at line\.yaml:6:7.*\n/)
    const stop = await eagre(['tap', 'line.yaml', 'y', '--data', 'far.csv'])
    expect(stop).toMatchObject({ code: 1 })
    expect(stop.stderr).toMatch(/^error: step 1: .*Infinity/)
  })

  test('knows only the nodes of the graph', async () => {
    const done = await eagre(['tap', 'line.yaml', 'z'])
    expect(done.code).toBe(2)
    expect(done.stderr).toMatch(/no node "z"/)
  })
})
