/**
 * Large graphs of gates of single numbers, in WebAssembly beside a loop over typed arrays:
 * nanoseconds a gate and step, and from a plan to the first step. A tree and a chain repeat, so their
 * steps are loops of a few kB; what is wired by chance is written out, some 60 bytes a gate.
 *
 * By hand that, too, is one loop over a list of what each gate does: there is no shorter program
 * for it, nobody writes 100,000 lines, and to generate functions of them is what is measured.
 */
import { execFileSync } from 'node:child_process'
import { Graph } from '../../src/graph.js'
import type { Plan } from '../../src/language/plan.js'
import { gatesByHand } from './gates.js'
import { now, table, turning } from './harness.js'

const kinds = ['chain', 'tree', 'irregular'] as const
const sizes = [1000, 10_000, 100_000]

const [file, kind, size] = process.argv.slice(1)
if (size !== undefined)
  process.stdout.write(JSON.stringify(compare(kind as (typeof kinds)[number], Number(size))))
else {
  const rows = kinds.flatMap((one) =>
    sizes.map((count) => {
      const text = execFileSync(process.execPath, [file!, one, String(count)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      return JSON.parse(text.toString()) as string[]
    }),
  )
  const head = ['graph', 'gates', 'loop, ns', 'wasm, ns', 'ratio', 'plan to graph, ms', 'first step, ms', 'MB'] // prettier-ignore
  console.log(table([head, ...rows]))
}

function compare(name: (typeof kinds)[number], count: number): string[] {
  const { plan: built, gates, byHand } = gatesByHand(name, count)
  // As a file would be read: plans that are put together by hand have nodes of many layouts.
  const plan = JSON.parse(JSON.stringify(built)) as Plan
  const { clock, takeAll } = turning()
  const begun = now()
  const graph = new Graph(plan, { clock })
  const started = now()
  const run = (epochs: number) => {
    let last = NaN
    graph.train({ epochs, engine: 'wasm' }).subscribe(({ loss }) => (last = loss))
    takeAll()
    return last
  }
  run(1)
  const first = now()
  const megabytes = process.memoryUsage().rss / 1e6
  graph.restore(new Graph(plan).weights())
  const [theirs, ours] = [byHand(20), run(20)]
  if (!(Math.abs(ours - theirs) <= 1e-9 * Math.max(1, Math.abs(theirs)))) {
    throw new Error(`${name}: by hand ${theirs}, eagre ${ours}`)
  }
  // What a run takes before its first step is a column of its own.
  const each = (train: (steps: number) => number) => {
    const steps = Math.ceil(2e7 / gates)
    const [few, many] = [steps, 4 * steps].map((length) => {
      const from = now()
      train(length)
      return now() - from
    }) as [number, number]
    return ((many - few) * 1e6) / (3 * steps * gates)
  }
  // Code settles in a round that does not count.
  const rounds = [-1, 0, 1, 2].map(() => [each(byHand), each(run)] as const).slice(1)
  const middle = (of: readonly number[]) => of.toSorted((a, b) => a - b)[1]!
  return [
    name,
    gates.toLocaleString('en'),
    middle(rounds.map(([loop]) => loop)).toFixed(1),
    middle(rounds.map(([, wasm]) => wasm)).toFixed(1),
    middle(rounds.map(([loop, wasm]) => wasm / loop)).toFixed(2),
    (started - begun).toFixed(0),
    (first - started).toFixed(0),
    megabytes.toFixed(0),
  ]
}
