/** Suggestions for misspelled names. */
import leven from 'leven'

/**
 * The nearest of `candidates` by edits, where one is near enough to be what was meant; else the
 * only one that begins with the word, or that the word begins with.
 */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  // One letter is not a misspelling of another, and long words do not mean long distances.
  const limit = word.length < 2 ? 0 : Math.min(4, Math.max(1, Math.floor(word.length / 3)))
  const lower = word.toLowerCase()
  let nearest: string | undefined
  let best = limit + 1
  const related: string[] = []
  for (const candidate of candidates) {
    if (candidate === word) continue
    if (candidate.length === word.length && candidate.toLowerCase() === lower) return candidate
    if (related.length < 2 && (begins(word, candidate) || begins(candidate, word))) {
      related.push(candidate)
    }
    if (Math.abs(candidate.length - word.length) >= best) continue
    const distance = swapped(word, candidate) ? 0.5 : leven(word, candidate, { maxDistance: best })
    if (distance < best) [nearest, best] = [candidate, distance]
  }
  return nearest ?? (related.length === 1 ? related[0] : undefined)
}

function begins(start: string, whole: string): boolean {
  return start.length >= 3 && whole.startsWith(start)
}

/** Two neighbouring letters exchanged are one slip of the fingers, and a likely one. */
function swapped(word: string, candidate: string): boolean {
  if (word.length !== candidate.length) return false
  let at = 0
  while (at < word.length && word[at] === candidate[at]) at++
  return (
    at + 1 < word.length &&
    word[at] === candidate[at + 1] &&
    word[at + 1] === candidate[at] &&
    word.slice(at + 2) === candidate.slice(at + 2)
  )
}
