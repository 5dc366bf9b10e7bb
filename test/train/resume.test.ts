/** A run that goes on from a checkpoint tells and learns what it would have if never stopped (law 9). */
import { fc } from '../random.js'
import { expect, test } from 'vitest'
import { optimizers } from '../../src/optimizers/index.js'
import { expectResumed, whole, type When } from './resume.js'
import { executors } from '../kernel/allowed.js'

const rows = `rows: [${[
  '1, t: 3',
  '2, t: 5',
  '-1, t: -1',
  '0, t: 1',
  '3, t: 7.5',
  '-2, t: -3.2',
  '0.5, t: 2',
]
  .map((row) => `{ x: ${row} }`)
  .join(', ')}]`

/** Two weights that learn, one that does not, and chance in the steps. */
const graph = (train: string, gates = '') => `
inputs: [x]
targets: [t]
weights: { w: { shape: [3], init: uniform }, b: 0, f: { value: 0.7, frozen: true } }
gates:
  ${gates}
  h: dropout(tanh(x * w + b), p=0.3)
  y: sum(h) * f + b
loss: (y - t)^2
metrics: { off: abs(y - t), worst: "rmse(y, t)", fit: "r2(y, t)" }
train:
  ${train}
`
const train = (more: string) => `learning_rate: 0.05
  ${more.trim().replace(/\n */g, '\n  ')}`
const data = `data: { ${rows} }`

const runs: Record<string, string> = {
  'plain steps': graph(train(`epochs: 3\n${data}`)),
  'batches with a remainder': graph(train(`epochs: 3\nbatch: 3\n${data}`)),
  'one batch of several epochs’ rows is none': graph(train(`epochs: 3\nbatch: 20\n${data}`)),
  'stacked batches with a remainder': graph(
    train(`epochs: 4\nbatch: 3\nstack: true\nshuffle: true\n${data}`),
  ),
  'shuffled batches': graph(train(`epochs: 4\nbatch: 2\nshuffle: true\nseed: 7\n${data}`)),
  'a schedule by epoch': graph(train(`epochs: 4\nschedule: { cosine: { t_max: 4 } }\n${data}`)),
  'a schedule by update': graph(
    train(`epochs: 3\nbatch: 2\nschedule: { exponential: { gamma: 0.9 }, per: update }\n${data}`),
  ),
  clipping: graph(train(`epochs: 2\nbatch: 2\nclip: { norm: 0.1 }\n${data}`)),
  'patience and the best weights': graph(
    train(`optimizer: { sgd: { momentum: 0.9 } }\nshuffle: true
      until: { patience: 2, restore_best: true }\n${data}`),
  ).replace('learning_rate: 0.05', 'learning_rate: 0.3'),
  'a loss to reach': graph(train(`until: { loss: 6 }\n${data}`)),
  'rows held back': graph(
    train(`epochs: 3\nshuffle: true\nbatch: 2
      data: { ${rows}, split: { test: 0.3, order: shuffled } }`),
  ),
  'rows held back and the best weights': graph(
    train(`epochs: 3\nuntil: { restore_best: true }
      data: { ${rows}, split: { test: 0.3, order: shuffled } }`),
  ),
  'measured inputs': graph(
    train(`epochs: 2\nbatch: 3\nshuffle: true\n${data}`),
    'z: standardize(x)\n  q: standardize(z * z + x)',
  ).replace('(x * w + b)', '(q * w + b + z)'),
}
runs['a table of which few rows are used'] = `
inputs: [i]
targets: [t]
weights: { E: { shape: [9, 2], init: uniform }, b: 0 }
gates:
  y: sum(embedding(E, i)) + b
loss: (y - t)^2
train:
  epochs: 3
  batch: 3
  shuffle: true
  learning_rate: 0.05
  until: { restore_best: true }
  data: { rows: [{ i: 0, t: 3 }, { i: 2, t: 5 }, { i: 7, t: -1 }, { i: 2, t: 1 }, { i: 8, t: 2 }] }
`
const remembering = (more: string) =>
  graph(
    train(more),
    's: standardize(x, update=before)\n  m: tanh(0.7 * s + w * previous(m, shape=3, unroll=3))',
  ).replace('(x * w + b)', '(sum(window(m, size=2)) + ewma(s, alpha=0.3) * w + b)')
