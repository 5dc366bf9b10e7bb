/** Binds the names of sizes in modules to what arrives, while shapes are found in plan order. */
import type { Expression } from '../formula/syntax.js'
import { sameShape, scalar, type Shape } from '../tensor/shape.js'
import type { Checking } from './context.js'
import { valued, type Declared } from './declare.js'
import { lookUp, type DraftPort, type Drafts, type LateParameter } from './expand.js'
import type { Instantiated } from './module.js'
import { readParameter } from './parameter.js'
import type { GateNode, PlanNode } from './plan.js'
import type { Instance, SizesSpec } from './spec.js'

/** What the shapes of a graph of modules wait for. */
export class Sizes {
  private readonly checking: Checking
  private readonly declared: Declared
  private readonly drafts: Drafts
  private readonly graph: Instantiated
  private readonly ports = new Map<Instance, readonly DraftPort[]>()
  private readonly values = new Map<string, number>()
  private readonly bound = new Map<Instance, boolean>()
  private readonly compared = new Set<Instance>()

  /** Looks up what is wired to the inputs of every instance; dotted names are pending. */
  constructor(checking: Checking, declared: Declared, drafts: Drafts, graph: Instantiated) {
    this.checking = checking
    this.declared = declared
    this.drafts = drafts
    this.graph = graph
    for (const instance of graph.instances) {
      checking.within = instance.outer
      const wired = instance.inputs.map(({ value }): DraftPort => {
        if (value.type === 'name') return lookUp(checking, drafts, value.name, value.range)
        return { value: value.type === 'number' ? value.value : 0 }
      })
      this.ports.set(instance, wired)
    }
    checking.within = undefined
  }

  /** What has to come before a gate or a source is used, by its draft number. */
  needs(): ReadonlyMap<number, readonly DraftPort[]> {
    const needs = new Map<number, readonly DraftPort[]>()
    const { waiting } = this.declared
    const collect = (names: readonly string[], seen: Set<number>): DraftPort[] =>
      names.flatMap((name) => {
        const instance = this.graph.sizes.get(name)
        return (instance === undefined ? [] : this.ports.get(instance)!).flatMap((port) => {
          if (!('node' in port) || port.node < 0 || seen.has(port.node)) return []
          if (port.node >= this.drafts.offset) return [port]
          seen.add(port.node)
          return collect(this.namesOf(port.node), seen)
        })
      })
    for (const source of waiting.keys()) {
      needs.set(source, collect(this.namesOf(source), new Set([source])))
    }
    for (const [draft, late] of this.drafts.late) {
      needs.set(
        draft,
        collect(
          late.flatMap(({ value }) => namesIn(value)),
          new Set(),
        ),
      )
    }
    return needs
  }

  /** Gates have their places in the plan now. */
  placed(placeOf: (draft: number) => number): void {
    const { offset } = this.drafts
    for (const port of [...this.ports.values()].flat()) {
      if ('node' in port && port.node >= offset) port.node = placeOf(port.node)
    }
  }

  /** Whether a source has its shape; one that waits gets it here, if its sizes are known. */
  settle(source: number, nodes: readonly PlanNode[], known: (node: number) => boolean): boolean {
    const spec = this.declared.waiting.get(source)
    if (spec === undefined) return true
    for (const name of this.namesOf(source)) {
      const instance = this.graph.sizes.get(name)
      if (instance !== undefined) this.bind(instance, nodes, known)
    }
    const { checking } = this
    // The plan is not out yet: its nodes are still ours.
    const node = nodes[source]!
    if (spec.size !== undefined) {
      const value = this.values.get(spec.size)
      if (value !== undefined) Object.assign(node, { value })
      return value !== undefined
    }
    const shape = spec.sizes && this.shapeOf(spec.sizes)
    if (shape === undefined) return false
    const before = checking.problems.length
    checking.within = spec.instance
    const { sizes, ...rest } = spec
    const concrete = { ...rest, shape: { value: shape, range: sizes!.range } }
    const found = valued(checking, concrete, this.declared.seed)
    checking.within = undefined
    if ('value' in node && !('value' in found)) delete (node as { value?: unknown }).value
    Object.assign(node, found)
    return checking.problems.length === before
  }

  /** Puts sizes into the parameters of a gate; whether all are known. */
  fill(
    gate: GateNode,
    late: readonly LateParameter[],
    nodes: readonly PlanNode[],
    known: (node: number) => boolean,
  ): boolean {
    const parameters = Object.assign(Object.create(null), gate.parameters)
    for (const { parameter, value } of late) {
      for (const name of namesIn(value)) {
        const instance = this.graph.sizes.get(name)
        if (instance !== undefined) this.bind(instance, nodes, known)
      }
      const concrete = this.filled(value)
      const read = concrete && readParameter(this.checking, gate.gate, parameter, concrete)
      if (read === undefined) return false
      parameters[parameter.name] = read
    }
    Object.assign(gate, { parameters })
    return true
  }

