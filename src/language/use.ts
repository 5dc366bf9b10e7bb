/** Finds the modules that a graph may call: those of the files it uses, and those of the library. */
import { libraryFile, libraryModules, libraryText } from './library.js'
import { parseSpec, type ParsedSpec } from './parse.js'
import type { Problem, Source } from './problem.js'
import type { ModuleSpec, Spec } from './spec.js'

export interface Found {
  /** By name. Of two with one name the first in the order of use wins; the library comes last. */
  readonly modules: ReadonlyMap<string, ModuleSpec>
  /** The texts that ranges of the modules point into. */
  readonly others: NonNullable<Source['others']>
  readonly problems: readonly Problem[]
}

/** Reads the files that a spec uses, and those that they use; each once. */
export function findModules(
  spec: Spec,
  text: string,
  readModule: ((path: string) => string | undefined) | undefined,
): Found {
  const modules = new Map<string, ModuleSpec>()
  const others: (Source & { base: number })[] = []
  const problems: Problem[] = []
  let end = text.length + 1
  const add = (file: string, content: string, parsed: ParsedSpec): Spec => {
    const base = end
    end += content.length + 1
    others.push({ file, text: content, base })
    for (const problem of parsed.problems) problems.push(moved(problem, base))
    const read = moved(parsed.spec, base)
    for (const module of read.modules) {
      if (!modules.has(module.name.value)) modules.set(module.name.value, module)
    }
    return read
  }
  const read = new Set<string>()
  const queue = spec.use.map((use) => ({ ...use, path: normal(use.value) }))
  for (const { path, range } of queue) {
    if (read.has(path) || read.size >= mostFiles) continue
    read.add(path)
    const content = readModule?.(path)
    if (content === undefined) {
      const readable = readModule !== undefined
      problems.push({ code: 'use-missing', severity: 'error', range, file: path, readable })
      continue
    }
    const { use } = add(path, content, parseSpec(content))
    const folder = path.slice(0, path.lastIndexOf('/') + 1)
    for (const inner of use) {
      const absolute = inner.value.startsWith('/')
      queue.push({ ...inner, path: normal(absolute ? inner.value : folder + inner.value) })
    }
  }
  const texts = [text, ...others.map((other) => other.text)]
  if (texts.some((one) => libraryNames.test(one))) {
    library ??= parseSpec(libraryText)
    add(libraryFile, libraryText, library)
  }
  return { modules, others, problems }
}

/** More files than any honest graph uses. */
const mostFiles = 1000

let library: ParsedSpec | undefined

/** A text without any of these has no use for the library. */
const libraryNames = new RegExp(`\\b(?:${libraryModules.join('|')})\\b`)

/** The path without `.` and what `..` takes back, so that a file has one name. */
function normal(path: string): string {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..' && parts.at(-1) !== '') {
      parts.pop()
    } else if (part !== '.') parts.push(part)
  }
  return parts.join('/')
}

/** The same data with its ranges behind those of other texts. Specs nest only so deep. */
function moved<T>(data: T, base: number): T {
  if (Array.isArray(data)) return data.map((item) => moved(item, base)) as T // the same kind of list
  if (typeof data !== 'object' || data === null) return data
  const copy: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(data)) {
    const offset = (key === 'start' || key === 'end') && typeof value === 'number'
    copy[key] = offset ? value + base : moved(value, base)
  }
  return copy as T // the same keys, with values of the same kinds
}
