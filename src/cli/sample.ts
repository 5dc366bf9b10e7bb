/** The one sample that a command works on. */
import { EagreError } from '../errors.js'
import { readNested } from '../files/json.js'
import { nameOf } from '../language/name.js'
import { suggest } from '../language/suggest.js'
import type { InputNode, Nested, Plan, Row, WeightNode } from '../language/plan.js'

/** The defaults of all inputs and targets that have one. */
export function defaults(plan: Plan): Row {
  const row: Record<string, Nested> = Object.create(null)
  for (const node of sourcesOf(plan)) {
    if (node.default !== undefined) row[node.name] = node.default
  }
  return row
}

/** The inputs that a sample lacks, by name. */
export function missingInputs(plan: Plan, sample: Row): string[] {
  return sourcesOf(plan).flatMap(({ type, name }) =>
    type === 'input' && sample[name] === undefined ? [name] : [],
  )
}

export interface Assigned {
  /** Inputs and targets. */
  readonly sample: Row
  readonly weights: Row
}

/** Reads `name=value` arguments. Throws `bad-argument` for a name the graph does not have. */
export function readAssignments(plan: Plan, texts: readonly string[]): Assigned {
  const sample: Record<string, Nested> = Object.create(null)
  const weights: Record<string, Nested> = Object.create(null)
  const kinds = new Map(settable(plan).map((node) => [node.name, node.type]))
  for (const text of texts) {
    const [, name, written] = /^([^=]*)=(.*)$/s.exec(text) ?? []
    if (name === undefined || written === undefined) {
      throw new EagreError('bad-argument', `"${text}": expected name=value, like x=0.5`)
    }
    const kind = kinds.get(name)
    if (kind === undefined) {
      throw new EagreError('bad-argument', `the graph has no input, target or weight "${name}"`, {
        hint:
          didYouMean(name, kinds.keys()) ?? `it has ${[...kinds.keys()].slice(0, 20).join(', ')}`,
      })
    }
    const value = readValue(written)
    if (value === undefined) {
      throw new EagreError('bad-argument', `"${text}": "${written}" is no number`)
    }
    const into = kind === 'weight' ? weights : sample
    into[name] = value
  }
  return { sample, weights }
}

/** Fills a sample with the defaults, or where nothing at all is given with the first inline row. */
export function completeSample(plan: Plan, given: Row, note: (text: string) => void): Row {
  const sample = merge(defaults(plan), given)
  const missing = missingInputs(plan, sample)
  if (missing.length === 0) return sample
  const { data } = plan.train
  const first = data !== undefined && 'rows' in data ? data.rows[0] : undefined
  if (first !== undefined && Object.keys(given).length === 0) {
    note('the sample is the first row of train.data')
    return merge(sample, first)
  }
  const names = missing.map((name) => `"${name}"`).join(', ')
  throw new EagreError(
    'bad-argument',
    `no value for ${names}, which ha${missing.length > 1 ? 've' : 's'} no default`,
    {
      hint: `for example: ${missing.map((name) => `${name}=1`).join(' ')}`,
    },
  )
}

/** Whose gradient is 1: the loss, else the only output. Throws `bad-argument` where neither will do. */
export function seedOf(plan: Plan, sample: Row): string {
  if (plan.loss !== undefined) {
    const missing = plan.nodes.flatMap((node) =>
      node.type === 'target' && sample[node.name] === undefined ? [node.name] : [],
    )
    if (missing.length === 0) return nameOf(plan, plan.loss)
    throw new EagreError('bad-argument', `the loss needs the target "${missing[0]}"`, {
      hint: `give it a value (${missing[0]}=1), or name another node with --of`,
    })
  }
  const [only, second] = plan.outputs
  if (only !== undefined && second === undefined) return nameOf(plan, only)
  const names = plan.outputs.map((output) => `"${nameOf(plan, output)}"`).join(', ')
  throw new EagreError('bad-argument', 'the graph has no loss and not one output', {
    hint: `--of says whose gradient is 1; the outputs are ${names}`,
  })
}

/** A hint with the nearest name, where one is near. */
export function didYouMean(name: string, names: Iterable<string>): string | undefined {
  const nearest = suggest(name, names)
  return nearest === undefined ? undefined : `did you mean "${nearest}"?`
}

/** Both rows as one; the second wins. Spreading would give the result a prototype. */
export function merge(first: Row, second: Row): Row {
  return Object.assign(Object.create(null), first, second) as Row
}

/** The part of a row that names weights, and the rest. */
export function splitWeights(plan: Plan, row: Row): Assigned {
  const sample: Record<string, Nested> = Object.create(null)
  const weights: Record<string, Nested> = Object.create(null)
  const names = new Set(plan.nodes.flatMap((node) => (node.type === 'weight' ? [node.name] : [])))
  for (const [name, value] of Object.entries(row)) {
    const into = names.has(name) ? weights : sample
    into[name] = value
  }
  return { sample, weights }
}

function sourcesOf(plan: Plan): InputNode[] {
  return plan.nodes.flatMap((node) =>
    node.type === 'input' || node.type === 'target' ? [node] : [],
  )
}

function settable(plan: Plan): (InputNode | WeightNode)[] {
  return plan.nodes.flatMap((node) =>
    node.type === 'gate' || node.type === 'constant' ? [] : [node],
  )
}

// Numbers as in JSON or with a sign or a bare point, and nested lists of them.
function readValue(text: string): Nested | undefined {
  if (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text)) {
    const value = Number(text)
    return Number.isFinite(value) ? value : undefined
  }
  if (!text.startsWith('[') || text.length > 1_000_000) return undefined
  try {
    return readNested(JSON.parse(text), Number.isFinite)
  } catch {
    return undefined
  }
}
