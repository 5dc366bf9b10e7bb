/**
 * Many graphs that learn from events at once, each with checkpoints in a folder of its own, for the
 * test of kills:
 *
 *     node test/cli/killedlearn.mjs COUNT EVENTS FOLDER
 *
 * Their gates remember, labels come late, twice, early or never, every other one keeps predictions
 * as they were made, and two of four have a model for each key. Goes on from what is in the folders,
 * with the event or label behind the last one. Prints "going" when all learn, then a line for each
 * in its order: its counts, its weights, and a digest of all that it would go on from.
 */
import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { Subject } from 'rxjs'

const { checkpoints, parseGraph } = await import(
  new URL('../../dist/node.js', import.meta.url).href
)
const [count, events, folder] = process.argv.slice(2)

const source = (seed) => `
inputs: [x]
targets: [t]
weights: { w: { shape: [4], init: uniform }, b: 0 }
gates:
  s: standardize(x, update=after)
  h: tanh(s * w + b * previous(h, shape=4, unroll=3) + mean(window(x, size=3)) + ewma(x, span=4))
  y: sum(dropout(h, p=0.2)) + b
loss: (y - t)^2
metrics: { off: abs(y - t), fit: 'r2(y, t)' }
train: { optimizer: adam, batch: 3, seed: ${seed}, learning_rate: 0.01 }
learn: { id: id, late: ${seed % 2 === 0 ? 'stash' : 'recompute'}, pending: 60${seed % 4 < 2 ? '' : ', key: key'} }
`

/** Events and labels in the order in which they come: the same in each life of the process. */
function itemsOf(seed) {
  // mulberry32, https://github.com/cprosche/mulberry32
  let state = seed + 1
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
  const items = []
  for (let id = 0; id < Number(events); id++) {
    const x = 4 * uniform() - 2
    items.push({ at: id, event: { id, x, key: `k${Math.floor(uniform() * 3)}` } })
    const label = { id, t: Math.sin(x) + 0.1 * uniform() }
    const fate = uniform()
    if (fate < 0.05) continue
    if (fate < 0.1) items.push({ at: id - 5 * uniform(), label })
    else items.push({ at: id + 80 * uniform() ** 2, label })
    if (fate > 0.95) items.push({ at: id + 80 * uniform(), label })
  }
  return items.toSorted((one, other) => one.at - other.at)
}

let going = 0
const done = Array.from({ length: Number(count) }, async (_, seed) => {
  const graph = parseGraph(source(seed))
  const path = join(folder, String(seed))
  mkdirSync(path, { recursive: true })
  const store = checkpoints(path)
  const latest = await store.latest()
  if (latest !== undefined) graph.restore(latest.checkpoint)
  const seen = latest?.checkpoint.learn?.counts
  const items = itemsOf(seed)
  const [samples, labels] = [new Subject(), new Subject()]
  let failed
  graph
    .learn({ labels })(samples)
    .subscribe({ error: (error) => (failed = error) })
  let saving = Promise.resolve()
  let busy = false
  const save = () => {
    if (busy) return
    busy = true
    saving = store.save(graph.checkpoint({ pending: true })).then(() => void (busy = false))
  }
  if (++going === Number(count)) console.log('going')
  for (let at = seen === undefined ? 0 : seen.events + seen.labels; at < items.length; at++) {
    const { event, label } = items[at]
    if (event !== undefined) samples.next(event)
    else labels.next(label)
    if (at % 5 !== seed % 5) continue
    save()
    await turn()
  }
  samples.complete()
  labels.complete()
  await saving
  await turn()
  if (failed !== undefined) throw failed
  const { learn, ...rest } = graph.checkpoint({ pending: true })
  const waiting = learn.waiting?.map(({ age: _age, ...held }) => held)
  const models = learn.models && { ...learn.models, ages: undefined }
  const state = JSON.stringify({ ...rest, learn: { ...learn, waiting, models } })
  const digest = createHash('sha256').update(state).digest('hex')
  return JSON.stringify({ seed, counts: learn.counts, weights: graph.weights(), digest })
})

for (const line of await Promise.all(done)) console.log(line)
