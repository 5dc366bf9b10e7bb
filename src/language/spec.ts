/**
 * The spec: what a graph file says, before anything is looked up. Formulas are parsed, every
 * part keeps its range in the file's text; nothing is resolved or defaulted yet.
 */
import type { Expression, Range } from '../formula/syntax.js'

/** A value and where it stands in the text. */
export interface Located<T> {
  readonly value: T
  readonly range: Range
}

/** A number or a nested list of numbers as the file has it, each with its place. */
export type NestedSpec =
  | Located<number>
  | { readonly items: readonly NestedSpec[]; readonly range: Range }

export interface Spec {
  readonly name?: Located<string>
  readonly description?: Located<string>
  readonly modules: readonly ModuleSpec[]
  /** Files that more modules come from. */
  readonly use: readonly Located<string>[]
  readonly inputs: readonly InputSpec[]
  readonly targets: readonly InputSpec[]
  readonly weights: readonly WeightSpec[]
  readonly constants: readonly ConstantSpec[]
  readonly gates: readonly GateSpec[]
  /** A formula or a long form. Its `name` is `loss`, with the range of the key. */
  readonly loss?: GateSpec
  readonly outputs?: readonly Located<string>[]
  /** A list of node names (`formula` absent), or name → formula. */
  readonly metrics: readonly MetricSpec[]
  readonly train: TrainSpec
  readonly learn?: LearnSpec
  readonly tests: readonly TestSpec[]
}

export interface InputSpec {
  readonly name: Located<string>
  readonly shape?: Located<readonly number[]>
  readonly default?: NestedSpec
  /** A column, a path or a range as one text, or columns one by one. */
  readonly from?:
    | Located<string>
    | { readonly items: readonly Located<string>[]; readonly range: Range }
  readonly classes?: Located<readonly string[]>
  readonly hash?: Located<number>
}

/** How first values are drawn. */
export interface InitSpec {
  readonly name: Located<string>
  readonly parameters: readonly {
    readonly name: Located<string>
    readonly value: Located<number | string>
  }[]
}

/** Either a value or an initializer; with neither, that has been reported. */
interface ValuedSpec {
  readonly name: Located<string>
  readonly value?: NestedSpec
  readonly shape?: Located<readonly number[]>
  /** A shape with names in it: only inside modules. */
  readonly sizes?: SizesSpec
  readonly init?: InitSpec
  readonly seed?: Located<number>
  /** What it was made for. */
  readonly instance?: Instance
  /** The name of the size that is its value. */
  readonly size?: string
}

/** Lengths of axes, or names for them; a first `...` stands for any axes before the others. */
export type SizesSpec = Located<readonly (number | string)[]>

/** A graph that graphs are made of. */
export interface ModuleSpec {
  readonly name: Located<string>
  readonly inputs: readonly ModuleInputSpec[]
  readonly options: readonly OptionSpec[]
  readonly weights: readonly WeightSpec[]
  readonly constants: readonly ConstantSpec[]
  readonly gates: readonly GateSpec[]
  /** By default the last gate. */
  readonly outputs?: readonly Located<string>[]
}

export interface ModuleInputSpec {
  readonly name: Located<string>
  readonly sizes?: SizesSpec
}

export interface OptionSpec {
  readonly name: Located<string>
  /** A number, a word or a list of them; without it the option has to be given. */
  readonly default?: Expression
}

/** One call of a module. */
export interface Instance {
  readonly module: string
  /** What the names of its nodes begin with. */
  readonly path: string
  /** The name of the module where it is called. */
  readonly range: Range
  /** What is wired to each input, and what shape that is to have. */
  readonly inputs: readonly {
    readonly name: string
    readonly value: Expression
    readonly sizes?: SizesSpec
  }[]
  /** The instance whose body the call stands in. */
  readonly outer?: Instance
  /** Weights that another instance is to have in the same shape: its names, and the shapes here. */
  readonly shared: readonly { readonly name: string; readonly sizes: SizesSpec }[]
  readonly sharedRange?: Range
}

export interface WeightSpec extends ValuedSpec {
  readonly frozen?: Located<boolean>
  readonly learningRate?: Located<number>
}

export interface ConstantSpec extends ValuedSpec {}

export interface GateSpec {
  readonly name: Located<string>
  readonly body: Expression | LongForm
  /** The body was wrong, has been reported, and is only a stand-in. */
  readonly broken?: true
  /** The instance that it is a part of. */
  readonly instance?: Instance
}

