/**
 * Whether anything is left over: 100,000 times learning starts and stops, then events, late labels,
 * faults and taps for ten minutes (`SOAK_SECONDS`). Prints the heap as it goes, of which what is
 * garbage is no part, and fails where the heap or the subscriptions grow.
 */
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Observable, Subject } from 'rxjs'
import { parseGraph, type Sample } from '../../src/index.js'

const text = `
inputs: { x: { shape: [20] } }
targets: [t]
weights: { w: { shape: [20], init: zeros }, b: 0 }
gates:
  logit: sum(w * x) + b
  p: sigmoid(logit)
loss: logistic_loss(logit, t)
outputs: [p]
metrics:
  auc: roc_auc(p, t)
train: { learning_rate: 0.01 }
`
// As with `--expose-gc`, which whoever runs this need not know.
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
const heap = () => {
  collect()
  return process.memoryUsage().heapUsed / 1e6
}

const cycles = 100_000
const seconds = Number(process.env['SOAK_SECONDS'] ?? 600)
const graph = parseGraph(text)
let live = 0
const counted = <T>(source: Observable<T>) =>
  new Observable<T>((subscriber) => {
    live++
    subscriber.add(() => live--)
    return source.subscribe(subscriber)
  })

const x = Array.from({ length: 20 }, (_, i) => Math.sin(i))
const heaps: number[] = []
for (let cycle = 0; cycle < cycles; cycle++) {
  if (cycle % (cycles / 10) === 0) {
    heaps.push(heap())
    console.log(`${cycle} starts and stops: ${heaps.at(-1)!.toFixed(1)} MB`)
    await setImmediate()
  }
  const [events, labels] = [new Subject<Sample>(), new Subject<object>()]
  const late = cycle % 2 === 0 ? 'stash' : 'recompute'
  const learning = counted(events)
    .pipe(graph.learn({ id: 'id', labels: counted(labels), late }))
    .subscribe()
  const tap = graph.gradients('p').subscribe()
  for (let id = 0; id < 3; id++) events.next({ id, x })
  labels.next({ id: 1, t: 1 })
  learning.unsubscribe()
  tap.unsubscribe()
  if (live !== 0) throw new Error(`${live} subscriptions are left after ${cycle + 1} cycles`)
}
if (heap() > heaps[1]! + 5) throw new Error(`the heap grew from ${heaps[1]} MB to ${heap()} MB`)

const [events, labels] = [new Subject<Sample>(), new Subject<object>()]
let faults = 0
graph.faults().subscribe(() => faults++)
graph.metrics({ window: 1000 }).subscribe()
events.pipe(graph.learn({ id: 'id', labels, ttl: '1s', pending: 500, late: 'stash' })).subscribe()
const begun = performance.now()
const soaked: number[] = []
let n = 0
for (let next = 0; performance.now() - begun < seconds * 1000;) {
  for (let i = 0; i < 200; i++, n++) {
    events.next(n % 97 === 0 ? { id: n, x: 'bad' } : { id: n, x })
    // Some labels never come, some twice, some for nobody.
    if (n % 5 !== 0) labels.next({ id: n - (n % 50), t: n % 2 })
    if (n % 11 === 0) labels.next({ id: -n, t: 1 })
  }
  await setImmediate()
  if ((performance.now() - begun) / (seconds * 100) < next) continue
  next++
  soaked.push(heap())
  console.log(`${n} events, ${faults} faults: ${soaked.at(-1)!.toFixed(1)} MB`)
}
const [settled, last] = [soaked[2] ?? soaked[0]!, soaked.at(-1)!]
if (last > settled + 10) throw new Error(`the heap grew from ${settled} MB to ${last} MB`)
console.log('steady')
