/**
 * Events per second: a logistic regression of 20 features that predicts, that learns from each
 * event, and that learns when labels come 100 events later, beside a hand-written class that does
 * the same. Each pair in turn in one process.
 */
import { Subject } from 'rxjs'
import { parseGraph, type LearnOptions, type Sample } from '../../src/index.js'
import { measure, table } from './harness.js'

const features = 20
const rate = 0.01
const text = `
inputs: { x: { shape: [${features}] } }
targets: [t]
weights: { w: { shape: [${features}], init: zeros }, b: 0 }
gates:
  logit: sum(w * x) + b
  p: sigmoid(logit)
loss: logistic_loss(logit, t)
outputs: [p]
train: { learning_rate: ${rate} }
`

/** What somebody writes who needs no more than this. */
class Logistic {
  private readonly w = new Float64Array(features)
  private readonly waiting = new Map<number, { x: readonly number[]; p: number }>()
  private b = 0

  predict(x: readonly number[]): number {
    let logit = this.b
    for (let i = 0; i < features; i++) logit += this.w[i]! * x[i]!
    return 1 / (1 + Math.exp(-logit))
  }

  learn(x: readonly number[], t: number, p = this.predict(x)): number {
    const step = rate * (p - t)
    for (let i = 0; i < features; i++) this.w[i]! -= step * x[i]!
    this.b -= step
    return p
  }

  await(id: number, x: readonly number[]): number {
    const p = this.predict(x)
    this.waiting.set(id, { x, p })
    return p
  }

  label(id: number, t: number, late: 'recompute' | 'stash'): void {
    const { x, p } = this.waiting.get(id)!
    this.waiting.delete(id)
    this.learn(x, t, late === 'stash' ? p : undefined)
  }
}

const events = Array.from({ length: 4096 }, (_, n) => {
  const x = Array.from({ length: features }, (_value, i) => Math.sin(n * 7.3 + i * 1.7))
  return { x, t: x[0]! + x[1]! > 0 ? 1 : 0 }
})

type Run = (count: number) => number

function graphThat(predicts: 'predict' | 'learn'): Run {
  const graph = parseGraph(text)
  const source = new Subject<Sample>()
  let last = 0
  const operator = predicts === 'predict' ? graph.predict() : graph.learn({ budget: 1e12 })
  source.pipe(operator).subscribe((one) => {
    if ('outputs' in one) last = one.outputs['p'] as number // it is a number
  })
  let n = 0
  return (count) => {
    for (let i = 0; i < count; i++) source.next(events[n++ % events.length]!)
    return last
  }
}

const delay = 100

function graphThatWaits(late: NonNullable<LearnOptions['late']>): Run {
  const graph = parseGraph(text)
  const [source, labels] = [new Subject<Sample>(), new Subject<object>()]
  let last = 0
  source.pipe(graph.learn({ budget: 1e12, id: 'id', labels, late })).subscribe((one) => {
    if ('outputs' in one) last = one.outputs['p'] as number // it is a number
  })
  let n = 0
  return (count) => {
    for (let i = 0; i < count; i++, n++) {
      source.next({ id: n, x: events[n % events.length]!.x })
      const known = n - delay
      if (known >= 0) labels.next({ id: known, t: events[known % events.length]!.t })
    }
    return last
  }
}

function byHand(what: 'predict' | 'learn' | 'recompute' | 'stash'): Run {
  const model = new Logistic()
  let n = 0
  return (count) => {
    let last = 0
    for (let i = 0; i < count; i++, n++) {
      const { x, t } = events[n % events.length]!
      if (what === 'predict') last = model.predict(x)
      else if (what === 'learn') last = model.learn(x, t)
      else {
        last = model.await(n, x)
        const known = n - delay
        if (known >= 0) model.label(known, events[known % events.length]!.t, what)
      }
    }
    return last
  }
}

const pairs: readonly [string, Run, Run][] = [
  ['predict', byHand('predict'), graphThat('predict')],
  ['learn', byHand('learn'), graphThat('learn')],
  ['late, recompute', byHand('recompute'), graphThatWaits('recompute')],
  ['late, stash', byHand('stash'), graphThatWaits('stash')],
]

const rows = pairs.map(([name, hand, graph]) => {
  const [theirs, ours] = [hand(1000), graph(1000)]
  if (!(Math.abs(theirs - ours) <= 1e-12)) throw new Error(`${name}: ${theirs} by hand, ${ours}`)
  // Compilers that work beside a busy machine take their time: many rounds, the first of which settle.
  const [one, other] = measure(
    [
      { name: 'by hand', run: hand },
      { name: 'eagre', run: graph },
    ],
    { rounds: 21, milliseconds: 100, warmUp: 10 },
  )
  const perSecond = (nanoseconds: number) => `${Math.round(1e6 / nanoseconds)}k`
  return [name, perSecond(one!.nanoseconds), perSecond(other!.nanoseconds), other!.ratio.toFixed(1)]
})
console.log(table([['events per second', 'by hand', 'eagre', 'times'], ...rows]))
