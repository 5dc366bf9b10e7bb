/**
 * Replaces calls of modules by what the modules consist of: nodes whose names begin with the
 * path of the call. What is left is a graph without modules, so that the plan stays flat.
 */
import type { Call, Expression, Range } from '../formula/syntax.js'
import type { Checking } from './context.js'
import { letters } from './expand.js'
import { arguments_, callOf, type Given, type Sharing } from './modulecall.js'
import { checkUncalled } from './uncalled.js'
import { drawn, isSizeName, Names, outside, wrong, type Scope } from './modulenames.js'
import type {
  ConstantSpec,
  GateSpec,
  Instance,
  Located,
  LongForm,
  MetricSpec,
  ModuleSpec,
  SizesSpec,
  Spec,
  WeightSpec,
} from './spec.js'

/** A graph whose modules are expanded. */
export interface Instantiated {
  readonly spec: Spec
  readonly instances: readonly Instance[]
  /** The instance that binds each name of a size; `h.n` for the `n` of `h`. */
  readonly sizes: ReadonlyMap<string, Instance>
  /** Other names of weights that are shared. */
  readonly aliases: ReadonlyMap<string, string>
}

/** Expands every call of a module in a spec. */
export function instantiate(
  checking: Checking,
  spec: Spec,
  modules: ReadonlyMap<string, ModuleSpec>,
): Instantiated {
  const work = new Instantiation(checking, modules)
  for (const module of spec.modules) work.check(module)
  const gates = spec.gates.map((gate) => work.outermost(gate))
  const loss = spec.loss && work.outermost(spec.loss)
  const metrics = spec.metrics.map((metric): MetricSpec => {
    const { name, formula } = metric
    if (formula === undefined) return metric
    const { body, broken } = work.outermost({ name, body: formula })
    if (body.type === 'long') return metric
    return broken ? { name } : { name, formula: body }
  })
  work.checkShared()
  for (const module of spec.modules) {
    if (!work.tried.has(module.name.value)) checkUncalled(checking, module, modules)
  }
  const expanded: Spec = {
    ...spec,
    weights: [...spec.weights, ...work.weights],
    constants: [...spec.constants, ...work.constants],
    gates: [...gates, ...work.gates],
    metrics,
    ...(loss && { loss }),
  }
  const { instances, sizes, aliases } = work
  return { spec: expanded, instances: [...instances.values()], sizes, aliases }
}

/** Modules in modules; more is a mistake, or meant to do harm. */
const maximumDepth = 100
const maximumNodes = 200_000

class Instantiation {
  readonly weights: WeightSpec[] = []
  readonly constants: ConstantSpec[] = []
  readonly gates: GateSpec[] = []
  readonly instances = new Map<string, Instance>()
  readonly sizes = new Map<string, Instance>()
  readonly aliases = new Map<string, string>()
  /** Modules that something calls, whether that came to anything or not. */
  readonly tried = new Set<string>()
  private readonly checking: Checking
  private readonly modules: ReadonlyMap<string, ModuleSpec>
  private readonly names: Names
  private readonly sharing: Sharing[] = []
  private nodes = 0

  constructor(checking: Checking, modules: ReadonlyMap<string, ModuleSpec>) {
    this.checking = checking
    this.modules = modules
    this.names = new Names(checking, this.sizes, this.constants)
  }

  /** What is wrong with a module wherever it is called. */
  check({ name, inputs, options, weights, constants, gates, outputs }: ModuleSpec): void {
    const { checking } = this
    if (checking.gates.has(name.value)) {
      checking.error('module-name', name.range, { name: name.value })
    }
    const firsts = new Map<string, Range>()
    const twice = ({ value, range }: Located<string>) => {
      const first = firsts.get(value)
      if (first === undefined) firsts.set(value, range)
      else {
        const line = checking.lineOf(first.start)
        checking.error('duplicate-node', range, { name: value, line })
      }
    }
    const all = [...inputs, ...options, ...weights, ...constants, ...gates]
    for (const one of all) twice(one.name)
    const reserved = [...inputs, ...options].find((one) => one.name.value === 'weights')
    if (reserved !== undefined) {
      checking.error('module-weights', reserved.name.range, { module: name.value })
    }
    const nodes = new Set([...inputs, ...weights, ...constants, ...gates].map((one) => one.name.value)) // prettier-ignore
    for (const output of outputs ?? []) {
      if (nodes.has(output.value)) continue
      const fields = { module: name.value, name: output.value }
      const meant = checking.meant(output.value, nodes)
      checking.error('module-output', output.range, { ...fields, ...meant })
    }
    if ((outputs?.length ?? gates.length) === 0) {
      checking.error('module-output', name.range, { module: name.value })
    }
  }

  /** A gate of the graph itself; nearly all call no module and stay what they are. */
  outermost(spec: GateSpec): GateSpec {
    return this.mentions(spec.body) ? this.gate(spec, spec.name.value, outside) : spec
  }

