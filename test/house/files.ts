/** The files of the repository, for tests about itself. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

export const root = new URL('../..', import.meta.url).pathname

/** All files that belong to the repository, relative to its top. */
export function ownFiles(): string[] {
  if (!existsSync(join(root, '.git'))) return walk(root)
  // New files count too, unless they are ignored.
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root })
  return listed
    .toString()
    .split('\n')
    .filter((path) => path !== '' && existsSync(join(root, path)))
}

export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** What a file imports, exports from, or imports when asked. */
export function importsOf(path: string): string[] {
  const source = read(path).replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
  const found = source.matchAll(
    /(?:^|[\s;])(?:import|export)\b[^'"`;]*?from\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]/g,
  )
  return [...found].map(([, from, bare]) => (from ?? bare)!)
}

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (['node_modules', 'dist', 'coverage'].includes(entry.name)) return []
    const path = join(folder, entry.name)
    return entry.isDirectory() ? walk(path) : [relative(root, path)]
  })
}
