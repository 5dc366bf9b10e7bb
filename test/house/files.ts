/** The files of the repository, for tests about itself. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

export const root = new URL('../..', import.meta.url).pathname

/** All files that belong to the repository, relative to its top, in order. */
export function ownFiles(): string[] {
  // New files count too, unless they are ignored.
  const git = spawnSync('git', ['ls-files', '-co', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
  // Without git, or in a copy without history, what is ignored is left out by name.
  if (git.status !== 0) return walk(root).sort()
  return git.stdout.split('\n').filter((path) => path !== '' && existsSync(join(root, path)))
}

export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** What a file imports, exports from, or imports when asked. */
export function importsOf(path: string): string[] {
  // Comments that begin a line: others may be in a string, such as a pattern of file names.
  const source = read(path).replace(/^\s*(?:\/\*[\s\S]*?\*\/|\/\/.*$)/gm, '')
  const found = source.matchAll(
    /(?:^|[\s;])(?:import|export)\b[^'"`;]*?from\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]/g,
  )
  return [...found].map(([, from, bare]) => (from ?? bare)!)
}

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (['node_modules', 'dist', 'coverage', '.git'].includes(entry.name)) return []
    const path = join(folder, entry.name)
    return entry.isDirectory() ? walk(path) : [relative(root, path)]
  })
}
