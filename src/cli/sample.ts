/** The one sample that a command works on. */
import { EagreError } from '../errors.js'
import { readNested } from '../files/json.js'
import { nameOf } from '../language/name.js'
import { suggest } from '../language/suggest.js'
import type { Field, Nested, Plan, Row } from '../language/plan.js'
import { columnsOf, find, isCoded, sourcesOf } from '../train/source.js'

/** The defaults of all inputs and targets that have one. */
export function defaults(plan: Plan): Row {
  const row: Record<string, Field> = Object.create(null)
  for (const { name, default: value, classes, hash } of sourcesOf(plan)) {
    // What is hashed cannot be written as text again; a step knows its default by itself.
    if (value === undefined || hash !== undefined) continue
    if (classes === undefined) row[name] = value
    else if (typeof value === 'number' && value in classes) row[name] = classes[value]!
  }
  return row
}

/** The inputs that a sample lacks, by name. */
export function missingInputs(plan: Plan, sample: Row): string[] {
  return sourcesOf(plan).flatMap((node) =>
    node.type === 'input' && node.default === undefined && find(sample, node) === undefined
      ? [node.name]
      : [],
  )
}

export interface Assigned {
  /** Inputs and targets. */
  readonly sample: Row
  readonly weights: Readonly<Record<string, Nested>>
}

/** Reads `name=value` arguments. Throws `bad-argument` for a name the graph does not have. */
export function readAssignments(plan: Plan, texts: readonly string[]): Assigned {
  const sample: Record<string, Field> = Object.create(null)
  const weights: Record<string, Nested> = Object.create(null)
  const kinds = kindsOf(plan)
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
    if (Object.hasOwn(kind === 'weight' ? weights : sample, name)) {
      throw new EagreError('bad-argument', `"${name}" is given twice`, {
        hint: `leave one out; a list is written ${name}=[1,2]`,
      })
    }
    if (kind === 'text') {
      sample[name] = written
      continue
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
    const missing = sourcesOf(plan).flatMap((node) =>
      node.type === 'target' && node.default === undefined && find(sample, node) === undefined
        ? [node.name]
        : [],
    )
    if (missing.length === 0) return nameOf(plan, plan.loss)
    throw new EagreError('bad-argument', `the loss needs the target "${missing[0]}"`, {
      hint: `give it a value (${missing[0]}=1), or name another node with --of`,
    })
  }
  const [only, second] = plan.outputs
  if (only !== undefined && second === undefined) {
    const { shape } = plan.nodes[only]!
    if (shape.length === 0) return nameOf(plan, only)
    throw new EagreError(
      'bad-argument',
      `the only output "${nameOf(plan, only)}" is no single number, and there is no loss`,
      { hint: '--of says whose gradient is 1' },
    )
  }
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
  const sample: Record<string, Field> = Object.create(null)
  const weights: Record<string, Nested> = Object.create(null)
  const names = new Set(plan.nodes.flatMap((node) => (node.type === 'weight' ? [node.name] : [])))
  for (const [name, value] of Object.entries(row)) {
    // The checker lets no text be a weight.
    if (names.has(name)) weights[name] = value as Nested
    else sample[name] = value
  }
  return { sample, weights }
}

/** What each name that can be set is; the columns that inputs are made from can be too. */
function kindsOf(plan: Plan): ReadonlyMap<string, 'sample' | 'text' | 'weight'> {
  const kinds = new Map<string, 'sample' | 'text' | 'weight'>()
  for (const node of plan.nodes) if (node.type === 'weight') kinds.set(node.name, 'weight')
  for (const node of sourcesOf(plan)) {
    const kind = isCoded(node) ? 'text' : 'sample'
    for (const name of [node.name, ...columnsOf(node)]) if (!kinds.has(name)) kinds.set(name, kind)
  }
  return kinds
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
