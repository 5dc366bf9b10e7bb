/** From a spec to a plan: names are looked up, formulas expanded, gates ordered, defaults filled in. */
import { checking, type Catalogue, type Checking } from './context.js'
import { declare } from './declare.js'
import { expand, type Drafts } from './expand.js'
import { order } from './order.js'
import { readOutputs } from './outputs.js'
import type { Plan, PlanNode } from './plan.js'
import type { Problem } from './problem.js'
import { checkUses } from './reach.js'
import { resolve } from './resolve.js'
import { mustBeScalar, setShapes } from './shapes.js'
import type { Spec } from './spec.js'
import { readTests } from './tests.js'
import { readTrain } from './train.js'

/** What a spec is checked against, and the text that its ranges point into. */
export interface CheckContext extends Catalogue {
  readonly file: string
  readonly text: string
  /**
   * The parser has found errors, so that parts of the file are not in the spec: nobody can say
   * that something is not used.
   */
  readonly incomplete?: boolean
}

/** Every problem of a spec, and the plan where none of them is an error. */
export function checkSpec(
  spec: Spec,
  context: CheckContext,
): { readonly plan?: Plan; readonly problems: readonly Problem[] } {
  const { file, text } = context
  const check = checking(context, text)
  const { sources, gates, declared, doubtful } = declare(check, spec)
  const drafts: Drafts = {
    gates: Array.from({ length: gates.length }),
    operators: [],
    offset: sources.length,
    declared,
    pending: [],
  }
  for (const [index, gate] of gates.entries()) expand(check, drafts, gate, sources.length + index)
  resolve(check, drafts)
  const roots = gates.map((_, index) => sources.length + index)
  const { sorted, cyclic } = order(check, drafts, roots)
  const nodes = placed(sources, drafts, sorted)
  const loss = spec.loss && nodes.placeOf(declared.get('loss')!)
  // After an error in a formula nobody knows what leads where.
  const certain = !cyclic && !context.incomplete && !hasErrors(check)
  const shaped = !cyclic && setShapes(check, nodes, doubtful)
  const graph = { nodes: nodes.all, shaped }
  if (shaped && loss !== undefined) mustBeScalar(check, '"loss"', nodes.all[loss]!)
  const { outputs, metrics, measures } = readOutputs(check, spec, graph, { loss, cyclic })
  for (const metric of shaped ? metrics : []) {
    mustBeScalar(check, 'a metric', nodes.all[metric]!)
  }
  if (certain) checkUses(check, spec, nodes.all, { loss, outputs, metrics, measures })
  const train = readTrain(check, spec, nodes.all, loss !== undefined)
  const tests = readTests(check, spec, graph, loss)
  if (hasErrors(check)) return { problems: check.problems }
  const plan: Plan = {
    name: spec.name?.value ?? baseName(file),
    ...(spec.description && { description: spec.description.value }),
    source: { file, text },
    nodes: nodes.all,
    ...(loss !== undefined && { loss }),
    outputs,
    metrics,
    ...(measures.length > 0 && { measures }),
    train,
    tests,
  }
  return { plan, problems: check.problems }
}

/** The nodes of the plan, gates in their order, with draft numbers turned into plan numbers. */
function placed(
  sources: readonly PlanNode[],
  { gates, operators, offset }: Drafts,
  sorted: Int32Array,
) {
  const places = new Int32Array(gates.length)
  for (let place = 0; place < sorted.length; place++) {
    places[sorted[place]! - offset] = place + offset
  }
  const all: PlanNode[] = sources.slice()
  for (const number of sorted) {
    const gate = gates[number - offset]!
    if (gate.feeds !== undefined) gate.feeds.node = places[gate.feeds.node - offset]!
    for (const port of gate.ports) {
      if ('node' in port && port.node >= offset) port.node = places[port.node - offset]!
    }
    all.push(gate)
  }
  return {
    all,
    placeOf: (draft: number) => places[draft - offset]!,
    operatorOf: (place: number) => operators[sorted[place - offset]! - offset]!,
  }
}

function hasErrors({ problems }: Checking): boolean {
  return problems.some(({ severity }) => severity === 'error')
}

/** `graphs/line.yaml` is the graph `line`. */
function baseName(file: string): string {
  const name = file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1)
  return name.replace(/\.ya?ml$/i, '')
}
