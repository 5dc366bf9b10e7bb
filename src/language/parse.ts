/** From text to a spec: what a graph file says, and everything that is wrong with how it says it. */
import { readDocument } from './document.js'
import { lineOf } from './source.js'
import { columnsOf } from './from.js'
import { readFormula, readGate } from './parsegate.js'
import { readModules, readUse } from './parsemodule.js'
import { each, readConstant, readInput, readWeight } from './parsenode.js'
import { readLearn } from './parselearn.js'
import { readTests } from './parserow.js'
import { readTrain } from './parsetrain.js'
import type { Code, Problem } from './problem.js'
import {
  readName,
  readNames,
  readSection,
  readTextKey,
  wantMap,
  wrongKind,
  type Reader,
} from './read.js'
import type { GateSpec, InputSpec, MetricSpec, Spec } from './spec.js'
import type { Entry } from './tree.js'

export interface ParsedSpec {
  /** What could be read; parts that are wrong are left out or stand in with 0. */
  readonly spec: Spec
  /** In the order of the file. */
  readonly problems: readonly Problem[]
}

/** Parses the text of a graph file. Collects every problem in one pass and never throws. */
export function parseSpec(text: string): ParsedSpec {
  const { root, problems, badLines } = readDocument(text)
  const reader: Reader = { text, problems: [], texts: new Set() }
  const spec = root === undefined ? empty() : readGraph(reader, root)
  const line = lineOf(text)
  const certain = reader.problems.filter(({ code, range }) => {
    const at = line(range.start)
    return !badLines.has(at) && !(badLines.has(at - 1) && consequences.has(code))
  })
  return { spec, problems: inOrder([...problems, ...certain]) }
}

/** What a line that is no good YAML makes of the line after it. */
const consequences: ReadonlySet<Code> = new Set<Code>(['formula-empty', 'long-form'])

function readGraph(reader: Reader, root: NonNullable<Entry['value']>): Spec {
  const whole = { type: 'text', text: '', style: 'plain', range: root.range } as const
  if (root.type !== 'map') {
    const first = { start: root.range.start, end: root.range.start + 1 }
    const map = wantMap(reader, { key: whole, value: root }, 'a graph file', 'a map of keys')
    // One word glued to the next has been said; else the place is enough, not the whole file.
    const last = reader.problems.at(-1)
    if (map === undefined && last?.code === 'wrong-kind') {
      reader.problems[reader.problems.length - 1] = { ...last, range: first }
    }
    return empty()
  }
  const graph = readSection(reader, 'graph', { key: whole, value: root }, '')
  if (graph === undefined) return empty()
  const entry = (name: string) => graph.entries.get(name)
  const name = readTextKey(reader, graph, 'name')
  const description = readTextKey(reader, graph, 'description')
  const loss = entry('loss')
  const outputs = entry('outputs')
  const learn = entry('learn')
  const learning = learn && readLearn(reader, learn)
  const inputs = readInputs(reader, entry('inputs'))
  const targets = readInputs(reader, entry('targets'))
  for (const column of textColumns([...inputs, ...targets])) reader.texts.add(column)
  return {
    ...(name && { name }),
    ...(description && { description }),
    modules: readModules(reader, entry('modules')),
    use: readUse(reader, entry('use')),
    inputs,
    targets,
    weights: each(reader, entry('weights'), (inner, key) => readWeight(reader, inner, key)),
    constants: each(reader, entry('constants'), (inner, key) => readConstant(reader, inner, key)),
    gates: each(reader, entry('gates'), (inner, key): GateSpec => readGate(reader, key, inner)),
    ...(loss && { loss: readGate(reader, { value: 'loss', range: loss.key.range }, loss) }),
    ...(outputs && { outputs: readNames(reader, outputs, '"outputs"') }),
    metrics: readMetrics(reader, entry('metrics')),
    train: readTrain(reader, entry('train')),
    ...(learning && { learn: learning }),
    tests: readTests(reader, entry('tests')),
  }
}

function empty(): Spec {
  const none = [] as const
  return {
    modules: none,
    use: none,
    inputs: none,
    targets: none,
    weights: none,
    constants: none,
    gates: none,
    metrics: none,
    train: {},
    tests: none,
  }
}

function readInputs(reader: Reader, entry: Entry | undefined): InputSpec[] {
  if (entry?.value?.type === 'list') {
    const { items } = entry.value
    readNames(reader, entry, `"${entry.key.text}"`)
    return items.flatMap((item) => {
      const name = item?.type === 'text' ? readName(reader, item) : undefined
      return name === undefined ? [] : [{ name }]
    })
  }
  return each(reader, entry, (inner, name) => readInput(reader, inner, name))
}

function readMetrics(reader: Reader, entry: Entry | undefined): MetricSpec[] {
  if (entry === undefined || entry.value?.type === 'broken') return []
  const { key, value } = entry
  if (value?.type === 'list') {
    return readNames(reader, entry, '"metrics"').map((name) => ({ name }))
  }
  if (value !== undefined && value.type !== 'map') {
    wrongKind(reader, value.range, `"${key.text}"`, 'a list of names or a map of formulas', value)
    return []
  }
  return each(reader, entry, (inner, name) => {
    const formula = readFormula(reader, inner)
    return formula && { name, formula }
  }).filter((metric) => metric !== undefined)
}

/** What rows hold as text: the columns of classes, and of what is hashed. */
function textColumns(inputs: readonly InputSpec[]): string[] {
  return inputs.flatMap(({ name, from, classes, hash }) => {
    if (classes === undefined && hash === undefined) return []
    if (from === undefined) return [name.value]
    const texts = 'items' in from ? from.items.map(({ value }) => value) : [from.value]
    return [name.value, ...texts.flatMap((text) => columnsOf(text, undefined) ?? [])]
  })
}

/** In the order of the file; what an alias repeats is said once. */
function inOrder(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>()
  return problems
    .filter(({ code, range }) => {
      const place = `${code} ${range.start} ${range.end}`
      return !seen.has(place) && seen.add(place)
    })
    .sort((a, b) => a.range.start - b.range.start)
}
