/** One forecaster for each of many devices: each learns the next value of its own device alone. */
import { from, lastValueFrom, reduce } from 'rxjs'
import { parseGraph } from '../../src/graph.js'
import type { LearnOptions } from '../../src/train/learnoptions.js'

const graph = `
name: forecaster
inputs: { load: }
targets: { next: }
weights: { w: [0, 0], b: 0 }
gates:
  # This value and the one before.
  y: dot(w, window(load, size=2)) + b
loss: (y - next)^2
train: { learning_rate: 0.2 }
`

/** The load of a device: a wave of its own. */
const loadOf = (device: number, time: number) => Math.sin(device + time * (0.5 + (device % 7) / 10))

function* events(devices: number, rounds: number) {
  for (let time = 0; time < rounds; time++) {
    for (let device = 0; device < devices; device++) {
      yield { device, load: loadOf(device, time), next: loadOf(device, time + 1), time }
    }
  }
}

/** The mean square error of all devices in the first rounds and in the last ones. */
export async function forecast(devices: number, rounds: number, options: LearnOptions = {}) {
  const predictions = from(events(devices, rounds)).pipe(
    parseGraph(graph).learnBy('device', { budget: 1000, ...options }),
  )
  const sums = await lastValueFrom(
    predictions.pipe(
      reduce(
        (all, one) => {
          if (!('outputs' in one)) throw new Error(one.fault.message)
          const { time, next } = one.sample as { time: number; next: number }
          const error = (Number(one.outputs['y']) - next) ** 2 / devices
          if (time < 3) all.first += error / 3
          if (time >= rounds - 3) all.last += error / 3
          return all
        },
        { first: 0, last: 0 },
      ),
    ),
  )
  return sums
}
