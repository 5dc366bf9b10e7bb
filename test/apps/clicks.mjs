/**
 * Will they click? Users and ads are texts, hashed to rows of two tables that learn while the
 * stream runs. A click comes some seconds after the ad was shown; where none has come after a
 * minute, that is the label.
 *
 *     npm run build && node test/apps/clicks.mjs
 */
import { parseGraph } from 'eagre'
import { Subject } from 'rxjs'

const graphText = `
name: clicks
inputs:
  user: { hash: 1024 }
  ad: { hash: 256 }
targets: [click]
weights:
  tastes: { shape: [1024, 4], init: { normal: { std: 0.1 } } }
  topics: { shape: [256, 4], init: { normal: { std: 0.1 } } }
  appeal: { shape: [256, 1], init: zeros }
  offset: -1
gates:
  logit: sum(embedding(tastes, user) * embedding(topics, ad)) + sum(embedding(appeal, ad)) + offset
  p: sigmoid(logit)
loss: logistic_loss(logit, click)
outputs: [p]
metrics:
  log_loss: log_loss(p, click)
  auc: roc_auc(p, click)
train: { optimizer: adagrad, learning_rate: 0.3 }
learn: { id: shown, pending: 5000, late: stash }
`

let state = 7
const chance = () => (state = (state * 48271) % 2147483647) / 2147483647

const graph = parseGraph(graphText)
const shown = new Subject()
const outcomes = new Subject()
const reports = []
graph.metrics({ every: 5000, window: 5000 }).subscribe((report) => reports.push(report))
shown.pipe(graph.learn({ labels: outcomes })).subscribe()

// Users like one of four topics and ads have one; a match is clicked four times as often.
const late = []
let clicks = 0
for (let n = 0; n < 40_000; n++) {
  const [u, a] = [Math.floor(chance() * 300), Math.floor(chance() * 40)]
  shown.next({ shown: n, user: `user-${u}`, ad: `ad-${a}` })
  const click = chance() < (u % 4 === a % 4 ? 0.6 : 0.15) ? 1 : 0
  clicks += click
  // The outcome is known a hundred ads later, and outcomes overtake each other.
  late.push({ shown: n, click })
  if (late.length > 100) outcomes.next(late.splice(Math.floor(chance() * 50), 1)[0])
}
for (const outcome of late) outcomes.next(outcome)
graph.close()

const rate = clicks / 40_000
const blind = -(rate * Math.log(rate) + (1 - rate) * Math.log(1 - rate))
const last = reports.at(-1).window.metrics
console.log(`log loss of who knows only the rate: ${blind.toFixed(3)}`)
console.log(`log loss of the last 5000: ${last.log_loss.toFixed(3)}, AUC ${last.auc.toFixed(3)}`)
