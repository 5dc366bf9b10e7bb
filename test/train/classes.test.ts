/** The loss of classes in fused runs: masked logits, classes that are none, batches, alone and stacked. */
import { expect, test } from 'vitest'
import { parseGraph } from '../../src/graph.js'
import { fused } from '../kernel/allowed.js'
import { fc } from '../random.js'
import { VirtualClock } from './clock.js'
import { outcomeOf } from './fusedrandom.js'

const number = fc.oneof(
  fc.integer({ min: -20, max: 20 }).map((n) => n / 8),
  fc.constantFrom(0, -0, 300, 1e-300),
)
const runs = fc.record({
  // A row for each sample, or several.
  samples: fc.constantFrom(1, 1, 2),
  // What hides a logit, where `m` is above 1.
  mask: fc.constantFrom('h', 'where(m > 1, -1 / (m * 0), h)', 'where(m > 1, 1 / (m * 0), h)', 'where(m > 2, (m * 0) / (m * 0), h)', 'h * 300', 'm * 1e306', 'm'), // prettier-ignore
  options: fc.constantFrom('', '', '', '', ', weights=[0, 0.5, 2]', ', label_smoothing=0.1'),
  reduction: fc.constantFrom('none', 'none', 'none', 'mean', 'sum'),
  of: fc.constantFrom('mean(e)', 'mean(min(e, 2))', 'sum(e * e)'),
  // With more weights a run is no function of single numbers.
  more: fc.constantFrom(1, 49),
  batch: fc.integer({ min: 1, max: 4 }),
  stack: fc.boolean(),
  test: fc.boolean(),
  optimizer: fc.constantFrom('sgd', 'adam'),
  onFault: fc.constantFrom('skip', 'skip', 'stop'),
  epochs: fc.integer({ min: 1, max: 4 }),
  rows: fc.array(
    fc.record({
      x: fc.tuple(number, number),
      m: fc.array(number, { minLength: 6, maxLength: 6 }),
      k: fc.array(fc.oneof({ arbitrary: fc.nat(2), weight: 15 }, fc.constantFrom(3, 3, -1, -0, 0.5, 2 ** 31, 1e300)), { minLength: 2, maxLength: 2 }), // prettier-ignore
      known: fc.constantFrom(true, true, true, true, true, true, false),
    }),
    { minLength: 4, maxLength: 9 },
  ),
})

test.each(fused)('%s: the loss of classes, to the bits of the live network', (engine) => {
  const counts = { steps: 0, evaluated: 0 }
  fc.assert(
    fc.property(runs, ({ samples, mask, options, reduction, of, more, batch, stack, rows, ...run }) => {
      const several = samples > 1
      const shape = several ? `${samples}, 3` : '3'
      const text = `
inputs: { x: { shape: [2] }, m: { shape: [${shape}] } }
targets: { k: ${several ? `{ shape: [${samples}] }` : ''} }
weights:
  W: { shape: [2, ${3 * samples}], init: normal }
  b: { shape: [${shape}], init: zeros }
  more: { shape: [${more}], init: ones }
constants: { c: [0, 0.5, 2] }
gates: { h: 'reshape(x @ W, shape=[${shape}]) + b', l: '${mask}', e: 'softmax(l)' }
loss: '${of.replaceAll(/\be\b/g, `cross_entropy(l, k, reduction=${reduction}${options.replace(/\[.*\]/, 'c')})`)} + mean(more * more)'
train:
  { epochs: ${run.epochs}, batch: ${batch}, stack: ${stack}, optimizer: ${run.optimizer}, learning_rate: 0.1,
    on_fault: ${run.onFault}, data: { rows: ${JSON.stringify([dataOf({ ...rows[0]!, known: true }, samples)])}${run.test ? ', split: { test: 0.3 }' : ''} } }`
      const data = rows.map((row) => dataOf(row, samples))
      const [live, other] = (['live', engine] as const).map((named) => {
        const clock = new VirtualClock()
        return outcomeOf(parseGraph(text, { clock, engine: named }), clock, { every: 'epoch', data })
      })
      expect(other!.use.engine).toBe(engine)
      counts.steps += other!.use.steps
      counts.evaluated += other!.use.evaluated
      expect(other!.seen).toStrictEqual(live!.seen)
    }),
    { numRuns: 80 },
  )
  expect(counts.steps).toBeGreaterThan(250)
  expect(counts.evaluated).toBeGreaterThan(50)
}) // prettier-ignore

function dataOf(
  { x, m, k, known }: { x: number[]; m: number[]; k: number[]; known: boolean },
  samples: number,
) {
  const masks = samples === 1 ? m.slice(0, 3) : [m.slice(0, 3), m.slice(3)]
  return { x, m: masks, k: known ? (samples === 1 ? k[0]! : k) : null }
}
