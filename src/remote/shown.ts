/** Plans, values and gradients as a page shows them. */
import type { Gate } from '../gates/gate.js'
import { printFormula } from '../language/formula.js'
import { nameOf } from '../language/name.js'
import type { GateNode, Plan } from '../language/plan.js'
import type { None, Value } from '../network/message.js'
import { figure } from '../train/figures.js'
import type { Shown, ShownGraph, ShownNode, ShownPort } from './protocol.js'

/** The most cells of a picture in each direction. */
const mostCells = 24

/** A graph as pages draw it. */
export function drawn(
  plan: Plan,
  gates: ReadonlyMap<string, Gate>,
  { version, text, file }: Pick<ShownGraph, 'version' | 'text' | 'file'>,
): ShownGraph {
  const { train, loss, description, name, outputs } = plan
  return {
    version,
    name,
    ...(description !== undefined && { description }),
    text,
    file,
    nodes: shownNodes(plan, gates),
    ...(loss !== undefined && { loss }),
    outputs,
    train: {
      optimizer: train.optimizer.name,
      learningRate: train.learningRate,
      batch: train.batch,
      seed: train.seed,
      ...(train.epochs !== undefined && { epochs: train.epochs }),
    },
    ...(loss === undefined && { untrainable: 'the graph has no loss: it predicts only' }),
  }
}

function shownNodes(plan: Plan, gates: ReadonlyMap<string, Gate>): ShownNode[] {
  return plan.nodes.map((node, index): ShownNode => {
    const own = { name: nameOf(plan, index), type: node.type, shape: node.shape }
    if (node.type === 'weight') {
      return { ...own, ports: [], ...(node.frozen === true && { frozen: true }) }
    }
    if (node.type === 'constant') return { ...own, ports: [] }
    if (node.type !== 'gate') {
      const { from, classes, hash } = node
      return { ...own, ports: [], ...(from !== undefined && { from: [from].flat() }), ...(classes && { classes }), ...(hash !== undefined && { hash }) } // prettier-ignore
    }
    const gate = gates.get(node.gate)
    const rule = gate && {
      value: gate.rule.text.value,
      gradients: Object.fromEntries(gate.rule.text.gradients),
    }
    return {
      ...own,
      gate: node.gate,
      formula: printFormula(plan, index),
      ...(rule && { rule }),
      ports: node.ports.map((port, at): ShownPort => {
        const name = portName(gate, node, at)
        return 'node' in port ? { name, node: port.node } : { name, value: figure(port.value) }
      }),
    }
  })
}

/** A value or gradient, by what a step has of it. */
export function shown(value: Value): Shown
export function shown(value: Value | None): Shown | 'none'
export function shown(value: Value | None): Shown | 'none' {
  if (value === 'none') return value
  return typeof value === 'number' ? figure(value) : picture(value.data, value.shape)
}

/** The last axis runs to the right, all others down. */
function picture(data: Float64Array, shape: readonly number[]): Shown {
  const width = shape.at(-1) ?? 1
  const height = width === 0 ? 0 : data.length / width
  // A long list would be one thin line.
  const [high, wide] = height === 1 && width > mostCells ? folded(width) : [height, width]
  const rows = Math.min(high, mostCells)
  const columns = Math.min(wide, mostCells)
  const sums = new Float64Array(rows * columns)
  const counts = new Int32Array(rows * columns)
  let least = Infinity
  let most = -Infinity
  for (let at = 0; at < data.length; at++) {
    const value = data[at]!
    if (value < least) least = value
    if (value > most) most = value
    const row = Math.floor((Math.floor(at / wide) * rows) / high)
    const column = Math.floor(((at % wide) * columns) / wide)
    sums[row * columns + column]! += value
    counts[row * columns + column]!++
  }
  const cells = Array.from(sums, (sum, cell) => figure(short(sum / Math.max(1, counts[cell]!))))
  return { shape, rows, columns, cells, least: figure(least), most: figure(most) }
}

function folded(width: number): readonly [number, number] {
  const wide = Math.ceil(Math.sqrt(width))
  return [Math.ceil(width / wide), wide]
}

/** Colours tell no more than four digits. */
function short(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(4)) : value
}

function portName(gate: Gate | undefined, node: GateNode, at: number): string {
  const declared = gate?.ports[at]
  if (declared !== undefined && !(gate!.variadic && node.ports.length > 2)) return declared.name
  let name = ''
  for (let rest = at; rest >= 0; rest = Math.floor(rest / 26) - 1) {
    name = String.fromCharCode(97 + (rest % 26)) + name
  }
  return name
}