/** `{ gate: ports }`. */
export interface LongForm {
  readonly type: 'long'
  readonly gate: Located<string>
  /** One formula or a list fill the ports in order; the rest go by name to ports or parameters. */
  readonly positional: readonly Expression[]
  readonly named: readonly { readonly name: Located<string>; readonly value: Expression }[]
  readonly range: Range
}

export interface MetricSpec {
  readonly name: Located<string>
  readonly formula?: Expression
}

/** Values have been checked for type and range; whether they make sense together has not. */
export interface TrainSpec {
  readonly range?: Range
  readonly epochs?: Located<number>
  readonly batch?: Located<number>
  readonly stack?: Located<boolean>
  readonly optimizer?: OptimizerSpec
  readonly learningRate?: Located<number>
  readonly schedule?: ScheduleSpec
  readonly shuffle?: Located<boolean>
  readonly seed?: Located<number>
  readonly clip?: { readonly norm?: Located<number>; readonly value?: Located<number> }
  readonly until?: {
    readonly loss?: Located<number>
    readonly patience?: Located<number>
    /** In milliseconds. */
    readonly time?: Located<number>
    readonly restoreBest?: Located<boolean>
  }
  readonly data?: DataSpec
  readonly onFault?: Located<'stop' | 'skip'>
  /** In milliseconds. */
  readonly budget?: Located<number>
}

/** Durations are in milliseconds, sizes in bytes. */
export interface LearnSpec {
  readonly range: Range
  readonly id?: Located<string>
  readonly key?: Located<string>
  readonly labels?: Located<string>
  readonly ttl?: Located<number>
  readonly pending?: Located<number>
  readonly memory?: Located<number>
  readonly late?: Located<'recompute' | 'stash'>
  readonly maxKeys?: Located<number>
  readonly idle?: Located<number>
  readonly warmUp?: Located<number>
  readonly overflow?: Located<'block' | 'drop_oldest' | 'drop_newest' | 'sample'>
  readonly onFault?: Located<'skip' | 'stop' | 'rollback'>
  readonly budget?: Located<number>
}

export interface OptimizerSpec {
  /** Absent for a declaration in the file itself. */
  readonly name?: Located<string>
  readonly parameters: readonly {
    readonly name: Located<string>
    readonly value: Located<number | boolean>
  }[]
  readonly declaration?: {
    readonly let: readonly FormulaSpec[]
    readonly state: readonly FormulaSpec[]
    readonly update: FormulaSpec
  }
  readonly range: Range
}

/** A formula with its text, for what is compiled elsewhere. */
export interface FormulaSpec {
  readonly name: Located<string>
  readonly formula: Expression
  readonly text: string
}

export interface ScheduleSpec {
  readonly name: Located<string>
  readonly parameters: readonly {
    readonly name: Located<string>
    readonly value: Located<number | string | readonly number[]>
  }[]
  readonly per?: Located<'epoch' | 'update'>
}

export type DataSpec =
  | {
      readonly type: 'rows'
      readonly rows: readonly RowSpec[]
      readonly range: Range
      readonly split?: SplitSpec
    }
  | {
      readonly type: 'file'
      readonly file: Located<string>
      readonly header?: Located<boolean | readonly string[]>
      readonly split?: SplitSpec
    }

export interface SplitSpec {
  readonly test: Located<number>
  readonly order?: Located<'last' | 'shuffled'>
}

/** Fields in the order of the file; rows under a `header` have been given its names. */
export interface RowSpec {
  readonly fields: readonly { readonly name: Located<string>; readonly value: FieldSpec }[]
  readonly range: Range
}

/** A value, or a text for an input that has classes or a hash. */
export type FieldSpec = NestedSpec | { readonly text: string; readonly range: Range }

/** Values by name of node. */
export interface ExpectSpec {
  readonly fields: readonly { readonly name: Located<string>; readonly value: NestedSpec }[]
  readonly range: Range
}

export interface TestSpec {
  readonly range: Range
  readonly name?: Located<string>
  readonly given: readonly RowSpec[]
  readonly train?: Located<boolean>
  readonly of?: Located<string>
  readonly expect: ExpectSpec
  readonly gradients: readonly {
    readonly name: Located<string>
    readonly value: NestedSpec | 'none'
  }[]
  readonly tolerance?: Located<number>
}
