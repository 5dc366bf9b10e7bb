/** Every block of the README is run or checked: CONTRIBUTING.md says how. */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseGraph } from '../../src/graph.js'
import { read, root } from './files.js'

interface Block {
  readonly language: string
  readonly text: string
  readonly line: number
  readonly reason?: string
}

/** The fenced blocks of a Markdown text. */
function blocksOf(markdown: string): Block[] {
  const fence = /(?:<!-- not run: (.*?) -->\n)?^```(\w*)\n([\s\S]*?)^```$/gm
  return [...markdown.matchAll(fence)].map((match) => ({
    language: match[2]!,
    text: match[3]!,
    line: markdown.slice(0, match.index).split('\n').length,
    ...(match[1] !== undefined && { reason: match[1] }),
  }))
}

/** Whether a text is what was shown: `…` stands for anything in a line, or for any lines. */
function matches(actual: string, shown: string): boolean {
  const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const lines = shown.trimEnd().split('\n')
  const pattern = lines
    .map((line) =>
      line.trim() === '…'
        ? '(?:.*\n)*?'
        : `${line.trimEnd().split('…').map(escaped).join('.*')} *\n`,
    )
    .join('')
  return new RegExp(`^${pattern}$`).test(`${actual.trimEnd()}\n`)
}

const blocks = blocksOf(read('README.md'))
const named = (language: string) =>
  blocks.filter((block) => block.language === language && block.reason === undefined)

// Where the blocks are run: a folder of somebody who has installed the package.
let folder = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'eagre-readme-'))
  mkdirSync(join(folder, 'bin'))
  mkdirSync(join(folder, 'node_modules'))
  cpSync(join(root, 'graphs'), join(folder, 'graphs'), { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
  symlinkSync(root, join(folder, 'node_modules/eagre'))
  for (const name of ['rxjs', '@types']) {
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name))
  }
  symlinkSync(join(root, 'dist/cli/main.js'), join(folder, 'bin/eagre'))
  chmodSync(join(root, 'dist/cli/main.js'), 0o755)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('every block says what it is', () => {
  const known = ['yaml', 'ts', 'console', 'sh', 'text']
  expect(blocks.filter(({ language }) => !known.includes(language))).toEqual([])
  expect(blocks.length).toBeGreaterThan(8)
})

test('what is not run says why', () => {
  for (const { language, reason, line } of blocks) {
    if (language === 'text') continue
    if (reason !== undefined) console.log(`README.md:${line} is not run: ${reason}`)
  }
})

test('links lead to files that exist', () => {
  const links = [...read('README.md').matchAll(/\]\(([^)#]+)\)/g)].map((match) => match[1]!)
  const local = links.filter((link) => !/^https?:/.test(link))
  expect(local.filter((link) => !existsSync(join(root, link)))).toEqual([])
})

describe('yaml blocks check without a warning', () => {
  test.each(named('yaml'))('line $line', ({ text }) => {
    expect(parseGraph(text, { file: 'README.md' }).warnings).toEqual([])
  })
})

describe('console blocks print what they show', () => {
  test.each([...named('console'), ...named('sh')])('line $line', ({ text }) => {
    // A command goes on over the following lines where it ends in a backslash.
    const sessions = text
      .replace(/\\\n\s*/g, '')
      .split(/^\$ /m)
      .slice(1)
    expect(sessions.length).toBeGreaterThan(0)
    for (const session of sessions) {
      const [command, ...shown] = session.split('\n')
      const env = {
        ...process.env,
        PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH}`,
        NO_COLOR: '1',
        COLUMNS: '80',
      }
      // Both streams in one, as a terminal shows them.
      const script = `exec 2>&1\n${command}`
      const { stdout } = spawnSync('sh', ['-c', script], { cwd: folder, env, encoding: 'utf8' })
      if (!matches(stdout, shown.join('\n'))) {
        expect(`$ ${command}\n${stdout}`).toBe(`$ ${session}`)
      }
    }
  })
})

describe('ts blocks compile and print what their comments say', () => {
  test.each(named('ts'))('line $line', ({ text, line }) => {
    const file = join(folder, `block${line}.ts`)
    writeFileSync(file, text)
    const tsc = join(root, 'node_modules/.bin/tsc')
    const options = '--ignoreConfig --target es2022 --module nodenext --strict --types node'
    const compiled = spawnSync(tsc, [...options.split(' '), '--skipLibCheck', file], {
      cwd: folder,
      encoding: 'utf8',
    })
    expect(compiled.stdout).toBe('')
    const { stdout, stderr } = spawnSync(process.execPath, [file.replace(/ts$/, 'js')], {
      cwd: folder,
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    const shown = [...text.matchAll(/^.*console\.log.*\/\/ (.*)$/gm)].map((match) => match[1])
    if (!matches(stdout, shown.join('\n'))) expect(stdout).toBe(shown.join('\n'))
  })
})
