/** What the checker finds, as data and in words: problems of what a file means, not of its form. */

/** What the problems carry beside code, severity and range. */
export interface MeaningFields {
  // Names.
  'duplicate-node': { readonly name: string; readonly line: number }
  'reserved-name': { readonly name: string }
  'unknown-node': {
    readonly name: string
    readonly suggestion?: string
    /** It is the name of a gate. */
    readonly gate?: boolean
  }

  // Formulas.
  'unknown-gate': {
    readonly name: string
    readonly suggestion?: string
    /** It is the name of a node. */
    readonly node?: boolean
  }
  'unknown-port': {
    readonly gate: string
    readonly name: string
    readonly known: readonly string[]
    readonly suggestion?: string
  }
  'port-count': { readonly gate: string; readonly ports: readonly string[]; readonly got: number }
  'port-twice': { readonly gate: string; readonly port: string }
  'missing-port': { readonly gate: string; readonly port: string }
  'bad-port': { readonly gate: string; readonly port: string }
  'literal-gate': { readonly gate: string }
  'literal-formula': { readonly name: string }
  'shape-mismatch': {
    /** What the gate's ports read, by name. */
    readonly inputs: readonly { readonly name: string; readonly shape: readonly number[] }[]
    readonly mismatch: string
  }
  'loss-shape': { readonly what: string; readonly shape: readonly number[] }
  'too-many-elements': {
    readonly name: string
    readonly shape: readonly number[]
    readonly limit: number
  }
  'graph-too-large': { readonly limit: number }

  // Values of tensors, and where samples have them.
  'ragged-list': { readonly name: string; readonly wanted: string; readonly got: string }
  'value-shape': {
    readonly name: string
    readonly shape: readonly number[]
    readonly wanted: readonly number[]
  }
  'unknown-initializer': { readonly name: string; readonly suggestion?: string }
  'bad-init': { readonly name: string; readonly shape: readonly number[]; readonly why: string }
  'unknown-class': {
    readonly name: string
    readonly text: string
    readonly classes: readonly string[]
    readonly suggestion?: string
  }
  'bad-range': { readonly text: string }
  'column-count': {
    readonly name: string
    readonly columns: number
    readonly shape: readonly number[]
  }

  // Parameters of gates, optimizers and schedules.
  'unknown-parameter': {
    readonly of: string
    readonly name: string
    readonly known: readonly string[]
    readonly suggestion?: string
  }
  'missing-parameter': { readonly of: string; readonly name: string }
  'parameter-twice': { readonly of: string; readonly name: string }
  'bad-parameter': {
    readonly of: string
    readonly name: string
    readonly wanted: string
    readonly got: string
    readonly suggestion?: string
  }

  // The graph as a whole.
  cycle: { readonly path: readonly string[]; readonly length: number }
  'no-path-to-loss': {
    readonly name: string
    /** There is a path, but no gradient comes back on it. */
    readonly blocked?: true
  }
  unused: { readonly name: string; readonly type: string }
  'target-in-output': { readonly output: string; readonly target: string }
  'output-twice': { readonly name: string }
  'bare-measure': { readonly name: string }
  'measure-argument': { readonly measure: string; readonly port: string }
  'no-loss': { readonly what: string }
  'not-finite': { readonly name: string; readonly value: number }

  // Training.
  'unknown-optimizer': { readonly name: string; readonly suggestion?: string }
  'unknown-schedule': { readonly name: string; readonly suggestion?: string }
  'unknown-variable': {
    readonly name: string
    readonly known: readonly string[]
    readonly suggestion?: string
  }
  'unknown-intrinsic': { readonly name: string; readonly suggestion?: string }
  'argument-count': { readonly name: string; readonly wanted: number; readonly got: number }
  'argument-kind': object
  'line-name': { readonly name: string; readonly why: 'twice' | 'taken' }

  // Rows and tests.
  'missing-column': { readonly row: number; readonly column: string }
  'extra-column': { readonly row: number; readonly column: string; readonly suggestion?: string }
  'more-problems': { readonly count: number; readonly what: string }
  'not-given': { readonly name: string; readonly type: string }
}

/** One clause, and the repair where one is known. */
interface Words {
  readonly message: string
  readonly hint?: string
}

type Table = {
  readonly [C in keyof MeaningFields]: (problem: MeaningFields[C]) => Words
}

