/** From a spec to a plan: names are looked up, formulas expanded, gates ordered, defaults filled in. */
import { checking, type Catalogue, type Checking } from './context.js'
import { declare } from './declare.js'
import { expand, type Drafts } from './expand.js'
import { checkMemory } from './memory.js'
import { nameOf } from './name.js'
import { order } from './order.js'
import { readOutputs } from './outputs.js'
import type { Plan, PlanNode } from './plan.js'
import type { Problem, Source } from './problem.js'
import { checkUses } from './reach.js'
import { resolve } from './resolve.js'
import { libraryModules } from './library.js'
import { instantiate } from './module.js'
import { mustBeScalar, setShapes } from './shapes.js'
import { Sizes } from './sizes.js'
import type { Instance, ModuleSpec, Spec } from './spec.js'
import { readTests } from './tests.js'
import { readLearn, readTrain } from './train.js'

/** What a spec is checked against, and the text that its ranges point into. */
export interface CheckContext extends Catalogue {
  readonly file: string
  readonly text: string
  /**
   * The parser has found errors, so that parts of the file are not in the spec: nobody can say
   * that something is not used.
   */
  readonly incomplete?: boolean
  /** Modules from elsewhere; the spec's own come first. */
  readonly modules?: ReadonlyMap<string, ModuleSpec>
  readonly others?: Source['others']
}

/** Every problem of a spec, and the plan where none of them is an error. */
export function checkSpec(
  written: Spec,
  context: CheckContext,
): { readonly plan?: Plan; readonly problems: readonly Problem[] } {
  const { file, text } = context
  const check = checking(context, { file, text, ...(context.others && { others: context.others }) })
  const modules = new Map(context.modules)
  for (const module of written.modules) modules.set(module.name.value, module)
  check.modules = new Set([...modules.keys(), ...libraryModules])
  const graph_ = instantiate(check, written, modules)
  const { spec } = graph_
  if (check.problems.some(({ code }) => code === 'module-size')) return { problems: check.problems }
  const declaration = declare(check, spec)
  const { sources, gates, doubtful, waiting } = declaration
  const declared = withAliases(declaration.declared, graph_.aliases)
  const drafts: Drafts = {
    gates: Array.from({ length: gates.length }),
    operators: [],
    offset: sources.length,
    declared,
    pending: [],
    instances: [],
    sizes: graph_.sizes,
    late: new Map(),
  }
  const sizes = new Sizes(check, { ...declaration, declared }, drafts, graph_)
  for (const [index, gate] of gates.entries()) expand(check, drafts, gate, sources.length + index)
  resolve(check, drafts)
  const roots = gates.map((_, index) => sources.length + index)
  const { sorted, cyclic } = order(check, drafts, roots, sizes.needs())
  const nodes = placed(sources, drafts, sorted)
  sizes.placed(nodes.placeOf)
  const loss = spec.loss && nodes.placeOf(declared.get('loss')!)
  // After an error in a formula nobody knows what leads where.
  const certain = !cyclic && !context.incomplete && !hasErrors(check)
  const shaped =
    !cyclic && setShapes(check, nodes, doubtful, { sizes, waiting: [...waiting.keys()] })
  if (context.others !== undefined) keepInside(nodes.all, text.length, graph_.instances)
  const graph = { nodes: nodes.all, shaped, ...aliasesOf(declared, graph_.aliases) }
  if (shaped && loss !== undefined) mustBeScalar(check, '"loss"', nodes.all[loss]!)
  const { outputs, metrics, measures } = readOutputs(check, spec, graph, { loss, cyclic })
  for (const metric of shaped ? metrics : []) {
    mustBeScalar(check, 'a metric', nodes.all[metric]!)
  }
  if (certain) checkUses(check, spec, nodes.all, { loss, outputs, metrics, measures })
  if (shaped) checkMemory(check, spec, nodes.all)
  const train = readTrain(check, spec, nodes.all, loss !== undefined)
  const learn = readLearn(check, spec, train)
  const tests = readTests(check, spec, graph, loss)
  if (hasErrors(check)) return { problems: check.problems }
  const plan: Plan = {
    name: spec.name?.value ?? baseName(file),
    ...(spec.description && { description: spec.description.value }),
    source: { file, text },
    nodes: nodes.all,
    ...(graph.aliases && { aliases: graph.aliases }),
    ...(loss !== undefined && { loss }),
    outputs,
    metrics,
    ...(measures.length > 0 && { measures }),
    train,
    ...(learn && { learn }),
    tests,
  }
  return { plan, problems: check.problems }
}

/** The nodes of the plan, gates in their order, with draft numbers turned into plan numbers. */
function placed(
  sources: readonly PlanNode[],
  { gates, operators, offset, instances, late }: Drafts,
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
    instanceOf: (place: number) => instances[sorted[place - offset]! - offset],
    lateOf: (place: number) => late.get(sorted[place - offset]!),
  }
}

/** Names for what has another name already. */
function withAliases(
  declared: ReadonlyMap<string, number>,
  aliases: ReadonlyMap<string, string>,
): ReadonlyMap<string, number> {
  if (aliases.size === 0) return declared
  const all = new Map(declared)
  for (const [name] of aliases) {
    const seen = new Set<string>()
    let target: string | undefined = name
    while (target !== undefined && aliases.has(target) && !seen.has(target)) {
      seen.add(target)
      target = aliases.get(target)
    }
    const node = target === undefined ? undefined : declared.get(target)
    if (node !== undefined) all.set(name, node)
  }
  return all
}

function aliasesOf(
  declared: ReadonlyMap<string, number>,
  aliases: ReadonlyMap<string, string>,
): Pick<Plan, 'aliases'> {
  const known: Record<string, number> = Object.create(null)
  for (const name of aliases.keys()) if (declared.has(name)) known[name] = declared.get(name)!
  return Object.keys(known).length > 0 ? { aliases: known } : {}
}

/** Nodes of modules from other files are where the graph's own file calls them. */
function keepInside(nodes: readonly PlanNode[], end: number, instances: readonly Instance[]): void {
  const calls = new Map(instances.map((instance) => [instance.path, instance]))
  for (const [index, node] of nodes.entries()) {
    if (node.range === undefined || node.range.start <= end) continue
    let path = nameOf({ nodes }, index)
    while (path.includes('.') && !calls.has(path)) path = path.slice(0, path.lastIndexOf('.'))
    let instance = calls.get(path)
    while (instance?.outer !== undefined) instance = instance.outer
    // The plan is not out yet: its nodes are still ours.
    if (instance !== undefined) Object.assign(node, { range: instance.range })
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
