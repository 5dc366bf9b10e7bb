/**
 * Trains many graphs at once, each with checkpoints in a folder of its own, for the test of kills:
 *
 *     node test/cli/killed.mjs GRAPH COUNT FOLDER
 *
 * Goes on from what is in the folders. Prints "going" when all train, then a line for each in its
 * order: its last report and the weights.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

const { checkpoints, loadGraph } = await import(new URL('../../dist/node.js', import.meta.url).href)
const [file, count, folder] = process.argv.slice(2)

const going = []
const done = Array.from({ length: Number(count) }, async (_, seed) => {
  const graph = await loadGraph(file)
  const path = join(folder, String(seed))
  mkdirSync(path, { recursive: true })
  const store = checkpoints(path)
  const latest = await store.latest()
  if (latest !== undefined) graph.restore(latest.checkpoint)
  let saving = Promise.resolve()
  let busy = false
  let last
  going.push(seed)
  if (going.length === Number(count)) console.log('going')
  await new Promise((resolve, reject) => {
    graph.train({ seed, every: 50 }).subscribe({
      next(report) {
        last = report
        if (busy) return
        busy = true
        saving = store.save(graph.checkpoint()).then(() => void (busy = false))
      },
      complete: resolve,
      error: reject,
    })
  })
  await saving
  await store.save(graph.checkpoint())
  const { elapsed: _time, ...report } = last
  return JSON.stringify({ seed, report, weights: graph.weights() })
})

for (const line of await Promise.all(done)) console.log(line)
