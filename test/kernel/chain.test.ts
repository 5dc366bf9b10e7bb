/** Loops that follow from one another become one, and what nobody else reads is not written. */
import { fc } from '../random.js'
import { expect, test } from 'vitest'
import { gates } from '../../src/gates/index.js'
import { parseGraph } from '../../src/graph.js'
import { chainLoops } from '../../src/kernel/chain.js'
import { lowerRegion, measureRegion } from '../../src/kernel/lower.js'
import { printRegion } from '../../src/kernel/region.js'
import { routeTo } from '../../src/network/route.js'
import { bind, wire } from '../../src/network/wiring.js'
import { fused } from './allowed.js'
import { VirtualClock } from '../train/clock.js'
import { outcomeOf } from '../train/fusedrandom.js'

function regionOf(text: string) {
  const { plan } = parseGraph(text)
  const wiring = wire(plan, gates)
  const learns = Uint8Array.from(plan.nodes, ({ type }) => (type === 'weight' ? 1 : 0))
  const way = routeTo(wiring, plan.loss!, learns, () => ({ forward() {}, backward() {} }))
  const layout = { layout: wiring, way, wanted: [plan.loss!] }
  const region = lowerRegion({ ...layout, bind: (index, answers) => bind(wiring, index, answers) })
  return { region, chained: chainLoops(region, new Set([wiring.offsets[plan.loss!]!])) }
}

test('the bias and the activation of a layer are one pass, down and up', () => {
  const { region, chained } = regionOf(`
inputs: { x: { shape: [3] } }
weights: { W: { shape: [3, 4], init: normal }, b: { shape: [4], init: zeros } }
gates: { h: tanh(x @ W + b) }
loss: sum(h)`)
  expect(printRegion(chained)).toMatchInlineSnapshot(`
    "v3[4] = call matmul(v0[3], w0[3,4])
    v11[4] = loop add, tanh(v3[4], w12[4])
    v15[] = call sum(v11[4])
    ---
    g31 = 1
    g27 = call sum'(g31[], v11[4])
    _, g19, g12 = loop tanh, add'(g27[4], v11[4], v3[4], w12[4])
    _, g0 = call matmul'(g19[4], v0[3], w0[3,4])"
  `)
  expect(measureRegion(chained)).toEqual(measureRegion(region))
})

test('what something else reads is written', () => {
  const { chained } = regionOf(`
inputs: { x: { shape: [3] } }
weights: { b: { shape: [3], init: zeros } }
gates: { s: x + b, h: tanh(s), m: max(s) }
loss: sum(h) * m`)
  expect(printRegion(chained)).toMatchInlineSnapshot(`
    "v3[3] = loop add(v0[3], w0[3])
    v6[3] = loop tanh(v3[3])
    v9[] = call max(v3[3])
    v10[] = call sum(v6[3])
    v11 = multiply(v10, v9)
    ---
    g14 = 1
    g13 = multiply(g14, v9)
    g12 = multiply(g14, v10)
    g9 = call sum'(g13[], v6[3])
    g18 = call max'(g12[], v3[3])
    g15 = loop tanh'(g9[3], v3[3])
    g6..8 = g15..17 + g18..20
    _, g0 = loop add'(g6[3], v0[3], w0[3])"
  `)
})

const unary = ['tanh', 'relu', 'exp', 'sigmoid', 'abs', 'softplus', 'log', 'square', 'identity']
const binary = ['+', '-', '*', '/']
const shapes = ['[2, 3]', '[3]', '[2, 1]', '[]', '[1, 3]']

/** Pointwise gates over tensors that broadcast, each reading what came before. */
const chains = fc.array(
  fc.record({
    unary: fc.constantFrom(...unary),
    binary: fc.constantFrom(...binary),
    shape: fc.constantFrom(...shapes),
    // Mostly what came last.
    back: fc.constantFrom(1, 1, 1, 1, 2, 3),
    kind: fc.constantFrom('unary', 'weight', 'input', 'both', 'where', 'number', 'product'),
  }),
  { minLength: 2, maxLength: 12 },
)

test.each(fused)('%s: random chains train to the bits of the live network', (engine) => {
  let steps = 0
  let shorter = 0
  fc.assert(
    fc.property(chains, fc.boolean(), (links, stack) => {
      const nodes = ['x', 'W']
      const weights: string[] = []
      const lines = links.map(({ unary: one, binary: two, shape, back, kind }, at) => {
        const last = nodes.at(-Math.min(back, nodes.length))!
        nodes.push(`n${at}`)
        if (kind === 'unary') return `n${at}: '${one}(${last})'`
        if (kind === 'input') return `n${at}: '${last} ${two} x'`
        if (kind === 'both') return `n${at}: '${last} ${two} ${last}'`
        if (kind === 'number') return `n${at}: 'clamp(${last}, min=-0.7, max=1.3) ${two} 0.3'`
        if (kind === 'where') return `n${at}: 'where(${last} > 0.1, ${one}(${last}), x)'`
        if (kind === 'product') return `n${at}: '${last} @ M'`
        weights.push(`w${at}: { shape: ${shape}, init: normal }`)
        return `n${at}: '${last} ${two} w${at}'`
      })
      const text = `
inputs: { x: { shape: [2, 3] } }
weights:
  W: { shape: [2, 3], init: normal }
  M: { shape: [3, 3], init: normal }
${weights.map((line) => `  ${line}`).join('\n')}
gates:
${lines.map((line) => `  ${line}`).join('\n')}
loss: mean(${nodes.at(-1)!} * W)
train: { epochs: 4, batch: 2, stack: ${stack}, optimizer: adam, on_fault: skip }`
      const { region, chained } = regionOf(text)
      shorter += region.forward.length + region.backward.length
      shorter -= chained.forward.length + chained.backward.length
      const row = (k: number) => ({
        x: [0, 1].map((i) => [0, 1, 2].map((j) => Math.sin(9 * k + 3 * i + j))),
      })
      const [live, other] = (['live', engine] as const).map((named) => {
        const clock = new VirtualClock()
        return outcomeOf(parseGraph(text, { clock, engine: named }), clock, {
          data: [row(0), row(1), row(2)],
        })
      })
      expect(other!.use.engine).toBe(engine)
      steps += other!.use.steps
      expect(other!.seen).toStrictEqual(live!.seen)
    }),
    { numRuns: 100 },
  )
  expect(steps).toBeGreaterThan(100)
  expect(shorter).toBeGreaterThan(100)
})
