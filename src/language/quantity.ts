/** Durations and sizes as people write them, in graph files and in code. */

const durations = new Map([
  ['', 1],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
])

const sizes = new Map([
  ['', 1],
  ['kB', 1e3],
  ['MB', 1e6],
  ['GB', 1e9],
])

/** Milliseconds of `500ms 10s 10m 2h`, or of a number without unit; NaN where it is neither. */
export function millisecondsIn(text: string): number {
  return quantity(/^(\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|\.\d+)(ms|s|m|h|)$/.exec(text), durations)
}

/** Bytes of `500kB 64MB 1GB`, or of a number without unit; NaN where it is neither. */
export function bytesIn(text: string): number {
  return Math.floor(
    quantity(/^(\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|\.\d+) ?(kB|MB|GB|)$/.exec(text), sizes),
  )
}

function quantity(parts: RegExpExecArray | null, units: ReadonlyMap<string, number>): number {
  if (parts === null) return Number.NaN
  const value = Number(parts[1]) * units.get(parts[2]!)! // the pattern lets nothing else pass
  return Number.isFinite(value) ? value : Number.NaN
}
