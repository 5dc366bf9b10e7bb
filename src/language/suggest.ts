/** Suggestions for misspelled names. */
import leven from 'leven'

/** The nearest of `candidates` by edits, where one is near enough to be what was meant. */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  // One letter is not a misspelling of another, and long words do not mean long distances.
  const limit = word.length < 2 ? 0 : Math.min(4, Math.max(1, Math.floor(word.length / 3)))
  const lower = word.toLowerCase()
  let nearest: string | undefined
  let best = limit + 1
  for (const candidate of candidates) {
    if (candidate === word) continue
    if (candidate.toLowerCase() === lower) return candidate
    if (Math.abs(candidate.length - word.length) >= best) continue
    const distance = swapped(word, candidate) ? 1 : leven(word, candidate, { maxDistance: best })
    if (distance < best) [nearest, best] = [candidate, distance]
  }
  return nearest
}

/** Two neighbouring letters exchanged are one slip of the fingers. */
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
