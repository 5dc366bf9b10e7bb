/**
 * From text to the first step, and from a plan to the first step, for 1,000 to 1,000,000 scalar
 * gates: each size in a process of its own. What is linear has the same numbers a gate in all rows.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Graph, parseGraph } from '../../src/index.js'
import { table } from './harness.js'

interface Taken {
  readonly parsed: number
  readonly first: number
  readonly started: number
  readonly again: number
  readonly megabytes: number
}

const [size, shape] = process.argv.slice(2)
if (size !== undefined) console.log(JSON.stringify(taken(textOf(Number(size), shape!))))
else {
  const rows = ['chain', 'tree'].flatMap((kind) => {
    return [1000, 10_000, 100_000, 1_000_000].map((count) => rowOf(kind, count))
  })
  const head = [
    'gates',
    'text to graph, µs a gate',
    'step',
    'plan to graph',
    'step',
    'total, s',
    'MB',
  ]
  console.log(table([head, ...rows]))
}

function rowOf(kind: string, count: number): string[] {
  const file = fileURLToPath(import.meta.url)
  const { stdout } = spawnSync(process.execPath, [file, `${count}`, kind], { encoding: 'utf8' })
  const { parsed, first, started, again, megabytes } = JSON.parse(stdout) as Taken // printed above
  const each = (milliseconds: number) => ((milliseconds * 1000) / count).toFixed(2)
  const total = (parsed + first) / 1000
  const times = [parsed, first, started, again].map(each)
  return [`${kind} of ${count}`, ...times, total.toFixed(2), megabytes.toFixed(0)]
}

function textOf(count: number, kind: string): string {
  const lines = ['inputs: { x: 1 }', 'targets: { t: 0.5 }', 'weights: { w: 0.1 }', 'gates:']
  lines.push('  g0: w * x')
  for (let index = 1; index < count; index++) {
    const formula = kind === 'chain' ? `tanh(g${index - 1})` : `g${(index - 1) >> 1} + x`
    lines.push(`  g${index}: ${formula}`)
  }
  return [...lines, `loss: (t - g${count - 1})^2`, ''].join('\n')
}

function taken(text: string): Taken {
  const times: number[] = []
  const timed = <T>(make: () => T): T => {
    const begun = performance.now()
    const made = make()
    times.push(performance.now() - begun)
    return made
  }
  const graph = timed(() => parseGraph(text))
  timed(() => graph.step())
  const megabytes = process.memoryUsage().rss / 1e6
  const other = timed(() => new Graph(graph.plan))
  timed(() => other.step())
  const [parsed, first, started, again] = times as [number, number, number, number] // four were timed
  return { parsed, first, started, again, megabytes }
}