/** By code. */
export const meaningWords: Table = {
  'duplicate-node': ({ name, line }) => ({
    message: `"${short(name)}" is defined twice`,
    hint: `first defined at line ${line}`,
  }),
  'reserved-name': ({ name }) => ({
    message: `"${name}" is reserved for the loss`,
    hint: 'write the loss under the key "loss", or choose another name',
  }),
  'unknown-node': ({ name, suggestion, gate }) => ({
    message: `there is no node "${short(name)}"`,
    ...(gate && suggestion === undefined
      ? { hint: `"${name}" is a gate: write ${name}(…)` }
      : meant(suggestion)),
  }),

  'unknown-gate': ({ name, suggestion, node }) => ({
    message: `there is no gate "${short(name)}"`,
    ...(node ? { hint: `"${short(name)}" is a node: multiply with *` } : meant(suggestion)),
  }),
  'unknown-port': ({ gate, name, known, suggestion }) => ({
    message: `"${gate}" has no port or parameter "${short(name)}"`,
    ...(suggestion === undefined ? { hint: `it has ${list(known)}` } : meant(suggestion)),
  }),
  'port-count': ({ gate, ports, got }) => ({
    message: `"${gate}" takes ${count(ports.length, 'input')}, got ${got}`,
    hint: ports.length === 0 ? 'remove it' : `in order: ${list(ports)}; parameters go by name`,
  }),
  'port-twice': ({ gate, port }) => ({ message: `port "${port}" of "${gate}" is given twice` }),
  'missing-port': ({ gate, port }) => ({ message: `port "${port}" of "${gate}" is not given` }),
  'bad-port': ({ gate, port }) => ({
    message: `port "${port}" of "${gate}" takes a formula, not a list`,
    hint: 'give each number a port of its own, or a name under constants',
  }),
  'literal-gate': ({ gate }) => ({
    message: `all inputs of "${gate}" are numbers`,
    hint: 'write the result, under constants if it is to have a name',
  }),
  'literal-formula': ({ name }) => ({
    message: `"${short(name)}" is a number, not a gate`,
    hint: 'make it a constant',
  }),
  'shape-mismatch': ({ inputs, mismatch }) => ({
    message: `${inputs.map(({ name, shape }) => `${short(name)}: ${sizes(shape)}`).join(', ')}: ${mismatch}`,
  }),
  'loss-shape': ({ what, shape }) => ({
    message: `${what} must be one number, and this has the shape ${sizes(shape)}`,
    hint: 'take the mean: mean(…)',
  }),
  'too-many-elements': ({ name, shape, limit }) => ({
    message: `"${short(name)}" would have the shape ${sizes(shape)}, more than ${limit} numbers`,
    hint: 'make an axis shorter',
  }),
  'graph-too-large': ({ limit }) => ({
    message: `up to here the nodes hold more than ${limit} numbers together`,
    hint: 'make an axis shorter',
  }),

  'ragged-list': ({ name, wanted, got }) => ({
    message: `the lists of "${short(name)}" are not all of one length: ${got} where there should be ${wanted}`,
  }),
  'value-shape': ({ name, shape, wanted }) => ({
    message: `"${short(name)}" has the shape ${sizes(wanted)}, and this value ${sizes(shape)}`,
  }),
  'unknown-initializer': ({ name, suggestion }) => ({
    message: `there is no initializer "${short(name)}"`,
    ...meant(suggestion),
  }),
  'bad-init': ({ name, shape, why }) => ({
    message: `"${name}" cannot fill the shape ${sizes(shape)}: ${why}`,
  }),
  'unknown-class': ({ name, text, classes, suggestion }) => ({
    message: `"${short(text)}" is no class of "${short(name)}"`,
    ...(suggestion === undefined
      ? { hint: `its classes are ${list(classes)}` }
      : meant(suggestion)),
  }),
  'bad-range': ({ text }) => ({
    message: `nobody can say which columns "${short(text)}" are`,
    hint: 'a range goes over numbers (0..63), names that end in numbers (p0..p63) or names of the header that is written here; else list them',
  }),
  'column-count': ({ name, columns, shape }) => ({
    message: `"${short(name)}" has the shape ${sizes(shape)}, and comes from ${count(columns, 'column')}`,
  }),

  'unknown-parameter': ({ of, name, known, suggestion }) => ({
    message: `"${of}" has no parameter "${short(name)}"`,
    ...(suggestion === undefined
      ? { hint: known.length === 0 ? 'it has none' : `it has ${list(known)}` }
      : meant(suggestion)),
  }),
  'missing-parameter': ({ of, name }) => ({ message: `"${of}" needs the parameter "${name}"` }),
  'parameter-twice': ({ of, name }) => ({
    message: `parameter "${name}" of "${of}" is given twice`,
  }),
  'bad-parameter': ({ of, name, wanted, got, suggestion }) => ({
    message: `parameter "${name}" of "${of}" must be ${wanted}, got ${short(got)}`,
    ...meant(suggestion),
  }),

  cycle: ({ path, length }) => ({
    message: `a cycle: ${path.map((name) => short(name)).join(' -> ')}`,
    hint:
      length === 1 ? 'a gate cannot use its own value' : 'a gate cannot wait for what waits for it',
  }),
  'no-path-to-loss': ({ name, blocked }) =>
    blocked
      ? {
          message: `no gradient comes back from the loss to the weight "${short(name)}": it will never learn`,
          hint: 'comparisons, conditions and stop_gradient pass none back; make it a constant, or frozen: true',
        }
      : {
          message: `no path leads from the weight "${short(name)}" to the loss: it will never learn`,
          hint: 'use it, or make it a constant',
        },
  unused: ({ name, type }) => ({
    message: `nothing uses the ${type} "${short(name)}"`,
    hint: type === 'gate' ? 'use it, name it under outputs, or remove it' : 'use it or remove it',
  }),
  'target-in-output': ({ output, target }) => ({
    message: `the output "${short(output)}" depends on the target "${short(target)}"`,
    hint: 'a target is not known when predicting; make it a metric to see it',
  }),
  'output-twice': ({ name }) => ({ message: `the output "${short(name)}" is named twice` }),
  'bare-measure': ({ name }) => ({
    message: `the metric "${name}" does not say of what`,
    hint: `write metrics: { ${name}: ${name}(prediction, target) }`,
  }),
  'measure-argument': ({ measure, port }) => ({
    message: `the ${port} of "${measure}" must be a node or a formula`,
  }),
  'no-loss': ({ what }) => ({
    message: `${what}, and the graph has no loss`,
    hint: 'add one: "loss: (target - prediction)^2"',
  }),
  'not-finite': ({ name, value }) => ({
    message: `"${short(name)}" must be finite, got ${value}`,
  }),

  'unknown-optimizer': ({ name, suggestion }) => ({
    message: `there is no optimizer "${short(name)}"`,
    ...meant(suggestion),
  }),
  'unknown-schedule': ({ name, suggestion }) => ({
    message: `there is no schedule "${short(name)}"`,
    ...meant(suggestion),
  }),
  'unknown-variable': ({ name, known, suggestion }) => ({
    message: `the update has no "${short(name)}"`,
    ...(suggestion === undefined ? { hint: `it has ${list(known)}` } : meant(suggestion)),
  }),
  'unknown-intrinsic': ({ name, suggestion }) => ({
    message: `an update cannot use "${short(name)}"`,
    ...meant(suggestion),
  }),
  'argument-count': ({ name, wanted, got }) => ({
    message: `"${name}" takes ${count(wanted, 'argument')} in an update, got ${got}`,
  }),
  'argument-kind': () => ({
    message: 'in an update arguments go in order, and are no lists',
  }),
  'line-name': ({ name, why }) => ({
    message: {
      twice: `"${short(name)}" is defined twice in the update`,
      taken: `"${name}" has a meaning in every update`,
    }[why],
    ...(why === 'taken' && {
      hint: 'w is the weight, g its gradient, rate the learning rate, t the number of the update',
    }),
  }),

  'missing-column': ({ row, column }) => ({
    message: `row ${row} lacks "${short(column)}"`,
    hint: 'a row has a value for every input and target',
  }),
  'extra-column': ({ row, column, suggestion }) => ({
    message: `row ${row} has "${short(column)}", which is no input or target`,
    ...meant(suggestion),
  }),
  'more-problems': ({ count: more, what }) => ({ message: `and ${more} more ${what}` }),
  'not-given': ({ name, type }) => ({
    message: `"${short(name)}" is a ${type}: a test gives inputs, targets and weights`,
    hint: 'what a node should be goes under "expect"',
  }),
}

function meant(suggestion: string | undefined): { hint?: string } {
  return suggestion === undefined ? {} : { hint: `did you mean "${short(suggestion)}"?` }
}

function sizes(shape: readonly number[]): string {
  const shown = shape.slice(0, 16).join(', ')
  return shape.length > 16 ? `[${shown}, …]` : `[${shown}]`
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 12).join(', ')
  return names.length > 12 ? `${shown}, …` : shown
}

function count(number: number, what: string): string {
  return number === 0 ? `no ${what}s` : number === 1 ? `one ${what}` : `${number} ${what}s`
}

function short(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`
}
