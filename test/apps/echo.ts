/** Cancels the echo of a loudspeaker in a microphone's signal, sample by sample, by LMS and NLMS. */
import { from, lastValueFrom, map, toArray } from 'rxjs'
import type { Graph } from '../../src/graph.js'
import { seeded } from '../../src/optimizers/random.js'

/** What the loudspeaker plays: coloured noise that grows louder and quieter. */
export function speech(length: number): number[] {
  const generator = seeded(7, 'speech')
  let last = 0
  return Array.from({ length }, (_, at) => {
    last = 0.5 * last + (generator.below(2 ** 20) / 2 ** 19 - 1)
    return last * (1 + 0.8 * Math.sin(at / 700))
  })
}

/** The ways through a room: the echo falls off and changes its sign. */
export const room = Array.from({ length: 16 }, (_, at) => 0.8 * (-0.7) ** at)

/** What the microphone hears of it: the echo alone. */
export function heard(played: readonly number[]): number[] {
  return played.map((_, at) => room.reduce((sum, h, back) => sum + h * (played[at - back] ?? 0), 0))
}

/** The echo return loss enhancement of the last samples: how much quieter the echo is, in decibels. */
export async function cancel(graph: Graph, length: number, last: number): Promise<number> {
  const x = speech(length)
  const t = heard(x)
  const events = from(x.map((value, at) => ({ x: value, t: t[at]! })))
  const rest = await lastValueFrom(
    events.pipe(
      graph.learn({ budget: 1000 }),
      map((one) => ('outputs' in one ? Number(one.sample['t']) - Number(one.outputs['y']) : NaN)),
      toArray(),
    ),
  )
  const power = (signal: readonly number[]) =>
    signal.slice(-last).reduce((sum, value) => sum + value * value, 0)
  return 10 * Math.log10(power(t) / power(rest))
}