  /**
   * Whether the inputs of an instance have the shapes that it takes; not yet where nobody knows
   * their shapes.
   */
  bind(
    instance: Instance,
    nodes: readonly PlanNode[],
    known: (node: number) => boolean,
  ): boolean | 'not yet' {
    const before = this.bound.get(instance)
    if (before !== undefined) return before
    const wired = this.ports.get(instance)!
    if (!wired.every((port) => !('node' in port) || (port.node >= 0 && known(port.node)))) {
      return 'not yet'
    }
    const { checking } = this
    checking.within = instance.outer
    const fits = instance.inputs.every((input, at) => {
      const port = wired[at]!
      const shape = 'node' in port ? nodes[port.node]!.shape : scalar
      return input.sizes === undefined || this.match(instance, input.name, input.sizes, shape)
    })
    checking.within = undefined
    this.bound.set(instance, fits)
    return fits
  }

  /** Reports weights that an instance shares and would have in another shape; whether it has any. */
  compare(instance: Instance, nodes: readonly PlanNode[]): boolean {
    if (this.compared.has(instance)) return false
    const { checking } = this
    for (const { name, sizes } of instance.shared) {
      const node = nodes[this.declared.declared.get(name) ?? -1]
      const wanted = this.shapeOf(sizes)
      if (node === undefined || wanted === undefined || sameShape(node.shape, wanted)) continue
      this.compared.add(instance)
      checking.within = instance.outer
      checking.error('shared-shape', instance.sharedRange!, { name, shape: node.shape, wanted })
      checking.within = undefined
      return true
    }
    return false
  }

  /** What is left when all shapes are known that can be; whether all of it is good. */
  finish(nodes: readonly PlanNode[], known: (node: number) => boolean): boolean {
    let good = true
    for (const instance of this.graph.instances) {
      const fits = this.bind(instance, nodes, known)
      if (fits === true && !this.compare(instance, nodes)) continue
      good = false
      if (fits !== 'not yet' || this.checking.problems.some(({ severity }) => severity === 'error')) continue // prettier-ignore
      this.checking.error('module-circle', instance.range, { module: instance.module })
    }
    return good
  }

  private match(instance: Instance, input: string, { value }: SizesSpec, shape: Shape): boolean {
    const { module, range } = instance
    const open = value[0] === '...'
    const wanted = open ? value.slice(1) : value
    const shown = value.map((size) => (typeof size === 'string' ? size.split('.').at(-1)! : size))
    const fields = { module, input, shape, wanted: open ? ['...', ...shown.slice(1)] : shown }
    const skipped = shape.length - wanted.length
    if (open ? skipped < 0 : skipped !== 0) {
      this.checking.error('module-shape', range, fields)
      return false
    }
    for (const [at, size] of wanted.entries()) {
      const got = shape[at + skipped]!
      const bound = typeof size === 'number' ? size : this.values.get(size)
      if (bound === undefined) this.values.set(size as string, got) // numbers are bound
      else if (bound !== got) {
        const known = typeof size === 'string' && { bound: { name: size.split('.').at(-1)!, size: bound } } // prettier-ignore
        this.checking.error('module-shape', range, { ...fields, ...known })
        return false
      }
    }
    return true
  }

  private namesOf(source: number): readonly string[] {
    const spec = this.declared.waiting.get(source)
    if (spec?.size !== undefined) return [spec.size]
    return (spec?.sizes?.value ?? []).filter((size) => typeof size === 'string')
  }

  private shapeOf({ value }: SizesSpec): Shape | undefined {
    const shape = value.map((size) => (typeof size === 'string' ? this.values.get(size) : size))
    return shape.every((size) => size !== undefined) ? shape : undefined
  }

  private filled(value: Expression): Expression | undefined {
    if (value.type === 'list') {
      const items = value.items.map((item) => this.filled(item))
      return items.every((item) => item !== undefined) ? { ...value, items } : undefined
    }
    if (value.type !== 'name' || !this.graph.sizes.has(value.name)) return value
    const size = this.values.get(value.name)
    return size === undefined ? undefined : { type: 'number', value: size, range: value.range }
  }
}

function namesIn(value: Expression): readonly string[] {
  if (value.type === 'list') return value.items.flatMap(namesIn)
  return value.type === 'name' ? [value.name] : []
}
