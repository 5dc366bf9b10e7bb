/**
 * The keys of a graph file: what each is called, what it is for and what may stand there. The
 * parser and the JSON Schema are both made from this table, so that they cannot drift apart.
 */

/** What may stand at a place. */
export type Kind =
  | { readonly type: 'text' }
  | { readonly type: 'boolean' }
  | NumberKind
  /** Milliseconds, or `500ms 10s 10m 2h`. */
  | { readonly type: 'duration' }
  /** Bytes, or `500kB 64MB 1GB`. */
  | { readonly type: 'bytes' }
  | { readonly type: 'word'; readonly words: readonly string[] }
  /** Text in the language of formulas. */
  | { readonly type: 'formula' }
  /** A formula, or `{ gate: ports }`. */
  | { readonly type: 'gate' }
  /** The name of a node. */
  | { readonly type: 'name' }
  /** A number, or a nested list of numbers. */
  | { readonly type: 'values' }
  /** Nothing after the colon. */
  | { readonly type: 'nothing' }
  | { readonly type: 'list'; readonly of: Kind; readonly least?: number }
  /** Names to values. */
  | { readonly type: 'map'; readonly of: Kind }
  /** Exactly these keys. */
  | { readonly type: 'keys'; readonly keys: SectionName }
  /** `{ name: parameters }` from a catalogue, or the name alone. */
  | {
      readonly type: 'choice'
      readonly from: 'optimizers' | 'schedules' | 'initializers'
      readonly of: Kind
    }
  | { readonly type: 'either'; readonly of: readonly Kind[] }

export interface NumberKind {
  readonly type: 'number'
  readonly minimum?: number
  /** The minimum itself is too small. */
  readonly exclusive?: boolean
  readonly whole?: boolean
}

export interface Key {
  readonly name: string
  /** One sentence, shown by editors. */
  readonly doc: string
  readonly kind: Kind
  /** Known, and answered with "not yet". */
  readonly later?: true
  readonly required?: true
}

export type SectionName =
  | 'graph'
  | 'input'
  | 'weight'
  | 'constant'
  | 'train'
  | 'learn'
  | 'declaration'
  | 'clip'
  | 'until'
  | 'data'
  | 'split'
  | 'test'
  | 'module'
  | 'module_input'
  | 'module_weight'
  | 'module_constant'

const text: Kind = { type: 'text' }
const boolean: Kind = { type: 'boolean' }
const number: Kind = { type: 'number' }
const positive: Kind = { type: 'number', minimum: 0, exclusive: true }
const atLeastZero: Kind = { type: 'number', minimum: 0 }
const count: Kind = { type: 'number', minimum: 1, whole: true }
const size: Kind = { type: 'number', minimum: 0, whole: true }
const share: Kind = { type: 'number', minimum: 0, exclusive: true }
const duration: Kind = { type: 'duration' }
const bytes: Kind = { type: 'bytes' }
const values: Kind = { type: 'values' }
const formula: Kind = { type: 'formula' }
const gate: Kind = { type: 'gate' }
const name: Kind = { type: 'name' }
const nothing: Kind = { type: 'nothing' }
const list = (of: Kind): Kind => ({ type: 'list', of })
const map = (of: Kind): Kind => ({ type: 'map', of })
const keys = (section: SectionName): Kind => ({ type: 'keys', keys: section })
const either = (...of: Kind[]): Kind => ({ type: 'either', of })
const words = (...all: string[]): Kind => ({ type: 'word', words: all })

const key = (name: string, kind: Kind, doc: string): Key => ({ name, kind, doc })
const required = (name: string, kind: Kind, doc: string): Key => ({
  name,
  kind,
  doc,
  required: true,
})

const inputs = either(list(name), map(either(values, nothing, keys('input'))))
const row = map(either(values, text))
const shape = key('shape', list(size), 'The lengths of the axes, outermost first; [] is a number.')
const sizes = key('shape', list(either(size, text)), 'The lengths of the axes: numbers, names of sizes of the inputs, or options.') // prettier-ignore
const seed = key('seed', { type: 'number', minimum: 0, whole: true }, 'What the values are drawn from; by default the seed of train.') // prettier-ignore
const init = (doc: string) =>
  key('init', { type: 'choice', from: 'initializers', of: either(number, text) }, doc)

