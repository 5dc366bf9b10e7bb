/**
 * Generates a whole run of a small graph as one function: every number a step computes is a
 * local variable, and so are the weights, through all steps of a call.
 */
import { emit, Functions, numeral } from './emit.js'
import type { Assignment } from './program.js'
import type { Assign, Operation, Region } from './region.js'
import { clipLines } from './runclip.js'
import { learnedOf, readBy } from './small.js'
import { substitute, variable, type Scope, type Term } from './term.js'
import type { Control, Exit, Training, TrainingHost, TrainingKernel, TrainingMemory } from './training.js' // prettier-ignore

/** What executes runs of single numbers only. */
export function generateLoop(training: Training): (host: TrainingHost) => TrainingKernel['run'] {
  const functions = new Functions()
  const body = new Loop(training, functions).text()
  const { list } = functions
  let own = made.get(body)
  if (own === undefined || own.list.some((one, at) => one !== list[at])) {
    const make = new Function(...list.map((_, at) => `f${at}`), `'use strict'\n${body}`)
    // What it returns is the function whose text the class writes.
    own = { list, run: make(...list) as Run }
    if (made.size >= mostKept) made.clear()
    made.set(body, own)
  }
  const { run } = own
  return (host) => (memory, control) => run(memory, control, host)
}

type Run = (memory: TrainingMemory, control: Control, host: TrainingHost) => Exit

interface Made {
  /** What the text calls. */
  readonly list: Functions['list']
  readonly run: Run
}

// By their text. The next run of a graph has the very function of the last one: engines optimize
// anew, or not at all, what is a function by itself, even where the text is the same.
const made = new Map<string, Made>()
const mostKept = 100

/**
 * The variables: cells in capitals (`V3 W0 G7 T0`), `S0_3` slot 0 of weight 3, `A3` the sum of
 * its gradients in a batch, `D3 N3 M0_3` its gradient in an update, its new value and its new
 * slots, `Z0 …` the sums of the means, `l0 …` what terms share, `f0 …` the intrinsics.
 */
class Loop {
  private readonly training: Training
  private readonly functions: Functions
  private readonly learned: readonly number[]
  private names = 0

  constructor(training: Training, functions: Functions) {
    this.training = training
    this.functions = functions
    this.learned = learnedOf(training)
  }

  text(): string {
    const { learned, training } = this
    const { batch, means, region, width } = training
    const { row, fixed, weights } = readBy(training)
    const slots = training.program.slots.map((_, slot) => slot)
    const loss = local(training.loss)
    const each = (of: (at: number) => string) => learned.map(of)
    const eachSlot = (of: (slot: number, at: number) => string) =>
      learned.flatMap((at) => slots.map((slot) => of(slot, at)))
    const zs = means.map((_, at) => at)
    // A batch of one sample is its gradient.
    const sums = batch > 1
    return lines(
      'return (m, c, host) => {',
      'const { frame, rows, complete, order, weights, slots, sum, sums, lastSums } = m',
      'const values = frame.values, length = order.length',
      'const { limit, lastEpoch, wantedLoss, patience } = c',
      'let { position, epoch, inBatch, answered, updates, learned, count, lastCount, lastLoss, bestLoss, bestEpoch } = c', // prettier-ignore
      "let made = 0, exit = 'limit', tick = -1, factor = 1",
      weights.map((at) => `let W${at} = weights[${at}]`),
      eachSlot((slot, at) => `let S${slot}_${at} = slots[${slot}][${at}]`),
      sums ? each((at) => `let A${at} = sum[${at}]`) : [],
      fixed.map((at) => `const V${at} = values[${at}]`),
      zs.map((at) => `let Z${at} = sums[${at}]`),
      this.declared(region),
      'run: while (made < limit) {',
      'const row = order[position]',
      'if (complete[row] === 1) {',
      row.length > 0 ? `const from = row * ${width}` : '',
      row.map((at) => `const V${at} = rows[from + ${at}]`),
      region.forward.map((operation) => this.assign(operation)),
      finite([loss], "exit = 'step'; break run"),
      region.backward.map((operation) => this.assign(operation)),
      finite(
        each((at) => `G${at}`),
        "exit = 'step'; break run",
      ),
      sums
        ? [
            'if (answered === 0) {',
            each((at) => `A${at} = G${at}`),
            '} else {',
            each((at) => `A${at} += G${at}`),
            '}',
          ]
        : '',
      'answered++; count++; learned++; inBatch++',
      zs.map((at) => `Z${at} += ${local(means[at]!)}`),
      '}',
      'made++; position++',
      `if (inBatch === ${batch}${sums ? ' || (position === length && inBatch > 0)' : ''}) {`,
      // A step that failed before has made the batch smaller, down to nothing.
      sums ? 'if (answered > 0) {' : '',
      this.update([
        ...(sums ? [] : each((at) => `sum[${at}] = G${at}`)),
        "exit = 'update'; break run",
      ]),
      sums ? '}' : '',
      'answered = 0; inBatch = 0',
      '}',
      'if (position === length) {',
      this.endEpoch(zs),
      '}',
      '}',
      each((at) => `weights[${at}] = W${at}`),
      eachSlot((slot, at) => `slots[${slot}][${at}] = S${slot}_${at}`),
      sums ? each((at) => `sum[${at}] = A${at}`) : [],
      zs.map((at) => `sums[${at}] = Z${at}`),
      'c.made = made; c.position = position; c.epoch = epoch; c.inBatch = inBatch',
      'c.answered = answered; c.updates = updates; c.learned = learned; c.count = count',
      'c.lastCount = lastCount; c.lastLoss = lastLoss; c.bestLoss = bestLoss; c.bestEpoch = bestEpoch', // prettier-ignore
      'return exit',
      '}',
    )
  }

