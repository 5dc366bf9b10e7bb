/** The real program, as it is built: what only a process of its own can show. */
import { execFile, execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endless, line, neuron, wrong } from './graphs.js'
import { folderWith } from './harness.js'

const main = new URL('../../dist/cli/main.js', import.meta.url).pathname
const execute = promisify(execFile)

let folder: Awaited<ReturnType<typeof folderWith>>
beforeAll(async () => {
  folder = await folderWith({
    'neuron.yaml': neuron,
    'endless.yaml': endless,
    'line.yaml': line,
    'wrong.yaml': wrong,
    'failing.yaml': `${line}tests: [{ name: never, given: { x: 1 }, expect: { line: 1e6 } }]\n`,
  })
})
afterAll(() => folder.remove())

const built = existsSync(main)
if (!built)
  console.warn('test/cli/process: skipped, as there is no dist/; `npm run build` makes it')

const terminal = ((): boolean => {
  try {
    execFileSync('script', ['-qec', 'true', '/dev/null'], { stdio: 'ignore' })
    return true
  } catch {
    console.warn('test/cli/process: no terminal tests, as util-linux `script` is not there')
    return false
  }
})()

const clean = { PATH: process.env['PATH'] }

/** Runs a line of shell, in which `eagre` is the program. */
async function shell(text: string, env: Record<string, string> = {}) {
  const eagre = `eagre() { '${process.execPath}' '${main}' "$@"; }; set -o pipefail; `
  const run = execute('bash', ['--norc', '-c', eagre + text], {
    cwd: folder.path,
    env: { ...clean, ...env },
    maxBuffer: 100_000_000,
  })
  const { stdout, stderr, code } = await run.then(
    (result) => ({ ...result, code: 0 }),
    // What `execFile` rejects with where the exit code is not 0.
    (error: { stdout: string; stderr: string; code: number }) => error,
  )
  return { stdout, stderr, code }
}

