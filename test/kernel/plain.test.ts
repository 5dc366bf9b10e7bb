/** What is lowered and made from tables is what the gates come to where each is bound to its place. */
import { expect, test } from 'vitest'
import { fc } from '../random.js'
import { gates } from '../../src/gates/index.js'
import { compile } from '../../src/kernel/compile.js'
import type { Frame } from '../../src/kernel/kernel.js'
import { lowerRegion, noneOf } from '../../src/kernel/lower.js'
import { Plain } from '../../src/kernel/plain.js'
import { printRegion } from '../../src/kernel/region.js'
import { routeTo } from '../../src/network/route.js'
import { bind, wire, type Wiring } from '../../src/network/wiring.js'
import { planOf, type Build } from '../network/build.js'
import { usual } from './allowed.js'

const sources: Readonly<Record<string, Build>> = { x: 'input', c: { constant: 2 }, w: { weight: 0.5 }, z: { weight: -1.5, frozen: true } } // prettier-ignore
const literals = [0, -0, 1, -1, 0.5, 2, 3, Infinity, -Infinity, NaN, 0.3, 7]
const single = [...gates].filter(([, { rule, delays }]) => rule.type !== 'tensor' && !delays)

const wired = fc
  .array(
    fc.record({
      gate: fc.constantFrom(...single),
      extra: fc.nat(2),
      ports: fc.array(fc.oneof(fc.constantFrom(...literals), fc.nat(30).map(String)), {
        minLength: 6,
      }),
    }),
    { minLength: 1, maxLength: 25 },
  )
  .map((chosen) => {
    const nodes = { ...sources }
    const known = Object.keys(sources)
    for (const { gate, extra, ports } of chosen) {
      const [name, { ports: declared, variadic }] = gate
      const count = declared.length + (variadic ? extra - 1 : 0)
      const own = ports.slice(0, count).map((port) => {
        return typeof port === 'string' ? known.at(-1 - (Number(port) % known.length))! : port
      })
      const made = `n${known.length}`
      nodes[made] = [name, known.at(-1)!, ...own.slice(1)]
      known.push(made)
    }
    return wire(planOf(nodes, { loss: known.at(-1)! }), gates)
  })

function routeOf(wiring: Wiring) {
  const learns = Uint8Array.from(wiring.plan.nodes, (node) => {
    return node.type === 'weight' && node.frozen !== true ? 1 : 0
  })
  return routeTo(wiring, wiring.plan.loss!, learns, () => ({ forward() {}, backward() {} }))
}

test('regions are the same, number by number', () => {
  let plain = 0
  fc.assert(
    fc.property(wired, (wiring) => {
      const way = routeOf(wiring)
      const lowered = (layout: Wiring) => {
        return printRegion(lowerRegion({ layout, way, bind: (...place) => bind(wiring, ...place) }))
      }
      plain += wiring.kinds.filter((kind) => kind > 0).length
      expect(lowered(wiring)).toBe(lowered({ ...wiring, kinds: new Int32Array(wiring.count) }))
    }),
    { numRuns: 300 },
  )
  expect(plain).toBeGreaterThan(1000)
})

test('kernels compute the same bits', () => {
  fc.assert(
    fc.property(wired, (wiring) => {
      const { answers } = routeOf(wiring)
      const made = new Plain(wiring, (...place) => bind(wiring, ...place))
      const frames = [0, 1].map((): Frame => {
        const numbers = (count: number) => Float64Array.from({ length: count }, (_, at) => Math.sin(at + 1)) // prettier-ignore
        return {
          ...{ step: 0, mode: 'learn', seed: 0, turn: 0, weights: Float64Array.of(0.5, -1.5) },
          values: numbers(wiring.valuesSize),
          gradients: numbers(wiring.gradientsSize),
        }
      })
      const state = { weights: frames[0]!.weights, optimizer: [], updates: 0, gates: new Float64Array(0) } // prettier-ignore
      for (let index = wiring.firstGate; index < wiring.count; index++) {
        const own = answers[index] ?? noneOf(wiring, index)
        const kernel = made.kernel(index, own, usual)
        expect(kernel !== undefined).toBe(wiring.kinds[index]! > 0)
        const kernels = [compile(bind(wiring, index, own), usual), kernel]
        kernels.forEach((one, at) => {
          one?.forward(frames[at]!, state)
          one?.backward(frames[at]!, state)
        })
        if (kernel === undefined) frames[1]!.values.set(frames[0]!.values)
        if (kernel === undefined) frames[1]!.gradients.set(frames[0]!.gradients)
      }
      expect(frames[1]).toStrictEqual(frames[0])
    }),
    { numRuns: 100 },
  )
})
