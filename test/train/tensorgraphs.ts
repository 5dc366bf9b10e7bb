/** Random graphs of tensors, as text. */
import { fc } from '../random.js'
import { isMismatch, type ParameterValue } from '../../src/gates/gate.js'
import { catalogue, type GateName } from '../../src/gates/index.js'
import { sizeOf, type Shape } from '../../src/tensor/shape.js'

type Call = readonly [gate: GateName, ports: number, parameters?: Record<string, ParameterValue>]

const calls: readonly Call[] = [
  ['add', 2], ['multiply', 2], ['subtract', 2], ['max', 2], ['add', 3], ['mean', 3],
  ['sigmoid', 1], ['identity', 1], ['stop_gradient', 1], ['less', 2], ['where', 3],
  ['mse_loss', 2], ['huber', 2], ['huber', 2, { reduction: 'mean' }],
  ['matmul', 2], ['matmul', 2], ['matmul', 2], ['dot', 2], ['outer', 2],
  ['sum', 1], ['sum', 1, { axis: 0 }], ['mean', 1, { axis: -1, keepdims: true }], ['max', 1, { axis: 0 }],
  ['norm', 1, { axis: -1 }], ['logsumexp', 1], ['var', 1, { axis: 0 }], ['argmax', 1, { axis: -1 }],
  ['softmax', 1], ['softmax', 1, { axis: 0 }], ['log_softmax', 1], ['cumsum', 1, { axis: 0 }],
  ['layer_norm', 1], ['rms_norm', 1, { axis: 'all' }],
  ['flatten', 1], ['transpose', 1], ['reshape', 1, { shape: [-1, 1] }], ['slice', 1, { axis: -1, start: 1 }],
  ['concat', 2], ['concat', 2, { axis: -1 }], ['stack', 2, { axis: 0 }], ['stack', 2, { axis: -1 }],
  ['dropout', 1], ['one_hot', 1, { classes: 3 }], ['embedding', 2],
] // prettier-ignore

const broadcasts = new Set(['add', 'multiply', 'subtract', 'max', 'less', 'where', 'mse_loss', 'huber']) // prettier-ignore
const literals = ['(-0.0)', '2', '(-1e-300)']

const sources: Readonly<Record<string, Shape>> = {
  x: [3], z: [2, 3], k: [], i: [], W: [3, 2], v: [3], M: [2, 2], s: [], c: [3], d: [2, 1],
} // prettier-ignore

/** The nodes that these choices make, by formula; what does not fit together is left out. */
export function graphOf(choices: readonly { call: number; ports: readonly number[] }[]) {
  const shapes = new Map<string, Shape>(Object.entries(sources))
  const gates: string[] = []
  for (const { call, ports } of choices) {
    const [gate, count, given = {}] = calls[call % calls.length]!
    const names = [...shapes.keys()]
    const inputs = ports.slice(0, count).map((at) => names[at % names.length]!)
    // What goes element by element takes numbers as well.
    if (broadcasts.has(gate) && ports[1]! % 5 === 0) inputs[1] = literals[ports[0]! % 3]!
    // An index is a whole number that is in range.
    if (gate === 'one_hot') inputs[0] = 'i'
    if (gate === 'embedding') inputs[1] = 'i'
    const parameters: Record<string, ParameterValue> = {}
    for (const { name, default: fallback } of catalogue[gate].parameters)
      parameters[name] = fallback
    const shape = catalogue[gate].shape(
      inputs.map((name) => shapes.get(name) ?? []),
      { ...parameters, ...given },
    )
    if (isMismatch(shape) || sizeOf(shape) > 60 || sizeOf(shape) === 0) continue
    if (gate === 'embedding' && shapes.get(inputs[0]!)![0]! < 2) continue
    const words = Object.entries(given).map(([name, value]) => `${name}=${Array.isArray(value) ? `[${value.join(', ')}]` : String(value)}`) // prettier-ignore
    const name = `n${gates.length}`
    gates.push(`  ${name}: "tanh(${gate}(${[...inputs, ...words].join(', ')}))"`)
    shapes.set(name, shape)
  }
  return gates
}

/**
 * The graph file of these nodes; a `large` one has more weights than a run may have that is one function
 * of single numbers.
 */
export const text = (gates: readonly string[], rows: number, batch: number, large: boolean) => `
inputs: { x: { shape: [3] }, z: { shape: [2, 3] }, k: , i: }
targets: [t]
weights:
  W: { shape: [3, 2], init: normal }
  v: { shape: [3], init: normal }
  M: { shape: [2, 2], init: normal }
  s: 0.4
  more: { shape: [${large ? 49 : 1}], init: ones }
constants: { c: [0.3, -1, 0.7], d: [[1], [0.5]] }
gates:
${gates.join('\n')}
loss: "(${gates.map((_, at) => `mean(n${at}) * ${(at + 1) / 8}`).join(' + ')} - t)^2 + mean(x @ W) * s + mean(more * more)"
train:
  batch: ${batch}
  learning_rate: 0.5
  data: { rows: ${JSON.stringify(Array.from({ length: rows }, (_, row) => rowOf(row)))} }
`

function rowOf(row: number) {
  const draw = (at: number) => Math.round(1000 * Math.sin(row * 12.9 + at * 78.2)) / 700
  return {
    x: [draw(0), draw(1), draw(2)],
    z: [
      [draw(3), draw(4), draw(5)],
      [draw(6), draw(7), draw(8)],
    ],
    k: draw(9),
    i: row % 2,
    t: draw(10),
  }
}

/** What nodes are made of. */
export const choices = fc.array(
  fc.record({
    call: fc.nat(calls.length - 1),
    ports: fc.array(fc.nat(30), { minLength: 3, maxLength: 3 }),
  }),
  { minLength: 4, maxLength: 14 },
)