describe.skipIf(!built)('the program', () => {
  test('passes the exit code on', async () => {
    expect((await shell('eagre check neuron.yaml')).code).toBe(0)
    expect((await shell('eagre check wrong.yaml')).code).toBe(78)
    expect((await shell('eagre nonsense')).code).toBe(2)
  })

  test('ends in silence when nobody reads any more', async () => {
    const { stdout, stderr, code } = await shell('eagre train endless.yaml --json | head -1')
    expect(JSON.parse(stdout)).toMatchObject({ type: 'epoch' })
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
  })

  test('still answers by its exit code when nobody reads any more', async () => {
    // `head -0` is gone before anything is written; what fails does so after the first line.
    const answer = async (command: string) => {
      const { stdout, stderr } = await shell(`{ eagre ${command}; echo $? >&2; } | head -0`)
      expect(stdout).toBe('')
      return stderr.trim().split('\n').at(-1)
    }
    const wrong = Array.from({ length: 40 }, () => 'wrong.yaml').join(' ')
    expect(await answer(`check ${wrong}`)).toBe('78')
    expect(await answer(`check --format json ${wrong}`)).toBe('78')
    expect(await answer('check line.yaml')).toBe('0')
    expect(await answer(`test ${Array.from({ length: 40 }, () => 'failing.yaml').join(' ')}`)).toBe(
      '1',
    )
    expect(await answer('gradcheck line.yaml --tolerance 1e-300')).toBe('1')
  })

  test('saves when nobody reads any more', async () => {
    const train = 'eagre train endless.yaml --json --save unread.json --checkpoint unread | head -1'
    const { stderr, code } = await shell(train)
    expect(code).toBe(0)
    expect(stderr).toMatch(
      /^checkpoint saved to unread\/00000002.json\nweights saved to unread.json\n$/,
    )
    const events = `for i in {1..100000}; do echo '{"x":1,"y":1}'; done`
    const learn = await shell(`${events} | eagre learn line.yaml --save heard.json | head -1`)
    expect(JSON.parse(learn.stdout)).toMatchObject({ step: 0 })
    expect(learn.stderr).toBe('weights saved to heard.json\n')
  })

  test.skipIf(!existsSync('/dev/full'))('says that there is no room, and saves', async () => {
    const train = await shell('eagre train endless.yaml --json --save full.json > /dev/full')
    expect(train.code).toBe(1)
    expect(train.stderr).toBe(
      'error: cannot write to stdout: the disk is full\nweights saved to full.json\n',
    )
    const gates = await shell('eagre gates > /dev/full')
    expect(gates).toMatchObject({
      code: 1,
      stderr: 'error: cannot write to stdout: the disk is full\n',
    })
  })

  test('does not take a folder for an empty stream', async () => {
    for (const command of ['learn line.yaml', 'run line.yaml', 'check -']) {
      const { stdout, stderr, code } = await shell(`eagre ${command} < .`)
      expect({ stdout, code }).toEqual({ stdout: '', code: 2 })
      expect(stderr).toBe('error: cannot read stdin: it is a folder\n')
    }
  })

  test.each(['SIGINT', 'SIGTERM'] as const)('saves on %s, and ends with 130', async (signal) => {
    const file = `${signal}.json`
    const argv = [main, 'train', 'endless.yaml', '--json', '--save', file]
    const child = spawn(process.execPath, argv, { cwd: folder.path, env: clean })
    let stdout = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (stdout === '') child.kill(signal)
      stdout += text
    })
    const [code] = await once(child, 'close')
    expect(code).toBe(130)
    const done = JSON.parse(stdout.trimEnd().split('\n').at(-1)!)
    expect(done).toMatchObject({ type: 'done', stopped: 'interrupted' })
    const saved = JSON.parse(await readFile(join(folder.path, file), 'utf8'))
    expect(saved.weights).toEqual(done.weights)
  })

  test('colors only where it is told to, when it is piped', async () => {
    const colored = async (env: Record<string, string>) =>
      (await shell('eagre check wrong.yaml', env)).stdout.includes('\x1b[')
    expect(await colored({})).toBe(false)
    expect(await colored({ FORCE_COLOR: '1' })).toBe(true)
    expect(await colored({ FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(false)
  })

  test('predicts a long stream in little memory and in order', async () => {
    const { stdout, stderr, code } = await shell(
      'for i in {1..200000}; do echo "{\\"x\\":$i}"; done | eagre run line.yaml --set weights.a=1',
      { NODE_OPTIONS: '--max-old-space-size=32' },
    )
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
    const lines = stdout.trimEnd().split('\n')
    expect(lines).toHaveLength(200_000)
    expect(lines.every((text, index) => text === `{"line":${index + 1}}`)).toBe(true)
  })

  test.skipIf(!terminal)('draws one line of progress on a terminal of 80 columns', async () => {
    const command = `stty cols 80; '${process.execPath}' '${main}' train neuron.yaml --epochs 200000 --engine live`
    const { stdout } = await execute('script', ['-qec', command, '/dev/null'], {
      cwd: folder.path,
      env: { ...clean, TERM: 'xterm' },
      maxBuffer: 100_000_000,
    })
    expect(stdout).toContain('epoch 200,000/200,000')
    // oxlint-disable-next-line no-control-regex
    const lines = stdout.replace(/\x1b(\[[\d;?]*[A-Za-z]|\d)/g, '\r').split(/[\r\n]+/)
    expect(lines.filter((text) => text.includes('steps/s')).length).toBeGreaterThan(1)
    for (const text of lines) expect(text.length).toBeLessThan(80)
    expect(stdout).toMatch(/weights\r?\n/)
    // Wrapping and the cursor are as they were.
    expect(stdout).not.toMatch(/\x1b\[\?(7|25)l/) // oxlint-disable-line no-control-regex
  })
})