/** Every key, by where it may stand. */
export const sections: Readonly<Record<SectionName, readonly Key[]>> = {
  graph: [
    key('name', text, "What the graph is called; by default the file's name."),
    key('description', text, 'What the graph is for, in a sentence or two.'),
    key(
      'inputs',
      inputs,
      'What is known when predicting: name to default value, or a list of names that every sample must have.',
    ),
    key(
      'targets',
      inputs,
      'What is only known when learning, written like inputs. Only the loss and metrics may depend on them.',
    ),
    key('weights', map(either(values, keys('weight'))), 'What is learned: name to initial value.'),
    key('constants', map(either(values, keys('constant'))), 'Numbers with names.'),
    key(
      'gates',
      map(gate),
      'The nodes that compute: name to formula, or to { gate: ports and parameters }.',
    ),
    key('loss', gate, 'What training makes small: a formula. It is the node "loss".'),
    key(
      'outputs',
      list(name),
      'The nodes that a prediction holds; by default the gates that feed no other and depend on no target.',
    ),
    key(
      'metrics',
      either(list(name), map(formula)),
      'What is reported of each epoch: names of nodes or formulas, averaged over its samples, or accuracy(prediction, target) and its kin (precision, recall, f1, log_loss, roc_auc, mse, rmse, mae, r2).',
    ),
    key('train', keys('train'), 'How the graph learns.'),
    key('tests', list(keys('test')), 'What "eagre test" checks.'),
    key(
      'modules',
      map(keys('module')),
      'Graphs that this graph is made of: name to a graph with inputs, options and outputs, called like a gate.',
    ),
    key('use', list(text), 'Graph files whose modules may be called here, relative to this one.'),
    key('learn', keys('learn'), 'How the graph learns from a stream of events.'),
  ],
  input: [
    shape,
    key(
      'default',
      either(values, text),
      'What it is where there is no data: numbers (one stands for all elements), or a class.',
    ),
    key(
      'from',
      either(text, list(text)),
      'Where a sample has it, by default under its own name: a column, a path like request.size, a list of columns, or a range a..b of them, both ends in; numbers count columns from 0.',
    ),
    key('classes', list(text), 'Texts that stand for 0, 1, and so on.'),
    key('hash', count, 'Texts are hashed (FNV-1a, 32 bits) to whole numbers below this.'),
  ],
  module: [
    key('description', text, 'What it is for.'),
    key(
      'inputs',
      either(list(name), map(either(nothing, keys('module_input')))),
      'What a call gives it, in order.',
    ),
    key(
      'options',
      map(either(nothing, number, boolean, text, list(either(number, text)))),
      'What a call may choose, by name: a number, a word, a list, or a gate that formulas can call; nothing where it must.',
    ),
    key('weights', map(either(values, keys('module_weight'))), 'What it learns.'),
    key('constants', map(either(values, keys('module_constant'))), 'Numbers with names.'),
    key('gates', map(gate), 'The nodes that compute.'),
    key(
      'outputs',
      list(name),
      'What it gives back; the first is what a call stands for, by default the last gate.',
    ),
  ],
  module_input: [
    key(
      'shape',
      list(either(size, text)),
      'The lengths of the axes: numbers, or names for what arrives; a first ... stands for any axes before.',
    ),
  ],
  module_weight: [
    key('value', values, 'The initial value; one number stands for all elements.'),
    sizes,
    init('How the initial values are drawn: a name, or { name: parameters }.'),
    seed,
    key('frozen', boolean, 'Whether training leaves it as it is.'),
    key('learning_rate', atLeastZero, 'Replaces the learning rate of train for this weight.'),
  ],
  module_constant: [
    key('value', values, 'The number, or the numbers; one stands for all elements.'),
    sizes,
    init('How the values are drawn: a name, or { name: parameters }.'),
    seed,
  ],
  weight: [
    key('value', values, 'The initial value; one number stands for all elements.'),
    shape,
    init('How the initial values are drawn: a name, or { name: parameters }.'),
    seed,
    key('frozen', boolean, 'Whether training leaves it as it is.'),
    key('learning_rate', atLeastZero, 'Replaces the learning rate of train for this weight.'),
  ],
  constant: [
    key('value', values, 'The number, or the numbers; one stands for all elements.'),
    shape,
    init('How the values are drawn: a name, or { name: parameters }.'),
    seed,
  ],
  train: [
    key('epochs', count, 'Passes over the data, 1 by default; without limit where until is given.'),
    key('batch', count, 'Samples per update of the weights, 1 by default.'),
    key(
      'stack',
      boolean,
      'Whether a batch runs as one step, with the samples as the first axis of its messages: the fast way.',
    ),
    key(
      'optimizer',
      either(
        { type: 'choice', from: 'optimizers', of: either(number, boolean) },
        keys('declaration'),
      ),
      'How gradients move the weights, sgd by default: a name, { name: parameters }, or formulas of your own.',
    ),
    key('learning_rate', positive, "How far; by default the optimizer's own."),
    key(
      'schedule',
      { type: 'choice', from: 'schedules', of: either(number, text, list(number)) },
      'What the learning rate is multiplied by as training goes on: { name: parameters }.',
    ),
    key('shuffle', boolean, 'Whether each epoch has the samples in an order of its own.'),
    key(
      'seed',
      { type: 'number', minimum: 0, whole: true },
      'What chance is drawn from, 0 by default.',
    ),
    key('clip', keys('clip'), 'Keeps gradients small.'),
    key('until', keys('until'), 'When to stop before the last epoch.'),
    key('data', keys('data'), 'The samples; without them there is one, made of the defaults.'),
    key('on_fault', words('stop', 'skip'), 'What happens after a number that is not finite.'),
    key('budget', duration, 'How long a turn of the event loop may take, 10 ms by default.'),
  ],
  learn: [
    key('id', text, 'The field of an event that tells it from others, or a path to it.'),
    key('key', text, 'The field that says whose model an event is for, or a path to it.'),
    key('labels', text, "The field of a label that has its event's id; by default id."),
    key(
      'ttl',
      duration,
      'How long an event waits for its label; without it as long as there is room.',
    ),
    key(
      'pending',
      count,
      'How many events at most wait for their turn or their label, 10000 by default.',
    ),
    key('memory', bytes, 'What they may take, 64MB by default.'),
    key(
      'late',
      words('recompute', 'stash'),
      'What a late label is learned with: the weights of now (recompute, the default), or the values and weights of the prediction (stash).',
    ),
    key('max_keys', count, 'How many models at most are held at a time.'),
    key('idle', duration, 'After how long without events a model is put away.'),
    key('warm_up', size, 'So many events at first are predicted only.'),
    key(
      'overflow',
      words('block', 'drop_oldest', 'drop_newest', 'sample'),
      'What happens where events come faster than they are learned: the source waits (block, the default), or events are dropped.',
    ),
    key(
      'on_fault',
      words('skip', 'stop', 'rollback'),
      'What happens after a bad event or a number that is not finite: it is skipped (the default), the run stops, or the last good state comes back.',
    ),
    key('budget', duration, 'How long a turn of the event loop may take, 10 ms by default.'),
  ],
  declaration: [
    key(
      'parameters',
      map(either(number, boolean)),
      'Names that the formulas may use, with values.',
    ),
    key('let', map(formula), 'Names for one update only.'),
    key('state', map(formula), 'What is kept from update to update, 0 before the first.'),
    required('update', formula, 'The new weight, from w, g, rate, t and the names above.'),
  ],
  clip: [
    key('norm', positive, 'Scales all gradients together down to this Euclidean norm.'),
    key('value', positive, 'Cuts each gradient to at most this size.'),
  ],
  until: [
    key('loss', number, 'Stops after the first epoch with at most this loss.'),
    key('patience', count, 'Stops after so many epochs without a new lowest loss.'),
    key('time', duration, 'Stops after so long.'),
    key('restore_best', boolean, 'Goes back to the weights of the epoch with the lowest loss.'),
  ],
  data: [
    key(
      'rows',
      { type: 'list', of: either(row, list(either(values, text))), least: 1 },
      'The samples themselves: maps, or lists in the order of the header.',
    ),
    key('file', text, 'A CSV or NDJSON file, relative to this one.'),
    key(
      'header',
      either(boolean, list(name)),
      'The names of the columns; for a file also whether its first line has them.',
    ),
    key('split', keys('split'), 'Which rows are held back for testing.'),
  ],
  split: [
    required('test', share, 'The share of the rows, below 1.'),
    key(
      'order',
      words('last', 'shuffled'),
      'Which: the last rows (the default), or rows drawn with the seed.',
    ),
  ],
  test: [
    key('name', text, 'What is tested.'),
    key(
      'given',
      either(row, list(row)),
      'Values of inputs, targets and weights; a list of them makes one step each, and gates remember those before.',
    ),
    key('train', boolean, 'Whether the graph is trained first.'),
    key('of', name, 'The node whose gradient is 1; by default the loss.'),
    key('expect', row, 'Values by name of node.'),
    key(
      'gradients',
      map(either(values, words('none'))),
      'Gradients by name of node; none where nothing flows.',
    ),
    key(
      'tolerance',
      atLeastZero,
      'Relative to the larger of 1 and what is expected, 1e-9 by default.',
    ),
  ],
}

