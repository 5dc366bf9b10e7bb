/** A model for each key: what a graph of its own for each would give, whatever is evicted meanwhile. */
import { fc } from '../random.js'
import { from, lastValueFrom, Subject, tap, toArray } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { parseGraph } from '../../src/graph.js'
import type { Learned } from '../../src/train/learned.js'
import type { LearnOptions } from '../../src/train/learnoptions.js'
import { memoryStore, type ModelStore } from '../../src/train/models.js'
import { systemClock } from '../../src/train/clock.js'
import { Usage } from '../../src/train/usage.js'
import { VirtualClock } from './clock.js'

const text = (train: string) => `
inputs: [x]
targets: [t]
weights: { w: 0.5, u: 0.3, b: 0, f: { value: 2, frozen: true } }
gates:
  z: standardize(x, update=before)
  h: tanh(w * z + u * previous(h, unroll=2) + b)
  y: h * f + dropout(h, p=0.3) + 0.1 * ewma(x, alpha=0.2)
loss: (y - t)^2
train: { learning_rate: 0.05, ${train} }
`
const optimizers = ['optimizer: sgd', 'optimizer: adam', 'optimizer: { sgd: { momentum: 0.9 } }, batch: 3'] // prettier-ignore

// oxlint-disable-next-line typescript/consistent-type-definitions -- an interface is no record
type Event = {
  readonly key: string
  readonly x: number
  readonly t?: number
}

const events = fc.array(
  fc.record(
    {
      key: fc.constantFrom('a', 'b', 'c', 'd', '__proto__'),
      x: fc.double({ min: -3, max: 3, noNaN: true }),
      t: fc.double({ min: -1, max: 1, noNaN: true }),
    },
    { requiredKeys: ['key', 'x'] },
  ),
  { minLength: 1, maxLength: 60 },
)

/** A store that answers later, in a turn of its own. */
function slowStore(): ModelStore {
  const inner = memoryStore()
  return {
    get: async (key) => {
      await Promise.resolve()
      return inner.get(key)
    },
    put: async (key, record) => {
      await new Promise((done) => setImmediate(done))
      await inner.put(key, record)
    },
  }
}

const learn = (train: string, all: readonly Event[], options: LearnOptions) => {
  const graph = parseGraph(text(train), { clock: systemClock })
  return lastValueFrom(from(all).pipe(graph.learn(options), toArray()))
}

const outputs = (all: readonly Learned[]) =>
  all.map((one) => ('outputs' in one ? one.outputs['y'] : one.fault.message))

