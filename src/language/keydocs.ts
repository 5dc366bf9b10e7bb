/**
 * What the keys of a graph file are for, as editors show it. Only the JSON Schema is made from
 * it, not what runs graphs: a browser has no use for these words.
 */
import type { SectionName } from './keys.js'

/** One sentence for every key, by where it may stand. */
export const keyDocs: Readonly<Record<SectionName, Readonly<Record<string, string>>>> = {
  graph: {
    name: "What the graph is called; by default the file's name.",
    description: 'What the graph is for, in a sentence or two.',
    inputs:
      'What is known when predicting: name to default value, or a list of names that every sample must have.',
    targets:
      'What is only known when learning, written like inputs. Only the loss and metrics may depend on them.',
    weights: 'What is learned: name to initial value.',
    constants: 'Numbers with names.',
    gates: 'The nodes that compute: name to formula, or to { gate: ports and parameters }.',
    loss: 'What training makes small: a formula. It is the node "loss".',
    outputs:
      'The nodes that a prediction holds; by default the gates that feed no other and depend on no target.',
    metrics:
      'What is reported of each epoch: names of nodes or formulas, averaged over its samples, or accuracy(prediction, target) and its kin (precision, recall, f1, log_loss, roc_auc, mse, rmse, mae, r2).',
    train: 'How the graph learns.',
    tests: 'What "eagre test" checks.',
    modules:
      'Graphs that this graph is made of: name to a graph with inputs, options and outputs, called like a gate.',
    use: 'Graph files whose modules may be called here, relative to this one.',
    learn: 'How the graph learns from a stream of events.',
  },
  input: {
    shape: 'The lengths of the axes, outermost first; [] is a number.',
    default:
      'What it is where there is no data: numbers (one stands for all elements), or a class.',
    from: 'Where a sample has it, by default under its own name: a column, a path like request.size, a list of columns, or a range a..b of them, both ends in; numbers count columns from 0.',
    classes: 'Texts that stand for 0, 1, and so on.',
    hash: 'Texts are hashed (FNV-1a, 32 bits) to whole numbers below this.',
  },
  module: {
    description: 'What it is for.',
    inputs: 'What a call gives it, in order.',
    options:
      'What a call may choose, by name: a number, a word, a list, or a gate that formulas can call; nothing where it must.',
    weights: 'What it learns.',
    constants: 'Numbers with names.',
    gates: 'The nodes that compute.',
    outputs: 'What it gives back; the first is what a call stands for, by default the last gate.',
  },
  module_input: {
    shape:
      'The lengths of the axes: numbers, or names for what arrives; a first ... stands for any axes before.',
  },
  module_weight: {
    value: 'The initial value; one number stands for all elements.',
    shape: 'The lengths of the axes: numbers, names of sizes of the inputs, or options.',
    init: 'How the initial values are drawn: a name, or { name: parameters }.',
    seed: 'What the values are drawn from; by default the seed of train.',
    frozen: 'Whether training leaves it as it is.',
    learning_rate: 'Replaces the learning rate of train for this weight.',
  },
  module_constant: {
    value: 'The number, or the numbers; one stands for all elements.',
    shape: 'The lengths of the axes: numbers, names of sizes of the inputs, or options.',
    init: 'How the values are drawn: a name, or { name: parameters }.',
    seed: 'What the values are drawn from; by default the seed of train.',
  },
  weight: {
    value: 'The initial value; one number stands for all elements.',
    shape: 'The lengths of the axes, outermost first; [] is a number.',
    init: 'How the initial values are drawn: a name, or { name: parameters }.',
    seed: 'What the values are drawn from; by default the seed of train.',
    frozen: 'Whether training leaves it as it is.',
    learning_rate: 'Replaces the learning rate of train for this weight.',
  },
  constant: {
    value: 'The number, or the numbers; one stands for all elements.',
    shape: 'The lengths of the axes, outermost first; [] is a number.',
    init: 'How the values are drawn: a name, or { name: parameters }.',
    seed: 'What the values are drawn from; by default the seed of train.',
  },
  train: {
    epochs: 'Passes over the data, 1 by default; without limit where until is given.',
    batch: 'Samples per update of the weights, 1 by default.',
    stack:
      'Whether a batch runs as one step, with the samples as the first axis of its messages: the fast way.',
    optimizer:
      'How gradients move the weights, sgd by default: a name, { name: parameters }, or formulas of your own.',
    learning_rate: "How far; by default the optimizer's own.",
    schedule: 'What the learning rate is multiplied by as training goes on: { name: parameters }.',
    shuffle: 'Whether each epoch has the samples in an order of its own.',
    seed: 'What chance is drawn from, 0 by default.',
    clip: 'Keeps gradients small.',
    until: 'When to stop before the last epoch.',
    data: 'The samples; without them there is one, made of the defaults.',
    on_fault: 'What happens after a number that is not finite.',
    budget: 'How long a turn of the event loop may take, 10 ms by default.',
  },
  learn: {
    id: 'The field of an event that tells it from others, or a path to it.',
    key: 'The field that says whose model an event is for, or a path to it.',
    labels: "The field of a label that has its event's id; by default id.",
    ttl: 'How long an event waits for its label; without it as long as there is room.',
    pending: 'How many events at most wait for their turn or their label, 10000 by default.',
    memory: 'What they may take, 64MB by default.',
    late: 'What a late label is learned with: the weights of now (recompute, the default), or the values and weights of the prediction (stash).',
    max_keys: 'How many models at most are held at a time.',
    idle: 'After how long without events a model is put away.',
    warm_up: 'So many events at first are predicted only.',
    overflow:
      'What happens where events come faster than they are learned: the source waits (block, the default), or events are dropped.',
    on_fault:
      'What happens after a bad event or a number that is not finite: it is skipped (the default), the run stops, or the last good state comes back.',
    budget: 'How long a turn of the event loop may take, 10 ms by default.',
  },
  declaration: {
    parameters: 'Names that the formulas may use, with values.',
    let: 'Names for one update only.',
    state: 'What is kept from update to update, 0 before the first.',
    update: 'The new weight, from w, g, rate, t and the names above.',
  },
  clip: {
    norm: 'Scales all gradients together down to this Euclidean norm.',
    value: 'Cuts each gradient to at most this size.',
  },
  until: {
    loss: 'Stops after the first epoch with at most this loss.',
    patience: 'Stops after so many epochs without a new lowest loss.',
    time: 'Stops after so long.',
    restore_best: 'Goes back to the weights of the epoch with the lowest loss.',
  },
  data: {
    rows: 'The samples themselves: maps, or lists in the order of the header.',
    file: 'A CSV or NDJSON file, relative to this one.',
    header: 'The names of the columns; for a file also whether its first line has them.',
    split: 'Which rows are held back for testing.',
  },
  split: {
    test: 'The share of the rows, below 1.',
    order: 'Which: the last rows (the default), or rows drawn with the seed.',
  },
  test: {
    name: 'What is tested.',
    given:
      'Values of inputs, targets and weights; a list of them makes one step each, and gates remember those before.',
    train: 'Whether the graph is trained first.',
    of: 'The node whose gradient is 1; by default the loss.',
    expect: 'Values by name of node.',
    gradients: 'Gradients by name of node; none where nothing flows.',
    tolerance: 'Relative to the larger of 1 and what is expected, 1e-9 by default.',
  },
}
