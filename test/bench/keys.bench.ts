/**
 * A model for each key: what 100 to 100,000 models of a logistic regression of 20 features take,
 * in memory and in nanoseconds an event, beside a map of hand-written models. Keys come in turn,
 * the worst order for caches. `BENCH_CLOCK=cpu` counts processor time.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Subject } from 'rxjs'
import { parseGraph, type Sample } from '../../src/index.js'
import { measure, table } from './harness.js'

const features = 20
const rate = 0.01
const text = `
inputs: { x: { shape: [${features}] } }
targets: [t]
weights: { w: { shape: [${features}], init: zeros } }
gates:
  logit: dot(w, x)
  p: sigmoid(logit)
loss: logistic_loss(logit, t)
outputs: [p]
train: { learning_rate: ${rate} }
`
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void // the flag makes it one
const megabytes = () => {
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 1e6
}

const rows = Array.from({ length: 512 }, (_, n) => {
  const x = Array.from({ length: features }, (_value, i) => Math.sin(n * 7.3 + i * 1.7))
  return { x, t: x[0]! + x[1]! > 0 ? 1 : 0 }
})

function byHand(names: readonly string[]) {
  const models = new Map<string, Float64Array>()
  let n = 0
  return (count: number) => {
    let p = 0
    for (let at = 0; at < count; at++, n++) {
      const key = names[n % names.length]!
      const { x, t } = rows[n % rows.length]!
      let w = models.get(key)
      if (w === undefined) models.set(key, (w = new Float64Array(features)))
      let logit = 0
      for (let i = 0; i < features; i++) logit += w[i]! * x[i]!
      p = 1 / (1 + Math.exp(-logit))
      for (let i = 0; i < features; i++) w[i]! -= rate * (p - t) * x[i]!
    }
    return p
  }
}

function graphThat(names: readonly string[]) {
  const source = new Subject<Sample>()
  let last = 0
  const graph = parseGraph(text)
  source.pipe(graph.learnBy('key', { budget: 1e12, maxKeys: 200_000 })).subscribe((one) => {
    if ('outputs' in one) last = one.outputs['p'] as number // it is a number
  })
  let n = 0
  const run = (count: number) => {
    for (let at = 0; at < count; at++, n++) {
      source.next({ key: names[n % names.length]!, ...rows[n % rows.length]! })
    }
    return last
  }
  return { run, graph }
}

const found = [100, 10_000, 100_000].map((keys) => {
  const names = Array.from({ length: keys }, (_, at) => `device-${at}`)
  const before = megabytes()
  const { run } = graphThat(names)
  run(keys)
  const taken = megabytes() - before
  const hand = byHand(names)
  // What is measured is compiled by then, and both are at the same event.
  run(200_000 - keys)
  hand(200_000)
  const [theirs, ours] = [hand(keys + 7), run(keys + 7)]
  if (!(Math.abs(theirs - ours) <= 1e-12)) throw new Error(`${theirs} by hand, eagre ${ours}`)
  const [one, other] = measure([
    { name: 'by hand', run: hand },
    { name: 'eagre', run },
  ])
  const shown = [one!, other!].map(({ nanoseconds }) => `${nanoseconds.toFixed(0)} ns`)
  return [keys.toLocaleString('en'), `${taken.toFixed(1)} MB`, ...shown, other!.ratio.toFixed(1)]
})
console.log(table([['keys', 'memory', 'by hand', 'eagre', 'times'], ...found]))
