/** `eagre train --checkpoint`: what is resumed ends as what was never stopped, and wrong use is told. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { interval } from '../../src/cli/interval.js'
import { endless, faulty, line } from './graphs.js'
import { folderWith, learnedLine, run, type World } from './harness.js'

let folder: Awaited<ReturnType<typeof folderWith>>
beforeAll(async () => {
  folder = await folderWith({
    'line.yaml': line,
    'other.yaml': line.replace('a * x + b', 'a * x + 2 * b').replace('b: 0', 'b: 0, c: 1'),
    'shaped.yaml': line.replace('b: 0', 'b: [0, 0]').replace('x + b', 'x + sum(b)'),
    'endless.yaml': endless,
    'faulty.yaml': faulty,
    'noloss.yaml': 'inputs: { x: 1 }\nweights: { w: 1 }\ngates: { f: w * x }\n',
    file: 'a file\n',
  })
})
afterAll(() => folder.remove())

const train = (argv: string[], world: World = {}) =>
  run(['train', ...argv], { cwd: folder.path, ...world })
const files = (name: string) => readdirSync(join(folder.path, name)).sort()

/** The number of the folder, so that each test has its own. */
let folders = 0
const fresh = () => `run${folders++}`

describe('train --checkpoint', () => {
  test('saves at the beginning and at the end, and says where', async () => {
    const at = fresh()
    const { code, stdout, stderr } = await train(['line.yaml', '--checkpoint', at])
    expect(code).toBe(0)
    expect(stdout).toBe((await train(['line.yaml'])).stdout)
    expect(stderr).toContain(`checkpoint saved to ${at}/00000002.json\n`)
    expect(files(at)).toEqual(['00000001.json', '00000002.json'])
  })

  test('what is done and resumed prints the same again', async () => {
    const at = fresh()
    const whole = await train(['line.yaml', '--checkpoint', at])
    const again = await train(['line.yaml', '--checkpoint', at, '--resume'])
    expect(again).toMatchObject({ code: 0, stdout: whole.stdout })
    expect(again.stderr).toContain(`resumed from ${at}/00000002.json: 500 epochs and 2,000 steps`)
  })

  test('more epochs, or any interval of steps, end as one run of all', async () => {
    const at = fresh()
    const set = ['train.shuffle=true', 'train.optimizer=adam', 'train.budget=0.001ms']
      .flatMap((change) => ['--set', change])
      .concat('--json')
    await train(['line.yaml', ...set, '--epochs', '1000', '--checkpoint', at, '--every', '7', '--keep', '4']) // prettier-ignore
    // How many between the first and the last is up to the disk.
    expect(files(at).length).toBeGreaterThan(2)
    expect(files(at).length).toBeLessThanOrEqual(5)
    const resumed = await train(['line.yaml', ...set, '--epochs', '3000', '--checkpoint', at, '--resume']) // prettier-ignore
    const whole = await train(['line.yaml', ...set, '--epochs', '3000'])
    expect(learnedLine(resumed.stdout)).toBe(learnedLine(whole.stdout))
    // The options of before hold where none are given.
    const { stdout } = await train(['line.yaml', ...set, '--checkpoint', at, '--resume'])
    expect(learnedLine(stdout)).toBe(learnedLine(whole.stdout))
  })

  test('an interruption saves, and resumed again and again it ends as if never stopped', async () => {
    const at = fresh()
    const argv = [
      'line.yaml',
      '--set',
      'train.epochs=60000',
      '--set',
      'train.shuffle=true',
      '--json',
      // Long enough to be interrupted.
      '--engine',
      'live',
    ]
    const whole = await train(argv)
    let stopped = 0
    let last = await train([...argv, '--checkpoint', at], interrupted(30))
    while (last.code === 130) {
      stopped++
      expect(last.stderr).toMatch(/checkpoint saved to run\d+\/\d{8}\.json\n/)
      last = await train([...argv, '--checkpoint', at, '--resume'], interrupted(30))
    }
    expect(last.code).toBe(0)
    expect(stopped).toBeGreaterThan(0)
    expect(learnedLine(last.stdout)).toBe(learnedLine(whole.stdout))
  })

  test('a damaged checkpoint is told, and the one before it is used', async () => {
    const at = fresh()
    const argv = ['line.yaml', '--checkpoint', at, '--every', '100', '--json']
    const whole = await train(argv)
    const [newest] = files(at).toReversed()
    const file = join(folder.path, at, newest!)
    const bytes = readFileSync(file)
    const damages = [
      bytes.subarray(0, bytes.length / 2),
      bytes.subarray(0, -1),
      new Uint8Array(0),
      ...[0, 30, 200, 400, 800, bytes.length - 1].map((place) => {
        const changed = Uint8Array.from(bytes)
        changed[place]! ^= 4
        return changed
      }),
    ]
    for (const damage of damages) {
      for (const later of files(at).filter((name) => name > newest!)) {
        writeFileSync(join(folder.path, at, later), '') // what the last round saved
      }
      writeFileSync(file, damage)
      const { code, stdout, stderr } = await train([...argv, '--resume', '--keep', '1000'])
      expect(code).toBe(0)
      expect(stderr).toMatch(
        new RegExp(`${at}/${newest} (is|has) .*\\n(.*\\n)*resumed from ${at}/`),
      )
      expect(stderr).not.toContain(`resumed from ${at}/${newest}`)
      expect(learnedLine(stdout)).toBe(learnedLine(whole.stdout))
    }
    for (const name of files(at)) writeFileSync(join(folder.path, at, name), 'x')
    const none = await train([...argv, '--resume'])
    expect(none.code).toBe(65)
    expect(none.stderr).toMatch(/^error: run\d+ has no checkpoint that is whole: /)
  })

  test('a fault saves as well, and what is mended goes on', async () => {
    const at = fresh()
    const { code } = await train(['faulty.yaml', '--checkpoint', at])
    expect(code).toBe(1)
    const again = ['faulty.yaml', '--checkpoint', at, '--resume']
    const same = await train(again)
    expect(same.code).toBe(1)
    expect(same.stderr).toContain('with h.x = -9')
    const { code: mended, stdout } = await train([...again, '--set', 'train.on_fault=skip'])
    expect(mended).toBe(0)
    expect(stdout).toBe((await train(['faulty.yaml', '--set', 'train.on_fault=skip'])).stdout)
  })

  test('a folder of checkpoints is not begun anew', async () => {
    const at = fresh()
    await train(['line.yaml', '--checkpoint', at])
    const before = files(at)
    const { code, stdout, stderr } = await train(['line.yaml', '--checkpoint', at])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toBe(
      `error: ${at} has checkpoints already, up to 00000002.json\n` +
        '  go on from there with --resume, or name another folder\n',
    )
    expect(files(at)).toEqual(before)
  })

  test('a run that cannot begin saves nothing', async () => {
    const at = fresh()
    expect((await train(['noloss.yaml', '--checkpoint', at])).code).toBe(2)
    writeFileSync(join(folder.path, 'bad.csv'), 'x,y\n0,2\n1,five\n')
    expect((await train(['line.yaml', '--data', 'bad.csv', '--checkpoint', at])).code).toBe(65)
    expect(existsSync(join(folder.path, at))).toBe(false)
  })

  test('the checkpoint of another graph is refused with the difference, or taken as far as it fits', async () => {
    const at = fresh()
    await train(['line.yaml', '--checkpoint', at])
    const { code, stderr } = await train(['other.yaml', '--checkpoint', at, '--resume'])
    expect(code).toBe(65)
    expect(stderr).toContain(
      'error: the checkpoint is of another graph: the gate "line" was a * x + b and is ' +
        'a * x + 2 * b; the weight "c" is new\n' +
        '  add --partial to take what fits, or name another folder to begin anew\n',
    )
    const shaped = await train(['shaped.yaml', '--checkpoint', at, '--resume'])
    expect(shaped.stderr).toContain('the weight "b" had the shape [] and has [2]')
    const partial = await train(['other.yaml', '--checkpoint', at, '--resume', '--partial'])
    expect(partial.code).toBe(0)
    expect(partial.stderr).toContain('kept: a, b; new: c; dropped: none\n')
  })

  test('other rows and other settings are refused, and told apart', async () => {
    const at = fresh()
    await train(['line.yaml', '--checkpoint', at])
    const resumed = (...argv: string[]) =>
      train(['line.yaml', '--checkpoint', at, '--resume', ...argv])
    const rate = await resumed('--set', 'train.learning_rate=0.2', '--set', 'train.batch=2')
    expect(rate.code).toBe(65)
    expect(rate.stderr).toContain(
      'train.batch was 4 and is 2; train.learning_rate was 0.1 and is 0.2',
    )
    writeFileSync(join(folder.path, 'more.csv'), 'x,y\n0,1\n1,3\n2,5\n-1,-1\n3,7\n')
    const more = await resumed('--data', 'more.csv')
    expect(more.code).toBe(65)
    expect(more.stderr).toContain('the data had 4 rows and have 5')
    writeFileSync(join(folder.path, 'others.csv'), 'x,y\n0,1\n1,3\n2,5\n-1,-2\n')
    const others = await resumed('--data', 'others.csv')
    expect(others.stderr).toContain('the rows of the data are others than they were')
    expect(others.stderr).toContain('add --partial')
    // A refusal saves nothing.
    expect(files(at)).toEqual(['00000001.json', '00000002.json'])
    expect((await resumed('--data', 'others.csv', '--partial', '--epochs', '600')).code).toBe(0)
  })

  test.each<[string[], number, string]>([
    [['--resume'], 2, '--resume needs --checkpoint'],
    [['--every', '5s'], 2, '--every needs --checkpoint'],
    [['--keep', '5'], 2, '--keep needs --checkpoint'],
    [
      ['--checkpoint', 'none', '--resume'],
      2,
      'there is no checkpoint in none\n  leave out --resume',
    ],
    [['--checkpoint', 'none', '--partial'], 2, '--partial needs --resume'],
    [['--checkpoint', 'none', '--resume', '--weights', 'w'], 2, 'are both given'],
    [['--checkpoint', 'file'], 2, 'cannot read the folder file: it is, or is in, a file'],
    [['--checkpoint', 'file/run'], 2, 'cannot read the folder file/run: it is, or is in, a file'],
    [
      ['--checkpoint', '/proc/none/run'],
      2,
      'cannot make the folder /proc/none/run: there is no such',
    ],
    [['--checkpoint', 'none', '--every', 'soon'], 2, 'It takes a time like'],
  ])('%j is told', async (argv, code, message) => {
    const weights = ['--checkpoint', 'none', '--resume', '--weights']
    if (argv[3] === weights[3]) await train(['line.yaml', '--save', 'w'])
    const outcome = await train(['line.yaml', ...argv])
    expect(outcome.code).toBe(code)
    expect(outcome.stderr).toContain(message)
    expect(existsSync(join(folder.path, 'none'))).toBe(false)
  })
})

test('an interval is a time or a number of steps', () => {
  expect(interval('10s')).toEqual({ milliseconds: 10_000 })
  expect(interval('1.5m')).toEqual({ milliseconds: 90_000 })
  expect(interval('250ms')).toEqual({ milliseconds: 250 })
  expect(interval('1000')).toEqual({ steps: 1000 })
  for (const text of ['0', '0s', '-1', '1.5', 's', '1d', '9000h', '']) {
    expect(() => interval(text)).toThrow('It takes a time')
  }
})

function interrupted(after: number): World {
  return { interruptible: (interrupt) => setTimeout(interrupt, after) }
}
