/** Metrics that are computed over all samples of an epoch: `metrics: { auc: roc_auc(p, t) }`. */
import type { Call, Expression } from '../formula/syntax.js'
import type { Shape } from '../tensor/shape.js'
import { sameShape } from '../tensor/shape.js'
import type { Checking } from './context.js'
import { findNode, nodeNamed } from './name.js'
import type { MeasurePlan, PlanNode } from './plan.js'
import type { GateSpec, MetricSpec } from './spec.js'

/** What a measure takes; measuredocs.ts has words for people. */
export interface MeasurePorts {
  /** Whether the prediction may be a list, with one number for each class. */
  readonly classes: boolean
}

/**
 * Every measure by name. Those of classes take a score for each class and the class, or one
 * number that above 0.5 says 1; the others compare number by number.
 */
export const measures = {
  accuracy: { classes: true },
  precision: { classes: true },
  recall: { classes: true },
  f1: { classes: true },
  log_loss: { classes: true },
  roc_auc: { classes: true },
  mse: { classes: false },
  rmse: { classes: false },
  mae: { classes: false },
  r2: { classes: false },
} satisfies Record<string, MeasurePorts>

export type MeasureName = keyof typeof measures

/** The call that a metric is, where it is one of a measure; an own gate of that name goes first. */
export function measureOf({ formula }: MetricSpec, checking: Checking): Call | undefined {
  const call = formula?.type === 'call' && formula.operator === undefined ? formula : undefined
  if (call === undefined || checking.gates.has(call.gate)) return undefined
  return isMeasure(call.gate) ? call : undefined
}

/** The formulas among a measure's arguments: gates named by metric and port, `auc.prediction`. */
export function measureGates({ name }: MetricSpec, call: Call): readonly GateSpec[] {
  const given: [string, Expression][] = [
    ...call.arguments.slice(0, ports.length).map((value, at): [string, Expression] => [ports[at]!, value]), // prettier-ignore
    ...call.named.map(({ name: port, value }): [string, Expression] => [port, value]),
  ]
  // A port that is given twice is reported with the measure.
  return Array.from(new Map(given))
    .filter(([port, { type }]) => type === 'call' && ports.includes(port))
    .map(([port, body]) => ({ name: { value: `${name.value}.${port}`, range: body.range }, body }))
}

/** A measure with its nodes; `undefined`, and reported, where they do not fit. */
export function readMeasure(
  checking: Checking,
  { name }: MetricSpec,
  call: Call,
  graph: { readonly nodes: readonly PlanNode[]; readonly shaped: boolean },
): MeasurePlan | undefined {
  const measure = call.gate
  if (!isMeasure(measure)) return undefined
  const given = argumentsOf(checking, call)
  if (given === undefined) return undefined
  const [prediction, target] = given.map((argument, at) => {
    if (argument.type === 'name') {
      return nodeNamed(checking, graph, { value: argument.name, range: argument.range })
    }
    // Where it is not among the nodes, something is wrong with it that has been reported.
    if (argument.type === 'call') return findNode(graph, `${name.value}.${ports[at]!}`)
    checking.error('measure-argument', argument.range, { measure, port: ports[at]! })
    return undefined
  })
  if (prediction === undefined || target === undefined) return undefined
  const [from, to] = [graph.nodes[prediction]!.shape, graph.nodes[target]!.shape]
  if (graph.shaped && !fits(measures[measure], from, to)) {
    const inputs = given.map((argument, at) => ({
      name: argument.type === 'name' ? argument.name : ports[at]!,
      shape: at === 0 ? from : to,
    }))
    const mismatch = measures[measure].classes
      ? 'it takes a number or a list of one for each class, and the class'
      : 'it takes two of the same shape'
    checking.error('shape-mismatch', call.gateRange, { inputs, mismatch })
    return undefined
  }
  return { name: name.value, measure, prediction, target }
}

const ports = ['prediction', 'target']

function argumentsOf(checking: Checking, call: Call): readonly Expression[] | undefined {
  const given: (Expression | undefined)[] = [...call.arguments]
  if (given.length > ports.length) {
    const fields = { gate: call.gate, ports, got: given.length }
    checking.error('port-count', given[ports.length]!.range, fields)
    return undefined
  }
  for (const { name, nameRange, value } of call.named) {
    const at = ports.indexOf(name)
    if (at < 0) {
      const fields = {
        gate: call.gate,
        name,
        known: ports,
        ...checking.meant(name, new Set(ports)),
      }
      checking.error('unknown-port', nameRange, fields)
      return undefined
    }
    if (given[at] !== undefined) {
      checking.error('port-twice', nameRange, { gate: call.gate, port: name })
      return undefined
    }
    given[at] = value
  }
  const complete = ports.map((port, at) => {
    if (given[at] === undefined) {
      checking.error('missing-port', call.range, { gate: call.gate, port })
    }
    return given[at]
  })
  return complete.every((argument) => argument !== undefined) ? complete : undefined
}

function fits({ classes }: MeasurePorts, prediction: Shape, target: Shape): boolean {
  if (!classes) return sameShape(prediction, target)
  return prediction.length <= 1 && target.length === 0
}

function isMeasure(name: string): name is MeasureName {
  return Object.hasOwn(measures, name)
}