describe('learnBy', () => {
  test('is a graph for each key, bit for bit, whatever leaves and comes back', async () => {
    await fc.assert(
      fc.asyncProperty(
        events,
        fc.constantFrom(...optimizers),
        fc.integer({ min: 1, max: 6 }),
        fc.constantFrom('memory', 'slow'),
        fc.integer({ min: 0, max: 2 }),
        async (all, train, maxKeys, kind, warmUp) => {
          const store = kind === 'memory' ? memoryStore() : slowStore()
          const got = await learn(train, all, { key: 'key', maxKeys, store, warmUp })
          expect(got.map(({ sample }) => sample)).toEqual(all)
          for (const key of new Set(all.map((event) => event.key))) {
            const own = all.filter((event) => event.key === key)
            const alone = await learn(train, own, { warmUp })
            const here = got.filter(({ sample }) => sample['key'] === key)
            expect(outputs(here)).toEqual(outputs(alone))
          }
        },
      ),
      { numRuns: 40 },
    )
  })

  test('goes on from a store in another run', async () => {
    const all = Array.from({ length: 30 }, (_, at) => {
      return { key: 'abc'[at % 3]!, x: Math.sin(at), t: Math.cos(at) }
    })
    const store = memoryStore()
    const options = { key: 'key', store }
    const whole = await learn(optimizers[1]!, all, { key: 'key' })
    const first = await learn(optimizers[1]!, all.slice(0, 17), options)
    expect(store.size).toBe(3)
    const second = await learn(optimizers[1]!, all.slice(17), options)
    expect(outputs([...first, ...second])).toEqual(outputs(whole))
  })

  test('joins late labels to the models of their events', async () => {
    const plain = text(optimizers[0]!).replace(/ \+ dropout\(h, p=0\.3\)/, '')
    for (const late of ['recompute', 'stash'] as const) {
      const run = async (keys: readonly string[], maxKeys: number) => {
        const clock = new VirtualClock()
        const graph = parseGraph(plain, { clock })
        const samples = new Subject<Event & { id: number }>()
        const labels = new Subject<object>()
        const store = memoryStore()
        const done = lastValueFrom(
          samples.pipe(graph.learnBy('key', { id: 'id', labels, late, maxKeys, store }), toArray()),
        )
        for (let at = 0; at < 24; at++) {
          const key = 'abc'[at % 3]!
          if (keys.includes(key)) samples.next({ id: at, key, x: Math.sin(at) })
          clock.run()
          const before = at - 4
          if (before >= 0 && keys.includes('abc'[before % 3]!)) labels.next({ id: before, t: Math.cos(before) }) // prettier-ignore
          clock.run()
        }
        samples.complete()
        labels.complete()
        clock.run()
        return done
      }
      const together = await run(['a', 'b', 'c'], 2)
      for (const key of ['a', 'b', 'c']) {
        const here = together.filter(({ sample }) => sample['key'] === key)
        expect(outputs(here), late).toEqual(outputs(await run([key], 9)))
      }
    }
  })

  test('begins with a prior, and leaves the weights of the graph as they are', async () => {
    const graph = parseGraph('inputs: [x]\ntargets: [t]\nweights: { w: 1 }\ngates: { y: w * x }\nloss: (y - t)^2\n') // prettier-ignore
    const all = [{ k: 1, x: 1, t: 5 }, { k: 2, x: 1, t: 5 }] // prettier-ignore
    const got = await lastValueFrom(from(all).pipe(graph.learnBy('k', { prior: { w: 3 } }), toArray())) // prettier-ignore
    expect(outputs(got)).toEqual([3, 3])
    expect(graph.weights()).toEqual({ w: 1 })
  })

  test('tells an event without a key, and a store that fails, and goes on', async () => {
    const graph = parseGraph('inputs: [x]\ntargets: [t]\nweights: { w: 1 }\ngates: { y: w * x }\nloss: (y - t)^2\n') // prettier-ignore
    const faults: string[] = []
    graph.faults().subscribe(({ message }) => faults.push(message))
    const broken: ModelStore = {
      get: () => undefined,
      put: () => {
        throw new Error('disk full')
      },
    }
    const all = [{ k: 1, x: 1, t: 0 }, { x: 1 }, { k: 2, x: 1, t: 0 }, { k: 1, x: 1, t: 0 }]
    const got = await lastValueFrom(from(all).pipe(graph.learnBy('k', { maxKeys: 1, store: broken }), toArray())) // prettier-ignore
    const second = 1 - 0.001 * 2
    expect(outputs(got)).toEqual([1, 'the sample has no key', 1, second])
    expect(faults).toContain('the model of the key 1 could not be stored: disk full')
  })

  test('asks a store for the models of all events that wait, and keeps their order', async () => {
    const graph = parseGraph('inputs: [x]\ntargets: [t]\nweights: { w: 1 }\ngates: { y: w * x }\nloss: (y - t)^2\n') // prettier-ignore
    const asked = new Map<unknown, { give: (record: undefined) => void; fail: (cause: Error) => void }>() // prettier-ignore
    const store: ModelStore = {
      // What can be waited for need not be a Promise.
      get: (key) => {
        const promise = new Promise<undefined>((give, fail) => asked.set(key, { give, fail }))
        // oxlint-disable-next-line unicorn/no-thenable -- a client of a database may give this
        return { then: (...callbacks) => promise.then(...callbacks) }
      },
      put: () => undefined,
    }
    const events = new Subject<Record<string, number>>()
    const seen: unknown[] = []
    const note = tap<Learned>(({ sample }) => seen.push(sample['k']))
    const done = lastValueFrom(events.pipe(graph.learnBy('k', { store }), note, toArray()))
    for (const k of [1, 2, 3, 2, 4]) events.next({ k, x: k })
    const turn = () => new Promise((next) => setImmediate(next))
    await turn()
    events.next({ k: 5, x: 5 })
    events.complete()
    await turn()
    expect([...asked.keys()]).toEqual([1, 2, 3, 4, 5])
    for (const k of [5, 4, 2]) asked.get(k)!.give(undefined)
    asked.get(3)!.fail(new Error('no disk'))
    await turn()
    expect(seen).toEqual([])
    asked.get(1)!.give(undefined)
    await turn()
    expect(seen).toEqual([1, 2])
    // What failed is asked for again in its turn.
    asked.get(3)!.fail(new Error('no disk'))
    expect(outputs(await done)).toEqual([1, 2, expect.stringContaining('no disk'), 2, 4, 5])
  })

  test('takes null for what a store does not have, at once or later', async () => {
    const samples = [1, 2, 3].map((x) => ({ key: 'a', x, t: 1 }))
    const got = async (get: () => unknown) => {
      const store = { get, put: () => {} } as unknown as ReturnType<typeof memoryStore>
      return outputs(await learn(optimizers[0]!, samples, { key: 'key', store }))
    }
    const expected = await got(() => undefined)
    expect(await got(() => null)).toEqual(expected)
    expect(await got(() => Promise.resolve(null))).toEqual(expected)
    expect(expected.every((one) => typeof one === 'number')).toBe(true)
  })

  test('refuses a record of another graph', async () => {
    const store = memoryStore()
    await learn(optimizers[0]!, [{ key: 'a', x: 1, t: 1 }], { key: 'key', store })
    const got = await learn(optimizers[1]!, [{ key: 'a', x: 1, t: 1 }], { key: 'key', store })
    expect(outputs(got)).toEqual(['what the store has for the key "a" is of another graph'])
  })

  test('lets models go that are idle', () => {
    const clock = new VirtualClock()
    const graph = parseGraph(text(optimizers[0]!), { clock })
    const samples = new Subject<Event>()
    const store = memoryStore()
    samples.pipe(graph.learnBy('key', { idle: 1000, store })).subscribe()
    samples.next({ key: 'a', x: 1, t: 1 })
    clock.run()
    expect(store.size).toBe(0)
    clock.pass(2000)
    samples.next({ key: 'b', x: 1, t: 1 })
    clock.run()
    expect(store.size).toBe(1)
    samples.complete()
  })
})

test('the order of use is that of a plain list', () => {
  const step = fc.oneof(fc.integer({ min: 0, max: 200 }), fc.constant('take' as const))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const usage = new Usage<number>()
      let list: number[] = []
      steps.forEach((one, now) => {
        if (one === 'take') {
          if (list.length > 0) expect(usage.take()).toEqual({ row: list[0], key: list.shift() })
          return
        }
        usage.touch(one, one, now)
        list = [...list.filter((other) => other !== one), one]
      })
      expect(usage.oldest).toBe(list.length === 0 ? Infinity : steps.lastIndexOf(list[0]!))
    }),
  )
})