  /** Whether every instance whose weights are taken is there, and of the same module. */
  checkShared(): void {
    for (const { of, module, range, automatic, alone } of this.sharing) {
      const found = this.instances.get(of)
      if (found?.module === module) continue
      alone()
      if (automatic) continue
      this.checking.error('shared-weights', range, {
        name: of,
        module,
        ...(found && { found: found.module }),
      })
    }
  }

  private mentions(body: Expression | LongForm): boolean {
    switch (body.type) {
      case 'number':
      case 'name':
      case 'text':
      case 'list':
        return false
      case 'call':
        return (
          this.moduleOf(body.gate) !== undefined ||
          body.arguments.some((argument) => this.mentions(argument)) ||
          body.named.some(({ value }) => this.mentions(value))
        )
      case 'long':
        return (
          this.moduleOf(body.gate.value) !== undefined ||
          body.positional.some((argument) => this.mentions(argument)) ||
          body.named.some(({ value }) => this.mentions(value))
        )
      default:
        return body satisfies never
    }
  }

  private moduleOf(name: string): ModuleSpec | undefined {
    return this.checking.gates.has(name) ? undefined : this.modules.get(name)
  }

  /** The gate `spec` under the name `path`. */
  private gate(spec: GateSpec, path: string, scope: Scope): GateSpec {
    const { instance } = scope
    const name = { value: path, range: spec.name.range }
    this.nodes++
    const body = spec.broken ? wrong : this.within(instance, () => this.body(spec, path, scope))
    const { range } = spec.body
    return {
      name,
      ...(body === wrong ? { body: { type: 'number', value: 0, range }, broken: true } : { body }),
      ...(instance && { instance }),
    }
  }

  private body({ body }: GateSpec, path: string, scope: Scope): Expression | typeof wrong {
    if (body.type === 'number' || body.type === 'text' || body.type === 'list') return body
    if (body.type === 'name') return this.names.name(body, scope)
    return this.call(body.type === 'long' ? callOf(body) : body, path, scope, true)
  }

  /** An argument; a module inside it becomes a gate under the path of the port. */
  private argument(value: Expression, path: string, scope: Scope): Expression | typeof wrong {
    if (value.type === 'name') return this.names.name(value, scope)
    return value.type === 'call' ? this.call(value, path, scope, false) : value
  }

  private call(
    written: Call,
    path: string,
    scope: Scope,
    outermost: boolean,
  ): Expression | typeof wrong {
    const gate = this.called(written, scope)
    if (gate === wrong) return wrong
    const module = this.moduleOf(gate)
    if (module !== undefined) {
      if (outermost) return this.instance(module, written, path, scope)
      const body = this.instance(module, written, path, scope)
      const { range, gateRange } = written
      const name = { value: path, range: gateRange }
      const { instance } = scope
      const belongs = instance && { instance }
      if (body === wrong) {
        this.gates.push({ name, body: { type: 'number', value: 0, range }, broken: true, ...belongs }) // prettier-ignore
      } else this.gates.push({ name, body, ...belongs })
      return { type: 'name', name: path, range }
    }
    const declared = this.checking.gates.get(gate)
    const portOf = (at: number) =>
      (declared?.variadic === false ? declared.ports[at]?.name : undefined) ?? letters(at)
    const positional = written.arguments.map((value, at) =>
      this.argument(value, `${path}.${portOf(at)}`, scope),
    )
    const named = written.named.map((one) => {
      const fixed = declared?.parameters.some((parameter) => parameter.name === one.name)
      const value = fixed
        ? this.names.fixed(one.value, scope)
        : this.argument(one.value, `${path}.${one.name}`, scope)
      return { ...one, value }
    })
    const sound =
      positional.every((value) => value !== wrong) && named.every(({ value }) => value !== wrong)
    if (!sound) return wrong
    // Neither list has a wrong one.
    return { ...written, gate, arguments: positional, named: named as Call['named'][number][] } // prettier-ignore
  }

  /** The gate that is called: where an option names it, what it names. */
  private called({ gate, operator }: Call, scope: Scope): string | typeof wrong {
    const option = operator === undefined ? scope.options.get(gate) : undefined
    if (option === undefined) return gate
    const known = option.type === 'name' ? option.name : ''
    if (this.checking.gates.has(known) || this.modules.has(known)) return known
    const { module } = scope.instance!
    const meant = this.checking.meant(known, this.checking.gates)
    this.checking.error('option-gate', option.range, { module, option: gate, ...meant })
    return wrong
  }

