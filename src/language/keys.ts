/**
 * The keys of a graph file: what each is called and what may stand there. The parser and the JSON
 * Schema are both made from this table, so that they cannot drift apart. What each is for is said in
 * keydocs.ts.
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

const key = (name: string, kind: Kind): Key => ({ name, kind })
const required = (name: string, kind: Kind): Key => ({ name, kind, required: true })

const inputs = either(list(name), map(either(values, nothing, keys('input'))))
const row = map(either(values, text))
const shape = key('shape', list(size))
const sizes = key('shape', list(either(size, text)))
const seed = key('seed', { type: 'number', minimum: 0, whole: true })
const init = key('init', { type: 'choice', from: 'initializers', of: either(number, text) })

/** Every key, by where it may stand. */
export const sections: Readonly<Record<SectionName, readonly Key[]>> = {
  graph: [
    key('name', text),
    key('description', text),
    key('inputs', inputs),
    key('targets', inputs),
    key('weights', map(either(values, keys('weight')))),
    key('constants', map(either(values, keys('constant')))),
    key('gates', map(gate)),
    key('loss', gate),
    key('outputs', list(name)),
    key('metrics', either(list(name), map(formula))),
    key('train', keys('train')),
    key('tests', list(keys('test'))),
    key('modules', map(keys('module'))),
    key('use', list(text)),
    key('learn', keys('learn')),
  ],
  input: [
    shape,
    key('default', either(values, text)),
    key('from', either(text, list(text))),
    key('classes', list(text)),
    key('hash', count),
  ],
  module: [
    key('description', text),
    key('inputs', either(list(name), map(either(nothing, keys('module_input'))))),
    key('options', map(either(nothing, number, boolean, text, list(either(number, text))))),
    key('weights', map(either(values, keys('module_weight')))),
    key('constants', map(either(values, keys('module_constant')))),
    key('gates', map(gate)),
    key('outputs', list(name)),
  ],
  module_input: [key('shape', list(either(size, text)))],
  module_weight: [
    key('value', values),
    sizes,
    init,
    seed,
    key('frozen', boolean),
    key('learning_rate', atLeastZero),
  ],
  module_constant: [key('value', values), sizes, init, seed],
  weight: [
    key('value', values),
    shape,
    init,
    seed,
    key('frozen', boolean),
    key('learning_rate', atLeastZero),
  ],
  constant: [key('value', values), shape, init, seed],
  train: [
    key('epochs', count),
    key('batch', count),
    key('stack', boolean),
    key(
      'optimizer',
      either(
        { type: 'choice', from: 'optimizers', of: either(number, boolean) },
        keys('declaration'),
      ),
    ),
    key('learning_rate', positive),
    key('schedule', { type: 'choice', from: 'schedules', of: either(number, text, list(number)) }),
    key('shuffle', boolean),
    key('seed', { type: 'number', minimum: 0, whole: true }),
    key('clip', keys('clip')),
    key('until', keys('until')),
    key('data', keys('data')),
    key('on_fault', words('stop', 'skip')),
    key('budget', duration),
  ],
  learn: [
    key('id', text),
    key('key', text),
    key('labels', text),
    key('ttl', duration),
    key('pending', count),
    key('memory', bytes),
    key('late', words('recompute', 'stash')),
    key('max_keys', count),
    key('idle', duration),
    key('warm_up', size),
    key('overflow', words('block', 'drop_oldest', 'drop_newest', 'sample')),
    key('on_fault', words('skip', 'stop', 'rollback')),
    key('budget', duration),
  ],
  declaration: [
    key('parameters', map(either(number, boolean))),
    key('let', map(formula)),
    key('state', map(formula)),
    required('update', formula),
  ],
  clip: [key('norm', positive), key('value', positive)],
  until: [
    key('loss', number),
    key('patience', count),
    key('time', duration),
    key('restore_best', boolean),
  ],
  data: [
    key('rows', { type: 'list', of: either(row, list(either(values, text))), least: 1 }),
    key('file', text),
    key('header', either(boolean, list(name))),
    key('split', keys('split')),
  ],
  split: [required('test', share), key('order', words('last', 'shuffled'))],
  test: [
    key('name', text),
    key('given', either(row, list(row))),
    key('train', boolean),
    key('of', name),
    key('expect', row),
    key('gradients', map(either(values, words('none')))),
    key('tolerance', atLeastZero),
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