runs['gates that remember'] = remembering(`epochs: 3\n${data}`)
runs['gates that remember, in batches'] = remembering(
  `epochs: 2\nbatch: 3\noptimizer: adam\n${data}`,
)

const every = ['slice', 'epoch', 2] as const
// Reports once a slice come when the time of the slice is over, wherever that is in the run.
const whens = (each: (typeof every)[number]): readonly When[] =>
  each === 'slice' ? ['turns', 'reports'] : ['turns', 'reports', 'updates']

test.each(Object.keys(runs).flatMap((name) => every.map((each) => [name, each] as const)))(
  '%s, reports each %s: from any step and any callback',
  (name, each) => {
    const text = runs[name]!
    const run = whole(text, { every: each }, whens(each))
    expect(run.told.at(-1)).toBe('complete')
    expect(run.taken.length).toBeGreaterThan(20)
    for (const taken of run.taken) expectResumed({ every: each }, run, taken)
  },
)

test.each([...optimizers.keys()])('%s goes on with all that it keeps', (optimizer) => {
  const text = graph(train(`epochs: 2\nbatch: 2\noptimizer: ${optimizer}\n${data}`))
  const run = whole(text, {}, ['turns'])
  for (const taken of run.taken) expectResumed({}, run, taken)
})

test.each([false, true])('rows without their target, stacked %s', (stack) => {
  const text = graph(train(`epochs: 3\nbatch: 2\nshuffle: true\n${data}`))
  const given = [{ x: 1, t: 2 }, { x: 5 }, { x: 3, t: 7 }, { x: -1, t: null }, { x: 2, t: 5 }]
  const options = { data: given, every: 2, learningRate: 0.01, stack }
  const run = whole(text, options, whens(2))
  // The rest of the options is in the checkpoint.
  for (const taken of run.taken) expectResumed({ data: given }, run, taken)
})

test('any settings, from any place, by any executor', () => {
  const settings = fc.record({
    epochs: fc.integer({ min: 1, max: 4 }),
    batch: fc.integer({ min: 1, max: 8 }),
    stack: fc.boolean(),
    shuffle: fc.boolean(),
    seed: fc.integer({ min: 0, max: 2 ** 40 }),
    optimizer: fc.constantFrom(
      ...[
        'adam',
        'ftrl',
        '{ sgd: { momentum: 0.5, nesterov: true } }',
        '{ rmsprop: { centered: true } }',
      ],
      '{ state: { m: 0.5 * m - 0 * g }, update: w - rate * (g + m) }',
    ),
    schedule: fc.constantFrom(
      '',
      'schedule: { step: { step_size: 2, gamma: 0.5 } }',
      'schedule: { exponential: { gamma: 0.8 }, per: update }',
    ),
    until: fc.constantFrom('', 'until: { patience: 1, restore_best: true }', 'until: { loss: 4 }'),
    split: fc.constantFrom('', ', split: { test: 0.2 }', ', split: { test: 0.4, order: shuffled }'),
    standardize: fc.boolean(),
    every: fc.constantFrom(...every),
    executor: fc.constantFrom(...executors),
    places: fc.array(fc.nat(), { minLength: 3, maxLength: 3 }),
  })
  fc.assert(
    fc.property(settings, ({ places, executor, ...given }) => {
      const { epochs, batch, stack, shuffle, seed, optimizer, schedule, until, split } = given
      const text = graph(
        train(`epochs: ${epochs}\nbatch: ${batch}\nstack: ${stack}\nshuffle: ${shuffle}\nseed: ${seed}
          optimizer: ${optimizer}
          ${schedule}
          ${until}
          data: { ${rows}${split} }`),
        given.standardize ? 'z: standardize(x)' : 'z: x / 2',
      ).replace('x * w', 'z * w')
      const options = { every: given.every }
      const run = whole(text, options, whens(given.every), { executor })
      for (const place of places) {
        const taken = run.taken[place % run.taken.length]!
        expectResumed(options, run, taken, { executor })
      }
    }),
    { numRuns: 60 },
  )
})