/** Sections that need one of these keys. */
export const oneNeeded: Readonly<Partial<Record<SectionName, readonly string[]>>> = {
  weight: ['value', 'init'],
  constant: ['value', 'init'],
  module_weight: ['value', 'init'],
  module_constant: ['value', 'init'],
  data: ['rows', 'file'],
}

/** The key of a section. The parser asks only for keys that are there. */
export function keyOf(section: SectionName, name: string): Key {
  const found = sections[section].find((candidate) => candidate.name === name)
  if (found === undefined) throw new Error(`internal: ${section} has no key ${name}`)
  return found
}

/** What other tools call a key, and what to write here. Values are hints. */
export const habits: Readonly<
  Record<'graph' | 'train' | 'learn' | 'weight' | 'test', ReadonlyMap<string, string>>
> = {
  graph: new Map([
    ...named('gates', 'layers', 'nodes', 'operations', 'ops', 'model', 'gate'),
    ...named('weights', 'params', 'parameters', 'variables', 'weight'),
    ...named('targets', 'labels', 'y_true', 'target'),
    ...named('inputs', 'features', 'input', 'placeholders'),
    ...named('outputs', 'output', 'predictions'),
    ...named('loss', 'cost', 'objective', 'criterion', 'loss_function', 'losses'),
    ...named('train', 'training', 'trainer', 'fit'),
    ...named('learn', 'learning', 'online', 'stream', 'streaming'),
    ...named('tests', 'test'),
    ...named('constants', 'const', 'consts', 'constant'),
    ...under('train', 'lr', 'learning_rate', 'epochs', 'batch', 'batch_size', 'optimizer'),
    ...under('train', 'schedule', 'seed', 'shuffle', 'data', 'until', 'clip', 'budget'),
  ]),
  train: new Map([
    ...named('learning_rate', 'lr', 'rate', 'alpha', 'step_size', 'learning-rate', 'learningRate'),
    ...named('batch', 'batch_size', 'batchsize', 'batch-size', 'batchSize', 'minibatch'),
    ...named('epochs', 'num_epochs', 'n_epochs', 'max_epochs', 'iterations', 'max_iter', 'steps'),
    ...named('optimizer', 'optim', 'optimiser', 'solver'),
    ...named('schedule', 'lr_schedule', 'scheduler', 'lr_scheduler', 'learning_rate_schedule'),
    ...named('until', 'early_stopping', 'stop', 'stopping'),
    ...named('seed', 'random_state', 'random_seed', 'manual_seed'),
    ...named('clip', 'grad_clip', 'gradient_clip', 'clip_norm', 'clip_grad_norm', 'clipnorm'),
    ...named('data', 'dataset', 'rows', 'samples', 'file'),
    ...optimizerParameter('momentum', '{ sgd: { momentum: 0.9 } }'),
    ...optimizerParameter('nesterov', '{ sgd: { momentum: 0.9, nesterov: true } }'),
    ...optimizerParameter('weight_decay', '{ adamw: { weight_decay: 0.01 } }'),
    ...optimizerParameter('betas', '{ adam: { beta1: 0.9, beta2: 0.999 } }'),
    ['patience', 'write until: { patience: 10 }'],
    ['loss', 'the loss stands at the top level, beside train'],
    ['metrics', 'metrics stand at the top level, beside train'],
  ]),
  learn: new Map([
    ...named('ttl', 'timeout', 'max_age', 'expire', 'expires'),
    ...named('pending', 'buffer', 'queue', 'max_pending', 'capacity', 'limit'),
    ...named('overflow', 'backpressure', 'drop', 'strategy'),
    ...named('warm_up', 'warmup', 'burn_in', 'delay'),
    ...named('id', 'id_field', 'event_id', 'correlation_id'),
    ...under('train', 'optimizer', 'learning_rate', 'lr', 'batch', 'clip', 'schedule', 'seed'),
  ]),
  weight: new Map([
    ...named('learning_rate', 'lr', 'rate'),
    ...named('value', 'initial', 'initial_value', 'default'),
    ['trainable', 'write frozen: true for a weight that training leaves as it is'],
    ['requires_grad', 'write frozen: true for a weight that training leaves as it is'],
  ]),
  test: new Map([
    ...named('expect', 'expected', 'outputs', 'output', 'values'),
    ...named('given', 'inputs', 'input', 'weights', 'with'),
    ...named('gradients', 'grads', 'grad', 'gradient'),
    ...named('tolerance', 'tol', 'atol', 'rtol', 'eps'),
  ]),
}

function named(right: string, ...wrong: string[]): [string, string][] {
  return wrong.map((word) => [word, `it is called "${right}" here`])
}

function under(section: string, ...all: string[]): [string, string][] {
  return all.map((word) => [word, `it belongs under "${section}"`])
}

function optimizerParameter(word: string, example: string): [string, string][] {
  return [[word, `it belongs to the optimizer: ${example}`]]
}
