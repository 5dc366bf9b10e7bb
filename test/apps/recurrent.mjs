/**
 * Which side did the coin show two throws ago? Nothing of the present throw tells: a cell has to
 * remember. It learns online to keep what it needs, through `previous` in graphs/recurrent.yaml.
 *
 *     npm run build && node test/apps/recurrent.mjs
 */
import { toAsyncIterable } from 'eagre'
import { loadGraph } from 'eagre/node'
import { from } from 'rxjs'

const file = new URL('../../graphs/recurrent.yaml', import.meta.url).pathname
const graph = await loadGraph(file)

// Chance that is the same on every run.
let state = 1
const chance = () => (state = (state * 48271) % 2147483647) / 2147483647
const throws = Array.from({ length: 6000 }, () => (chance() < 0.5 ? -1 : 1))
const events = throws.map((x, at) => ({ x, t: throws[at - 2] ?? 0 }))

const errors = []
for await (const { outputs, sample } of toAsyncIterable(from(events).pipe(graph.learn()))) {
  errors.push((outputs.y - sample.t) ** 2)
}
const mean = (of) => of.reduce((sum, error) => sum + error, 0) / of.length
console.log(`squared error of the first 20: ${mean(errors.slice(0, 20)).toFixed(3)}`)
console.log(`squared error of the last 500: ${mean(errors.slice(-500)).toFixed(3)}`)
