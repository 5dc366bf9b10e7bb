/**
 * Other libraries to compare with. They are installed into a folder of their own when a benchmark
 * asks for them: the package does not depend on them, nor does its lock file know them.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const versions = {
  '@jax-js/jax': '0.1.25',
  '@tensorflow/tfjs': '4.22.0',
  '@tensorflow/tfjs-backend-wasm': '4.22.0',
} as const

const folder = resolve('node_modules/.cache/peers')

/** Installs the peers unless they are there; why that failed, if so. */
export function installPeers(): string | undefined {
  const wanted = `${JSON.stringify({ private: true, dependencies: versions }, null, 2)}\n`
  const file = join(folder, 'package.json')
  const installed = Object.keys(versions).every((name) => {
    return existsSync(join(folder, 'node_modules', name, 'package.json'))
  })
  if (installed && existsSync(file) && readFileSync(file, 'utf8') === wanted) return undefined
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, wanted)
  const npm = ['install', '--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error']
  const { status, stderr, error } = spawnSync('npm', npm, { cwd: folder, encoding: 'utf8' })
  if (status === 0) return undefined
  return error?.message ?? stderr.trim().split('\n')[0] ?? 'npm failed'
}

/** Loads an installed peer; what it exports is for the caller to say. */
export async function loadPeer<T>(name: keyof typeof versions): Promise<T> {
  const { resolve: find } = createRequire(join(folder, 'package.json'))
  // The caller knows the library.
  return (await import(pathToFileURL(find(name)).href)) as T
}

/** As `@jax-js/jax 0.1.25`. */
export function nameOf(name: keyof typeof versions): string {
  return `${name.replace(/^@/, '')} ${versions[name]}`
}