  /** Adds the nodes of one call; what it stands for is its first output. */
  private instance(
    module: ModuleSpec,
    call: Call,
    path: string,
    scope: Scope,
  ): Expression | typeof wrong {
    const { checking } = this
    const name = module.name.value
    this.tried.add(name)
    const { gateRange } = call
    const from = scope.stack.indexOf(name)
    if (from >= 0) {
      const cycle = [...scope.stack.slice(from), name]
      checking.error('module-cycle', gateRange, { path: cycle })
      return wrong
    }
    if (scope.stack.length >= maximumDepth || this.nodes > maximumNodes) {
      checking.error('module-size', gateRange, { depth: maximumDepth, nodes: maximumNodes })
      return wrong
    }
    const given = arguments_(checking, module, call, (value) => this.names.fixed(value, scope))
    const values = given && this.inputs(given, path, scope)
    if (given === undefined || values === undefined) return wrong
    const named = given.weights && this.names.name(given.weights, scope)
    if (named === wrong) return wrong
    const explicit = named?.type === 'name' ? named.name : undefined
    const inherited = scope.shares && `${scope.shares}${path.slice(scope.instance!.path.length)}`
    const shares = explicit ?? inherited
    const here = { start: gateRange.start, end: gateRange.start }
    const local = (one: string): Expression => ({ type: 'name', name: `${path}.${one}`, range: here }) // prettier-ignore
    const names = new Map<string, Expression>(values)
    for (const one of [...module.weights, ...module.constants, ...module.gates]) {
      names.set(one.name.value, local(one.name.value))
    }
    const sizes = new Set(
      module.inputs.flatMap((input) => input.sizes?.value ?? []).filter(isSizeName),
    )
    for (const option of given.options.keys()) sizes.delete(option)
    const shared: { name: string; sizes: SizesSpec }[] = []
    const instance: Instance = {
      module: name,
      path,
      range: gateRange,
      inputs: module.inputs.map((input) => ({
        name: input.name.value,
        value: values.get(input.name.value)!,
        ...(input.sizes && { sizes: input.sizes }),
      })),
      ...(scope.instance && { outer: scope.instance }),
      shared,
      ...(shares !== undefined && { sharedRange: given.weights?.range ?? gateRange }),
    }
    this.instances.set(path, instance)
    for (const size of sizes) this.sizes.set(`${path}.${size}`, instance)
    const inner: Scope = {
      instance,
      names,
      options: given.options,
      sizes,
      stack: [...scope.stack, name],
      ...(shares !== undefined && { shares }),
    }
    // An option may stand for a length in the shape of an input too.
    for (const [at, input] of instance.inputs.entries()) {
      const sizesOf =
        input.sizes && this.within(instance, () => this.names.sized(input.sizes!, inner))
      if (sizesOf !== undefined) {
        // Nobody has seen it yet.
        Object.assign(instance.inputs[at]!, { sizes: sizesOf })
      }
    }
    if (shares !== undefined) {
      const range = given.weights?.range ?? gateRange
      const alone = () => {
        shared.length = 0
        for (const weight of module.weights) {
          this.aliases.delete(`${path}.${weight.name.value}`)
          this.weights.push(this.valued(weight, inner))
        }
      }
      const automatic = explicit === undefined
      this.sharing.push({ of: shares, module: name, range, automatic, alone })
    }
    for (const weight of module.weights) {
      this.nodes++
      if (shares === undefined) this.weights.push(this.valued(weight, inner))
      else {
        const target = `${shares}.${weight.name.value}`
        this.aliases.set(`${path}.${weight.name.value}`, target)
        const standard = { value: [], range: weight.name.range }
        const own = this.within(instance, () => this.names.sized(weight.sizes ?? standard, inner))
        if (weight.sizes !== undefined) shared.push({ name: target, sizes: own })
      }
    }
    for (const constant of module.constants) {
      this.nodes++
      this.constants.push(this.valued(constant, inner))
    }
    for (const gate of module.gates) {
      this.gates.push(this.gate(gate, `${path}.${gate.name.value}`, inner))
    }
    const output = module.outputs?.[0]?.value ?? module.gates.at(-1)?.name.value
    const target = output === undefined ? undefined : names.get(output)
    return target === undefined ? wrong : { ...target, range: call.range }
  }

  /** What is wired to each input; a formula becomes a gate under the path of the input. */
  private inputs(
    given: Given,
    path: string,
    scope: Scope,
  ): ReadonlyMap<string, Expression> | undefined {
    const values = new Map<string, Expression>()
    for (const [input, value] of given.inputs) {
      if (value.type !== 'call') {
        const known = this.argument(value, path, scope)
        if (known === wrong) return undefined
        values.set(input, known)
        continue
      }
      const name = { value: `${path}.${input}`, range: value.range }
      this.gates.push(this.gate({ name, body: value }, name.value, scope))
      values.set(input, { type: 'name', name: name.value, range: value.range })
    }
    return values
  }

  private valued<T extends WeightSpec | ConstantSpec>(spec: T, scope: Scope): T {
    const { sizes, init, ...rest } = spec
    const instance = scope.instance!
    const known = sizes && this.within(instance, () => this.names.sized(sizes, scope))
    const fixed = known?.value.every((size) => typeof size === 'number')
    const shape = known && (fixed ? { shape: known } : { sizes: known })
    const name = { ...spec.name, value: `${instance.path}.${spec.name.value}` }
    // Only the name, the shape and the drawing are other than in the module.
    return { ...rest, name, ...shape, ...(init && { init: drawn(init, scope) }), instance } as T
  }

  /** Problems found meanwhile are inside of an instance. */
  private within<T>(instance: Instance | undefined, work: () => T): T {
    const before = this.checking.within
    this.checking.within = instance
    try {
      return work()
    } finally {
      this.checking.within = before
    }
  }
}
