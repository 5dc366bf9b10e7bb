/**
 * How long will this request take? A gateway predicts before it passes a request on, and learns
 * when the answer is back, seconds later; some never come back. Time is virtual here, so that an
 * hour passes in a moment: in a service leave `clock` out.
 *
 *     npm run build && node test/apps/latency.mjs
 */
import { parseGraph } from 'eagre'
import { Subject } from 'rxjs'

const graphText = `
name: latency
inputs:
  size: { from: request.size }
  backend: { from: request.backend, classes: [red, green, blue] }
targets: [milliseconds]
weights:
  slope: 0
  base: { shape: [3, 1], init: zeros }
gates:
  guess: slope * (size / 100) + sum(embedding(base, backend))
loss: huber(guess, milliseconds / 1000)
outputs: [guess]
metrics:
  mae: mae(guess, milliseconds / 1000)
train: { learning_rate: 0.02 }
learn: { id: request.id, labels: id, ttl: 10s, pending: 1000 }
`

// Virtual time: what is to happen, by when.
let time = 0
const todo = []
const at = (when, happen) => {
  todo.push({ when, happen })
  todo.sort((a, b) => a.when - b.when)
}
const clock = {
  now: () => time,
  later(callback) {
    const turn = { when: time, happen: callback }
    todo.unshift(turn)
    return () => todo.splice(todo.indexOf(turn) >>> 0, 1)
  },
}

// Chance that is the same on every run.
let state = 1
const chance = () => (state = (state * 48271) % 2147483647) / 2147483647

const graph = parseGraph(graphText, { clock })
const requests = new Subject()
const answers = new Subject()
const lost = { expired: 0 }
graph.faults().subscribe(({ reason }) => (lost[reason] = (lost[reason] ?? 0) + 1))
const reports = []
graph.metrics({ every: 1000, window: 1000 }).subscribe((report) => reports.push(report))
let predictions = 0
requests.pipe(graph.learn({ labels: answers })).subscribe(() => predictions++)

const bases = { red: 0.8, green: 2, blue: 3.5 }
for (let n = 0; n < 6000; n++) {
  at(n * 50, () => {
    const backend = Object.keys(bases)[Math.floor(chance() * 3)]
    const size = chance() * 200
    const milliseconds = 1000 * (bases[backend] + 0.01 * size + 0.1 * (chance() - 0.5))
    requests.next({ request: { id: `r${n}`, size, backend } })
    // One in a hundred is lost, and its label with it.
    if (chance() < 0.99) at(time + milliseconds, () => answers.next({ id: `r${n}`, milliseconds }))
  })
}
while (todo.length > 0) {
  const { when, happen } = todo.shift()
  time = Math.max(time, when)
  happen()
}
graph.close()

const [first, last] = [reports[0].window, reports.at(-1).window]
console.log(`${predictions} predictions, ${reports.at(-1).counts.learned} learned from so far`)
console.log(`${lost.expired} labels never came`)
console.log(`mean error of the first 1000: ${first.metrics.mae.toFixed(3)} s`)
console.log(`mean error of the last 1000: ${last.metrics.mae.toFixed(3)} s`)
