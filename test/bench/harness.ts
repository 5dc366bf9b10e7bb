/** Measures things in turn in one process, so that what disturbs one disturbs the other. */
import type { Clock } from '../../src/index.js'

// On a machine that has other work, `BENCH_CLOCK=cpu` counts what this process itself took.
export const now =
  process.env['BENCH_CLOCK'] === 'cpu'
    ? () => {
        const { user, system } = process.cpuUsage()
        return (user + system) / 1000
      }
    : () => performance.now()

/** A clock whose turns of the event loop are taken by whoever waits for them. */
export function turning(): { readonly clock: Clock; takeAll(): void } {
  const turns: (() => void)[] = []
  return {
    clock: {
      now: () => performance.now(),
      later: (callback) => {
        turns.push(callback)
        return () => {}
      },
    },
    takeAll: () => {
      for (let turn = turns.shift(); turn !== undefined; turn = turns.shift()) turn()
    },
  }
}

/** Something to measure: does `count` units of work, and returns what it found in the last. */
export interface Candidate {
  readonly name: string
  run(count: number): number
}

export interface Measured {
  readonly name: string
  /** Nanoseconds a unit: the median over the rounds. */
  readonly nanoseconds: number
  /** Its time by that of the first candidate in the same round: the median over the rounds. */
  readonly ratio: number
}

/**
 * Runs the candidates one after the other, in rounds; each for about `milliseconds` a round.
 * What they take settles first, in rounds that do not count.
 */
export function measure(
  candidates: readonly Candidate[],
  { rounds = 7, milliseconds = 60, warmUp = 2 } = {},
): Measured[] {
  const counts = candidates.map((candidate) => countFor(candidate, milliseconds))
  const times: number[][] = candidates.map(() => [])
  for (let round = -warmUp; round < rounds; round++) {
    candidates.forEach((candidate, index) => {
      const count = counts[index]!
      const begun = now()
      candidate.run(count)
      const nanoseconds = ((now() - begun) * 1e6) / count
      if (round >= 0) times[index]!.push(nanoseconds)
    })
  }
  return candidates.map(({ name }, index) => ({
    name,
    nanoseconds: median(times[index]!),
    ratio: median(times[index]!.map((time, round) => time / times[0]![round]!)),
  }))
}

/** A Markdown table, its first column to the left and the others to the right. */
export function table([head, ...rows]: readonly (readonly string[])[]): string {
  const rule = head!.map((_, at) => (at === 0 ? '---' : '---:'))
  const widths = head!.map((_, at) =>
    Math.max(...[head!, rule, ...rows].map((row) => row[at]!.length)),
  )
  const line = (row: readonly string[]) => {
    const cells = row.map((cell, at) =>
      at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!),
    )
    return `| ${cells.join(' | ')} |`
  }
  return [head!, rule, ...rows].map(line).join('\n')
}

function countFor({ run }: Candidate, milliseconds: number): number {
  for (let count = 1; ; count *= 2) {
    const begun = now()
    run(count)
    const took = now() - begun
    if (took > milliseconds / 4) return Math.max(1, Math.round((count * milliseconds) / took))
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
