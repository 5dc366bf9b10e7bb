/** What names mean in the body of a module: inputs, options, sizes and its own nodes. */
import type { Expression, Range } from '../formula/syntax.js'
import type { Checking } from './context.js'
import type { ConstantSpec, InitSpec, Instance, Located, SizesSpec } from './spec.js'

/** What names mean where a formula stands. */
export interface Scope {
  /** Absent outside of modules, where a name means itself. */
  readonly instance?: Instance
  readonly names: ReadonlyMap<string, Expression>
  readonly options: ReadonlyMap<string, Expression>
  readonly sizes: ReadonlySet<string>
  /** The modules it is inside of, outermost first. */
  readonly stack: readonly string[]
  /** The instance that has the weights. */
  readonly shares?: string
}

/** Where a graph's own formulas stand. */
export const outside: Scope = { names: new Map(), options: new Map(), sizes: new Set(), stack: [] }

/** A wrong call or name: it has been reported, and its gate is a stand-in. */
export const wrong = Symbol('wrong')

/** Looks names up. */
export class Names {
  private readonly checking: Checking
  private readonly sizes: ReadonlyMap<string, Instance>
  private readonly constants: ConstantSpec[]
  private readonly numbers = new Set<string>()

  /** Constants for numbers that formulas reckon with go to `constants`. */
  constructor(checking: Checking, sizes: ReadonlyMap<string, Instance>, constants: ConstantSpec[]) {
    this.checking = checking
    this.sizes = sizes
    this.constants = constants
  }

  /** What a name stands for: a node by its whole name, or a number that a call gives. */
  name(written: Expression & { type: 'name' }, scope: Scope): Expression | typeof wrong {
    if (scope.instance === undefined) return written
    const [first, ...rest] = written.name.split('.')
    const { path } = scope.instance
    const target = scope.names.get(first!)
    if (target !== undefined) {
      if (rest.length > 0 && target.type === 'name') {
        return { ...written, name: [target.name, ...rest].join('.') }
      }
      // What a call gives is named where it is called.
      return target.range.start === target.range.end ? { ...target, range: written.range } : target
    }
    const option = scope.options.get(first!)
    if (option?.type === 'name' && this.sizes.has(option.name)) {
      return this.number(option.name, undefined, scope, written.range)
    }
    if (option?.type === 'number') {
      return this.number(`${path}.${first}`, option.value, scope, written.range)
    }
    if (scope.sizes.has(first!)) {
      return this.number(`${path}.${first}`, undefined, scope, written.range)
    }
    const { module } = scope.instance
    if (option !== undefined) {
      this.checking.error('option-value', written.range, { module, option: first! })
    } else {
      const all = new Set([...scope.names.keys(), ...scope.options.keys(), ...scope.sizes])
      const gate = this.checking.gates.has(written.name) && { gate: true }
      const meant = this.checking.meant(first!, all)
      this.checking.error('unknown-node', written.range, { name: written.name, ...meant, ...gate })
    }
    return wrong
  }

  /** A constant for an option or a size that a formula reckons with. */
  private number(
    name: string,
    value: number | undefined,
    { instance }: Scope,
    range: Range,
  ): Expression {
    if (!this.numbers.has(name)) {
      this.numbers.add(name)
      this.constants.push({
        name: { value: name, range },
        value: { value: value ?? 0, range },
        ...(value === undefined && { size: name }),
        ...(instance && { instance }),
      })
    }
    return { type: 'name', name, range }
  }

  /** The value of a parameter or option, with options and sizes in the place of their names. */
  fixed(value: Expression, scope: Scope): Expression {
    if (value.type === 'list') {
      return { ...value, items: value.items.map((item) => this.fixed(item, scope)) }
    }
    if (value.type !== 'name' || scope.instance === undefined) return value
    const option = scope.options.get(value.name)
    if (option !== undefined) return { ...option, range: value.range }
    const size = scope.sizes.has(value.name)
    return size ? { ...value, name: `${scope.instance.path}.${value.name}` } : value
  }

  /** A shape with options put in, and the names of sizes in full. */
  sized({ value, range }: SizesSpec, scope: Scope): SizesSpec {
    const { path, module } = scope.instance!
    const sizes = value.map((size) => {
      if (typeof size === 'number' || size === '...') return size
      const option = scope.options.get(size)
      if (option === undefined && scope.sizes.has(size)) return `${path}.${size}`
      if (option?.type === 'name' && this.sizes.has(option.name)) return option.name
      if (option?.type === 'number' && Number.isSafeInteger(option.value) && option.value >= 0) {
        return option.value
      }
      const why = option === undefined ? 'unknown' : 'option'
      this.checking.error('module-length', range, { module, name: size, why })
      return 0
    })
    return { value: sizes, range }
  }
}

/** Whether it is a name for the length of an axis. */
export function isSizeName(size: number | string): size is string {
  return typeof size === 'string' && size !== '...'
}

/** How values are drawn, with options in the place of their names. */
export function drawn({ name, parameters }: InitSpec, { options }: Scope): InitSpec {
  const valueOf = ({ value, range }: Located<number | string>): Located<number | string> => {
    const option = typeof value === 'string' ? options.get(value) : undefined
    if (option?.type === 'number') return { value: option.value, range }
    return option?.type === 'name' ? { value: option.name, range } : { value, range }
  }
  const word = valueOf(name)
  return {
    name: { ...name, value: String(word.value) },
    parameters: parameters.map(({ name: key, value }) => ({ name: key, value: valueOf(value) })),
  }
}
