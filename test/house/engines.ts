/**
 * The engines that must agree to the last bit: versions of Node and Chromium. `npm run engines`
 * fetches the former, EAGRE_ENGINES may say where they lie; the latter is taken where it is
 * installed, or from the variable CHROMIUM.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'
import { findChromium } from '../studio/browser.js'
import { root } from './files.js'

export interface Engine {
  readonly name: string
  /** Why it cannot be asked here, if so. */
  readonly missing?: string
  /** Runs a script, and gives what that passed to `report(text)`; `flags` are for Node alone. */
  run(script: string, flags?: readonly string[]): string
}

/** All engines, missing ones too: a test of one of those is to be skipped with its reason. */
export function engines(): readonly Engine[] {
  return [...['20', '22', '24'].map(node), chromium()]
}

/** A file of the repository with all it imports as one script that runs in any engine; `name` is a global with what it exports. */
export async function bundled(entry: string, name?: string): Promise<string> {
  const built = await build({
    configFile: false,
    root,
    logLevel: 'error',
    build: {
      write: false,
      modulePreload: false,
      rolldownOptions: {
        input: join(root, entry),
        ...(name !== undefined && { preserveEntrySignatures: 'strict' }),
        output: { format: 'iife', ...(name !== undefined && { name }) },
      },
    },
  })
  if (!('output' in built)) throw new Error('one build without watching is one bundle')
  return built.output.map((part) => (part.type === 'chunk' ? part.code : '')).join('\n')
}

function node(version: string): Engine {
  const name = `Node ${version}`
  const folder = process.env['EAGRE_ENGINES'] ?? join(root, 'node_modules/.cache/engines')
  const fetched = join(folder, `node-${version}/bin/node`)
  const own = process.versions.node.split('.')[0] === version
  const binary = own ? process.execPath : fetched
  const missing = existsSync(binary) ? undefined : '`npm run engines` fetches it'
  const run = (script: string, flags: readonly string[] = []) => {
    return inFile('script.cjs', `const report = (text) => console.log(text);${script}`, (file) =>
      output(binary, [...flags, file]),
    )
  }
  return { name, missing, run }
}

function chromium(): Engine {
  const binary = findChromium()
  const missing = binary === undefined ? 'it is not installed' : undefined
  const run = (script: string) => {
    const page = `<!doctype html><pre id="report"></pre><script>
const report = (text) => { document.getElementById('report').textContent += text + '\\n' };
${script}</script>`
    return inFile('page.html', page, (file) => {
      const options = ['--headless', '--no-sandbox', '--disable-gpu', '--dump-dom']
      const dom = output(binary!, [...options, `file://${file}`])
      return /<pre id="report">([^<]*)<\/pre>/.exec(dom)?.[1] ?? dom
    })
  }
  return { name: 'Chromium', missing, run }
}

function inFile(name: string, text: string, use: (path: string) => string): string {
  const folder = mkdtempSync(join(tmpdir(), 'eagre-engine-'))
  try {
    writeFileSync(join(folder, name), text)
    return use(join(folder, name)).trim()
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function output(binary: string, options: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(binary, options, {
    encoding: 'utf8',
    // Engines are asked as they are, whatever this process was told.
    env: { ...process.env, NODE_OPTIONS: '' },
    maxBuffer: 2 ** 26,
  })
  if (error) throw error
  if (status !== 0) throw new Error(`${binary} ended with ${status}: ${stderr}`)
  return stdout
}
