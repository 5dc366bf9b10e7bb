/** From the bytes of a graph file to its text. */
import { lineStarts, position, type Problem } from './problem.js'

/**
 * The most bytes that a graph file may have (64 MiB): room for some millions of gates.
 * What is larger is data, and belongs in a file of its own under `train.data.file`.
 */
export const maxSize = 64 * 1024 * 1024

export type Decoded = { readonly text: string } | { readonly problems: readonly Problem[] }

/** The text of a file; what is no UTF-8, too large or binary is a problem instead. Takes off a BOM. */
export function decode(bytes: Uint8Array): Decoded {
  if (bytes.length > maxSize) return { problems: [tooLarge(bytes.length)] }
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return { problems: [notText(bytes)] }
  }
  const problem = unreadable(text)
  return problem === undefined ? { text } : { problems: [problem] }
}

/** What makes a text unfit to be read at all. */
export function unreadable(text: string): Problem | undefined {
  // A text that came without its bytes: no character has fewer than one.
  if (text.length > maxSize) return tooLarge(text.length)
  const nul = text.indexOf('\0')
  if (nul === -1) return undefined
  return { code: 'nul-character', severity: 'error', range: { start: nul, end: nul + 1 } }
}

/** The line of an offset, from 1. */
export function lineOf(text: string): (offset: number) => number {
  let starts: readonly number[] | undefined
  return (offset) => position((starts ??= lineStarts(text)), offset).line
}

function tooLarge(size: number): Problem {
  return {
    code: 'too-large',
    severity: 'error',
    range: { start: 0, end: 0 },
    size,
    limit: maxSize,
  }
}

/** Says at which byte the text ends; its lines cannot be told, as there is no text. */
function notText(bytes: Uint8Array): Problem {
  // The longest prefix that decodes: a truncated character at its end is not yet a mistake.
  let good = 0
  let bad = bytes.length
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    if (decodes(bytes.subarray(0, middle))) good = middle
    else bad = middle
  }
  return { code: 'not-utf8', severity: 'error', range: { start: 0, end: 0 }, offset: bad - 1 }
}

function decodes(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true })
    return true
  } catch {
    return false
  }
}