  /** Every number a step computes; outside the loop, for a sample may be left out. */
  private declared(region: Region): string {
    const targets = new Set(assigns(region).flatMap((assign) => assign.targets))
    for (const at of this.learned) targets.add(`g${at}`)
    return targets.size === 0 ? '' : `let ${[...targets].map((cell) => `${local(cell)} = 0`).join()}` // prettier-ignore
  }

  private assign(operation: Operation): string {
    const { targets, terms } = asAssign(operation)
    const { statements, results } = this.code(terms)
    return lines(
      statements,
      results.map((result, at) => `${local(targets[at]!)} = ${result}`),
    )
  }

  private code(terms: readonly Term[]) {
    return emit(terms, this.functions, { variable: local, shared: () => `l${this.names++}` })
  }

  /** New weights beside the old ones, so that nothing has changed where one is not finite. */
  private update(broken: readonly string[]): string {
    const { batch, clip, program, ranges, learningRate, schedule } = this.training
    const { learned } = this
    const gradient = (at: number) => {
      if (batch === 1) return `G${at}`
      return `(answered > 1 ? A${at} / answered : A${at})`
    }
    const results: string[] = []
    const moves: string[] = []
    const steps = ranges.map(({ start, end, rate }) => {
      const eta = variable(this.fresh())
      const shared: Scope = new Map([
        ['rate', eta],
        ['t', variable('t')],
      ])
      const hoisted = new Map(shared)
      const before = program.hoisted.map((line) => this.line(line, hoisted))
      const each: string[] = []
      for (let at = start; at < end; at++) {
        const scope = new Map(hoisted)
        scope.set('w', variable(`W${at}`)).set('g', variable(`D${at}`))
        program.slots.forEach(({ old }, slot) => scope.set(old, variable(`S${slot}_${at}`)))
        each.push(...program.lines.map((line) => this.line(line, scope)))
        const next = [...program.slots.map((slot) => slot.next), program.update]
        const { statements, results: codes } = this.plain(next.map((of) => substitute(of, scope)))
        const targets = [...program.slots.map((_, slot) => `M${slot}_${at}`), `N${at}`]
        each.push(...statements, ...codes.map((code, index) => `const ${targets[index]} = ${code}`))
        results.push(...targets)
        moves.push(`W${at} = N${at}`)
        program.slots.forEach((_, slot) => moves.push(`S${slot}_${at} = M${slot}_${at}`))
      }
      return [`const ${eta.name} = ${numeral(rate ?? learningRate)} * factor`, ...before, ...each]
    })
    return lines(
      'const t = updates + 1',
      schedule === undefined
        ? ''
        : lines(
            `const now = ${schedule === 'update' ? 'updates' : 'epoch'}`,
            'if (now !== tick) { tick = now; factor = host.factor(now) }',
          ),
      learned.map((at) => `let D${at} = ${gradient(at)}`),
      clipLines(
        clip,
        learned.map((at) => `D${at}`),
      ),
      steps.flat(),
      finite(results, broken.join('\n')),
      moves,
      'updates = t',
    )
  }

  private line({ name, term }: Assignment, scope: Map<string, Term>): string {
    const { statements, results } = this.plain([substitute(term, scope)])
    const own = this.fresh()
    scope.set(name, variable(own))
    return lines(statements, `const ${own} = ${results[0]}`)
  }

  /** Code over variables that are called what they are. */
  private plain(terms: readonly Term[]) {
    return emit(terms, this.functions, { shared: () => this.fresh() })
  }

  private fresh(): string {
    return `l${this.names++}`
  }

  private endEpoch(zs: readonly number[]): string {
    const { hostEpochs, shuffle } = this.training
    if (hostEpochs) return "exit = 'epoch'; break"
    return lines(
      'const loss = Z0 / count',
      'const better = loss < bestLoss',
      'const next = epoch + 1',
      'const best = better ? next : bestEpoch',
      "if (next >= lastEpoch || loss <= wantedLoss || next - best >= patience) { exit = 'epoch'; break }", // prettier-ignore
      'epoch = next; lastLoss = loss; lastCount = count; count = 0; position = 0',
      'bestEpoch = best',
      'if (better) bestLoss = loss',
      zs.map((at) => `lastSums[${at}] = Z${at}; Z${at} = 0`),
      shuffle ? 'host.shuffle()' : '',
    )
  }
}

function assigns({ forward, backward }: Region): Assign[] {
  return [...forward, ...backward].map(asAssign)
}

function asAssign(operation: Operation): Assign {
  if (operation.type === 'assign') return operation
  throw new Error('internal: a loop in a run of single numbers')
}

/** A cell as a variable: `v3` is what terms share. */
function local(cell: string): string {
  return cell.toUpperCase()
}

/** In groups: a sum of a thousand numbers is a deep tree to engines. */
function finite(names: readonly string[], otherwise: string): string {
  const tests: string[] = []
  for (let at = 0; at < names.length; at += 16) {
    const group = names.slice(at, at + 16).map((name) => `${name} - ${name}`)
    tests.push(`if (${group.map((test) => `(${test})`).join(' + ')} !== 0) { ${otherwise} }`)
  }
  return lines(tests)
}

type Text = string | readonly Text[]

function lines(...texts: readonly Text[]): string {
  const flat = texts.flat(4) as string[] // no nesting is deeper
  return flat.filter((line) => line !== '').join('\n')
}
