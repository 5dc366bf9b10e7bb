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
  'delayed-shape': {
    readonly name: string
    readonly shape: readonly number[]
    readonly declared: readonly number[]
  }
  /** A gate that keeps state, and what would not leave the samples one after the other. */
  'keeps-state': { readonly gate: string; readonly name: string; readonly what: string }
  'inputs-only': { readonly gate: string; readonly name: string; readonly depends: string }
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
  'cannot-stack': { readonly gate: string; readonly name: string }
  'learn-epochs': { readonly schedule: string }
  'learn-id': Record<never, never>
  'not-finite': { readonly name: string; readonly value: number }

  // Modules.
  'module-name': { readonly name: string }
  'module-weights': { readonly module: string }
  /** Without a name the module has no output at all. */
  'module-output': { readonly module: string; readonly name?: string; readonly suggestion?: string }
  'module-cycle': { readonly path: readonly string[] }
  'module-size': { readonly depth: number; readonly nodes: number }
  'module-length': {
    readonly module: string
    readonly name: string
    readonly why: 'unknown' | 'option'
  }
  'module-shape': {
    readonly module: string
    readonly input: string
    readonly shape: readonly number[]
    readonly wanted: readonly (number | string)[]
    /** A name in it that has another size already. */
    readonly bound?: { readonly name: string; readonly size: number }
  }
  'module-circle': { readonly module: string }
  'option-gate': { readonly module: string; readonly option: string; readonly suggestion?: string }
  'option-value': { readonly module: string; readonly option: string }
  'shared-weights': { readonly name: string; readonly module: string; readonly found?: string }
  'shared-shape': {
    readonly name: string
    readonly shape: readonly number[]
    readonly wanted: readonly number[]
  }
  'use-missing': { readonly file: string; readonly readable: boolean }

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
  'delayed-shape': ({ name, shape, declared }) => ({
    message: `"${short(name)}" has the shape ${sizes(shape)}, and a step later it is declared as ${sizes(declared)}`,
    hint: shape.length === 0 ? 'leave "shape" out' : `write shape=${sizes(shape)}`,
  }),
  'keeps-state': ({ gate, name, what }) => ({
    message: `${what}, and "${short(gate)}", the node "${short(name)}", keeps what was before`,
    hint: 'leave it out: the samples must come in their order',
  }),
  'inputs-only': ({ gate, name, depends }) => ({
    message: `"${short(gate)}" runs along with inputs only, and "${short(name)}" depends on ${depends}`,
    hint: 'take it of an input, or leave "update" out',
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
      length === 1
        ? 'a gate cannot use its own value; previous(…) is that of the step before'
        : 'a gate cannot wait for what waits for it; previous(…) is the value of the step before',
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
    hint: `write metrics: { ${name}: "${name}(prediction, target)" }`,
  }),
  'measure-argument': ({ measure, port }) => ({
    message: `the ${port} of "${measure}" must be a node or a formula`,
  }),
  'no-loss': ({ what }) => ({
    message: `${what}, and the graph has no loss`,
    hint: 'add one: "loss: (target - prediction)^2"',
  }),
  'cannot-stack': ({ gate, name }) => ({
    message: `a batch cannot run as one step: "${short(gate)}", the node "${short(name)}", takes the samples one after the other`,
    hint: 'leave "stack" out',
  }),
  'learn-epochs': ({ schedule }) => ({
    message: `events have no epochs for the schedule "${schedule}" to count`,
    hint: 'write "per: update" beside it',
  }),
  'learn-id': () => ({
    message: '"labels" joins labels to events by an id, and "id" does not say where events have it',
    hint: 'name the field: id: order_id',
  }),
  'not-finite': ({ name, value }) => ({
    message: `"${short(name)}" must be finite, got ${value}`,
  }),

  'module-name': ({ name }) => ({
    message: `the module "${short(name)}" has the name of a gate`,
    hint: 'choose another name',
  }),
  'module-weights': ({ module }) => ({
    message: `"weights" cannot be an input or option of "${short(module)}"`,
    hint: 'in a call, weights= shares the weights of another',
  }),
  'module-output': ({ module, name, suggestion }) => ({
    message:
      name === undefined
        ? `the module "${short(module)}" has no output`
        : `the module "${short(module)}" has no node "${short(name)}" to give back`,
    ...(name === undefined ? { hint: 'add a gate, or name an input under outputs' } : meant(suggestion)), // prettier-ignore
  }),
  'module-cycle': ({ path }) => ({
    message: `a module cannot contain itself: ${path.map((name) => short(name)).join(' -> ')}`,
  }),
  'module-size': ({ depth, nodes }) => ({
    message: `modules nest more than ${depth} deep, or make more than ${nodes} nodes`,
  }),
  'module-length': ({ module, name, why }) => ({
    message:
      why === 'option'
        ? `the option "${short(name)}" of "${short(module)}" is a length, and must be a whole number`
        : `no shape of an input of "${short(module)}" has the name "${short(name)}", and no option`,
    ...(why === 'unknown' && { hint: 'write it into the shape of an input, or under options' }),
  }),
  'module-shape': ({ module, input, shape, wanted, bound }) => ({
    message: `the input "${short(input)}" of "${short(module)}" has the shape ${sizes(shape)}, and the module takes [${wanted.join(', ')}]${bound === undefined ? '' : `, where ${bound.name} is ${bound.size}`}`,
  }),
  'module-circle': ({ module }) => ({
    message: `the sizes in "${short(module)}" depend on themselves`,
    hint: 'write the shape of a weight in numbers',
  }),
  'option-gate': ({ module, option, suggestion }) => ({
    message: `the option "${short(option)}" of "${short(module)}" must be the name of a gate or module`,
    ...meant(suggestion),
  }),
  'option-value': ({ module, option }) => ({
    message: `the option "${short(option)}" of "${short(module)}" is no number`,
    hint: 'a word can be called, or be the value of a parameter',
  }),
  'shared-weights': ({ name, module, found }) => ({
    message:
      found === undefined
        ? `there is no call "${short(name)}" whose weights could be shared`
        : `"${short(name)}" is a call of "${short(found)}", and only those of "${short(module)}" have these weights`,
  }),
  'shared-shape': ({ name, shape, wanted }) => ({
    message: `the shared weight "${short(name)}" has the shape ${sizes(shape)}, and here it would be ${sizes(wanted)}`,
    hint: 'share weights between calls whose inputs and options have the same sizes',
  }),
  'use-missing': ({ file, readable }) => ({
    message: readable
      ? `the file "${short(file)}" cannot be read`
      : `"${short(file)}" cannot be used here: nobody reads files for this graph`,
    ...(!readable && { hint: 'pass readModule, or write the modules into the graph' }),
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
