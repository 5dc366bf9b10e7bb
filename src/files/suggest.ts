/** Suggestions for misspelled names. */
import leven from 'leven'

/** `did you mean "…"?` with the nearest of `names`, where one is near enough. */
export function suggest(name: string, names: Iterable<string>): string | undefined {
  let nearest: string | undefined
  // One letter is not a misspelling of another.
  let best = name.length < 2 ? 1 : Math.max(1, Math.floor(name.length / 3)) + 1
  for (const candidate of names) {
    if (Math.abs(candidate.length - name.length) >= best) continue
    const distance = leven(name, candidate)
    if (distance < best) [nearest, best] = [candidate, distance]
  }
  return nearest === undefined ? undefined : `did you mean "${nearest}"?`
}
