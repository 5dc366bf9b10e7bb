/**
 * Reads what makes a graph file long: thousands of lines `name: formula`, one below the other.
 * `yaml` needs ten seconds and two gigabytes for a million of them, and there is nothing in such
 * lines that needs it. Everything else is left to it.
 */
import type { Entry } from './tree.js'

export interface Shortened {
  /** As long as the text, with spaces in place of the lines that were read. */
  readonly text: string
  /** What they held, by the place of the key in the line before them. */
  readonly entries: ReadonlyMap<number, readonly Entry[]>
}

/** Below so many lines `yaml` reads them as fast. */
const leastLines = 1000

/**
 * Takes the plain lines out of the maps that stand at the left edge of a file, save the first
 * and the last line of each run. Lines are plain where nothing in them could mean anything else to YAML.
 */
export function shorten(text: string, least = leastLines): Shortened {
  const entries = new Map<number, readonly Entry[]>()
  if (text.length < least * 4 || !beginsWithKey(text)) return { text, entries }
  const pieces: string[] = []
  let kept = 0
  for (const { index, 0: header } of text.matchAll(headerLine)) {
    const run = readRun(text, index + header.length)
    if (run === undefined || run.entries.length < least) continue
    pieces.push(text.slice(kept, run.start), ' '.repeat(run.end - run.start - 1))
    entries.set(run.first, run.entries)
    kept = run.end - 1 // with the last line end
  }
  if (pieces.length === 0) return { text, entries }
  return { text: [...pieces, text.slice(kept)].join(''), entries }
}

/**
 * A file that begins with a key at its left edge is a block map, and all that is at the left edge
 * below is one of its keys: whatever goes on over several lines is indented.
 */
function beginsWithKey(text: string): boolean {
  const blank = /[ \t]*(?:#.*)?\r?\n/y
  const key = /[A-Za-z_]+:\s/y
  for (let lines = 0; lines < 1000 && blank.test(text); lines++) key.lastIndex = blank.lastIndex
  return key.test(text)
}

/** `gates:` with nothing behind it. */
const headerLine = /^[A-Za-z_]+:[ ]*\r?\n/gm

interface Run {
  /** Where the key of the line before the run begins. */
  readonly first: number
  readonly start: number
  readonly end: number
  readonly entries: readonly Entry[]
}

/** The plain lines from `at` on: the first one, and the run of those behind it. */
function readRun(text: string, at: number): Run | undefined {
  const indent = /[ ]*/y
  indent.lastIndex = at
  const spaces = indent.exec(text)![0]
  if (spaces === '') return undefined
  const line = plainLine(spaces.length)
  line.lastIndex = at
  if (!line.test(text)) return undefined
  const start = line.lastIndex
  const entries: Entry[] = []
  let [last, end] = [start, start]
  for (let found = line.exec(text); found !== null; found = line.exec(text)) {
    const [whole, key, gap, value] = found as unknown as readonly [string, string, string, string]
    entries.push(entryOf(found.index + spaces.length, key, gap, value))
    last = found.index
    end = found.index + whole.length
  }
  // `yaml` keeps the last line as well: it says where the map ends, and may go on below.
  if (end > start) entries.pop()
  return { first: at + spaces.length, start, end: last, entries }
}

/**
 * `  name: formula` at one indentation. The formula begins with what begins no other thing in
 * YAML, and has neither `:` nor `#`, nor quotes or brackets that lints look at.
 */
function plainLine(indent: number): RegExp {
  const name = '[\\p{L}_][\\p{L}\\p{N}_]*'
  const value = '(?:[\\p{L}\\p{N}_.(]|-(?! ))(?:[\\p{L}\\p{N}_.,+*/^()<>=@ -]*[\\p{L}\\p{N}_.)])?'
  return new RegExp(`[ ]{${indent}}(${name}):([ ]+)(${value})[ ]*\\r?\\n`, 'uy')
}

function entryOf(start: number, key: string, gap: string, value: string): Entry {
  const end = start + key.length
  const from = end + 1 + gap.length
  return {
    key: { type: 'text', text: key, style: 'plain', range: { start, end } },
    value: {
      type: 'text',
      text: value,
      style: 'plain',
      range: { start: from, end: from + value.length },
    },
  }
}
